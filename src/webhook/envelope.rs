//! Events that do not arrive by webhook: the envelopes of Amazon EventBridge and Azure Event Grid.

use super::{Event, EventNotification, decode};
use crate::{Error, Json};

/// An event of either kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delivery {
    /// A snapshot event, which contains the object.
    Event(Box<Event>),
    /// A thin event of version 2.
    EventNotification(Box<EventNotification>),
}

impl Delivery {
    /// Decodes an event of either kind **without** verifying its sender.
    ///
    /// # Errors
    /// Returns [`Error::Decode`] if the body is not an event.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        Ok(if decode::is_thin(body) {
            Self::EventNotification(Box::new(EventNotification::parse(body)?))
        } else {
            Self::Event(Box::new(Event::parse(body)?))
        })
    }

    /// The unique identifier of the event.
    pub fn id(&self) -> &str {
        match self {
            Self::Event(event) => event.id.as_str(),
            Self::EventNotification(notification) => notification.id.as_str(),
        }
    }

    fn from_json(json: &Json) -> Result<Self, Error> {
        Self::parse(json.to_string().as_bytes())
    }
}

/// Decodes an event delivered by Amazon EventBridge.
///
/// The envelope is not signed: AWS authenticates the publisher, so use this only in code that nothing else can
/// invoke.
///
/// # Errors
/// Returns [`Error::Decode`] if the body is not such an envelope, or contains no event.
pub fn from_event_bridge(body: &[u8]) -> Result<Delivery, Error> {
    let envelope = json(body)?;
    match envelope.get("detail") {
        Some(detail) if envelope.get("detail-type").is_some() => Delivery::from_json(detail),
        _ => Err(decode::decode_error("not an EventBridge envelope: `detail` or `detail-type` is missing")),
    }
}

/// Decodes the events delivered by Azure Event Grid: one CloudEvent or a batch. If an item of a batch contains no
/// event, its result is an error ([`Error::Decode`]); the others are returned.
///
/// The envelope is not signed: Azure authenticates the publisher, so use this only in code that nothing else can
/// invoke.
///
/// # Errors
/// Returns [`Error::Decode`] if the body is neither a CloudEvent nor a batch.
pub fn from_event_grid(body: &[u8]) -> Result<Vec<Result<Delivery, Error>>, Error> {
    let one = |envelope: &Json| match envelope.get("data") {
        Some(data) if envelope.get("specversion").is_some() => Delivery::from_json(data),
        _ => Err(decode::decode_error("not a CloudEvent: `data` or `specversion` is missing")),
    };
    match json(body)? {
        Json::Array(batch) => Ok(batch.iter().map(one).collect()),
        single => Ok(vec![Ok(one(&single)?)]),
    }
}

fn json(body: &[u8]) -> Result<Json, Error> {
    serde_json::from_slice(body).map_err(|error| decode::decode_error(&error.to_string()))
}
