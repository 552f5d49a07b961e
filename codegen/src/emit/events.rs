//! The objects that events carry. The document lists only the event names, as values of a webhook endpoint's filter;
//! with few exceptions the name identifies the object.

use super::ir::{Body, Ir, Shape, ShapeId, Type};
use super::names::Places;
use super::rust::full;
use super::words;
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Where the names are defined, and the file to write.
const OPERATION: &str = "PostWebhookEndpoints";
const PARAMETER: &str = "enabled_events";
pub const FILE: &str = "events.rs";

/// Event names, without their last word, that do not identify the object they carry.
const EXCEPTIONS: [(&str, &[&str]); 6] = [
    ("account.application", &["application"]),
    ("account.external_account", &["bank_account", "card"]),
    ("application_fee.refund", &["fee_refund"]),
    ("charge.dispute", &["dispute"]),
    ("charge.refund", &["refund"]),
    ("customer.source", &["bank_account", "card", "source"]),
];

/// Hand-written objects that occur only in events, so that no operation returns them.
const BY_HAND: [(&str, &str); 1] = [("application", "crate::webhook::Application")];

/// The objects of version 2 events, whose names are open.
const THIN: [&str; 3] = ["v2.core.account", "v2.core.account_person", "v2.core.event_destination"];

/// The enum of event names, if the document has one.
pub fn names(ir: &Ir) -> Option<ShapeId> {
    let request = ir.requests.iter().find(|request| request.operation_id == OPERATION)?;
    let field = request.fields.iter().find(|field| field.wire == PARAMETER)?;
    match &field.ty {
        Type::Vec(item) => match **item {
            Type::Shape(id) => Some(id),
            _ => None,
        },
        _ => None,
    }
}

/// The type for the objects in events, and the list of events with a typed object.
pub fn text(ir: &Ir, places: &Places) -> Result<Option<String>> {
    let Some(id) = names(ir) else { return Ok(None) };
    let (Some(Shape { body: Body::Enum(names), .. }), Some(place)) = (ir.shapes.get(id), places.get(&id))
    else {
        return Ok(None);
    };
    let objects = Objects::new(ir, places);
    let events: Vec<(&str, Vec<&str>)> = names
        .iter()
        .map(|name| (name.as_str(), objects.carried_by(name)))
        .filter(|(_, carried)| !carried.is_empty())
        .collect();
    objects.check(&events).map_err(|message| {
        let pointer = ir.shapes.get(id).map_or("", |shape| shape.pointer.as_str());
        Error::at("openapi/stripe.json", pointer, message)
    })?;
    let mut carried: BTreeSet<&str> =
        events.iter().flat_map(|(_, carried)| carried.iter().copied()).collect();
    carried.extend(THIN.iter().filter(|object| objects.live.contains_key(**object)));
    let mut out = String::from(
        "//! The events of this selection, with the objects that they carry.\n\ncrate::webhook::event_objects! {\n",
    );
    for (block, all, prefix) in [("live", &objects.live, ""), ("deleted", &objects.deleted, "deleted_")] {
        let _ = writeln!(out, "    {block} {{");
        for object in &carried {
            let Some(path) = all.get(*object) else { continue };
            let word = format!("{prefix}{}", object.replace('.', "_"));
            let _ = writeln!(out, "        {}({path}) {object:?} as_{word},", words::pascal(&word));
        }
        out.push_str("    }\n");
    }
    let names = full(place);
    let _ = writeln!(
        out,
        "}}\n\n/// Every event whose object is decoded to a specific type.\n\
         pub const EVENT_TYPES: &[{names}] = &["
    );
    for (name, _) in &events {
        let _ = writeln!(out, "{names}::{},", words::variant(name));
    }
    out.push_str(
        "];\n\n/// The events with their objects.\n#[cfg(test)]\n\
         pub(crate) const CARRIED: &[(&str, &[&str])] = &[\n",
    );
    for (name, carried) in &events {
        let _ = writeln!(out, "({name:?}, &{carried:?}),");
    }
    out.push_str("];\n");
    Ok(Some(out))
}

/// The types that have a constant `object` member, by that member.
struct Objects {
    live: BTreeMap<String, String>,
    deleted: BTreeMap<String, String>,
}

impl Objects {
    fn new(ir: &Ir, places: &Places) -> Self {
        let (mut live, mut deleted) = (BTreeMap::new(), BTreeMap::new());
        for (id, shape) in ir.shapes.iter().enumerate() {
            let (Body::Struct { fields, object }, Some(_), Some(place)) =
                (&shape.body, &shape.schema, places.get(&id))
            else {
                continue;
            };
            if object.is_empty() || shape.gone || !shape.in_reply {
                continue;
            }
            let remains = fields.iter().any(|field| field.wire == "deleted");
            let map = if remains { &mut deleted } else { &mut live };
            map.insert(object.clone(), full(place));
        }
        live.extend(BY_HAND.map(|(object, path)| (object.to_owned(), path.to_owned())));
        Self { live, deleted }
    }

    /// The objects that an event may carry; empty if none is in the selection.
    fn carried_by<'a>(&'a self, event: &str) -> Vec<&'a str> {
        let Some((about, _)) = event.rsplit_once('.') else { return Vec::new() };
        let known = |object: &str| self.live.get_key_value(object).map(|(object, _)| object.as_str());
        if let Some((_, objects)) = EXCEPTIONS.iter().find(|(exception, _)| *exception == about) {
            return objects.iter().filter_map(|object| known(object)).collect();
        }
        let spellings =
            [about.to_owned(), about.replacen("issuing_", "issuing.", 1), about.replace('.', "_")];
        spellings.iter().find_map(|object| known(object)).into_iter().collect()
    }

    /// Reports exceptions that no event needs.
    fn check(&self, events: &[(&str, Vec<&str>)]) -> std::result::Result<(), String> {
        for (about, objects) in EXCEPTIONS {
            let needed =
                events.iter().any(|(name, _)| name.rsplit_once('.').is_some_and(|(a, _)| a == about));
            // A small selection may lack all of the objects.
            if !needed && objects.iter().any(|object| self.live.contains_key(*object)) {
                return Err(format!(
                    "no event is about `{about}` anymore; remove it from the exceptions in emit/events.rs"
                ));
            }
        }
        Ok(())
    }
}
