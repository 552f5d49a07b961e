//! What the crate says through `tracing` and `log`. A binary of its own: listeners are set for a whole process.

mod redaction;
mod spans;
