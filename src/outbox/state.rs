//! The state of a row.

/// The state of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)]
pub enum State {
    /// It waits for an attempt, or one is being made.
    Open,
    /// Stripe did it.
    Succeeded,
    /// Stripe refused it.
    Refused,
    /// See [`Reason`](super::Reason).
    NeedsReview,
}

impl State {
    /// How it is stored: `open`, `succeeded`, `refused`, `needs_review`.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Succeeded => "succeeded",
            State::Refused => "refused",
            State::NeedsReview => "needs_review",
        }
    }

    /// The state that is stored like this.
    pub fn from_text(text: &str) -> Option<Self> {
        [State::Open, State::Succeeded, State::Refused, State::NeedsReview]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}
