//! Removes parameters that are not in the document, for sandboxes that do not reject them.

use super::form::Node;
use super::operation::{Operation, Parameters};
use super::{alternatives, resolve};
use crate::engine::Json;
use std::collections::BTreeMap;

/// Removes the parameters that an operation does not have. Returns their names, such as `a[b]`.
pub fn drop_unknown(operation: &'static Operation, sent: &mut Node) -> Vec<String> {
    let Node::Map(members) = sent else { return Vec::new() };
    let mut known: BTreeMap<&str, &'static Json> = operation.query.iter().copied().collect();
    if let Parameters::Body(schema) = operation.body {
        let properties = resolve(schema).get("properties").and_then(Json::as_object);
        known.extend(properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema)));
    }
    let mut dropped = Vec::new();
    members.retain(|name, node| match known.get(name.as_str()) {
        Some(schema) => {
            inside(schema, node, name, &mut dropped);
            true
        }
        None => {
            dropped.push(name.clone());
            false
        }
    });
    dropped
}

fn inside(schema: &'static Json, node: &mut Node, param: &str, dropped: &mut Vec<String>) {
    let schemas = options(schema);
    if let Some(items) = schemas.iter().find_map(|schema| schema.get("items")) {
        match node {
            Node::List(elements) => {
                for (index, element) in elements.iter_mut().enumerate() {
                    inside(items, element, &format!("{param}[{index}]"), dropped);
                }
            }
            Node::Map(elements) => {
                for (index, element) in elements {
                    inside(items, element, &format!("{param}[{index}]"), dropped);
                }
            }
            Node::Text(_) | Node::Scalar(_) => {}
        }
        return;
    }
    let Node::Map(members) = node else { return };
    let objects: Vec<&'static Json> =
        schemas.into_iter().filter(|schema| schema.get("properties").is_some()).collect();
    if objects.is_empty() {
        return;
    }
    members.retain(|name, node| {
        let inner = format!("{param}[{name}]");
        let property = objects.iter().find_map(|schema| {
            let listed = schema.get("properties")?.get(name);
            listed.or_else(|| schema.get("additionalProperties").filter(|values| values.is_object()))
        });
        match property {
            Some(property) => inside(property, node, &inner, dropped),
            None => dropped.push(inner),
        }
        property.is_some()
    });
}

/// The alternatives of a schema.
fn options(schema: &'static Json) -> Vec<&'static Json> {
    let schema = resolve(schema);
    match alternatives(schema) {
        Some(each) => each.iter().flat_map(options).collect(),
        None => vec![schema],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{form, operation, parameters};

    #[test]
    fn unknown_parameters_are_dropped_at_every_depth() {
        for (id, sent, rest, expected) in [
            ("PostTopups", "amount=1&currency=usd&shiny=1", "amount=1&currency=usd", vec!["shiny"]),
            (
                "PostIssuingCards",
                "currency=usd&type=virtual&spending_controls[new][0]=a&spending_controls[spending_limits][0][amount]=5\
                 &spending_controls[spending_limits][0][interval]=daily&spending_controls[spending_limits][0][odd]=1",
                "currency=usd&type=virtual&spending_controls[spending_limits][0][amount]=5\
                 &spending_controls[spending_limits][0][interval]=daily",
                vec!["spending_controls[new]", "spending_controls[spending_limits][0][odd]"],
            ),
            (
                "PostTopups",
                "amount=1&currency=usd&metadata[any]=1",
                "amount=1&currency=usd&metadata[any]=1",
                vec![],
            ),
            (
                "GetTopups",
                "limit=1&created[gte]=1&created[odd]=2",
                "limit=1&created[gte]=1",
                vec!["created[odd]"],
            ),
        ] {
            let operation = operation(id).expect("the operation is in the document");
            let mut node = form(sent.as_bytes()).expect("a form");
            assert_eq!(drop_unknown(operation, &mut node), expected, "{sent}");
            let rest = form(rest.as_bytes()).expect("a form");
            assert_eq!(node.canonical(), rest.canonical(), "{sent}");
            assert!(parameters(operation, &node).is_ok(), "{sent}");
        }
    }
}
