//! `Debug` for records: fields by name, without secrets, personal data and raw JSON.

use super::{EncodeField, Field, FieldRef, PRIVATE, Record};
use std::fmt;

pub(crate) const REDACTED: &str = "[redacted]";

/// Implements `Debug` for a record.
pub(crate) fn record(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut out = f.debug_struct(record.table().name);
    record.each(|field, value| member(field, value, &mut out));
    record.show_added(&mut out);
    if record.extra().is_some_and(|extra| !extra.is_empty()) {
        out.finish_non_exhaustive()
    } else {
        out.finish()
    }
}

/// Implements `Debug` for a nested struct of a record.
pub(crate) fn fields(
    name: &str,
    fields: &[(Field, &dyn EncodeField)],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let mut out = f.debug_struct(name);
    for (field, value) in fields {
        member(field, *value, &mut out);
    }
    out.finish()
}

fn member(field: &Field, value: &dyn EncodeField, out: &mut fmt::DebugStruct<'_, '_>) {
    match value.view() {
        FieldRef::Absent => {}
        _ if field.has(PRIVATE) => {
            out.field(field.name, &format_args!("{REDACTED}"));
        }
        view => {
            out.field(field.name, &Viewed(&view));
        }
    }
}

/// Implements `Debug` for unions and references.
pub(crate) fn value(value: &dyn EncodeField, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    fmt::Debug::fmt(&Viewed(&value.view()), f)
}

struct Viewed<'a>(&'a FieldRef<'a>);

impl fmt::Debug for Viewed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            FieldRef::Absent => f.write_str("-"),
            FieldRef::Clear => f.write_str("cleared"),
            FieldRef::Bool(value) => value.fmt(f),
            FieldRef::Int(value) => value.fmt(f),
            FieldRef::Decimal(text) => f.write_str(text),
            FieldRef::Str(text) | FieldRef::Text(text) => text.fmt(f),
            FieldRef::Record(inner) => record(*inner, f),
            FieldRef::List(list) => {
                let mut out = f.debug_list();
                for item in (0..list.len()).filter_map(|index| list.item(index)) {
                    out.entry(&Viewed(&item.view()));
                }
                out.finish()
            }
            FieldRef::Map(map) => {
                let mut out = f.debug_map();
                for (name, value) in map.entries() {
                    out.entry(&name, &Viewed(&value.view()));
                }
                out.finish()
            }
            // Unknown JSON can contain anything, so it is not printed.
            FieldRef::Json(_) => f.write_str("Json(..)"),
            FieldRef::File(file) => fmt::Debug::fmt(file, f),
            FieldRef::Secret(_) => f.write_str(REDACTED),
        }
    }
}
