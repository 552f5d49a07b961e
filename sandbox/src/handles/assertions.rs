use super::Sandbox;
use super::validate::demand_event;
use crate::engine::{BalanceKind, Json, Peek, date_time};
use std::fmt::Write;
use stripe_platform::Currency;

/// Assertions. Their failure messages describe the actual state.
impl Sandbox {
    /// Asserts a balance of an account, in minor units.
    ///
    /// # Panics
    /// If it differs, or the account or the currency does not exist.
    #[track_caller]
    pub fn assert_balance(
        &self,
        account: impl AsRef<str>,
        kind: BalanceKind,
        currency: impl Into<Currency>,
        expected: i64,
    ) {
        let (account, currency) = (account.as_ref(), currency.into());
        let actual = self.balance(account, kind.clone(), currency);
        assert!(
            actual == expected,
            "the balance `{}` of {account} is {actual} {currency}, not {expected} {currency}\n{}",
            kind.name(),
            self.money_of(account)
        );
    }

    /// Asserts that an event of this type was emitted. Returns the last one.
    ///
    /// # Panics
    /// If there is none, or Stripe has no events of this type.
    #[track_caller]
    pub fn assert_event(&self, kind: &str) -> Json {
        demand_event(kind);
        let last = self.events().into_iter().rev().find(|event| event.text("type") == kind);
        // Not in a closure, which would be reported as the location of the failure.
        match last {
            Some(event) => event,
            None => panic!("no event `{kind}` was emitted\n{}", self.story()),
        }
    }

    /// Asserts that an event of this type about the object with this id was emitted. Returns the last one.
    ///
    /// # Panics
    /// If there is none, or Stripe has no events of this type.
    #[track_caller]
    pub fn assert_event_about(&self, kind: &str, id: impl AsRef<str>) -> Json {
        demand_event(kind);
        let id = id.as_ref();
        let meant = |event: &Json| event.text("type") == kind && event.text("data.object.id") == id;
        let last = self.events().into_iter().rev().find(meant);
        match last {
            Some(event) => event,
            None => panic!("no event `{kind}` about {id} was emitted\n{}", self.story()),
        }
    }

    /// Asserts that no event of this type was emitted.
    ///
    /// # Panics
    /// If there is one, or Stripe has no events of this type.
    #[track_caller]
    pub fn assert_no_event(&self, kind: &str) {
        demand_event(kind);
        if let Some(event) = self.events().iter().find(|event| event.text("type") == kind) {
            let (id, about) = (event.text("id"), event.text("data.object.id"));
            panic!("the event `{kind}` was emitted: {id} about {about}\n{}", self.history(about));
        }
    }

    /// Asserts the status of the object with this id.
    ///
    /// # Panics
    /// If it differs, or the object does not exist.
    #[track_caller]
    pub fn assert_status(&self, id: impl AsRef<str>, expected: &str) {
        let id = id.as_ref();
        match self.object(id) {
            None => panic!("the object {id} does not exist; expected status `{expected}`"),
            Some(object) => {
                let status = object.text("status");
                assert!(
                    object.get("status").is_some(),
                    "{id} has no status; for the capabilities of an account use `assert_capability`"
                );
                assert!(status == expected, "{id} is `{status}`, not `{expected}`\n{}", self.history(id));
            }
        }
    }

    /// Asserts that the ledger is consistent: the balances sum to zero, every balance is the sum of its postings,
    /// every statement is complete.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn assert_conserved(&self) {
        if let Err(problem) = self.audit() {
            panic!("the ledger is inconsistent: {problem}");
        }
    }

    /// Asserts that no money of an account is held for authorizations.
    ///
    /// # Panics
    /// If some is held, or the account does not exist.
    #[track_caller]
    pub fn assert_no_holds(&self, account: impl AsRef<str>) {
        let account = account.as_ref();
        let balances = self.ledger().balances(account);
        if let Some((_, currency, held)) =
            balances.iter().find(|(kind, ..)| *kind == BalanceKind::IssuingHolds)
        {
            panic!("{held} {currency} of {account} are held\n{}", self.money_of(account));
        }
    }

    /// The balances of an account, and its latest balance transactions.
    fn money_of(&self, account: &str) -> String {
        let mut out = String::from("Its balances:\n");
        let balances = self.ledger().balances(account);
        if balances.is_empty() {
            out.push_str("  nothing\n");
        }
        // Writing to a string cannot fail.
        for (kind, currency, amount) in balances {
            let _ = writeln!(out, "  {amount:>12} {currency} {}", kind.name());
        }
        out.push_str("Its last balance transactions, newest first:\n");
        for line in self.ledger().transactions(account).iter().take(8) {
            let source = line.source.as_deref().unwrap_or("");
            let _ = writeln!(out, "  {:>12} {} {} {source}", line.net(), line.currency, line.kind);
        }
        out
    }

    /// The events about one object so far.
    fn history(&self, id: &str) -> String {
        let mut out = String::from("Its events, oldest first:\n");
        for event in self.events().iter().filter(|event| event.text("data.object.id") == id) {
            let at = date_time(event.int("created"));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "  {at} {} {}", event.text("type"), event.text("data.object.status"));
        }
        out
    }

    /// All events so far.
    fn story(&self) -> String {
        let mut out = String::from("The events so far, oldest first:\n");
        for event in self.events() {
            let account = event.at("account").and_then(Json::as_str).unwrap_or("platform");
            let _ = writeln!(out, "  {} {} ({account})", event.text("type"), event.text("data.object.id"));
        }
        out
    }
}
