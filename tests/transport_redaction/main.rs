//! What shows in logs and errors. In a process of its own: `tracing` decides once per process which places are heard, and
//! tests without a listener beside this one would silence some.

mod redaction;
#[path = "../transport_sockets/server.rs"]
#[allow(dead_code)] // the other tests of sockets need more of it
mod server;
