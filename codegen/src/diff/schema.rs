//! Compares two schemas in one role. A request breaks when it requires more, a reply when it returns less.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::shape::{Shape, describe, describe_member};
use super::{Changes, Weight, code, remarks};
use crate::walk::{Role, sorted};

/// A comparison of the schemas of one operation or object.
pub struct Comparison<'a> {
    /// Sent or received.
    pub role: Role,
    /// The heading under which changes are listed.
    pub group: &'a str,
    /// Collects the changes.
    pub changes: &'a mut Changes,
}

/// A member on one side, and whether it is always present.
type Side<'v> = (Option<&'v Value>, bool);

impl Comparison<'_> {
    /// Compares the schemas at a dotted path; null means that the schema is absent.
    pub fn schemas(&mut self, path: &str, old: &Value, new: &Value) {
        let (old_shape, new_shape) = (Shape::of(old), Shape::of(new));
        let unset = old.is_null() || new.is_null();
        if !unset && (describe(old) != describe(new)) {
            let text = format!("{}: was {}, is {}", self.name(path), describe(old), describe(new));
            self.add(Weight::Breaking, text);
            return;
        }
        self.settings(path, &old_shape, &new_shape);
        if let (Some(old), Some(new)) = (old_shape.single(), new_shape.single()) {
            self.members_of(path, old, new);
        } else {
            self.unions(path, &old_shape, &new_shape);
        }
        if !path.is_empty() {
            self.marks(path, old, new);
        }
    }

    /// Compares a property or parameter that may be absent on one side.
    pub fn member(&mut self, path: &str, old: Side<'_>, new: Side<'_>) {
        match (old, new) {
            ((None, _), (None, _)) => {}
            ((Some(_), _), (None, _)) => self.add(Weight::Breaking, format!("{} is gone", self.name(path))),
            ((None, _), (Some(schema), required)) => {
                let kind = describe(schema);
                let text = format!("{} is new: {kind}", self.name(path));
                match self.role {
                    Role::Request if required => self.add(Weight::Breaking, format!("{text}, required")),
                    _ => self.add(Weight::Addition, text),
                }
            }
            ((Some(old), was_required), (Some(new), is_required)) => {
                match self.role {
                    Role::Request => self.sent(path, was_required, is_required),
                    Role::Response => self.received(path, (old, was_required), (new, is_required)),
                }
                self.schemas(path, old, new);
            }
        }
    }

    fn sent(&mut self, path: &str, was_required: bool, is_required: bool) {
        let name = self.name(path);
        match (was_required, is_required) {
            (false, true) => self.add(Weight::Breaking, format!("{name} is now required")),
            // A required parameter is an argument of `new`, an optional one has a setter.
            (true, false) => {
                self.add(Weight::Breaking, format!("{name} is now optional: a setter instead of an argument"))
            }
            _ => {}
        }
    }

    fn received(&mut self, path: &str, old: (&Value, bool), new: (&Value, bool)) {
        let sure = |(schema, required): (&Value, bool)| (required, Shape::of(schema).nullable);
        let (old, new) = (sure(old), sure(new));
        let name = self.name(path);
        match ((old == (true, false)), (new == (true, false))) {
            (true, false) => {
                let how = if new.1 { "null" } else { "absent" };
                self.add(Weight::Breaking, format!("{name} can now be {how}"));
            }
            (false, true) => {
                self.add(Weight::Breaking, format!("{name} is now always present: no longer an `Option`"))
            }
            _ if old != new => {
                let words = |(required, nullable)| match (required, nullable) {
                    (false, true) => "absent or null",
                    (false, false) => "absent",
                    _ => "null",
                };
                self.add(Weight::Other, format!("{name} can be {}, was {}", words(new), words(old)));
            }
            _ => {}
        }
    }

    /// Compares the special values that a request may set a field to: null, empty.
    fn settings(&mut self, path: &str, old: &Shape<'_>, new: &Shape<'_>) {
        if self.role != Role::Request {
            return;
        }
        let name = self.name(path);
        for (was, is, what) in [
            (old.nullable, new.nullable, "be null"),
            (old.clearable, new.clearable, "be cleared with the empty value"),
        ] {
            match (was, is) {
                (true, false) => self.add(Weight::Breaking, format!("{name} can no longer {what}")),
                (false, true) => self.add(Weight::Addition, format!("{name} can {what}")),
                _ => {}
            }
        }
    }

    /// Compares two schemas of the same outer form.
    fn members_of(&mut self, path: &str, old: &Value, new: &Value) {
        self.limits(path, old, new);
        self.values(path, old, new);
        self.properties(path, old, new);
        for (keyword, mark) in [("items", "[]"), ("additionalProperties", "{}")] {
            let inner = |schema: &Value| schema.get(keyword).filter(|inner| inner.is_object()).cloned();
            if let (Some(old), Some(new)) = (inner(old), inner(new)) {
                self.schemas(&format!("{path}{mark}"), &old, &new);
            }
        }
    }

    fn properties(&mut self, path: &str, old: &Value, new: &Value) {
        let names: BTreeSet<&str> = [old, new]
            .into_iter()
            .flat_map(|schema| sorted(schema.get("properties")))
            .map(|(name, _)| name)
            .collect();
        for name in names {
            let side = |schema| side_of(schema, name);
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            self.member(&path, side(old), side(new));
        }
    }

    fn limits(&mut self, path: &str, old: &Value, new: &Value) {
        if self.role != Role::Request {
            return;
        }
        let name = self.name(path);
        let length = |schema: &Value| schema.get("maxLength").and_then(Value::as_u64);
        match (length(old), length(new)) {
            (old, new) if old == new => {}
            (Some(old), Some(new)) => {
                let weight = if new < old { Weight::Breaking } else { Weight::Other };
                self.add(weight, format!("{name} has at most {new} characters, was {old}"));
            }
            (None, Some(new)) => {
                self.add(Weight::Breaking, format!("{name} now has at most {new} characters"))
            }
            (_, None) => self.add(Weight::Other, format!("{name} no longer has a length limit")),
        }
        let pattern = |schema: &Value| schema.get("pattern").and_then(Value::as_str).map(code);
        match (pattern(old), pattern(new)) {
            (old, new) if old == new => {}
            (_, Some(new)) => self.add(Weight::Breaking, format!("{name} must now match {new}")),
            (_, None) => self.add(Weight::Other, format!("{name} no longer has to match a pattern")),
        }
    }

    fn values(&mut self, path: &str, old: &Value, new: &Value) {
        let values = |schema: &Value| -> BTreeSet<String> {
            let list = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
            list.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
        };
        let (old, new) = (values(old), values(new));
        let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> Option<String> {
            let names: Vec<String> = one.difference(other).map(|value| code(value)).collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let name = self.name(path);
        let (gone, added) = match self.role {
            Role::Request => ("no longer takes", "also takes"),
            Role::Response => {
                ("is no longer (its variants are gone)", "can also be (so far an unknown value)")
            }
        };
        if let Some(values) = only(&old, &new) {
            self.add(Weight::Breaking, format!("{name} {gone}: {values}"));
        }
        if let Some(values) = only(&new, &old) {
            self.add(Weight::Addition, format!("{name} {added}: {values}"));
        }
    }

    /// Pairs the alternatives by outer form, and inline objects by title.
    fn unions(&mut self, path: &str, old: &Shape<'_>, new: &Shape<'_>) {
        let (old, new) = (by_kind(old), by_kind(new));
        let name = self.name(path);
        for (kind, old) in &old {
            match new.get(kind) {
                Some(new) => self.members_of(path, old, new),
                None => self.add(Weight::Breaking, format!("{name} can no longer be {kind}")),
            }
        }
        for kind in new.keys().filter(|kind| !old.contains_key(*kind)) {
            self.add(Weight::Addition, format!("{name} can also be {kind}"));
        }
    }

    fn marks(&mut self, path: &str, old: &Value, new: &Value) {
        let name = self.name(path);
        remarks(self.group, &name, old, new, self.changes);
        for key in ["x-rust-name", "x-rust-field"] {
            if old.get(key) != new.get(key) {
                self.add(Weight::Breaking, format!("{name} has another Rust name"));
            }
        }
        let personal = |schema: &Value| schema.get("x-secret").is_some_and(|secret| secret == "personal");
        match (personal(old), personal(new)) {
            (false, true) => self.add(Weight::Other, format!("{name} is now left out of logs")),
            (true, false) => self.add(Weight::Other, format!("{name} is no longer left out of logs")),
            _ => {}
        }
    }

    fn name(&self, path: &str) -> String {
        match (self.role, path) {
            (Role::Request, "") => "the body".to_owned(),
            (Role::Response, "") => "the response".to_owned(),
            (Role::Request, path) => format!("parameter {}", code(path)),
            (Role::Response, path) => format!("field {}", code(path)),
        }
    }

    fn add(&mut self, weight: Weight, text: impl Into<String>) {
        self.changes.add(weight, self.group, text);
    }
}

fn side_of<'v>(schema: &'v Value, name: &str) -> Side<'v> {
    let property = schema.get("properties").and_then(|properties| properties.get(name));
    let required = schema.get("required").and_then(Value::as_array);
    (property, required.is_some_and(|names| names.iter().any(|required| required == name)))
}

fn by_kind<'v>(shape: &Shape<'v>) -> BTreeMap<String, &'v Value> {
    let kind = |member: &Value| match member.get("title").and_then(Value::as_str) {
        Some(title) if member.get("properties").is_some() => format!("an object ({})", code(title)),
        _ => describe_member(member),
    };
    shape.members.iter().map(|member| (kind(member), *member)).collect()
}
