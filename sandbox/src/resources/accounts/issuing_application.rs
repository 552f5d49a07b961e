//! The application for card issuing: an account applies by providing all requirements and accepting the terms. Stripe
//! rejects it if the identities cannot be verified for some time.

use super::internal;
use super::requirements;
use super::requirements::Facts;
use crate::engine::{ApiError, Peek, set};
use crate::resources::accounts::revision;
use crate::resources::accounts::{capabilities, notices};
use crate::state::{About, AccountContext, Policy, Rule};
use serde_json::json;
use std::time::Duration;

/// How long an application with unverified identities is pending, in test mode.
pub static ISSUING_TERMS: Rule = Rule {
    name: "account.issuing_terms",
    default: Policy::After(Duration::from_secs(3600)),
    about: About::Account(TERMS),
    task: turn_down,
};
/// The same in live mode.
pub static ISSUING_TERMS_LIVE: Rule = Rule {
    name: "account.issuing_terms_live",
    default: Policy::days(29),
    about: About::Account(TERMS),
    task: turn_down,
};

const TERMS: &str = "issuing_terms";
const ISSUING: &str = "card_issuing";
/// The note whether an application is pending.
const APPLIED: &str = "applied";

/// Starts the period of an application when its requirements are complete, and ends it when it has succeeded.
pub(crate) fn follow(books: &mut AccountContext<'_>, facts: &Facts) {
    let waits = waits(books);
    let open = capabilities::requested(books).into_iter().any(|(name, active)| name == ISSUING && !active);
    if !open {
        if waits {
            end(books);
        }
    } else if !waits && requirements::untold(facts, ISSUING).is_empty() {
        internal::remember(books, APPLIED, true);
        let rule = if books.scope().live { &ISSUING_TERMS_LIVE } else { &ISSUING_TERMS };
        books.by_rule(rule, TERMS);
    }
}

fn waits(books: &mut AccountContext<'_>) -> bool {
    internal::notes(books).flag(APPLIED)
}

/// Ends the application, if there is one.
pub(crate) fn end(books: &mut AccountContext<'_>) {
    internal::remember(books, APPLIED, false);
    books.forget(TERMS);
}

/// The reason of closing card issuing that turns an application down.
pub(crate) const UNVERIFIED: &str = "unverified_identity";

/// Rejects an application: the acceptance of the terms is removed, and a notice is created.
pub(crate) fn turn_down(books: &mut AccountContext<'_>, _: &str) -> Result<(), ApiError> {
    if !waits(books) {
        return Err(ApiError::invalid(
            "The account has no application for card issuing that is pending verification.",
        ));
    }
    let Some(mut account) = internal::account(books) else { return Ok(()) };
    if let Some(issuing) = account.pointer_mut("/settings/card_issuing") {
        set(issuing, "tos_acceptance", json!({ "date": null, "ip": null }));
    }
    revision::revise(books, |books| {
        end(books);
        internal::keep(books, account)
    })?;
    let linked = json!({ "capability": ISSUING });
    notices::issue(books, "issuing.application_rejected_for_failure_to_verify", linked).map(drop)
}
