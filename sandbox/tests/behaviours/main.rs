//! What the sandbox does, by the requests and controls that its users have.

mod accounts;
mod dice;
mod long_runs;
mod not_modelled;
mod platform;
mod report;
mod server;
mod since_clover;
mod surface;
mod tls;
mod tool;
mod treasury;
mod v2_events;
mod versions;
#[path = "../../src/tests/http.rs"]
mod http;
#[path = "../../src/tests/support.rs"]
mod support;
