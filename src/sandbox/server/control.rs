use super::Shared;
use crate::sandbox::Sandbox;
use crate::sandbox::core::{CurrencyCode, Json, Kind, Peek, Refusal};
use crate::sandbox::report;
use crate::sandbox::router::{Effect, Fault, Phase, RateLimit, Request, Response, Wire};
use crate::sandbox::systems::{payouts, topups};
use crate::sandbox::world::{Mishap, Timing, Work};
use bytes::Bytes;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// What all controls begin with.
pub(super) const PREFIX: &str = "/_sandbox/";

/// One control: a method and a path below `/_sandbox/`, its parameters (form or query), and what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// What follows `/_sandbox/`.
    pub path: &'static str,
    /// The parameters.
    pub parameters: &'static str,
    /// What it does.
    pub does: &'static str,
}

const fn control(
    method: &'static str,
    path: &'static str,
    parameters: &'static str,
    does: &'static str,
) -> Control {
    Control { method, path, parameters, does }
}

/// Every control of a [`super::Server`]. They need no key.
pub const CONTROLS: &[Control] = &[
    control("GET", "", "", "lists the controls"),
    control("GET", "state", "", "tells time, accounts, balances and what waits"),
    control(
        "POST",
        "advance",
        "days, hours, minutes, seconds",
        "moves the clock; what falls due happens on the way",
    ),
    control("POST", "transitions", "name, id, code", "does a named transition of an object"),
    control("POST", "hurry", "id", "does now what waits for its time with an object"),
    control("POST", "connect", "", "makes a connected account and tells its id"),
    control("POST", "fund", "account, balance, currency, amount", "puts money into a balance from outside"),
    control(
        "POST",
        "faults",
        "effect, phase, operation, account, times, after, percent, status, retry_after, should_retry, milliseconds, \
         bytes, limit",
        "plans a fault",
    ),
    control("POST", "faults/clear", "", "forgets all planned faults"),
    control(
        "POST",
        "webhooks",
        "timing, seconds, mishap, event, times",
        "sets when webhooks go out and what goes wrong",
    ),
    control("GET", "webhooks", "", "takes the webhooks that are due and were not sent"),
    control("GET", "events", "type", "lists the events of all accounts, oldest first"),
    control("GET", "report", "", "shows the run as an HTML page"),
    control("GET", "report.md", "", "tells the run as Markdown with a diagram"),
    control("POST", "reset", "seed", "starts again with an empty sandbox"),
];

/// A transition of an object that something outside Stripe causes.
type Transition = fn(&mut Work<'_>, &str, &str) -> Result<(), Refusal>;

/// The transitions by name. The last argument is the `code` of a failure.
const TRANSITIONS: &[(&str, Transition)] = &[
    ("topups.settle", |work, id, _| topups::settle(work, id)),
    ("topups.fail", topups::fail),
    ("topups.reverse", |work, id, _| topups::reverse(work, id)),
    ("payouts.send", |work, id, _| payouts::send(work, id)),
    ("payouts.pay", |work, id, _| payouts::pay(work, id)),
    ("payouts.fail", payouts::fail),
];

/// The parameters of a control.
struct Asked(BTreeMap<String, String>);

impl Asked {
    fn read(request: &Request) -> Self {
        let read = |bytes| url::form_urlencoded::parse(bytes).into_owned();
        Self(read(request.query.as_bytes()).chain(read(&request.body)).collect())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| Refusal::invalid(format!("`{name}` is missing.")).param(name))
    }

    /// A parameter as a number or another type that can be read; `None` if it was not sent.
    fn value<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let read = |text: &str| {
            text.parse().map_err(|_| Refusal::invalid(format!("`{name}` cannot be '{text}'.")).param(name))
        };
        self.text(name).map(read).transpose()
    }

    fn wrong<T>(&self, name: &str, possible: &str) -> Result<T, Refusal> {
        Err(Refusal::invalid(format!("`{name}` must be one of: {possible}.")).param(name))
    }
}

/// Answers a control.
pub(super) async fn answer(shared: &Shared, wanted: &str, request: &Request) -> Response {
    let asked = Asked::read(request);
    let sandbox = &shared.sandbox;
    let method = request.method.as_str();
    let answer = match (method, wanted.trim_end_matches('/')) {
        ("GET", "") => Ok(controls()),
        ("GET", "state") => Ok(state(sandbox)),
        ("POST", "advance") => match wait(&asked) {
            Ok(wait) => {
                shared.courier.advance(wait).await;
                Ok(state(sandbox))
            }
            Err(refusal) => Err(refusal),
        },
        ("POST", "transitions") => transition(sandbox, &asked),
        ("POST", "hurry") => hurry(sandbox, &asked),
        ("POST", "connect") => Ok(json!({ "account": sandbox.connect() })),
        ("POST", "fund") => fund(sandbox, &asked),
        ("POST", "faults") => plan(sandbox, &asked),
        ("POST", "faults/clear") => {
            sandbox.world().faults.clear();
            Ok(json!({ "cleared": true }))
        }
        ("POST", "webhooks") => webhooks(sandbox, &asked),
        ("GET", "webhooks") => Ok(taken(sandbox)),
        ("GET", "events") => Ok(events(sandbox, &asked)),
        ("GET", "report") => return page("text/html; charset=utf-8", report::html(&sandbox.world())),
        ("GET", "report.md") => {
            return page("text/markdown; charset=utf-8", report::markdown(&sandbox.world()));
        }
        ("POST", "reset") => reset(sandbox, &asked),
        _ => {
            let message = format!("There is no control {method} {PREFIX}{wanted}. GET {PREFIX} lists them.");
            Err(Refusal::new(404, "invalid_request_error", message))
        }
    };
    sandbox.wake();
    match answer {
        Ok(body) => reply(200, &body),
        Err(refusal) => reply(refusal.status, &refusal.body()),
    }
}

fn reply(status: u16, body: &Json) -> Response {
    let mut text = format!("{body:#}");
    text.push('\n');
    Response { status, ..page("application/json", text) }
}

fn page(content_type: &str, text: String) -> Response {
    let headers = vec![("content-type", content_type.to_owned())];
    Response { status: 200, headers, body: Bytes::from(text), wire: Wire::default() }
}

fn controls() -> Json {
    let each = CONTROLS.iter().map(|control| {
        json!({ "method": control.method, "path": format!("{PREFIX}{}", control.path),
            "parameters": control.parameters, "does": control.does })
    });
    let names: Vec<_> = TRANSITIONS.iter().map(|(name, _)| *name).collect();
    json!({ "controls": each.collect::<Vec<_>>(), "transitions": names })
}

fn state(sandbox: &Sandbox) -> Json {
    let world = sandbox.world();
    let mut balances: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for (purse, amount) in world.ledger.purses().filter(|(purse, _)| purse.kind != Kind::Outside) {
        let name = format!("{} {}", purse.kind.name(), purse.currency);
        balances.entry(purse.scope.to_string()).or_default().insert(name, amount);
    }
    json!({
        "now": world.clock.now(), "next_due": world.next_due().map(|due| due.div_euclid(1000)),
        "platform": &*world.platform(), "connected": world.connected().map(|id| id.to_string()).collect::<Vec<_>>(),
        "balances": balances, "webhooks_waiting": world.outbox.waiting(), "audit": world.ledger.audit().err(),
    })
}

fn wait(asked: &Asked) -> Result<Duration, Refusal> {
    let mut seconds: u64 = 0;
    for (name, length) in [("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)] {
        let count = asked.value::<u64>(name)?.unwrap_or(0);
        seconds = seconds.saturating_add(count.saturating_mul(length));
    }
    // A thousand years are enough for anyone, and far from the end of the clock.
    if seconds == 0 || seconds > 31_536_000_000 {
        return Err(Refusal::invalid(
            "Send `days`, `hours`, `minutes` or `seconds`, together at most 1,000 years.",
        ));
    }
    Ok(Duration::from_secs(seconds))
}

fn transition(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let (name, id) = (asked.needed("name")?, asked.needed("id")?);
    let Some((_, transition)) = TRANSITIONS.iter().find(|(known, _)| *known == name) else {
        let names: Vec<_> = TRANSITIONS.iter().map(|(name, _)| *name).collect();
        return asked.wrong("name", &names.join(", "));
    };
    let code = asked.text("code").unwrap_or("could_not_process");
    sandbox.on(id, |work| transition(work, id, code))?;
    object(sandbox, id)
}

fn hurry(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let id = asked.needed("id")?;
    let done = sandbox.world().hurry(id, i64::MAX)?;
    Ok(json!({ "done": done, "object": object(sandbox, id)? }))
}

fn object(sandbox: &Sandbox, id: &str) -> Result<Json, Refusal> {
    let world = sandbox.world();
    let found = world.owner(id).and_then(|scope| world.store(&scope)?.get(id).cloned());
    found.ok_or_else(|| Refusal::missing("object", id, "id"))
}

fn fund(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let account = asked.text("account").map_or_else(|| sandbox.platform(), str::to_owned);
    let kind = match asked.text("balance").unwrap_or("available") {
        "available" => Kind::Available,
        "issuing" => Kind::Issuing,
        _ => return asked.wrong("balance", "available, issuing"),
    };
    let Some(currency) = CurrencyCode::parse(asked.needed("currency")?) else {
        return asked.wrong("currency", "the codes of currencies, in lower case");
    };
    let amount = asked.value("amount")?.unwrap_or_default();
    if amount < 1 {
        return Err(Refusal::invalid("`amount` must be 1 minor unit or more.").param("amount"));
    }
    sandbox.fund(&account, kind.clone(), currency, amount)?;
    Ok(json!({ "balance": sandbox.balance(&account, kind, currency) }))
}

fn plan(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let effect = match asked.needed("effect")? {
        "status" => Effect::Status {
            status: asked.value("status")?.filter(|status| (400..600).contains(status)).unwrap_or(500),
            retry_after: asked.value("retry_after")?,
            should_retry: asked.value("should_retry")?,
        },
        "rate_limit" => Effect::RateLimited(match asked.text("limit").unwrap_or("global-rate") {
            "global-rate" => RateLimit::GlobalRate,
            "global-concurrency" => RateLimit::GlobalConcurrency,
            "endpoint-rate" => RateLimit::EndpointRate,
            "endpoint-concurrency" => RateLimit::EndpointConcurrency,
            "resource-specific" => RateLimit::ResourceSpecific,
            _ => {
                let possible =
                    "global-rate, global-concurrency, endpoint-rate, endpoint-concurrency, resource-specific";
                return asked.wrong("limit", possible);
            }
        }),
        "lock_timeout" => Effect::LockTimeout,
        "key_in_use" => Effect::KeyInUse,
        "delay" => Effect::Delay(Duration::from_millis(asked.value("milliseconds")?.unwrap_or(1000))),
        "stall" => Effect::Stall,
        "truncate" => Effect::Truncate(asked.value("bytes")?.unwrap_or(0)),
        "reset" => Effect::Reset,
        _ => {
            return asked.wrong(
                "effect",
                "status, rate_limit, lock_timeout, key_in_use, delay, stall, truncate, reset",
            );
        }
    };
    let phase = match asked.text("phase") {
        None => match effect {
            // These say something about an answer, so there must be one.
            Effect::Delay(_) | Effect::Truncate(_) => Phase::After,
            _ => Phase::Before,
        },
        Some("before") => Phase::Before,
        Some("after") => Phase::After,
        Some(_) => return asked.wrong("phase", "before, after"),
    };
    let mut fault = Fault::new(phase, effect);
    fault.operation = asked.text("operation").map(str::to_owned);
    fault.account = asked.text("account").map(str::to_owned);
    fault.times = asked.value("times")?.unwrap_or(1);
    fault.skip = asked.value("after")?.unwrap_or(0);
    fault.percent = asked.value("percent")?.unwrap_or(100);
    sandbox.world().faults.plan(fault);
    Ok(json!({ "planned": true }))
}

fn webhooks(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let timing = match asked.text("timing") {
        None => None,
        Some("at_once") => Some(Timing::AtOnce),
        Some("collected") => Some(Timing::Collected),
        Some("on_the_clock") => {
            Some(Timing::OnTheClock(Duration::from_secs(asked.value("seconds")?.unwrap_or(1))))
        }
        Some(_) => return asked.wrong("timing", "at_once, collected, on_the_clock"),
    };
    let mishap = match asked.text("mishap") {
        None => None,
        Some("duplicate") => Some(Mishap::Duplicate),
        Some("late") => Some(Mishap::Late),
        Some("lost") => Some(Mishap::Lost),
        Some("wrong_secret") => Some(Mishap::WrongSecret),
        Some(_) => return asked.wrong("mishap", "duplicate, late, lost, wrong_secret"),
    };
    let times = asked.value("times")?.unwrap_or(1);
    let mut world = sandbox.world();
    if let Some(timing) = timing {
        world.outbox.timing = timing;
    }
    if let Some(mishap) = mishap {
        world.outbox.plan(asked.text("event").unwrap_or("*"), mishap, times);
    }
    Ok(json!({ "waiting": world.outbox.waiting() }))
}

fn taken(sandbox: &Sandbox) -> Json {
    let each = sandbox.webhooks().take().into_iter().map(|parcel| {
        json!({ "url": parcel.url, "endpoint": parcel.endpoint, "signature": parcel.signature,
            "body": String::from_utf8_lossy(&parcel.body) })
    });
    json!({ "data": each.collect::<Vec<_>>() })
}

fn events(sandbox: &Sandbox, asked: &Asked) -> Json {
    let wanted = asked.text("type");
    let mut events = sandbox.events();
    events.retain(|event| wanted.is_none_or(|wanted| event.text("type") == wanted));
    json!({ "data": events })
}

fn reset(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let seed = asked.value("seed")?.unwrap_or(1);
    let options = sandbox.world().options.clone();
    sandbox.start_again(seed, options);
    Ok(json!({ "platform": sandbox.platform() }))
}
