use crate::engine::{Json, Peek};
use crate::html::money;
use crate::router::{Phase, Spoiled};
use crate::state::{ClockMode, LogEntry, ReplyInfo, SentWebhook, State};

const AUTHORIZATION: &str = "issuing.authorization";

/// Moves of a real clock are shown only if they exceed this number of seconds between two entries.
const LEAST_MOVE: i64 = 60;

/// A formatted line of the timeline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Unix seconds.
    pub(crate) at: i64,
    /// The account; empty if none.
    pub(crate) account: String,
    pub(crate) what: What,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// `good` if the reply was a success; `number` is that of the journal entry, from 1.
    Call {
        line: String,
        answer: String,
        good: bool,
        /// The error's code or type; empty if there is none.
        code: String,
        number: usize,
    },
    /// Money added to a balance by the test.
    Fund {
        balance: String,
        amount: String,
    },
    /// `caused` by a request, not by time; the request is at index `call` of the timeline.
    Event {
        id: String,
        kind: String,
        about: String,
        caused: bool,
        call: Option<usize>,
    },
    Webhook {
        kind: String,
        event: String,
        endpoint: String,
        status: Option<u16>,
    },
    /// The clock was moved by this number of seconds.
    Clock(i64),
    Skipped(String),
}

/// The timeline of a run, read from the journal in parts. The journal records a request when it is answered, and a
/// move of the clock when it has ended; the timeline shows a request before the events that it caused, and a move of
/// the clock before the events at the new time.
#[derive(Debug)]
pub(crate) struct Timeline {
    pub(crate) moments: Vec<Moment>,
    /// The number of journal entries read, counted from the beginning.
    next: usize,
    /// The time after the last move of the clock.
    stood: i64,
    /// The index of the latest request; earlier entries are not caused by the next one.
    called: usize,
    /// The error of the next request.
    code: String,
}

impl Timeline {
    /// All entries of the journal.
    pub(crate) fn new(state: &State) -> Self {
        Self::starting(state, state.journal.dropped())
    }

    /// The latest entries.
    pub(crate) fn latest(state: &State, most: usize) -> Self {
        let length = state.journal.len();
        Self::starting(state, state.journal.dropped() + length.saturating_sub(most))
    }

    fn starting(state: &State, next: usize) -> Self {
        let first = next.checked_sub(state.journal.dropped()).and_then(|index| state.journal.get(index));
        let stood = first.filter(|_| next > 0).map_or(state.options.start, |(at, _)| *at);
        Self { moments: Vec::new(), next, stood, called: 0, code: String::new() }
    }

    /// Reads up to `most` more entries; returns `true` at the end.
    pub(crate) fn read(&mut self, state: &State, most: usize) -> bool {
        let least = if state.options.clock == ClockMode::Real { LEAST_MOVE } else { 0 };
        for _ in 0..most {
            // Skips entries dropped meanwhile.
            self.next = self.next.max(state.journal.dropped());
            let Some((at, happening)) = state.journal.get(self.next - state.journal.dropped()) else {
                return true;
            };
            self.next += 1;
            if *at > self.stood.saturating_add(least) {
                self.push(*at, String::new(), What::Clock(*at - self.stood));
            }
            self.stood = self.stood.max(*at);
            if let LogEntry::Refused(code) = happening {
                self.code = code.to_string();
            }
            if let Some((account, what)) = told(state, happening) {
                self.enter(*at, account, what);
            }
        }
        false
    }

    fn push(&mut self, at: i64, account: String, what: What) {
        self.moments.push(Moment { at, account, what });
    }

    fn enter(&mut self, at: i64, account: String, mut what: What) {
        let What::Call { code, number, .. } = &mut what else { return self.push(at, account, what) };
        (*number, *code) = (self.next, std::mem::take(&mut self.code));
        let own = |earlier: &&Moment| matches!(earlier.what, What::Event { caused: true, .. });
        let caused = self.moments.iter().skip(self.called).rev().take_while(own).count();
        let place = self.moments.len() - caused;
        for moment in self.moments.iter_mut().skip(place) {
            if let What::Event { call, .. } = &mut moment.what {
                *call = Some(self.next);
            }
        }
        self.called = self.moments.len() + 1;
        self.moments.insert(place, Moment { at, account, what });
    }
}

/// Whether a request was for a hosted page: an expired one is not a failure of the program under test.
fn is_page(call: &str) -> bool {
    call.split_once(' ').is_some_and(|(_, path)| crate::router::is_page(path))
}

/// The account and the text; `None` for the end of a move of the clock, which the times show.
fn told(state: &State, happening: &LogEntry) -> Option<(String, What)> {
    Some(match happening {
        LogEntry::Answered { scope, call, status, manner } => {
            let (answer, good) = answer(*status, *manner);
            let good = good || is_page(call);
            (
                scope.to_string(),
                What::Call { line: call.to_string(), answer, good, code: String::new(), number: 0 },
            )
        }
        LogEntry::Funded(funded) => {
            let amount = money(funded.amount, &funded.currency.to_string());
            (funded.scope.to_string(), What::Fund { balance: funded.kind.name(), amount })
        }
        LogEntry::Event { scope, id } => {
            let event = state.store(scope).and_then(|store| store.get(id));
            let text = |path: &str| event.map(|event| event.text(path).to_owned()).unwrap_or_default();
            let either =
                |v1: &str, v2: &str| Some(text(v1)).filter(|t| !t.is_empty()).unwrap_or_else(|| text(v2));
            let caused = !either("request.id", "reason.request.id").is_empty();
            let mut about = either("data.object.id", "related_object.id");
            if let Some(object) = event.and_then(|event| event.at("data.object")) {
                about.push_str(&detail(object));
            }
            (
                scope.to_string(),
                What::Event { id: id.to_string(), kind: text("type"), about, caused, call: None },
            )
        }
        LogEntry::Webhook(sent) => {
            let SentWebhook { scope, event, endpoint, status } = &**sent;
            let stored = state.store(scope).and_then(|store| store.get(event));
            let kind = stored.map(|event| event.text("type").to_owned()).unwrap_or_default();
            let (event, endpoint) = (event.to_string(), endpoint.to_string());
            (scope.to_string(), What::Webhook { kind, event, endpoint, status: *status })
        }
        LogEntry::Clock | LogEntry::Refused(_) => return None,
        LogEntry::Skipped(why) => (String::new(), What::Skipped(why.to_string())),
    })
}

/// The reply that the client received, and whether it was a success.
fn answer(status: u16, manner: ReplyInfo) -> (String, bool) {
    let (mut told, good) = outcome(status, manner);
    if manner.lay {
        told.push_str(", after a planned delay");
    }
    (told, good)
}

fn outcome(status: u16, manner: ReplyInfo) -> (String, bool) {
    let good = status < 400;
    let Some((phase, spoiled)) = manner.fault else {
        let repeated = if manner.replayed { ", repeated by its idempotency key" } else { "" };
        return (format!("{status}{repeated}"), good);
    };
    let when = match phase {
        Phase::Before => "before processing",
        Phase::After => "after processing",
    };
    match spoiled {
        Spoiled::Refused => (format!("{status} as planned, {when}"), false),
        Spoiled::Late => (format!("{status}, late"), good),
        Spoiled::Stalled => (format!("no answer, {when}"), false),
        Spoiled::Truncated => (format!("{status} truncated, {when}"), false),
        Spoiled::Reset => (format!("connection reset, {when}"), false),
    }
}

/// The amount of an object; for an authorization also the merchant and the reason of a decline.
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
