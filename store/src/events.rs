//! The event log.

use crate::Backend;
use crate::backend::Arg;
use crate::tables::{Tables, boxed};
use sqlx::{Pool, Transaction};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use stripe_platform::webhook::{Claim, EventLog, HasEventId, Lease, LogError, Once};
use stripe_platform::{BoxFuture, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// An [`EventLog`] on PostgreSQL or SQLite, shared by all instances of a service. Clones share the pool.
///
/// Create its tables with [`Tables::migrate`]. Requires a tokio runtime.
pub struct SqlEventLog<DB: Backend> {
    shared: Arc<Shared<DB>>,
}

struct Shared<DB: Backend> {
    pool: Pool<DB>,
    lease: Duration,
    tables: Tables,
    claim: String,
    look: String,
    done: String,
    release: String,
    note: String,
    forget: [String; 2],
}

impl<DB: Backend> SqlEventLog<DB> {
    /// Creates a log in the default tables.
    pub fn new(pool: Pool<DB>) -> Self {
        Self::with_tables(pool, &Tables::new())
    }

    /// Creates a log in other tables.
    pub fn with_tables(pool: Pool<DB>, tables: &Tables) -> Self {
        Self::build(pool, tables, Duration::from_secs(300))
    }

    /// Sets how long an event may be in work before another delivery of it is handled, in whole seconds. Defaults to
    /// five minutes.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self::build(self.shared.pool.clone(), &self.shared.tables, lease)
    }

    fn build(pool: Pool<DB>, tables: &Tables, lease: Duration) -> Self {
        let sql = |template: &str| tables.sql::<DB>(template);
        let shared = Shared {
            pool,
            lease,
            tables: tables.clone(),
            // One statement, so that only one of two deliveries succeeds. A claim with a time in the future, after
            // the clock went back, is kept: its handler may still be running.
            claim: sql("INSERT INTO {events} AS e (id, at, done, lease) VALUES ($1, {now} / 1000, $2, $3) \
                 ON CONFLICT (id) DO UPDATE SET at = excluded.at, done = excluded.done, lease = excluded.lease \
                 WHERE e.done = 0 AND e.at <= excluded.at - $4 \
                 RETURNING id"),
            look: sql("SELECT done FROM {events} WHERE id = $1"),
            // Inserted again if it was purged in the meantime.
            done: sql("INSERT INTO {events} AS e (id, at, done, lease) VALUES ($1, {now} / 1000, 1, $2) \
                 ON CONFLICT (id) DO UPDATE SET at = excluded.at, done = 1 WHERE e.lease = excluded.lease"),
            release: sql("DELETE FROM {events} WHERE id = $1 AND done = 0 AND lease = $2"),
            note: sql("INSERT INTO {objects} AS o (id, created, at) VALUES ($1, $2, {now} / 1000) \
                 ON CONFLICT (id) DO UPDATE SET created = excluded.created, at = excluded.at \
                 WHERE o.created <= excluded.created RETURNING id"),
            forget: [
                sql("DELETE FROM {events} WHERE at <= {now} / 1000 - $1"),
                sql("DELETE FROM {objects} WHERE at <= {now} / 1000 - $1"),
            ],
        };
        Self { shared: Arc::new(shared) }
    }

    /// Handles an event unless it was already handled, with its mark and the handler's effect in one transaction:
    /// either both are committed or neither. So neither a crash nor a second instance handles an event twice or loses
    /// it.
    ///
    /// Commit the transaction afterwards. If the handler fails, its changes and the mark are rolled back, and the
    /// transaction can continue. On PostgreSQL, another delivery of the same event waits for the end of the
    /// transaction. On SQLite, start the transaction with `BEGIN IMMEDIATE`.
    ///
    /// ```
    /// # async fn example(
    /// #     pool: sqlx::SqlitePool, log: stripe_platform_sqlx::SqliteEventLog, event: stripe_platform::webhook::Event,
    /// # ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// use stripe_platform::webhook::Once;
    ///
    /// let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    /// let once = log
    ///     .handle_once_in(&mut tx, &event, async |tx: &mut sqlx::SqliteConnection| {
    ///         sqlx::query("UPDATE orders SET paid = 1 WHERE id = $1").bind(7).execute(tx).await?;
    ///         Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    ///     })
    ///     .await?;
    /// tx.commit().await?;
    /// assert_ne!(once, Once::InWork);
    /// # Ok(())
    /// # }
    /// # let _ = example;
    /// ```
    ///
    /// # Errors
    /// Returns the error of the handler or of the log.
    pub async fn handle_once_in<I, H, T, E>(
        &self,
        tx: &mut Transaction<'_, DB>,
        event: &I,
        handler: H,
    ) -> Result<Once<T>, E>
    where
        I: HasEventId + ?Sized,
        H: AsyncFnOnce(&mut DB::Connection) -> Result<T, E>,
        E: From<LogError>,
    {
        let log = |error| E::from(LogError::new(boxed(error)));
        let id = event.event_id();
        let lease = Lease::random().map_err(|error| E::from(LogError::new(error)))?;
        let mut inner = DB::savepoint(&mut **tx).await.map_err(log)?;
        match self.shared.claim(&mut *inner, id, lease, true).await.map_err(log)? {
            Claim::New(_) => {}
            Claim::InWork => return Ok(Once::InWork),
            Claim::Done => return Ok(Once::Duplicate),
        }
        // The savepoint is rolled back on drop unless it was released.
        let result = handler(&mut *inner).await?;
        inner.commit().await.map_err(log)?;
        Ok(Once::Handled(result))
    }

    /// Purges events and objects that were last written at least this long ago, and returns their number. Call it
    /// about once a day. Stripe retries deliveries for three days, so keep at least four.
    ///
    /// # Errors
    /// Fails if the database fails.
    pub async fn forget(&self, age: Duration) -> Result<u64, LogError> {
        let mut rows = 0;
        for sql in &self.shared.forget {
            rows += self.shared.execute(sql, vec![seconds(age).into()]).await?;
        }
        Ok(rows)
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX / 2_000)
}

fn stored(lease: Lease) -> Arg {
    Arg::Int(lease.number().cast_signed())
}

impl<DB: Backend> Shared<DB> {
    async fn claim(
        &self,
        connection: &mut DB::Connection,
        event: &str,
        lease: Lease,
        done: bool,
    ) -> sqlx::Result<Claim> {
        let args = vec![event.into(), i64::from(done).into(), stored(lease), seconds(self.lease).into()];
        if !DB::fetch(connection, &self.claim, args).await?.is_empty() {
            return Ok(Claim::New(lease));
        }
        let rows = DB::fetch(connection, &self.look, vec![event.into()]).await?;
        // If the row is missing, it was just released, and the next delivery claims it.
        Ok(match rows.first().map(|row| DB::int(row, 0)).transpose()? {
            Some(Some(1)) => Claim::Done,
            _ => Claim::InWork,
        })
    }

    async fn execute(&self, sql: &str, args: Vec<Arg>) -> Result<u64, LogError> {
        let run = async {
            let mut connection = self.pool.acquire().await?;
            DB::execute(&mut *connection, sql, args).await
        };
        run.await.map_err(|error| LogError::new(boxed(error)))
    }

    async fn release(&self, event: &str, lease: Lease) -> Result<(), LogError> {
        self.execute(&self.release, vec![event.into(), stored(lease)]).await.map(drop)
    }
}

/// A claim that is being written by a task. On drop the claim is released, written or not.
struct Pending<DB: Backend> {
    shared: Arc<Shared<DB>>,
    event: String,
    result: oneshot::Receiver<Result<Claim, LogError>>,
    taken: bool,
}

impl<DB: Backend> Drop for Pending<DB> {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        // From here on the task releases it, unless it was just sent.
        self.result.close();
        if let Ok(Ok(Claim::New(lease))) = self.result.try_recv() {
            give_back(&self.shared, std::mem::take(&mut self.event), lease);
        }
    }
}

fn give_back<DB: Backend>(shared: &Arc<Shared<DB>>, event: String, lease: Lease) {
    // Without a runtime, the claim expires.
    if let Ok(runtime) = Handle::try_current() {
        let shared = Arc::clone(shared);
        runtime.spawn(async move {
            if let Err(error) = shared.release(&event, lease).await {
                tracing::debug!(%error, event, "a claim was not released; it expires");
            }
        });
    }
}

impl<DB: Backend> EventLog for SqlEventLog<DB> {
    fn claim<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<Claim, LogError>> {
        Box::pin(async move {
            let lease = Lease::random().map_err(LogError::new)?;
            let (sender, result) = oneshot::channel();
            let shared = Arc::clone(&self.shared);
            let id = event.to_owned();
            // It is unknown whether a cancelled statement was executed, so it is not cancelled.
            tokio::spawn(async move {
                let claim = async {
                    let mut connection = shared.pool.acquire().await?;
                    if sender.is_closed() {
                        return Ok(Claim::InWork);
                    }
                    shared.claim(&mut *connection, &id, lease, false).await
                };
                let claim = claim.await.map_err(|error| LogError::new(boxed(error)));
                if let Err(Ok(Claim::New(lease))) = sender.send(claim) {
                    give_back(&shared, id, lease);
                }
            });
            let mut pending =
                Pending { shared: Arc::clone(&self.shared), event: event.to_owned(), result, taken: false };
            let claim = (&mut pending.result).await;
            pending.taken = true;
            claim.map_err(LogError::new)?
        })
    }

    fn done<'a>(&'a self, event: &'a str, lease: Lease) -> BoxFuture<'a, Result<(), LogError>> {
        Box::pin(async move {
            self.shared.execute(&self.shared.done, vec![event.into(), stored(lease)]).await.map(drop)
        })
    }

    fn release<'a>(&'a self, event: &'a str, lease: Lease) -> BoxFuture<'a, Result<(), LogError>> {
        Box::pin(self.shared.release(event, lease))
    }

    fn abandon(&self, event: &str, lease: Lease) {
        give_back(&self.shared, event.to_owned(), lease);
    }

    fn is_newest<'a>(
        &'a self,
        subject: &'a str,
        created: Timestamp,
    ) -> BoxFuture<'a, Result<bool, LogError>> {
        Box::pin(async move {
            let run = async {
                let mut connection = self.shared.pool.acquire().await?;
                let args = vec![subject.into(), created.as_seconds().into()];
                DB::fetch(&mut *connection, &self.shared.note, args).await
            };
            let noted = run.await.map_err(|error| LogError::new(boxed(error)))?;
            Ok(!noted.is_empty())
        })
    }
}

impl<DB: Backend> Clone for SqlEventLog<DB> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<DB: Backend> fmt::Debug for SqlEventLog<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlEventLog")
            .field("tables", &self.shared.tables)
            .field("lease", &self.shared.lease)
            .finish_non_exhaustive()
    }
}
