//! The transport against real sockets that misbehave.

#[cfg(feature = "sandbox")]
mod crash;
mod crowd;
mod faults;
mod pool;
mod server;
