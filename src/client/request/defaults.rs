//! The client's defaults for its requests.

/// The client's defaults, for options that the request does not set.
pub(crate) struct Defaults<'a> {
    pub(crate) account: Option<&'a str>,
    pub(crate) context: Option<&'a str>,
    pub(crate) version: &'a str,
    /// Appended to every version that is sent.
    pub(crate) previews: &'a str,
    pub(crate) require_account: bool,
}
