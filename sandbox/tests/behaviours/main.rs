//! What the sandbox does, by the requests and controls that its users have.

mod accounts;
mod atomic;
mod client;
mod costs;
mod coverage;
mod funds;
mod isolation;
mod issuing;
mod kernel;
mod load;
mod machines;
mod memory;
mod onboarding;
mod platform;
mod programme;
mod properties;
mod refusals;
mod report;
mod rules;
mod server;
mod state;
mod support;
mod surface;
mod tls;
mod treasury;
mod v2_events;
