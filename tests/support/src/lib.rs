//! What the tests share.

pub mod log;
pub mod script;
pub mod sockets;
pub mod tls;
