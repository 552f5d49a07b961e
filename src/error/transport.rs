//! What can go wrong with one exchange, told apart by what it means for the request.

use std::error::Error as StdError;
use std::fmt;
use std::io;

/// How an exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The server does not take connections.
    Refused,
    /// The name of the server cannot be resolved.
    Dns,
    /// No connection could be made, for another reason.
    Connect,
    /// No connection was made in time.
    ConnectTimeout,
    /// The TLS handshake broke off.
    Tls,
    /// The server's certificate does not prove that it is Stripe. Never retried.
    Certificate,
    /// The connection was reset.
    Reset,
    /// The connection was closed before a reply.
    Closed,
    /// The body of the reply broke off.
    Body,
    /// What came back is not HTTP.
    Protocol,
    /// The transport waited too long.
    Timeout,
    /// The reply is larger than [`ClientBuilder::reply_limit`](crate::ClientBuilder::reply_limit). Never retried.
    TooLarge,
    /// The head of the reply has more than 100 headers, or is too long.
    HeadTooLarge,
    /// The request cannot be sent as it is. Never retried.
    Request,
    /// Something else.
    Other,
}

impl TransportErrorKind {
    /// Whether it failed before the request went out, so that nobody can have acted on it.
    pub fn before_sending(self) -> bool {
        use TransportErrorKind::{Certificate, Connect, ConnectTimeout, Dns, Refused, Request, Tls};
        matches!(self, Refused | Dns | Connect | ConnectTimeout | Tls | Certificate | Request)
    }

    /// Whether another attempt may go better.
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
            TransportErrorKind::Refused => "the server refuses connections",
            TransportErrorKind::Dns => "the server's name cannot be resolved",
            TransportErrorKind::Connect => "no connection could be made",
            TransportErrorKind::ConnectTimeout => "no connection was made in time",
            TransportErrorKind::Tls => "the TLS handshake broke off",
            TransportErrorKind::Certificate => "the server's certificate is not valid",
            TransportErrorKind::Reset => "the connection was reset",
            TransportErrorKind::Closed => "the connection was closed before a reply",
            TransportErrorKind::Body => "the reply broke off",
            TransportErrorKind::Protocol => "the reply is not HTTP",
            TransportErrorKind::Timeout => "the server took too long",
            TransportErrorKind::TooLarge => "the reply is too large",
            TransportErrorKind::HeadTooLarge => "the reply has more than 100 headers, or they are too long",
            TransportErrorKind::Request => "the request cannot be sent",
            TransportErrorKind::Other => "the exchange failed",
        })
    }
}

/// An exchange that failed, and why.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) fault: TransportErrorKind,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// An error of this kind.
    pub fn new(fault: TransportErrorKind) -> Self {
        Self { fault, source: None }
    }

    /// Adds where it came from. Its texts are shown to users, so they must not hold URLs with queries.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// How the exchange failed.
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

/// What the chain of causes says about a failure: the only place where resets can be told, since HTTP clients
/// report them as an error while sending and no more.
pub(crate) fn from_chain(error: &(dyn StdError + 'static)) -> Option<TransportErrorKind> {
    let mut cause = Some(error);
    let mut found = None;
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<TransportError>() {
            // Our own: a body that could not be read while it was sent. What its cause says is the caller's.
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

/// Whether any of the causes says this.
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
    // Connectors wrap an error of the system in one of their own, which is no part of the chain.
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
    fn the_chain_of_causes_tells_the_fault() {
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
    fn what_the_source_of_a_body_says_is_no_fault_of_the_server() {
        for text in ["certificate.pdf cannot be read", "connection closed", "dns error"] {
            let body = TransportError::new(TransportErrorKind::Request).with_source(text);
            assert_eq!(from_chain(&chain("sending", body)), Some(TransportErrorKind::Request), "{text}");
        }
    }
}
