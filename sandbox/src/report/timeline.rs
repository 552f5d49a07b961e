use super::money::money;
use crate::engine::{Json, Kind, Peek, Purse, date_time};
use crate::router::{Phase, Spoiled};
use crate::state::{Happening, Manner, SentWebhook, World};
use std::collections::BTreeMap;

const AUTHORIZATION: &str = "issuing.authorization";

/// A line of the timeline, ready to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Unix seconds.
    pub(crate) at: i64,
    /// Whose it is; empty if nobody's.
    pub(crate) account: String,
    pub(crate) what: What,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// `good` if the client got a success.
    Call {
        line: String,
        answer: String,
        good: bool,
    },
    /// This much came into this balance from outside.
    Fund {
        balance: String,
        amount: String,
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
    /// The clock was moved by so many seconds.
    Clock(i64),
    Skipped(String),
}

/// How one balance went: what it was after each change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Course {
    pub(crate) name: String,
    /// Unix seconds and minor units, in order of time.
    pub(crate) points: Vec<(i64, i64)>,
}

/// The courses of one currency of an account, which share one chart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Balances {
    pub(crate) account: String,
    pub(crate) currency: String,
    pub(crate) courses: Vec<Course>,
}

/// The timeline of a run. The journal has a call when it is answered, and a move of the clock when it has ended; here a call
/// comes before the events that it caused, and the clock moves before what happens at the new time.
pub(crate) fn moments(world: &World) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::with_capacity(world.journal.len());
    // The clock is moved by nothing else, so it stood where it was left.
    let mut stood = world.options.start;
    // Where the latest call is; what came before it is not caused by the next one.
    let mut called = 0;
    for (at, happening) in world.journal.iter() {
        if *at > stood {
            moments.push(Moment { at: *at, account: String::new(), what: What::Clock(*at - stood) });
            stood = *at;
        }
        let Some((account, what)) = told(world, happening) else { continue };
        let own = |earlier: &&Moment| matches!(earlier.what, What::Event { caused: true, .. });
        let place = match what {
            What::Call { .. } => {
                let caused = moments.iter().skip(called).rev().take_while(own).count();
                called = moments.len() + 1;
                moments.len() - caused
            }
            _ => moments.len(),
        };
        moments.insert(place, Moment { at: *at, account, what });
    }
    moments
}

/// Whose it is and what; nothing for the end of a move of the clock, which the times themselves tell.
fn told(world: &World, happening: &Happening) -> Option<(String, What)> {
    Some(match happening {
        Happening::Answered { scope, call, status, manner } => {
            let (answer, good) = answer(*status, *manner);
            (scope.to_string(), What::Call { line: call.to_string(), answer, good })
        }
        Happening::Funded(funded) => {
            let amount = money(funded.amount, &funded.currency.to_string());
            (funded.scope.to_string(), What::Fund { balance: funded.kind.name(), amount })
        }
        Happening::Event { scope, id } => {
            let event = world.store(scope).and_then(|store| store.get(id));
            let text = |path: &str| event.map(|event| event.text(path).to_owned()).unwrap_or_default();
            let either =
                |v1: &str, v2: &str| Some(text(v1)).filter(|t| !t.is_empty()).unwrap_or_else(|| text(v2));
            let caused = !either("request.id", "reason.request.id").is_empty();
            let mut about = either("data.object.id", "related_object.id");
            if let Some(object) = event.and_then(|event| event.at("data.object")) {
                about.push_str(&detail(object));
            }
            (scope.to_string(), What::Event { kind: text("type"), about, caused })
        }
        Happening::Webhook(sent) => {
            let SentWebhook { scope, event, endpoint, status } = &**sent;
            let event = world.store(scope).and_then(|store| store.get(event));
            let kind = event.map(|event| event.text("type").to_owned()).unwrap_or_default();
            (scope.to_string(), What::Webhook { kind, endpoint: endpoint.to_string(), status: *status })
        }
        Happening::Clock => return None,
        Happening::Skipped(why) => (String::new(), What::Skipped(why.to_string())),
    })
}

/// What the client got, and whether it was a success.
fn answer(status: u16, manner: Manner) -> (String, bool) {
    let (mut told, good) = outcome(status, manner);
    if manner.lay {
        told.push_str(", after lying for a planned time");
    }
    (told, good)
}

fn outcome(status: u16, manner: Manner) -> (String, bool) {
    let good = status < 400;
    let Some((phase, spoiled)) = manner.fault else {
        let repeated = if manner.replayed { ", repeated for its idempotency key" } else { "" };
        return (format!("{status}{repeated}"), good);
    };
    let when = match phase {
        Phase::Before => "before anything was done",
        Phase::After => "after all was done",
    };
    match spoiled {
        Spoiled::Refused => (format!("{status} as planned, {when}"), false),
        Spoiled::Late => (format!("{status}, late"), good),
        Spoiled::Stalled => (format!("no answer, {when}"), false),
        Spoiled::Truncated => (format!("{status} that breaks off, {when}"), false),
        Spoiled::Reset => (format!("connection reset, {when}"), false),
    }
}

/// The money that an object is about; of an authorization also where it was and why it was declined.
fn detail(object: &Json) -> String {
    let request = object.items("request_history").last().filter(|_| object.text("object") == AUTHORIZATION);
    let amount = request.unwrap_or(object).at("amount").and_then(Json::as_i64);
    let Some(amount) = amount.filter(|_| !object.text("currency").is_empty()) else { return String::new() };
    let mut out = format!(", {}", money(amount, object.text("currency")));
    if object.text("object") == AUTHORIZATION {
        out.push_str(&format!(" at {}", object.text("merchant_data.name")));
    }
    if let Some(request) = request.filter(|request| !request.flag("approved")) {
        out.push_str(&format!(", declined: {}", request.text("reason")));
    }
    out
}

/// Every balance over time, by account and currency. What is outside Stripe is left out.
pub(crate) fn balances(world: &World) -> Vec<Balances> {
    let mut courses: BTreeMap<&Purse, Vec<(i64, i64)>> = BTreeMap::new();
    for posting in world.ledger.postings().iter() {
        for (purse, amount) in posting.legs.iter().filter(|(purse, _)| purse.kind != Kind::Outside) {
            let points = courses.entry(&**purse).or_default();
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
pub(crate) fn date(seconds: i64) -> String {
    let text = date_time(seconds);
    text.split_once('.').map_or(text.as_str(), |(whole, _)| whole).replace('T', " ")
}

/// A span of time in the two largest of its units: `5 days`, `1 hour 30 minutes`.
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
    fn a_span_is_told_in_its_two_largest_units() {
        assert_eq!(span(5 * 86_400), "5 days");
        assert_eq!(span(90_061), "1 day 1 hour");
        assert_eq!(span(0), "less than a second");
        assert_eq!(span(61), "1 minute 1 second");
    }
}
