//! The time of the next automatic payout by an account's schedule.

use crate::engine::calendar::{DAY, date};
use crate::engine::{Json, Peek, weekday as weekday_of};

/// A day of the week; Monday is 0.
fn weekday(name: &str) -> Option<i64> {
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    names.iter().position(|known| *known == name).and_then(|place| i64::try_from(place).ok())
}

/// The day of the month and the length of the month, for a count of days since 1970.
fn day_of_month(days: i64) -> (i64, i64) {
    let date = date(days);
    (date.day().into(), date.days_in_month().into())
}

/// The start of the next day (midnight UTC, Unix seconds) on which the schedule pays out; `None` if it is manual.
pub(crate) fn next(now: i64, schedule: &Json) -> Option<i64> {
    let today = now.div_euclid(DAY);
    let fits: Box<dyn Fn(i64) -> bool> = match schedule.text("interval") {
        "daily" => Box::new(|day| weekday_of(day) < 5),
        "weekly" => {
            let days = schedule.items("weekly_payout_days").iter();
            let days: Vec<_> = days.filter_map(|day| weekday(day.as_str()?)).collect();
            Box::new(move |day| days.contains(&weekday_of(day)))
        }
        "monthly" => {
            let days: Vec<_> =
                schedule.items("monthly_payout_days").iter().filter_map(Json::as_i64).collect();
            // A day that a month does not have becomes its last day.
            Box::new(move |day| {
                let (of_month, length) = day_of_month(day);
                days.iter().any(|wanted| (*wanted).min(length) == of_month)
            })
        }
        _ => return None,
    };
    (1..=62).map(|ahead| today + ahead).find(|day| fits(*day)).map(|day| day * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// 2026-01-05, a Monday.
    const MONDAY: i64 = 20_458;

    #[test]
    fn weekdays_months_and_leap_years_are_correct() {
        assert_eq!(weekday_of(MONDAY), 0);
        assert_eq!(day_of_month(MONDAY), (5, 31));
        assert_eq!(day_of_month(0), (1, 31));
        for (day, expected) in [
            (19_782, (29, 29)),
            (19_783, (1, 31)),
            (20_512, (28, 28)),
            (11_016, (29, 29)),
            (-25_509, (28, 28)),
        ] {
            assert_eq!(day_of_month(day), expected, "{day}");
        }
    }

    #[test]
    fn schedule_pays_on_its_next_day() {
        let next = |schedule: Json| next(MONDAY * DAY + 9 * 3600, &schedule).map(|at| at / DAY - MONDAY);
        assert_eq!(next(json!({ "interval": "daily" })), Some(1));
        assert_eq!(
            super::next((MONDAY + 4) * DAY, &json!({ "interval": "daily" })),
            Some((MONDAY + 7) * DAY)
        );
        assert_eq!(next(json!({ "interval": "weekly", "weekly_payout_days": ["friday"] })), Some(4));
        assert_eq!(next(json!({ "interval": "weekly", "weekly_payout_days": ["monday"] })), Some(7));
        let twice = json!({ "interval": "weekly", "weekly_payout_days": ["thursday", "tuesday"] });
        assert_eq!(next(twice), Some(1));
        assert_eq!(next(json!({ "interval": "monthly", "monthly_payout_days": [31] })), Some(26));
        assert_eq!(next(json!({ "interval": "monthly", "monthly_payout_days": [5, 7] })), Some(2));
        assert_eq!(next(json!({ "interval": "manual" })), None);
        assert_eq!(next(Json::Null), None);
    }
}
