//! Computes the named schemas that the selected operations need.
//!
//! An edge leads from an operation or a schema to a schema that it references. Expandable fields are not edges: they
//! hold an id, and the object only on request. Their alternatives are kept if the object is in the closure anyway.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::keep::{Cut, Keep};
use crate::pointer;
use crate::problems::Problems;
use crate::walk::{self, Place};

/// The edge through which a schema entered the closure.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// An operation (`GET /v1/topups`) or a schema.
    pub from: String,
    /// The dotted path of the field, starting with the schema or the position in the operation.
    pub path: String,
}

/// The needed schemas by name, each with the first edge of a shortest path to it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Closure {
    edges: BTreeMap<String, Edge>,
}

impl Closure {
    /// True when the schema is needed.
    pub fn contains(&self, schema: &str) -> bool {
        self.edges.contains_key(schema)
    }

    /// The schemas by name.
    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        self.edges.keys().map(String::as_str)
    }

    /// The edges from an operation to the schema, in order.
    pub fn way(&self, schema: &str) -> Vec<&Edge> {
        let mut way = Vec::new();
        let mut next = self.edges.get(schema);
        while let Some(edge) = next {
            way.push(edge);
            next = self.edges.get(&edge.from);
        }
        way.reverse();
        way
    }
}

/// The named cuts of the selection, and which of them were used.
#[derive(Debug)]
pub struct Cuts<'a> {
    keep: &'a Keep,
    met: BTreeSet<&'a str>,
}

impl<'a> Cuts<'a> {
    /// Creates the list with all cuts unused.
    pub fn new(keep: &'a Keep) -> Self {
        Self { keep, met: BTreeSet::new() }
    }

    /// The cut at a dotted path.
    pub fn at(&self, path: &str) -> Option<&'a Cut> {
        self.keep.cuts.iter().find(|cut| cut.edge == path)
    }

    /// Reports unused cuts as problems.
    fn finish(self, problems: &mut Problems) {
        for cut in &self.keep.cuts {
            if !self.met.contains(cut.edge.as_str()) {
                let message = format!("the selection has no reference at `{}`; remove the cut", cut.edge);
                problems.report(Error::at(&self.keep.file, &cut.pointer, message));
            }
        }
    }
}

/// The closure of the operations of `document`; errors refer to `file`.
pub fn closure(file: &str, document: &Value, keep: &Keep, problems: &mut Problems) -> Closure {
    let mut cuts = Cuts::new(keep);
    let mut closure = Closure::default();
    let mut queue = VecDeque::new();
    for place in walk::operations(document) {
        for (_, root) in walk::operation_schemas(place.operation, &place.pointer) {
            for found in references(root, &mut cuts) {
                let edge = Edge { from: place.key(), path: found.path.clone() };
                problems.note(add(file, document, edge, found, &mut closure, &mut queue));
            }
        }
    }
    while let Some(name) = queue.pop_front() {
        let pointer = walk::component_pointer(&name);
        let Some(schema) = document.pointer(&pointer) else { continue };
        for found in references(Place { pointer, path: name.clone(), schema }, &mut cuts) {
            let edge = Edge { from: name.clone(), path: found.path.clone() };
            problems.note(add(file, document, edge, found, &mut closure, &mut queue));
        }
    }
    cuts.finish(problems);
    closure
}

fn add(
    file: &str,
    document: &Value,
    edge: Edge,
    found: Reference,
    closure: &mut Closure,
    queue: &mut VecDeque<String>,
) -> Result<()> {
    let target = document.pointer(&walk::component_pointer(&found.name));
    if target.is_none() {
        let message = format!("the schema `{}` does not exist", found.name);
        return Err(Error::at(file, found.pointer, message));
    }
    if !closure.contains(&found.name) {
        closure.edges.insert(found.name.clone(), edge);
        queue.push_back(found.name);
    }
    Ok(())
}

struct Reference {
    name: String,
    path: String,
    pointer: String,
}

fn references(root: Place<'_>, cuts: &mut Cuts<'_>) -> Vec<Reference> {
    let mut found = Vec::new();
    walk::visit(root, &mut |place| {
        if place.schema.get("x-expansionResources").is_some() {
            return false;
        }
        if let Some(cut) = cuts.at(&place.path).filter(|_| !references_of(place.schema).is_empty()) {
            cuts.met.insert(&cut.edge);
            return false;
        }
        if let Some(name) = pointer::ref_name(place.schema) {
            let pointer = pointer::join(&place.pointer, "$ref");
            found.push(Reference { name, path: place.path.clone(), pointer });
        }
        true
    });
    found
}

/// The schemas that a field references: by itself, its items, its values or its alternatives.
pub fn references_of(schema: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let root = Place { pointer: String::new(), path: String::new(), schema };
    walk::visit(root, &mut |place| {
        // properties have separate paths and are handled as separate fields
        let same_field = place.path.is_empty() && place.schema.get("x-expansionResources").is_none();
        if same_field {
            names.extend(pointer::ref_name(place.schema));
        }
        same_field
    });
    names
}
