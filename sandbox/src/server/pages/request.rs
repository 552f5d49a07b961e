//! The page of a request and its reply.

use super::forms::pretty;
use crate::Sandbox;
use crate::engine::{Json, Peek as _};
use crate::html::{date, status};
use crate::state::Exchange;
use maud::{Markup, html};
use std::sync::Arc;

pub(super) fn page(sandbox: &Sandbox, number: usize) -> Option<(String, Markup)> {
    let exchange = find(sandbox, number)?;
    let title = format!("{} {}", exchange.method, exchange.target);
    let main = html! {
        div class="head" { div { h1 { code { (title) } } p class="muted" { (date(exchange.at)) " UTC" } } (status(exchange.status)) }
        section class="card" data-detail="yes" { (detail(sandbox, &exchange)) }
    };
    Some((title, main))
}

fn find(sandbox: &Sandbox, number: usize) -> Option<Arc<Exchange>> {
    sandbox.state().exchanges.iter().rev().find(|exchange| exchange.entry == number).cloned()
}

fn headers(all: &[(String, String)]) -> String {
    all.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

/// A body, indented if it is JSON, or one line per parameter if it is a form.
fn body(text: &str) -> String {
    if let Ok(json) = serde_json::from_str::<Json>(text) {
        return pretty(&json);
    }
    if text.contains('=') && !text.contains(char::is_whitespace) {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        return pairs.map(|(name, value)| format!("{name} = {value}\n")).collect();
    }
    text.to_owned()
}

fn detail(sandbox: &Sandbox, exchange: &Exchange) -> Markup {
    let events = events(sandbox, &exchange.id);
    let error: Option<Json> = serde_json::from_str(&exchange.reply).ok();
    let message = error.map(|reply| reply.text("error.message").to_owned()).filter(|text| !text.is_empty());
    html! {
        dl {
            dt { "Status" } dd { (status(exchange.status)) @if let Some(code) = &exchange.code { " " code { (code) } } }
            @if let Some(message) = message { dt { "Message" } dd { (message) } }
            dt { "Account" } dd { code { (exchange.account) } }
            @if !exchange.id.is_empty() { dt { "Request ID" } dd { code { (exchange.id) } } }
            @if !events.is_empty() {
                dt { "Events" }
                dd { @for (id, kind) in &events { a href={ "/objects/" (id) } { (kind) } " " } }
            }
        }
        @if !exchange.body.is_empty() { h2 { "Request" } pre tabindex="0" { (body(&exchange.body)) } }
        h2 { "Reply" } pre tabindex="0" { (body(&exchange.reply)) }
        details { summary { "Headers" } div class="body" {
            pre tabindex="0" { (headers(&exchange.headers)) }
            pre tabindex="0" { (headers(&exchange.reply_headers)) }
        } }
    }
}

/// The ids and types of the events that a request caused, among the latest journal entries.
fn events(sandbox: &Sandbox, request: &str) -> Vec<(String, String)> {
    use crate::state::LogEntry;
    if request.is_empty() {
        return Vec::new();
    }
    let state = sandbox.state();
    let mut found = Vec::new();
    for (_, happening) in state.journal.iter().rev().take(5_000) {
        let LogEntry::Event { scope, id } = happening else { continue };
        let event = state.store(scope).and_then(|store| store.get(id));
        if let Some(event) = event.filter(|event| event.text("request.id") == request) {
            found.push((id.to_string(), event.text("type").to_owned()));
        }
    }
    found.reverse();
    found
}
