//! Test setup. The sandbox is imported only here.

pub use stripe_sandbox::server::Server;
pub use stripe_sandbox::{BalanceKind, Sandbox, hours};

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use stripe_platform::account::external_account;
use stripe_platform::outbox::Policy;
use stripe_platform::{Client, Currency, Prepared, Timestamp, payout};
use stripe_platform_sqlx::{PgEventLog, PgOutbox, SqliteEventLog, SqliteOutbox, Tables};

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A number that is unique within this run.
fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A SQLite file that is deleted after the test.
pub struct File(PathBuf);

impl File {
    pub fn new() -> Self {
        Self(std::env::temp_dir().join(format!("stripe-store-{}-{}.db", std::process::id(), number())))
    }

    pub fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.0.display()));
        }
    }
}

pub fn sqlite_options(path: &std::path::Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(20))
}

/// A SQLite database with its tables.
pub struct Sqlite {
    pub pool: SqlitePool,
    pub tables: Tables,
    pub file: File,
}

impl Sqlite {
    pub async fn empty() -> Self {
        let file = File::new();
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(sqlite_options(file.path()));
        Self { pool: pool.await.unwrap(), tables: Tables::new(), file }
    }

    pub async fn new() -> Option<Self> {
        let this = Self::empty().await;
        this.tables.migrate::<sqlx::Sqlite>(&mut *this.pool.acquire().await.unwrap()).await.unwrap();
        Some(this)
    }

    pub async fn another_instance(&self) -> SqlitePool {
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(sqlite_options(self.file.path()));
        pool.await.unwrap()
    }

    pub fn outbox(&self) -> SqliteOutbox {
        SqliteOutbox::with_tables(self.pool.clone(), &self.tables)
    }

    pub fn log(&self) -> SqliteEventLog {
        SqliteEventLog::with_tables(self.pool.clone(), &self.tables)
    }

    pub async fn begin(&self) -> sqlx::Transaction<'static, sqlx::Sqlite> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.unwrap()
    }
}

/// A PostgreSQL schema with its tables.
pub struct Postgres {
    pub pool: PgPool,
    pub tables: Tables,
    options: PgConnectOptions,
}

impl Postgres {
    /// `None` if PostgreSQL is not available, which is reported.
    pub async fn empty() -> Option<Self> {
        let url = local_postgres::database_for_tests()?;
        let options: PgConnectOptions = url.parse().unwrap();
        let schema = format!("test_{}_{}", std::process::id(), number());
        let tables = Tables::new().schema(schema).unwrap();
        Some(Self { pool: pool(&options).await, tables, options })
    }

    pub async fn new() -> Option<Self> {
        let this = Self::empty().await?;
        this.tables.migrate::<sqlx::Postgres>(&mut *this.pool.acquire().await.unwrap()).await.unwrap();
        Some(this)
    }

    pub async fn another_instance(&self) -> PgPool {
        pool(&self.options).await
    }

    pub fn outbox(&self) -> PgOutbox {
        PgOutbox::with_tables(self.pool.clone(), &self.tables)
    }

    pub fn log(&self) -> PgEventLog {
        PgEventLog::with_tables(self.pool.clone(), &self.tables)
    }

    pub async fn begin(&self) -> sqlx::Transaction<'static, sqlx::Postgres> {
        self.pool.begin().await.unwrap()
    }
}

pub async fn pool(options: &PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(6).connect_with(options.clone()).await.unwrap()
}

/// Declares tests for both databases: each is an async function with the store as parameter.
macro_rules! on_both {
    ($($name:ident($store:ident) $body:block)*) => {
        mod sqlite {
            #[allow(unused_imports)]
            use super::*;
            #[allow(dead_code)]
            type Db = sqlx::Sqlite;
            #[allow(dead_code)]
            type Connection = sqlx::SqliteConnection;
            #[allow(dead_code)]
            type Outbox = stripe_platform_sqlx::SqliteOutbox;
            #[allow(dead_code)]
            type Log = stripe_platform_sqlx::SqliteEventLog;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some($store) = $crate::support::Sqlite::new().await $body
            })*
        }

        mod postgres {
            #[allow(unused_imports)]
            use super::*;
            #[allow(dead_code)]
            type Db = sqlx::Postgres;
            #[allow(dead_code)]
            type Connection = sqlx::PgConnection;
            #[allow(dead_code)]
            type Outbox = stripe_platform_sqlx::PgOutbox;
            #[allow(dead_code)]
            type Log = stripe_platform_sqlx::PgEventLog;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some($store) = $crate::support::Postgres::new().await $body
            })*
        }
    };
}
pub(crate) use on_both;

/// A platform with accounts that accept payouts.
pub struct Platform {
    pub sandbox: Sandbox,
    pub accounts: Vec<String>,
}

impl Platform {
    pub async fn new(accounts: usize) -> Self {
        let sandbox = Sandbox::start();
        // The databases' clock cannot be set.
        let present = Timestamp::now().as_seconds() - sandbox.now().as_seconds();
        sandbox.advance(Duration::from_secs(present.try_into().unwrap_or(0)));
        let mut this = Self { sandbox, accounts: Vec::new() };
        for _ in 0..accounts {
            let account = this.sandbox.connect().into_id();
            let bank = external_account::Create::new(&account).external_account("btok_us_verified");
            bank.send(&this.sandbox.client()).await.unwrap();
            this.sandbox.fund(&account, BalanceKind::Available, Currency::USD, 10_000_000).unwrap();
            this.accounts.push(account);
        }
        this
    }

    pub fn client(&self) -> Client {
        self.sandbox.client()
    }

    /// All references of payouts at Stripe, sorted; a duplicate payout appears twice.
    pub fn paid(&self) -> Vec<String> {
        let payouts =
            self.accounts.iter().flat_map(|account| self.sandbox.account(account).objects("payout"));
        let reference = |payout: serde_json::Value| {
            payout["metadata"]["reference"].as_str().unwrap_or("without a reference").to_owned()
        };
        let mut paid: Vec<String> = payouts.map(reference).collect();
        paid.sort();
        paid
    }
}

/// A payout with its reference in the key and in the metadata.
pub fn payout(client: &Client, account: &str, reference: &str) -> Prepared {
    let request = payout::Create::new(100, Currency::USD)
        .metadata([("reference", reference)])
        .idempotency_key(format!("payout/{reference}"))
        .for_account(account);
    client.prepare(&request).unwrap()
}

/// Short waits for tests.
pub fn impatient() -> Policy {
    Policy::new().first_wait(Duration::from_millis(5)).longest_wait(Duration::from_millis(100))
}
