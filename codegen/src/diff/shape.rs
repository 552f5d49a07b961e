//! The outer form of a schema: the part that determines its Rust type.

use serde_json::Value;

use crate::pointer;
use crate::walk::sorted;

/// A schema without its wrappers: an `anyOf` with one member, or the empty value that clears a field.
pub struct Shape<'a> {
    /// The alternatives; one for all but unions.
    pub members: Vec<&'a Value>,
    /// True when `null` is a value.
    pub nullable: bool,
    /// True when the empty string unsets the field.
    pub clearable: bool,
}

impl<'a> Shape<'a> {
    /// The shape of a schema.
    pub fn of(schema: &'a Value) -> Self {
        let mut shape = Shape { members: Vec::new(), nullable: false, clearable: false };
        shape.collect(schema);
        shape
    }

    fn collect(&mut self, schema: &'a Value) {
        self.nullable |= schema.get("nullable") == Some(&Value::Bool(true));
        let alternatives = ["anyOf", "oneOf"].iter().find_map(|keyword| schema.get(keyword)?.as_array());
        match alternatives {
            Some(alternatives) if schema.get("x-expansionResources").is_none() => {
                alternatives.iter().for_each(|alternative| self.collect(alternative));
            }
            _ if is_empty_value(schema) => self.clearable = true,
            _ => self.members.push(schema),
        }
    }

    /// The only member, if this is not a union.
    pub fn single(&self) -> Option<&'a Value> {
        match self.members.as_slice() {
            [member] => Some(member),
            _ => None,
        }
    }
}

fn is_empty_value(schema: &Value) -> bool {
    schema
        .get("enum")
        .and_then(Value::as_array)
        .is_some_and(|values| matches!(values.as_slice(), [value] if value == ""))
}

/// Describes the kind of value that a schema allows.
pub fn describe(schema: &Value) -> String {
    let shape = Shape::of(schema);
    match shape.single() {
        Some(member) => describe_member(member),
        None if shape.members.is_empty() => "the empty string".to_owned(),
        None => "a union".to_owned(),
    }
}

/// Like [`describe`], for a member of a shape. Also used to pair the members of two unions.
pub fn describe_member(member: &Value) -> String {
    let text = |key: &str| member.get(key).and_then(Value::as_str);
    let secret = if text("x-secret") == Some("secret") { "a secret: " } else { "" };
    let kind = if let Some(name) = pointer::ref_name(member) {
        format!("`{name}`")
    } else if let Some(expansion) = member.get("x-expansionResources") {
        expandable(expansion)
    } else if let Some(resource) = text("x-id") {
        format!("an id of `{resource}`")
    } else if member.get("enum").is_some() {
        format!("one of a list of {}s", text("type").unwrap_or("value"))
    } else {
        match (text("type"), text("format")) {
            (Some("array"), _) => {
                format!("a list of {}", member.get("items").map_or("anything".into(), describe))
            }
            (Some("object"), _) | (None, _) => object(member),
            (Some(kind), Some(format)) => format!("{kind} ({format})"),
            (Some(kind), None) => kind.to_owned(),
        }
    };
    format!("{secret}{kind}")
}

fn expandable(expansion: &Value) -> String {
    let targets = expansion.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let mut names: Vec<String> =
        targets.filter_map(pointer::ref_name).map(|name| format!("`{name}`")).collect();
    names.sort();
    if names.is_empty() {
        "an expandable id".to_owned()
    } else {
        format!("an expandable id of {}", names.join(", "))
    }
}

fn object(member: &Value) -> String {
    let has_properties = sorted(member.get("properties")).next().is_some();
    match member.get("additionalProperties").filter(|values| values.is_object()) {
        Some(values) if !has_properties => format!("a map of {}", describe(values)),
        _ if has_properties => "an object".to_owned(),
        _ => "any JSON".to_owned(),
    }
}
