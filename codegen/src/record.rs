//! `openapi/source.toml`: what the trimmed document was made from, and what came out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::keep::Derived;
use crate::source::{Source, sha256};
use crate::trim::Trimmed;
use crate::walk;

const HEADER: &str = "# Written by `cargo codegen trim`; do not edit.\n\n";

/// The file's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Stripe's document, or the one that was derived from it.
    pub upstream: Upstream,
    /// The document of this project.
    pub trimmed: Counts,
    /// What else went in.
    pub inputs: Inputs,
    /// Digests of the written files, which show an edit by hand without the upstream document.
    pub outputs: BTreeMap<String, String>,
}

/// Stripe's document, or the one that was derived from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Name of the file.
    pub file: String,
    /// Its `info.version`.
    pub api_version: String,
    /// Its digest.
    pub sha256: String,
    /// Its size.
    pub bytes: usize,
    /// Operations in it.
    pub operations: usize,
    /// Named schemas in it.
    pub schemas: usize,
    /// How it was made, when it is not one that Stripe published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<Derived>,
}

/// The document of this project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Its size.
    pub bytes: usize,
    /// Operations in it, those of the overlays included.
    pub operations: usize,
    /// Named schemas in it.
    pub schemas: usize,
    /// The operations that upstream's document lacks.
    pub overlay_operations: Vec<String>,
}

/// What else went in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Digest of the selection.
    pub keep: String,
    /// Digests of the overlays by file.
    pub overlays: BTreeMap<String, String>,
}

impl Counts {
    /// Those of a trimmed document that is so many bytes long.
    pub fn of(document: &Value, bytes: usize, overlay_operations: Vec<String>) -> Self {
        Self {
            bytes,
            operations: walk::operations(document).len(),
            schemas: walk::components(document).len(),
            overlay_operations,
        }
    }
}

impl Record {
    /// The facts of one run; `written` are the other files of the run, the document first.
    pub fn new(source: &Source, trimmed: &Trimmed, inputs: Inputs, written: &[(&str, &str)]) -> Self {
        let version = source.document.pointer("/info/version").and_then(|version| version.as_str());
        Self {
            upstream: Upstream {
                file: source.name.clone(),
                api_version: version.unwrap_or_default().to_owned(),
                sha256: source.sha256.clone(),
                bytes: source.bytes,
                operations: walk::operations(&source.document).len(),
                schemas: walk::components(&source.document).len(),
                derived: trimmed.derived.clone(),
            },
            trimmed: Counts::of(
                &trimmed.document,
                written.first().map_or(0, |(_, text)| text.len()),
                trimmed.overlay_operations.clone(),
            ),
            inputs,
            outputs: written
                .iter()
                .map(|(file, text)| ((*file).to_owned(), sha256(text.as_bytes())))
                .collect(),
        }
    }

    /// Parses the file's text; `file` is its name in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| Error::file(file, crate::docs::toml_message(text, &e)))
    }

    /// The file's text.
    pub fn render(&self, file: &str) -> Result<String> {
        let body = toml::to_string_pretty(self).map_err(|e| Error::file(file, e))?;
        Ok(format!("{HEADER}{body}"))
    }
}
