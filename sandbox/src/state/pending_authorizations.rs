use crate::engine::Scope;

/// An authorization that waits for the decision of the platform's endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAuthorization {
    /// The account.
    pub scope: Scope,
    /// Its id.
    pub authorization: String,
    /// When it is decided without a reply, in Unix milliseconds of the sandbox's clock.
    pub due: i64,
}
