//! Reports which types were merged, for the reviewer of a new document version.

use super::dedupe::Merged;
use super::ir::{Ir, ShapeId};
use super::names::Places;
use super::rust::full;
use std::fmt::Write;

/// A section of `openapi/closure.md`: each merged type with its places in the document.
pub fn report(ir: &Ir, places: &Places, merged: &Merged) -> String {
    let mut types: Vec<(String, Vec<&str>)> = merged
        .iter()
        .filter_map(|(kept, others)| {
            let place = places.get(kept)?;
            let ids = std::iter::once(kept).chain(others);
            Some((full(place).replacen("crate::", "", 1), ids.filter_map(|id| pointer(ir, *id)).collect()))
        })
        .collect();
    types.sort();
    let count: usize = types.iter().map(|(_, pointers)| pointers.len()).sum();
    let mut out = format!(
        "## One type for several places\n\n{count} places of the document are merged into {} types: structs with equal fields, and \
         enums whose values are subsets of one another.\n",
        types.len()
    );
    for (name, mut pointers) in types {
        pointers.sort_unstable();
        let _ = write!(out, "\n- `{name}`, {} places:", pointers.len());
        for pointer in pointers {
            let _ = write!(out, "\n  - `{pointer}`");
        }
    }
    out.push('\n');
    out
}

/// A readable pointer: unescaped, without the fixed parts.
fn pointer(ir: &Ir, id: ShapeId) -> Option<&str> {
    let pointer = ir.shapes.get(id)?.pointer.as_str();
    Some(
        pointer
            .strip_prefix("/components/schemas/")
            .or_else(|| pointer.strip_prefix("/paths/"))
            .unwrap_or(pointer),
    )
}
