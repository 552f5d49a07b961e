use super::Sandbox;
use super::validate::demand_currency;
use crate::engine::{BalanceKind, LedgerEntry};
use stripe_platform::Currency;

impl Sandbox {
    /// The books of all accounts, for reading.
    pub fn ledger(&self) -> LedgerView<'_> {
        LedgerView(self)
    }
}

/// The money of a sandbox, in test mode and minor units.
#[derive(Debug)]
pub struct LedgerView<'s>(&'s Sandbox);

impl LedgerView<'_> {
    /// What an account holds.
    ///
    /// # Panics
    /// If there is no such account or currency.
    #[track_caller]
    pub fn balance(&self, account: impl AsRef<str>, kind: BalanceKind, currency: impl Into<Currency>) -> i64 {
        self.0.balance(account, kind, currency)
    }

    /// All that an account holds and that is not zero.
    ///
    /// # Panics
    /// If there is no such account.
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
    /// If there is no such account.
    #[track_caller]
    pub fn transactions(&self, account: impl AsRef<str>) -> Vec<LedgerEntry> {
        self.0.demand_account(account.as_ref());
        let scope = self.0.test_scope(account.as_ref());
        self.0.state().ledger.lines(&scope).cloned().collect()
    }

    /// What all balances hold together: what came in from outside and did not leave again.
    ///
    /// # Panics
    /// If there is no such currency.
    #[track_caller]
    pub fn total(&self, currency: impl Into<Currency>) -> i64 {
        let currency = demand_currency(currency);
        let state = self.0.state();
        let inside = state.ledger.purses().filter(|(purse, _)| {
            purse.currency == currency && purse.kind != BalanceKind::Outside && !purse.scope.live
        });
        inside.map(|(_, amount)| amount).sum()
    }

    /// Adds everything up again and tells what does not fit.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn audit(&self) -> Result<(), String> {
        self.0.audit()
    }
}
