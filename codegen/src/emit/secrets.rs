//! Finds the types that can hold a secret, at any depth.

use super::ir::{Arm, Body, Field, Ir, ShapeId, Type};
use std::collections::BTreeSet;

/// The shapes that can hold a secret.
#[derive(Default)]
pub struct Secrets(BTreeSet<ShapeId>);

impl Secrets {
    /// Repeats until no further shape is found, because shapes are recursive.
    pub fn find(ir: &Ir) -> Self {
        let mut found = Self::default();
        loop {
            let before = found.0.len();
            for (id, shape) in ir.shapes.iter().enumerate().filter(|(_, shape)| !shape.gone) {
                let holds = match &shape.body {
                    Body::Struct { fields, .. } => found.in_fields(fields),
                    Body::Union(arms) => arms.iter().any(|Arm { shape, .. }| found.in_shape(*shape)),
                    Body::Enum(_) => false,
                };
                if holds {
                    found.0.insert(id);
                }
            }
            if found.0.len() == before {
                return found;
            }
        }
    }

    /// Whether a shape can hold a secret.
    pub fn in_shape(&self, id: ShapeId) -> bool {
        self.0.contains(&id)
    }

    /// Whether one of these fields is a secret or can hold one.
    pub fn in_fields(&self, fields: &[Field]) -> bool {
        fields.iter().any(|field| self.in_type(&field.ty))
    }

    fn in_type(&self, ty: &Type) -> bool {
        match ty {
            Type::Secret(_) => true,
            // An id names an object and does not hold it.
            Type::Id(_) => false,
            Type::Shape(id) => self.in_shape(*id),
            Type::KeywordOr(keyword, value) => self.in_type(keyword) || self.in_type(value),
            other => other.inner().is_some_and(|inner| self.in_type(inner)),
        }
    }
}
