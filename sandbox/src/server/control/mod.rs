pub(crate) mod faults;
pub(crate) mod params;
pub(crate) mod settings;
pub(crate) mod transitions;

use super::Shared;
use crate::Sandbox;
use crate::engine::{Json, Kind, Peek, Refusal};
use crate::router::{Request, Response, Wire};
use crate::state::{Mishap, Timing};
use crate::{delivery, spec, report};
use crate::about::rules;
use crate::server::control::params::Asked;
use bytes::Bytes;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use crate::server::control::transitions::TRANSITIONS;

/// What all controls begin with.
pub(crate) const PREFIX: &str = "/_sandbox";

/// One control: a method and a path below `/_sandbox/`, its parameters (form or query), and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// What follows `/_sandbox/`.
    pub path: &'static str,
    /// The parameters.
    pub parameters: &'static str,
    /// What it does.
    pub does: &'static str,
    run: Run,
}

/// How a control is done.
#[derive(Debug, Clone, Copy)]
enum Run {
    /// Tells something.
    Tell(fn(&Sandbox) -> Json),
    /// Does something.
    Do(fn(&Sandbox, &Asked) -> Result<Json, Refusal>),
    /// The same, and which parameters there are depends on what is asked for: it looks at them itself.
    Choose(fn(&Sandbox, &Asked) -> Result<Json, Refusal>),
    /// Shows a page of this type.
    Show(&'static str, fn(&Sandbox) -> String),
    /// Moves the clock, and delivers on the way.
    Advance,
}

const fn get(path: &'static str, parameters: &'static str, does: &'static str, run: Run) -> Control {
    Control { method: "GET", path, parameters, does, run }
}

const fn post(path: &'static str, parameters: &'static str, does: &'static str, run: Run) -> Control {
    Control { method: "POST", path, parameters, does, run }
}

/// Every control of a [`super::Server`]. They need no key.
pub const CONTROLS: &[Control] = &[
    get("", "", "lists the controls, the transitions and the rules", Run::Tell(controls)),
    get("state", "", "tells time, accounts, balances and what waits", Run::Tell(state)),
    post(
        "advance",
        "days, hours, minutes, seconds",
        "moves the clock; what falls due happens on the way",
        Run::Advance,
    ),
    post(
        "transitions",
        "name, id, and those of the transition",
        "does a named transition of an object",
        Run::Choose(transition),
    ),
    post("hurry", "id", "does now what waits for its time with an object", Run::Do(hurry)),
    post("trigger", "rule, id", "does now what a rule puts off or leaves to the test", Run::Do(trigger)),
    get("policies", "", "tells when each transition happens by itself", Run::Tell(settings::policies)),
    post(
        "policies",
        "rule, policy, days, hours, minutes, seconds",
        "sets when a transition happens: manual, immediate, after, default",
        Run::Do(settings::set_policy),
    ),
    get("options", "", "tells the switches", Run::Tell(settings::options)),
    post("options", "any switch by its name", "sets switches", Run::Choose(settings::set_options)),
    post("connect", "", "makes a connected account and tells its id", Run::Do(connect)),
    post(
        "fund",
        "account, balance, currency, amount",
        "puts money into a balance from outside",
        Run::Do(fund),
    ),
    post(
        "faults",
        "effect, phase, operation, account, times, after, percent, status, retry_after, should_retry, milliseconds, \
         bytes, limit",
        "plans a fault",
        Run::Do(faults::plan),
    ),
    post("faults/clear", "", "forgets all planned faults", Run::Do(clear)),
    post(
        "webhooks",
        "timing, seconds, mishap, event, times",
        "sets when webhooks go out and what goes wrong",
        Run::Do(webhooks),
    ),
    get(
        "webhooks",
        "stamp",
        "takes the webhooks that are due and were not sent, signed at this machine's time or at `stamp` (Unix seconds)",
        Run::Do(taken),
    ),
    post(
        "questions",
        "",
        "from now on every card authorization asks, also when no endpoint listens",
        Run::Do(ask_always),
    ),
    get("events", "type", "lists the events of all accounts, oldest first", Run::Do(events)),
    get(
        "report",
        "",
        "shows the run as an HTML page",
        Run::Show("text/html; charset=utf-8", |sandbox| report::html(&sandbox.world())),
    ),
    get(
        "report.md",
        "",
        "tells the run as Markdown with a diagram",
        Run::Show("text/markdown; charset=utf-8", |sandbox| report::markdown(&sandbox.world())),
    ),
    post("reset", "seed", "starts again with an empty sandbox", Run::Do(reset)),
];

/// Answers a control.
pub(crate) async fn answer(shared: &Shared, wanted: &str, request: &Request) -> Response {
    let asked = Asked::read(request);
    let sandbox = &shared.sandbox;
    let method = request.method.as_str();
    let name = wanted.trim_matches('/');
    let control = CONTROLS.iter().find(|control| control.method == method && control.path == name);
    let answer = match control {
        Some(control) => control.answer(shared, &asked).await,
        None => {
            let message = format!("There is no control {method} {PREFIX}{wanted}. GET {PREFIX} lists them.");
            Err(Refusal::new(404, "invalid_request_error", message))
        }
    };
    sandbox.wake();
    answer.unwrap_or_else(|refusal| reply(refusal.status, &refusal.body()))
}

impl Control {
    async fn answer(&self, shared: &Shared, asked: &Asked) -> Result<Response, Refusal> {
        let sandbox = &shared.sandbox;
        if !matches!(self.run, Run::Choose(_)) {
            asked.only(names(self.parameters))?;
        }
        let body = match self.run {
            Run::Show(kind, show) => return Ok(page(kind, show(sandbox))),
            Run::Tell(tell) => tell(sandbox),
            Run::Do(run) | Run::Choose(run) => run(sandbox, asked)?,
            Run::Advance => {
                shared.courier.advance(asked.wait()?).await;
                state(sandbox)
            }
        };
        Ok(reply(200, &body))
    }
}

/// The parameters that are listed.
fn names(parameters: &'static str) -> impl Iterator<Item = &'static str> + Clone {
    parameters.split(", ").filter(|name| !name.is_empty())
}

fn transition(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let (name, id) = (asked.needed("name")?, asked.needed("id")?);
    let Some(transition) = TRANSITIONS.iter().find(|known| known.name == name) else {
        let names: Vec<_> = TRANSITIONS.iter().map(|known| known.name).collect();
        return asked.wrong("name", &names.join(", "));
    };
    asked.only(["name", "id"].into_iter().chain(names(transition.parameters)))?;
    match (transition.run)(sandbox, id, asked)? {
        Some(shown) => object(sandbox, &shown),
        // What it is about may be no object, such as a link, or gone.
        None => Ok(sandbox.object(id).unwrap_or_else(|| json!({ "done": true }))),
    }
}

fn ask_always(sandbox: &Sandbox, _: &Asked) -> Result<Json, Refusal> {
    sandbox.authorizations().ask_always();
    Ok(json!({ "asked": "always" }))
}

fn trigger(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    sandbox.trigger(settings::rule(asked)?, asked.needed("id")?)?;
    Ok(json!({ "done": true }))
}

fn connect(sandbox: &Sandbox, _: &Asked) -> Result<Json, Refusal> {
    Ok(json!({ "account": sandbox.connect() }))
}

fn clear(sandbox: &Sandbox, _: &Asked) -> Result<Json, Refusal> {
    sandbox.faults().clear();
    Ok(json!({ "cleared": true }))
}

fn fund(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let account = asked.text("account").map_or_else(|| sandbox.platform(), str::to_owned);
    let kind = match asked.text("balance").unwrap_or("available") {
        "available" => Kind::Available,
        "issuing" => Kind::Issuing,
        _ => return asked.wrong("balance", "available, issuing"),
    };
    let currency = asked.currency()?;
    sandbox.fund(&account, kind.clone(), currency, asked.amount()?)?;
    Ok(json!({ "balance": sandbox.balance(&account, kind, currency) }))
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

fn controls(_: &Sandbox) -> Json {
    let each = CONTROLS.iter().map(|control| {
        json!({ "method": control.method, "path": format!("{PREFIX}/{}", control.path),
            "parameters": control.parameters, "does": control.does })
    });
    let transitions = TRANSITIONS
        .iter()
        .map(|transition| json!({ "name": transition.name, "parameters": transition.parameters }));
    let rules: Vec<_> = rules::all().map(|rule| rule.name).collect();
    json!({ "controls": each.collect::<Vec<_>>(), "transitions": transitions.collect::<Vec<_>>(), "rules": rules })
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

fn hurry(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let id = asked.needed("id")?;
    let done = sandbox.hurry(id)?;
    Ok(json!({ "done": done, "object": object(sandbox, id)? }))
}

fn object(sandbox: &Sandbox, id: &str) -> Result<Json, Refusal> {
    sandbox.object(id).ok_or_else(|| Refusal::missing("object", id, "id"))
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
    asked.goes_with("seconds", "timing on_the_clock", matches!(timing, Some(Timing::OnTheClock(_))))?;
    for name in ["event", "times"] {
        asked.goes_with(name, "a mishap", mishap.is_some())?;
    }
    let (event, times) = (asked.text("event").unwrap_or("*"), asked.times()?);
    if let Err(nearest) = spec::named_event(event) {
        let message = format!("There is no event '{event}'; the nearest is '{nearest}'.");
        return Err(Refusal::invalid(message).param("event"));
    }
    let mut world = sandbox.world();
    if let Some(timing) = timing {
        world.outbox.timing = timing;
    }
    if let Some(mishap) = mishap {
        world.outbox.plan(event, mishap, times);
    }
    Ok(json!({ "waiting": world.outbox.waiting() }))
}

fn taken(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    // Receivers compare signatures with their own clock.
    let stamp = asked.value("stamp")?.unwrap_or_else(delivery::now);
    let each = sandbox.webhooks().take_signed_at(stamp).into_iter().map(|parcel| {
        json!({ "url": parcel.url, "endpoint": parcel.endpoint, "signature": parcel.signature,
            "body": String::from_utf8_lossy(&parcel.body) })
    });
    Ok(json!({ "data": each.collect::<Vec<_>>() }))
}

fn events(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let wanted = asked.text("type");
    let mut events = sandbox.events();
    events.retain(|event| wanted.is_none_or(|wanted| event.text("type") == wanted));
    Ok(json!({ "data": events }))
}

fn reset(sandbox: &Sandbox, asked: &Asked) -> Result<Json, Refusal> {
    let seed = asked.value("seed")?.unwrap_or(1);
    let options = sandbox.world().options.clone();
    sandbox.start_again(seed, options);
    Ok(json!({ "platform": sandbox.platform() }))
}
