//! `null` in requests of API v2 that change an object: it unsets a member, even if the document does not allow
//! `null` for it.

use super::form::Node;
use super::operation::{Operation, Parameters};
use super::resolve;
use crate::engine::{Json, set};

/// The operations in which `null` unsets a member.
const CLEARING: [&str; 2] = ["PostV2CoreAccountsId", "PostV2CoreAccountsAccountIdPersonsId"];

/// Removes members that are `null` from the parameters, and returns their paths. Members that the document does not
/// have are kept, so that validation refuses them by name.
pub(super) fn take_nulls(operation: &'static Operation, sent: &mut Node) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    if let Parameters::Body(schema) = operation.body
        && CLEARING.contains(&operation.id)
    {
        walk(schema, sent, &mut Vec::new(), &mut found);
    }
    found
}

fn walk(schema: &'static Json, node: &mut Node, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let properties = resolve(schema).get("properties").and_then(Json::as_object);
    let (Node::Map(members), Some(properties)) = (node, properties) else { return };
    members.retain(|name, member| {
        let Some(property) = properties.get(name) else { return true };
        path.push(name.clone());
        let is_null = *member == Node::Scalar(Json::Null);
        if is_null {
            found.push(path.clone());
        } else {
            walk(property, member, path, found);
        }
        path.pop();
        !is_null
    });
}

/// Puts the members back that were taken out.
pub(super) fn put_nulls(mut params: Json, paths: Vec<Vec<String>>) -> Json {
    for path in paths {
        put(&mut params, &path);
    }
    params
}

fn put(object: &mut Json, path: &[String]) {
    match path {
        [] => {}
        [last] => set(object, last, Json::Null),
        [first, rest @ ..] => {
            if object.get(first).is_none() {
                set(object, first, Json::Object(serde_json::Map::new()));
            }
            if let Some(member) = object.get_mut(first) {
                put(member, rest);
            }
        }
    }
}
