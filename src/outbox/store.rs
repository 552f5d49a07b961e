//! What an outbox must do, whatever it is stored in.

use super::{Entry, Lease, OutboxError, State, Step, Stored};
use crate::client::transport::BoxFuture;
use crate::{Json, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// Stored requests, shared by any number of workers.
///
/// The rules are tested by `stripe_platform::testing::outbox_contract`. All times are those of the store's own clock.
pub trait Outbox: Send + Sync {
    /// Stores an entry in a transaction of its own. Stores over a database also have a method that takes a transaction.
    ///
    /// An idempotency key is stored once: the same request again is [`Enqueued::Known`].
    ///
    /// # Errors
    /// What [`Entry::key`] refuses, [`OutboxError::KeyReused`] if another request has the key, or a failure of the store.
    fn enqueue_now<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<Enqueued, OutboxError>>;

    /// Takes open rows into work whose time has come, the oldest first, and at most `limit`. No other claim gets them until
    /// the lease has run out. Of rows in an order only the first is free.
    ///
    /// A claim stores the time as the row's first attempt, unless it has one; [`Stored::first_attempt`] is what it was before.
    fn claim<'a>(&'a self, limit: u32, lease: Duration) -> BoxFuture<'a, Result<Vec<Claimed>, OutboxError>>;

    /// Extends a lease from now on. Returns `false` if the row is no longer this claim's.
    fn extend<'a>(&'a self, claim: &'a Claimed, lease: Duration) -> BoxFuture<'a, Result<bool, OutboxError>>;

    /// Writes what an attempt led to ([`Step::record`]) and ends the claim. Returns `false`, and writes nothing, if the row is no
    /// longer this claim's.
    fn record<'a>(&'a self, claim: &'a Claimed, step: &'a Step) -> BoxFuture<'a, Result<bool, OutboxError>>;

    /// The row of an idempotency key.
    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Row>, OutboxError>>;

    /// The oldest rows that need review, at most `limit`.
    fn in_review(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Row>, OutboxError>>;

    /// Ends a review. Returns `false`, and changes nothing, if the row does not need one.
    fn resolve<'a>(
        &'a self,
        key: &'a str,
        resolution: Resolution,
    ) -> BoxFuture<'a, Result<bool, OutboxError>>;

    /// Numbers for metrics and alerts.
    fn counts(&self) -> BoxFuture<'_, Result<Counts, OutboxError>>;

    /// Deletes rows that ended at least this long ago and returns their number. Open rows and those that need review stay.
    ///
    /// A deleted row no longer protects from the same intent, so keep rows as long as an intent may come again.
    fn purge(&self, age: Duration) -> BoxFuture<'_, Result<u64, OutboxError>>;
}

impl<O: Outbox + ?Sized> Outbox for Arc<O> {
    fn enqueue_now<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<Enqueued, OutboxError>> {
        (**self).enqueue_now(entry)
    }

    fn claim<'a>(&'a self, limit: u32, lease: Duration) -> BoxFuture<'a, Result<Vec<Claimed>, OutboxError>> {
        (**self).claim(limit, lease)
    }

    fn extend<'a>(&'a self, claim: &'a Claimed, lease: Duration) -> BoxFuture<'a, Result<bool, OutboxError>> {
        (**self).extend(claim, lease)
    }

    fn record<'a>(&'a self, claim: &'a Claimed, step: &'a Step) -> BoxFuture<'a, Result<bool, OutboxError>> {
        (**self).record(claim, step)
    }

    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Row>, OutboxError>> {
        (**self).find(key)
    }

    fn in_review(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Row>, OutboxError>> {
        (**self).in_review(limit)
    }

    fn resolve<'a>(
        &'a self,
        key: &'a str,
        resolution: Resolution,
    ) -> BoxFuture<'a, Result<bool, OutboxError>> {
        (**self).resolve(key, resolution)
    }

    fn counts(&self) -> BoxFuture<'_, Result<Counts, OutboxError>> {
        (**self).counts()
    }

    fn purge(&self, age: Duration) -> BoxFuture<'_, Result<u64, OutboxError>> {
        (**self).purge(age)
    }
}

/// Whether an entry was stored before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Enqueued {
    /// It is stored now.
    New,
    /// The same request was stored before, and stays as it is.
    Known,
}

/// A row that is taken into work.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)]
pub struct Claimed {
    /// The row's number, which grows in the order of storing.
    pub id: i64,
    /// The right to record a result.
    pub lease: Lease,
    /// The idempotency key.
    pub key: String,
    /// What the row is called in metrics and logs.
    pub kind: String,
    /// Your own reference.
    pub reference: Option<String>,
    /// How many claims in a row, with this one, have not been recorded.
    pub unrecorded: u32,
    /// The request, or why it cannot be read.
    pub stored: Result<Stored, String>,
}

/// A row as it is to be looked at.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)]
pub struct Row {
    /// The row's number.
    pub id: i64,
    /// The idempotency key.
    pub key: String,
    /// What the row is called in metrics and logs.
    pub kind: String,
    /// Your own reference.
    pub reference: Option<String>,
    /// Its state.
    pub state: State,
    /// How many attempts were made.
    pub attempts: u32,
    /// When it was stored.
    pub enqueued: Timestamp,
    /// When the first attempt was made that may have had an effect.
    pub first_attempt: Option<Timestamp>,
    /// The label of the [`Reason`](super::Reason) for a review.
    pub reason: Option<String>,
    /// What the last attempt failed with.
    pub error: Option<String>,
    /// The reply without secrets: see [`Record::result`](super::Record::result).
    pub result: Option<Json>,
}

/// How a review ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Resolution {
    /// It had no effect: send it again, under the same key, as if it had never been sent.
    SendAgain,
    /// It was done.
    Succeeded,
    /// It was not done, and shall not be.
    Refused,
}

/// Numbers for metrics and alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct Counts {
    /// Rows that are not done.
    pub open: u64,
    /// Rows that need review. Alert if it is not 0.
    pub needs_review: u64,
    /// How long ago the oldest open row was stored. Alert if it is more than some minutes.
    pub oldest_open: Duration,
}
