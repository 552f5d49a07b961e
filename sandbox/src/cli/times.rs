//! Times on the command line.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

/// How far to advance the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wait {
    /// By this number of seconds.
    Seconds(u64),
    /// To the next due time.
    Next,
}

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "next" {
            return Ok(Self::Next);
        }
        let wrong = || format!("`{text}` is not a valid time; use 5d, 1h30m, 90s or next");
        let (mut seconds, mut number) = (0_u64, String::new());
        for letter in text.chars() {
            if letter.is_ascii_digit() {
                number.push(letter);
                continue;
            }
            let length: u64 = match letter {
                'w' => 7 * 86_400,
                'd' => 86_400,
                'h' => 3_600,
                'm' => 60,
                's' => 1,
                _ => return Err(wrong()),
            };
            let count: u64 = std::mem::take(&mut number).parse().map_err(|_| wrong())?;
            seconds =
                count.checked_mul(length).and_then(|more| seconds.checked_add(more)).ok_or_else(wrong)?;
        }
        if !number.is_empty() || seconds == 0 {
            return Err(wrong());
        }
        Ok(Self::Seconds(seconds))
    }
}

/// Parses the initial time of a sandbox into Unix seconds: `now`, a date, or a date with a time (UTC unless it has an
/// offset).
pub(super) fn start(text: &str) -> Result<i64, String> {
    if text == "now" {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        return i64::try_from(since.as_secs()).map_err(|_| "the system clock is invalid".to_owned());
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.as_second());
    }
    let date = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(DateTime::from));
    let time = date.ok().and_then(|date| TimeZone::UTC.to_timestamp(date).ok());
    time.map(|time| time.as_second())
        .ok_or_else(|| format!("`{text}` is not a valid time; use `now`, 2026-01-05 or 2026-01-05T09:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed_by_unit() {
        for (text, seconds) in [("5d", 432_000), ("1h30m", 5_400), ("90s", 90), ("2w", 1_209_600)] {
            assert_eq!(text.parse(), Ok(Wait::Seconds(seconds)), "{text}");
        }
        assert_eq!("next".parse(), Ok(Wait::Next));
        for wrong in ["", "5", "d", "5x", "0s", "1h30", "99999999999999999999d", "9999999999999999d"] {
            assert!(wrong.parse::<Wait>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn start_is_a_date_or_now() {
        for text in ["2026-01-05T09:00:00Z", "2026-01-05T09:00:00", "2026-01-05T10:00:00+01:00"] {
            assert_eq!(start(text), Ok(1_767_603_600), "{text}");
        }
        assert_eq!(start("2026-01-05"), Ok(1_767_571_200));
        assert!(start("now").unwrap() > 1_767_603_600);
        assert!(start("yesterday").is_err() && start("2026-13-01").is_err());
    }
}
