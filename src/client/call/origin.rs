//! Determines who sent a success reply. Any server between this program and Stripe can answer `200 OK`.

use crate::error::headers;
use crate::wire::{DecodeField, FieldRef, decode};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The expected content of a reply.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    /// An object, with a function that checks whether a body is that object.
    Object(fn(&[u8]) -> bool),
    /// The contents of a file.
    File,
}

/// The sender of a success reply.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Origin {
    /// Stripe: the reply has its request id, or the body is the expected object.
    Stripe,
    /// Unknown: the body is truncated, and no header states its length.
    CutOff,
    /// Another server, such as a proxy.
    Other,
}

/// Determines the sender of a reply whose body is complete as far as the connection shows.
pub(crate) fn of_reply(
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    in_pieces: bool,
    wanted: Wanted,
) -> Origin {
    let Wanted::Object(is_expected) = wanted else { return of_file(headers) };
    let has_id = headers::has_request_id(headers);
    // A reply with status 204 or 205 has no body. With other statuses, an empty body may be a truncated one.
    let can_be_cut = in_pieces && !headers.contains_key(CONTENT_LENGTH) && !matches!(status, 204 | 205);
    if can_be_cut && (has_id || !body.is_empty()) && ends_early(body) {
        return Origin::CutOff;
    }
    if has_id || is_expected(body) { Origin::Stripe } else { Origin::Other }
}

/// The same for the contents of a file, which can be any bytes, but neither a web page nor JSON.
pub(crate) fn of_file(headers: &HeaderMap) -> Origin {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.trim_start().to_ascii_lowercase();
    let is_page = media.starts_with("text/html") || media.starts_with("application/json");
    if is_page && !headers::has_request_id(headers) { Origin::Other } else { Origin::Stripe }
}

/// Whether the body is truncated JSON.
fn ends_early(body: &[u8]) -> bool {
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => false,
        Err(error) => error.is_eof(),
    }
}

/// Decodes the body of a reply into a value. An error object is not a success reply, whatever its status; neither is
/// JSON other than an object.
pub(crate) fn fill(data: &mut dyn DecodeField, body: &[u8]) -> Result<(), String> {
    decode::fill(data, body)?;
    match data.view() {
        FieldRef::Json(json) if !json.is_object() => Err("expected a Stripe object".to_owned()),
        view if may_be_error(&view) && Top::of(body).is_error() => {
            Err("expected a Stripe object, found an error object".to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether a body really is the expected object, and does not match the type by coincidence.
pub(crate) fn is_expected(data: &mut dyn DecodeField, body: &[u8]) -> bool {
    if fill(data, body).is_err() {
        return false;
    }
    match data.view() {
        FieldRef::Record(record) if record.table().object.is_empty() => record.table().required != 0,
        FieldRef::Record(_) => Top::of(body).object.is_some(),
        _ => Top::of(body).is_named(),
    }
}

/// Whether the object has a member `error`, typed or not.
fn may_be_error(view: &FieldRef<'_>) -> bool {
    match view {
        FieldRef::Json(json) => json.get("error").is_some(),
        FieldRef::Record(record) => {
            record.extra().is_some_and(|extra| extra.get("error").is_some())
                || record.table().index("error", 0).is_some()
        }
        _ => false,
    }
}

/// The members that identify a reply.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Top {
    object: Option<String>,
    error: Option<IgnoredAny>,
    /// Identifies OAuth replies, which have no `object` member.
    stripe_user_id: Option<String>,
}

impl Top {
    fn of(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// Some regular objects also have a member `error`.
    fn is_error(&self) -> bool {
        self.error.is_some() && self.object.is_none()
    }

    fn is_named(&self) -> bool {
        self.object.is_some() || self.stripe_user_id.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::WireType;
    use crate::{Json, List, payout};

    fn expects<T: WireType>(body: &str) -> bool {
        is_expected(&mut T::empty(), body.as_bytes())
    }

    #[test]
    fn foreign_bodies_are_not_the_expected_object() {
        let foreign = [
            "",
            "<html>",
            "OK",
            "null",
            "[]",
            "{}",
            "true",
            r#"{"ok":true}"#,
            r#"{"id":"po_1"}"#,
            r#"{"error":{"type":"api_error"}}"#,
            r#"{"error":"invalid_grant"}"#,
        ];
        for body in foreign {
            assert!(!expects::<payout::Payout>(body), "{body}");
            assert!(!expects::<List<payout::Payout>>(body), "{body}");
            assert!(!expects::<Json>(body), "{body}");
        }
        let list = r#"{"object":"list","data":[],"has_more":false,"url":"/v1/payouts"}"#;
        assert!(expects::<List<payout::Payout>>(list) && expects::<Json>(list));
        assert!(!expects::<payout::Payout>(list));
    }

    #[test]
    fn objects_with_an_error_member_are_not_error_objects() {
        let run = r#"{"object":"reporting.report_run","id":"frr_1","error":"It failed."}"#;
        assert!(expects::<Json>(run));
        assert!(fill(&mut Json::Null, br#"{"error":null,"access_token":"x"}"#).is_ok());
    }
}
