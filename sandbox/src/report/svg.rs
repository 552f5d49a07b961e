use super::html::escape;
use super::money::money;
use super::timeline::Balances;
use std::fmt::Write;

const WIDTH: i64 = 720;
const HEIGHT: i64 = 180;

/// Lines that tell apart without colour, too: colour and dashes.
const LINES: [(&str, &str); 6] = [
    ("#635bff", "none"),
    ("#0a7f5a", "6 3"),
    ("#b3400f", "2 3"),
    ("#1b6fb8", "9 3 2 3"),
    ("#8a2f8f", "none"),
    ("#555555", "4 4"),
];

/// The balances of one account in one currency as stepped lines over the time of the run.
pub(crate) fn svg(balances: &Balances, from: i64, until: i64) -> String {
    let all = || balances.courses.iter().flat_map(|course| &course.points).map(|(_, amount)| *amount);
    let low = all().min().unwrap_or(0).min(0);
    let high = all().max().unwrap_or(0).max(low.saturating_add(1)).max(0);
    let x = |at: i64| scale(at, from, until.max(from.saturating_add(1)), WIDTH);
    let y = |amount: i64| HEIGHT - scale(amount, low, high, HEIGHT);
    let label = format!("Balances of {} in {}", balances.account, balances.currency);
    let mut out = format!(
        "<svg viewBox=\"-8 -10 {} {}\" role=\"img\" aria-label=\"{}\">\n<path class=\"zero\" d=\"M0 {zero}H{WIDTH}\"/>\n",
        WIDTH + 16,
        HEIGHT + 20,
        escape(&label),
        zero = y(0),
    );
    for (course, (colour, dashes)) in balances.courses.iter().zip(LINES.iter().cycle()) {
        let mut path = format!("M0 {}", y(0));
        for (at, amount) in &course.points {
            // Balances jump, so lines go along and then up or down. Writing to text cannot fail.
            let _ = write!(path, "H{}V{}", x(*at), y(*amount));
        }
        let title = escape(&course.name);
        let _ = writeln!(
            out,
            "<path d=\"{path}H{WIDTH}\" stroke=\"{colour}\" stroke-dasharray=\"{dashes}\"><title>{title}</title></path>"
        );
    }
    out.push_str("</svg>\n<ul class=\"legend\">\n");
    for (course, (colour, _)) in balances.courses.iter().zip(LINES.iter().cycle()) {
        let end = course.points.last().map_or(0, |(_, amount)| *amount);
        let name = escape(&course.name);
        let _ = writeln!(
            out,
            "<li><i style=\"background:{colour}\"></i>{name}: {}</li>",
            money(end, &balances.currency)
        );
    }
    out.push_str("</ul>\n");
    out
}

/// Where `value` lies between `low` and `high`, on a line of this length.
fn scale(value: i64, low: i64, high: i64, length: i64) -> i64 {
    let (value, low, high) = (i128::from(value), i128::from(low), i128::from(high));
    let place = (value - low).saturating_mul(i128::from(length)).checked_div(high - low).unwrap_or(0);
    i64::try_from(place.clamp(0, i128::from(length))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::timeline::Course;

    #[test]
    fn lines_step_within_the_picture_and_names_are_escaped() {
        let course = Course { name: "a<b".to_owned(), points: vec![(0, i64::MAX), (10, i64::MIN), (20, 5)] };
        let balances = Balances { account: "\"x\"".into(), currency: "usd".into(), courses: vec![course] };
        let picture = svg(&balances, 0, 20);
        assert!(picture.contains("a&lt;b") && !picture.contains("a<b"), "{picture}");
        assert!(picture.contains("&quot;x&quot;"), "{picture}");
        assert!(picture.contains("M0 90H0V0H360V180H720V90"), "{picture}");
    }
}
