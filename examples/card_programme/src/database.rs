//! Chooses the database: `DATABASE_URL`, else a private PostgreSQL server if the machine has its programs, else a SQLite file.

use crate::Failure;
use crate::data::Data;
use local_postgres::Server;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Pool, Postgres, Sqlite};
use std::str::FromStr;
use std::time::Duration;
use stripe_platform_sqlx::Tables;

/// The chosen database.
#[derive(Debug)]
pub enum Database {
    /// A PostgreSQL server; the second field is the private server, if one was started.
    Postgres(Pool<Postgres>, Option<Server>),
    /// A SQLite file.
    Sqlite(Pool<Sqlite>),
}

/// Chooses a database and creates the tables.
///
/// # Errors
/// If `DATABASE_URL` cannot be used.
pub async fn find() -> Result<Database, Failure> {
    match local_postgres::database_url() {
        Some(url) if url.starts_with("postgres") => Ok(Database::Postgres(postgres(&url).await?, None)),
        Some(url) => Ok(Database::Sqlite(sqlite(&url).await?)),
        None => match Server::start() {
            Ok(server) => Ok(Database::Postgres(postgres(&server.url()).await?, Some(server))),
            Err(problem) => {
                eprintln!("No PostgreSQL: {problem}. The database is SQLite.");
                let file = std::env::temp_dir().join(format!("card-programme-{}.db", std::process::id()));
                Ok(Database::Sqlite(sqlite(&format!("sqlite://{}", file.display())).await?))
            }
        },
    }
}

/// Connects to PostgreSQL and creates the tables.
///
/// # Errors
/// If it cannot be reached.
pub async fn postgres(url: &str) -> Result<Pool<Postgres>, Failure> {
    let pool = PgPoolOptions::new().max_connections(20).connect(url).await?;
    create(&pool).await?;
    Ok(pool)
}

/// Opens a SQLite file, and creates it and the tables if they do not exist.
///
/// # Errors
/// If the file is not a database.
pub async fn sqlite(url: &str) -> Result<Pool<Sqlite>, Failure> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(10));
    let pool = SqlitePoolOptions::new().max_connections(8).connect_with(options).await?;
    create(&pool).await?;
    Ok(pool)
}

async fn create<DB: Data>(pool: &Pool<DB>) -> Result<(), Failure> {
    let mut connection = pool.acquire().await?;
    Tables::new().migrate::<DB>(&mut *connection).await?;
    DB::create(&mut *connection).await?;
    Ok(())
}
