//! The transport against real sockets that misbehave.

mod crowd;
mod faults;
mod pool;
mod redaction;
mod server;
