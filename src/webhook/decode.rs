//! Reads an event in one pass: its object is decoded straight into the type that the object's own `object` member tells.
//! What does not fit is read again, as JSON, of which nothing is lost.

use super::EventObject;
use crate::account::Account;
use crate::v2::core;
use crate::wire::decode::{fill_fast, fill_from};
use crate::wire::macros::record;
use crate::wire::{RecordMut, Scalar, WireType as _};
use crate::{DateTime, DecodeError, Error, Id, Json, Timestamp, UnknownFields, event};
use std::collections::BTreeMap;

/// The `object` member of an event, and that of a thin one.
const EVENT: &str = "event";
const THIN: &str = "v2.core.event";

/// Without these, nothing is an event of either kind.
const NEEDED: [&str; 3] = ["id", "type", "created"];

type Members = BTreeMap<String, Json>;

/// An event.
#[derive(Clone, PartialEq)]
pub(crate) struct Envelope {
    pub account: Option<Id<Account>>,
    pub api_version: Option<String>,
    pub context: Option<String>,
    pub created: Timestamp,
    pub data: Data,
    pub id: Id<event::Event>,
    pub livemode: bool,
    pub pending_webhooks: Option<i64>,
    pub request: Option<event::EventRequest>,
    pub kind: crate::webhook::EventType,
    pub extra: UnknownFields,
}

record! {
    Envelope, "event", extra {
        account "account" NULLABLE,
        api_version "api_version" NULLABLE,
        context "context" NULLABLE,
        created "created" REQUIRED,
        data "data",
        id "id" REQUIRED,
        livemode "livemode",
        pending_webhooks "pending_webhooks" NULLABLE,
        request "request" NULLABLE,
        kind "type" REQUIRED,
    }
}

/// `data` of an event.
#[derive(Clone, PartialEq)]
pub(crate) struct Data {
    pub object: EventObject,
    pub previous_attributes: Option<Json>,
    pub extra: UnknownFields,
}

record! {
    Data, "", extra {
        object "object" REQUIRED,
        previous_attributes "previous_attributes" NULLABLE,
    }
}

/// Reads an event.
pub(crate) fn event(body: &[u8]) -> Result<Envelope, Error> {
    let mut envelope = Envelope::empty();
    if fill_fast(&mut envelope, body) {
        return Ok(envelope);
    }
    read_as_json(body).map_err(|said| explain(body, &said))
}

/// Reads what is an event in spite of members that are not as they are today.
fn read_as_json(body: &[u8]) -> Result<Envelope, String> {
    let mut members = members(body)?;
    let mut envelope = Envelope::empty();
    match members.remove("data") {
        Some(Json::Object(members)) => envelope.data = Data::of(members),
        Some(Json::Null) | None => {}
        Some(other) => envelope.extra.insert("data".to_owned(), other),
    }
    // Only the id of the request, before version 2017-05-25 of the API.
    if let Some(id) = members.get("request").and_then(Json::as_str).map(str::to_owned) {
        members.remove("request");
        envelope.request = Some(event::EventRequest { id: Some(id), ..event::EventRequest::empty() });
    }
    fill_roughly(&mut envelope, members)?;
    Ok(envelope)
}

impl Data {
    fn of(mut members: Members) -> Self {
        let mut data = Self::empty();
        data.object = EventObject::from_json(members.remove("object").unwrap_or_default());
        data.previous_attributes = members.remove("previous_attributes").filter(|json| !json.is_null());
        members.into_iter().for_each(|(name, json)| data.extra.insert(name, json));
        data
    }
}

/// Reads a thin event, and whether it says that its data is live.
pub(crate) fn thin_event(body: &[u8]) -> Result<(core::event::Event, Option<bool>), Error> {
    let mut event = core::event::Event::empty();
    if fill_fast(&mut event, body) {
        let livemode = event.livemode;
        return Ok((event, Some(livemode)));
    }
    read_thin_as_json(body).map_err(|said| explain_thin(body, &said))
}

fn read_thin_as_json(body: &[u8]) -> Result<(core::event::Event, Option<bool>), String> {
    let mut members = members(body)?;
    let livemode = members.get("livemode").and_then(Json::as_bool);
    // Unix seconds, as in version 1.
    if let Some(seconds) = members.get("created").and_then(Json::as_i64) {
        let time = DateTime::from(Timestamp::new(seconds));
        members.insert("created".to_owned(), time.as_str().into());
    }
    let mut event = core::event::Event::empty();
    fill_roughly(&mut event, members)?;
    Ok((event, livemode))
}

fn members(body: &[u8]) -> Result<Members, String> {
    match serde_json::from_slice(body) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(_) => Err("expected an event, found other JSON".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Fills a record of which all may be anything but what every event needs. What does not fit is kept as JSON.
fn fill_roughly(record: &mut dyn RecordMut, members: Members) -> Result<(), String> {
    let table = record.table();
    if members.get("object").is_some_and(|object| object != table.object) {
        return Err(format!("object: expected `{}`", table.object));
    }
    if let Some(name) = NEEDED.iter().find(|name| !members.contains_key(**name)) {
        return Err(format!("the required member `{name}` of an event is missing"));
    }
    for (name, json) in members {
        if name == "object" {
            continue;
        }
        let is_needed = NEEDED.contains(&name.as_str());
        if let Some(field) = table.index(&name, 0).and_then(|index| record.field_mut(index)) {
            if json.is_null() && !is_needed {
                continue;
            }
            match fill_from(field, &json) {
                Ok(()) => continue,
                Err(error) if is_needed => return Err(format!("{name}: {error}")),
                // It may be half filled.
                Err(_) => {
                    let _ = field.put(Scalar::Null);
                }
            }
        }
        if let Some(extra) = record.extra_mut() {
            extra.insert(name, json);
        }
    }
    Ok(())
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
fn explain_thin(body: &[u8], said: &str) -> Error {
    let said = match kind(body).as_deref() {
        Some(EVENT) => {
            "this is a snapshot event, not a thin one: read it with `Verifier::event` or `Event::parse`"
        }
        _ => said,
    };
    decode_error(said)
}

pub(crate) fn decode_error(said: &str) -> Error {
    Error::Decode(Box::new(DecodeError::new(said)))
}

/// The `object` member of a body.
fn kind(body: &[u8]) -> Option<String> {
    let json: Json = serde_json::from_slice(body).ok()?;
    json.get("object")?.as_str().map(str::to_owned)
}

/// Whether a body is a thin event.
pub(crate) fn is_thin(body: &[u8]) -> bool {
    // Most bodies do not even speak of one, and need no parsing.
    speaks_of_thin(body) && kind(body).as_deref() == Some(THIN)
}

/// Whether a body may be a thin event. It may be anything, from anyone, so it is not parsed.
fn speaks_of_thin(body: &[u8]) -> bool {
    body.windows(THIN.len()).any(|window| window == THIN.as_bytes())
}
