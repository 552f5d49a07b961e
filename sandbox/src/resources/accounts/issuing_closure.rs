//! Stripe closes card issuing on an account: the capability is off, the platform has to send a notice on, and in some cases
//! the account can apply again by new information and a new acceptance of the terms.

use super::{internal, notices};
use crate::engine::{ApiError, Peek};
use crate::resources::accounts::revision;
use crate::spec;
use crate::state::AccountContext;
use serde_json::json;

/// Why card issuing can be closed.
#[derive(Debug)]
pub(crate) struct Closure {
    /// Its name.
    pub(crate) name: &'static str,
    /// The reason of the notice.
    notice: &'static str,
    /// The `disabled_reason` of the capability.
    disabled: &'static str,
    /// Whether a new application opens it again.
    reversible: bool,
}

/// Lies idle for too long.
pub(crate) const INACTIVITY: &str = "inactivity";
/// The note that says why it is closed.
const CLOSED: &str = "issuing_closed";

/// Every reason that notices have.
pub(crate) static CLOSURES: [Closure; 5] = [
    Closure {
        name: INACTIVITY,
        notice: "issuing.account_closed_for_inactivity",
        disabled: "rejected.inactivity",
        reversible: false,
    },
    Closure {
        name: "terms_of_service_violation",
        notice: "issuing.account_closed_for_terms_of_service_violation",
        disabled: "rejected.unsupported_business",
        reversible: false,
    },
    Closure {
        name: "business_model",
        notice: "issuing.account_closed_for_not_providing_business_model_clarification",
        disabled: "rejected.other",
        reversible: true,
    },
    Closure {
        name: "url",
        notice: "issuing.account_closed_for_not_providing_url_clarification",
        disabled: "rejected.other",
        reversible: true,
    },
    Closure {
        name: "use_case",
        notice: "issuing.account_closed_for_not_providing_use_case_clarification",
        disabled: "rejected.other",
        reversible: true,
    },
];

/// Closes card issuing for a reason.
pub(crate) fn close(books: &mut AccountContext<'_>, name: &str) -> Result<(), ApiError> {
    let names: Vec<&str> = CLOSURES.iter().map(|closure| closure.name).collect();
    spec::one_of(&names, name, "reason")?;
    let Some(closure) = CLOSURES.iter().find(|closure| closure.name == name) else { return Ok(()) };
    if internal::notes(books).at(CLOSED).is_some() {
        return Err(ApiError::invalid("Card issuing is closed on this account already."));
    }
    if books.peek(super::capabilities::ISSUING).is_none() {
        return Err(ApiError::invalid("The account has not asked for card issuing."));
    }
    revision::revise(books, |books| {
        internal::remember(books, CLOSED, name);
        Ok(())
    })?;
    let linked = json!({ "capability": super::capabilities::ISSUING });
    notices::issue(books, closure.notice, linked).map(drop)
}

/// A new acceptance of the terms is a new application, which opens what can be opened again.
pub(crate) fn apply_again(books: &mut AccountContext<'_>) {
    let notes = internal::notes(books);
    let found = CLOSURES.iter().find(|closure| closure.name == notes.text(CLOSED));
    if found.is_some_and(|closure| closure.reversible) {
        internal::remember(books, CLOSED, serde_json::Value::Null);
    }
}

/// The `disabled_reason` of the capability, if card issuing is closed.
pub(crate) fn disabled_reason(notes: &crate::engine::Json) -> Option<&'static str> {
    let found = CLOSURES.iter().find(|closure| closure.name == notes.text(CLOSED));
    found.map(|closure| closure.disabled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_closure_has_a_notice_and_a_reason_of_the_document() {
        for closure in &CLOSURES {
            assert!(
                spec::listed("account_notice", "reason", closure.notice, "reason").is_ok(),
                "{}",
                closure.name
            );
            let schema = "account_capability_requirements";
            assert!(
                spec::listed(schema, "disabled_reason", closure.disabled, "reason").is_ok(),
                "{}",
                closure.name
            );
        }
    }
}
