//! The page of an object: its JSON, the possible transitions, its events; for an event its deliveries.

use super::forms::{amount, api, control, hidden, pretty, text};
use crate::Sandbox;
use crate::engine::{Json, Peek as _};
use crate::html::{badge, date, status};
use crate::server::control::possible;
use crate::state::LogEntry;
use maud::{Markup, html};
use stripe_platform::Currency;

/// The number of journal entries searched for the events of an object.
const SEARCHED: usize = 20_000;

pub(super) fn page(sandbox: &Sandbox, id: &str) -> Option<(String, Markup)> {
    let object = sandbox.object(id)?;
    let owner = sandbox.state().owner(id).map(|scope| scope.account.to_string()).unwrap_or_default();
    let is_platform = *owner == *sandbox.state().platform();
    let is_event = object.text("object").ends_with("event");
    let title = if is_event { object.text("type") } else { object.text("object") }.to_owned();
    let main = html! {
        div class="head" {
            div { h1 { (title) } p class="muted" { code { (id) } " of " a href={ "/accounts/" (owner) } { code { (owner) } } } }
            @if !object.text("status").is_empty() { div id="status" data-live="yes" { (badge(object.text("status"))) } }
        }
        div class="grid" data-detail="yes" {
            @if is_event { (deliveries(sandbox, &object)) }
            @else {
                section class="card" id="next" data-live="yes" aria-labelledby="next-title" {
                    h2 id="next-title" { "Possible transitions" }
                    (next(&object, if is_platform { "" } else { &owner }, false))
                }
                section class="card" id="events" data-live="yes" aria-labelledby="events-title" { (events(sandbox, id)) }
            }
            section class="card" id="json" data-live="yes" aria-labelledby="json-title" {
                h2 id="json-title" { "JSON" }
                pre tabindex="0" { (pretty(&object)) }
            }
        }
    };
    Some((title, main))
}

/// The label of a button for a transition: `topups.settle` is "Settle".
fn label(name: &str) -> String {
    let verb = name.rsplit('.').next().unwrap_or_default().replace('_', " ");
    let verb = if verb == "authorize" { "swipe".to_owned() } else { verb };
    let mut letters = verb.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A button for each transition and each request that the state of an object allows; `few` omits those with many
/// fields. `account` is its connected account; empty for the platform.
pub(super) fn next(object: &Json, account: &str, few: bool) -> Markup {
    let id = object.text("id");
    let currency = match object.text("currency") {
        "" => object.text("default_currency"),
        currency => currency,
    };
    let decimals = Currency::from(if currency.is_empty() { "usd" } else { currency }).decimals();
    let possible: Vec<_> = possible::transitions(object)
        .filter(|transition| {
            !few || matches!(transition.parameters, "" | "amount" | "code" | "amount, merchant, category")
        })
        .collect();
    let requests: Vec<_> = possible::requests(object).collect();
    html! {
        @if possible.is_empty() && requests.is_empty() { @if !few { p class="muted" { "Its state allows no transition." } } }
        div class="row" {
            @for transition in possible {
                (control("/_sandbox/transitions", &html! {
                    (hidden("name", transition.name)) (hidden("id", id))
                    @for name in transition.parameters.split(", ").filter(|name| !name.is_empty()) {
                        @match name {
                            "amount" | "fee" => {
                                @if !few || transition.name == "cards.authorize" {
                                    (amount(if name == "fee" { "Fee" } else { "Amount" }, name, "12.00", decimals))
                                } @else if !matches!(transition.name, "authorizations.capture" | "authorizations.reverse" | "authorizations.refund") {
                                    (amount("Amount", name, "1.00", decimals))
                                }
                            }
                            "currency" => (text("Currency", name, if currency.is_empty() { "usd" } else { currency })),
                            _ if few => {},
                            "merchant" => (text("Merchant", name, "Corner Shop")),
                            "category" => (text("Category", name, "")),
                            other => (text(&label(other), other, "")),
                        }
                    }
                    button { (label(transition.name)) }
                }))
            }
            @for request in requests {
                (api(&request.path(object), account, &html! {
                    @for (name, value) in request.form { (hidden(name, value)) }
                    button { (request.label) }
                }))
            }
            @if !few && !id.is_empty() {
                (control("/_sandbox/hurry", &html! { (hidden("id", id)) button { "Run scheduled tasks now" } }))
            }
        }
    }
}

/// The events about an object, newest first.
fn events(sandbox: &Sandbox, id: &str) -> Markup {
    let state = sandbox.state();
    let mut found = Vec::new();
    for (at, happening) in state.journal.iter().rev().take(SEARCHED) {
        let LogEntry::Event { scope, id: event } = happening else { continue };
        let kept = state.store(scope).and_then(|store| store.get(event));
        if let Some(kept) =
            kept.filter(|kept| kept.text("data.object.id") == id || kept.text("related_object.id") == id)
        {
            found.push((*at, event.to_string(), kept.text("type").to_owned()));
        }
    }
    html! {
        h2 id="events-title" { "Events" }
        @if found.is_empty() { p class="muted" { "None." } }
        ul class="timeline" {
            @for (at, event, kind) in &found {
                li { span class="muted small" { (date(*at)) " " } a href={ "/objects/" (event) } { (kind) } }
            }
        }
    }
}

/// The request that caused an event, and its deliveries.
fn deliveries(sandbox: &Sandbox, event: &Json) -> Markup {
    let id = event.text("id");
    let state = sandbox.state();
    let attempts: Vec<_> = state.attempts.iter().filter(|attempt| attempt.event == id).cloned().collect();
    let request =
        [event.text("request.id"), event.text("reason.request.id")].into_iter().find(|id| !id.is_empty());
    let cause = request
        .and_then(|request| state.exchanges.iter().rev().find(|exchange| exchange.id == request))
        .cloned();
    let waiting: Vec<_> = state
        .outbox
        .pending()
        .filter(|pending| pending.event == id)
        .map(|pending| (pending.url.to_owned(), pending.attempt, pending.due.div_euclid(1000)))
        .collect();
    drop(state);
    let about =
        [event.text("data.object.id"), event.text("related_object.id")].into_iter().find(|id| !id.is_empty());
    html! {
        section class="card" aria-label="Deliveries" {
            dl {
                @if let Some(about) = about { dt { "About" } dd { a href={ "/objects/" (about) } { code { (about) } } } }
                @if let Some(cause) = cause { dt { "Caused by" } dd { a href={ "/requests/" (cause.entry) } { code { (cause.method) " " (cause.target) } } } }
                @else if request.is_none() { dt { "Caused by" } dd { "a scheduled task, or an action from outside the API" } }
            }
            br;
            h2 { "Deliveries" }
            @if attempts.is_empty() && waiting.is_empty() { p class="muted" { "No endpoint listens to it." } }
            @for attempt in &attempts {
                details { summary {
                    (date(attempt.at)) " attempt " (attempt.number) " to " code { (attempt.url) } " "
                    @match &attempt.outcome {
                        Ok(code) => (status(*code)),
                        Err(why) => { span class="badge bad" { "no answer" } " " (why) }
                    }
                    " " span class="muted small" { (attempt.milliseconds) " ms" }
                } div class="body" { dl {
                    dt { "Endpoint" } dd { code { (attempt.endpoint) } }
                    dt { "Stripe-Signature" } dd { code { (attempt.signature) } }
                } } }
            }
            @for (url, attempt, due) in &waiting {
                p { span class="badge wait" { "waiting" } " attempt " (attempt) " to " code { (url) } " at " (date(*due))
                    @if let Some(why) = sandbox.queue().unreachable(url) { ": " (why) } }
            }
            (control("/_sandbox/webhooks/resend", &html! { (hidden("event", id)) button { "Send again" } }))
        }
    }
}
