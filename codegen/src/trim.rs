//! Trims the upstream document: overlays, selection, closure, cleaning.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::clean::{Cleaner, CutEdge};
use crate::error::{Error, Result};
use crate::keep::{Derived, Keep};
use crate::overlay::{self, Applied, Overlay, RequiredOverride};
use crate::problems::Problems;
use crate::reach::{self, Closure, Cuts};
use crate::select::select;
use crate::source::Source;
use crate::untyped;
use crate::walk::{self, Role};

/// The trimmed document, with the data for the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Trimmed {
    /// Valid OpenAPI 3.0 without prose.
    pub document: Value,
    /// The needed schemas, with the reason for each.
    pub closure: Closure,
    /// The cuts.
    pub cuts: Vec<CutEdge>,
    /// The effects of the overlays.
    pub overlays: Vec<Applied>,
    /// The operations added by the overlays.
    pub overlay_operations: Vec<String>,
    /// The `required` lists changed by the overlays.
    pub required: Vec<RequiredOverride>,
    /// How the upstream document was derived, if Stripe did not publish it.
    pub derived: Option<Derived>,
}

/// Trims a document as far as possible; faults go to `problems`.
pub fn trim(source: &Source, overlays: &[Overlay], keep: &Keep, problems: &mut Problems) -> Result<Trimmed> {
    let file = source.file.as_str();
    let mut document = source.document.clone();
    let mut applied = Vec::new();
    for overlay in overlays {
        let changed = overlay.apply(&mut document, problems);
        applied.extend(problems.note(changed).into_iter().flatten());
    }
    let kept: BTreeSet<String> = keep.operations().map(|operation| operation.key()).collect();
    let overlay_operations = overlay::added_operations(&source.document, &document);
    for operation in &overlay_operations {
        if !kept.contains(operation) {
            let message = format!("overlay operation `{operation}` is not listed");
            problems.report(Error::at(&keep.file, "/section", message));
        }
    }
    let mut selected = select(file, &document, keep, problems);
    untyped::apply(&mut selected, keep, problems);
    let selected = selected;
    let closure = reach::closure(file, &selected, keep, problems);
    let required = required_overrides(&source.document, &selected, &closure);
    let mut cleaner = Cleaner {
        file,
        document: &selected,
        closure: &closure,
        cuts: Cuts::new(keep),
        problems,
        cut_edges: Vec::new(),
    };
    let mut paths = Map::new();
    for place in walk::operations(&selected) {
        let operation = cleaner.operation(place.operation, &place.pointer, &place.key());
        let Some(operation) = cleaner.problems.note(operation) else { continue };
        let item = paths.entry(place.path).or_insert_with(|| json!({}));
        item[place.method.to_ascii_lowercase()] = operation;
    }
    let mut schemas = Map::new();
    for place in walk::components(&selected).into_iter().filter(|place| closure.contains(&place.path)) {
        let schema = cleaner.schema(place.schema, &place.pointer, &place.path);
        if let Some(schema) = cleaner.problems.note(schema) {
            schemas.insert(place.path, schema);
        }
    }
    let cuts = std::mem::take(&mut cleaner.cut_edges);
    let problems = cleaner.problems;
    let derived = derivation(source, keep, problems);
    let document = assemble(file, &document, derived.as_ref(), paths, schemas)?;
    Ok(Trimmed { document, closure, cuts, overlays: applied, overlay_operations, required, derived })
}

/// True for a document that `trim` wrote.
pub fn is_trimmed(document: &Value) -> bool {
    document.pointer("/info/x-trimmed") == Some(&json!(true))
}

/// The member of `info` that marks a derived document.
pub const DERIVED: &str = "x-derived";

/// The selection's description of a derived document, which must match the document's own.
fn derivation(source: &Source, keep: &Keep, problems: &mut Problems) -> Option<Derived> {
    let stated = source.document.get("info").and_then(|info| info.get(DERIVED));
    let error = match (stated, &keep.derived) {
        (None, None) => return None,
        // A document that was already trimmed has the whole description.
        (Some(stated), Some(derived))
            if stated.get("from") == Some(&json!(derived.version)) || *stated == json!(derived) =>
        {
            return Some(derived.clone());
        }
        (None, Some(_)) => {
            let message = format!("{} is not derived; remove this table", source.file);
            Error::at(&keep.file, "/derived", message)
        }
        (Some(_), None) => {
            let message = format!("the document is derived, but {} has no `derived` table", keep.file);
            Error::at(&source.file, format!("/info/{DERIVED}"), message)
        }
        (Some(stated), Some(derived)) => {
            let from = stated.get("from").unwrap_or(&Value::Null);
            let message = format!("is `{}`, but {} is derived from {from}", derived.version, source.file);
            Error::at(&keep.file, "/derived/version", message)
        }
    };
    problems.report(error);
    None
}

fn assemble(
    file: &str,
    document: &Value,
    derived: Option<&Derived>,
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
) -> Result<Value> {
    let text = |pointer: &str| match document.pointer(pointer) {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => Err(Error::at(file, pointer, "is not a string")),
    };
    let mut out = json!({
        "openapi": text("/openapi")?,
        "info": { "title": text("/info/title")?, "version": text("/info/version")?, "x-trimmed": true },
        "paths": paths,
        "components": { "schemas": schemas },
    });
    if let Some(derived) = derived {
        out["info"][DERIVED] = json!(derived);
    }
    for key in ["servers", "security"] {
        if let Some(value) = document.get(key) {
            out[key] = value.clone();
        }
    }
    let mut schemes = Map::new();
    for (name, scheme) in walk::sorted(document.pointer("/components/securitySchemes")) {
        let facts = walk::sorted(Some(scheme)).filter(|(key, _)| *key != "description");
        let facts: Map<String, Value> = facts.map(|(key, fact)| (key.to_owned(), fact.clone())).collect();
        schemes.insert(name.to_owned(), facts.into());
    }
    if !schemes.is_empty() {
        out["components"]["securitySchemes"] = schemes.into();
    }
    Ok(out)
}

/// The kept `required` lists that differ from upstream.
fn required_overrides(before: &Value, selected: &Value, closure: &Closure) -> Vec<RequiredOverride> {
    let mut found = Vec::new();
    let operations = walk::operations(selected);
    let roots = operations.iter().flat_map(|place| {
        let schemas = walk::operation_schemas(place.operation, &place.pointer);
        schemas.into_iter().map(move |(role, mut root)| {
            let role = if role == Role::Request { "" } else { "response " };
            root.path = format!("{} {role}{}", place.key(), root.path);
            root
        })
    });
    let components = walk::components(selected).into_iter().filter(|place| closure.contains(&place.path));
    for root in roots.chain(components) {
        walk::visit(root, &mut |place| {
            found.extend(overlay::required_override(before, &place.pointer, &place.path, place.schema));
            true
        });
    }
    found
}
