//! Thin events: those of version 2, and those of version 1 that have a thin form.

use super::{EventObject, Verifier, decode};
use crate::event;
use crate::v2::core;
use crate::webhook_endpoint::EventType;
use crate::{Call, Client, DateTime, Error, Id, Method, Nested, Options, UnknownFields};

/// A thin event: that something happened, and to which object. What it holds is fetched.
///
/// ```
/// use stripe_platform::webhook::{EventObject, Verifier};
/// use stripe_platform::{Client, Error};
///
/// async fn receive(client: &Client, verifier: &Verifier, body: &[u8], signature: &str) -> Result<(), Error> {
///     let notification = verifier.notification(body, signature)?;
///     if let Some(related) = notification.fetch_related(client) {
///         match related.await? {
///             EventObject::V2CoreAccount(account) => println!("{} changed", account.id),
///             other => println!("{} about {}", notification.kind, other.id()),
///         }
///     }
///     Ok(())
/// }
/// # let _ = receive;
/// ```
///
/// [Stripe's reference](https://docs.stripe.com/api/v2/core/events/event-types)
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EventNotification {
    /// The identifier that Stripe gave it.
    pub id: Id<core::event::Event>,
    /// What happened: `v2.core.account.updated`, `v1.topup.succeeded`. Types that are not known here pass through.
    pub kind: core::ThinEventType,
    /// When it was created.
    pub created: DateTime,
    /// True for live data, false for test data, `None` if it does not say.
    pub livemode: Option<bool>,
    /// The account, or chain of accounts, that the event comes from.
    pub context: Option<String>,
    /// What caused the event.
    pub reason: Option<core::Reason>,
    /// The snapshot event about the same change, of an event of version 1. One change can be delivered as both.
    pub snapshot_event: Option<Id<event::Event>>,
    /// The object that the event is about. It has no id if an account has only one such object, as a balance.
    pub related_object: Option<core::RelatedObject>,
    /// Members that this version of the crate does not know.
    pub extra: UnknownFields,
}

impl EventNotification {
    /// Reads a thin event **without** checking who sent it. For webhooks use [`Verifier::notification`].
    ///
    /// # Errors
    /// [`Error::Decode`] if it is no thin event: has no id, type or time. Any other member that is not as it should be is
    /// left out, and its JSON kept in [`EventNotification::extra`].
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let (event, livemode) = decode::thin_event(body)?;
        Ok(Self { livemode, ..event.into() })
    }

    /// The type of the snapshot event about the same change: `topup.succeeded` for `v1.topup.succeeded`. `None` for an
    /// event of version 2.
    pub fn snapshot_type(&self) -> Option<EventType> {
        self.kind.as_str().strip_prefix("v1.").map(EventType::from)
    }

    /// A client for the context that the event comes from, or for the platform if it has none.
    #[must_use]
    pub fn client(&self, client: &Client) -> Client {
        match &self.context {
            Some(context) => client.for_context(context),
            None => client.for_platform(),
        }
    }

    /// Reads the whole event, with its data, in its context.
    pub fn fetch_event(&self, client: &Client) -> Call<core::event::Event> {
        core::event::Retrieve::new(&self.id).with_options(self.options()).send(&self.client(client))
    }

    /// Reads the object that the event is about as it is now, in the event's context. `None` if it is about none.
    pub fn fetch_related(&self, client: &Client) -> Option<Call<EventObject>> {
        let related = self.related_object.as_ref()?;
        // The path comes from the payload. The client refuses what is more than a path, so that its key goes nowhere else.
        let (path, query) = related.url.split_once('?').unwrap_or((&related.url, ""));
        let mut request = self.client(client).raw(Method::Get, path).with_options(self.options());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            request = request.param(name, value);
        }
        Some(request.send_as())
    }

    /// Stripe's own clients tell it like this which event made them ask.
    fn options(&self) -> Options {
        Options::new().header("Stripe-Request-Trigger", format!("event={}", self.id))
    }
}

impl From<core::event::Event> for EventNotification {
    fn from(event: core::event::Event) -> Self {
        Self {
            id: event.id,
            kind: event.kind,
            created: event.created,
            livemode: Some(event.livemode),
            // An empty one is none: a header cannot be empty.
            context: event.context.filter(|context| !context.is_empty()),
            reason: event.reason.map(Nested::into_inner),
            snapshot_event: event.snapshot_event,
            related_object: event.related_object.map(Nested::into_inner),
            extra: event.extra,
        }
    }
}

impl Verifier {
    /// Checks a webhook and reads its thin event. `header` is the value of `Stripe-Signature`, empty if there is none.
    ///
    /// # Errors
    /// [`Error::Signature`] if Stripe did not send it, [`Error::Decode`] if it is no thin event.
    pub fn notification(&self, body: &[u8], header: impl AsRef<[u8]>) -> Result<EventNotification, Error> {
        self.verify(body, header)?;
        EventNotification::parse(body)
    }
}
