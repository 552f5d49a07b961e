//! The trimmed API document, parsed on first use: routes, parameters, replies.

pub(crate) mod absent;
pub(crate) mod allowed_values;
pub(crate) mod clear;
pub(crate) mod complete_reply;
pub(crate) mod document;
pub(crate) mod events;
pub(crate) mod expand;
pub(crate) mod form;
pub(crate) mod includable;
pub(crate) mod multipart;
pub(crate) mod nulls;
pub(crate) mod object_types;
pub(crate) mod operation;
pub(crate) mod routes;
pub(crate) mod shape;
pub(crate) mod stripe_paths;
pub(crate) mod suggestions;
pub(crate) mod thin;
pub(crate) mod unknown;
pub(crate) mod validate;
pub(crate) mod versions;

pub use crate::spec::allowed_values::{listed, one_of, parameter};
pub use crate::spec::complete_reply::complete;
pub use crate::spec::document::{resolve, schema};
pub use crate::spec::events::{is_event, named_event};
pub use crate::spec::expand::{Expansion, expansion};
pub use crate::spec::form::{Node, form, from_json};
pub(crate) use crate::spec::includable::{hide, hide_members, hide_nulls};
pub use crate::spec::multipart::{Upload, multipart};
pub(crate) use crate::spec::nulls::fill_nulls;
pub use crate::spec::object_types::named_kind;
pub use crate::spec::operation::{Operation, Parameters};
pub use crate::spec::routes::{RouteMatch, find, operation, operations, own, post};
pub(crate) use crate::spec::stripe_paths::is_path_of_stripe;
#[cfg(test)]
pub(crate) use crate::spec::stripe_paths::paths_of_stripe;
pub use crate::spec::suggestions::{choices, named};
pub(crate) use crate::spec::thin::{ThinObject, is_thin_event, thin_object};
pub(crate) use crate::spec::unknown::drop_unknown;
pub use crate::spec::validate::{GREATEST_AMOUNT, METADATA_KEYS, metadata, parameters};
pub(crate) use crate::spec::versions::is_published;

/// The alternatives of a schema; `None` if it is not a union.
fn alternatives(schema: &serde_json::Value) -> Option<&Vec<serde_json::Value>> {
    schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()
}
