//! Shared test utilities.

pub mod log;
pub mod script;
pub mod sockets;
pub mod tls;
