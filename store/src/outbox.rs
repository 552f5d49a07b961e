//! The outbox.

use crate::backend::Arg;
use crate::tables::{Tables, boxed};
use crate::{Backend, BoxError, Cipher};
use sqlx::Pool;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use stripe_platform::outbox::{
    Claimed, Counts, Enqueued, Entry, Lease, Outbox, OutboxError, Policy, Resolution, Row, State, Step,
    Stored,
};
use stripe_platform::{BoxFuture, Prepared, Timestamp};

/// An [`Outbox`] on PostgreSQL or SQLite. Clones share the pool.
///
/// Create its table with [`Tables::migrate`].
pub struct SqlOutbox<DB: Backend> {
    pool: Pool<DB>,
    statements: Arc<Statements>,
    cipher: Option<Arc<dyn Cipher>>,
    settle: Option<Arc<dyn Settle<DB>>>,
}

/// Runs code with the result of a request in the transaction that records it, such as writing the payout's id and
/// status to your table. So a result is never recorded without its effect, or the other way round.
pub trait Settle<DB: Backend>: Send + Sync + 'static {
    /// Called when a row ends or needs review, not when it is retried. `step` has the whole reply.
    ///
    /// # Errors
    /// An error rolls the transaction back. The worker retries recording for as long as it holds the row; after that
    /// the request is sent again with the same idempotency key.
    fn settle<'a>(
        &'a self,
        connection: &'a mut DB::Connection,
        claim: &'a Claimed,
        step: &'a Step,
    ) -> BoxFuture<'a, Result<(), BoxError>>;
}

struct Statements {
    tables: Tables,
    insert: String,
    request: String,
    claim: String,
    extend: String,
    record: String,
    find: String,
    in_review: String,
    resolve: String,
    counts: String,
    purge: String,
}

const ROW: &str =
    "id, key, kind, reference, state, attempts, enqueued_at, first_attempt_at, reason, error, result";

impl Statements {
    fn new<DB: Backend>(tables: &Tables) -> Self {
        let sql = |template: &str| tables.sql::<DB>(template);
        Self {
            tables: tables.clone(),
            insert: sql(
                "INSERT INTO {outbox} (key, kind, reference, order_key, request, sealed_request, state, \
                 enqueued_at, due_at, latest_at, before_at, first_is_new, attempts, unrecorded) \
                 VALUES ($1, $2, $3, $4, $5, $6, 'open', {now}, {now} + $7, {now}, {now}, 0, 0, 0) \
                 ON CONFLICT (key) DO NOTHING RETURNING id",
            ),
            request: sql("SELECT request, sealed_request FROM {outbox} WHERE key = $1"),
            // A recorded time in the future means that the clock was wrong, and with it the due time of the row.
            claim: sql("WITH free AS MATERIALIZED (\
                   SELECT o.id FROM {outbox} AS o \
                   WHERE o.state = 'open' AND (o.due_at <= {now} OR o.latest_at > {now} + $4) \
                     AND (o.order_key IS NULL OR NOT EXISTS (\
                       SELECT 1 FROM {outbox} AS e WHERE e.order_key = o.order_key AND e.id < o.id \
                         AND e.state IN ('open', 'needs_review'))) \
                   ORDER BY o.due_at, o.id LIMIT $1 {skip_locked}) \
                 UPDATE {outbox} SET lease = $2, due_at = {now} + $3, before_at = latest_at, latest_at = {now}, \
                   attempts = attempts + 1, unrecorded = unrecorded + 1, \
                   first_is_new = CASE WHEN first_attempt_at IS NULL THEN 1 ELSE 0 END, \
                   first_attempt_at = coalesce(first_attempt_at, {now}) \
                 WHERE id IN (SELECT id FROM free) \
                 RETURNING id, key, kind, reference, request, sealed_request, unrecorded, attempts - 1, \
                   CASE WHEN first_is_new = 1 THEN NULL ELSE first_attempt_at END, before_at, latest_at"),
            extend: sql("UPDATE {outbox} SET due_at = {now} + $3 WHERE id = $1 AND lease = $2"),
            record: sql(
                "UPDATE {outbox} SET state = $3, due_at = {now} + $4, latest_at = {now}, unrecorded = 0, \
                   first_attempt_at = CASE WHEN first_is_new = 1 AND $5 = 0 THEN NULL ELSE first_attempt_at END, \
                   first_is_new = 0, lease = NULL, reason = $6, error = $7, result = $8 \
                 WHERE id = $1 AND lease = $2",
            ),
            find: sql(&format!("SELECT {ROW} FROM {{outbox}} WHERE key = $1")),
            in_review: sql(&format!(
                "SELECT {ROW} FROM {{outbox}} WHERE state = 'needs_review' ORDER BY id LIMIT $1"
            )),
            resolve: sql("UPDATE {outbox} SET state = $2, due_at = {now}, latest_at = {now}, \
                   first_attempt_at = NULL, first_is_new = 0, unrecorded = 0, reason = NULL \
                 WHERE key = $1 AND state = 'needs_review'"),
            counts: sql("SELECT count(*), coalesce({now} - min(enqueued_at), 0), \
                   (SELECT count(*) FROM {outbox} WHERE state = 'needs_review') \
                 FROM {outbox} WHERE state = 'open'"),
            purge: sql(
                "DELETE FROM {outbox} WHERE state IN ('succeeded', 'refused') AND latest_at <= {now} - $1",
            ),
        }
    }
}

impl<DB: Backend> SqlOutbox<DB> {
    /// Creates an outbox in the default table.
    pub fn new(pool: Pool<DB>) -> Self {
        Self::with_tables(pool, &Tables::new())
    }

    /// Creates an outbox in another table.
    pub fn with_tables(pool: Pool<DB>, tables: &Tables) -> Self {
        let statements = Arc::new(Statements::new::<DB>(tables));
        Self { pool, statements, cipher: None, settle: None }
    }

    /// Encrypts requests before they are stored. Without it, requests with secret parameters are rejected.
    #[must_use]
    pub fn cipher(self, cipher: impl Cipher) -> Self {
        Self { cipher: Some(Arc::new(cipher)), ..self }
    }

    /// Sets the code that handles results in the transaction that records them.
    #[must_use]
    pub fn settle(self, settle: impl Settle<DB>) -> Self {
        Self { settle: Some(Arc::new(settle)), ..self }
    }

    /// Stores an entry in your transaction: it is sent only if the transaction is committed.
    ///
    /// An idempotency key is stored once. Storing the same request again changes nothing and returns
    /// [`Enqueued::Known`], so the same order may arrive repeatedly, at several instances.
    ///
    /// ```
    /// # async fn example(
    /// #     pool: sqlx::SqlitePool, client: stripe_platform::Client, outbox: stripe_platform_sqlx::SqliteOutbox,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// use stripe_platform::outbox::Entry;
    /// use stripe_platform::{Currency, payout};
    ///
    /// let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    /// sqlx::query("UPDATE sellers SET owed = owed - 1000 WHERE id = $1").bind(7).execute(&mut *tx).await?;
    /// let request = payout::Create::new(1_000, Currency::USD).idempotency_key("payout/7/2026-11").for_account("acct_7");
    /// let entry = Entry::new(&client.prepare(&request)?).reference("7/2026-11").ordered_by("acct_7");
    /// outbox.enqueue(&mut *tx, &entry).await?;
    /// tx.commit().await?;
    /// # Ok(())
    /// # }
    /// # let _ = example;
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`Entry::key`], an error for a request with secrets if there is no [`Cipher`],
    /// [`OutboxError::KeyReused`] if another request has the key, or a failure of the database.
    pub async fn enqueue(
        &self,
        connection: &mut DB::Connection,
        entry: impl Into<Entry>,
    ) -> Result<Enqueued, OutboxError> {
        let entry = entry.into();
        let key = entry.key()?;
        let (plain, sealed) = self.seal(entry.request())?;
        let args = vec![
            key.into(),
            entry.kind_name().into(),
            Arg::Text(entry.reference_text().map(str::to_owned)),
            Arg::Text(entry.order().map(str::to_owned)),
            Arg::Text(plain),
            Arg::Bytes(sealed),
            millis(entry.initial_delay()).into(),
        ];
        if !DB::fetch(connection, &self.statements.insert, args).await.map_err(store)?.is_empty() {
            return Ok(Enqueued::New);
        }
        let rows = DB::fetch(connection, &self.statements.request, vec![key.into()]).await.map_err(store)?;
        let Some(row) = rows.first() else {
            return Err(OutboxError::store(
                "the row of the key was deleted concurrently; enqueue the request again",
            ));
        };
        match self.request(row, 0).map_err(store)? {
            Ok(known) if known.is_same_request(entry.request()) => Ok(Enqueued::Known),
            Ok(_) => Err(OutboxError::KeyReused(key.to_owned())),
            Err(problem) => Err(OutboxError::store(problem)),
        }
    }

    fn seal(&self, request: &Prepared) -> Result<(Option<String>, Option<Vec<u8>>), OutboxError> {
        let unsuitable = |error: serde_json::Error| OutboxError::Unsuitable(error.to_string());
        match &self.cipher {
            None if request.has_secrets() => Err(OutboxError::Unsuitable(
                "it has secret parameters, but the outbox has no cipher; set one with `SqlOutbox::cipher`"
                    .to_owned(),
            )),
            None => Ok((Some(serde_json::to_string(request).map_err(unsuitable)?), None)),
            Some(cipher) => {
                let plain = serde_json::to_vec(&request.exposed()).map_err(unsuitable)?;
                Ok((None, Some(cipher.seal(&plain).map_err(OutboxError::store)?)))
            }
        }
    }

    /// The request of a row, or why it cannot be decoded.
    fn request(&self, row: &DB::Row, column: usize) -> sqlx::Result<Result<Prepared, String>> {
        let (plain, sealed) = (DB::text(row, column)?, DB::bytes(row, column + 1)?);
        let read = |json: &[u8]| {
            // The text of the error may quote the request.
            serde_json::from_slice(json).map_err(|error| {
                format!("the row contains no valid request: line {}, column {}", error.line(), error.column())
            })
        };
        Ok(match (plain, sealed, &self.cipher) {
            (Some(plain), _, _) => read(plain.as_bytes()),
            (None, Some(sealed), Some(cipher)) => match cipher.open(&sealed) {
                Ok(plain) => read(&plain),
                Err(error) => Err(format!("it cannot be decrypted: {error}")),
            },
            (None, Some(_), None) => {
                Err("it is encrypted, but the outbox has no cipher; set the one that encrypted it".to_owned())
            }
            (None, None, _) => Err("the row has no request".to_owned()),
        })
    }

    fn claimed(&self, row: &DB::Row, lease: Lease) -> sqlx::Result<Claimed> {
        let stored = self.request(row, 4)?;
        let time = |column| Ok::<_, sqlx::Error>(DB::int(row, column)?.map(seconds));
        let (first_attempt, latest, now) = (time(8)?, time(9)?, time(10)?);
        let attempts = count(DB::int(row, 7)?);
        Ok(Claimed {
            id: DB::int(row, 0)?.unwrap_or_default(),
            lease,
            key: DB::text(row, 1)?.unwrap_or_default(),
            kind: DB::text(row, 2)?.unwrap_or_default(),
            reference: DB::text(row, 3)?,
            unrecorded: count(DB::int(row, 6)?),
            stored: stored.map(|request| {
                let now = now.unwrap_or_default();
                Stored { attempts, first_attempt, latest: latest.unwrap_or(now), ..Stored::new(request, now) }
            }),
        })
    }

    fn row(row: &DB::Row) -> sqlx::Result<Row> {
        let state = DB::text(row, 4)?.unwrap_or_default();
        let result = DB::text(row, 10)?.and_then(|text| serde_json::from_str(&text).ok());
        Ok(Row {
            id: DB::int(row, 0)?.unwrap_or_default(),
            key: DB::text(row, 1)?.unwrap_or_default(),
            kind: DB::text(row, 2)?.unwrap_or_default(),
            reference: DB::text(row, 3)?,
            state: State::from_text(&state)
                .ok_or_else(|| sqlx::Error::Decode(format!("{state:?} is not a row state").into()))?,
            attempts: count(DB::int(row, 5)?),
            enqueued: seconds(DB::int(row, 6)?.unwrap_or_default()),
            first_attempt: DB::int(row, 7)?.map(seconds),
            reason: DB::text(row, 8)?,
            error: DB::text(row, 9)?,
            result,
        })
    }

    async fn fetch(&self, sql: &str, args: Vec<Arg>) -> sqlx::Result<Vec<DB::Row>> {
        let mut connection = self.pool.acquire().await?;
        DB::fetch(&mut *connection, sql, args).await
    }

    async fn execute(&self, sql: &str, args: Vec<Arg>) -> Result<u64, OutboxError> {
        let run = async {
            let mut connection = self.pool.acquire().await?;
            DB::execute(&mut *connection, sql, args).await
        };
        run.await.map_err(store)
    }

    async fn write(
        &self,
        connection: &mut DB::Connection,
        claim: &Claimed,
        step: &Step,
    ) -> Result<bool, OutboxError> {
        let record = step.record();
        let args = vec![
            claim.id.into(),
            stored(claim.lease),
            record.state.as_str().into(),
            millis(record.after).into(),
            i64::from(record.may_have_acted).into(),
            Arg::Text(record.reason.map(str::to_owned)),
            Arg::Text(record.error),
            Arg::Text(record.result.map(|result| result.to_string())),
        ];
        let rows = DB::execute(connection, &self.statements.record, args).await.map_err(store)?;
        Ok(rows == 1)
    }
}

impl<DB: Backend> Outbox for SqlOutbox<DB> {
    fn enqueue_now<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<Enqueued, OutboxError>> {
        Box::pin(async move {
            let mut tx = DB::begin(&self.pool).await.map_err(store)?;
            let enqueued = self.enqueue(&mut *tx, entry).await?;
            tx.commit().await.map_err(store)?;
            Ok(enqueued)
        })
    }

    fn claim<'a>(&'a self, limit: u32, lease: Duration) -> BoxFuture<'a, Result<Vec<Claimed>, OutboxError>> {
        Box::pin(async move {
            let token = Lease::random().map_err(OutboxError::store)?;
            let tolerance = millis(Policy::CLOCK_TOLERANCE);
            let args = vec![i64::from(limit).into(), stored(token), millis(lease).into(), tolerance.into()];
            let rows = self.fetch(&self.statements.claim, args).await.map_err(store)?;
            let claims: sqlx::Result<Vec<_>> = rows.iter().map(|row| self.claimed(row, token)).collect();
            let mut claims = claims.map_err(store)?;
            claims.sort_by_key(|claim| claim.id);
            Ok(claims)
        })
    }

    fn extend<'a>(&'a self, claim: &'a Claimed, lease: Duration) -> BoxFuture<'a, Result<bool, OutboxError>> {
        Box::pin(async move {
            let args = vec![claim.id.into(), stored(claim.lease), millis(lease).into()];
            Ok(self.execute(&self.statements.extend, args).await? == 1)
        })
    }

    fn record<'a>(&'a self, claim: &'a Claimed, step: &'a Step) -> BoxFuture<'a, Result<bool, OutboxError>> {
        Box::pin(async move {
            let Some(settle) = self.settle.as_ref().filter(|_| !matches!(step, Step::Again(_))) else {
                let mut connection = self.pool.acquire().await.map_err(store)?;
                return self.write(&mut connection, claim, step).await;
            };
            let mut tx = DB::begin(&self.pool).await.map_err(store)?;
            let recorded = self.write(&mut *tx, claim, step).await?;
            if recorded {
                settle.settle(&mut *tx, claim, step).await.map_err(OutboxError::Store)?;
            }
            tx.commit().await.map_err(store)?;
            Ok(recorded)
        })
    }

    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Row>, OutboxError>> {
        Box::pin(async move {
            let rows = self.fetch(&self.statements.find, vec![key.into()]).await.map_err(store)?;
            rows.first().map(Self::row).transpose().map_err(store)
        })
    }

    fn in_review(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Row>, OutboxError>> {
        Box::pin(async move {
            let args = vec![i64::from(limit).into()];
            let rows = self.fetch(&self.statements.in_review, args).await.map_err(store)?;
            rows.iter().map(Self::row).collect::<sqlx::Result<_>>().map_err(store)
        })
    }

    fn resolve<'a>(
        &'a self,
        key: &'a str,
        resolution: Resolution,
    ) -> BoxFuture<'a, Result<bool, OutboxError>> {
        let state = match resolution {
            Resolution::SendAgain => State::Open,
            Resolution::Succeeded => State::Succeeded,
            Resolution::Refused => State::Refused,
        };
        Box::pin(async move {
            let args = vec![key.into(), state.as_str().into()];
            Ok(self.execute(&self.statements.resolve, args).await? == 1)
        })
    }

    fn counts(&self) -> BoxFuture<'_, Result<Counts, OutboxError>> {
        Box::pin(async move {
            let rows = self.fetch(&self.statements.counts, Vec::new()).await.map_err(store)?;
            let number = |column| {
                let value = rows.first().map(|row| DB::int(row, column)).transpose().map_err(store)?;
                Ok::<_, OutboxError>(value.flatten().and_then(|value| u64::try_from(value).ok()).unwrap_or(0))
            };
            let (open, age, needs_review) = (number(0)?, number(1)?, number(2)?);
            Ok(Counts { open, needs_review, oldest_open: Duration::from_millis(age) })
        })
    }

    fn purge(&self, age: Duration) -> BoxFuture<'_, Result<u64, OutboxError>> {
        Box::pin(async move { self.execute(&self.statements.purge, vec![millis(age).into()]).await })
    }
}

/// Far in the future, without overflow when added to the current time.
const LONGEST: i64 = 1_000 * 365 * 24 * 3600 * 1000;

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(LONGEST).min(LONGEST)
}

fn seconds(millis: i64) -> Timestamp {
    Timestamp::new(millis.div_euclid(1_000))
}

fn count(number: Option<i64>) -> u32 {
    number.and_then(|number| u32::try_from(number).ok()).unwrap_or(u32::MAX)
}

fn stored(lease: Lease) -> Arg {
    Arg::Int(lease.number().cast_signed())
}

fn store(error: sqlx::Error) -> OutboxError {
    OutboxError::Store(boxed(error))
}

impl<DB: Backend> Clone for SqlOutbox<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            statements: Arc::clone(&self.statements),
            cipher: self.cipher.clone(),
            settle: self.settle.clone(),
        }
    }
}

impl<DB: Backend> fmt::Debug for SqlOutbox<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlOutbox")
            .field("tables", &self.statements.tables)
            .field("is_encrypted", &self.cipher.is_some())
            .finish_non_exhaustive()
    }
}
