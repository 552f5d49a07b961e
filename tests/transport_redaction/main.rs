//! What shows in logs and errors. In a process of its own, because one listener hears all of it.
// Each example brings its own copy of what they share.
#![allow(clippy::duplicate_mod)]

#[cfg(all(feature = "testing", feature = "sandbox"))]
mod flows;
mod log;
mod redaction;
#[path = "../transport_sockets/server.rs"]
#[allow(dead_code)] // the other tests of sockets need more of it
mod server;
#[path = "../transport_tls/server.rs"]
#[allow(dead_code)]
mod tls_server;
