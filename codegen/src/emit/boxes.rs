//! Boxes objects inside other objects. A recursive type needs it, and a program then compiles the inner type only
//! where it is used.

use super::ir::{Body, Ir, ShapeId, Type};

/// Boxes every field that is an object with named members, except switches.
pub fn box_objects(ir: &mut Ir) {
    let structs: Vec<bool> = ir
        .shapes
        .iter()
        .map(|shape| matches!(shape.body, Body::Struct { .. }) && !shape.is_switch())
        .collect();
    for shape in &mut ir.shapes {
        box_fields(&mut shape.body, &structs);
    }
    for request in &mut ir.requests {
        request.fields.iter_mut().for_each(|field| box_type(&mut field.ty, &structs));
    }
}

fn box_fields(body: &mut Body, structs: &[bool]) {
    if let Body::Struct { fields, .. } = body {
        fields.iter_mut().for_each(|field| box_type(&mut field.ty, structs));
    }
}

fn box_type(ty: &mut Type, structs: &[bool]) {
    if target(ty).is_some_and(|id| structs.get(id) == Some(&true)) {
        *ty = Type::Boxed(Box::new(ty.clone()));
    }
}

/// The type stored inline in a field; vectors, maps, references and unions store theirs on the heap.
fn target(ty: &Type) -> Option<ShapeId> {
    match ty {
        Type::Shape(id) => Some(*id),
        Type::Secret(inner) => target(inner),
        _ => None,
    }
}
