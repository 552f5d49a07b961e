//! The operations that fixtures can name. The list is generated.

use super::params::Segment;
use super::scrub;
use super::scrub::Names;
use crate::UnknownFields;
use crate::client::request::Request;
use crate::client::request::operation::Operation;
use crate::wire::{EncodeField, FieldRef, WireType, decode};
use serde_json::Value as Json;

/// An operation, as needed by a replay.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) operation: &'static Operation,
    /// Decodes a reply like the client, and returns the unknown members.
    pub(crate) read: fn(&[u8]) -> Result<Vec<String>, String>,
    /// Decodes a reply, and scrubs it for a recording.
    pub(crate) scrub: fn(&[u8], &Names<'_>) -> Result<Json, String>,
    /// Whether a recording may keep the parameter at a path.
    pub(crate) may_keep: fn(&[Segment]) -> bool,
    /// Whether the parameter at a path is secret or personal.
    pub(crate) hides: fn(&[Segment]) -> bool,
}

macro_rules! operations {
    ($($request:path),* $(,)?) => {
        static OPERATIONS: &[Known] =
            &[$(Known {
                operation: <$request as Request>::OPERATION,
                read: read::<<$request as Request>::Output>,
                scrub: scrub::reply::<<$request as Request>::Output>,
                may_keep: scrub::may_keep::<$request>,
                hides: scrub::hides::<$request>,
            }),*];
    };
}

crate::generated::operations::each_request!(operations);

impl Known {
    pub(crate) fn by_id(id: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|known| known.operation.id == id)
    }

    /// The operation of a call. Literal path segments take precedence over placeholders.
    pub(crate) fn by_call(method: &str, path: &str) -> Option<&'static Self> {
        let fitting =
            OPERATIONS.iter().filter(|known| known.operation.method.as_str() == method && known.fits(path));
        fitting.min_by_key(|known| known.operation.path.matches('{').count())
    }

    /// Whether a path belongs to the operation, with any values for the placeholders.
    pub(crate) fn fits(&self, path: &str) -> bool {
        let template = self.operation.path.split('/');
        let mut fits = template.clone().count() == path.split('/').count();
        for (wanted, found) in template.zip(path.split('/')) {
            fits &= if wanted.starts_with('{') { !found.is_empty() } else { wanted == found };
        }
        fits
    }
}

fn read<T: WireType>(bytes: &[u8]) -> Result<Vec<String>, String> {
    let value: T = decode::from_slice(bytes)?;
    let mut unknown = Vec::new();
    find_unknown(&value, "", &mut unknown);
    Ok(unknown)
}

/// Finds the unknown members of a value.
fn find_unknown(value: &dyn EncodeField, path: &str, into: &mut Vec<String>) {
    let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value.view() {
        FieldRef::Record(record) => {
            into.extend(
                record.extra().into_iter().flat_map(UnknownFields::iter).map(|(name, _)| inside(name)),
            );
            record.each(|field, value| find_unknown(value, &inside(field.name), into));
        }
        FieldRef::List(list) => {
            for (index, item) in (0..list.len()).filter_map(|index| Some((index, list.item(index)?))) {
                find_unknown(item, &format!("{path}[{index}]"), into);
            }
        }
        FieldRef::Map(map) => {
            map.entries().for_each(|(name, value)| find_unknown(value, &inside(name), into))
        }
        FieldRef::Secret(value) => find_unknown(value, path, into),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::catalog::REQUESTS;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_is_listed() {
        let listed: BTreeSet<&str> = OPERATIONS.iter().map(|known| known.operation.id).collect();
        let generated: BTreeSet<&str> = REQUESTS.iter().map(|(id, _)| *id).collect();
        assert_eq!(listed, generated);
        assert_eq!(listed.len(), OPERATIONS.len());
    }

    #[test]
    fn requests_map_to_their_operation() {
        let id = |method, path| Known::by_call(method, path).map(|known| known.operation.id);
        assert_eq!(id("POST", "/v1/sources/src_1/verify"), Some("PostSourcesSourceVerify"));
        assert_eq!(id("GET", "/v1/issuing/cards/ic_1"), Some("GetIssuingCardsCard"));
        assert_eq!(id("GET", "/v1/issuing/cards/"), None);
        assert_eq!(id("PUT", "/v1/topups"), None);
        assert_eq!(id("POST", "/v1/coupons"), None);
    }

    #[test]
    fn unknown_members_are_listed() {
        let read = Known::by_id("GetBalance").unwrap().read;
        let balance = br#"{"object":"balance","livemode":false,"pending":[],"lonely":1,
            "available":[{"amount":1,"currency":"usd","source_types":{"card":1,"shells":2}}]}"#;
        assert_eq!(read(balance).unwrap(), ["lonely", "available[0].source_types.shells"]);
        assert!(read(br#"{"object":"balance"}"#).unwrap_err().contains("`available`"));
    }
}
