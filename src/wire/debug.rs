//! `Debug` for every record: fields by name, without secrets, personal data or raw JSON.

use super::{Field, PRIVATE, Record, Value, View};
use std::fmt;

const REDACTED: &str = "[redacted]";

/// The body of every `Debug` implementation of a record.
pub(crate) fn record(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut out = f.debug_struct(record.table().name);
    for (index, field) in record.table().fields.iter().enumerate() {
        if let Some(value) = record.field(index) {
            member(field, value, &mut out);
        }
    }
    if record.extra().is_some_and(|extra| !extra.is_empty()) {
        out.finish_non_exhaustive()
    } else {
        out.finish()
    }
}

/// The body of `Debug` for a part of a record that is a struct of its own.
pub(crate) fn fields(name: &str, fields: &[(Field, &dyn Value)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut out = f.debug_struct(name);
    for (field, value) in fields {
        member(field, *value, &mut out);
    }
    out.finish()
}

fn member(field: &Field, value: &dyn Value, out: &mut fmt::DebugStruct<'_, '_>) {
    match value.view() {
        View::Absent => {}
        _ if field.has(PRIVATE) => {
            out.field(field.name, &format_args!("{REDACTED}"));
        }
        view => {
            out.field(field.name, &Viewed(&view));
        }
    }
}

/// The body of `Debug` for unions and references.
pub(crate) fn value(value: &dyn Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    fmt::Debug::fmt(&Viewed(&value.view()), f)
}

struct Viewed<'a>(&'a View<'a>);

impl fmt::Debug for Viewed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            View::Absent => f.write_str("-"),
            View::Clear => f.write_str("cleared"),
            View::Bool(value) => value.fmt(f),
            View::Int(value) => value.fmt(f),
            View::Decimal(text) => f.write_str(text),
            View::Str(text) | View::Text(text) => text.fmt(f),
            View::Record(inner) => record(*inner, f),
            View::List(list) => {
                let mut out = f.debug_list();
                for item in (0..list.len()).filter_map(|index| list.item(index)) {
                    out.entry(&Viewed(&item.view()));
                }
                out.finish()
            }
            View::Map(map) => {
                let mut out = f.debug_map();
                for (name, value) in map.entries() {
                    out.entry(&name, &Viewed(&value.view()));
                }
                out.finish()
            }
            // Unknown JSON may hold anything, so none of it is shown.
            View::Json(_) => f.write_str("Json(..)"),
            View::File(file) => fmt::Debug::fmt(file, f),
            View::Secret(_) => f.write_str(REDACTED),
        }
    }
}
