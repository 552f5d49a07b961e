//! The first page: accounts with their balances, pending tasks, the latest entries.

use super::forms::{api, choice, control, hidden, own_key, text};
use super::{Query, timeline};
use crate::Sandbox;
use crate::engine::BalanceKind;
use crate::html::{date, money, span};
use crate::state::State;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The maximum number of listed accounts.
const LISTED: usize = 200;

/// `keys` are those with a separate platform.
pub(super) fn page(sandbox: &Sandbox, query: &Query, keys: &[String]) -> (String, Markup) {
    let main = html! {
        div class="head" { h1 { "Overview" } }
        div class="grid two" {
            div {
                section class="card" id="accounts" data-live="yes" aria-labelledby="accounts-title" { (accounts(sandbox, query)) }
                (create())
                section class="card" id="latest" data-live="yes" aria-labelledby="latest-title" {
                    div class="head" { h2 id="latest-title" { "Latest" } a href="/timeline" { "Whole timeline" } }
                    (timeline::list(sandbox, "", "", "", 40))
                }
            }
            div {
                section class="card" id="agenda" data-live="yes" aria-labelledby="agenda-title" { (agenda(sandbox, "")) }
                section class="card" id="stuck" data-live="yes" aria-labelledby="stuck-title" { (webhooks(sandbox)) }
                (actions())
                @if !keys.is_empty() { (platforms(keys)) }
                (connection(sandbox))
            }
        }
    };
    ("Overview".to_owned(), main)
}

/// The non-zero balances of each account: name, amount, currency.
fn balances(state: &State) -> BTreeMap<String, Vec<(String, i64, String)>> {
    let mut out: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (purse, amount) in state.ledger.purses() {
        if purse.kind != BalanceKind::Outside && amount != 0 {
            let balance = (purse.kind.name(), amount, purse.currency.to_string());
            out.entry(purse.scope.to_string()).or_default().push(balance);
        }
    }
    out
}

fn accounts(sandbox: &Sandbox, query: &Query) -> Markup {
    let state = sandbox.state();
    let balances = balances(&state);
    let find = query.text("find").to_lowercase();
    let all = std::iter::once(state.platform()).chain(state.connected().cloned());
    let named = all.map(|id| (state.account_name(&id).unwrap_or_default(), id));
    let fits: Vec<_> = named
        .filter(|(name, id)| {
            find.is_empty() || name.to_lowercase().contains(&find) || id.to_lowercase().contains(&find)
        })
        .collect();
    let count = state.connected().count();
    html! {
        div class="head" {
            h2 id="accounts-title" { "Accounts" }
            span class="muted small" { (count) " connected" }
        }
        @if count > 10 {
            form method="get" action="/" role="search" class="row" {
                (own_key(query))
                label { "Find an account" input name="find" value=(find) type="search" id="find"; }
                button { "Find" }
            }
        }
        ul class="accounts" {
            @for (name, id) in fits.iter().take(LISTED) {
                li { a href={ "/accounts/" (id) } {
                    span { b { @if name.is_empty() { "Account without a name" } @else { (name) } } " " code class="muted small" { (id) } }
                    span class="amount" {
                        @match balances.get(&**id) {
                            None => span class="muted" { "no money" },
                            Some(all) => {
                                @for (index, (kind, amount, currency)) in all.iter().enumerate() {
                                    @if index > 0 { " · " }
                                    span { (money(*amount, currency)) " " span class="muted small" { (kind) } }
                                }
                            }
                        }
                    }
                } }
            }
        }
        @if fits.len() > LISTED { p class="muted" { "The first " (LISTED) " of " (fits.len()) "." } }
    }
}

/// Forms for a new account as in Stripe's guides, and for an onboarded one.
fn create() -> Markup {
    let countries = [
        ("US", "United States"),
        ("GB", "United Kingdom"),
        ("DE", "Germany"),
        ("FR", "France"),
        ("IE", "Ireland"),
        ("NL", "Netherlands"),
    ];
    html! {
        section class="card" aria-labelledby="create-title" {
            h2 id="create-title" { "Create an account" }
            (api("/v1/accounts", "", &html! {
                (hidden("controller[stripe_dashboard][type]", "none"))
                (hidden("controller[fees][payer]", "application"))
                (hidden("controller[losses][payments]", "application"))
                (hidden("controller[requirement_collection]", "application"))
                (hidden("capabilities[transfers][requested]", "true"))
                (hidden("capabilities[card_issuing][requested]", "true"))
                div class="fields" {
                    (choice("Country", "country", countries))
                    (choice("Kind of business", "business_type", [("individual", "Individual"), ("company", "Company")]))
                    (text("Business name", "business_profile[name]", "Rosen Books"))
                    (text("Email", "email", "jenny@example.com"))
                    button class="main" id="create-account" { "Create account" }
                }
            }))
            p class="hint" { "It is not onboarded yet; its page can create an onboarding link." }
            (control("/_sandbox/connect", &html! { button { "Connect an onboarded and verified account" } }))
        }
    }
}

/// The next scheduled tasks, of all accounts or of one.
pub(super) fn agenda(sandbox: &Sandbox, account: &str) -> Markup {
    let state = sandbox.state();
    let now = state.clock.now();
    let mut due = state.agenda(if account.is_empty() { 12 } else { 500 });
    due.retain(|(_, scope, _)| account.is_empty() || *scope.account == *account);
    due.truncate(12);
    html! {
        h2 id="agenda-title" { "Due next" }
        @if due.is_empty() { p class="muted" { "No scheduled tasks." } }
        @else {
            ul class="timeline" {
                @for (at, _, about) in &due {
                    @let at = at.div_euclid(1000);
                    li {
                        div { time { (date(at)) } " " span class="muted small" { "in " (span(at - now)) } }
                        @if about.contains("_1") { a href={ "/objects/" (about) } { code { (about) } } }
                        @else { (about) }
                    }
                }
            }
        }
    }
}

/// Webhooks that are pending or cannot be delivered.
fn webhooks(sandbox: &Sandbox) -> Markup {
    let stuck = sandbox.webhooks().stuck();
    let waiting = sandbox.webhooks().waiting();
    let failed: Vec<_> = sandbox
        .state()
        .attempts
        .iter()
        .rev()
        .filter(|attempt| attempt.outcome.is_err())
        .take(3)
        .cloned()
        .collect();
    html! {
        h2 id="stuck-title" { "Webhooks" }
        p { (waiting) " waiting" @if !stuck.is_empty() { ", " span class="badge bad" { (stuck.len()) " cannot be delivered" } } }
        @for (event, kind, url, why) in stuck.iter().take(5) {
            p class="small" { a href={ "/objects/" (event) } { (kind) } " to " code { (url) } ": " (why) }
        }
        @for attempt in &failed {
            p class="small" {
                a href={ "/objects/" (attempt.event) } { (attempt.kind) } " to " code { (attempt.url) } ": "
                (attempt.outcome.as_ref().err().map_or("", String::as_str))
            }
        }
    }
}

fn actions() -> Markup {
    use crate::server::control::scenarios;
    let events: Vec<&str> = scenarios::names().collect();
    html! {
        section class="card" aria-labelledby="trigger-title" {
            h2 id="trigger-title" { "Trigger an event" }
            (control("/_sandbox/trigger", &html! {
                div class="row" {
                    (choice("Event", "event", events.iter().map(|event| (*event, *event))))
                    button class="main" { "Trigger" }
                }
            }))
        }
    }
}

/// Links to the platforms of all keys.
fn platforms(keys: &[String]) -> Markup {
    html! {
        section class="card" aria-labelledby="platforms-title" {
            h2 id="platforms-title" { "Platforms" }
            p class="hint" { "Each secret key has its own platform." }
            ul { @for key in keys { li {
                @let address: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
                // Not an address from the root, which would get the key of this page.
                a href={ "?key=" (address) } { code { (key) } }
            } } }
        }
    }
}

fn connection(sandbox: &Sandbox) -> Markup {
    let state = sandbox.state();
    let (base, platform) = (state.options.base_url.clone(), state.platform());
    drop(state);
    html! {
        section class="card" aria-labelledby="connection-title" {
            h2 id="connection-title" { "Connection" }
            dl {
                dt { "API base" } dd { code { (base) } }
                dt { "Secret key" } dd { "any that begins with " code { "sk_test_" } }
                dt { "Platform" } dd { code { (platform) } }
                dt { "Version" } dd { (env!("CARGO_PKG_VERSION")) }
            }
            a href="/controls" { "All controls" }
        }
    }
}
