//! Decodes an event in one pass: its object is decoded directly into the type named by the object's `object` member.
//! If that fails, the body is decoded again as JSON, without loss.

use super::EventObject;
use crate::account::Account;
use crate::v2::core;
use crate::wire::decode::{fill_fast, fill_from};
use crate::wire::macros::record;
use crate::wire::{DecodeField, FieldTable, RecordMut, Scalar, WireType as _};
use crate::{DateTime, DecodeError, Error, Id, Json, Timestamp, UnknownFields, event};
use std::collections::BTreeMap;

/// The `object` member of snapshot events, and that of thin events.
const EVENT: &str = "event";
const THIN: &str = "v2.core.event";

/// Required members of both kinds of events.
const NEEDED: [&str; 3] = ["id", "type", "created"];

type Members = BTreeMap<String, Json>;

/// The envelope of an event.
#[derive(Clone)]
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

/// The `data` of an event.
#[derive(Clone)]
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

/// Decodes an event.
pub(crate) fn event(body: &[u8]) -> Result<Envelope, Error> {
    let mut envelope = Envelope::empty();
    if fill_fast(&mut envelope, body) {
        return Ok(envelope);
    }
    read_as_json(body).map_err(|said| explain(body, &said))
}

/// Decodes an event despite members with unexpected types.
fn read_as_json(body: &[u8]) -> Result<Envelope, String> {
    let mut members = members(body)?;
    let mut envelope = Envelope::empty();
    match members.remove("data") {
        Some(Json::Object(members)) => envelope.data = Data::of(members),
        Some(Json::Null) | None => {}
        Some(other) => envelope.extra.insert("data".to_owned(), other),
    }
    // Before API version 2017-05-25, only the id of the request.
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

/// Decodes a thin event, and whether its data is live, if stated.
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

/// Fills a record in which only the members required in every event must be valid. Others that do not match are kept
/// as JSON.
fn fill_roughly(record: &mut dyn RecordMut, members: Members) -> Result<(), String> {
    let table = record.table();
    if members.get("object").is_some_and(|object| object != table.object) {
        return Err(format!("object: expected `{}`", table.object));
    }
    if let Some(name) = NEEDED.iter().find(|name| !members.contains_key(**name)) {
        return Err(format!("the required member `{name}` of an event is missing"));
    }
    let (mut members, mut done) = (Some(members), Ok(()));
    record.visit_mut(&mut |fields, extra| {
        if let Some(members) = members.take() {
            done = fill_fields_roughly(table, fields, extra, members);
        }
    });
    done
}

fn fill_fields_roughly(
    table: &FieldTable,
    fields: &mut [&mut dyn DecodeField],
    mut extra: Option<&mut UnknownFields>,
    members: Members,
) -> Result<(), String> {
    for (name, json) in members {
        if name == "object" {
            continue;
        }
        let is_needed = NEEDED.contains(&name.as_str());
        if let Some(field) = table.index(&name, 0).and_then(|index| fields.get_mut(index)) {
            if json.is_null() && !is_needed {
                continue;
            }
            match fill_from(*field, &json) {
                Ok(()) => continue,
                Err(error) if is_needed => return Err(format!("{name}: {error}")),
                // It may be partially filled.
                Err(_) => {
                    let _ = field.put(Scalar::Null);
                }
            }
        }
        if let Some(extra) = extra.as_deref_mut() {
            extra.insert(name, json);
        }
    }
    Ok(())
}

/// The error for a body that is not an event. A common mistake is to mix up the two kinds of events.
fn explain(body: &[u8], said: &str) -> Error {
    let said = match kind(body).as_deref() {
        Some(THIN) => {
            "this is a thin event of version 2: use `Verifier::notification` or `EventNotification::parse`"
        }
        _ => said,
    };
    decode_error(said)
}

/// The error for a body that is not a thin event.
fn explain_thin(body: &[u8], said: &str) -> Error {
    let said = match kind(body).as_deref() {
        Some(EVENT) => "this is a snapshot event, not a thin event: use `Verifier::event` or `Event::parse`",
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
    // Most bodies do not mention a thin event and need no parsing.
    speaks_of_thin(body) && kind(body).as_deref() == Some(THIN)
}

/// Whether a body may be a thin event. The body is not trusted yet, so it is not parsed.
fn speaks_of_thin(body: &[u8]) -> bool {
    body.windows(THIN.len()).any(|window| window == THIN.as_bytes())
}
