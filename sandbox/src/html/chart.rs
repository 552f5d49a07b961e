//! Charts of balances over time as stepped lines.

use super::format::{date, money};
use maud::{Markup, html};
use std::fmt::Write;

const WIDTH: i64 = 640;
const HEIGHT: i64 = 180;
/// The width for the amounts on the left.
const LEFT: i64 = 96;
/// The height for the dates below.
const BELOW: i64 = 24;

/// Line styles that differ even without colour: a class of the style sheet and dashes.
const LINES: [(&str, &str); 6] =
    [("s0", "none"), ("s1", "6 3"), ("s2", "2 3"), ("s3", "9 3 2 3"), ("s4", "none"), ("s5", "4 4")];

/// A balance after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    /// Unix seconds.
    pub(crate) at: i64,
    /// The index of the posting, among all postings.
    pub(crate) order: i64,
    /// Minor units.
    pub(crate) amount: i64,
}

/// The history of one balance, in order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<Point>,
}

impl Series {
    /// The lowest balance, including the initial zero.
    pub(crate) fn lowest(&self) -> i64 {
        self.points.iter().map(|point| point.amount).min().unwrap_or(0).min(0)
    }

    /// The lowest balance after a change.
    pub(crate) fn lowest_after(&self) -> i64 {
        self.points.iter().map(|point| point.amount).min().unwrap_or(0)
    }

    /// The highest balance.
    pub(crate) fn highest(&self) -> i64 {
        self.points.iter().map(|point| point.amount).max().unwrap_or(0).max(0)
    }

    /// The balance now.
    pub(crate) fn last(&self) -> i64 {
        self.points.last().map_or(0, |point| point.amount)
    }
}

/// The balances of one account in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chart {
    pub(crate) account: String,
    pub(crate) currency: String,
    pub(crate) series: Vec<Series>,
}

/// The content of the horizontal axis.
enum Axis {
    Time(i64, i64),
    /// The postings one by one, if the clock stood still.
    Order(i64, i64),
}

impl Axis {
    fn of(chart: &Chart, from: i64, until: i64) -> Self {
        let all = || chart.series.iter().flat_map(|series| &series.points);
        if all().any(|point| point.at > from) || until > from {
            return Self::Time(from, until.max(from.saturating_add(1)));
        }
        let first = all().map(|point| point.order).min().unwrap_or(0).saturating_sub(1);
        let last = all().map(|point| point.order).max().unwrap_or(0);
        Self::Order(first, last.max(first.saturating_add(1)))
    }

    fn x(&self, point: &Point) -> i64 {
        LEFT + match self {
            Self::Time(from, until) => scale(point.at, *from, *until, WIDTH),
            Self::Order(from, until) => scale(point.order, *from, *until, WIDTH),
        }
    }

    fn ends(&self) -> (String, String) {
        match self {
            Self::Time(from, until) => (date(*from), date(*until)),
            Self::Order(from, until) => {
                ("start".to_owned(), format!("after {} postings, all at the same time", until - from))
            }
        }
    }
}

impl Chart {
    /// Draws the chart for a period in Unix seconds.
    pub(crate) fn draw(&self, from: i64, until: i64) -> Markup {
        let low = self.series.iter().map(Series::lowest).min().unwrap_or(0);
        let high = self.series.iter().map(Series::highest).max().unwrap_or(0).max(low.saturating_add(1));
        let y = |amount: i64| HEIGHT - scale(amount, low, high, HEIGHT);
        let axis = Axis::of(self, from, until);
        let (left, right) = axis.ends();
        let middle = low.saturating_add(high.saturating_sub(low) / 2);
        let mut marks = vec![high, middle, low];
        if low < 0 && high > 0 {
            marks.push(0);
        }
        marks.sort_unstable();
        marks.dedup();
        // Overlapping labels are omitted.
        let mut shown: Vec<i64> = Vec::new();
        for mark in marks {
            if shown.iter().all(|other| (y(*other) - y(mark)).abs() >= 14) {
                shown.push(mark);
            }
        }
        let (width, height) = (LEFT + WIDTH + 12, HEIGHT + BELOW + 10);
        let label = format!("Balances of {} in {}", self.account, self.currency.to_uppercase());
        html! {
            figure class="chart" {
                svg viewBox={ "0 -10 " (width) " " (height) } role="img" aria-label=(label) {
                    @for mark in &shown {
                        line class=(if *mark == 0 { "zero" } else { "grid" }) x1=(LEFT) x2=(LEFT + WIDTH) y1=(y(*mark)) y2=(y(*mark)) {}
                        text class="amount" x=(LEFT - 8) y=(y(*mark) + 4) { (money(*mark, &self.currency)) }
                    }
                    @for (series, (class, dashes)) in self.series.iter().zip(LINES.iter().cycle()) {
                        path class=(class) stroke-dasharray=(dashes) d=(path(series, &axis, &y)) { title { (series.name) } }
                    }
                    text class="date" x=(LEFT) y=(HEIGHT + 20) { (left) }
                    text class="date end" x=(LEFT + WIDTH) y=(HEIGHT + 20) { (right) }
                }
                figcaption {
                    ul class="legend" {
                        @for (series, (class, _)) in self.series.iter().zip(LINES.iter().cycle()) {
                            li { i class=(class) {} (series.name) ": " b { (money(series.last(), &self.currency)) } }
                        }
                    }
                }
            }
        }
    }
}

/// The path of a balance: horizontal, then vertical. Of the points in one column only the visible ones are drawn.
fn path(series: &Series, axis: &Axis, y: &dyn Fn(i64) -> i64) -> String {
    let mut out = format!("M{LEFT} {}", y(0));
    let mut column: Option<(i64, i64, i64, i64)> = None;
    let mut flush = |column: Option<(i64, i64, i64, i64)>| {
        if let Some((x, low, high, last)) = column {
            // Writing to a string cannot fail.
            let _ = write!(out, "H{x}V{low}V{high}V{last}");
        }
    };
    for point in &series.points {
        let (x, y) = (axis.x(point), y(point.amount));
        column = Some(match column {
            Some((at, low, high, _)) if at == x => (x, low.min(y), high.max(y), y),
            before => {
                flush(before);
                (x, y, y, y)
            }
        });
    }
    flush(column);
    let _ = write!(out, "H{}", LEFT + WIDTH);
    out
}

/// The position of `value` between `low` and `high` on a line of this length.
fn scale(value: i64, low: i64, high: i64, length: i64) -> i64 {
    let (value, low, high) = (i128::from(value), i128::from(low), i128::from(high));
    let place = (value - low).saturating_mul(i128::from(length)).checked_div(high - low).unwrap_or(0);
    i64::try_from(place.clamp(0, i128::from(length))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: &[(i64, i64)]) -> Chart {
        let points =
            points.iter().zip(1..).map(|((at, amount), order)| Point { at: *at, order, amount: *amount });
        let series = Series { name: "a<b".to_owned(), points: points.collect() };
        Chart { account: "\"x\"".into(), currency: "usd".into(), series: vec![series] }
    }

    #[test]
    fn lines_stay_within_the_chart_and_names_are_escaped() {
        let picture = chart(&[(0, i64::MAX), (10, i64::MIN), (20, 5)]).draw(0, 20).into_string();
        assert!(picture.contains("a&lt;b") && !picture.contains("a<b"), "{picture}");
        assert!(picture.contains("&quot;x&quot;"), "{picture}");
        assert!(picture.contains("M96 90H96V0V0V0H416V180V180V180H736V90V90V90H736"), "{picture}");
    }

    #[test]
    fn postings_are_the_axis_if_the_clock_stands_still() {
        let still = chart(&[(0, 100), (0, -50), (0, 50)]);
        let picture = still.draw(0, 0).into_string();
        assert!(picture.contains("after 3 postings"), "{picture}");
        assert!(
            picture.contains("H309") && picture.contains("H522") && picture.contains("H736"),
            "{picture}"
        );
        assert_eq!(
            (still.series[0].lowest(), still.series[0].highest(), still.series[0].last()),
            (-50, 100, 50)
        );
        let moved = chart(&[(0, 100), (9, 50)]).draw(0, 9).into_string();
        assert!(moved.contains("1970-01-01 00:00:09") && moved.contains("1.00 USD"), "{moved}");
    }

    #[test]
    fn points_in_one_column_keep_their_extremes() {
        let points: Vec<_> =
            (0..100_000).map(|n| (0, if n == 50_000 { -7 } else { 100 })).chain([(10, 1)]).collect();
        let picture = chart(&points).draw(0, 10).into_string();
        assert!(picture.len() < 3_000, "{}", picture.len());
        assert!(picture.contains("-0.07 USD"), "{picture}");
    }
}
