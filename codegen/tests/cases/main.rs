//! Tests of the emitter, one feature at a time: a small trimmed document in, Rust code out.

mod case;
mod errors;
mod events;
mod mutations;
mod names;
mod replies;
mod requests;
mod shared;
