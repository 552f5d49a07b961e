use crate::engine::{Json, Peek};
use crate::html::money;
use crate::router::{Phase, Spoiled};
use crate::state::{ClockMode, LogEntry, ReplyInfo, SentWebhook, State};

const AUTHORIZATION: &str = "issuing.authorization";

/// A clock that runs by itself is mentioned only if it moved further than this between two entries, in seconds.
const LEAST_MOVE: i64 = 60;

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
    /// `good` if the client got a success; `number` is that of its entry in the journal, from 1.
    Call {
        line: String,
        answer: String,
        good: bool,
        /// The code of an error, or its type; empty if there is none.
        code: String,
        number: usize,
    },
    /// This much came into this balance from outside.
    Fund {
        balance: String,
        amount: String,
    },
    /// `caused` by a request, not by time; by this `call` of the timeline.
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
    /// The clock was moved by so many seconds.
    Clock(i64),
    Skipped(String),
}

/// The timeline of a run, read from the journal a part at a time. The journal has a call when it is answered, and a move of the
/// clock when it has ended; here a call comes before the events that it caused, and the clock moves before what happens at the
/// new time.
#[derive(Debug)]
pub(crate) struct Timeline {
    pub(crate) moments: Vec<Moment>,
    /// The entries of the journal that were read, counted from its beginning.
    next: usize,
    /// Where the clock was left: it is moved by nothing else.
    stood: i64,
    /// Where the latest call is; what came before it is not caused by the next one.
    called: usize,
    /// Why the next call was refused.
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

    /// Reads up to `most` more entries; `true` if there are none left.
    pub(crate) fn read(&mut self, state: &State, most: usize) -> bool {
        let least = if state.options.clock == ClockMode::Real { LEAST_MOVE } else { 0 };
        for _ in 0..most {
            // What was dropped meanwhile is passed over.
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

/// Whether a call was for a hosted page: one that is gone is no failure of the program under test.
fn is_page(call: &str) -> bool {
    call.split_once(' ').is_some_and(|(_, path)| crate::router::is_page(path))
}

/// Whose it is and what; nothing for the end of a move of the clock, which the times themselves tell.
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

/// What the client got, and whether it was a success.
fn answer(status: u16, manner: ReplyInfo) -> (String, bool) {
    let (mut told, good) = outcome(status, manner);
    if manner.lay {
        told.push_str(", after lying for a planned time");
    }
    (told, good)
}

fn outcome(status: u16, manner: ReplyInfo) -> (String, bool) {
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
