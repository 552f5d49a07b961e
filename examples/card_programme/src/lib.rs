//! A card programme as a service: it onboards businesses, funds them, gives them cards, decides about their purchases and pays
//! them out. Any number of instances share one database.
//!
//! - [`app`]: the routes. What changes money is either a single call with a key that the caller's intent decides, or goes
//!   through the outbox.
//! - [`decisions`]: purchases are decided in the database.
//! - [`events`]: each event is handled once, in one transaction with its effect.
//! - [`data`]: the service's own tables.
//! - [`database`]: where the database comes from.
//! - [`metrics`]: numbers under names of OpenTelemetry's kind.
//! - [`offline`]: an offline Stripe around it, for tests and the demonstration.

pub mod app;
pub mod data;
pub mod database;
pub mod decisions;
pub mod events;
pub mod metrics;
pub mod offline;

/// The error of anything.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
