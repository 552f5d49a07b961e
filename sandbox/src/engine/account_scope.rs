use std::fmt;
use std::sync::Arc;

/// An account in test or in live mode. The two modes of an account share no data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// The account's id.
    pub account: Arc<str>,
    /// Whether this is live mode.
    pub live: bool,
}

impl Scope {
    /// The scope of an account.
    pub fn new(account: impl Into<Arc<str>>, live: bool) -> Self {
        Self { account: account.into(), live }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.account)?;
        if self.live { f.write_str(" (live)") } else { Ok(()) }
    }
}
