//! The transport against real sockets that misbehave.

#[cfg(feature = "sandbox")]
mod crash;
mod crowd;
mod faults;
mod foreign;
mod pool;
mod server;
