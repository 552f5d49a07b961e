//! The service's tables. The statements are the same on both databases; only their types differ.

use sqlx::{Pool, Row, Transaction};
use stripe_platform::BoxFuture;
use stripe_platform_sqlx::Backend;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS businesses (
        tenant TEXT PRIMARY KEY, account TEXT NOT NULL UNIQUE, funded BIGINT NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS cards (
        card TEXT PRIMARY KEY, tenant TEXT NOT NULL, spend_limit BIGINT NOT NULL, spent BIGINT NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS decisions (
        id TEXT PRIMARY KEY, card TEXT NOT NULL, amount BIGINT NOT NULL, approved BIGINT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS payouts (
        reference TEXT PRIMARY KEY, tenant TEXT NOT NULL, cents BIGINT NOT NULL, status TEXT NOT NULL, stripe_id TEXT
    );";

/// A database that the service can run on.
pub trait Data: Backend {
    /// Begins a transaction that writes.
    fn transaction(pool: &Pool<Self>) -> BoxFuture<'_, sqlx::Result<Transaction<'static, Self>>>;

    /// Creates the tables if they do not exist.
    fn create(connection: &mut Self::Connection) -> BoxFuture<'_, sqlx::Result<()>>;

    /// Runs a statement and returns how many rows it changed.
    fn run<'c>(
        connection: &'c mut Self::Connection,
        sql: &'static str,
        values: Vec<Value>,
    ) -> BoxFuture<'c, sqlx::Result<u64>>;

    /// Returns the first row, as text columns.
    fn texts<'c>(
        connection: &'c mut Self::Connection,
        sql: &'static str,
        values: Vec<Value>,
    ) -> BoxFuture<'c, sqlx::Result<Option<Vec<String>>>>;
}

/// A parameter of a statement.
#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(number)
    }
}

macro_rules! bind {
    ($query:expr, $values:ident) => {
        $values.into_iter().fold($query, |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        })
    };
}

macro_rules! data {
    ($database:ty, begin: $begin:literal, lock: $lock:literal) => {
        impl Data for $database {
            fn transaction(pool: &Pool<Self>) -> BoxFuture<'_, sqlx::Result<Transaction<'static, Self>>> {
                Box::pin(pool.begin_with($begin))
            }

            fn create(connection: &mut Self::Connection) -> BoxFuture<'_, sqlx::Result<()>> {
                Box::pin(async move {
                    let mut tx = sqlx::Connection::begin_with(connection, $begin).await?;
                    sqlx::raw_sql($lock).execute(&mut *tx).await?;
                    sqlx::raw_sql(TABLES).execute(&mut *tx).await?;
                    tx.commit().await
                })
            }

            fn run<'c>(
                connection: &'c mut Self::Connection,
                sql: &'static str,
                values: Vec<Value>,
            ) -> BoxFuture<'c, sqlx::Result<u64>> {
                Box::pin(async move {
                    let query = bind!(sqlx::query::<$database>(sql), values);
                    Ok(query.execute(connection).await?.rows_affected())
                })
            }

            fn texts<'c>(
                connection: &'c mut Self::Connection,
                sql: &'static str,
                values: Vec<Value>,
            ) -> BoxFuture<'c, sqlx::Result<Option<Vec<String>>>> {
                Box::pin(async move {
                    let query = bind!(sqlx::query::<$database>(sql), values);
                    let Some(row) = query.fetch_optional(connection).await? else { return Ok(None) };
                    let texts = (0..row.len()).map(|column| row.try_get(column));
                    texts.collect::<sqlx::Result<_>>().map(Some)
                })
            }
        }
    };
}

// Instances that start together wait for each other: on PostgreSQL, `IF NOT EXISTS` alone does not make them.
data!(sqlx::Postgres, begin: "BEGIN", lock: "SELECT pg_advisory_xact_lock(4242)");
data!(sqlx::Sqlite, begin: "BEGIN IMMEDIATE", lock: "SELECT 1");
