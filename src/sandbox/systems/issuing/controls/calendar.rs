//! When the intervals of spending limits begin: at midnight UTC, weeks on Sunday.

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// The Unix seconds at which the current interval began; the beginning of time for `all_time`.
pub(super) fn start(interval: &str, now: i64) -> i64 {
    let today = now.div_euclid(DAY);
    let first = match interval {
        "daily" => today,
        // Day 0 was a Thursday.
        "weekly" => today - (today + 4).rem_euclid(7),
        "monthly" => today - (civil(today).day - 1),
        "yearly" => today - civil(today).day_of_year,
        _ => return i64::MIN,
    };
    first * DAY
}

/// The month (from 1) and the year of a time.
pub(in super::super) fn month_and_year(now: i64) -> (i64, i64) {
    let today = civil(now.div_euclid(DAY));
    (today.month, today.year)
}

struct Civil {
    year: i64,
    /// From 1.
    month: i64,
    /// From 1.
    day: i64,
    /// From 0.
    day_of_year: i64,
}

/// The date of a day since 1970. Counts in eras of 400 years from 1 March, so that leap days come last.
fn civil(days: i64) -> Civil {
    let shifted = days + 719_468;
    let in_era = shifted.rem_euclid(146_097);
    let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let from_march = in_era - (365 * year + year / 4 - year / 100);
    let month = (5 * from_march + 2) / 153;
    let day = from_march - (153 * month + 2) / 5 + 1;
    // The year of the era counts from March; January and February belong to the next one.
    let calendar_year = if month >= 10 { year + 1 } else { year };
    let leap = calendar_year % 4 == 0 && (calendar_year % 100 != 0 || calendar_year % 400 == 0);
    let before_march = if leap { 60 } else { 59 };
    let day_of_year = if month >= 10 { from_march - 306 } else { from_march + before_march };
    let year = calendar_year + 400 * shifted.div_euclid(146_097);
    let month = if month >= 10 { month - 9 } else { month + 3 };
    Civil { year, month, day, day_of_year }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_begin_where_the_calendar_says() {
        // 2026-03-18 12:00 UTC, a Wednesday.
        let now = 1_773_835_200;
        assert_eq!(start("daily", now), 1_773_792_000);
        assert_eq!(start("weekly", now), 1_773_532_800, "Sunday the 15th");
        assert_eq!(start("monthly", now), 1_772_323_200);
        assert_eq!(start("yearly", now), 1_767_225_600);
        assert_eq!(start("all_time", now), i64::MIN);
        assert_eq!(month_and_year(now), (3, 2026));
        assert_eq!(month_and_year(1_735_603_200), (12, 2024));
        // 2024-02-29 and 2024-12-31.
        assert_eq!(start("monthly", 1_709_164_800), 1_706_745_600);
        assert_eq!(start("yearly", 1_709_164_800), 1_704_067_200);
        assert_eq!(start("yearly", 1_735_603_200), 1_704_067_200);
    }
}
