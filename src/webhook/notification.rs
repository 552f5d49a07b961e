//! Thin events of version 2, and of version 1 events that have a thin form.

use super::{EventObject, Verifier, decode};
use crate::event;
use crate::v2::core;
use crate::webhook_endpoint::EventType;
use crate::{Call, Client, DateTime, Error, Id, Method, Nested, Options, UnknownFields};

/// A thin event: its type and a reference to the object. The data is fetched separately.
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
    /// Unique identifier.
    pub id: Id<core::event::Event>,
    /// Type of the event: `v2.core.account.updated`, `v1.topup.succeeded`. Unknown types are kept.
    pub kind: core::ThinEventType,
    /// When it was created.
    pub created: DateTime,
    /// True for live data, false for test data, `None` if not stated.
    pub livemode: Option<bool>,
    /// The account, or chain of accounts, that the event comes from.
    pub context: Option<String>,
    /// Cause of the event.
    pub reason: Option<core::Reason>,
    /// The snapshot event about the same change, for an event of version 1. One change can be delivered as both.
    pub snapshot_event: Option<Id<event::Event>>,
    /// The object of the event. It has no id if an account has only one such object, like a balance.
    pub related_object: Option<core::RelatedObject>,
    /// Members that this version of the crate does not know.
    pub extra: UnknownFields,
}

impl EventNotification {
    /// Decodes a thin event **without** verifying its sender. For webhooks use [`Verifier::notification`].
    ///
    /// # Errors
    /// Returns [`Error::Decode`] if the body is not a thin event: it has no id, type or time. Any other member of an
    /// unexpected type is skipped and kept as JSON in [`EventNotification::extra`].
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let (event, livemode) = decode::thin_event(body)?;
        Ok(Self { livemode, ..event.into() })
    }

    /// The type of the snapshot event about the same change: `topup.succeeded` for `v1.topup.succeeded`. `None` for
    /// an event of version 2.
    pub fn snapshot_type(&self) -> Option<EventType> {
        self.kind.as_str().strip_prefix("v1.").map(EventType::from)
    }

    /// Returns a client for the context of the event, or for the platform if it has none.
    #[must_use]
    pub fn client(&self, client: &Client) -> Client {
        match &self.context {
            Some(context) => client.for_context(context),
            None => client.for_platform(),
        }
    }

    /// Fetches the whole event, with its data, in its context.
    pub fn fetch_event(&self, client: &Client) -> Call<core::event::Event> {
        core::event::Retrieve::new(&self.id).with_options(self.options()).send(&self.client(client))
    }

    /// Fetches the current state of the event's object, in the event's context. `None` if the event has no object.
    pub fn fetch_related(&self, client: &Client) -> Option<Call<EventObject>> {
        let related = self.related_object.as_ref()?;
        // The path comes from the payload. The client rejects anything but a path, so that the key is not sent
        // elsewhere.
        let (path, query) = related.url.split_once('?').unwrap_or((&related.url, ""));
        let mut request = self.client(client).raw(Method::Get, path).with_options(self.options());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            request = request.param(name, value);
        }
        Some(request.send_as())
    }

    /// Sends the id of the causing event, as Stripe's own clients do.
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
            // An empty context counts as none, because a header cannot be empty.
            context: event.context.filter(|context| !context.is_empty()),
            reason: event.reason.map(Nested::into_inner),
            snapshot_event: event.snapshot_event,
            related_object: event.related_object.map(Nested::into_inner),
            extra: event.extra,
        }
    }
}

impl Verifier {
    /// Verifies a webhook and decodes its thin event. `header` is the value of `Stripe-Signature`, empty if it is
    /// missing.
    ///
    /// # Errors
    /// Returns [`Error::Signature`] if the signature is invalid, and [`Error::Decode`] if the body is not a thin
    /// event.
    pub fn notification(&self, body: &[u8], header: impl AsRef<[u8]>) -> Result<EventNotification, Error> {
        self.verify(body, header)?;
        EventNotification::parse(body)
    }
}
