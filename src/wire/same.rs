//! Equality of records. Written once, over views: derived, it would be a comparison per type, which every build
//! compiles and hardly a program uses.

use super::{EncodeField, FieldRef, Record};
use crate::Json;
use zeroize::Zeroize;

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
            secret_bytes(left.as_bytes(), right.as_bytes())
        }
        (FieldRef::Json(left), FieldRef::Json(right)) => secret_json(left, right),
        _ => values(left, right),
    }
}

/// Compares two secrets in a time that depends only on their lengths.
pub(crate) fn secret_bytes(left: &[u8], right: &[u8]) -> bool {
    let differences = left.iter().zip(right).fold(0, |all, (a, b)| std::hint::black_box(all | (a ^ b)));
    left.len() == right.len() && std::hint::black_box(differences) == 0
}

pub(crate) fn secret_json(left: &Json, right: &Json) -> bool {
    let (mut left, mut right) = (left.to_string(), right.to_string());
    let result = secret_bytes(left.as_bytes(), right.as_bytes());
    left.zeroize();
    right.zeroize();
    result
}
