//! Stripe delivers an event at least once, and events in any order. A log tells what was handled already.

pub(crate) mod memory;

pub use crate::client::lease::Lease;
pub use crate::webhook::log::memory::MemoryLog;

use super::{Delivery, Event, EventNotification};
use crate::client::transport::BoxFuture;
use crate::v2::core;
use crate::{Id, Timestamp, event};
use std::fmt;
use std::time::Duration;

/// How long events are remembered, by default. Stripe tries for three days.
const RETENTION: Duration = Duration::from_secs(4 * 24 * 3600);
/// How long an event may be in work, by default, before another delivery of it may take it over.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// Stores which events were handled, and the time of the newest event of each object.
///
/// [`handle_once`] uses it: an event is claimed, handled, and then either done or released. A claim whose handler vanishes
/// (a crash, a deployment) expires after a while, so that no event is lost. Every claim has its own [`Lease`], so that a handler
/// that lost its claim cannot end that of the next.
///
/// [`MemoryLog`] is for one process and is empty again after a restart. The crate `stripe-platform-sqlx` has logs on PostgreSQL
/// and SQLite. For another database implement this trait, and run `stripe_platform::testing::event_log_contract` on it.
pub trait EventLog: Send + Sync {
    /// Takes an event into work. If the returned future is dropped before it has completed, the event is not taken, or is given
    /// back at once.
    fn claim<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<Claim, LogError>>;

    /// Marks a claimed event as handled for good. Nothing happens if another lease has it by now.
    fn done<'a>(&'a self, event: &'a str, lease: Lease) -> BoxFuture<'a, Result<(), LogError>>;

    /// Gives a claimed event back, so that another delivery of it is handled. Nothing happens if another lease has it by now.
    fn release<'a>(&'a self, event: &'a str, lease: Lease) -> BoxFuture<'a, Result<(), LogError>>;

    /// Like [`EventLog::release`] where nobody can wait: the handler was cancelled or panicked. By default nothing is done,
    /// and the next delivery is handled when the lease has run out.
    fn abandon(&self, event: &str, lease: Lease) {
        let _ = (event, lease);
    }

    /// Notes the time of an event about a subject, and tells whether it is at least as new as all that were noted of it. Times
    /// are whole seconds, so of two events of one second both are.
    ///
    /// The subject is [`Event::subject`] mostly: an object's id alone is not one, since accounts have objects of the same id
    /// (capabilities) and objects without any (balances).
    fn is_newest<'a>(&'a self, subject: &'a str, created: Timestamp)
    -> BoxFuture<'a, Result<bool, LogError>>;
}

/// What [`EventLog::claim`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Claim {
    /// Nobody has it: it is the caller's now.
    New(Lease),
    /// Another delivery of the same event is in work.
    InWork,
    /// It was handled.
    Done,
}

/// What [`handle_once`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums)]
pub enum Once<T> {
    /// It handled the event, with this result.
    Handled(T),
    /// The event was handled before. Answer with success.
    Duplicate,
    /// Another delivery is being handled. Answer with an error (409 for example): if that one fails, Stripe sends it again.
    InWork,
}

/// What [`handle_once`] can tell apart: events of both kinds, or their ids, as from a queue.
pub trait HasEventId {
    /// The id of the event, the same in all its deliveries.
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

/// Handles an event unless that was done before. If the handler fails, panics or is cancelled, the next delivery is handled:
/// at once if the log implements [`EventLog::abandon`], and otherwise, after a panic or a cancellation, when the claim has
/// expired.
///
/// Servers cancel a handler whose caller is gone. Spawn it, if it must come to its end.
///
/// A crash between the handler's effect and the mark lets the next delivery handle the event again. Where that must not be,
/// write both in one transaction: see `handle_once_in` of the crate `stripe-platform-sqlx`.
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
/// The handler's, or the log's.
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
            // What the handler said matters more than what the log says; the claim runs out by itself.
            let _ = log.release(id, lease).await;
            held.lease = None;
            Err(error)
        }
    }
}

/// Gives a claim back when its handler is gone.
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

/// The log could not be read or written.
#[derive(Debug)]
pub struct LogError(Box<dyn std::error::Error + Send + Sync>);

impl LogError {
    /// Of whatever went wrong.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the log of events failed: {}", self.0)
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}
