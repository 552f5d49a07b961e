use crate::engine::Scope;

/// An authorization that waits for the answer of the platform's endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAuthorization {
    /// Whose books it is in.
    pub scope: Scope,
    /// Its id.
    pub authorization: String,
    /// When it is decided without an answer, in Unix milliseconds of the sandbox's clock.
    pub due: i64,
}
