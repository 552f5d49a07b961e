#![cfg_attr(any(not(doctest), feature = "postgres"), doc = include_str!("../README.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod backend;
mod cipher;
mod events;
mod outbox;
mod tables;
#[cfg(feature = "types")]
pub mod types;

pub use backend::Backend;
pub use cipher::Cipher;
pub use events::SqlEventLog;
pub use outbox::{Settle, SqlOutbox};
pub use tables::{Tables, TablesError};

/// A boxed error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The event log on PostgreSQL.
#[cfg(feature = "postgres")]
pub type PgEventLog = SqlEventLog<sqlx::Postgres>;
/// The outbox on PostgreSQL.
#[cfg(feature = "postgres")]
pub type PgOutbox = SqlOutbox<sqlx::Postgres>;
/// The event log on SQLite.
#[cfg(feature = "sqlite")]
pub type SqliteEventLog = SqlEventLog<sqlx::Sqlite>;
/// The outbox on SQLite.
#[cfg(feature = "sqlite")]
pub type SqliteOutbox = SqlOutbox<sqlx::Sqlite>;
