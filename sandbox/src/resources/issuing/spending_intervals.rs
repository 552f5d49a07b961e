//! The start of the intervals of spending limits: midnight UTC, weeks on Sunday.

use crate::engine::calendar::{DAY, date, days_since_1970};
use crate::engine::weekday;

/// The start of the current interval in Unix seconds; `i64::MIN` for `all_time`.
pub(crate) fn start(interval: &str, now: i64) -> i64 {
    let today = now.div_euclid(DAY);
    let first = match interval {
        "daily" => today,
        "weekly" => today - weekday(today + 1),
        "monthly" => days_since_1970(date(today).first_of_month()),
        "yearly" => days_since_1970(date(today).first_of_year()),
        _ => return i64::MIN,
    };
    first * DAY
}

/// The month (from 1) and the year of a time.
pub(crate) fn month_and_year(now: i64) -> (i64, i64) {
    let today = date(now.div_euclid(DAY));
    (today.month().into(), today.year().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_start_by_the_calendar() {
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
