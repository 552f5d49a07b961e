//! `cargo codegen upgrade`: lists the decisions needed to move the crate to another document.
//!
//! Nothing is written. The document is trimmed and emitted in memory, and faults are collected.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::diff;
use crate::emit::{Requests, emit};
use crate::error::Result;
use crate::keep::Keep;
use crate::overlay::Overlay;
use crate::problems::Problems;
use crate::source::Source;
use crate::trim::trim;
use crate::walk;
use crate::workspace::{DOCUMENT, Workspace};

/// The decisions as Markdown; `old` is the full document of the current version, if available.
pub fn report(workspace: &Workspace, spec: &Path, old: Option<&Path>) -> Result<String> {
    let source = Source::read(spec, &spec.display().to_string())?;
    let old = old.map(|old| Source::read(old, &old.display().to_string())).transpose()?;
    let before = workspace.keep()?;
    let mut keep = before.clone();
    source
        .document
        .pointer("/info/version")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .clone_into(&mut keep.api);
    let overlays: Vec<Overlay> = workspace.overlays()?.into_iter().map(|(overlay, _)| overlay).collect();
    let mut problems = Problems::new();
    let trimmed = trim(&source, &overlays, &keep, &mut problems)?;
    let docs = workspace.docs()?;

    let mut out = format!("# From {} to {}\n", before.api, keep.api);
    let operations = new_operations(&source.document, old.as_ref().map(|old| &old.document), &keep);
    section(
        &mut out,
        "New operations in covered families: select them in keep.toml, or ignore them",
        operations,
    );
    let notes = problems.into_notes().into_iter().map(|problem| problem.to_string());
    section(&mut out, "Faults: removed operations, members and overlay targets", notes);
    let overlays = trimmed.overlays.iter().flat_map(|action| {
        action.notes().into_iter().map(|note| format!("`{}#{}`: {note}", action.file, action.pointer))
    });
    section(&mut out, "Overlays to remove or to change", overlays);
    let untold = walk::operations(&trimmed.document).into_iter().filter_map(|place| {
        let id = place.operation.get("operationId")?.as_str()?;
        docs.operation(id).is_none().then(|| format!("`{id}` ({})", place.key()))
    });
    section(&mut out, "Operations without a text in docs.toml", untold);
    // Removed items were reported above.
    for section in &mut keep.sections {
        section.operations.retain(|kept| {
            trimmed.document.pointer(&walk::operation_pointer(&kept.path, &kept.method)).is_some()
        });
    }
    let faults = emit(&trimmed.document, &docs, &keep, &Requests::new()).err().unwrap_or_default();
    // A document that could not be read to its end has not asked for all texts.
    let complete = faults.iter().all(|fault| fault.line.is_some());
    let (texts, clashes): (Vec<_>, Vec<_>) = faults.into_iter().partition(|fault| fault.line.is_some());
    section(
        &mut out,
        "Name conflicts and other items that cannot be emitted; fix them and run this again",
        clashes.iter().map(ToString::to_string),
    );
    section(&mut out, "Fields without a text in docs.toml", texts.iter().map(ToString::to_string));
    if complete {
        section(&mut out, "Texts in docs.toml about removed items", docs.unused());
    }
    out.push('\n');
    out.push_str(&diff::documents(workspace, &workspace.path(DOCUMENT), spec)?);
    Ok(out)
}

fn section(out: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let lines: Vec<String> = lines.into_iter().collect();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "\n## {title} ({})\n", lines.len());
    for line in lines {
        let _ = writeln!(out, "- {line}");
    }
}

/// Unselected operations of families with selected ones, except those that `old` already has.
fn new_operations(document: &Value, old: Option<&Value>, keep: &Keep) -> Vec<String> {
    let families: BTreeSet<String> = keep.operations().map(|operation| family(&operation.path)).collect();
    let places = walk::operations(document).into_iter().filter(|place| {
        keep.find(&place.method, place.path).is_none()
            && families.contains(&family(place.path))
            && old.is_none_or(|old| old.pointer(&place.pointer).is_none())
    });
    places.map(|place| format!("`{}`", place.key())).collect()
}

/// The family of a path, without ids: `/v1/issuing/cards` of `/v1/issuing/cards/{card}/ship`.
fn family(path: &str) -> String {
    const GROUPS: [&str; 4] = ["issuing", "treasury", "test_helpers", "core"];
    let words = path.split('/').filter(|word| !word.is_empty() && !word.starts_with('{'));
    let mut family = String::new();
    for (index, word) in words.enumerate() {
        let _ = write!(family, "/{word}");
        // The first segment is the version.
        if index > 0 && !GROUPS.contains(&word) {
            break;
        }
    }
    family
}

#[cfg(test)]
mod tests {
    use super::family;

    #[test]
    fn family_is_resource_with_groups() {
        for (path, expected) in [
            ("/v1/topups", "/v1/topups"),
            ("/v1/topups/{topup}/cancel", "/v1/topups"),
            ("/v1/accounts/{account}/persons/{person}", "/v1/accounts"),
            ("/v1/issuing/cards/{card}", "/v1/issuing/cards"),
            ("/v1/test_helpers/issuing/cards/{card}/shipping/ship", "/v1/test_helpers/issuing/cards"),
            ("/v2/core/vault/us_bank_accounts/{id}", "/v2/core/vault"),
        ] {
            assert_eq!(family(path), expected, "{path}");
        }
    }
}
