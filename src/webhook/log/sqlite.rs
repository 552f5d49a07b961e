//! The log of the processes of one machine.

use super::{Claim, EventLog, LEASE, Lease, LogError, RETENTION};
use crate::Timestamp;
use crate::client::transport::BoxFuture;
use rusqlite::{Connection, OptionalExtension, params};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// After how many entries the log is swept.
const SWEEP: u32 = 256;
/// How many events are kept, by default.
const CAPACITY: i64 = 1_000_000;

/// An [`EventLog`](super::EventLog) in a SQLite database, which several processes may share. Clones share one connection.
///
/// It needs a Tokio runtime: the database is used on the runtime's threads for blocking work.
#[derive(Clone)]
pub struct SqliteLog {
    shared: Arc<Mutex<Shared>>,
    retention: Duration,
    lease: Duration,
    capacity: i64,
}

struct Shared {
    connection: Connection,
    entries: u32,
}

impl Shared {
    /// Before another entry.
    fn sweep(&mut self, oldest: i64, capacity: i64) -> rusqlite::Result<()> {
        if self.entries.is_multiple_of(SWEEP) {
            sweep(&self.connection, oldest, capacity)?;
        }
        self.entries = self.entries.wrapping_add(1);
        Ok(())
    }
}

impl SqliteLog {
    /// Opens a database file, and creates it if it is not there.
    ///
    /// # Errors
    /// If it cannot be opened or is no database.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LogError> {
        Self::with(Connection::open(path).map_err(LogError::new)?)
    }

    /// Uses an open database. It adds the tables `stripe_events` and `stripe_objects`.
    ///
    /// # Errors
    /// If the tables cannot be created.
    pub fn with(connection: Connection) -> Result<Self, LogError> {
        let prepare = || {
            connection.busy_timeout(Duration::from_secs(5))?;
            // Readers and writers of several processes do not wait for one another. A database in memory has no such mode.
            connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
            connection.execute_batch(
                "PRAGMA synchronous = NORMAL;
                 CREATE TABLE IF NOT EXISTS stripe_events (
                     id TEXT PRIMARY KEY, at INTEGER NOT NULL, done INTEGER NOT NULL, lease INTEGER NOT NULL
                 ) WITHOUT ROWID;
                 CREATE INDEX IF NOT EXISTS stripe_events_at ON stripe_events (at);
                 CREATE TABLE IF NOT EXISTS stripe_objects (
                     id TEXT PRIMARY KEY, created INTEGER NOT NULL, at INTEGER NOT NULL
                 ) WITHOUT ROWID;
                 CREATE INDEX IF NOT EXISTS stripe_objects_at ON stripe_objects (at);",
            )
        };
        prepare().map_err(LogError::new)?;
        Ok(Self {
            shared: Arc::new(Mutex::new(Shared { connection, entries: 0 })),
            retention: RETENTION,
            lease: LEASE,
            capacity: CAPACITY,
        })
    }

    /// How long events are remembered: four days if this is not called, since Stripe tries for three.
    #[must_use]
    pub fn retention(self, retention: Duration) -> Self {
        Self { retention, ..self }
    }

    /// How long an event may be in work before another delivery of it is handled: five minutes if this is not called.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// How many events, and how many objects, are remembered at most: a million if this is not called. The log is swept
    /// every few hundred entries, so it may be that much larger for a while.
    #[must_use]
    pub fn capacity(self, events: u32) -> Self {
        Self { capacity: events.into(), ..self }
    }

    fn run<'a, T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Shared) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'a, Result<T, LogError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let work = move || {
                // A panic in between leaves a transaction that SQLite rolls back.
                let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                work(&mut shared)
            };
            let result = tokio::task::spawn_blocking(work).await.map_err(LogError::new)?;
            result.map_err(LogError::new)
        })
    }

    fn claim_at(&self, event: &str, now: i64) -> BoxFuture<'static, Result<Claim, LogError>> {
        let event = event.to_owned();
        let (lease, oldest) =
            (now.saturating_sub(seconds(self.lease)), now.saturating_sub(seconds(self.retention)));
        let capacity = self.capacity;
        let token = match Lease::random() {
            Ok(token) => token,
            Err(error) => return Box::pin(async { Err(error) }),
        };
        self.run(move |shared| {
            shared.sweep(oldest, capacity)?;
            // One statement, so that of two processes one gets it.
            let taken = shared.connection.execute(
                "INSERT INTO stripe_events (id, at, done, lease) VALUES (?1, ?2, 0, ?5)
                 ON CONFLICT (id) DO UPDATE SET at = ?2, done = 0, lease = ?5
                     WHERE at < ?4 OR (done = 0 AND at <= ?3)",
                params![event, now, lease, oldest, stored(token)],
            )?;
            if taken == 1 {
                return Ok(Claim::New(token));
            }
            let done: Option<bool> = shared
                .connection
                .query_row("SELECT done FROM stripe_events WHERE id = ?1", [event], |row| row.get(0))
                .optional()?;
            // Gone in between: whoever had it gave it back, and the next delivery takes it.
            Ok(if done == Some(true) { Claim::Done } else { Claim::InWork })
        })
    }
}

fn give_back(shared: &mut Shared, event: &str, lease: Lease) -> rusqlite::Result<()> {
    let statement = "DELETE FROM stripe_events WHERE id = ?1 AND done = 0 AND lease = ?2";
    shared.connection.execute(statement, params![event, stored(lease)]).map(drop)
}

/// As SQLite keeps it: its integers have a sign.
fn stored(lease: Lease) -> i64 {
    lease.number().cast_signed()
}

fn sweep(connection: &Connection, oldest: i64, capacity: i64) -> rusqlite::Result<()> {
    for table in ["stripe_events", "stripe_objects"] {
        connection.execute(&format!("DELETE FROM {table} WHERE at < ?1"), [oldest])?;
        connection.execute(
            &format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY at DESC LIMIT -1 OFFSET ?1)"
            ),
            [capacity],
        )?;
    }
    Ok(())
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

impl EventLog for SqliteLog {
    fn claim<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<Claim, LogError>> {
        self.claim_at(event, Timestamp::now().as_seconds())
    }

    fn done<'a>(&'a self, event: &'a str, lease: Lease) -> BoxFuture<'a, Result<(), LogError>> {
        let event = event.to_owned();
        let now = Timestamp::now().as_seconds();
        self.run(move |shared| {
            shared.connection.execute(
                "INSERT INTO stripe_events (id, at, done, lease) VALUES (?1, ?2, 1, ?3)
                 ON CONFLICT (id) DO UPDATE SET at = ?2, done = 1 WHERE lease = ?3",
                params![event, now, stored(lease)],
            )?;
            Ok(())
        })
    }

    fn release<'a>(&'a self, event: &'a str, lease: Lease) -> BoxFuture<'a, Result<(), LogError>> {
        let event = event.to_owned();
        self.run(move |shared| give_back(shared, &event, lease))
    }

    fn abandon(&self, event: &str, lease: Lease) {
        let event = event.to_owned();
        let work: BoxFuture<'static, _> = self.run(move |shared| give_back(shared, &event, lease));
        // Without a runtime any more, the claim runs out by itself.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(work);
        }
    }

    fn is_newest<'a>(
        &'a self,
        subject: &'a str,
        created: Timestamp,
    ) -> BoxFuture<'a, Result<bool, LogError>> {
        let object = subject.to_owned();
        let now = Timestamp::now().as_seconds();
        let (oldest, capacity) = (now.saturating_sub(seconds(self.retention)), self.capacity);
        self.run(move |shared| {
            shared.sweep(oldest, capacity)?;
            let noted = shared.connection.execute(
                "INSERT INTO stripe_objects (id, created, at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (id) DO UPDATE SET created = ?2, at = ?3 WHERE created <= ?2",
                params![object, created.as_seconds(), now],
            )?;
            Ok(noted == 1)
        })
    }
}

impl fmt::Debug for SqliteLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLog")
            .field("retention", &self.retention)
            .field("lease", &self.lease)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn claims_and_memories_run_out_and_the_size_is_bounded() {
        let log = SqliteLog::with(Connection::open_in_memory().unwrap()).unwrap();
        let log = log.lease(Duration::from_secs(10)).retention(Duration::from_secs(100)).capacity(50);
        let claim = async |seconds| match log.claim_at("evt_1", seconds).await.unwrap() {
            Claim::New(lease) => Ok(lease),
            other => Err(other),
        };
        let first = claim(1000).await.unwrap();
        assert_eq!(claim(1009).await, Err(Claim::InWork));
        let second = claim(1010).await.unwrap();

        // Who lost the claim cannot end that of the next.
        log.release("evt_1", first).await.unwrap();
        log.done("evt_1", first).await.unwrap();
        assert_eq!(claim(1012).await, Err(Claim::InWork));

        log.done("evt_1", second).await.unwrap();
        log.run(|shared| shared.connection.execute("UPDATE stripe_events SET at = 1010", [])).await.unwrap();
        assert_eq!(claim(1110).await, Err(Claim::Done));
        claim(1111).await.unwrap();
        for number in 0..3 * i64::from(SWEEP) {
            log.claim_at(&format!("evt_of_many_{number}"), 2000 + number / 10).await.unwrap();
        }
        let count = |shared: &mut Shared| {
            shared.connection.query_row("SELECT count(*) FROM stripe_events", [], |row| row.get::<_, i64>(0))
        };
        assert!(log.run(count).await.unwrap() <= 50 + i64::from(SWEEP));

        for number in 0..2 * i64::from(SWEEP) {
            log.is_newest(&format!("acct_1 topup tu_{number}"), Timestamp::new(number)).await.unwrap();
        }
        let count = |shared: &mut Shared| {
            shared.connection.query_row("SELECT count(*) FROM stripe_objects", [], |row| row.get::<_, i64>(0))
        };
        assert!(log.run(count).await.unwrap() <= 50 + i64::from(SWEEP));
    }
}
