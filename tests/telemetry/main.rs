//! Output through `tracing` and `log`. A separate binary, since subscribers are set per process.

mod redaction;
mod spans;
