//! `cargo codegen diff`: what changes for users of this crate between two documents.
//!
//! A *breaking* change can stop code from compiling or calls from working. All other changes are additions or
//! remarks.

mod schema;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::error::Result;
use crate::keep::Keep;
use crate::overlay::Overlay;
use crate::pointer;
use crate::problems::Problems;
use crate::source::Source;
use crate::trim::{is_trimmed, trim};
use crate::walk::{self, Role};
use crate::workspace::Workspace;

/// The severity of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Code may no longer compile, or calls may fail.
    Breaking,
    /// Something was added.
    Addition,
    /// Other changes worth reviewing.
    Other,
}

/// All changes, grouped by severity and by operation or object.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    found: BTreeMap<Weight, BTreeMap<String, Vec<String>>>,
}

impl Changes {
    fn add(&mut self, weight: Weight, group: &str, text: impl Into<String>) {
        let texts = self.found.entry(weight).or_default().entry(group.to_owned()).or_default();
        let text = text.into();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
}

/// One of the two documents, reduced to the selection.
struct Side {
    document: Value,
    notes: Vec<String>,
}

/// Compares two files, each a trimmed document or a full one.
pub fn documents(workspace: &Workspace, old: &Path, new: &Path) -> Result<String> {
    let (old, new) = (read(old)?, read(new)?);
    let keep = workspace.keep()?;
    let overlays: Vec<Overlay> = workspace.overlays()?.into_iter().map(|(overlay, _)| overlay).collect();
    sources(&old, &new, &keep, &overlays)
}

fn read(path: &Path) -> Result<Source> {
    Source::read(path, &path.display().to_string())
}

/// Compares two documents. A full document is trimmed first; where the selection or an overlay does not fit, the
/// mismatch is noted and does not fail the comparison.
pub fn sources(old: &Source, new: &Source, keep: &Keep, overlays: &[Overlay]) -> Result<String> {
    let (old, new) = (side(old, keep, overlays)?, side(new, keep, overlays)?);
    let mut changes = compare(&old.document, &new.document);
    for wanted in keep.operations() {
        let pointer = walk::operation_pointer(&wanted.path, &wanted.method);
        if old.document.pointer(&pointer).is_none() && new.document.pointer(&pointer).is_none() {
            let text = format!("`{}` is selected, but neither document has it", wanted.key());
            changes.add(Weight::Other, "The selection", text);
        }
    }
    for note in new.notes {
        changes.add(Weight::Other, "The selection", note);
    }
    Ok(render(&old.document, &new.document, &changes))
}

fn side(source: &Source, keep: &Keep, overlays: &[Overlay]) -> Result<Side> {
    if is_trimmed(&source.document) {
        return Ok(Side { document: source.document.clone(), notes: Vec::new() });
    }
    let mut problems = Problems::new();
    let trimmed = trim(source, overlays, keep, &mut problems)?;
    // A missing operation appears in the comparison, and a new document has another version.
    let about_selection = |pointer: &str| pointer == "/api" || pointer.starts_with("/section");
    let mut notes: Vec<String> = problems
        .into_notes()
        .into_iter()
        .filter(|note| !(note.file == keep.file && about_selection(&note.pointer)))
        .map(|note| note.to_string())
        .collect();
    let removable = trimmed.overlays.iter().filter(|action| action.removable);
    notes.extend(removable.map(|action| {
        format!(
            "`{}#{}` can be removed: the upstream document already contains the change",
            action.file, action.pointer
        )
    }));
    Ok(Side { document: trimmed.document, notes })
}

/// Compares two trimmed documents.
pub fn compare(old: &Value, new: &Value) -> Changes {
    let mut changes = Changes::default();
    operations(old, new, &mut changes);
    components(old, new, &mut changes);
    changes
}

fn operations(old: &Value, new: &Value, changes: &mut Changes) {
    let by_key = |document| -> BTreeMap<String, &Value> {
        walk::operations(document).into_iter().map(|place| (place.key(), place.operation)).collect()
    };
    let (old, new) = (by_key(old), by_key(new));
    for (key, old) in &old {
        match new.get(key) {
            Some(new) => operation(&code(key), old, new, changes),
            None => changes.add(Weight::Breaking, "Operations", format!("`{key}` is gone")),
        }
    }
    for key in new.keys().filter(|key| !old.contains_key(*key)) {
        changes.add(Weight::Addition, "Operations", format!("`{key}` is new"));
    }
}

fn operation(group: &str, old: &Value, new: &Value, changes: &mut Changes) {
    remarks(group, "the operation", old, new, changes);
    if old.get("operationId") != new.get("operationId") {
        let name = |operation: &Value| {
            code(operation.get("operationId").and_then(Value::as_str).unwrap_or_default())
        };
        changes.add(Weight::Other, group, format!("the operationId {} is now {}", name(old), name(new)));
    }
    if old.get("servers") != new.get("servers") {
        changes.add(Weight::Other, group, "the request is sent to another host");
    }
    parameters(group, old, new, changes);
    let bodies = (body(old), body(new));
    match bodies {
        (Some((old_media, old)), Some((new_media, new))) => {
            if old_media != new_media {
                let text = format!("the body is {} instead of {}", code(new_media), code(old_media));
                changes.add(Weight::Breaking, group, text);
            }
            schema::Comparison { role: Role::Request, group, changes }.schemas("", old, new);
        }
        (None, Some((_, new))) => {
            schema::Comparison { role: Role::Request, group, changes }.schemas("", &Value::Null, new);
        }
        (Some((_, old)), None) => {
            schema::Comparison { role: Role::Request, group, changes }.schemas("", old, &Value::Null);
        }
        (None, None) => {}
    }
    match (response(old), response(new)) {
        (Some((old_media, _)), Some((new_media, _))) if old_media != new_media => {
            let text = format!("the response is {} instead of {}", code(new_media), code(old_media));
            changes.add(Weight::Breaking, group, text);
        }
        (Some((_, old)), Some((_, new))) => {
            schema::Comparison { role: Role::Response, group, changes }.schemas("", old, new);
        }
        _ => {}
    }
}

fn body(operation: &Value) -> Option<(&str, &Value)> {
    media(operation.get("requestBody")?)
}

fn response(operation: &Value) -> Option<(&str, &Value)> {
    media(operation.get("responses")?.get("200")?)
}

fn media(holder: &Value) -> Option<(&str, &Value)> {
    let (media, content) = walk::sorted(holder.get("content")).next()?;
    Some((media, content.get("schema")?))
}

/// Compares path and query parameters; body parameters are properties of the body's schema.
fn parameters(group: &str, old: &Value, new: &Value, changes: &mut Changes) {
    let by_name = |operation| -> BTreeMap<(String, String), &Value> {
        let list = Value::as_array(Value::get(operation, "parameters").unwrap_or(&Value::Null));
        let text = |parameter: &Value, key| {
            parameter.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        list.into_iter()
            .flatten()
            .map(|parameter| ((text(parameter, "in"), text(parameter, "name")), parameter))
            .collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    let is_required = |parameter: &Value| parameter.get("required") == Some(&Value::Bool(true));
    let null = Value::Null;
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for place in names {
        let (old, new) = (old.get(place), new.get(place));
        let of = |side: Option<&&Value>| side.is_some_and(|parameter| is_required(parameter));
        let mut comparison = schema::Comparison { role: Role::Request, group, changes };
        let sides = [old, new].map(|side| side.and_then(|side| side.get("schema")));
        comparison.member(&place.1, (sides[0], of(old)), (sides[1], of(new)));
        remarks(
            group,
            &format!("parameter {}", code(&place.1)),
            old.copied().unwrap_or(&null),
            new.copied().unwrap_or(&null),
            changes,
        );
    }
}

/// Compares the flags (deprecated, preview) of an operation, parameter or schema. A place that only one side has is
/// reported elsewhere.
fn remarks(group: &str, what: &str, old: &Value, new: &Value, changes: &mut Changes) {
    if old.is_null() || new.is_null() {
        return;
    }
    let mark = |value: &Value, key| value.get(key).cloned().unwrap_or(Value::Bool(false));
    match (mark(old, "deprecated") == true, mark(new, "deprecated") == true) {
        (false, true) => changes.add(Weight::Other, group, format!("{what} is now deprecated")),
        (true, false) => changes.add(Weight::Other, group, format!("{what} is no longer deprecated")),
        _ => {}
    }
    match (mark(old, "x-preview"), mark(new, "x-preview")) {
        (old, new) if old == new => {}
        (_, Value::Bool(false)) => {
            changes.add(Weight::Other, group, format!("{what} is no longer a preview"))
        }
        (Value::Bool(false), _) => changes.add(Weight::Other, group, format!("{what} is now a preview")),
        _ => changes.add(Weight::Other, group, format!("{what} is now a preview of another version")),
    }
}

/// Compares named schemas in each role in which they are used.
fn components(old: &Value, new: &Value, changes: &mut Changes) {
    let by_name = |document| -> BTreeMap<String, &Value> {
        walk::components(document).into_iter().map(|place| (place.path, place.schema)).collect()
    };
    let sent = used_in_requests(new);
    let (old, new) = (by_name(old), by_name(new));
    for (name, old) in &old {
        let group = &format!("{} (object)", code(name));
        match new.get(name) {
            Some(new) => {
                schema::Comparison { role: Role::Response, group, changes }.schemas("", old, new);
                if sent.contains(name) {
                    schema::Comparison { role: Role::Request, group, changes }.schemas("", old, new);
                }
            }
            None => changes.add(Weight::Breaking, "Objects", format!("{} is gone", code(name))),
        }
    }
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        changes.add(Weight::Addition, "Objects", format!("{} is new", code(name)));
    }
}

fn used_in_requests(document: &Value) -> BTreeSet<String> {
    let mut pending: Vec<&Value> = Vec::new();
    for place in walk::operations(document) {
        let roots = walk::operation_schemas(place.operation, &place.pointer);
        let requests = roots.into_iter().filter(|(role, _)| *role == Role::Request);
        pending.extend(requests.map(|(_, root)| root.schema));
    }
    let mut names = BTreeSet::new();
    while let Some(schema) = pending.pop() {
        if let Some(name) = pointer::ref_name(schema)
            && let Some(target) = document.pointer(&walk::component_pointer(&name))
            && names.insert(name)
        {
            pending.push(target);
        }
        pending.extend(walk::children(schema, "").into_iter().map(|child| child.schema));
    }
    names
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn render(old: &Value, new: &Value, changes: &Changes) -> String {
    let version = |document: &Value| {
        document.pointer("/info/version").and_then(Value::as_str).unwrap_or("unknown version").to_owned()
    };
    let mut out = format!(
        "# From {} to {}\n\nOperations of the selection: {} before, {} after.\n",
        version(old),
        version(new),
        walk::operations(old).len(),
        walk::operations(new).len()
    );
    if changes.found.is_empty() {
        out.push_str("\nNo changes for users of this crate.\n");
    }
    for (weight, groups) in &changes.found {
        let title = match weight {
            Weight::Breaking => "Breaking",
            Weight::Addition => "Additions",
            Weight::Other => "Other",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "\n## {title} ({})", groups.values().map(Vec::len).sum::<usize>());
        for (group, texts) in groups {
            let _ = writeln!(out, "\n### {group}\n");
            for text in texts {
                let _ = writeln!(out, "- {text}");
            }
        }
    }
    out
}
