//! The transport with misbehaving sockets.

mod crash;
mod crowd;
mod faults;
mod foreign;
mod pool;
