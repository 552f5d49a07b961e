//! What the sandbox does, by the requests and controls that its users have.

mod accounts;
mod client;
mod dice;
mod platform;
mod report;
mod rules;
mod server;
#[path = "../../src/tests/support.rs"]
mod support;
mod surface;
mod tls;
mod treasury;
mod v2_events;
