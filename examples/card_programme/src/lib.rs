//! A card programme as a service: it onboards businesses, funds them, issues cards, decides about purchases and pays out. Any number of
//! instances share one database.
//!
//! - [`app`]: the routes. Money is moved either by a single call with an idempotency key derived from the caller's intent, or through
//!   the outbox.
//! - [`decisions`]: decisions about purchases, in the database.
//! - [`events`]: events, each handled once, in one transaction with its effect.
//! - [`data`]: the service's tables.
//! - [`database`]: the choice of the database.
//! - [`metrics`]: metrics with OpenTelemetry's names.
//! - [`offline`]: the service on an offline Stripe, for tests and the demonstration.

pub mod app;
pub mod data;
pub mod database;
pub mod decisions;
pub mod events;
pub mod metrics;
pub mod offline;

/// Any error.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
