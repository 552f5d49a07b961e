//! Snapshot events.

use super::decode;
use super::decode::Envelope;
use super::{EventObject, EventType, Verifier};
use crate::account::Account;
use crate::{API_VERSION, Client, Error, Id, Json, Nested, Timestamp, UnknownFields, event};
use std::fmt;

/// A snapshot event: a change, with the changed object as it was right after it.
///
/// Created by [`Verifier::event`] from a webhook; events returned by [`event::List`] convert into it.
/// [Stripe's reference](https://docs.stripe.com/api/events/object)
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// Unique identifier. Every delivery of the event has the same one.
    pub id: Id<event::Event>,
    /// Type of the event. Stripe adds types, so keep a default branch.
    pub kind: EventType,
    /// The changed object.
    pub object: EventObject,
    /// The previous values of the changed attributes, in events that end in `updated`.
    pub previous_attributes: Option<Json>,
    /// The connected account that the event comes from. None for the platform's own.
    pub account: Option<Id<Account>>,
    /// The API version of the object. It is that of the endpoint, not that of this crate.
    pub api_version: Option<String>,
    /// The account, or chain of accounts, that the event comes from.
    pub context: Option<String>,
    /// When the change happened. In Unix seconds. Deliveries arrive in any order.
    pub created: Timestamp,
    /// True for live data, false for test data or if not stated.
    pub livemode: bool,
    /// Number of endpoints that have not confirmed delivery.
    pub pending_webhooks: i64,
    /// The API request that caused the event. None if no request did.
    pub request: Option<event::EventRequest>,
    /// Members of its `data` that this version of the crate does not know.
    pub data_extra: UnknownFields,
    /// Members that this version of the crate does not know, or whose type differs.
    pub extra: UnknownFields,
}

impl Event {
    /// Decodes an event **without** verifying its sender. For webhooks use [`Verifier::event`].
    ///
    /// # Errors
    /// Returns [`Error::Decode`] if the body is not an event: it has no id, type or time. Any other member of an
    /// unexpected type is skipped and kept as JSON in [`Event::extra`]; an object that does not match its type is
    /// kept too, see [`EventObject`].
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        decode::event(body).map(Self::new)
    }

    fn new(envelope: Envelope) -> Self {
        Self {
            id: envelope.id,
            kind: envelope.kind,
            object: envelope.data.object,
            previous_attributes: envelope.data.previous_attributes,
            data_extra: envelope.data.extra,
            account: envelope.account,
            api_version: envelope.api_version,
            context: envelope.context.filter(|context| !context.is_empty()),
            created: envelope.created,
            livemode: envelope.livemode,
            pending_webhooks: envelope.pending_webhooks.unwrap_or_default(),
            request: envelope.request,
            extra: envelope.extra,
        }
    }

    /// Returns a client for the scope of the event: the connected account of a Connect event, otherwise its context,
    /// otherwise the platform.
    #[must_use]
    pub fn client(&self, client: &Client) -> Client {
        match (&self.account, &self.context) {
            (Some(account), _) => client.for_account(account),
            (None, Some(context)) => client.for_context(context),
            (None, None) => client.for_platform(),
        }
    }

    /// Identifies the object of the event, as a key for your own tables and for
    /// [`EventLog::is_newest`](super::EventLog::is_newest): the account or context, the type of the object and its
    /// id. The id alone is not unique: each account has a capability `transfers`, and a balance has no id.
    ///
    /// ```
    /// # fn main() -> Result<(), stripe_platform::Error> {
    /// use stripe_platform::webhook::Event;
    ///
    /// let event = Event::parse(
    ///     br#"{"id":"evt_1","object":"event","account":"acct_1","created":1,"livemode":false,"type":"capability.updated",
    ///         "data":{"object":{"id":"transfers","object":"capability"}}}"#,
    /// )?;
    /// assert_eq!(event.subject(), "acct_1 capability transfers");
    /// # Ok(())
    /// # }
    /// ```
    pub fn subject(&self) -> String {
        let scope = self.account.as_ref().map(Id::as_str).or(self.context.as_deref()).unwrap_or("platform");
        format!("{scope} {} {}", self.object.kind(), self.object.id())
    }

    /// Whether the types of this crate match the API version of the object: versions with one release name
    /// (`2026-09-30.endive` and `2026-10-28.endive`) are compatible. Beta suffixes are ignored.
    pub fn is_current_version(&self) -> bool {
        self.api_version.as_deref().is_some_and(|version| release(version) == release(API_VERSION))
    }

    /// The previous value of an attribute; `None` if it did not change. For nested attributes, use a JSON pointer on
    /// [`Event::previous_attributes`].
    pub fn previous(&self, attribute: &str) -> Option<&Json> {
        self.previous_attributes.as_ref()?.get(attribute)
    }
}

/// The release name of a version, such as `endive`; for older versions without a name, the version itself.
fn release(version: &str) -> &str {
    let version = version.split(';').next().unwrap_or_default().trim();
    version.split_once('.').map_or(version, |(_, name)| name)
}

impl Verifier {
    /// Verifies a webhook and decodes its event. `header` is the value of `Stripe-Signature`, empty if it is missing.
    ///
    /// # Errors
    /// Returns [`Error::Signature`] if the signature is invalid, and [`Error::Decode`] if the body is not an event.
    pub fn event(&self, body: &[u8], header: impl AsRef<[u8]>) -> Result<Event, Error> {
        self.verify(body, header)?;
        Event::parse(body)
    }
}

impl From<event::Event> for Event {
    fn from(event: event::Event) -> Self {
        let data = event.data.into_inner();
        Self {
            id: event.id,
            kind: event.kind.into(),
            object: EventObject::from_json(data.object),
            previous_attributes: data.previous_attributes,
            data_extra: data.extra,
            account: event.account,
            api_version: event.api_version,
            context: event.context.filter(|context| !context.is_empty()),
            created: event.created,
            livemode: event.livemode,
            pending_webhooks: event.pending_webhooks,
            request: event.request.map(Nested::into_inner),
            extra: event.extra,
        }
    }
}

impl fmt::Debug for Event {
    /// Omits secrets, personal data and raw JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("account", &self.account)
            .field("api_version", &self.api_version)
            .field("created", &self.created)
            .field("livemode", &self.livemode)
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}
