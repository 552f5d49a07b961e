//! Walks all schemas of a document.
//!
//! Schemas are recognized by their position in the grammar of OpenAPI, not by their keys: a property may be named
//! `description`, `type` or `properties`.

use serde_json::Value;

use crate::pointer;

/// How a schema contains another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// `properties/NAME`.
    Property(&'a str),
    /// `items`.
    Items,
    /// `additionalProperties`.
    Values,
    /// `anyOf/N` or `oneOf/N`.
    Alternative,
}

/// A schema inside a schema.
pub struct Child<'a> {
    /// The kind of containment.
    pub step: Step<'a>,
    /// Its pointer.
    pub pointer: String,
    /// The schema.
    pub schema: &'a Value,
}

/// The schemas directly inside a schema, properties by name.
pub fn children<'a>(schema: &'a Value, at: &str) -> Vec<Child<'a>> {
    let mut found = Vec::new();
    for (name, property) in sorted(schema.get("properties")) {
        let pointer = pointer::join(&pointer::join(at, "properties"), name);
        found.push(Child { step: Step::Property(name), pointer, schema: property });
    }
    if let Some(items) = schema.get("items") {
        found.push(Child { step: Step::Items, pointer: pointer::join(at, "items"), schema: items });
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        let pointer = pointer::join(at, "additionalProperties");
        found.push(Child { step: Step::Values, pointer, schema: values });
    }
    for keyword in ["anyOf", "oneOf"] {
        for (i, alternative) in
            schema.get(keyword).and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            let pointer = format!("{at}/{keyword}/{i}");
            found.push(Child { step: Step::Alternative, pointer, schema: alternative });
        }
    }
    found
}

/// A schema with its position.
pub struct Place<'a> {
    /// JSON pointer into the document.
    pub pointer: String,
    /// The root's name followed by the property names on the way, joined by dots.
    pub path: String,
    /// The schema.
    pub schema: &'a Value,
}

/// Visits a schema and all nested schemas, without following references. `enter` returns whether to go deeper.
pub fn visit<'a>(root: Place<'a>, enter: &mut dyn FnMut(&Place<'a>) -> bool) {
    if !enter(&root) {
        return;
    }
    for child in children(root.schema, &root.pointer) {
        let path = child_path(&root.path, child.step);
        visit(Place { pointer: child.pointer, path, schema: child.schema }, enter);
    }
}

/// The dotted path of a child; only properties add a name.
pub fn child_path(path: &str, step: Step<'_>) -> String {
    match step {
        Step::Property(name) => format!("{path}.{name}"),
        Step::Items | Step::Values | Step::Alternative => path.to_owned(),
    }
}

/// The role of a schema in an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A path or query parameter, or a request body.
    Request,
    /// The 200 response.
    Response,
}

/// The root schemas of an operation. Their paths start with `query`, `path`, `header`, `body` or `response`.
pub fn operation_schemas<'a>(operation: &'a Value, at: &str) -> Vec<(Role, Place<'a>)> {
    let mut found = Vec::new();
    let parameters = operation.get("parameters").and_then(Value::as_array);
    for (i, parameter) in parameters.into_iter().flatten().enumerate() {
        let text = |key| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
        if let Some(schema) = parameter.get("schema") {
            let pointer = format!("{at}/parameters/{i}/schema");
            let path = format!("{}.{}", text("in"), text("name"));
            found.push((Role::Request, Place { pointer, path, schema }));
        }
    }
    let body = operation.get("requestBody");
    media_schemas(body, &format!("{at}/requestBody"), Role::Request, "body", &mut found);
    let response = operation.get("responses").and_then(|responses| responses.get("200"));
    media_schemas(response, &format!("{at}/responses/200"), Role::Response, "response", &mut found);
    found
}

fn media_schemas<'a>(
    holder: Option<&'a Value>,
    at: &str,
    role: Role,
    path: &str,
    found: &mut Vec<(Role, Place<'a>)>,
) {
    for (media, content) in sorted(holder.and_then(|holder| holder.get("content"))) {
        if let Some(schema) = content.get("schema") {
            let pointer = pointer::join(&pointer::join(&format!("{at}/content"), media), "schema");
            found.push((role, Place { pointer, path: path.to_owned(), schema }));
        }
    }
}

/// An operation with its position.
pub struct OperationPlace<'a> {
    /// Upper-case method.
    pub method: String,
    /// Path template.
    pub path: &'a str,
    /// JSON pointer into the document.
    pub pointer: String,
    /// The operation.
    pub operation: &'a Value,
}

impl OperationPlace<'_> {
    /// `METHOD /path`.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Every operation of a document, by path and method.
pub fn operations(document: &Value) -> Vec<OperationPlace<'_>> {
    let mut found = Vec::new();
    for (path, item) in sorted(document.get("paths")) {
        for (method, operation) in sorted(Some(item)) {
            let method = method.to_ascii_uppercase();
            if crate::keep::METHODS.contains(&method.as_str()) {
                let pointer = operation_pointer(path, &method);
                found.push(OperationPlace { method, path, pointer, operation });
            }
        }
    }
    found
}

/// The pointer of an operation.
pub fn operation_pointer(path: &str, method: &str) -> String {
    format!("/paths/{}/{}", pointer::escape(path), method.to_ascii_lowercase())
}

/// The named schemas of a document, by name.
pub fn components(document: &Value) -> Vec<Place<'_>> {
    sorted(document.pointer("/components/schemas"))
        .map(|(name, schema)| Place { pointer: component_pointer(name), path: name.to_owned(), schema })
        .collect()
}

/// The pointer of a named schema.
pub fn component_pointer(name: &str) -> String {
    pointer::join("/components/schemas", name)
}

/// The members of an object in key order.
pub fn sorted(object: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let mut members: Vec<_> =
        object.and_then(Value::as_object).into_iter().flatten().map(|(k, v)| (k.as_str(), v)).collect();
    members.sort_by_key(|(key, _)| *key);
    members.into_iter()
}
