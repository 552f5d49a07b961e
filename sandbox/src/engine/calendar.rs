//! Days and dates, based on [`jiff`].

use jiff::civil::Date;
use stripe_platform::{DateTime, Timestamp};

/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;

/// The date of a number of days since 1970, clamped to the range of the calendar.
pub(crate) fn date(days: i64) -> Date {
    let span = i32::try_from(days).ok().and_then(|days| jiff::Span::new().try_days(days).ok());
    let past_the_end = if days < 0 { Date::MIN } else { Date::MAX };
    span.and_then(|span| epoch().checked_add(span).ok()).unwrap_or(past_the_end)
}

/// The number of days from 1970-01-01 to a date.
pub(crate) fn days_since_1970(date: Date) -> i64 {
    epoch().until(date).map_or(0, |span| i64::from(span.get_days()))
}

fn epoch() -> Date {
    Date::constant(1970, 1, 1)
}

/// A date; `None` if the calendar does not have it.
pub(crate) fn day(year: i64, month: i64, day: i64) -> Option<Date> {
    let (year, month, day) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(year, month, day).ok()
}

/// The whole years between a date and a count of days since 1970.
pub(crate) fn years_between(from: Date, to: i64) -> i64 {
    let to = date(to);
    let before = (to.month(), to.day()) < (from.month(), from.day());
    i64::from(to.year()) - i64::from(from.year()) - i64::from(before)
}

/// The day of the week (Monday is 0) of a count of days since 1970-01-01, a Thursday.
pub fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// The time in Unix seconds `days` business days later, at the same time of day. Saturdays and Sundays are skipped;
/// holidays are not known.
pub fn after_business_days(now: i64, days: i64) -> i64 {
    let mut day = now.div_euclid(DAY);
    for _ in 0..days {
        day += 1;
        while weekday(day) > 4 {
            day += 1;
        }
    }
    day * DAY + now.rem_euclid(DAY)
}

/// Formats Unix seconds as RFC 3339 in UTC, as API v2 does: `2026-01-05T09:00:00.000Z`.
pub fn date_time(seconds: i64) -> String {
    DateTime::from(Timestamp::new(seconds)).as_str().replace('Z', ".000Z")
}

/// The Unix seconds of a time in RFC 3339; `None` if the text is not one.
pub fn unix_seconds(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calendar_days_are_dates_and_years_are_whole() {
        assert!(day(2023, 2, 29).is_none() && day(2024, 2, 29).is_some() && day(2024, 13, 1).is_none());
        let born = day(2013, 1, 6).unwrap();
        // 2026-01-05 and the day after.
        assert_eq!((years_between(born, 20_458), years_between(born, 20_459)), (12, 13));
    }

    #[test]
    fn business_days_skip_weekends() {
        // 2026-01-05 is a Monday.
        let monday = 20_458 * DAY + 7;
        for (from, days, expected) in
            [(0, 0, 0), (0, 3, 3), (2, 3, 7), (4, 1, 7), (5, 1, 7), (6, 1, 7), (4, 6, 14)]
        {
            assert_eq!(
                after_business_days(monday + from * DAY, days),
                monday + expected * DAY,
                "{from} {days}"
            );
        }
        assert_eq!((weekday(20_458), weekday(0), weekday(-1)), (0, 3, 2));
    }

    #[test]
    fn dates_match_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_767_603_600, "2026-01-05T09:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_868_799, "2000-02-29T23:59:59.000Z"),
            (1_772_323_200, "2026-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(date_time(seconds), expected);
        }
    }
}
