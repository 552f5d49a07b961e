//! The differences between the databases, and the conversion of values. All statements are written once, for both.

use sqlx::{Database, Pool, Transaction};
use stripe_platform::BoxFuture;

/// A supported database: `sqlx::Postgres` or `sqlx::Sqlite`.
pub trait Backend: Database + private::Dialect {}

/// A value of a statement.
#[derive(Clone, Debug)]
pub enum Arg {
    Int(i64),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Arg::Text(Some(text.to_owned()))
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Arg::Int(number)
    }
}

pub(crate) mod private {
    use super::{Arg, BoxFuture, Database, Pool, Transaction};

    pub trait Dialect: Database {
        /// The current time in milliseconds since 1970, constant within a statement.
        const NOW: &'static str;
        /// The lock clause for rows that others may be claiming.
        const SKIP_LOCKED: &'static str;
        /// The scripts of the migrations.
        const MIGRATIONS: &'static [(&'static str, &'static str)];

        /// Runs a statement and returns its rows.
        fn fetch<'c>(
            connection: &'c mut Self::Connection,
            sql: &str,
            args: Vec<Arg>,
        ) -> BoxFuture<'c, sqlx::Result<Vec<Self::Row>>>;

        /// Runs a statement and returns the number of changed rows.
        fn execute<'c>(
            connection: &'c mut Self::Connection,
            sql: &str,
            args: Vec<Arg>,
        ) -> BoxFuture<'c, sqlx::Result<u64>>;

        /// Begins a transaction that will write.
        fn begin(pool: &Pool<Self>) -> BoxFuture<'_, sqlx::Result<Transaction<'static, Self>>>;

        fn savepoint<'c>(
            connection: &'c mut Self::Connection,
        ) -> BoxFuture<'c, sqlx::Result<Transaction<'c, Self>>>;

        fn int(row: &Self::Row, column: usize) -> sqlx::Result<Option<i64>>;
        fn text(row: &Self::Row, column: usize) -> sqlx::Result<Option<String>>;
        fn bytes(row: &Self::Row, column: usize) -> sqlx::Result<Option<Vec<u8>>>;

        fn migrate<'c>(
            connection: &'c mut Self::Connection,
            migrator: &'c sqlx::migrate::Migrator,
            target: Option<i64>,
        ) -> BoxFuture<'c, Result<(), sqlx::migrate::MigrateError>>;
    }
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
macro_rules! backend {
    ($database:ty, now: $now:expr, skip_locked: $skip_locked:expr, begin: $begin:literal, migrations: $folder:literal,
     in_transaction: $migrates_in_transaction:literal) => {
        impl Backend for $database {}

        impl private::Dialect for $database {
            const NOW: &'static str = $now;
            const SKIP_LOCKED: &'static str = $skip_locked;
            const MIGRATIONS: &'static [(&'static str, &'static str)] = &[
                ("event log", include_str!(concat!("../migrations/", $folder, "/1_event_log.sql"))),
                ("outbox", include_str!(concat!("../migrations/", $folder, "/2_outbox.sql"))),
            ];

            fn fetch<'c>(
                connection: &'c mut Self::Connection,
                sql: &str,
                args: Vec<Arg>,
            ) -> BoxFuture<'c, sqlx::Result<Vec<Self::Row>>> {
                let query = bound!($database, sql, args);
                Box::pin(async move { query.fetch_all(connection).await })
            }

            fn execute<'c>(
                connection: &'c mut Self::Connection,
                sql: &str,
                args: Vec<Arg>,
            ) -> BoxFuture<'c, sqlx::Result<u64>> {
                let query = bound!($database, sql, args);
                Box::pin(async move { Ok(query.execute(connection).await?.rows_affected()) })
            }

            fn begin(pool: &Pool<Self>) -> BoxFuture<'_, sqlx::Result<Transaction<'static, Self>>> {
                Box::pin(pool.begin_with($begin))
            }

            fn savepoint<'c>(
                connection: &'c mut Self::Connection,
            ) -> BoxFuture<'c, sqlx::Result<Transaction<'c, Self>>> {
                Box::pin(sqlx::Connection::begin(connection))
            }

            fn int(row: &Self::Row, column: usize) -> sqlx::Result<Option<i64>> {
                sqlx::Row::try_get(row, column)
            }

            fn text(row: &Self::Row, column: usize) -> sqlx::Result<Option<String>> {
                sqlx::Row::try_get(row, column)
            }

            fn bytes(row: &Self::Row, column: usize) -> sqlx::Result<Option<Vec<u8>>> {
                sqlx::Row::try_get(row, column)
            }

            fn migrate<'c>(
                connection: &'c mut Self::Connection,
                migrator: &'c sqlx::migrate::Migrator,
                target: Option<i64>,
            ) -> BoxFuture<'c, Result<(), sqlx::migrate::MigrateError>> {
                Box::pin(async move {
                    if !$migrates_in_transaction {
                        return migrator.run_direct(target, connection, false).await;
                    }
                    let mut tx = sqlx::Connection::begin_with(connection, $begin).await?;
                    migrator.run_direct(target, &mut *tx, false).await?;
                    Ok(tx.commit().await?)
                })
            }
        }
    };
}

/// A statement with its values. The text contains only validated table names.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
macro_rules! bound {
    ($database:ty, $sql:ident, $args:ident) => {{
        let mut query = sqlx::query::<$database>(sqlx::AssertSqlSafe($sql));
        for arg in $args {
            query = match arg {
                Arg::Int(number) => query.bind(number),
                Arg::Text(text) => query.bind(text),
                Arg::Bytes(bytes) => query.bind(bytes),
            };
        }
        query
    }};
}

#[cfg(feature = "postgres")]
backend! {
    sqlx::Postgres,
    now: "floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint",
    skip_locked: "FOR UPDATE OF o SKIP LOCKED",
    begin: "BEGIN",
    migrations: "postgres",
    // sqlx holds a separate lock meanwhile.
    in_transaction: false
}

#[cfg(feature = "sqlite")]
backend! {
    sqlx::Sqlite,
    now: "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)",
    // A write statement has exclusive access to the database.
    skip_locked: "",
    // A transaction that started with a read cannot wait for the write lock.
    begin: "BEGIN IMMEDIATE",
    migrations: "sqlite",
    in_transaction: true
}
