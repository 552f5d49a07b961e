//! What the trimmed document says, read when it is first asked for: routes, parameters, replies.

mod check;
mod events;
mod expand;
mod form;
mod kinds;
mod listed;
mod multipart;
mod named;
mod operation;
mod reply;
mod routes;
mod shape;
mod text;

pub use check::{GREATEST_AMOUNT, METADATA_KEYS, metadata, parameters};
pub use events::{is_event, named_event};
pub use expand::{Expansion, expansion};
pub use form::{Node, form, from_json};
pub use kinds::named_kind;
pub use listed::{listed, one_of, parameter};
pub use multipart::{Upload, multipart};
pub use named::{choices, named};
pub use operation::{Operation, Parameters};
pub use reply::complete;
pub use routes::{Found, find, operation, operations, post};
pub use text::{resolve, schema};

/// The alternatives of a schema; none if it is not a union.
fn alternatives(schema: &serde_json::Value) -> Option<&Vec<serde_json::Value>> {
    schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()
}
