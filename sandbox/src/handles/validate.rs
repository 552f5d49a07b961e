//! Panics on unknown names, so that an assertion with a typo fails instead of passing vacuously.

use super::{Sandbox, code};
use crate::engine::CurrencyCode;
use crate::spec;
use std::collections::BTreeSet;
use stripe_platform::Currency;

impl Sandbox {
    /// Panics if the account has no data. The data of a deleted account still exists.
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
            panic!("unknown account `{id}`; the sandbox has: {known}");
        }
    }
}

/// Panics if Stripe has no events of this type.
#[track_caller]
pub(crate) fn demand_event(kind: &str) {
    assert!(kind != "*", "`*` is not an event type; name one type");
    demand_events(kind);
}

/// As [`demand_event`], but allows `*` for events of any type.
#[track_caller]
pub(crate) fn demand_events(kind: &str) {
    if let Err(nearest) = spec::named_event(kind) {
        panic!("unknown event type `{kind}`; the closest is `{nearest}`");
    }
}

/// Panics if no objects have this `object` member.
#[track_caller]
pub(crate) fn demand_kind(kind: &str) {
    if let Err(known) = spec::named_kind(kind) {
        panic!("unknown kind of object `{kind}`; allowed: {known}");
    }
}

/// Converts a currency. Panics if it does not exist.
#[track_caller]
pub(crate) fn demand_currency(currency: impl Into<Currency>) -> CurrencyCode {
    match code(currency) {
        Ok(code) => code,
        Err(refusal) => panic!("{}", refusal.message),
    }
}
