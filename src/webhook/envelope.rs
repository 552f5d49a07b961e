//! Events that come by another way than a webhook: the envelopes of Amazon EventBridge and Azure Event Grid.

use super::{Event, EventNotification, decode};
use crate::{Error, Json};

/// An event of either kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delivery {
    /// With the object concerned.
    Event(Box<Event>),
    /// A thin one, of version 2.
    EventNotification(Box<EventNotification>),
}

impl Delivery {
    /// Reads an event of either kind **without** checking who sent it.
    ///
    /// # Errors
    /// [`Error::Decode`] if it is no event.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        Ok(if decode::is_thin(body) {
            Self::EventNotification(Box::new(EventNotification::parse(body)?))
        } else {
            Self::Event(Box::new(Event::parse(body)?))
        })
    }

    /// The identifier that Stripe gave the event.
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

/// Takes an event out of what Amazon EventBridge delivers.
///
/// The envelope has no signature: AWS vouches for who put it onto the bus, so this is for code that nobody else can call.
///
/// # Errors
/// [`Error::Decode`] if it is no such envelope or holds no event.
pub fn from_event_bridge(body: &[u8]) -> Result<Delivery, Error> {
    let envelope = json(body)?;
    match envelope.get("detail") {
        Some(detail) if envelope.get("detail-type").is_some() => Delivery::from_json(detail),
        _ => Err(decode::decode_error(
            "not an envelope of EventBridge: it has no `detail` with its `detail-type`",
        )),
    }
}

/// Takes the events out of what Azure Event Grid delivers: one CloudEvent or a batch of them. One of a batch that holds no
/// event is an error in its place ([`Error::Decode`]), and the others are there.
///
/// The envelope has no signature: Azure vouches for who published it, so this is for code that nobody else can call.
///
/// # Errors
/// [`Error::Decode`] if the body is neither a CloudEvent nor a batch.
pub fn from_event_grid(body: &[u8]) -> Result<Vec<Result<Delivery, Error>>, Error> {
    let one = |envelope: &Json| match envelope.get("data") {
        Some(data) if envelope.get("specversion").is_some() => Delivery::from_json(data),
        _ => Err(decode::decode_error("not a CloudEvent: it has no `data` with its `specversion`")),
    };
    match json(body)? {
        Json::Array(batch) => Ok(batch.iter().map(one).collect()),
        single => Ok(vec![Ok(one(&single)?)]),
    }
}

fn json(body: &[u8]) -> Result<Json, Error> {
    serde_json::from_slice(body).map_err(|error| decode::decode_error(&error.to_string()))
}
