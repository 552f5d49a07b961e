//! Errors detected locally, without an error reply from Stripe.

use super::CallInfo;
use super::printable::printable;
use crate::error::transport::TransportErrorKind;
use std::fmt;
use std::time::Duration;

/// The network failed before the reply was complete.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConnectionError {
    /// The kind of failure.
    pub fault: TransportErrorKind,
    /// The HTTP status, if the head of the reply arrived.
    pub status: Option<u16>,
    /// Stripe's id of the request, if the head of the reply arrived.
    pub request_id: Option<String>,
    /// The request.
    pub call: CallInfo,
    pub(crate) source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection to Stripe failed: {}", self.fault)?;
        details(f, &self.call, self.status, self.request_id.as_deref())
    }
}

impl std::error::Error for ConnectionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// The timeout that expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// The timeout of one attempt.
    Attempt,
    /// The deadline of the whole call.
    Deadline,
}

/// No complete reply arrived in time.
#[derive(Debug)]
#[non_exhaustive]
pub struct TimeoutError {
    /// The timeout that expired.
    pub kind: TimeoutKind,
    /// The configured duration.
    pub limit: Duration,
    /// The HTTP status, if the head of the reply arrived.
    pub status: Option<u16>,
    /// Stripe's id of the request, if the head of the reply arrived.
    pub request_id: Option<String>,
    /// The request.
    pub call: CallInfo,
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TimeoutKind::Attempt => write!(f, "no complete reply from Stripe within {:?}", self.limit)?,
            TimeoutKind::Deadline => {
                write!(f, "the call did not finish within its deadline of {:?}", self.limit)?
            }
        }
        details(f, &self.call, self.status, self.request_id.as_deref())
    }
}

impl std::error::Error for TimeoutError {}

/// Stripe executed the request, but its reply does not match this crate's types. Also used for payloads outside of
/// calls, such as webhook bodies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The location in the JSON: `data[3].amount`. Empty for the whole document.
    pub path: String,
    /// The problem at that location.
    pub problem: String,
    /// The HTTP status.
    pub status: Option<u16>,
    /// Stripe's id of the request.
    pub request_id: Option<String>,
    /// The beginning of the body, if it is not JSON.
    pub excerpt: Option<String>,
    /// The request.
    pub call: Option<CallInfo>,
}

/// Member names come from the server, so a path can have any length.
const LONGEST_TEXT: usize = 200;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl DecodeError {
    /// Parses the decoder's message: path, colon, problem.
    pub(crate) fn new(said: &str) -> Self {
        let (path, problem) = match said.split_once(": ") {
            Some((path, problem)) if !path.contains(' ') => (path, problem),
            _ => ("", said),
        };
        Self {
            // Member names come from the server.
            path: shortened(&printable(path)),
            problem: shortened(&printable(problem)),
            status: None,
            request_id: None,
            excerpt: None,
            call: None,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.call {
            Some(call) => write!(
                f,
                "Stripe answered {} {} with {}, but the reply cannot be decoded",
                call.method.as_str(),
                call.path,
                self.status.unwrap_or_default()
            )?,
            None => f.write_str("the JSON cannot be decoded")?,
        }
        if self.path.is_empty() {
            write!(f, ": {}", self.problem)?;
        } else {
            write!(f, ": at {}: {}", self.path, self.problem)?;
        }
        if let Some(excerpt) = &self.excerpt {
            write!(f, " ({excerpt:?})")?;
        }
        match &self.request_id {
            Some(id) => write!(f, " [{id}]"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DecodeError {}

/// The request or the client configuration is invalid. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidInputError {
    /// Description of the problem.
    pub problem: String,
}

impl InvalidInputError {
    pub(crate) fn new(problem: String) -> Self {
        Self { problem: printable(&problem) }
    }
}

impl fmt::Display for InvalidInputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not sent: {}", self.problem)
    }
}

impl std::error::Error for InvalidInputError {}

fn details(
    f: &mut fmt::Formatter<'_>,
    call: &CallInfo,
    status: Option<u16>,
    request_id: Option<&str>,
) -> fmt::Result {
    write!(f, " ({} {}", call.method.as_str(), call.path)?;
    if call.attempts > 1 {
        write!(f, ", {} attempts", call.attempts)?;
    }
    if let Some(status) = status {
        write!(f, ": {status}")?;
    }
    if let Some(id) = request_id {
        write!(f, ", {id}")?;
    }
    f.write_str(")")
}
