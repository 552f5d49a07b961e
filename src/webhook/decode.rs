//! Reads an event in one pass. Its object is decoded straight into its type, which the object's own `object` member
//! tells; that it stands behind the id is the only thing that is read ahead.

use super::EventObject;
use crate::account::Account;
use crate::wire::decode::fill_from;
use crate::wire::macros::record;
use crate::{DecodeError, Error, Extra, Id, Json, Timestamp, event};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::vec::IntoIter;

/// The `object` member of an event, and that of a thin one.
const EVENT: &str = "event";
const THIN: &str = "v2.core.event";

/// An event without its `data`.
#[derive(Clone, PartialEq)]
pub(super) struct Envelope {
    pub account: Option<Id<Account>>,
    pub api_version: Option<String>,
    pub context: Option<String>,
    pub created: Timestamp,
    pub id: Id<event::Event>,
    pub livemode: bool,
    pub pending_webhooks: Option<i64>,
    pub request: Option<event::EventRequest>,
    pub kind: super::EventType,
    pub extra: Extra,
}

record!(
    Envelope, "event", extra; 0 account "account" NULLABLE, 1 api_version "api_version" NULLABLE, 2 context "context"
    NULLABLE, 3 created "created" REQUIRED, 4 id "id" REQUIRED, 5 livemode "livemode" REQUIRED, 6 pending_webhooks
    "pending_webhooks" NULLABLE, 7 request "request" NULLABLE, 8 kind "type" REQUIRED
);

/// `data` of an event.
#[derive(Default)]
pub(super) struct Data {
    pub object: Option<EventObject>,
    pub previous_attributes: Option<Json>,
}

/// Reads an event.
pub(super) fn event(body: &[u8]) -> Result<(Envelope, Data), Error> {
    // Only an object that does not fit its type is worth a second pass, which keeps it as JSON.
    read(body, true).or_else(|_| read(body, false)).map_err(|error| explain(body, &error.to_string()))
}

fn read(body: &[u8], typed: bool) -> Result<(Envelope, Data), serde_json::Error> {
    let mut envelope: Envelope = crate::wire::Typed::empty();
    let mut data = Data::default();
    let mut reader = serde_json::Deserializer::from_slice(body);
    reader.deserialize_map(EnvelopeVisitor { envelope: &mut envelope, data: &mut data, typed })?;
    reader.end()?;
    if data.object.is_none() {
        return Err(serde_json::Error::custom("data: the required member `object` is missing"));
    }
    Ok((envelope, data))
}

/// The error for what is no event. The usual mistake is one of two kinds of events in the place of the other.
fn explain(body: &[u8], said: &str) -> Error {
    let said = match kind(body).as_deref() {
        Some(THIN) => {
            "this is a thin event of version 2: read it with `Verifier::notification` or `Notification::parse`"
        }
        _ => said,
    };
    decode_error(said)
}

/// The error for what is no thin event.
pub(super) fn explain_thin(body: &[u8], said: &str) -> Error {
    let said = match kind(body).as_deref() {
        Some(EVENT) => {
            "this is a snapshot event, not a thin one: read it with `Verifier::event` or `Event::parse`"
        }
        _ => said,
    };
    decode_error(said)
}

pub(super) fn decode_error(said: &str) -> Error {
    Error::Decode(Box::new(DecodeError::new(said)))
}

/// The `object` member of a body.
fn kind(body: &[u8]) -> Option<String> {
    let json: Json = serde_json::from_slice(body).ok()?;
    json.get("object")?.as_str().map(str::to_owned)
}

/// Whether a body looks like a thin event. It may be anything, from anyone, so it is not parsed.
pub(super) fn is_thin(body: &[u8]) -> bool {
    body.windows(THIN.len()).any(|window| window == THIN.as_bytes())
}

struct EnvelopeVisitor<'a> {
    envelope: &'a mut Envelope,
    data: &'a mut Data,
    typed: bool,
}

impl<'de> Visitor<'de> for EnvelopeVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        let rest = WithoutData { members, data: self.data, typed: self.typed };
        fill_from(self.envelope, MapAccessDeserializer::new(rest))
    }
}

/// The members of an event, `data` taken out on the way.
struct WithoutData<'a, A> {
    members: A,
    data: &'a mut Data,
    typed: bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutData<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.members.next_key_seed(Text)? {
            if name == "data" {
                self.members.next_value_seed(DataSeed { data: &mut *self.data, typed: self.typed })?;
            } else {
                return seed.deserialize(StrDeserializer::new(&name)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.members.next_value_seed(seed)
    }
}

struct DataSeed<'a> {
    data: &'a mut Data,
    typed: bool,
}

impl<'de> DeserializeSeed<'de> for DataSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DataSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data of an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key_seed(Text)? {
            match &*name {
                "object" if self.typed => self.data.object = Some(members.next_value_seed(ObjectSeed)?),
                "object" => self.data.object = Some(EventObject::from_json(members.next_value()?)),
                "previous_attributes" => self.data.previous_attributes = members.next_value()?,
                _ => drop(members.next_value::<serde::de::IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Decodes the object into the type that it names.
struct ObjectSeed;

impl<'de> DeserializeSeed<'de> for ObjectSeed {
    type Value = EventObject;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<EventObject, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed {
    type Value = EventObject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<EventObject, A::Error> {
        let mut before = Vec::new();
        let mut kind = None;
        while let Some(name) = members.next_key_seed(Text)? {
            let json: Json = members.next_value()?;
            if name == "object" && json.is_string() {
                kind = Some(json);
                break;
            }
            before.push((name, json));
        }
        let known = kind.as_ref().and_then(Json::as_str).and_then(EventObject::empty_of);
        let Some(mut object) = known else {
            let before = before.into_iter().map(|(name, json)| (name.into_owned(), json));
            let mut all: serde_json::Map<_, _> = before.collect();
            all.extend(kind.map(|kind| ("object".to_owned(), kind)));
            while let Some((name, value)) = members.next_entry()? {
                all.insert(name, value);
            }
            return Ok(EventObject::Unknown(Json::Object(all)));
        };
        let all = Resumed { before: before.into_iter(), value: None, rest: members };
        fill_from(object.value_mut(), MapAccessDeserializer::new(all))?;
        Ok(object)
    }
}

/// The members of an object of which the first were read already.
struct Resumed<'de, A> {
    before: IntoIter<(Cow<'de, str>, Json)>,
    value: Option<Json>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Resumed<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.before.next() {
            Some((name, value)) => {
                self.value = Some(value);
                seed.deserialize(StrDeserializer::new(&name)).map(Some)
            }
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(A::Error::custom),
            None => self.rest.next_value_seed(seed),
        }
    }
}

/// A name, borrowed where the text has it as it is.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
