use crate::engine::date_time;
use stripe_platform::{Currency, Money};

/// Formats minor units with the currency and its number of decimals.
pub(crate) fn money(amount: i64, currency: &str) -> String {
    Money::new(amount, Currency::from(currency)).to_string()
}

/// Formats a time as `2026-01-05 09:00:00`, in UTC.
pub(crate) fn date(seconds: i64) -> String {
    let text = date_time(seconds);
    text.split_once('.').map_or(text.as_str(), |(whole, _)| whole).replace('T', " ")
}

/// Formats a duration in its two largest units: `5 days`, `1 hour 30 minutes`.
pub(crate) fn span(seconds: i64) -> String {
    let mut rest = seconds.max(0);
    let mut parts = Vec::new();
    for (unit, length) in [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)] {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            parts.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "less than a second".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_has_its_two_largest_units() {
        assert_eq!(span(5 * 86_400), "5 days");
        assert_eq!(span(90_061), "1 day 1 hour");
        assert_eq!(span(0), "less than a second");
        assert_eq!(span(61), "1 minute 1 second");
    }
}
