//! `openapi/closure.md`: the report to review when the API version changes.
//!
//! The first part comes from `trim`; `emit` can add a second part after a marker.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;

use crate::keep::Keep;
use crate::overlay::Overlay;
use crate::pointer;
use crate::reach::Edge;
use crate::source::Source;
use crate::trim::Trimmed;
use crate::walk::{self, Place, Role};

/// The name under which emitted files can contain the second part of the report.
pub const EMITTED: &str = "closure.md";

const MARKER: &str = "\n<!-- From here on written by `cargo codegen emit`. -->\n";

/// The inputs of the report.
pub struct Input<'a> {
    /// Upstream's document.
    pub source: &'a Source,
    /// The selection.
    pub keep: &'a Keep,
    /// The overlays.
    pub overlays: &'a [Overlay],
    /// The trimmed document.
    pub trimmed: &'a Trimmed,
    /// Size of the written document.
    pub bytes: usize,
}

/// Splits the parts written by `trim` and by `emit`.
pub fn split(report: &str) -> (&str, &str) {
    report.split_once(MARKER).unwrap_or((report, ""))
}

/// Joins the parts of the report.
pub fn join(head: &str, tail: &str) -> String {
    if tail.is_empty() { head.to_owned() } else { format!("{head}{MARKER}{tail}") }
}

/// Renders the part written by `trim`.
pub fn render(input: &Input<'_>) -> String {
    let mut out = String::from(
        "# What is in the trimmed document, and why\n\nWritten by `cargo codegen trim`; do not edit.\n",
    );
    // Writing to a string cannot fail.
    let _ = sections(&mut out, input);
    out
}

fn sections(out: &mut String, input: &Input<'_>) -> std::fmt::Result {
    let trimmed = input.trimmed;
    sizes(out, input)?;
    overlays(out, input)?;
    heading(out, "Required lists that differ from upstream's", trimmed.required.len())?;
    for change in &trimmed.required {
        let mut parts = Vec::new();
        if !change.relaxed.is_empty() {
            parts.push(format!("optional: {}", code_list(&change.relaxed)));
        }
        if !change.added.is_empty() {
            parts.push(format!("required: {}", code_list(&change.added)));
        }
        writeln!(out, "- `{}`: {}", change.place, parts.join("; "))?;
    }
    previews(out, &trimmed.document)?;
    unions(out, &trimmed.document)?;
    cuts(out, trimmed)?;
    heading(out, "Schemas, each with a shortest path to it", trimmed.closure.schemas().count())?;
    for schema in trimmed.closure.schemas() {
        writeln!(out, "- `{schema}`: {}", way(&trimmed.closure.way(schema)))?;
    }
    Ok(())
}

fn heading(out: &mut String, title: &str, count: usize) -> std::fmt::Result {
    writeln!(out, "\n## {title} ({count})\n")?;
    if count == 0 { writeln!(out, "None.") } else { Ok(()) }
}

fn sizes(out: &mut String, input: &Input<'_>) -> std::fmt::Result {
    let count = |document: &Value| {
        let (mut schemas, mut properties) = (0, 0);
        for (_, root) in roots(document) {
            walk::visit(root, &mut |place| {
                schemas += 1;
                properties += walk::sorted(place.schema.get("properties")).count();
                true
            });
        }
        (walk::operations(document).len(), walk::components(document).len(), schemas, properties)
    };
    let (before, after) = (count(&input.source.document), count(&input.trimmed.document));
    writeln!(out, "\n## Sizes\n\n| | upstream | trimmed |\n|---|---:|---:|")?;
    writeln!(out, "| bytes | {} | {} |", input.source.bytes, input.bytes)?;
    writeln!(out, "| operations | {} | {} |", before.0, after.0)?;
    writeln!(out, "| named schemas | {} | {} |", before.1, after.1)?;
    writeln!(out, "| schema places | {} | {} |", before.2, after.2)?;
    writeln!(out, "| properties | {} | {} |", before.3, after.3)?;
    if let Some(derived) = &input.trimmed.derived {
        writeln!(
            out,
            "\nUpstream's document is derived: the one of {} with the changes between {}.",
            derived.version,
            code_list(&derived.sdks.iter().map(|sdk| sdk.file.clone()).collect::<Vec<_>>())
        )?;
    }
    writeln!(out, "\n## Operations by section ({})\n", after.0)?;
    for section in &input.keep.sections {
        writeln!(out, "- {} ({}): {}", section.name, section.operations.len(), section.reason)?;
    }
    Ok(())
}

fn overlays(out: &mut String, input: &Input<'_>) -> std::fmt::Result {
    let applied = &input.trimmed.overlays;
    heading(out, "Overlay actions", applied.len())?;
    for overlay in input.overlays {
        writeln!(out, "`{}`: {}\n", overlay.file, overlay.title)?;
        for action in applied.iter().filter(|action| action.file == overlay.file) {
            write!(out, "- `{}` ({}, {})", action.target, action.source, action.date)?;
            for note in action.notes() {
                write!(out, " **{note}**")?;
            }
            out.push('\n');
        }
        out.push('\n');
    }
    let operations = &input.trimmed.overlay_operations;
    if !operations.is_empty() {
        writeln!(out, "Operations that come from overlays: {}.\n", code_list(operations))?;
    }
    let removable = applied.iter().filter(|action| action.removable).count();
    writeln!(out, "Removable actions: {removable}.")
}

fn previews(out: &mut String, document: &Value) -> std::fmt::Result {
    let mut found = BTreeMap::new();
    let mut note = |place: String, value: Option<&Value>| {
        if let Some(value) = value {
            found.insert(place, value.as_str().unwrap_or("no separate version").to_owned());
        }
    };
    for place in walk::operations(document) {
        note(place.key(), place.operation.get("x-preview"));
        for parameter in place.operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            note(format!("{} {name}", place.key()), parameter.get("x-preview"));
        }
    }
    for (_, root) in roots(document) {
        walk::visit(root, &mut |place| {
            note(place.path.clone(), place.schema.get("x-preview"));
            true
        });
    }
    heading(out, "Preview items", found.len())?;
    for (place, version) in found {
        writeln!(out, "- `{place}`: {version}")?;
    }
    Ok(())
}

fn unions(out: &mut String, document: &Value) -> std::fmt::Result {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, root) in roots(document) {
        walk::visit(root, &mut |place| {
            let members = object_alternatives(place.schema);
            if members.len() > 1 {
                let names: Vec<String> = members.iter().map(|member| member_name(member)).collect();
                let by = discriminator(document, &members).unwrap_or("nothing in the schema".into());
                let key = format!("{}: distinguished by {by}", names.join(" | "));
                found.entry(key).or_default().insert(place.path.clone());
            }
            true
        });
    }
    heading(out, "Unions of objects, with their discriminators", found.len())?;
    for (union, places) in found {
        let places: Vec<String> = places.into_iter().collect();
        writeln!(out, "- {union}: {}", code_list(&places))?;
    }
    Ok(())
}

fn object_alternatives(schema: &Value) -> Vec<&Value> {
    let alternatives =
        ["anyOf", "oneOf"].iter().filter_map(|keyword| schema.get(keyword)?.as_array()).flatten();
    alternatives.filter(|member| member.get("$ref").is_some() || member.get("properties").is_some()).collect()
}

fn member_name(member: &Value) -> String {
    let title = || member.get("title").and_then(Value::as_str).map(|title| format!("`{title}` (inline)"));
    pointer::ref_name(member)
        .map(|name| format!("`{name}`"))
        .or_else(title)
        .unwrap_or("an inline object".into())
}

/// The properties that distinguish the members: different values of `object` or `type`, or `deleted` in only some.
fn discriminator(document: &Value, members: &[&Value]) -> Option<String> {
    let resolved: Vec<&Value> = members
        .iter()
        .map(|member| match pointer::ref_name(member) {
            Some(name) => document.pointer(&walk::component_pointer(&name)),
            None => Some(*member),
        })
        .collect::<Option<_>>()?;
    let mut alike: Vec<(&Value, &Value)> = Vec::new();
    for (i, one) in resolved.iter().enumerate() {
        alike.extend(resolved.iter().skip(i + 1).map(|other| (*one, *other)));
    }
    let mut by = Vec::new();
    for name in ["object", "type", "deleted"] {
        let before = alike.len();
        alike.retain(|(one, other)| !differ(one, other, name));
        if alike.len() < before {
            by.push(format!("`{name}`"));
        }
    }
    alike.is_empty().then(|| by.join(" and "))
}

fn differ(one: &Value, other: &Value, name: &str) -> bool {
    let property = |member: &'_ Value| member.pointer(&format!("/properties/{name}")).cloned();
    if name == "deleted" {
        return property(one).is_some() != property(other).is_some();
    }
    let values = |member| property(member).and_then(|property| property.get("enum")?.as_array().cloned());
    match (values(one), values(other)) {
        (Some(one), Some(other)) => one.iter().all(|value| !other.contains(value)),
        _ => false,
    }
}

fn cuts(out: &mut String, trimmed: &Trimmed) -> std::fmt::Result {
    let named: Vec<_> = trimmed.cuts.iter().filter(|cut| cut.reason.is_some()).collect();
    heading(out, "Named cuts", named.len())?;
    for cut in named {
        let targets: Vec<String> = cut.targets.iter().cloned().collect();
        let reason = cut.reason.as_deref().unwrap_or_default();
        writeln!(out, "- `{}` (no longer {}): {reason}", cut.path, code_list(&targets))?;
    }
    let mut by_target: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for cut in trimmed.cuts.iter().filter(|cut| cut.reason.is_none()) {
        for target in &cut.targets {
            by_target.entry(target).or_default().push(cut.path.clone());
        }
    }
    heading(out, "Objects outside the selection that an expandable field can hold", by_target.len())?;
    for (target, mut fields) in by_target {
        fields.sort();
        writeln!(out, "- `{target}`: {}", code_list(&fields))?;
    }
    Ok(())
}

fn way(edges: &[&Edge]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (i, edge) in edges.iter().enumerate() {
        if i == 0 {
            parts.push(format!("`{}`", edge.from));
        }
        parts.push(format!("`{}`", edge.path));
    }
    parts.join(" → ")
}

fn code_list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Every root schema of a document; the path of an operation's schema starts with the operation.
pub fn roots(document: &Value) -> Vec<(Role, Place<'_>)> {
    let mut found = Vec::new();
    for place in walk::operations(document) {
        for (role, mut root) in walk::operation_schemas(place.operation, &place.pointer) {
            root.path = format!("{} {}", place.key(), root.path);
            found.push((role, root));
        }
    }
    found.extend(walk::components(document).into_iter().map(|place| (Role::Response, place)));
    found
}
