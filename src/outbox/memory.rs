//! An outbox in memory.

use super::{
    Claimed, Counts, Enqueued, Entry, Lease, Outbox, OutboxError, Policy, Resolution, Row, State, Step,
    Stored,
};
use crate::client::transport::BoxFuture;
use crate::{Json, Prepared, Timestamp};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// An [`Outbox`] in memory, for tests: a restart empties it. Clones share the contents.
#[derive(Clone)]
pub struct MemoryOutbox {
    rows: Arc<Mutex<Rows>>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

#[derive(Default)]
struct Rows {
    by_id: BTreeMap<i64, Stand>,
    by_key: HashMap<String, i64>,
}

/// The state of a row.
struct Stand {
    request: Prepared,
    key: String,
    kind: String,
    reference: Option<String>,
    order: Option<String>,
    state: State,
    attempts: u32,
    unrecorded: u32,
    enqueued: SystemTime,
    latest: SystemTime,
    due: SystemTime,
    first_attempt: Option<SystemTime>,
    /// Whether the first attempt belongs to the current claim.
    first_is_new: bool,
    lease: Option<Lease>,
    reason: Option<&'static str>,
    error: Option<String>,
    result: Option<Json>,
}

impl MemoryOutbox {
    /// Creates an empty outbox on the system clock.
    pub fn new() -> Self {
        Self::with_clock(SystemTime::now)
    }

    /// Creates an empty outbox on another clock, for tests of clock errors.
    pub fn with_clock(clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { rows: Arc::default(), clock: Arc::new(clock) }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        // Every change is complete, so a poisoned lock is consistent.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(&self, entry: &Entry) -> Result<Enqueued, OutboxError> {
        let key = entry.key()?.to_owned();
        // Serialized although nothing is written: unsuitable requests must fail in tests too.
        serde_json::to_string(entry.request()).map_err(|error| OutboxError::Unsuitable(error.to_string()))?;
        let now = (self.clock)();
        let mut rows = self.rows();
        if let Some(known) = rows.by_key.get(&key).and_then(|id| rows.by_id.get(id)) {
            return match known.request.is_same_request(entry.request()) {
                true => Ok(Enqueued::Known),
                false => Err(OutboxError::KeyReused(key)),
            };
        }
        let id = rows.by_id.last_key_value().map_or(1, |(id, _)| id + 1);
        let stand = Stand {
            request: entry.request().clone(),
            key: key.clone(),
            kind: entry.kind_name().to_owned(),
            reference: entry.reference_text().map(str::to_owned),
            order: entry.order().map(str::to_owned),
            state: State::Open,
            attempts: 0,
            unrecorded: 0,
            enqueued: now,
            latest: now,
            due: now + entry.initial_delay(),
            first_attempt: None,
            first_is_new: false,
            lease: None,
            reason: None,
            error: None,
            result: None,
        };
        rows.by_id.insert(id, stand);
        rows.by_key.insert(key, id);
        Ok(Enqueued::New)
    }

    fn claim_now(&self, limit: u32, lease: Duration) -> Result<Vec<Claimed>, OutboxError> {
        let now = (self.clock)();
        let mut claims = Vec::new();
        let mut orders = HashSet::new();
        for (id, row) in &mut self.rows().by_id {
            let open = row.state == State::Open;
            if !open && row.state != State::NeedsReview {
                continue;
            }
            let first = row.order.as_ref().is_none_or(|order| orders.insert(order.clone()));
            // A recorded time in the future means that the clock was wrong, and with it the due time of the row.
            let free = open && first && (row.due <= now || row.latest > now + Policy::CLOCK_TOLERANCE);
            if !free || claims.len() >= limit as usize {
                continue;
            }
            let token = Lease::random().map_err(OutboxError::store)?;
            let stored = Stored {
                request: row.request.clone(),
                attempts: row.attempts,
                first_attempt: row.first_attempt.map(Timestamp::from),
                latest: row.latest.into(),
                now: now.into(),
            };
            row.attempts += 1;
            row.unrecorded += 1;
            row.first_is_new = row.first_attempt.is_none();
            row.first_attempt.get_or_insert(now);
            row.latest = now;
            row.due = now + lease;
            row.lease = Some(token);
            claims.push(Claimed {
                id: *id,
                lease: token,
                key: row.key.clone(),
                kind: row.kind.clone(),
                reference: row.reference.clone(),
                unrecorded: row.unrecorded,
                stored: Ok(stored),
            });
        }
        Ok(claims)
    }

    fn with_claim(&self, claim: &Claimed, change: impl FnOnce(&mut Stand, SystemTime)) -> bool {
        let now = (self.clock)();
        let mut rows = self.rows();
        match rows.by_id.get_mut(&claim.id).filter(|row| row.lease == Some(claim.lease)) {
            Some(row) => {
                change(row, now);
                true
            }
            None => false,
        }
    }
}

impl Outbox for MemoryOutbox {
    fn enqueue_now<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<Enqueued, OutboxError>> {
        Box::pin(async move { self.enqueue(entry) })
    }

    fn claim<'a>(&'a self, limit: u32, lease: Duration) -> BoxFuture<'a, Result<Vec<Claimed>, OutboxError>> {
        Box::pin(async move { self.claim_now(limit, lease) })
    }

    fn extend<'a>(&'a self, claim: &'a Claimed, lease: Duration) -> BoxFuture<'a, Result<bool, OutboxError>> {
        Box::pin(async move { Ok(self.with_claim(claim, |row, now| row.due = now + lease)) })
    }

    fn record<'a>(&'a self, claim: &'a Claimed, step: &'a Step) -> BoxFuture<'a, Result<bool, OutboxError>> {
        let record = step.record();
        Box::pin(async move {
            Ok(self.with_claim(claim, |row, now| {
                row.state = record.state;
                row.due = now + record.after;
                row.latest = now;
                row.unrecorded = 0;
                row.lease = None;
                if row.first_is_new && !record.may_have_acted {
                    row.first_attempt = None;
                }
                (row.reason, row.error, row.result) = (record.reason, record.error, record.result);
            }))
        })
    }

    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Row>, OutboxError>> {
        Box::pin(async move {
            let rows = self.rows();
            Ok(rows.by_key.get(key).and_then(|id| Some(rows.by_id.get(id)?.row(*id))))
        })
    }

    fn in_review(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Row>, OutboxError>> {
        Box::pin(async move {
            let rows = self.rows();
            let found = rows.by_id.iter().filter(|(_, row)| row.state == State::NeedsReview);
            Ok(found.take(limit as usize).map(|(id, row)| row.row(*id)).collect())
        })
    }

    fn resolve<'a>(
        &'a self,
        key: &'a str,
        resolution: Resolution,
    ) -> BoxFuture<'a, Result<bool, OutboxError>> {
        Box::pin(async move {
            let now = (self.clock)();
            let mut rows = self.rows();
            let id = rows.by_key.get(key).copied();
            let row = id.and_then(|id| rows.by_id.get_mut(&id));
            let Some(row) = row.filter(|row| row.state == State::NeedsReview) else { return Ok(false) };
            row.state = match resolution {
                Resolution::SendAgain => State::Open,
                Resolution::Succeeded => State::Succeeded,
                Resolution::Refused => State::Refused,
            };
            (row.first_attempt, row.due, row.latest, row.unrecorded, row.reason) = (None, now, now, 0, None);
            Ok(true)
        })
    }

    fn counts(&self) -> BoxFuture<'_, Result<Counts, OutboxError>> {
        Box::pin(async move {
            let now = (self.clock)();
            let rows = self.rows();
            let with = |state| rows.by_id.values().filter(move |row| row.state == state);
            let oldest = with(State::Open).map(|row| row.enqueued).min();
            Ok(Counts {
                open: with(State::Open).count() as u64,
                needs_review: with(State::NeedsReview).count() as u64,
                oldest_open: oldest.and_then(|at| now.duration_since(at).ok()).unwrap_or_default(),
            })
        })
    }

    fn purge(&self, age: Duration) -> BoxFuture<'_, Result<u64, OutboxError>> {
        Box::pin(async move {
            let now = (self.clock)();
            let mut rows = self.rows();
            let before = rows.by_id.len();
            let ended = |row: &Stand| matches!(row.state, State::Succeeded | State::Refused);
            rows.by_id
                .retain(|_, row| !ended(row) || now.duration_since(row.latest).is_ok_and(|old| old < age));
            let Rows { by_id, by_key } = &mut *rows;
            by_key.retain(|_, id| by_id.contains_key(id));
            Ok((before - by_id.len()) as u64)
        })
    }
}

impl Stand {
    fn row(&self, id: i64) -> Row {
        Row {
            id,
            key: self.key.clone(),
            kind: self.kind.clone(),
            reference: self.reference.clone(),
            state: self.state,
            attempts: self.attempts,
            enqueued: self.enqueued.into(),
            first_attempt: self.first_attempt.map(Timestamp::from),
            reason: self.reason.map(str::to_owned),
            error: self.error.clone(),
            result: self.result.clone(),
        }
    }
}

impl Default for MemoryOutbox {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryOutbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryOutbox").field("rows", &self.rows().by_id.len()).finish_non_exhaustive()
    }
}
