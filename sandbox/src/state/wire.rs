//! What happens to a reply on its way to the client.

use std::time::Duration;

/// What the transport must do with a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wire {
    /// To wait first.
    pub delay: Duration,
    /// How it ends.
    pub ending: Ending,
}

/// How a reply is to end on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// As it should.
    #[default]
    Whole,
    /// After so many bytes of the body the connection closes.
    Truncated(usize),
    /// The connection is reset instead of an answer.
    Reset,
    /// The answer never comes.
    Stalled,
}
