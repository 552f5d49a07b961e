//! The destinations of an account's payouts.

use super::{internal, revision};
use crate::engine::{ApiError, Json, Peek, set};
use crate::state::AccountContext;

/// The status of an external account after a failed payout.
pub(crate) const REFUSING: &str = "errored";

/// Whether an external account can receive instant payouts.
pub(crate) fn takes_instant_payouts(external: &Json) -> bool {
    external.items("available_payout_methods").iter().any(|method| method == "instant")
}

/// Whether a payout to the external account failed, so that Stripe sends no more until it is updated.
pub(crate) fn refuses(external: &Json) -> bool {
    external.text("status") == REFUSING
}

/// The default external account of a currency.
pub(crate) fn default_for(books: &AccountContext<'_>, currency: &str) -> Option<Json> {
    let all = internal::external_accounts(books).into_iter();
    let mut fitting = all.filter(|external| external.text("currency") == currency);
    fitting.find(|external| external.flag("default_for_currency"))
}

/// Marks an external account after a failed payout. A deleted one is ignored.
pub(crate) fn mark_refusing(books: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    if books.peek(id).is_none() {
        return Ok(());
    }
    let change = books.change(id, |external| set(external, "status", REFUSING))?;
    // The account contains its external accounts.
    revision::refresh(books)?;
    books.emit_change("account.external_account.updated", &change)
}
