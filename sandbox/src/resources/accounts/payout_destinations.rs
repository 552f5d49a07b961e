//! Where the payouts of an account go.

use super::{internal, revision};
use crate::engine::{ApiError, Json, Peek, set};
use crate::state::AccountContext;

/// The status of an external account that refused money.
pub(crate) const REFUSING: &str = "errored";

/// Whether an external account can be paid at once.
pub(crate) fn takes_instant_payouts(external: &Json) -> bool {
    external.items("available_payout_methods").iter().any(|method| method == "instant")
}

/// Whether the bank or the card refused money, so that Stripe sends none by itself and takes none until its holder has
/// updated it.
pub(crate) fn refuses(external: &Json) -> bool {
    external.text("status") == REFUSING
}

/// The bank account or card that payouts of a currency go to.
pub(crate) fn default_for(books: &AccountContext<'_>, currency: &str) -> Option<Json> {
    let all = internal::external_accounts(books).into_iter();
    let mut fitting = all.filter(|external| external.text("currency") == currency);
    fitting.find(|external| external.flag("default_for_currency"))
}

/// Marks an external account that refused money. One that was deleted meanwhile needs no mark.
pub(crate) fn mark_refusing(books: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    if books.peek(id).is_none() {
        return Ok(());
    }
    let change = books.change(id, |external| set(external, "status", REFUSING))?;
    // The account shows its external accounts too.
    revision::refresh(books)?;
    books.emit_change("account.external_account.updated", &change)
}
