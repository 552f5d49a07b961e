//! Where payments money came from. Each source type has a purse of its own, because each is spent apart.

use crate::engine::{BalanceKind, CurrencyCode, Scope};
use crate::state::{AccountContext, State};

/// The source types, as balances list them.
pub(crate) const NAMES: [&str; 3] = ["card", "bank_account", "fpx"];

/// The currencies that Issuing balances are held in.
pub(crate) const ISSUING: [&str; 3] = ["eur", "gbp", "usd"];

/// The purse of a source type; `card` stands for all that the others do not name.
pub(crate) fn kind(source_type: &str) -> BalanceKind {
    match source_type {
        "bank_account" => BalanceKind::BankAvailable,
        "fpx" => BalanceKind::FpxAvailable,
        _ => BalanceKind::Available,
    }
}

/// All that an account can spend of its payments balance.
pub(crate) fn spendable(context: &AccountContext<'_>, currency: CurrencyCode) -> i64 {
    NAMES.iter().map(|name| context.balance(kind(name), currency)).sum()
}

/// As [`spendable`], of any account.
pub(crate) fn spendable_of(state: &mut State, scope: &Scope, currency: CurrencyCode) -> i64 {
    spendable(&state.context(scope.clone()), currency)
}
