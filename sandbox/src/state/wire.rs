//! How a reply is transmitted to the client.

use std::time::Duration;

/// Instructions to the transport for one reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wire {
    /// Delay before the reply.
    pub delay: Duration,
    /// How the reply ends.
    pub ending: Ending,
}

/// How a reply ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// Complete.
    #[default]
    Whole,
    /// The connection closes after this many bytes of the body.
    Truncated(usize),
    /// The connection is reset instead of a reply.
    Reset,
    /// No reply is sent.
    Stalled,
}
