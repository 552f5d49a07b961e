//! Failures of an exchange, classified by their meaning for the request.

use std::error::Error as StdError;
use std::fmt;
use std::io;

/// The kind of failure of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The server refused the connection.
    Refused,
    /// The server's name could not be resolved.
    Dns,
    /// The connection failed for another reason.
    Connect,
    /// Connecting timed out.
    ConnectTimeout,
    /// The TLS handshake failed.
    Tls,
    /// The server's certificate is not valid. Never retried.
    Certificate,
    /// The connection was reset.
    Reset,
    /// The connection was closed before a reply.
    Closed,
    /// The connection broke while the body was read.
    Body,
    /// The reply is not HTTP.
    Protocol,
    /// The transport timed out.
    Timeout,
    /// The reply is larger than [`ClientBuilder::reply_limit`](crate::ClientBuilder::reply_limit). Never retried.
    TooLarge,
    /// The head of the reply has more than 100 headers, or is too long.
    HeadTooLarge,
    /// The request is invalid. Never retried.
    Request,
    /// Something else.
    Other,
}

impl TransportErrorKind {
    /// Whether it failed before the request was sent, so that no server can have executed it.
    pub fn before_sending(self) -> bool {
        use TransportErrorKind::{Certificate, Connect, ConnectTimeout, Dns, Refused, Request, Tls};
        matches!(self, Refused | Dns | Connect | ConnectTimeout | Tls | Certificate | Request)
    }

    /// Whether another attempt may succeed.
    pub fn is_transient(self) -> bool {
        !matches!(
            self,
            TransportErrorKind::Certificate | TransportErrorKind::Request | TransportErrorKind::TooLarge
        )
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            TransportErrorKind::Refused => "connection_refused",
            TransportErrorKind::Dns => "dns",
            TransportErrorKind::Connect => "connect",
            TransportErrorKind::ConnectTimeout => "connect_timeout",
            TransportErrorKind::Tls => "tls",
            TransportErrorKind::Certificate => "certificate",
            TransportErrorKind::Reset => "connection_reset",
            TransportErrorKind::Closed => "connection_closed",
            TransportErrorKind::Body => "body",
            TransportErrorKind::Protocol => "protocol",
            TransportErrorKind::Timeout => "timeout",
            TransportErrorKind::TooLarge => "too_large",
            TransportErrorKind::HeadTooLarge => "head_too_large",
            TransportErrorKind::Request => "request",
            TransportErrorKind::Other => "connection",
        }
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TransportErrorKind::Refused => "the server refused the connection",
            TransportErrorKind::Dns => "the server's name could not be resolved",
            TransportErrorKind::Connect => "the connection failed",
            TransportErrorKind::ConnectTimeout => "connecting timed out",
            TransportErrorKind::Tls => "the TLS handshake failed",
            TransportErrorKind::Certificate => "the server's certificate is not valid",
            TransportErrorKind::Reset => "the connection was reset",
            TransportErrorKind::Closed => "the connection was closed before a reply",
            TransportErrorKind::Body => "the connection broke while the reply was read",
            TransportErrorKind::Protocol => "the reply is not HTTP",
            TransportErrorKind::Timeout => "the server timed out",
            TransportErrorKind::TooLarge => "the reply is too large",
            TransportErrorKind::HeadTooLarge => "the reply has more than 100 headers, or they are too long",
            TransportErrorKind::Request => "the request is invalid",
            TransportErrorKind::Other => "the exchange failed",
        })
    }
}

/// A failed exchange with its cause.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) fault: TransportErrorKind,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// Creates an error of this kind.
    pub fn new(fault: TransportErrorKind) -> Self {
        Self { fault, source: None }
    }

    /// Adds the cause. Its text is shown to users, so it must not contain URLs with queries.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind of failure.
    pub fn fault(&self) -> TransportErrorKind {
        self.fault
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(TransportErrorKind::TooLarge).with_source(format!("more than {limit} bytes"))
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Classifies a failure by its chain of causes. Only the chain reveals connection resets, which HTTP clients report
/// as a general send error.
pub(crate) fn from_chain(error: &(dyn StdError + 'static)) -> Option<TransportErrorKind> {
    let mut cause = Some(error);
    let mut found = None;
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<TransportError>() {
            // Our own error: a request body failed while it was sent. The text of its cause comes from the caller.
            return Some(error.fault);
        }
        let text = error.to_string();
        if text.contains("certificate") {
            return Some(TransportErrorKind::Certificate);
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            found = from_io(error).or(found);
        }
        found = from_text(&text).or(found);
        cause = error.source();
    }
    found
}

/// Whether any of the causes contains this text.
pub(crate) fn mentions(error: &(dyn StdError + 'static), part: &str) -> bool {
    let mut cause = Some(error);
    std::iter::from_fn(|| {
        let error = cause?;
        cause = error.source();
        Some(error.to_string().contains(part))
    })
    .any(|found| found)
}

fn from_io(error: &io::Error) -> Option<TransportErrorKind> {
    // Connectors wrap a system error in an error that is not part of the chain.
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>()) {
        return from_io(inner);
    }
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Some(TransportErrorKind::Reset)
        }
        io::ErrorKind::ConnectionRefused => Some(TransportErrorKind::Refused),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::NotConnected => Some(TransportErrorKind::Closed),
        io::ErrorKind::TimedOut => Some(TransportErrorKind::Timeout),
        _ => None,
    }
}

fn from_text(text: &str) -> Option<TransportErrorKind> {
    let table = [
        ("dns error", TransportErrorKind::Dns),
        ("failed to lookup address", TransportErrorKind::Dns),
        ("closed before message completed", TransportErrorKind::Closed),
        ("connection closed", TransportErrorKind::Closed),
        ("message head is too large", TransportErrorKind::HeadTooLarge),
        ("invalid HTTP", TransportErrorKind::Protocol),
        ("http2 error", TransportErrorKind::Reset),
        ("tls handshake", TransportErrorKind::Tls),
    ];
    table.into_iter().find(|(part, _)| text.contains(part)).map(|(_, fault)| fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error with a cause.
    #[derive(Debug)]
    struct Outer(&'static str, Option<Box<dyn StdError + Send + Sync>>);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Outer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }

    fn chain(text: &'static str, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Outer {
        Outer(text, Some(cause.into()))
    }

    #[test]
    fn chain_of_causes_determines_the_kind() {
        let io = |kind| io::Error::new(kind, "it");
        let cases = [
            (chain("sending", io(io::ErrorKind::ConnectionReset)), Some(TransportErrorKind::Reset)),
            (chain("sending", io(io::ErrorKind::BrokenPipe)), Some(TransportErrorKind::Reset)),
            (chain("sending", io(io::ErrorKind::ConnectionRefused)), Some(TransportErrorKind::Refused)),
            (chain("sending", io(io::ErrorKind::UnexpectedEof)), Some(TransportErrorKind::Closed)),
            (
                chain("sending", io::Error::other(io(io::ErrorKind::ConnectionRefused))),
                Some(TransportErrorKind::Refused),
            ),
            (
                chain("sending", "connection closed before message completed"),
                Some(TransportErrorKind::Closed),
            ),
            (chain("sending", "http2 error"), Some(TransportErrorKind::Reset)),
            (chain("sending", "dns error"), Some(TransportErrorKind::Dns)),
            (chain("sending", "something"), None),
            (
                chain("invalid peer certificate", io(io::ErrorKind::ConnectionReset)),
                Some(TransportErrorKind::Certificate),
            ),
            (
                chain("sending", chain("http2 error", io(io::ErrorKind::BrokenPipe))),
                Some(TransportErrorKind::Reset),
            ),
        ];
        for (error, expected) in cases {
            assert_eq!(from_chain(&error), expected, "{error:?}");
        }
    }

    #[test]
    fn errors_of_a_body_source_are_not_server_faults() {
        for text in ["certificate.pdf cannot be read", "connection closed", "dns error"] {
            let body = TransportError::new(TransportErrorKind::Request).with_source(text);
            assert_eq!(from_chain(&chain("sending", body)), Some(TransportErrorKind::Request), "{text}");
        }
    }
}
