//! Points in time.

use crate::types::calendar::{Civil, DAY, civil, days_in, days_since_1970};
use crate::wire::{DecodeField, EncodeField, FieldRef, Scalar, TypeMismatch, WireType};
use std::fmt;
use std::time::{Duration, SystemTime};

/// A point in time in whole Unix seconds, as in version 1 of the API.
///
/// Converts to and from [`SystemTime`]; the features `time`, `chrono` and `jiff` add conversions to those crates.
///
/// ```
/// use stripe_platform::Timestamp;
/// use std::time::{Duration, SystemTime};
///
/// let signed = Timestamp::new(1_767_225_600);
/// assert_eq!(SystemTime::from(signed), SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600));
/// assert_eq!(signed.to_string(), "2026-01-01T00:00:00Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Creates a timestamp from Unix seconds.
    pub const fn new(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The current time in whole seconds.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// The time in Unix seconds.
    pub const fn as_seconds(self) -> i64 {
        self.0
    }
}

impl From<SystemTime> for Timestamp {
    /// Rounds down to whole seconds, also before 1970.
    fn from(time: SystemTime) -> Self {
        let seconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let whole = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                -whole - i64::from(before.subsec_nanos() > 0)
            }
        };
        Self(seconds)
    }
}

impl From<Timestamp> for SystemTime {
    /// A time that the platform cannot represent becomes the epoch.
    fn from(time: Timestamp) -> Self {
        let distance = Duration::from_secs(time.0.unsigned_abs());
        let time = if time.0 < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// Formats as RFC 3339: `2026-01-01T00:00:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(DateTime::from(*self).as_str())
    }
}

impl EncodeField for Timestamp {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Int(self.0)
    }
}

impl DecodeField for Timestamp {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        match scalar {
            Scalar::Int(seconds) => self.0 = seconds,
            _ => return Err(TypeMismatch),
        }
        Ok(())
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl WireType for Timestamp {
    const EXPECTED: &'static str = "a time in Unix seconds";
    const OPENS: bool = false;

    fn empty() -> Self {
        Self(0)
    }
}

crate::wire::macros::serde!(Timestamp);

#[cfg(feature = "time")]
impl TryFrom<Timestamp> for time::OffsetDateTime {
    type Error = time::error::ComponentRange;

    fn try_from(time: Timestamp) -> Result<Self, Self::Error> {
        Self::from_unix_timestamp(time.0)
    }
}

#[cfg(feature = "time")]
impl From<time::OffsetDateTime> for Timestamp {
    fn from(time: time::OffsetDateTime) -> Self {
        Self(time.unix_timestamp())
    }
}

#[cfg(feature = "chrono")]
impl TryFrom<Timestamp> for chrono::DateTime<chrono::Utc> {
    type Error = OutOfRange;

    fn try_from(time: Timestamp) -> Result<Self, Self::Error> {
        Self::from_timestamp(time.0, 0).ok_or(OutOfRange)
    }
}

/// The time is outside the range of the other crate's type.
#[cfg(feature = "chrono")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time is out of the range of `chrono::DateTime`")]
#[non_exhaustive]
pub struct OutOfRange;

#[cfg(feature = "chrono")]
impl<Tz: chrono::TimeZone> From<chrono::DateTime<Tz>> for Timestamp {
    fn from(time: chrono::DateTime<Tz>) -> Self {
        Self(time.timestamp())
    }
}

#[cfg(feature = "jiff")]
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = jiff::Error;

    fn try_from(time: Timestamp) -> Result<Self, Self::Error> {
        Self::from_second(time.0)
    }
}

#[cfg(feature = "jiff")]
impl From<jiff::Timestamp> for Timestamp {
    fn from(time: jiff::Timestamp) -> Self {
        Self(time.as_second())
    }
}

/// A point in time as an RFC 3339 string, as in version 2 of the API: `2026-01-28T12:00:00.000Z`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(Box<str>);

impl DateTime {
    /// The time as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time in whole Unix seconds; `None` if the text is not a valid RFC 3339 time.
    ///
    /// ```
    /// use stripe_platform::{DateTime, Timestamp};
    ///
    /// assert_eq!(DateTime::from("2026-01-01T01:00:00.250+01:00").timestamp(), Some(Timestamp::new(1_767_225_600)));
    /// ```
    pub fn timestamp(&self) -> Option<Timestamp> {
        let text = self.as_str();
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = text.get(from..to)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let mark = |at: usize, allowed: &str| -> Option<()> {
            text.get(at..at + 1).filter(|mark| allowed.contains(mark)).map(|_| ())
        };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        mark(4, "-").and(mark(7, "-")).and(mark(10, "Tt ")).and(mark(13, ":")).and(mark(16, ":"))?;
        let valid = (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second <= 60;
        let rest = text.get(19..).filter(|_| valid)?;
        let zone = match rest.strip_prefix('.') {
            Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => rest,
        };
        let offset = match zone.as_bytes() {
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2]
                if [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()) =>
            {
                let digit = |b: &u8| i64::from(b - b'0');
                let minutes = (digit(h1) * 10 + digit(h2)) * 60 + digit(m1) * 10 + digit(m2);
                if *sign == b'+' { minutes * 60 } else { -minutes * 60 }
            }
            _ => return None,
        };
        Some(Timestamp(
            days_since_1970(year, month, day) * DAY + hour * 3_600 + minute * 60 + second - offset,
        ))
    }
}

impl From<&str> for DateTime {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<Timestamp> for DateTime {
    /// In UTC with whole seconds.
    fn from(time: Timestamp) -> Self {
        let Civil { year, month, day } = civil(time.0.div_euclid(DAY));
        let seconds = time.0.rem_euclid(DAY);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        Self(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").into())
    }
}

crate::wire::macros::text!(DateTime, "a time in RFC 3339", Self("".into()));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_seconds_agree_over_centuries() {
        // Leap years, century rules, the epoch and a time before it; the texts come from `date -u -d @N`.
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-2_208_988_800, "1900-01-01T00:00:00Z"),
        ] {
            assert_eq!(DateTime::from(Timestamp::new(seconds)).as_str(), text);
            assert_eq!(DateTime::from(text).timestamp(), Some(Timestamp::new(seconds)));
        }
    }

    #[test]
    fn invalid_times_are_none() {
        for text in [
            "",
            "2026",
            "2026-02-30T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00+1:00",
            "日2026-01-01T00:00:00Z",
            "2026-01-0日T00:00:00Z",
        ] {
            assert_eq!(DateTime::from(text).timestamp(), None, "{text}");
        }
    }

    #[test]
    fn times_before_the_epoch_round_down() {
        let time = SystemTime::UNIX_EPOCH - Duration::from_millis(1_500);
        assert_eq!(Timestamp::from(time), Timestamp::new(-2));
        assert_eq!(SystemTime::from(Timestamp::new(-2)), SystemTime::UNIX_EPOCH - Duration::from_secs(2));
    }
}
