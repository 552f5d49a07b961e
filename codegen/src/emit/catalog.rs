//! A list of all generated items, for the tests that must cover all of them.

use super::ir::{Body, Field, Ir, Place, Type};
use super::names::{Places, required_name};
use super::rust::{Rust, full};
use super::{dedupe, write};
use std::fmt::Write as _;

pub fn text(ir: &Ir, places: &Places) -> String {
    let mut out = String::from(
        "//! All generated items, for the tests that must cover all of them.\n\n\
         use crate::generated_tests::{Reply, Sent, Shown, reply, sent};\n\n",
    );
    let rust = Rust { places, module: &[] };
    out.push_str("/// Every request, by operation id.\npub(crate) const REQUESTS: &[(&str, Sent)] = &[\n");
    for request in &ir.requests {
        let place = Place { module: request.module.clone(), name: request.name.clone() };
        let _ = writeln!(out, "({:?}, sent::<{}>),", request.operation_id, full(&place));
    }
    out.push_str(
        "];\n\n/// Every reply, by operation id.\npub(crate) const REPLIES: &[(&str, Reply)] = &[\n",
    );
    for request in &ir.requests {
        let _ = writeln!(out, "({:?}, reply::<{}>),", request.operation_id, global(&rust, &request.output));
    }
    out.push_str("];\n\n/// Every struct and union with a named schema, by schema name.\n");
    out.push_str("pub(crate) const SCHEMAS: &[(&str, Reply)] = &[\n");
    for (id, shape) in ir.shapes.iter().enumerate() {
        let (Some(place), false) = (places.get(&id), matches!(shape.body, Body::Enum(_))) else { continue };
        for schema in shape.schema.iter().chain(&shape.same_schemas) {
            let _ = writeln!(out, "({schema:?}, reply::<{}>),", full(place));
        }
    }
    out.push_str(
        "];\n\n/// Structs of required parameters, by operation id or by the path of the object's schema.\n\
         pub(crate) const REQUIRED: &[(&str, Shown)] = &[\n",
    );
    for request in &ir.requests {
        let place = Place { module: request.module.clone(), name: request.name.clone() };
        shown(&request.operation_id, &place, &request.fields, &mut out);
    }
    for (id, place) in places {
        if let Some(shape) = ir.shapes.get(*id).filter(|shape| shape.in_params) {
            shown(&shape.pointer, place, shape.body.fields(), &mut out);
        }
    }
    out.push_str(
        "];\n\n/// Every enum, with the path to it.\npub(crate) const ENUMS: &[(&str, &[&str])] = &[\n",
    );
    for (id, place) in places {
        if let Some(shape) = ir.shapes.get(*id).filter(|shape| matches!(shape.body, Body::Enum(_))) {
            let words: Vec<String> = dedupe::meanings(shape).into_iter().collect();
            let _ = writeln!(out, "({:?}, &{words:?}),", full(place));
        }
    }
    out.push_str("];\n");
    out
}

/// The debug text of a struct of required parameters, built from the whole object.
fn shown(key: &str, place: &Place, fields: &[Field], out: &mut String) {
    let required = write::required(fields);
    if !write::is_by_name(&required) {
        return;
    }
    let path = full(place);
    let by_name = full(&Place { name: required_name(&place.name), ..place.clone() });
    let fields = required.iter().map(|field| match field.ty {
        Type::Boxed(_) => format!("{0}: whole.{0}.into_inner()", field.name),
        _ => format!("{0}: whole.{0}", field.name),
    });
    let _ = writeln!(
        out,
        "({key:?}, |json| {{ let whole: {path} = crate::generated_tests::read(json); format!(\"{{:?}}\", {by_name} {{ {} }}) }}),",
        fields.collect::<Vec<_>>().join(", ")
    );
}

/// A macro that passes every request to another macro, for tables that need all of them.
pub fn operations(ir: &Ir) -> String {
    let mut out = String::from(
        "//! Every request, for tables that need all of them.\n\n\
         /// Calls a macro with the paths of all requests.\n\
         macro_rules! each_request { ($use:ident) => { $use! {\n",
    );
    for request in &ir.requests {
        let place = Place { module: request.module.clone(), name: request.name.clone() };
        let _ = writeln!(out, "{},", full(&place));
    }
    out.push_str("} }; }\n\npub(crate) use each_request;\n");
    out
}

/// A type with absolute paths from the crate root.
fn global(rust: &Rust<'_>, ty: &Type) -> String {
    match ty {
        Type::Shape(id) => rust.places.get(id).map_or_else(|| "crate::Json".to_owned(), full),
        Type::List(item) => format!("crate::List<{}>", global(rust, item)),
        Type::Page(item) => format!("crate::Page<{}>", global(rust, item)),
        other => rust.ty(other),
    }
}
