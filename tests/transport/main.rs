//! Tests of the transport: its rules, sockets, TLS, and the fuzz corpus.

mod fuzz_corpus;
mod rules;
mod sockets;
mod tls;
