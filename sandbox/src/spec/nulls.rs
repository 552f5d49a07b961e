//! Adds the unset members to replies of API v2: Stripe returns them as `null`, although the document only declares them
//! optional.

use super::document;
use super::shape::Shape;
use crate::engine::Json;

/// Objects whose members are only shown when there are any: a capability that was not requested is absent.
const SPARSE: [&str; 1] = ["capabilities"];

/// Adds the optional members that a reply of this schema does not have, as `null`.
pub(crate) fn fill_nulls(schema: &str, reply: &mut Json) {
    if let Some(shape) = document::shape(schema) {
        fill(shape, reply);
    }
}

fn fill(shape: &'static Shape, value: &mut Json) {
    match value {
        Json::Array(items) => {
            if let Some(element) = &shape.items {
                items.iter_mut().for_each(|item| fill(element.shape(), item));
            }
        }
        Json::Object(members) => {
            for property in shape.properties.iter().flatten() {
                match members.get_mut(property.name) {
                    Some(_) if SPARSE.contains(&property.name) => {}
                    Some(member) => fill(property.link.shape(), member),
                    None if property.required => {}
                    None => drop(members.insert(property.name.to_owned(), Json::Null)),
                }
            }
        }
        _ => {}
    }
}
