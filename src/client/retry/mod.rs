//! When to try again, and how long to wait before.

use http::HeaderMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// No wait is shorter: Stripe's own clients wait as long at least.
const SHORTEST: Duration = Duration::from_millis(500);
/// The longest wait before the first retry; it doubles with each.
const FIRST: Duration = Duration::from_secs(1);
/// No computed wait is longer.
const LONGEST: Duration = Duration::from_secs(8);
/// No wait that the server asks for is longer.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Whether a reply with an error status deserves another attempt. What Stripe says goes first; then a
/// conflict with a request at the same time, a failure of the server, and a lock that was not free.
pub(crate) fn wants_retry(status: u16, headers: &HeaderMap, code: Option<&str>) -> bool {
    should_retry(headers).unwrap_or(match status {
        409 | 500.. => true,
        429 => code == Some("lock_timeout"),
        _ => false,
    })
}

/// What the `Stripe-Should-Retry` header says.
pub(crate) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("stripe-should-retry")?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

/// The wait before a retry (the first is number 1): what the server asked for, or a random time in the upper half of a
/// growing span, so that clients which failed together do not come back together. To be asked for no wait at all is
/// as good as not to be asked.
pub(crate) fn delay(retry: u32, asked: Option<Duration>) -> Duration {
    let wait = asked.filter(|wait| !wait.is_zero());
    let wait = wait.unwrap_or_else(|| span(retry).mul_f64(0.5 + random() / 2.0));
    wait.max(SHORTEST)
}

/// The longest computed wait before a retry.
pub(crate) fn span(retry: u32) -> Duration {
    FIRST.saturating_mul(1 << retry.saturating_sub(1).min(16)).min(LONGEST)
}

/// A number from 0 to 1. Nothing secret hangs on it, so the seed of std's hash maps is random enough.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(0_u8);
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// What the `Retry-After` header asks for, in seconds or as a date, up to a limit.
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

/// The Unix seconds of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<u64> {
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
    // Days since 1970, with the year beginning in March so that the leap day is its last.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    Some(days.checked_sub(719_468)? * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
pub(crate) mod tests;
