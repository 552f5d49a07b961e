//! The page of an account: balances over time, requirements, objects and actions.

use super::forms::{amount, api, choice, control, hidden, text};
use super::object::next;
use super::{overview, timeline};
use crate::Sandbox;
use crate::engine::{BalanceKind, Json, Peek as _, Scope};
use crate::html::{Chart, Point, Series, badge, date, money};
use crate::state::State;
use maud::{Markup, html};
use std::collections::BTreeMap;
use stripe_platform::Currency;

/// The number of latest postings in a chart.
const POSTINGS: usize = 5_000;

/// The maximum number of listed objects of a kind.
const LISTED: usize = 10;

/// The listed kinds of objects, with headings.
const KINDS: [(&str, &str); 29] = [
    ("issuing.card", "Cards"),
    ("issuing.cardholder", "Cardholders"),
    ("issuing.authorization", "Authorizations"),
    ("issuing.transaction", "Card transactions"),
    ("issuing.dispute", "Disputes of card transactions"),
    ("issuing.token", "Wallet tokens"),
    ("issuing.personalization_design", "Card designs"),
    ("issuing.settlement", "Settlements"),
    ("topup", "Top-ups"),
    ("source", "Sources"),
    ("payout", "Payouts"),
    ("payment_intent", "Payment intents"),
    ("setup_intent", "Setup intents"),
    ("charge", "Payments"),
    ("refund", "Refunds"),
    ("dispute", "Disputes of payments"),
    ("transfer", "Transfers"),
    ("application_fee", "Application fees"),
    ("balance_transfer", "Balance transfers"),
    ("customer", "Customers"),
    ("treasury.financial_account", "Financial accounts"),
    ("treasury.received_credit", "Received credits"),
    ("treasury.received_debit", "Received debits"),
    ("treasury.inbound_transfer", "Inbound transfers"),
    ("treasury.outbound_payment", "Outbound payments"),
    ("treasury.outbound_transfer", "Outbound transfers"),
    ("treasury.credit_reversal", "Credit reversals"),
    ("treasury.debit_reversal", "Debit reversals"),
    ("webhook_endpoint", "Webhook endpoints"),
];

pub(super) fn page(sandbox: &Sandbox, id: &str) -> Option<(String, Markup)> {
    let world = sandbox.state();
    let is_platform = *id == *world.platform();
    if !is_platform && !world.is_connected(id) {
        return None;
    }
    let name = world.account_name(id).unwrap_or_else(|| "Account without a name".to_owned());
    let account = of(&world, id);
    drop(world);
    let currency = match account.text("default_currency") {
        "" => "usd".to_owned(),
        currency => currency.to_owned(),
    };
    let main = html! {
        div class="head" {
            div { h1 { (name) } p class="muted" { code { (id) } @if !account.text("country").is_empty() { " · " (account.text("country")) } } }
            div id="states" data-live="yes" { (states(&account, is_platform)) }
        }
        div class="grid two" {
            div {
                section class="card" id="balances" data-live="yes" aria-labelledby="balances-title" { (balances(sandbox, id)) }
                section class="card" id="objects" data-live="yes" aria-labelledby="objects-title" { (objects(sandbox, id, is_platform)) }
                section class="card" id="activity" data-live="yes" aria-labelledby="activity-title" {
                    div class="head" { h2 id="activity-title" { "Activity" } a href={ "/timeline?account=" (id) } { "Timeline of this account" } }
                    (timeline::list(sandbox, id, "", "", 40))
                }
            }
            div {
                @if !is_platform { section class="card" id="requirements" data-live="yes" aria-labelledby="requirements-title" { (requirements(&account)) } }
                (fund(id, &currency))
                @if !is_platform { (onboard(id)) (edit(id, &account)) }
                (cardholder(id, account.text("country"), is_platform))
                section class="card" id="agenda" data-live="yes" aria-labelledby="agenda-title" { (overview::agenda(sandbox, id)) }
            }
        }
    };
    Some((name, main))
}

fn of(world: &State, id: &str) -> Json {
    let platform = Scope::new(world.platform(), false);
    world.store(&platform).and_then(|store| store.find("account", id)).cloned().unwrap_or_default()
}

fn states(account: &Json, is_platform: bool) -> Markup {
    let flag = |name: &str, label: &str| {
        html! { span class={ "badge " (if account.flag(name) { "good" } else { "wait" }) } { (label) ": " (if account.flag(name) { "yes" } else { "no" }) } " " }
    };
    html! {
        @if is_platform { span class="badge" { "platform" } }
        @else {
            (flag("charges_enabled", "charges"))
            (flag("payouts_enabled", "payouts"))
            (flag("details_submitted", "details submitted"))
            @for (capability, state) in account.at("capabilities").and_then(Json::as_object).into_iter().flatten() {
                span title=(capability) { span class="muted small" { (capability.replace('_', " ")) " " } (badge(state.as_str().unwrap_or_default())) " " }
            }
        }
    }
}

/// The current balances, and a chart per currency.
fn balances(sandbox: &Sandbox, id: &str) -> Markup {
    let world = sandbox.state();
    let scope = Scope::new(id, false);
    let now: Vec<_> =
        world.ledger.purses_of(&scope).filter(|(purse, _)| purse.kind != BalanceKind::Outside).collect();
    let charts = charts(&world, &scope);
    let (from, until) = (
        charts
            .iter()
            .flat_map(|chart| &chart.series)
            .flat_map(|series| series.points.first())
            .map(|point| point.at)
            .min(),
        world.clock.now(),
    );
    html! {
        h2 id="balances-title" { "Balances" }
        @if now.is_empty() { p class="muted" { "No money so far." } }
        @else {
            table {
                thead { tr { th { "Balance" } th class="amount" { "Amount" } } }
                tbody { @for (purse, sum) in &now {
                    tr data-balance=(purse.kind.name()) data-currency=(purse.currency) data-amount=(sum) {
                        td { (purse.kind.name()) } td class="amount" { (money(*sum, &purse.currency.to_string())) }
                    }
                } }
            }
            @for chart in &charts { (chart.draw(from.unwrap_or(until), until)) }
        }
    }
}

/// The history of an account's balances over its latest postings, computed backwards from the current ones.
fn charts(world: &State, scope: &Scope) -> Vec<Chart> {
    let mut amounts: BTreeMap<_, _> = world.ledger.purses_of(scope).collect();
    let mut points: BTreeMap<_, Vec<Point>> = BTreeMap::new();
    let mut order = i64::try_from(world.ledger.postings().len()).unwrap_or(i64::MAX);
    for posting in world.ledger.postings().iter().rev().take(POSTINGS) {
        for (purse, change) in posting.legs.iter().rev().filter(|(purse, _)| purse.scope == *scope) {
            let Some(amount) = amounts.get_mut(&**purse).filter(|_| purse.kind != BalanceKind::Outside)
            else {
                continue;
            };
            points.entry(&**purse).or_default().push(Point { at: posting.at, order, amount: *amount });
            *amount = amount.saturating_sub(*change);
        }
        order -= 1;
    }
    let mut charts: BTreeMap<String, Vec<Series>> = BTreeMap::new();
    for (purse, mut points) in points {
        points.reverse();
        charts
            .entry(purse.currency.to_string())
            .or_default()
            .push(Series { name: purse.kind.name(), points });
    }
    let account = scope.account.to_string();
    charts
        .into_iter()
        .map(|(currency, series)| Chart { account: account.clone(), currency, series })
        .collect()
}

fn objects(sandbox: &Sandbox, id: &str, is_platform: bool) -> Markup {
    let world = sandbox.state();
    let scope = Scope::new(id, false);
    let mut found: Vec<(&str, usize, Vec<Json>)> = Vec::new();
    if let Some(store) = world.store(&scope) {
        for (kind, heading) in KINDS {
            let objects: Vec<Json> =
                store.before(kind, u64::MAX).take(LISTED).map(std::borrow::Cow::into_owned).collect();
            if !objects.is_empty() {
                found.push((heading, store.count(kind), objects));
            }
        }
    }
    drop(world);
    html! {
        h2 id="objects-title" { "Objects" }
        @if found.is_empty() { p class="muted" { "No objects yet." } }
        @for (heading, count, objects) in &found {
            h3 { (heading) @if *count > objects.len() { span class="muted" { " (latest " (objects.len()) " of " (count) ")" } } }
            ul class="timeline" {
                @for object in objects { li id={ "object-" (object.text("id")) } { (summary(object)) (next(object, if is_platform { "" } else { id }, true)) } }
            }
            br;
        }
    }
}

/// An object in one line.
fn summary(object: &Json) -> Markup {
    let sum = object.at("amount").and_then(Json::as_i64).filter(|_| !object.text("currency").is_empty());
    let text = match object.text("object") {
        "issuing.card" => format!("{} card ending in {}", object.text("type"), object.text("last4")),
        "issuing.cardholder" => object.text("name").to_owned(),
        "webhook_endpoint" => object.text("url").to_owned(),
        "issuing.authorization" => object.text("merchant_data.name").to_owned(),
        _ => String::new(),
    };
    html! {
        div class="row" {
            a href={ "/objects/" (object.text("id")) } { code { (object.text("id")) } }
            @if !text.is_empty() { span { (text) } }
            @if let Some(sum) = sum { b class="amount" { (money(sum, object.text("currency"))) } }
            @if !object.text("status").is_empty() { (badge(object.text("status"))) }
            @if object.text("object") == "issuing.authorization" { (badge(if object.flag("approved") { "approved" } else { "declined" })) }
            span class="muted small" { (date(object.int("created"))) }
        }
    }
}

fn requirements(account: &Json) -> Markup {
    let due = account.items("requirements.currently_due");
    let errors = account.items("requirements.errors");
    html! {
        h2 id="requirements-title" { "Requirements" }
        @if due.is_empty() && errors.is_empty() { p { span class="badge good" { "Nothing is due" } } }
        @else {
            p { span class="badge wait" { (due.len()) " due now" }
                @if !account.text("requirements.disabled_reason").is_empty() { " " code { (account.text("requirements.disabled_reason")) } } }
            details { summary { "What is due" } ul { @for field in due { li { code { (field.as_str().unwrap_or_default()) } } } } }
            @for error in errors { p class="error small" { (error.text("requirement")) ": " (error.text("reason")) " " code { (error.text("code")) } } }
        }
    }
}

fn fund(id: &str, currency: &str) -> Markup {
    let decimals = Currency::from(currency).decimals();
    html! {
        section class="card" aria-labelledby="fund-title" {
            h2 id="fund-title" { "Add money" }
            (control("/_sandbox/fund", &html! {
                (hidden("account", id)) (hidden("currency", currency))
                div class="fields" {
                    (choice("Balance", "balance", [("available", "Payments"), ("issuing", "Issuing")]))
                    (amount(&format!("Amount in {}", currency.to_uppercase()), "amount", "100", decimals))
                    button class="main" id="fund" { "Add" }
                }
            }))
        }
    }
}

fn onboard(id: &str) -> Markup {
    let link = |kind: &str, label: &str| {
        api(
            "/v1/account_links",
            "",
            &html! {
                (hidden("account", id)) (hidden("type", kind))
                (hidden("refresh_url", "http://localhost/refresh")) (hidden("return_url", "http://localhost/return"))
                button id=(kind) { (label) }
            },
        )
    };
    html! {
        section class="card" aria-labelledby="onboard-title" {
            h2 id="onboard-title" { "Onboarding" }
            div class="row" { (link("account_onboarding", "Create an onboarding link")) (link("account_update", "Create an update link")) }
        }
    }
}

fn edit(id: &str, account: &Json) -> Markup {
    html! {
        section class="card" aria-labelledby="edit-title" {
            h2 id="edit-title" { "Edit details" }
            (api(&format!("/v1/accounts/{id}"), "", &html! {
                div class="fields" {
                    (text("Business name", "business_profile[name]", account.text("business_profile.name")))
                    (text("Website", "business_profile[url]", account.text("business_profile.url")))
                    (text("Email", "email", account.text("email")))
                    button { "Save" }
                }
            }))
        }
    }
}

/// Forms for a cardholder, and for an active virtual card.
fn cardholder(id: &str, country: &str, is_platform: bool) -> Markup {
    let account = if is_platform { "" } else { id };
    let (country, currency) = match country {
        "" | "US" => ("US", "usd"),
        "GB" => ("GB", "gbp"),
        other => (other, "eur"),
    };
    html! {
        section class="card" aria-labelledby="cards-title" {
            h2 id="cards-title" { "Cards" }
            (control("/_sandbox/transitions", &html! {
                (hidden("name", "accounts.issue_card")) (hidden("id", id)) (hidden("currency", currency))
                button class="main" id="issue-card" { "Issue a card with a new cardholder" }
            }))
            details id="new-cardholder" { summary { "Create a cardholder" }
                (api("/v1/issuing/cardholders", account, &html! {
                    (hidden("type", "individual")) (hidden("billing[address][country]", country))
                    (hidden("individual[card_issuing][user_terms_acceptance][date]", "1767000000"))
                    (hidden("individual[card_issuing][user_terms_acceptance][ip]", "127.0.0.1"))
                    div class="fields" {
                        (text("First name", "individual[first_name]", "Jenny"))
                        (text("Last name", "individual[last_name]", "Rosen"))
                        (text("Name on the card", "name", "Jenny Rosen"))
                        (text("Email", "email", "jenny@example.com"))
                        (text("Street", "billing[address][line1]", "1 Main Street"))
                        (text("City", "billing[address][city]", "San Francisco"))
                        (text("Postal code", "billing[address][postal_code]", "94111"))
                        button { "Create cardholder" }
                    }
                }))
            }
            details id="new-card" { summary { "Create a card for a cardholder" }
                (api("/v1/issuing/cards", account, &html! {
                    (hidden("type", "virtual")) (hidden("status", "active")) (hidden("currency", currency))
                    div class="fields" { (text("Cardholder", "cardholder", "ich_")) button { "Create card" } }
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::control::possible;

    #[test]
    fn every_kind_with_a_possible_step_is_listed() {
        for kind in possible::kinds().filter(|kind| *kind != "account") {
            assert!(KINDS.iter().any(|(known, _)| *known == kind), "{kind}");
        }
    }
}
