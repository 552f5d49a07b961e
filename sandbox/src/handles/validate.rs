//! Refuses names that nothing has: a check of what is misspelt would pass without having looked at anything.

use super::{Sandbox, code};
use crate::engine::CurrencyCode;
use crate::spec;
use std::collections::BTreeSet;
use stripe_platform::Currency;

impl Sandbox {
    /// Fails if there are no books of an account with this id. Those of an account that was deleted are still there.
    #[track_caller]
    pub(crate) fn demand_account(&self, id: &str) {
        let state = self.state();
        let platform = state.platform();
        let mut known: BTreeSet<&str> = state.connected().map(|account| &**account).collect();
        known.extend(state.scopes().map(|scope| &*scope.account));
        known.insert(&platform);
        if !known.contains(id) {
            let known: Vec<_> = known.into_iter().collect();
            let known = spec::choices(&known, id);
            drop(state);
            panic!("The sandbox has no account `{id}`; it has {known}.");
        }
    }
}

/// Fails if Stripe has no events of this type.
#[track_caller]
pub(crate) fn demand_event(kind: &str) {
    assert!(kind != "*", "An event has one type; `*` is none.");
    demand_events(kind);
}

/// The same, where `*` stands for events of any type.
#[track_caller]
pub(crate) fn demand_events(kind: &str) {
    if let Err(nearest) = spec::named_event(kind) {
        panic!("Stripe has no event `{kind}`; the nearest is `{nearest}`.");
    }
}

/// Fails if no objects call themselves so.
#[track_caller]
pub(crate) fn demand_kind(kind: &str) {
    if let Err(known) = spec::named_kind(kind) {
        panic!("No object is a `{kind}`; there are {known}.");
    }
}

/// The currency of the books; fails if there is none of this name.
#[track_caller]
pub(crate) fn demand_currency(currency: impl Into<Currency>) -> CurrencyCode {
    match code(currency) {
        Ok(code) => code,
        Err(refusal) => panic!("{}", refusal.message),
    }
}
