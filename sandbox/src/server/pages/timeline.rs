//! Requests, events and webhooks as a searchable timeline.

use super::Query;
use super::forms::own_key;
use crate::Sandbox;
use crate::report::components::entry;
use crate::report::{Moment, Timeline, What};
use maud::{Markup, html};

/// The number of latest entries searched.
const SEARCHED: usize = 20_000;

/// The maximum number of entries shown.
const SHOWN: usize = 300;

const KINDS: [(&str, &str); 7] = [
    ("", "All"),
    ("request", "Requests"),
    ("error", "Errors"),
    ("event", "Events"),
    ("webhook", "Webhooks"),
    ("money", "Funding"),
    ("clock", "Clock"),
];

pub(super) fn page(sandbox: &Sandbox, query: &Query) -> (String, Markup) {
    let state = sandbox.state();
    let mut accounts: Vec<(String, String)> = state
        .connected()
        .take(500)
        .map(|id| (id.to_string(), state.account_name(id).unwrap_or_else(|| id.to_string())))
        .collect();
    drop(state);
    accounts.insert(0, (String::new(), "All accounts".to_owned()));
    let (account, kind, text) = (query.text("account"), query.text("kind"), query.text("q"));
    let main = html! {
        div class="head" { h1 { "Timeline" } }
        form class="card" method="get" action="/timeline" role="search" {
            (own_key(query))
            div class="fields" {
                label { "Account" select name="account" {
                    @for (id, name) in &accounts { option value=(id) selected[id == account] { (name) } }
                } }
                label { "Kind" select name="kind" {
                    @for (value, label) in KINDS { option value=(value) selected[value == kind] { (label) } }
                } }
                label { "Text" input name="q" value=(text) type="search" autocomplete="off"; }
                button class="main" { "Filter" }
            }
        }
        section class="card" id="entries" data-live="yes" aria-label="Entries" { (list(sandbox, account, kind, text, SHOWN)) }
    };
    ("Timeline".to_owned(), main)
}

/// The latest matching entries, newest first.
pub(super) fn list(sandbox: &Sandbox, account: &str, kind: &str, text: &str, most: usize) -> Markup {
    let state = sandbox.state();
    let searched = if kind.is_empty() && text.is_empty() && account.is_empty() { most } else { SEARCHED };
    let mut timeline = Timeline::latest(&state, searched);
    timeline.read(&state, searched);
    let text = text.to_lowercase();
    let fits = |moment: &&Moment| {
        (account.is_empty() || moment.account == account)
            && (kind.is_empty() || is_of(kind, &moment.what))
            && (text.is_empty() || words(moment).to_lowercase().contains(&text))
    };
    let shown: Vec<&Moment> = timeline.moments.iter().rev().filter(fits).take(most).collect();
    let entries = html! {
        ol class="timeline" {
            @for moment in &shown {
                (entry(moment, state.account_name(moment.account.trim_end_matches(" (live)")).as_deref(), &more(moment)))
            }
        }
    };
    html! { @if shown.is_empty() { p class="muted" { "Nothing yet." } } @else { (entries) } }
}

/// The address of an entry's details; the script loads them when the entry is opened.
fn more(moment: &Moment) -> Option<Markup> {
    let address = match &moment.what {
        What::Call { number, .. } => format!("/requests/{number}"),
        What::Event { id, .. } => format!("/objects/{id}"),
        What::Webhook { event, .. } => format!("/objects/{event}"),
        _ => return None,
    };
    Some(html! { div class="body" data-part=(address) { a href=(address) { "Show details" } } })
}

fn is_of(kind: &str, what: &What) -> bool {
    match what {
        What::Call { good, .. } => kind == "request" || (kind == "error" && !good),
        What::Event { .. } => kind == "event",
        What::Webhook { status, .. } => {
            kind == "webhook"
                || (kind == "error" && !status.is_some_and(|status| (200..300).contains(&status)))
        }
        What::Fund { .. } => kind == "money",
        What::Clock(_) => kind == "clock",
        What::Skipped(_) => kind == "error",
    }
}

/// The searchable text of an entry.
fn words(moment: &Moment) -> String {
    let what = match &moment.what {
        What::Call { line, answer, code, .. } => format!("{line} {answer} {code}"),
        What::Event { id, kind, about, .. } => format!("{id} {kind} {about}"),
        What::Webhook { kind, event, endpoint, .. } => format!("{kind} {event} {endpoint}"),
        What::Fund { balance, amount } => format!("{balance} {amount}"),
        What::Clock(_) => "clock".to_owned(),
        What::Skipped(why) => why.clone(),
    };
    format!("{} {what}", moment.account)
}
