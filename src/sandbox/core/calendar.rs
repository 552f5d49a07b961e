/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// The day of the week (Monday is 0) of a count of days since 1970, which began on a Thursday.
pub fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// The time in Unix seconds at which so many business days have passed: the same time of a later day, Saturdays and Sundays
/// not counted. Holidays are not known.
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

/// A date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// From 1.
    pub month: i64,
    /// From 1.
    pub day: i64,
    /// From 0.
    pub day_of_year: i64,
    /// The days of the month.
    pub month_length: i64,
}

/// The date of a count of days since 1970. Counts in eras of 400 years from 1 March, so that leap days come last.
pub fn civil(days: i64) -> Civil {
    let shifted = days + 719_468;
    let in_era = shifted.rem_euclid(146_097);
    let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let from_march = in_era - (365 * year + year / 4 - year / 100);
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month = (5 * from_march + 2) / 153;
    let (first, next) = ((153 * month + 2) / 5, (153 * (month + 1) + 2) / 5);
    // February is the last month: it ends where the next year begins.
    let month_length = next.min(if is_leap(year + 1) { 366 } else { 365 }) - first;
    // The year of the era counts from March; January and February belong to the next one.
    let is_next = month >= 10;
    let calendar_year = if is_next { year + 1 } else { year };
    let before_march = if is_leap(calendar_year) { 60 } else { 59 };
    Civil {
        year: calendar_year + 400 * shifted.div_euclid(146_097),
        month: if is_next { month - 9 } else { month + 3 },
        day: from_march - first + 1,
        day_of_year: if is_next { from_march - 306 } else { from_march + before_march },
        month_length,
    }
}

/// A time in Unix seconds as RFC 3339 in UTC, as API v2 writes it: `2026-01-05T09:00:00.000Z`.
pub fn date_time(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let Civil { year, month, day, .. } = civil(days);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_days_leave_out_weekends() {
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
    fn dates_are_those_of_the_calendar() {
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
