//! Events that come by another way than a webhook: the envelopes of Amazon EventBridge and Azure Event Grid.

use super::{Event, Notification, decode};
use crate::{Error, Json};

/// An event of either kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delivery {
    /// With the object concerned.
    Event(Box<Event>),
    /// A thin one, of version 2.
    Notification(Box<Notification>),
}

impl Delivery {
    /// Reads an event of either kind **without** checking who sent it.
    ///
    /// # Errors
    /// [`Error::Decode`] if it is no event.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        if decode::is_thin(body)
            && let Ok(notification) = Notification::parse(body)
        {
            return Ok(Self::Notification(Box::new(notification)));
        }
        Ok(Self::Event(Box::new(Event::parse(body)?)))
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

/// Takes the events out of what Azure Event Grid delivers: one CloudEvent or a batch of them.
///
/// The envelope has no signature: Azure vouches for who published it, so this is for code that nobody else can call.
///
/// # Errors
/// [`Error::Decode`] if it is no such envelope or one of them holds no event.
pub fn from_event_grid(body: &[u8]) -> Result<Vec<Delivery>, Error> {
    let one = |envelope: &Json| match envelope.get("data") {
        Some(data) if envelope.get("specversion").is_some() => Delivery::from_json(data),
        _ => Err(decode::decode_error("not a CloudEvent: it has no `data` with its `specversion`")),
    };
    match json(body)? {
        Json::Array(batch) => batch.iter().map(one).collect(),
        single => Ok(vec![one(&single)?]),
    }
}

fn json(body: &[u8]) -> Result<Json, Error> {
    serde_json::from_slice(body).map_err(|error| decode::decode_error(&error.to_string()))
}
