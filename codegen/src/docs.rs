//! `openapi/docs.toml`: the summaries of operations, resources and fields, in this project's own words.
//!
//! Every lookup marks its entry as used, so that texts about removed items are found.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result};

/// One text, with the page of Stripe's API reference that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Doc {
    /// One or more sentences of Markdown.
    pub text: String,
    /// Address of the reference page; operations always have one.
    pub link: Option<String>,
    used: Cell<bool>,
}

/// The parsed file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Docs {
    /// The file's name, for errors.
    pub file: String,
    operations: BTreeMap<String, Doc>,
    resources: BTreeMap<String, Doc>,
    fields: BTreeMap<String, Doc>,
    common: BTreeMap<String, Doc>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    operations: BTreeMap<String, RawDoc>,
    #[serde(default)]
    resources: BTreeMap<String, RawDoc>,
    #[serde(default)]
    fields: BTreeMap<String, RawDoc>,
    #[serde(default)]
    common: BTreeMap<String, RawDoc>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a string, or { text = \"…\", link = \"https://…\" }")]
enum RawDoc {
    Text(String),
    Full(RawFull),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFull {
    text: String,
    link: Option<String>,
}

impl Docs {
    /// Parses the file's text; `file` is its name in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let raw: Raw = toml::from_str(text).map_err(|e| Error::file(file, toml_message(text, &e)))?;
        Ok(Self {
            file: file.to_owned(),
            operations: entries(file, "operations", raw.operations)?,
            resources: entries(file, "resources", raw.resources)?,
            fields: entries(file, "fields", raw.fields)?,
            common: entries(file, "common", raw.common)?,
        })
    }

    /// The summary of an operation, by operationId.
    pub fn operation(&self, operation_id: &str) -> Option<&Doc> {
        look_up(&self.operations, operation_id)
    }

    /// The summary of a resource, by schema name.
    pub fn resource(&self, schema: &str) -> Option<&Doc> {
        look_up(&self.resources, schema)
    }

    /// The text for a field: the one for its path, `schema.property[.property…]` or
    /// `operationId.parameter[.parameter…]`, or else the common text for its name.
    pub fn field(&self, place: &str, name: &str) -> Option<&Doc> {
        look_up(&self.fields, place).or_else(|| look_up(&self.common, name))
    }

    /// JSON pointer of the entry that [`field`](Self::field) returns for a path.
    pub fn place_of(&self, place: &str, name: &str) -> String {
        if self.fields.contains_key(place) { pointer("fields", place) } else { pointer("common", name) }
    }

    /// The error for an operation, resource or field (`kind` is the table's name) without a text.
    pub fn missing(&self, kind: &str, key: &str) -> Error {
        let line = match kind {
            "operations" => format!("{key} = {{ text = \"\", link = \"https://docs.stripe.com/api/\" }}"),
            _ => format!("{key:?} = \"\""),
        };
        let error = Error::at(&self.file, format!("/{kind}"), format!("no text for `{key}`"));
        error.with_line(format!("[{kind}]"), line)
    }

    /// JSON pointers of the entries that were never looked up.
    pub fn unused(&self) -> Vec<String> {
        [
            ("operations", &self.operations),
            ("resources", &self.resources),
            ("fields", &self.fields),
            ("common", &self.common),
        ]
        .into_iter()
        .flat_map(|(kind, docs)| {
            docs.iter().filter(|(_, doc)| !doc.used.get()).map(move |(key, _)| pointer(kind, key))
        })
        .collect()
    }
}

fn look_up<'a>(docs: &'a BTreeMap<String, Doc>, key: &str) -> Option<&'a Doc> {
    let doc = docs.get(key)?;
    doc.used.set(true);
    Some(doc)
}

fn entries(file: &str, kind: &str, raw: BTreeMap<String, RawDoc>) -> Result<BTreeMap<String, Doc>> {
    raw.into_iter()
        .map(|(key, raw)| {
            let (text, link) = match raw {
                RawDoc::Text(text) => (text, None),
                RawDoc::Full(full) => (full.text, full.link),
            };
            let text = text.trim().to_owned();
            if text.is_empty() {
                return Err(Error::at(file, pointer(kind, &key), "the text is empty"));
            }
            if link.as_deref().is_some_and(|link| !link.starts_with("https://")) {
                return Err(Error::at(file, pointer(kind, &key), "the link does not start with https://"));
            }
            Ok((key, Doc { text, link, used: Cell::new(false) }))
        })
        .collect()
}

fn pointer(kind: &str, key: &str) -> String {
    format!("/{kind}/{}", crate::pointer::escape(key))
}

/// Formats a TOML error on one line, with its position.
pub(crate) fn toml_message(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().lines().collect::<Vec<_>>().join(" ");
    match error.span() {
        Some(span) => {
            let line = text.get(..span.start).map_or(1, |before| before.matches('\n').count() + 1);
            format!("line {line}: {message}")
        }
        None => message,
    }
}
