//! `openapi/keep.toml`: the operations that this crate covers, and the named cuts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::docs::toml_message;
use crate::error::{Error, Result};

/// The methods of operations.
pub const METHODS: [&str; 8] = ["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE"];

/// The parsed file.
#[derive(Debug, Clone, PartialEq)]
pub struct Keep {
    /// The file's name, for errors.
    pub file: String,
    /// The API version that the selection was made for.
    pub api: String,
    /// How the document was derived, if Stripe did not publish it.
    pub derived: Option<Derived>,
    /// The operations by guide section, in file order.
    pub sections: Vec<Section>,
    /// The references that are cut to raw JSON.
    pub cuts: Vec<Cut>,
    /// The requests and objects with only some typed members.
    pub typed: Vec<Typed>,
}

/// The derivation of a document: the published document, and the SDKs whose differences were applied to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// Version of the published document.
    pub version: String,
    /// Its SHA-256 digest.
    pub sha256: String,
    /// The SDKs, as their registries publish them.
    pub sdks: Vec<Package>,
}

/// A published file of an SDK.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its name, with the version.
    pub file: String,
    /// Its SHA-256 digest.
    pub sha256: String,
}

/// The operations that one part of the guides needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its title.
    pub name: String,
    /// Why these operations are included.
    pub reason: String,
    /// The operations, in file order.
    pub operations: Vec<KeptOperation>,
}

/// One selected operation.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptOperation {
    /// Upper-case method.
    pub method: String,
    /// The path as the document spells it.
    pub path: String,
    /// Rust name of the request, if it overrides the derived one.
    pub name: Option<String>,
    /// Rust module of the request (`issuing::card`), if it overrides the derived one.
    pub module: Option<String>,
    /// JSON pointer of the entry in the file.
    pub pointer: String,
}

/// A non-expandable reference between schemas that is left as raw JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// `schema.property`; nested properties of inline objects follow after further dots.
    pub edge: String,
    /// The reason for the cut.
    pub reason: String,
    /// JSON pointer of the entry in the file.
    pub pointer: String,
}

/// A request or an object with only the listed members typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// `METHOD /path`, `METHOD /path PARAMETER`, or the name of a schema.
    pub of: String,
    /// The typed members.
    pub members: Vec<String>,
    /// Why the others are not typed.
    pub reason: String,
    /// JSON pointer of the entry in the file.
    pub pointer: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    api: String,
    derived: Option<Derived>,
    #[serde(default)]
    section: Vec<RawSection>,
    #[serde(default)]
    cut: Vec<RawCut>,
    #[serde(default)]
    typed: Vec<RawTyped>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSection {
    name: String,
    reason: String,
    operations: Vec<RawOperation>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "\"METHOD /path\", or { op = \"METHOD /path\", name = \"…\", module = \"…\" }")]
enum RawOperation {
    Text(String),
    Full(RawFull),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFull {
    op: String,
    name: Option<String>,
    module: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTyped {
    of: String,
    members: Vec<String>,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCut {
    edge: String,
    reason: String,
}

impl Keep {
    /// Parses the file's text; `file` is its name in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let raw: Raw = toml::from_str(text).map_err(|e| Error::file(file, toml_message(text, &e)))?;
        let mut seen = BTreeSet::new();
        let mut sections = Vec::new();
        for (i, section) in raw.section.into_iter().enumerate() {
            let mut operations = Vec::new();
            for (j, operation) in section.operations.into_iter().enumerate() {
                let operation = kept(file, format!("/section/{i}/operations/{j}"), operation)?;
                if !seen.insert(operation.key()) {
                    let message = format!("`{}` is listed twice", operation.key());
                    return Err(Error::at(file, operation.pointer, message));
                }
                operations.push(operation);
            }
            required(file, &format!("/section/{i}/reason"), &section.reason)?;
            sections.push(Section { name: section.name, reason: section.reason, operations });
        }
        let mut cuts: Vec<Cut> = Vec::new();
        for (i, cut) in raw.cut.into_iter().enumerate() {
            let pointer = format!("/cut/{i}");
            required(file, &format!("{pointer}/reason"), &cut.reason)?;
            if cuts.iter().any(|other| other.edge == cut.edge) {
                return Err(Error::at(file, pointer, format!("`{}` is listed twice", cut.edge)));
            }
            cuts.push(Cut { edge: cut.edge, reason: cut.reason, pointer });
        }
        let mut typed: Vec<Typed> = Vec::new();
        for (i, entry) in raw.typed.into_iter().enumerate() {
            let pointer = format!("/typed/{i}");
            required(file, &format!("{pointer}/reason"), &entry.reason)?;
            if typed.iter().any(|other| other.of == entry.of) {
                return Err(Error::at(file, pointer, format!("`{}` is listed twice", entry.of)));
            }
            typed.push(Typed { of: entry.of, members: entry.members, reason: entry.reason, pointer });
        }
        Ok(Self { file: file.to_owned(), api: raw.api, derived: raw.derived, sections, cuts, typed })
    }

    /// All operations, in file order.
    pub fn operations(&self) -> impl Iterator<Item = &KeptOperation> {
        self.sections.iter().flat_map(|section| &section.operations)
    }

    /// The entry of an operation, if it is selected; `method` in any case.
    pub fn find(&self, method: &str, path: &str) -> Option<&KeptOperation> {
        self.operations().find(|op| op.method.eq_ignore_ascii_case(method) && op.path == path)
    }
}

impl KeptOperation {
    /// `METHOD /path`.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

fn kept(file: &str, pointer: String, raw: RawOperation) -> Result<KeptOperation> {
    let (op, name, module) = match raw {
        RawOperation::Text(op) => (op, None, None),
        RawOperation::Full(full) => (full.op, full.name, full.module),
    };
    match op.split_once(' ').map(|(method, path)| (method, path.trim_start())) {
        Some((method, path)) if METHODS.contains(&method) && path.starts_with('/') => {
            Ok(KeptOperation { method: method.to_owned(), path: path.to_owned(), name, module, pointer })
        }
        _ => Err(Error::at(file, pointer, format!("`{op}` is not of the form `METHOD /path`"))),
    }
}

fn required(file: &str, pointer: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::at(file, pointer, "the text must not be empty"));
    }
    Ok(())
}
