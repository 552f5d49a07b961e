//! Card issuing closed by Stripe: the capability becomes inactive, the platform must forward a notice, and in some
//! cases the account can apply again with new information and by accepting the terms.

use super::{internal, notices};
use crate::engine::{ApiError, Peek};
use crate::resources::accounts::revision;
use crate::spec;
use crate::state::AccountContext;
use serde_json::json;

/// A reason for closing card issuing.
#[derive(Debug)]
pub(crate) struct Closure {
    /// Its name.
    pub(crate) name: &'static str,
    /// The reason of the notice.
    notice: &'static str,
    /// The `disabled_reason` of the capability.
    disabled: &'static str,
    /// Whether a new application reopens it.
    reversible: bool,
}

/// Closed for inactivity.
pub(crate) const INACTIVITY: &str = "inactivity";
/// The note with the reason.
const CLOSED: &str = "issuing_closed";

/// All reasons that notices have.
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
        return Err(ApiError::invalid("Card issuing is already closed for this account."));
    }
    if books.peek(super::capabilities::ISSUING).is_none() {
        return Err(ApiError::invalid("The account has not requested card issuing."));
    }
    revision::revise(books, |books| {
        internal::remember(books, CLOSED, name);
        Ok(())
    })?;
    let linked = json!({ "capability": super::capabilities::ISSUING });
    notices::issue(books, closure.notice, linked).map(drop)
}

/// Accepting the terms again is a new application, which reopens a reversible closure.
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
    fn every_closure_has_a_documented_notice_and_reason() {
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
