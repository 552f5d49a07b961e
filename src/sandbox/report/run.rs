use crate::sandbox::core::{Kind, Peek, Purse, date_time};
use crate::sandbox::world::{Happening, World};
use std::collections::BTreeMap;

/// A line of the timeline, ready to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Unix seconds.
    pub(super) at: i64,
    /// Whose it is; empty if nobody's.
    pub(super) account: String,
    pub(super) what: What,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    Call {
        line: String,
        status: u16,
    },
    /// `caused` by a request, not by time.
    Event {
        kind: String,
        about: String,
        caused: bool,
    },
    Webhook {
        kind: String,
        endpoint: String,
        status: Option<u16>,
    },
    Clock,
    Skipped(String),
}

/// How one balance went: what it was after each change.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) name: String,
    /// Unix seconds and minor units, in order of time.
    pub(super) points: Vec<(i64, i64)>,
}

/// The courses of one currency of an account, which share one chart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Balances {
    pub(super) account: String,
    pub(super) currency: String,
    pub(super) courses: Vec<Course>,
}

/// The timeline of a run. The journal has a call when it is answered; here it comes before the events that it caused.
pub(super) fn moments(world: &World) -> Vec<Moment> {
    let moment = |(at, happening): &(i64, Happening)| {
        let (account, what) = match happening {
            Happening::Call { account, method, path, status } => {
                (account.to_string(), What::Call { line: format!("{method} {path}"), status: *status })
            }
            Happening::Event { scope, id } => {
                let event = world.store(scope).and_then(|store| store.get(id));
                let text = |path: &str| event.map(|event| event.text(path).to_owned()).unwrap_or_default();
                let either =
                    |v1: &str, v2: &str| Some(text(v1)).filter(|t| !t.is_empty()).unwrap_or_else(|| text(v2));
                let caused = !either("request.id", "reason.request.id").is_empty();
                let about = either("data.object.id", "related_object.id");
                (scope.to_string(), What::Event { kind: text("type"), about, caused })
            }
            Happening::Webhook { scope, event, endpoint, status } => {
                let event = world.store(scope).and_then(|store| store.get(event));
                let kind = event.map(|event| event.text("type").to_owned()).unwrap_or_default();
                (scope.to_string(), What::Webhook { kind, endpoint: endpoint.clone(), status: *status })
            }
            Happening::Clock => (String::new(), What::Clock),
            Happening::Skipped(why) => (String::new(), What::Skipped(why.clone())),
        };
        Moment { at: *at, account, what }
    };
    let mut moments: Vec<Moment> = Vec::with_capacity(world.journal.len());
    for moment in world.journal.iter().map(moment) {
        let own = |earlier: &&Moment| matches!(earlier.what, What::Event { caused: true, .. });
        let caused = match moment.what {
            What::Call { .. } => moments.iter().rev().take_while(own).count(),
            _ => 0,
        };
        moments.insert(moments.len() - caused, moment);
    }
    moments
}

/// Every balance over time, by account and currency. What is outside Stripe is left out.
pub(super) fn balances(world: &World) -> Vec<Balances> {
    let mut courses: BTreeMap<&Purse, Vec<(i64, i64)>> = BTreeMap::new();
    for posting in world.ledger.postings() {
        for (purse, amount) in posting.legs.iter().filter(|(purse, _)| purse.kind != Kind::Outside) {
            let points = courses.entry(purse).or_default();
            let sum = points.last().map_or(0, |(_, sum)| *sum).saturating_add(*amount);
            match points.last_mut().filter(|(at, _)| *at == posting.at) {
                Some(last) => last.1 = sum,
                None => points.push((posting.at, sum)),
            }
        }
    }
    let mut charts: BTreeMap<(String, String), Vec<Course>> = BTreeMap::new();
    for (purse, points) in courses {
        let chart = charts.entry((purse.scope.to_string(), purse.currency.to_string())).or_default();
        chart.push(Course { name: purse.kind.name(), points });
    }
    charts.into_iter().map(|((account, currency), courses)| Balances { account, currency, courses }).collect()
}

/// `2026-01-05 09:00:00`, in UTC.
pub(super) fn date(seconds: i64) -> String {
    let text = date_time(seconds);
    text.split_once('.').map_or(text.as_str(), |(whole, _)| whole).replace('T', " ")
}

/// An amount of minor units with its currency, with as many decimals as the currency has.
pub(super) fn money(amount: i64, currency: &str) -> String {
    const WHOLE: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf";
    const THOUSANDTHS: &str = "bhd jod kwd omr tnd";
    let decimals = match currency {
        code if WHOLE.split(' ').any(|whole| whole == code) => 0,
        code if THOUSANDTHS.split(' ').any(|three| three == code) => 3,
        _ => 2,
    };
    let currency = currency.to_uppercase();
    let sign = if amount < 0 { "-" } else { "" };
    let digits = amount.unsigned_abs();
    if decimals == 0 {
        return format!("{sign}{digits} {currency}");
    }
    let unit = 10_u64.pow(decimals);
    let width = usize::try_from(decimals).unwrap_or(2);
    format!("{sign}{}.{:0width$} {currency}", digits / unit, digits % unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_the_decimals_of_its_currency() {
        assert_eq!(money(123_456, "usd"), "1234.56 USD");
        assert_eq!(money(-5, "eur"), "-0.05 EUR");
        assert_eq!(money(500, "jpy"), "500 JPY");
        assert_eq!(money(1_005, "kwd"), "1.005 KWD");
        assert_eq!(money(i64::MIN, "jpy"), "-9223372036854775808 JPY");
    }
}
