//! The closure of unused card issuing.

use super::capabilities::ISSUING;
use crate::engine::{ApiError, BalanceKind, Peek};
use crate::resources::accounts::issuing_closure;
use crate::state::{About, AccountContext, Policy, Rule};
use std::time::Duration;

/// How long card issuing may be unused before Stripe closes it.
pub static INACTIVITY: Rule = Rule {
    name: "capability.inactivity",
    default: Policy::days(395),
    about: About::Account(ISSUING),
    task: close_if_idle,
};

/// The balance of financial accounts, in cents, up to which they do not keep card issuing open.
const SMALL_CHANGE: i64 = 999;

/// Closes card issuing if no money was moved by cards, payments or financial accounts for too long; otherwise
/// schedules the next check.
pub(crate) fn close_if_idle(books: &mut AccountContext<'_>, name: &str) -> Result<(), ApiError> {
    // Under a manual policy the test decides; without a delay nothing could keep it open.
    if let Some(wait) = books.policy(&INACTIVITY).wait().filter(|wait| !wait.is_zero()) {
        let last = books.notes(name).int("since").max(last_use(books));
        let idle = Duration::from_secs(u64::try_from(books.now() - last).unwrap_or_default());
        if idle < wait {
            books.later(wait - idle, name, close_if_idle);
            return Ok(());
        }
        if in_financial_accounts(books) > SMALL_CHANGE {
            // Withdrawing the money is a use, so the period starts again.
            books.later(wait, name, close_if_idle);
            return Ok(());
        }
    }
    issuing_closure::close(books, issuing_closure::INACTIVITY)
}

/// The time of the account's last completed card transaction, payment, or transaction of a financial account. New
/// cards, and authorizations without capture, do not count.
fn last_use(books: &AccountContext<'_>) -> i64 {
    let newest = |kind: &str| books.all(kind).next().map(|object| object.int("created")).unwrap_or_default();
    let mut lines = books.state.ledger.lines(books.scope());
    let payment = lines.find(|line| matches!(line.kind, "charge" | "payment"));
    let payment = payment.map(|line| line.created).unwrap_or_default();
    newest("issuing.transaction").max(newest("treasury.transaction_entry")).max(payment)
}

fn in_financial_accounts(books: &AccountContext<'_>) -> i64 {
    let purses = books.state.ledger.purses_of(books.scope());
    purses
        .filter(|(purse, _)| matches!(purse.kind, BalanceKind::Financial(_)))
        .map(|(_, amount)| amount)
        .sum()
}

/// Whether Stripe has permanently closed card issuing for the account.
pub(crate) fn is_closed(books: &AccountContext<'_>) -> bool {
    let capability = books.peek(ISSUING).filter(|object| object.text("object") == "capability");
    capability.is_some_and(|known| known.text("requirements.disabled_reason").starts_with("rejected."))
}
