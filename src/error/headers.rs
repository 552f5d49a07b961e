//! Reads the headers of replies.

use crate::error::Outcome;
use crate::error::mask::mask;
use crate::types::calendar::days_since_1970;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// The outcome of a success status, regardless of the body: without Stripe's request id, any server may have sent it.
pub(crate) fn outcome_of_success(id: Option<&HeaderValue>) -> Outcome {
    if id.is_some_and(is_stripes_id) { Outcome::Applied } else { Outcome::Unknown }
}

/// The maximum requested wait that is honored.
pub(crate) const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// A header of a reply, if it is present and text.
pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Stripe's id of the request.
pub(crate) fn request_id(headers: &HeaderMap, secrets: &[String]) -> Option<String> {
    masked_id(headers.get(REQUEST_ID)?, secrets)
}

/// A request id for output. A server other than Stripe may echo anything in it, so it is masked like a message.
pub(crate) fn masked_id(id: &HeaderValue, secrets: &[String]) -> Option<String> {
    let id = id.to_str().ok()?.trim();
    (!id.is_empty()).then(|| mask(id, secrets))
}

/// Parses the `Stripe-Should-Retry` header.
pub(crate) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("stripe-should-retry")?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

/// Parses the `Retry-After` header, in seconds or as a date, up to a limit.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    let asked = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => LONGEST_ASKED,
        Err(_) => until(http_date(text)?),
    };
    Some(asked.min(LONGEST_ASKED))
}

fn until(date: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(date).saturating_sub(now)
}

/// Parses a date such as `Sun, 06 Nov 1994 08:49:37 GMT` to Unix seconds.
pub(crate) fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split(' ');
    let day: u64 = parts.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = parts.next()?;
    let month = MONTHS.iter().position(|known| *known == month)? as u64 + 1;
    let year: u64 = parts.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut clock = parts.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let (hours, minutes, seconds) = (clock.next()??, clock.next()??, clock.next()??);
    if parts.next() != Some("GMT") || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let day = i64::try_from(day).ok()?;
    let days = days_since_1970(i64::try_from(year).ok()?, i64::try_from(month).ok()?, day);
    Some(u64::try_from(days).ok()? * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

/// Whether the reply has a request id in Stripe's format, which proves that Stripe sent it.
pub(crate) fn has_request_id(headers: &HeaderMap) -> bool {
    headers.get(REQUEST_ID).is_some_and(is_stripes_id)
}

/// Whether a request id is in Stripe's format. Other servers use the same header.
fn is_stripes_id(id: &HeaderValue) -> bool {
    id.as_bytes().trim_ascii().starts_with(b"req_")
}
