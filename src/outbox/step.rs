//! The result of one attempt.

use super::State;
use crate::{Error, Json, Secret};
use std::fmt;
use std::time::Duration;

/// What to do with a stored request after an attempt.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums)]
pub enum Step {
    /// The result is final: never send the request again.
    Done(Done),
    /// Send it again later.
    Again(Again),
    /// It is unknown whether sending it again is safe: look for its effect at Stripe first.
    NeedsReview(Review),
}

/// The final result of a stored request.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums)]
pub enum Done {
    /// Stripe executed it. Contains the whole reply; [`Record::result`] has the part without secrets.
    Succeeded(Secret<Json>),
    /// Stripe executed it, but the reply cannot be decoded.
    Unreadable(Error),
    /// Stripe refused it, and stores the refusal under the idempotency key. To retry after the cause is fixed,
    /// enqueue the request under another key.
    Refused(Error),
}

/// A temporary failure.
#[derive(Debug)]
#[non_exhaustive]
pub struct Again {
    /// The wait before the next attempt.
    pub after: Duration,
    /// Whether this attempt or an earlier one may have had an effect. If not, the age of the request is not counted
    /// yet.
    pub may_have_acted: bool,
    /// The failure.
    pub error: Error,
}

/// A request that must not be sent again.
#[derive(Debug)]
#[non_exhaustive]
pub struct Review {
    /// The reason.
    pub reason: Reason,
    /// The error of the last attempt, if there was one.
    pub error: Option<Error>,
}

/// Why a request needs review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It may have had an effect, and Stripe may have dropped its idempotency key.
    KeyExpired,
    /// A recorded time is in the future of the store's clock, so the age of the idempotency key is unknown.
    ClockUnreliable,
    /// Stripe has the idempotency key from a request with other parameters.
    KeyReused,
    /// The client rejects it: it is malformed, or the client is configured differently.
    Unsendable,
    /// The stored request cannot be decoded or decrypted.
    Unreadable,
    /// Its workers ended repeatedly without recording a result: they crash on it, or are killed.
    WorkersLost,
}

impl Reason {
    /// A label for metrics and for the row: `key_expired`, `clock_unreliable`, …
    pub fn label(self) -> &'static str {
        match self {
            Reason::KeyExpired => "key_expired",
            Reason::ClockUnreliable => "clock_unreliable",
            Reason::KeyReused => "key_reused",
            Reason::Unsendable => "unsendable",
            Reason::Unreadable => "unreadable",
            Reason::WorkersLost => "workers_lost",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::KeyExpired => {
                "it may have had an effect, and Stripe may have forgotten its idempotency key"
            }
            Reason::ClockUnreliable => "the store's clock went back, so the age of its key is unknown",
            Reason::KeyReused => "its idempotency key was used for another request",
            Reason::Unsendable => "the client cannot send it",
            Reason::Unreadable => "the stored request cannot be read",
            Reason::WorkersLost => "its workers ended repeatedly without a result",
        })
    }
}

/// The data to store in the row after a [`Step`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// The new state of the row.
    pub state: State,
    /// The wait until it may be claimed again, if it is open.
    pub after: Duration,
    /// Whether it may have had an effect. If not, the time of its first attempt is cleared.
    pub may_have_acted: bool,
    /// The label of the [`Reason`] for a review.
    pub reason: Option<&'static str>,
    /// The error, without secrets.
    pub error: Option<String>,
    /// The part of the reply without secrets and personal data: id, status, amount and the like.
    pub result: Option<Json>,
}

impl Step {
    /// Creates a step for a temporary failure.
    pub fn again(after: Duration, may_have_acted: bool, error: Error) -> Self {
        Step::Again(Again { after, may_have_acted, error })
    }

    /// Creates a step for a request that must not be sent again.
    pub fn needs_review(reason: Reason, error: Option<Error>) -> Self {
        Step::NeedsReview(Review { reason, error })
    }

    /// The data to store in the row.
    pub fn record(&self) -> Record {
        let state = match self {
            Step::Done(Done::Succeeded(_) | Done::Unreadable(_)) => State::Succeeded,
            Step::Done(Done::Refused(_)) => State::Refused,
            Step::Again(_) => State::Open,
            Step::NeedsReview(_) => State::NeedsReview,
        };
        Record {
            state,
            after: match self {
                Step::Again(again) => again.after,
                _ => Duration::ZERO,
            },
            may_have_acted: match self {
                Step::Again(again) => again.may_have_acted,
                _ => true,
            },
            reason: match self {
                Step::NeedsReview(review) => Some(review.reason.label()),
                _ => None,
            },
            error: self.error().map(ToString::to_string),
            result: match self {
                Step::Done(Done::Succeeded(reply)) => Some(harmless(reply.expose())),
                _ => None,
            },
        }
    }

    /// The error, if any.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Step::Done(Done::Succeeded(_)) => None,
            Step::Done(Done::Unreadable(error) | Done::Refused(error)) => Some(error),
            Step::Again(again) => Some(&again.error),
            Step::NeedsReview(review) => review.error.as_ref(),
        }
    }

    /// A label for metrics: `succeeded`, `refused`, `again`, `needs_review`.
    pub fn label(&self) -> &'static str {
        match self {
            Step::Done(Done::Succeeded(_) | Done::Unreadable(_)) => "succeeded",
            Step::Done(Done::Refused(_)) => "refused",
            Step::Again(_) => "again",
            Step::NeedsReview(_) => "needs_review",
        }
    }
}

/// The members of a reply that are stored. An allow list, because the secret members of an arbitrary object are
/// unknown.
const KEPT: [&str; 22] = [
    "amount",
    "amount_reversed",
    "arrival_date",
    "automatic",
    "balance_transaction",
    "created",
    "currency",
    "deleted",
    "destination",
    "destination_payment",
    "expected_availability_date",
    "failure_code",
    "id",
    "livemode",
    "method",
    "object",
    "reversed",
    "source_transaction",
    "source_type",
    "status",
    "transfer_group",
    "type",
];

fn harmless(reply: &Json) -> Json {
    let Json::Object(members) = reply else { return Json::Null };
    let kept = members
        .iter()
        .filter(|(name, value)| KEPT.contains(&name.as_str()) && !value.is_object() && !value.is_array());
    Json::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn record_contains_no_secrets_of_the_reply() {
        let reply = json!({
            "id": "tu_1", "object": "topup", "amount": 5, "status": "pending", "client_secret": "cs_1", "number": "4242",
            "url": "https://connect.stripe.com/x", "source": { "client_secret": "src_secret" }, "destination": { "iban": "DE1" },
        });
        let step = Step::Done(Done::Succeeded(Secret::new(reply.into())));
        let expected = json!({ "id": "tu_1", "object": "topup", "amount": 5, "status": "pending" });
        assert_eq!(step.record().result, Some(expected.into()));
        assert!(!format!("{step:?}").contains("secret"), "{step:?}");
    }
}
