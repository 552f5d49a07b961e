//! Tests of all generated code: instances built from the trimmed document are passed through every request and every
//! reply.

pub(crate) mod compatibility;
pub(crate) mod dump;
pub(crate) mod equality;
#[cfg(feature = "webhook")]
pub(crate) mod events;
pub(crate) mod instance;
pub(crate) mod names;
pub(crate) mod parts;
pub(crate) mod replies;
pub(crate) mod requests;
pub(crate) mod rules;
pub(crate) mod tree;

use crate::wire::WireType;
use crate::{Client, Exposed, Prepared, Request};
use serde_json::Value as Json;
use std::fmt::Debug;
use std::sync::LazyLock;

/// The trimmed document, without untyped members.
pub(crate) static DOCUMENT: LazyLock<Json> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/stripe.json");
    let text = std::fs::read_to_string(path).expect("the trimmed document is there");
    let mut document = serde_json::from_str(&text).expect("the trimmed document is JSON");
    drop_untyped(&mut document);
    document
});

/// Removes the members that the selection leaves untyped.
fn drop_untyped(json: &mut Json) {
    const MARK: &str = "x-untyped";
    match json {
        Json::Object(members) => {
            let mut gone = Vec::new();
            if let Some(Json::Object(properties)) = members.get_mut("properties") {
                properties.retain(|name, property| {
                    let stays = property.get(MARK).is_none();
                    if !stays {
                        gone.push(name.clone());
                    }
                    stays
                });
            }
            if let Some(Json::Array(required)) = members.get_mut("required") {
                required.retain(|name| !gone.iter().any(|gone| name == gone.as_str()));
            }
            if let Some(Json::Array(parameters)) = members.get_mut("parameters") {
                parameters.retain(|parameter| parameter["schema"].get(MARK).is_none());
            }
            members.values_mut().for_each(drop_untyped);
        }
        Json::Array(items) => items.iter_mut().for_each(drop_untyped),
        _ => {}
    }
}

/// Builds a request from JSON parameters; returns its debug text and wire form.
pub(crate) type Sent = fn(&Client, Json) -> Result<(String, Prepared), String>;

/// Decodes a reply; returns its debug text and its serialized JSON.
pub(crate) type Reply = fn(&[u8]) -> Result<(String, Json), String>;

/// The debug text of a struct of required parameters, built from JSON of the whole object.
pub(crate) type Shown = fn(Json) -> String;

#[track_caller]
pub(crate) fn read<T: for<'de> serde::Deserialize<'de>>(json: Json) -> T {
    let text = json.to_string();
    serde_json::from_value(json).unwrap_or_else(|e| panic!("{e}: {text}"))
}

pub(crate) fn sent<R>(client: &Client, parameters: Json) -> Result<(String, Prepared), String>
where
    R: Request + for<'de> serde::Deserialize<'de> + Debug,
{
    let request: R = serde_json::from_value(parameters).map_err(|e| e.to_string())?;
    let prepared = client.prepare(&request).map_err(|e| e.to_string())?;
    Ok((format!("{request:?}"), prepared))
}

pub(crate) fn reply<T: WireType + Debug>(bytes: &[u8]) -> Result<(String, Json), String> {
    let value: T = crate::wire::decode::from_slice(bytes)?;
    let json = serde_json::to_value(Exposed(&value)).map_err(|e| e.to_string())?;
    Ok((format!("{value:?}"), json))
}

/// The first difference between two values.
fn difference(path: &str, a: &Json, b: &Json) -> Option<String> {
    match (a, b) {
        (Json::Object(x), Json::Object(y)) => x
            .keys()
            .chain(y.keys())
            .find_map(|name| difference(&format!("{path}.{name}"), &a[name.as_str()], &b[name.as_str()])),
        (Json::Array(x), Json::Array(y)) if x.len() == y.len() => x
            .iter()
            .zip(y)
            .enumerate()
            .find_map(|(index, (x, y))| difference(&format!("{path}[{index}]"), x, y)),
        _ => (a != b).then(|| format!("{path}: {a} against {b}")),
    }
}

#[track_caller]
pub(crate) fn assert_same(name: &str, written: &Json, read: &Json) {
    if written != read {
        let place = difference("", written, read).unwrap_or_else(|| "null and an absent member".to_owned());
        panic!("{name}: {place}");
    }
}
