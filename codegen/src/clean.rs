//! Cleans operations and schemas: facts are kept, prose is removed, unknown members are errors.
//!
//! The meaning of a member depends on its position, so each position has a separate list.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::pointer;
use crate::problems::Problems;
use crate::reach::{Closure, Cuts, references_of};
use crate::walk::{Step, child_path, sorted};

/// An expandable field that lost alternatives, or a field cut by name.
#[derive(Debug, Clone, PartialEq)]
pub struct CutEdge {
    /// Dotted path of the field.
    pub path: String,
    /// The schemas that it no longer references.
    pub targets: BTreeSet<String>,
    /// The reason, if the selection names this cut.
    pub reason: Option<String>,
}

/// Rewrites the parts of one document.
pub struct Cleaner<'a> {
    /// The document's file, for errors.
    pub file: &'a str,
    /// The document before trimming.
    pub document: &'a Value,
    /// The schemas that are kept.
    pub closure: &'a Closure,
    /// The named cuts.
    pub cuts: Cuts<'a>,
    /// Collects the faults.
    pub problems: &'a mut Problems,
    /// The cuts made so far.
    pub cut_edges: Vec<CutEdge>,
}

/// How a member is treated.
#[derive(Clone, Copy)]
enum Rule {
    /// Copied unchanged.
    Copied,
    /// Removed.
    Dropped,
    /// Written by the code for its position.
    Rewritten,
}

use Rule::{Copied, Dropped, Rewritten};

const OPERATION: &[(&str, Rule)] = &[
    ("deprecated", Copied),
    ("description", Dropped),
    ("externalDocs", Dropped),
    ("operationId", Copied),
    ("parameters", Rewritten),
    ("requestBody", Rewritten),
    ("responses", Rewritten),
    ("security", Copied),
    ("servers", Copied),
    ("summary", Dropped),
    ("tags", Dropped),
    ("x-preview", Copied),
];

const PARAMETER: &[(&str, Rule)] = &[
    ("deprecated", Copied),
    ("description", Dropped),
    ("explode", Copied),
    ("in", Copied),
    ("name", Copied),
    ("required", Copied),
    ("schema", Rewritten),
    ("style", Copied),
    ("x-expand", Copied),
    ("x-id", Copied),
    ("x-preview", Copied),
    ("x-rust-field", Copied),
    ("x-secret", Copied),
];

const REQUEST_BODY: &[(&str, Rule)] =
    &[("content", Rewritten), ("description", Dropped), ("required", Copied)];

const RESPONSE: &[(&str, Rule)] = &[("content", Rewritten), ("description", Rewritten)];

const MEDIA_TYPE: &[(&str, Rule)] = &[("encoding", Rewritten), ("schema", Rewritten)];

/// The keywords of a schema, with the form of those that are copied.
const SCHEMA: &[(&str, Keyword)] = &[
    ("$ref", Keyword::Reference),
    ("additionalProperties", Keyword::BoolOrSchema),
    ("anyOf", Keyword::Schemas),
    ("deprecated", Keyword::Bool),
    ("description", Keyword::Prose),
    ("enum", Keyword::List),
    ("externalDocs", Keyword::Prose),
    ("format", Keyword::Text),
    ("items", Keyword::Schema),
    ("maxLength", Keyword::Integer),
    ("nullable", Keyword::Bool),
    ("oneOf", Keyword::Schemas),
    ("pattern", Keyword::Text),
    ("properties", Keyword::Properties),
    ("required", Keyword::Required),
    ("title", Keyword::Text),
    ("type", Keyword::Type),
    ("x-cut", Keyword::Texts),
    ("x-expandableFields", Keyword::Texts),
    ("x-expansionResources", Keyword::Expansion),
    ("x-expand", Keyword::Bool),
    ("x-id", Keyword::Text),
    ("x-preview", Keyword::TrueOrText),
    ("x-resourceId", Keyword::Text),
    ("x-rust-field", Keyword::Text),
    ("x-rust-name", Keyword::Text),
    ("x-secret", Keyword::Text),
    ("x-stripeBypassValidation", Keyword::Bool),
    ("x-untyped", Keyword::Bool),
];

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

#[derive(Clone, Copy)]
enum Keyword {
    Prose,
    Text,
    Texts,
    Bool,
    Integer,
    List,
    TrueOrText,
    Type,
    Reference,
    Required,
    Schema,
    Schemas,
    Properties,
    BoolOrSchema,
    Expansion,
}

impl Cleaner<'_> {
    /// An operation; `key` is its method and path.
    pub fn operation(&mut self, operation: &Value, at: &str, key: &str) -> Result<Value> {
        let mut out = self.members(operation, at, "an operation", OPERATION)?;
        if !operation.get("operationId").is_some_and(Value::is_string) {
            return Err(Error::at(self.file, at, "the operation has no `operationId`"));
        }
        if let Some(parameters) = operation.get("parameters") {
            let at = pointer::join(at, "parameters");
            let mut cleaned = Vec::new();
            for (i, parameter) in self.array(parameters, &at)?.iter().enumerate() {
                cleaned.push(self.parameter(parameter, &pointer::join(&at, i), key)?);
            }
            out.insert("parameters".into(), cleaned.into());
        }
        if let Some(body) = operation.get("requestBody").filter(|body| !is_empty_body(key, body)) {
            let at = pointer::join(at, "requestBody");
            let mut cleaned = self.members(body, &at, "a request body", REQUEST_BODY)?;
            cleaned.insert("content".into(), self.content(body, &at, &format!("{key} body"))?);
            out.insert("requestBody".into(), cleaned.into());
        }
        let at = pointer::join(at, "responses");
        let Some(response) = operation.get("responses").and_then(|responses| responses.get("200")) else {
            return Err(Error::at(self.file, at, "the operation has no response for status 200"));
        };
        let at = pointer::join(&at, "200");
        let mut cleaned = self.members(response, &at, "a response", RESPONSE)?;
        // OpenAPI requires the member.
        cleaned.insert("description".into(), "".into());
        cleaned.insert("content".into(), self.content(response, &at, &format!("{key} response"))?);
        out.insert("responses".into(), json!({ "200": cleaned }));
        Ok(out.into())
    }

    fn parameter(&mut self, parameter: &Value, at: &str, key: &str) -> Result<Value> {
        let mut out = self.members(parameter, at, "a parameter", PARAMETER)?;
        let (Some(name), Some(schema)) =
            (parameter.get("name").and_then(Value::as_str), parameter.get("schema"))
        else {
            return Err(Error::at(self.file, at, "the parameter has no `name` or no `schema`"));
        };
        let cleaned = self.schema(schema, &pointer::join(at, "schema"), &format!("{key} {name}"))?;
        out.insert("schema".into(), cleaned);
        Ok(out.into())
    }

    fn content(&mut self, holder: &Value, at: &str, path: &str) -> Result<Value> {
        let at = pointer::join(at, "content");
        let mut out = Map::new();
        for (media, content) in sorted(holder.get("content")) {
            let at = pointer::join(&at, media);
            let mut cleaned = self.members(content, &at, "a media type", MEDIA_TYPE)?;
            let Some(schema) = content.get("schema") else {
                return Err(Error::at(self.file, at, "the media type has no `schema`"));
            };
            cleaned.insert("schema".into(), self.schema(schema, &pointer::join(&at, "schema"), path)?);
            if let Some(encoding) = content.get("encoding").filter(|encoding| *encoding != &json!({})) {
                cleaned.insert("encoding".into(), encoding.clone());
            }
            out.insert(media.into(), cleaned.into());
        }
        if out.is_empty() {
            return Err(Error::at(self.file, at, "`content` has no media type"));
        }
        Ok(out.into())
    }

    /// Copies the members that a position allows; the caller adds the rewritten ones.
    fn members(
        &mut self,
        value: &Value,
        at: &str,
        what: &str,
        rules: &[(&str, Rule)],
    ) -> Result<Map<String, Value>> {
        let mut out = Map::new();
        for (key, member) in self.object(value, at)? {
            match rules.iter().find(|(name, _)| *name == key) {
                Some((_, Copied)) => {
                    out.insert(key.to_owned(), member.clone());
                }
                Some((_, Dropped | Rewritten)) => {}
                None => self.unsupported(&pointer::join(at, key), key, what),
            }
        }
        Ok(out)
    }

    /// Cleans a schema; `path` is its dotted path, which named cuts refer to.
    pub fn schema(&mut self, schema: &Value, at: &str, path: &str) -> Result<Value> {
        if let Some(cut) = self.cuts.at(path) {
            let targets = references_of(schema);
            if !targets.is_empty() {
                let reason = Some(cut.reason.clone());
                let cut = raw_json(schema, &targets);
                self.cut_edges.push(CutEdge { path: path.to_owned(), targets, reason });
                return Ok(cut);
            }
        }
        let mut out = Map::new();
        for (key, value) in self.object(schema, at)? {
            let at = pointer::join(at, key);
            let Some((_, keyword)) = SCHEMA.iter().find(|(name, _)| *name == key) else {
                self.unsupported(&at, key, "a schema");
                continue;
            };
            if let Some(cleaned) = self.keyword(*keyword, value, &at, path)? {
                out.insert(key.to_owned(), cleaned);
            }
        }
        if out.contains_key("x-expansionResources") {
            self.cut_expandable(&mut out, path);
        }
        Ok(out.into())
    }

    fn keyword(&mut self, keyword: Keyword, value: &Value, at: &str, path: &str) -> Result<Option<Value>> {
        let fits = |fits: bool, form: &str| match fits {
            true => Ok(Some(value.clone())),
            false => Err(Error::at(self.file, at, format!("is not {form}"))),
        };
        let texts = || value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
        match keyword {
            Keyword::Prose => Ok(None),
            Keyword::Text => fits(value.is_string(), "a string"),
            Keyword::Texts => fits(texts(), "a list of strings"),
            Keyword::Bool => fits(value.is_boolean(), "true or false"),
            Keyword::Integer => fits(value.is_u64(), "a whole number"),
            Keyword::List => fits(value.is_array(), "a list"),
            Keyword::TrueOrText => fits(value == &json!(true) || value.is_string(), "true or a string"),
            Keyword::Type => fits(
                value.as_str().is_some_and(|kind| TYPES.contains(&kind)),
                "one of the types of OpenAPI 3.0",
            ),
            Keyword::Reference => {
                self.check_reference(value, at)?;
                Ok(Some(value.clone()))
            }
            Keyword::Required => {
                fits(texts(), "a list of strings")?;
                let names: BTreeSet<&str> =
                    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                Ok((!names.is_empty()).then(|| json!(names)))
            }
            Keyword::Schema => self.schema(value, at, path).map(Some),
            Keyword::BoolOrSchema if value.is_boolean() => Ok(Some(value.clone())),
            Keyword::BoolOrSchema => self.schema(value, at, path).map(Some),
            Keyword::Schemas => {
                let mut cleaned = Vec::new();
                for (i, alternative) in self.array(value, at)?.iter().enumerate() {
                    cleaned.push(self.schema(alternative, &pointer::join(at, i), path)?);
                }
                Ok(Some(cleaned.into()))
            }
            Keyword::Properties => {
                let mut cleaned = Map::new();
                for (name, property) in self.object(value, at)? {
                    let path = child_path(path, Step::Property(name));
                    cleaned.insert(name.to_owned(), self.schema(property, &pointer::join(at, name), &path)?);
                }
                Ok(Some(cleaned.into()))
            }
            Keyword::Expansion => {
                let alternatives = value.get("oneOf").unwrap_or(&Value::Null);
                let at = pointer::join(at, "oneOf");
                for (i, alternative) in self.array(alternatives, &at)?.iter().enumerate() {
                    let at = format!("{at}/{i}/$ref");
                    self.check_reference(alternative.get("$ref").unwrap_or(&Value::Null), &at)?;
                }
                Ok(Some(value.clone()))
            }
        }
    }

    /// Removes the alternatives of an expandable field that nothing else in the selection needs.
    fn cut_expandable(&mut self, schema: &mut Map<String, Value>, path: &str) {
        let closure = self.closure;
        let mut targets = BTreeSet::new();
        let mut take = |list: Option<&mut Value>| {
            if let Some(Value::Array(alternatives)) = list {
                alternatives.retain(|alternative| match pointer::ref_name(alternative) {
                    Some(name) if !closure.contains(&name) => {
                        targets.insert(name);
                        false
                    }
                    _ => true,
                });
            }
        };
        take(schema.get_mut("anyOf"));
        take(schema.get_mut("x-expansionResources").and_then(|expansion| expansion.get_mut("oneOf")));
        if targets.is_empty() {
            return;
        }
        let mut names = targets.clone();
        let earlier = schema.get("x-cut").and_then(Value::as_array).into_iter().flatten();
        names.extend(earlier.filter_map(Value::as_str).map(str::to_owned));
        schema.insert("x-cut".into(), json!(names));
        self.cut_edges.push(CutEdge { path: path.to_owned(), targets, reason: None });
    }

    fn check_reference(&self, reference: &Value, at: &str) -> Result<()> {
        let name = reference.as_str().and_then(pointer::schema_name);
        match name {
            Some(name) if self.document.pointer(&crate::walk::component_pointer(&name)).is_some() => Ok(()),
            Some(name) => Err(Error::at(self.file, at, format!("the schema `{name}` does not exist"))),
            None => Err(Error::at(self.file, at, "is not a reference to `#/components/schemas/…`")),
        }
    }

    fn unsupported(&mut self, at: &str, key: &str, what: &str) {
        let message = format!("`{key}` is not supported in {what}");
        self.problems.report(Error::at(self.file, at, message));
    }

    fn object<'v>(
        &self,
        value: &'v Value,
        at: &str,
    ) -> Result<impl Iterator<Item = (&'v str, &'v Value)> + use<'v>> {
        if !value.is_object() {
            return Err(Error::at(self.file, at, "is not an object"));
        }
        Ok(sorted(Some(value)))
    }

    fn array<'v>(&self, value: &'v Value, at: &str) -> Result<&'v [Value]> {
        value.as_array().map(Vec::as_slice).ok_or_else(|| Error::at(self.file, at, "is not a list"))
    }
}

/// The schema for an object that is left as raw JSON, keeping the list around it and the facts about the field.
fn raw_json(schema: &Value, targets: &BTreeSet<String>) -> Value {
    let mut out = match schema.get("items") {
        Some(items) => json!({ "type": "array", "items": raw_json(items, targets) }),
        None => json!({ "type": "object", "x-cut": targets }),
    };
    for (key, value) in sorted(Some(schema)) {
        if ["deprecated", "nullable", "x-preview", "x-rust-field"].contains(&key) {
            out[key] = value.clone();
        }
    }
    out
}

/// Upstream declares an empty body for most GET and DELETE operations.
fn is_empty_body(key: &str, body: &Value) -> bool {
    let bodyless = key.starts_with("GET ") || key.starts_with("DELETE ");
    let mut contents = sorted(body.get("content"));
    bodyless
        && contents
            .all(|(_, content)| sorted(content.get("schema").and_then(|s| s.get("properties"))).count() == 0)
}
