//! `openapi/source.toml`: the inputs and outputs of the trimmed document.

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
    /// Stripe's document, or one derived from it.
    pub upstream: Upstream,
    /// The document of this project.
    pub trimmed: Counts,
    /// The other inputs.
    pub inputs: Inputs,
    /// Digests of the written files, which reveal manual edits without the upstream document.
    pub outputs: BTreeMap<String, String>,
}

/// Stripe's document, or one derived from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Name of the file.
    pub file: String,
    /// Its `info.version`.
    pub api_version: String,
    /// Its SHA-256 digest.
    pub sha256: String,
    /// Its size.
    pub bytes: usize,
    /// Number of operations.
    pub operations: usize,
    /// Number of named schemas.
    pub schemas: usize,
    /// How it was derived, if Stripe did not publish it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<Derived>,
}

/// The document of this project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Its size.
    pub bytes: usize,
    /// Number of operations, including those of the overlays.
    pub operations: usize,
    /// Number of named schemas.
    pub schemas: usize,
    /// The operations that are missing upstream.
    pub overlay_operations: Vec<String>,
}

/// The other inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Digest of the selection.
    pub keep: String,
    /// Digests of the overlays by file.
    pub overlays: BTreeMap<String, String>,
}

impl Counts {
    /// Counts of a trimmed document with this size.
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
    /// Creates the record of a run; `written` lists the other files of the run, the document first.
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
