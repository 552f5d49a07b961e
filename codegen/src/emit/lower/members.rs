//! Names of fields and methods: each field of a struct is a unique Rust identifier.

use super::At;
use crate::emit::ir::{Field, Presence};
use crate::emit::words;
use crate::error::Result;
use serde_json::Value;
use std::collections::BTreeSet;

/// The methods of a request other than its setters.
const OF_REQUESTS: [&str; 8] =
    ["expand", "for_account", "idempotency_key", "items", "new", "pages", "send", "with_options"];

/// The kind of a struct.
#[derive(Clone, Copy, PartialEq)]
pub enum Owner {
    Request,
    Params,
    Reply,
}

/// The Rust name of a field: the one set by an overlay, or the name on the wire.
pub fn name_of(wire: &str, schema: &Value, owner: Owner, at: &At) -> Result<String> {
    let name = match super::text(schema, "x-rust-field") {
        Some(name) => name.to_owned(),
        None => words::field(wire),
    };
    if !words::is_identifier(&name) {
        return Err(at.error(format!("`{name}` is not a Rust identifier; set `x-rust-field` on the field")));
    }
    Ok(if is_taken(&name, owner) { format!("{name}_") } else { name })
}

fn is_taken(name: &str, owner: Owner) -> bool {
    match owner {
        Owner::Request => name == "options" || OF_REQUESTS.contains(&name),
        Owner::Params => name == "extra" || name == "new",
        Owner::Reply => name == "extra",
    }
}

/// Reports fields or setters that would have the same Rust name.
pub fn check(fields: &[Field]) -> Vec<crate::error::Error> {
    let mut names = BTreeSet::new();
    let mut setters = BTreeSet::new();
    let mut faults = Vec::new();
    for field in fields {
        let mut free = names.insert(field.name.clone());
        if field.presence != Presence::Required {
            free &= setters.insert(field.name.clone());
        }
        if field.presence == Presence::Clearable {
            free &= setters.insert(format!("clear_{}", field.name));
        }
        if !free {
            let message =
                format!("`{}` is also the name of another field or setter; set `x-rust-field`", field.name);
            faults.push(crate::error::Error::at(super::FILE, &field.pointer, message));
        }
    }
    faults
}
