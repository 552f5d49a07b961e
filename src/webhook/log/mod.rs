//! Stripe delivers an event at least once, and events in any order. A log tells what was handled already.

mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use memory::MemoryLog;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteLog;

use super::Event;
use crate::Timestamp;
use crate::transport::BoxFuture;
use std::fmt;
use std::time::Duration;

/// How long events are remembered, by default. Stripe tries for three days.
const RETENTION: Duration = Duration::from_secs(4 * 24 * 3600);
/// How long an event may be in work, by default, before another delivery of it may take it over.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// Remembers which events were handled, and the newest event of each object.
///
/// [`once`] uses it: an event is claimed, handled, and then either done or released. Whoever claims an event and vanishes
/// (a crash, a deployment) loses the claim after a while, so that no event is lost.
///
/// [`MemoryLog`] is for one process and forgets when it ends; [`SqliteLog`](super::SqliteLog) (feature `sqlite`) is shared by the
/// processes of one machine. For more machines, implement it on the database that they share.
pub trait EventLog: Send + Sync {
    /// Takes an event into work.
    fn claim<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<Claim, LogError>>;

    /// Marks a claimed event as handled for good.
    fn done<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<(), LogError>>;

    /// Gives a claimed event back, so that another delivery of it is handled.
    fn release<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<(), LogError>>;

    /// Notes the time of an event about an object, and tells whether it is at least as new as all that were noted of that
    /// object. Times are whole seconds, so of two events of one second both are.
    fn is_newest<'a>(&'a self, object: &'a str, created: Timestamp) -> BoxFuture<'a, Result<bool, LogError>>;
}

/// What [`EventLog::claim`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Claim {
    /// Nobody has it: it is the caller's now.
    New,
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

/// Handles an event unless that was done before. If the handler fails or is cancelled, the next delivery is handled.
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
pub async fn once<L, F, T, E>(log: &L, event: &Event, handler: F) -> Result<Once<T>, E>
where
    L: EventLog + ?Sized,
    F: Future<Output = Result<T, E>>,
    E: From<LogError>,
{
    let id = event.id.as_str();
    match log.claim(id).await? {
        Claim::New => {}
        Claim::InWork => return Ok(Once::InWork),
        Claim::Done => return Ok(Once::Duplicate),
    }
    match handler.await {
        Ok(result) => {
            log.done(id).await?;
            Ok(Once::Handled(result))
        }
        Err(error) => {
            // What the handler said matters more than what the log says; the claim runs out by itself.
            let _ = log.release(id).await;
            Err(error)
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
