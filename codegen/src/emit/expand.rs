//! The paths of the expandable fields of a reply.

use super::ir::{Body, Ir, ShapeId, Type};

/// The maximum depth of a path that Stripe accepts.
const DEPTH: usize = 4;

/// The expandable paths of a resource, sorted. Paths through expandable fields are not followed, since they would
/// repeat those of the other resource.
pub fn paths(ir: &Ir, id: ShapeId) -> Vec<String> {
    let mut out = Vec::new();
    walk(ir, id, &mut Vec::new(), &mut out);
    out.sort();
    out.dedup();
    out
}

fn walk(ir: &Ir, id: ShapeId, words: &mut Vec<String>, out: &mut Vec<String>) {
    let Some(shape) = ir.shapes.get(id) else { return };
    if words.len() >= DEPTH {
        return;
    }
    match &shape.body {
        Body::Struct { fields, .. } => {
            for field in fields {
                words.push(field.wire.clone());
                if let Type::List(item) = &field.ty {
                    words.push("data".to_owned());
                    item.shapes(false, &mut |id| walk(ir, id, words, out));
                    words.pop();
                } else if field.expands || refers(&field.ty) {
                    out.push(words.join("."));
                } else {
                    field.ty.shapes(false, &mut |id| walk(ir, id, words, out));
                }
                words.pop();
            }
        }
        Body::Union(arms) => arms.iter().for_each(|arm| walk(ir, arm.shape, words, out)),
        Body::Enum(_) => {}
    }
}

fn refers(ty: &Type) -> bool {
    matches!(ty, Type::Ref(_)) || ty.inner().is_some_and(refers)
}
