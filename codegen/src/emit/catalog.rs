//! A list of everything that was generated, for the tests that must reach all of it.

use super::ir::{Body, Ir, Type};
use super::names::Places;
use super::rust::{Rust, full};
use std::fmt::Write;

pub fn text(ir: &Ir, places: &Places) -> String {
    let mut out = String::from(
        "//! Everything that was generated, for the tests that must reach all of it.\n\n\
         use crate::catalog::{Reply, Sent, reply, sent};\n\n",
    );
    let rust = Rust { places, module: &[] };
    out.push_str("/// Every request, by operation id.\npub(crate) const REQUESTS: &[(&str, Sent)] = &[\n");
    for request in &ir.requests {
        let place = super::ir::Place { module: request.module.clone(), name: request.name.clone() };
        let _ = writeln!(out, "({:?}, sent::<{}>),", request.operation_id, full(&place));
    }
    out.push_str(
        "];\n\n/// Every reply, by operation id.\npub(crate) const REPLIES: &[(&str, Reply)] = &[\n",
    );
    for request in &ir.requests {
        let _ = writeln!(out, "({:?}, reply::<{}>),", request.operation_id, global(&rust, &request.output));
    }
    out.push_str(
        "];\n\n/// Every struct and union that has a schema of its own, by the name of the schema.\n",
    );
    out.push_str("pub(crate) const SCHEMAS: &[(&str, Reply)] = &[\n");
    for (id, shape) in ir.shapes.iter().enumerate() {
        let (Some(schema), Some(place), false) =
            (&shape.schema, places.get(&id), matches!(shape.body, Body::Enum(_)))
        else {
            continue;
        };
        let _ = writeln!(out, "({schema:?}, reply::<{}>),", full(place));
    }
    out.push_str("];\n\n/// The names of all types, for the rules about names.\npub(crate) const NAMES: &[&str] = &[\n");
    for place in places.values() {
        let _ = writeln!(out, "{:?},", full(place));
    }
    out.push_str("];\n");
    out
}

/// A macro that hands every request to another macro, for the tables that need all of them.
pub fn operations(ir: &Ir) -> String {
    let mut out = String::from(
        "//! Every request, for the tables that need all of them.\n\n\
         /// Calls a macro with the paths of all requests.\n\
         macro_rules! each_request { ($use:ident) => { $use! {\n",
    );
    for request in &ir.requests {
        let place = super::ir::Place { module: request.module.clone(), name: request.name.clone() };
        let _ = writeln!(out, "{},", full(&place));
    }
    out.push_str("} }; }\n\npub(crate) use each_request;\n");
    out
}

/// A type with all paths from the root.
fn global(rust: &Rust<'_>, ty: &Type) -> String {
    match ty {
        Type::Shape(id) => rust.places.get(id).map_or_else(|| "crate::Json".to_owned(), full),
        Type::List(item) => format!("crate::List<{}>", global(rust, item)),
        Type::Page(item) => format!("crate::Page<{}>", global(rust, item)),
        other => rust.ty(other),
    }
}
