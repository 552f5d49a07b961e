//! The replay harness: what it records and replays, and how a backend is tested with it.

mod backend;
mod record;
mod replay;
