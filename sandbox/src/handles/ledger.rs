use super::Sandbox;
use super::validate::demand_currency;
use crate::engine::{BalanceKind, LedgerEntry};
use stripe_platform::Currency;

impl Sandbox {
    /// A read-only view of all balances.
    pub fn ledger(&self) -> LedgerView<'_> {
        LedgerView(self)
    }
}

/// The money of a sandbox, in test mode and minor units.
#[derive(Debug)]
pub struct LedgerView<'s>(&'s Sandbox);

impl LedgerView<'_> {
    /// A balance of an account.
    ///
    /// # Panics
    /// If the account or the currency does not exist.
    #[track_caller]
    pub fn balance(&self, account: impl AsRef<str>, kind: BalanceKind, currency: impl Into<Currency>) -> i64 {
        self.0.balance(account, kind, currency)
    }

    /// All non-zero balances of an account.
    ///
    /// # Panics
    /// If the account does not exist.
    #[track_caller]
    pub fn balances(&self, account: impl AsRef<str>) -> Vec<(BalanceKind, Currency, i64)> {
        self.0.demand_account(account.as_ref());
        let scope = self.0.test_scope(account.as_ref());
        let state = self.0.state();
        let of_account = state.ledger.purses().filter(|(purse, amount)| {
            purse.scope == scope && purse.kind != BalanceKind::Outside && *amount != 0
        });
        let mut balances: Vec<_> = of_account
            .map(|(purse, amount)| (purse.kind.clone(), Currency::from(purse.currency), amount))
            .collect();
        balances.sort();
        balances
    }

    /// The balance transactions of an account, newest first.
    ///
    /// # Panics
    /// If the account does not exist.
    #[track_caller]
    pub fn transactions(&self, account: impl AsRef<str>) -> Vec<LedgerEntry> {
        self.0.demand_account(account.as_ref());
        let scope = self.0.test_scope(account.as_ref());
        self.0.state().ledger.lines(&scope).cloned().collect()
    }

    /// The sum of all balances: the money received from outside, minus the money paid out.
    ///
    /// # Panics
    /// If the currency does not exist.
    #[track_caller]
    pub fn total(&self, currency: impl Into<Currency>) -> i64 {
        let currency = demand_currency(currency);
        let state = self.0.state();
        let inside = state.ledger.purses().filter(|(purse, _)| {
            purse.currency == currency && purse.kind != BalanceKind::Outside && !purse.scope.live
        });
        inside.map(|(_, amount)| amount).sum()
    }

    /// Recomputes all balances and checks the ledger.
    ///
    /// # Errors
    /// A human-readable description of the first inconsistency.
    pub fn audit(&self) -> Result<(), String> {
        self.0.audit()
    }
}
