//! Deduplication of events: Stripe delivers each event at least once, in any order.

pub(crate) mod memory;

pub use crate::client::lease::Lease;
pub use crate::webhook::log::memory::MemoryLog;

use super::{Delivery, Event, EventNotification};
use crate::client::transport::BoxFuture;
use crate::v2::core;
use crate::{Id, Timestamp, event};
use std::fmt;
use std::time::Duration;

/// The default retention of handled events. Stripe retries for three days.
const RETENTION: Duration = Duration::from_secs(4 * 24 * 3600);
/// The default time that an event may be in work before another delivery may take over.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// Stores which events were handled, and the time of the newest event of each object.
///
/// Used by [`handle_once`]: an event is claimed, handled, and then marked as done or released. The claim of a lost
/// handler (a crash, a deployment) expires after a while, so that no event is lost. Every claim has a separate
/// [`Lease`], so that a handler whose claim expired cannot end the next one.
///
/// [`MemoryLog`] is for one process, and a restart empties it. The crate `stripe-platform-sqlx` provides logs on
/// PostgreSQL and SQLite. For another database implement this trait, and test it with
/// `stripe_platform::testing::event_log_contract`.
pub trait EventLog: Send + Sync {
    /// Claims an event. If the returned future is dropped before it completes, the event is not claimed, or is
    /// released at once.
    fn claim<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<Claim, LogError>>;

    /// Marks a claimed event as handled. Has no effect if another lease holds it.
    fn done<'a>(&'a self, event: &'a str, lease: Lease) -> BoxFuture<'a, Result<(), LogError>>;

    /// Releases a claimed event, so that another delivery of it is handled. Has no effect if another lease holds it.
    fn release<'a>(&'a self, event: &'a str, lease: Lease) -> BoxFuture<'a, Result<(), LogError>>;

    /// Like [`EventLog::release`], when no future can be awaited: the handler was cancelled or panicked. The default
    /// does nothing, and the next delivery is handled after the lease expires.
    fn abandon(&self, event: &str, lease: Lease) {
        let _ = (event, lease);
    }

    /// Stores the time of an event about a subject, and returns whether it is at least as new as all earlier ones.
    /// Times are whole seconds, so for two events in the same second it returns true for both.
    ///
    /// The subject is usually [`Event::subject`]. An object's id alone is not sufficient, since accounts have objects
    /// with equal ids (capabilities) and objects without id (balances).
    fn is_newest<'a>(&'a self, subject: &'a str, created: Timestamp)
    -> BoxFuture<'a, Result<bool, LogError>>;
}

/// The result of [`EventLog::claim`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Claim {
    /// The event is new; the caller holds it now.
    New(Lease),
    /// Another delivery of the same event is in work.
    InWork,
    /// The event was already handled.
    Done,
}

/// The result of [`handle_once`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums)]
pub enum Once<T> {
    /// The event was handled, with this result.
    Handled(T),
    /// The event was already handled. Reply with success.
    Duplicate,
    /// Another delivery is being handled. Reply with an error (409 for example): if that one fails, Stripe sends the
    /// event again.
    InWork,
}

/// Types with an event id: events of both kinds, or ids, for example from a queue.
pub trait HasEventId {
    /// The id of the event, the same in all deliveries.
    fn event_id(&self) -> &str;
}

macro_rules! identified {
    ($($type:ty: $this:ident => $id:expr),* $(,)?) => {$(
        impl HasEventId for $type {
            fn event_id(&self) -> &str {
                let $this = self;
                $id
            }
        }
    )*};
}

identified!(
    Event: event => event.id.as_str(),
    EventNotification: notification => notification.id.as_str(),
    Delivery: delivery => delivery.id(),
    Id<event::Event>: id => id.as_str(),
    Id<core::event::Event>: id => id.as_str(),
    str: id => id,
    String: id => id,
);

/// Handles an event unless it was already handled. If the handler fails, the next delivery is handled. After a panic
/// or a cancellation it is handled at once if the log implements [`EventLog::abandon`], and otherwise after the claim
/// expires.
///
/// Servers cancel a handler when the connection closes. Spawn the work if it must complete.
///
/// After a crash between the handler's effect and the mark, the next delivery handles the event again. To prevent
/// that, write both in one transaction; see `handle_once_in` in the crate `stripe-platform-sqlx`.
///
/// ```
/// use stripe_platform::webhook::{Event, MemoryLog, Once, handle_once};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let body = br#"{"id":"evt_1","object":"event","type":"x","created":1,"livemode":false,"data":{"object":{}}}"#;
/// # let event = Event::parse(body)?;
/// let log = MemoryLog::new(10_000);
/// let handle = || async { Ok::<_, Box<dyn std::error::Error + Send + Sync>>(println!("handled")) };
/// assert_eq!(handle_once(&log, &event, handle()).await?, Once::Handled(()));
/// assert_eq!(handle_once(&log, &event, handle()).await?, Once::Duplicate);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Returns the error of the handler or of the log.
pub async fn handle_once<L, I, F, T, E>(log: &L, event: &I, handler: F) -> Result<Once<T>, E>
where
    L: EventLog + ?Sized,
    I: HasEventId + ?Sized,
    F: Future<Output = Result<T, E>>,
    E: From<LogError>,
{
    let id = event.event_id();
    let lease = match log.claim(id).await? {
        Claim::New(lease) => lease,
        Claim::InWork => return Ok(Once::InWork),
        Claim::Done => return Ok(Once::Duplicate),
    };
    let mut held = Held { log, id, lease: Some(lease) };
    let handled = handler.await;
    match handled {
        Ok(result) => {
            held.lease = None;
            log.done(id, lease).await?;
            Ok(Once::Handled(result))
        }
        Err(error) => {
            // The handler's error matters more than the log's; the claim expires anyway.
            let _ = log.release(id, lease).await;
            held.lease = None;
            Err(error)
        }
    }
}

/// Releases a claim when its handler is dropped.
struct Held<'a, L: EventLog + ?Sized> {
    log: &'a L,
    id: &'a str,
    lease: Option<Lease>,
}

impl<L: EventLog + ?Sized> Drop for Held<'_, L> {
    fn drop(&mut self) {
        if let Some(lease) = self.lease {
            self.log.abandon(self.id, lease);
        }
    }
}

/// A failure of the event log.
#[derive(Debug)]
pub struct LogError(Box<dyn std::error::Error + Send + Sync>);

impl LogError {
    /// Creates an error from any cause.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the event log failed: {}", self.0)
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}
