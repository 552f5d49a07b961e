//! The interface of outboxes on any storage.

use super::{Entry, Lease, OutboxError, State, Step, Stored};
use crate::client::transport::BoxFuture;
use crate::{Json, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// Storage for requests, shared by any number of workers.
///
/// Test implementations with `stripe_platform::testing::outbox_contract`. All times are those of the store's clock.
pub trait Outbox: Send + Sync {
    /// Stores an entry in a separate transaction. Stores on a database also have a method that accepts a transaction.
    ///
    /// An idempotency key is stored once: storing the same request again returns [`Enqueued::Known`].
    ///
    /// # Errors
    /// Returns the errors of [`Entry::key`], [`OutboxError::KeyReused`] if another request has the key, or a failure
    /// of the store.
    fn enqueue_now<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<Enqueued, OutboxError>>;

    /// Claims open rows that are due, the oldest first, at most `limit`. No other claim returns them until the lease
    /// expires. Of rows with the same order name only the first can be claimed.
    ///
    /// A claim stores the current time as the row's first attempt, unless it has one; [`Stored::first_attempt`] is
    /// the previous value.
    fn claim<'a>(&'a self, limit: u32, lease: Duration) -> BoxFuture<'a, Result<Vec<Claimed>, OutboxError>>;

    /// Extends a lease from now on. Returns `false` if the claim no longer holds the row.
    fn extend<'a>(&'a self, claim: &'a Claimed, lease: Duration) -> BoxFuture<'a, Result<bool, OutboxError>>;

    /// Records the result of an attempt ([`Step::record`]) and ends the claim. Returns `false`, and records nothing,
    /// if the claim no longer holds the row.
    fn record<'a>(&'a self, claim: &'a Claimed, step: &'a Step) -> BoxFuture<'a, Result<bool, OutboxError>>;

    /// Returns the row of an idempotency key.
    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Row>, OutboxError>>;

    /// Returns the oldest rows that need review, at most `limit`.
    fn in_review(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Row>, OutboxError>>;

    /// Ends a review. Returns `false`, and changes nothing, if the row does not need review.
    fn resolve<'a>(
        &'a self,
        key: &'a str,
        resolution: Resolution,
    ) -> BoxFuture<'a, Result<bool, OutboxError>>;

    /// Returns numbers for metrics and alerts.
    fn counts(&self) -> BoxFuture<'_, Result<Counts, OutboxError>>;

    /// Deletes rows that ended at least this long ago, and returns their number. Open rows and those that need review
    /// are kept.
    ///
    /// A deleted row no longer prevents a duplicate, so keep rows as long as the same request may be enqueued again.
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

/// Whether an entry is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Enqueued {
    /// The entry was stored.
    New,
    /// The same request was stored before, and is unchanged.
    Known,
}

/// The state of a row.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)]
pub struct Claimed {
    /// The row's number, ascending in the order of storage.
    pub id: i64,
    /// The lease, needed to record a result.
    pub lease: Lease,
    /// The idempotency key.
    pub key: String,
    /// The name used in metrics and logs.
    pub kind: String,
    /// Your reference.
    pub reference: Option<String>,
    /// The number of consecutive claims, including this one, without a recorded result.
    pub unrecorded: u32,
    /// The request, or why it cannot be decoded.
    pub stored: Result<Stored, String>,
}

/// A row for inspection.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)]
pub struct Row {
    /// The row's number.
    pub id: i64,
    /// The idempotency key.
    pub key: String,
    /// The name used in metrics and logs.
    pub kind: String,
    /// Your reference.
    pub reference: Option<String>,
    /// The state.
    pub state: State,
    /// The number of attempts.
    pub attempts: u32,
    /// When it was stored.
    pub enqueued: Timestamp,
    /// The time of the first attempt that may have had an effect.
    pub first_attempt: Option<Timestamp>,
    /// The label of the [`Reason`](super::Reason) for a review.
    pub reason: Option<String>,
    /// The error of the last attempt.
    pub error: Option<String>,
    /// The reply without secrets: see [`Record::result`](super::Record::result).
    pub result: Option<Json>,
}

/// The result of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Resolution {
    /// It had no effect: send it again under the same key, as if it had never been sent.
    SendAgain,
    /// It took effect.
    Succeeded,
    /// It had no effect, and must not be sent again.
    Refused,
}

/// Numbers for metrics and alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct Counts {
    /// The number of rows that are not done.
    pub open: u64,
    /// The number of rows that need review. Alert if it is not 0.
    pub needs_review: u64,
    /// The age of the oldest open row. Alert if it exceeds some minutes.
    pub oldest_open: Duration,
}
