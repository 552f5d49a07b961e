//! The state of a row.

/// The state of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)]
pub enum State {
    /// It waits for an attempt, or one is running.
    Open,
    /// Stripe executed it.
    Succeeded,
    /// Stripe refused it.
    Refused,
    /// See [`Reason`](super::Reason).
    NeedsReview,
}

impl State {
    /// The stored form: `open`, `succeeded`, `refused`, `needs_review`.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Succeeded => "succeeded",
            State::Refused => "refused",
            State::NeedsReview => "needs_review",
        }
    }

    /// Parses the stored form.
    pub fn from_text(text: &str) -> Option<Self> {
        [State::Open, State::Succeeded, State::Refused, State::NeedsReview]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}
