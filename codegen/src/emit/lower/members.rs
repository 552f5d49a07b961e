//! Names of fields and methods: each field of a struct is a Rust identifier that nothing else in the struct has.

use super::At;
use crate::emit::ir::{Field, Presence};
use crate::emit::words;
use crate::error::Result;
use serde_json::Value;
use std::collections::BTreeSet;

/// The methods that a request has beside its setters.
const OF_REQUESTS: [&str; 8] =
    ["expand", "for_account", "idempotency_key", "items", "new", "pages", "send", "with_options"];

/// What a struct is.
#[derive(Clone, Copy, PartialEq)]
pub enum Owner {
    Request,
    Params,
    Reply,
}

/// The Rust name of a field: what an overlay demands, or the name on the wire.
pub fn name_of(wire: &str, schema: &Value, owner: Owner, at: &At) -> Result<String> {
    let name = match super::text(schema, "x-rust-field") {
        Some(name) => name.to_owned(),
        None => words::field(wire),
    };
    if !words::is_identifier(&name) {
        return Err(at.error(format!("`{name}` is not a name in Rust; give the field an x-rust-field")));
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

/// Refuses fields that would have one name in Rust, or setters that would.
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
                format!("`{}` is the name of another field or setter; give it an x-rust-field", field.name);
            faults.push(crate::error::Error::at(super::FILE, &field.pointer, message));
        }
    }
    faults
}
