//! Stripe delivers an event at least once, and events in any order. A log tells what was handled already.

pub(crate) mod memory;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

pub use crate::webhook::log::memory::MemoryLog;
#[cfg(feature = "sqlite")]
pub use crate::webhook::log::sqlite::SqliteLog;

use super::{Delivery, Event, Notification};
use crate::client::transport::BoxFuture;
use crate::v2::core;
use crate::{Id, Timestamp, event};
use std::fmt;
use std::time::Duration;

/// How long events are remembered, by default. Stripe tries for three days.
const RETENTION: Duration = Duration::from_secs(4 * 24 * 3600);
/// How long an event may be in work, by default, before another delivery of it may take it over.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// Remembers which events were handled, and the newest event of each object.
///
/// [`once`] uses it: an event is claimed, handled, and then either done or released. Whoever claims an event and vanishes
/// (a crash, a deployment) loses the claim after a while, so that no event is lost. A claim comes with a [`Lease`], so that
/// whoever lost it cannot end that of the next.
///
/// [`MemoryLog`] is for one process and forgets when it ends; [`SqliteLog`](super::SqliteLog) (feature `sqlite`) is shared by the
/// processes of one machine. For more machines, implement it on the database that they share.
pub trait EventLog: Send + Sync {
    /// Takes an event into work.
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

/// The right to handle a claimed event, of which each claim has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease(u64);

impl Lease {
    /// A random one.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn random() -> Result<Self, LogError> {
        // Of 63 bits, for databases without unsigned integers.
        getrandom::u64().map(|number| Self(number >> 1)).map_err(|error| LogError::new(error.to_string()))
    }

    /// One that was stored.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// To be stored. It fits an `i64`, if it is a random one.
    pub fn number(self) -> u64 {
        self.0
    }
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

/// What [`once`] did.
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

/// What [`once`] can tell apart: events of both kinds, or their ids, as from a queue.
pub trait Identified {
    /// The id of the event, the same in all its deliveries.
    fn event_id(&self) -> &str;
}

macro_rules! identified {
    ($($type:ty: $this:ident => $id:expr),* $(,)?) => {$(
        impl Identified for $type {
            fn event_id(&self) -> &str {
                let $this = self;
                $id
            }
        }
    )*};
}

identified!(
    Event: event => event.id.as_str(),
    Notification: notification => notification.id.as_str(),
    Delivery: delivery => delivery.id(),
    Id<event::Event>: id => id.as_str(),
    Id<core::event::Event>: id => id.as_str(),
    str: id => id,
    String: id => id,
);

/// Handles an event unless that was done before. If the handler fails, panics or is cancelled, the next delivery is handled:
/// at once with the logs of this crate, and with others that do not implement [`EventLog::abandon`], a handler that was
/// cancelled or panicked keeps its claim until that runs out.
///
/// Servers cancel a handler whose caller is gone. Spawn it, if it must come to its end.
///
/// A handler whose effect and mark must not come apart writes both in one transaction of its own instead.
///
/// ```
/// use stripe_platform::webhook::{Event, MemoryLog, Once, once};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let body = br#"{"id":"evt_1","object":"event","type":"x","created":1,"livemode":false,"data":{"object":{}}}"#;
/// # let event = Event::parse(body)?;
/// let log = MemoryLog::new(10_000);
/// let handle = || async { Ok::<_, Box<dyn std::error::Error + Send + Sync>>(println!("handled")) };
/// assert_eq!(once(&log, &event, handle()).await?, Once::Handled(()));
/// assert_eq!(once(&log, &event, handle()).await?, Once::Duplicate);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The handler's, or the log's.
pub async fn once<L, I, F, T, E>(log: &L, event: &I, handler: F) -> Result<Once<T>, E>
where
    L: EventLog + ?Sized,
    I: Identified + ?Sized,
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

/// A claim that is given back when its handler is gone.
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
