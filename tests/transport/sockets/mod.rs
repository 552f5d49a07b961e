//! The transport against real sockets that misbehave.

mod crash;
mod crowd;
mod faults;
mod foreign;
mod pool;
