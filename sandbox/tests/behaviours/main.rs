//! The behaviour of the sandbox, through its public requests, controls and Rust API.

mod accounts;
mod accounts_v2;
mod dice;
#[path = "../../src/tests/http.rs"]
mod http;
mod long_runs;
mod not_modelled;
mod payments;
mod platform;
mod report;
mod server;
mod since_clover;
#[path = "../../src/tests/support.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod support;
mod surface;
mod tls;
mod tool;
mod treasury;
mod v2_events;
mod versions;
