//! Tests of the fixture builder with small flows over a small document, and with the committed flows.

mod case;
mod command;
mod committed;
mod errors;
mod replies;
