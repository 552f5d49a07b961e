pub(crate) mod faults;
pub(crate) mod forward;
pub(crate) mod openapi;
pub(crate) mod params;
pub(crate) mod possible;
pub(crate) mod scenarios;
pub(crate) mod settings;
pub(crate) mod transitions;

use super::Shared;
use crate::Sandbox;
use crate::about::rules;
use crate::engine::{ApiError, BalanceKind, Json, Peek};
use crate::router::{Request, Response, Wire};
use crate::server::control::params::Asked;
use crate::server::control::transitions::TRANSITIONS;
use crate::state::{Input, Timing};
use crate::{delivery, report, spec};
use bytes::Bytes;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// The path prefix of all controls.
pub(crate) const PREFIX: &str = "/_sandbox";

/// A control: a method and a path below `/_sandbox/`, its parameters (form or query), and its effect.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path below `/_sandbox/`.
    pub path: &'static str,
    /// The parameters.
    pub parameters: &'static str,
    /// The effect.
    pub does: &'static str,
    run: Run,
}

/// The implementation of a control.
#[derive(Debug, Clone, Copy)]
enum Run {
    /// Returns information.
    Tell(fn(&Sandbox) -> Json),
    /// Performs an action.
    Do(fn(&Sandbox, &Asked) -> Result<Json, ApiError>),
    /// Performs an action whose parameters depend on the values of others; it validates the names itself.
    Choose(fn(&Sandbox, &Asked) -> Result<Json, ApiError>),
    /// Returns a page of this media type.
    Show(&'static str, fn(&Sandbox) -> String),
    /// Removes and returns something, although it is a GET.
    Take(fn(&Sandbox, &Asked) -> Result<Json, ApiError>),
    /// Advances the clock and delivers webhooks.
    Advance,
    /// Resets the sandbox.
    Reset,
}

const fn get(path: &'static str, parameters: &'static str, does: &'static str, run: Run) -> Control {
    Control { method: "GET", path, parameters, does, run }
}

const fn post(path: &'static str, parameters: &'static str, does: &'static str, run: Run) -> Control {
    Control { method: "POST", path, parameters, does, run }
}

/// All controls of a [`super::Server`]. They do not require a key.
pub const CONTROLS: &[Control] = &[
    get(
        "",
        "",
        "lists the controls, the transitions, the rules and the events that can be triggered",
        Run::Tell(controls),
    ),
    get("state", "", "returns the time, the accounts, the balances and what is pending", Run::Tell(state)),
    post(
        "advance",
        "days, hours, minutes, seconds, to",
        "advances the clock by a duration, or to `next_due`, and runs what becomes due",
        Run::Advance,
    ),
    post(
        "transitions",
        "name, id, and those of the transition",
        "makes a named transition of an object",
        Run::Choose(transition),
    ),
    post("hurry", "id", "runs the scheduled tasks of an object now", Run::Do(hurry)),
    post(
        "trigger",
        "rule, id, event, account",
        "makes the transition of a rule now; or causes an event with all steps before it",
        Run::Do(trigger),
    ),
    get("policies", "", "returns the policy of each automatic transition", Run::Tell(settings::policies)),
    post(
        "policies",
        "rule, policy, days, hours, minutes, seconds",
        "sets the policy of an automatic transition: manual, immediate, after, default",
        Run::Do(settings::set_policy),
    ),
    get("options", "", "returns the options", Run::Tell(settings::options)),
    post("options", "any option by its name", "sets options", Run::Choose(settings::set_options)),
    post("connect", "", "creates a connected account and returns its id", Run::Do(connect)),
    post("fund", "account, balance, currency, amount", "adds money to a balance from outside", Run::Do(fund)),
    post(
        "faults",
        "effect, phase, operation, account, times, after, percent, status, retry_after, should_retry, milliseconds, \
         bytes, limit",
        "plans a fault",
        Run::Do(faults::plan),
    ),
    get("faults", "", "returns the planned faults of the API and of webhooks", Run::Tell(faults::planned)),
    post("faults/clear", "", "removes all planned faults", Run::Do(clear)),
    post(
        "webhooks",
        "timing, seconds, mishap, event, times",
        "sets when webhooks are sent, and plans delivery faults",
        Run::Do(webhooks),
    ),
    get(
        "webhooks",
        "stamp",
        "takes the due webhooks that were not sent, signed at the system time or at `stamp` (Unix seconds)",
        Run::Take(taken),
    ),
    post(
        "forward",
        "url",
        "sends all events to an address and returns the signing secret",
        Run::Do(forward::forward),
    ),
    post("webhooks/resend", "event", "sends an event to all its listeners again", Run::Do(resend)),
    post(
        "questions",
        "",
        "makes every card authorization wait for a decision, even if no endpoint listens",
        Run::Do(ask_always),
    ),
    get(
        "object",
        "id",
        "returns an object of any account, with the transitions and requests that its state allows",
        Run::Do(object_by_id),
    ),
    get("openapi.json", "", "describes the controls as an OpenAPI document", Run::Tell(openapi::document)),
    get("events", "type", "lists the events of all accounts, oldest first", Run::Do(events)),
    get("changes", "", "streams an event after every change (server-sent events)", Run::Tell(state)),
    get(
        "report",
        "entries",
        "returns the report of the run as an HTML page",
        Run::Show("text/html; charset=utf-8", |sandbox| report::html(&sandbox.state())),
    ),
    get(
        "report.md",
        "",
        "returns the report of the run as Markdown with a diagram",
        Run::Show("text/markdown; charset=utf-8", |sandbox| report::markdown(&sandbox.state())),
    ),
    post("reset", "seed", "resets the sandbox to an empty state", Run::Reset),
];

/// Processes a request for a control.
pub(crate) async fn answer(shared: &Shared, sandbox: &Sandbox, wanted: &str, request: &Request) -> Response {
    let method = request.method.as_str();
    let answer = match (find(request), Asked::read(request)) {
        (_, Err(refusal)) => Err(refusal),
        (Some(control), Ok(mut asked)) => {
            if shared.worlds.is_per_key() {
                asked.drop_key();
            }
            control.answer(sandbox, &asked, request).await
        }
        (None, _) => {
            let message =
                format!("Unknown control {method} {PREFIX}{wanted}. GET {PREFIX} lists all controls.");
            Err(ApiError::new(404, "invalid_request_error", message))
        }
    };
    sandbox.wake();
    answer.unwrap_or_else(|refusal| reply(refusal.status, &refusal.body()))
}

/// The control that a request names.
fn find(request: &Request) -> Option<&'static Control> {
    let name = request.path.strip_prefix(PREFIX)?.trim_matches('/');
    CONTROLS.iter().find(|control| request.method == *control.method && control.path == name)
}

/// Replays a control without side effects outside of the sandbox.
pub(crate) fn repeat(sandbox: &Sandbox, request: &Request) {
    let Some((control, asked)) = find(request).zip(Asked::read(request).ok()) else { return };
    if let Run::Do(run) | Run::Choose(run) | Run::Take(run) = control.run {
        // An error then is an error again.
        let _ = run(sandbox, &asked);
    }
}

impl Control {
    async fn answer(
        &self,
        sandbox: &Sandbox,
        asked: &Asked,
        request: &Request,
    ) -> Result<Response, ApiError> {
        if !matches!(self.run, Run::Choose(_)) {
            asked.only(names(self.parameters))?;
        }
        let changes = self.method == "POST" || matches!(self.run, Run::Take(_));
        if changes && !matches!(self.run, Run::Advance | Run::Reset) {
            sandbox.state().record(|| Input::Control(request.sent()))?;
        }
        let body = match self.run {
            Run::Show(kind, show) => return Ok(page(kind, show(sandbox))),
            Run::Tell(tell) => tell(sandbox),
            Run::Do(run) | Run::Choose(run) | Run::Take(run) => run(sandbox, asked)?,
            Run::Reset => reset(sandbox, asked)?,
            Run::Advance => {
                advance(sandbox, asked).await?;
                state(sandbox)
            }
        };
        Ok(reply(200, &body))
    }

    /// The names of its parameters.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'static str> + Clone {
        names(self.parameters)
    }
}

/// Advances the clock by a duration, or to the next due time.
async fn advance(sandbox: &Sandbox, asked: &Asked) -> Result<(), ApiError> {
    let to = asked.text("to");
    for (name, _) in params::UNITS {
        asked.goes_with(name, "no `to`", to.is_none())?;
    }
    let wait = match to {
        None => asked.wait()?,
        Some("next_due") => {
            let world = sandbox.state();
            let due = world.next_due().ok_or_else(|| ApiError::invalid("Nothing is scheduled, so there is no next due time. Advance by `days`, `hours`, `minutes` or `seconds` instead.").param("to"))?;
            let wait = due.saturating_sub(world.clock.milliseconds());
            Duration::from_millis(u64::try_from(wait).unwrap_or(0))
        }
        Some(_) => return asked.wrong("to", "next_due"),
    };
    sandbox.courier().advance(wait).await;
    Ok(())
}

/// The names in a list of parameters.
fn names(parameters: &'static str) -> impl Iterator<Item = &'static str> + Clone {
    parameters.split(", ").filter(|name| !name.is_empty())
}

fn transition(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let (name, id) = (asked.needed("name")?, asked.needed("id")?);
    let Some(transition) = TRANSITIONS.iter().find(|known| known.name == name) else {
        let names: Vec<_> = TRANSITIONS.iter().map(|known| known.name).collect();
        return asked.wrong("name", &names.join(", "));
    };
    asked.only(["name", "id"].into_iter().chain(names(transition.parameters)))?;
    match (transition.run)(sandbox, id, asked)? {
        Some(shown) => object(sandbox, &shown),
        // The subject may not be an object (a link), or may no longer exist.
        None => Ok(sandbox.object(id).unwrap_or_else(|| json!({ "done": true }))),
    }
}

fn ask_always(sandbox: &Sandbox, _: &Asked) -> Result<Json, ApiError> {
    sandbox.authorizations().ask_always();
    Ok(json!({ "asked": "always" }))
}

fn trigger(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    if let Some(event) = asked.text("event") {
        for name in ["rule", "id"] {
            asked.goes_with(name, "no `event`", false)?;
        }
        return scenarios::run(sandbox, event, asked.text("account"));
    }
    asked.goes_with("account", "event", false)?;
    sandbox.trigger(settings::rule(asked)?, asked.needed("id")?)?;
    Ok(json!({ "done": true }))
}

fn connect(sandbox: &Sandbox, _: &Asked) -> Result<Json, ApiError> {
    Ok(json!({ "account": sandbox.connect().into_id() }))
}

fn clear(sandbox: &Sandbox, _: &Asked) -> Result<Json, ApiError> {
    sandbox.faults().clear();
    Ok(json!({ "cleared": true }))
}

fn fund(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let account = asked.text("account").map_or_else(|| sandbox.platform(), str::to_owned);
    let kind = match asked.text("balance").unwrap_or("available") {
        "available" => BalanceKind::Available,
        "issuing" => BalanceKind::Issuing,
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
    json!({ "controls": each.collect::<Vec<_>>(), "transitions": transitions.collect::<Vec<_>>(), "rules": rules,
        "events": scenarios::names().collect::<Vec<_>>() })
}

fn state(sandbox: &Sandbox) -> Json {
    let stuck = sandbox.webhooks().stuck().into_iter().take(100);
    let undeliverable: Vec<_> = stuck
        .map(|(event, kind, url, why)| json!({ "event": event, "type": kind, "url": url, "reason": why }))
        .collect();
    let world = sandbox.state();
    let mut balances: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for (purse, amount) in world.ledger.purses().filter(|(purse, _)| purse.kind != BalanceKind::Outside) {
        let name = format!("{} {}", purse.kind.name(), purse.currency);
        balances.entry(purse.scope.to_string()).or_default().insert(name, amount);
    }
    json!({
        "now": world.clock.now(), "next_due": world.next_due().map(|due| due.div_euclid(1000)),
        "platform": &*world.platform(), "connected": world.connected().map(|id| id.to_string()).collect::<Vec<_>>(),
        "balances": balances, "webhooks_waiting": world.outbox.waiting(), "audit": world.ledger.audit().err(),
        "webhooks_undeliverable": undeliverable,
    })
}

fn hurry(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let id = asked.needed("id")?;
    let done = sandbox.hurry(id)?;
    Ok(json!({ "done": done, "object": object(sandbox, id)? }))
}

fn object(sandbox: &Sandbox, id: &str) -> Result<Json, ApiError> {
    sandbox.object(id).ok_or_else(|| ApiError::missing("object", id, "id"))
}

fn webhooks(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
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
        Some(chosen) => match faults::MISHAPS.iter().find(|(name, _)| *name == chosen) {
            Some((_, mishap)) => Some(*mishap),
            None => return asked.wrong("mishap", &faults::MISHAPS.map(|(name, _)| name).join(", ")),
        },
    };
    asked.goes_with("seconds", "timing on_the_clock", matches!(timing, Some(Timing::OnTheClock(_))))?;
    for name in ["event", "times"] {
        asked.goes_with(name, "a mishap", mishap.is_some())?;
    }
    let (event, times) = (asked.text("event").unwrap_or("*"), asked.times()?);
    if let Err(nearest) = spec::named_event(event) {
        let message = format!("Unknown event '{event}'. The closest is '{nearest}'.");
        return Err(ApiError::invalid(message).param("event"));
    }
    let mut world = sandbox.state();
    if let Some(timing) = timing {
        world.outbox.timing = timing;
    }
    if let Some(mishap) = mishap {
        world.outbox.plan(event, mishap, times);
    }
    Ok(json!({ "waiting": world.outbox.waiting() }))
}

fn taken(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    // Receivers compare signatures with their own clock.
    let stamp = asked.value("stamp")?.unwrap_or_else(delivery::now);
    let each = sandbox.webhooks().take_signed_at(stamp).into_iter().map(|parcel| {
        json!({ "url": parcel.url, "endpoint": parcel.endpoint, "signature": parcel.signature,
            "body": String::from_utf8_lossy(&parcel.body) })
    });
    Ok(json!({ "data": each.collect::<Vec<_>>() }))
}

fn events(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let wanted = asked.text("type");
    let mut events = sandbox.events();
    events.retain(|event| wanted.is_none_or(|wanted| event.text("type") == wanted));
    Ok(json!({ "data": events }))
}

/// Resets the sandbox. Without a seed the ids differ from those before, so that old ids are not reused.
fn reset(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let given = asked.value("seed")?;
    let (seed, options, recorder) = {
        let mut world = sandbox.state();
        let seed = given.unwrap_or_else(|| world.ids.number());
        (seed, world.options.clone(), world.recorder.take())
    };
    if let Some(recorder) = &recorder
        && let Err(problem) = recorder.restart(seed, &options)
    {
        sandbox.state().recorder = Some(recorder.clone());
        return Err(ApiError::internal(format!("The state file cannot be written: {problem}.")));
    }
    sandbox.reset(seed, options);
    sandbox.state().recorder = recorder;
    Ok(json!({ "platform": sandbox.platform(), "seed": seed }))
}

fn resend(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let sent = sandbox.state().resend(asked.needed("event")?)?;
    Ok(json!({ "sent": sent }))
}

/// An object with the transitions that its state allows.
fn object_by_id(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let id = asked.needed("id")?;
    let object = object(sandbox, id)?;
    let account = sandbox.state().owner(id).map(|scope| scope.account.to_string());
    let next: Vec<_> = possible::transitions(&object)
        .map(|transition| json!({ "name": transition.name, "parameters": transition.parameters }))
        .collect();
    let requests: Vec<_> = possible::requests(&object)
        .map(|request| {
            let form: BTreeMap<_, _> = request.form.iter().copied().collect();
            json!({ "method": "POST", "path": request.path(&object), "parameters": form })
        })
        .collect();
    Ok(json!({ "account": account, "object": object, "transitions": next, "requests": requests }))
}
