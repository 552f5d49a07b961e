//! What the client adds to its requests.

/// What a request gets from its client where its own options say nothing.
pub(crate) struct Defaults<'a> {
    pub(crate) account: Option<&'a str>,
    pub(crate) context: Option<&'a str>,
    pub(crate) version: &'a str,
    /// Added to whatever version is sent.
    pub(crate) previews: &'a str,
    pub(crate) require_account: bool,
}
