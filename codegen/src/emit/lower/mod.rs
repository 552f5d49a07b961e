//! Lowers the trimmed document to shapes and requests. Shapes are not named or merged yet, except where the document
//! itself shares them by `$ref`.
//!
//! A fault in a field, type or operation does not stop the others, so that one run reports all of them.

mod choice;
mod component;
mod ids;
mod members;
mod operation;
mod schema;
mod types;

use super::ir::{Ir, ShapeId};
use crate::docs::Docs;
use crate::error::{Error, Result};
use crate::keep::Keep;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = "openapi/stripe.json";
const REFERENCE: &str = "#/components/schemas/";

/// Reads the whole document.
pub fn lower(document: &Value, docs: &Docs, keep: &Keep) -> Result<Ir, Vec<Error>> {
    let mut lowering = Lowering {
        document,
        docs,
        ir: Ir::default(),
        schemas: BTreeMap::new(),
        open: Vec::new(),
        ranks: BTreeMap::new(),
        operation_ids: BTreeMap::new(),
        faults: Vec::new(),
    };
    lowering.version(keep);
    for operation in keep.operations() {
        let lowered = lowering.operation(operation);
        lowering.note(lowered);
    }
    lowering.own_ids();
    lowering.path_ids();
    if lowering.faults.is_empty() { Ok(lowering.ir) } else { Err(lowering.faults) }
}

struct Lowering<'a> {
    document: &'a Value,
    docs: &'a Docs,
    ir: Ir,
    /// The schemas met so far, in replies and in parameters.
    schemas: BTreeMap<(String, Side), ShapeId>,
    /// The alias schemas that are being followed.
    open: Vec<String>,
    /// The rank of the place of a shape; the lowest wins.
    ranks: BTreeMap<ShapeId, u8>,
    /// The first occurrence of each operation id.
    operation_ids: BTreeMap<String, String>,
    faults: Vec<Error>,
}

/// The direction in which a value is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Reply,
    Params,
}

/// The current position.
#[derive(Clone)]
struct At {
    /// JSON pointer into the document.
    pointer: String,
    /// Key of docs.toml.
    key: String,
    side: Side,
    v2: bool,
}

impl At {
    /// Steps to a child: its pointer below this one, and its part of the key, which may be empty.
    fn step(&self, pointer: &str, key: &str) -> Self {
        let key = if key.is_empty() { self.key.clone() } else { format!("{}.{key}", self.key) };
        Self { pointer: format!("{}/{pointer}", self.pointer), key, ..*self }
    }

    /// Steps to a property.
    fn property(&self, name: &str) -> Self {
        self.step(&format!("properties/{}", crate::pointer::escape(name)), name)
    }

    fn is_params(&self) -> bool {
        self.side == Side::Params
    }

    fn error(&self, message: impl std::fmt::Display) -> Error {
        Error::at(FILE, &self.pointer, message)
    }
}

impl Lowering<'_> {
    /// Stores the fault for the end of the run.
    fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                // A fault in a shared schema is reported once.
                if !self.faults.contains(&error) {
                    self.faults.push(error);
                }
                None
            }
        }
    }

    fn version(&mut self, keep: &Keep) {
        let version = self.document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default();
        if version != keep.api {
            let message =
                format!("is `{version}`, but {} selects `{}`; run `cargo codegen trim`", keep.file, keep.api);
            self.faults.push(Error::at(FILE, "/info/version", message));
        }
    }
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn strings(value: &Value, key: &str) -> impl Iterator<Item = String> {
    items(value, key).filter_map(Value::as_str).map(str::to_owned)
}

/// Whether the selection leaves a member untyped.
fn is_untyped(schema: &Value) -> bool {
    schema.get(crate::untyped::UNTYPED).is_some()
}

/// The typed members, each with name, schema and whether it is required.
fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value, bool)> {
    let required: BTreeSet<&str> = items(schema, "required").filter_map(Value::as_str).collect();
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, property)| !is_untyped(property))
        .map(move |(name, property)| (name.as_str(), property, required.contains(name.as_str())))
}
