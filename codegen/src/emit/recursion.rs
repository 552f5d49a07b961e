//! A struct that would hold itself holds itself in a box.

use super::ir::{Body, Ir, ShapeId, Type};
use std::collections::{BTreeMap, BTreeSet};

/// Boxes the fields that close a cycle.
pub fn box_cycles(ir: &mut Ir) {
    let held: BTreeMap<ShapeId, BTreeSet<ShapeId>> =
        ir.shapes.iter().enumerate().map(|(id, shape)| (id, direct(&shape.body))).collect();
    for (id, shape) in ir.shapes.iter_mut().enumerate() {
        let Body::Struct { fields, .. } = &mut shape.body else { continue };
        for field in fields {
            let Some(target) = target(&field.ty) else { continue };
            if reaches(&held, target, id) {
                field.ty = Type::Boxed(Box::new(field.ty.clone()));
            }
        }
    }
}

fn direct(body: &Body) -> BTreeSet<ShapeId> {
    body.fields().iter().filter_map(|field| target(&field.ty)).collect()
}

/// The struct that lies inline in a field of this type; vectors, maps, references and unions hold theirs on the heap.
fn target(ty: &Type) -> Option<ShapeId> {
    match ty {
        Type::Shape(id) => Some(*id),
        Type::Secret(inner) => target(inner),
        _ => None,
    }
}

fn reaches(held: &BTreeMap<ShapeId, BTreeSet<ShapeId>>, from: ShapeId, to: ShapeId) -> bool {
    let mut seen = BTreeSet::new();
    let mut queue = vec![from];
    while let Some(id) = queue.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            queue.extend(held.get(&id).into_iter().flatten());
        }
    }
    false
}
