//! The source types of payments money. Each has a separate ledger account, because each is spent separately.

use crate::engine::{BalanceKind, CurrencyCode, Scope};
use crate::state::{AccountContext, State};

/// The source types, as shown in balances.
pub(crate) const NAMES: [&str; 3] = ["card", "bank_account", "fpx"];

/// The currencies of Issuing balances.
pub(crate) const ISSUING: [&str; 3] = ["eur", "gbp", "usd"];

/// The ledger account of a source type; `card` includes all other types.
pub(crate) fn kind(source_type: &str) -> BalanceKind {
    match source_type {
        "bank_account" => BalanceKind::BankAvailable,
        "fpx" => BalanceKind::FpxAvailable,
        _ => BalanceKind::Available,
    }
}

/// The complete available payments balance of an account.
pub(crate) fn spendable(context: &AccountContext<'_>, currency: CurrencyCode) -> i64 {
    NAMES.iter().map(|name| context.balance(kind(name), currency)).sum()
}

/// As [`spendable`], for any account.
pub(crate) fn spendable_of(state: &mut State, scope: &Scope, currency: CurrencyCode) -> i64 {
    spendable(&state.context(scope.clone()), currency)
}
