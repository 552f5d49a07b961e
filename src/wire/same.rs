//! Equality of records. Written once, over views: derived, it would be a comparison per type, which every build
//! compiles and hardly a program uses.

use super::{EncodeField, FieldRef, Record};
use crate::types::secret::{self, Sensitive};

/// Whether two records of one type have the same content.
pub(crate) fn records(left: &dyn Record, right: &dyn Record) -> bool {
    let mut same = false;
    left.visit(&mut |fields, extra| {
        right.visit(&mut |others, other_extra| {
            same = extra == other_extra
                && fields.len() == others.len()
                && fields.iter().zip(others).all(|(field, other)| values(*field, *other));
        });
    });
    same
}

fn values(left: &dyn EncodeField, right: &dyn EncodeField) -> bool {
    match (left.view(), right.view()) {
        (FieldRef::Absent, FieldRef::Absent) | (FieldRef::Clear, FieldRef::Clear) => true,
        (FieldRef::Bool(left), FieldRef::Bool(right)) => left == right,
        (FieldRef::Int(left), FieldRef::Int(right)) => left == right,
        (FieldRef::Decimal(left), FieldRef::Decimal(right))
        | (FieldRef::Str(left), FieldRef::Str(right))
        | (FieldRef::Text(left), FieldRef::Text(right)) => left == right,
        // Of a union, two variants can be compared.
        (FieldRef::Record(left), FieldRef::Record(right)) => {
            std::ptr::eq(left.table(), right.table()) && records(left, right)
        }
        (FieldRef::List(left), FieldRef::List(right)) => {
            left.len() == right.len()
                && (0..left.len()).all(|index| match (left.item(index), right.item(index)) {
                    (Some(left), Some(right)) => values(left, right),
                    _ => false,
                })
        }
        (FieldRef::Map(left), FieldRef::Map(right)) => {
            left.len() == right.len()
                && left
                    .entries()
                    .zip(right.entries())
                    .all(|((name, left), (other, right))| name == other && values(left, right))
        }
        (FieldRef::Json(left), FieldRef::Json(right)) => left == right,
        (FieldRef::File(left), FieldRef::File(right)) => left.is_same(right),
        (FieldRef::Secret(left), FieldRef::Secret(right)) => secrets(left, right),
        _ => false,
    }
}

/// Compares texts in constant time.
fn secrets(left: &dyn EncodeField, right: &dyn EncodeField) -> bool {
    match (left.view(), right.view()) {
        (FieldRef::Str(left), FieldRef::Str(right)) | (FieldRef::Text(left), FieldRef::Text(right)) => {
            secret::same(left.as_bytes(), right.as_bytes())
        }
        (FieldRef::Json(left), FieldRef::Json(right)) => left.is_same(right),
        _ => values(left, right),
    }
}
