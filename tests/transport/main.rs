//! The transport: its rules, and how it does over sockets, over TLS and on input that nobody meant to send.

mod fuzz_corpus;
mod rules;
mod sockets;
mod tls;
