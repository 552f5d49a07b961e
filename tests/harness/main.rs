//! Tests of the replay harness: recording, replay, and an example backend.

mod backend;
mod record;
mod replay;
