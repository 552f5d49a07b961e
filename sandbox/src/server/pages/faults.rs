//! The page of planned faults and of the policies of automatic transitions.

use super::forms::{choice, control, hidden, text};
use crate::Sandbox;
use crate::about::rules;
use crate::engine::{Json, Peek as _};
use crate::html::span;
use crate::server::control::faults;
use crate::state::Policy;
use maud::{Markup, html};

pub(super) fn page(sandbox: &Sandbox) -> (String, Markup) {
    let effects = [
        ("status", "Error status"),
        ("rate_limit", "Rate limit (429)"),
        ("lock_timeout", "Lock timeout (429)"),
        ("key_in_use", "Idempotency key in use (409)"),
        ("delay", "Delayed reply"),
        ("stall", "No reply"),
        ("truncate", "Truncated reply"),
        ("reset", "Connection reset"),
    ];
    let mishaps = [
        ("lost", "Lost"),
        ("late", "Late: after the next one"),
        ("duplicate", "Twice"),
        ("wrong_secret", "Signed with a wrong secret"),
    ];
    let main = html! {
        div class="head" { h1 { "Faults" } }
        div class="grid" {
            section class="card" aria-labelledby="plan-title" {
                h2 id="plan-title" { "Plan a fault of the API" }
                (control("/_sandbox/faults", &html! {
                    div class="fields" {
                        (choice("Effect", "effect", effects))
                        (choice("Phase", "phase", [("", "Default of the effect"), ("before", "Before processing"), ("after", "After processing")]))
                        (text("Operation (all if empty)", "operation", ""))
                        (text("Times", "times", "1"))
                        (text("Status, for the effect error status", "status", ""))
                        (text("Milliseconds, for a delayed reply", "milliseconds", ""))
                        button class="main" { "Plan" }
                    }
                }))
                p class="hint" { "An operation is named by its id in Stripe's OpenAPI document, such as PostTopups." }
                (control("/_sandbox/faults/clear", &html! { button { "Remove all planned faults" } }))
            }
            section class="card" aria-labelledby="mishap-title" {
                h2 id="mishap-title" { "Plan a fault of webhooks" }
                (control("/_sandbox/webhooks", &html! {
                    div class="fields" {
                        (choice("What happens", "mishap", mishaps))
                        (text("Event type", "event", "*"))
                        (text("Times", "times", "1"))
                        button class="main" { "Plan" }
                    }
                }))
            }
            section class="card" id="planned" data-live="yes" aria-labelledby="planned-title" { (planned(sandbox)) }
            section class="card" id="rules" data-live="yes" aria-labelledby="rules-title" { (timing(sandbox)) }
        }
    };
    ("Faults".to_owned(), main)
}

/// The planned faults, as the control API shows them.
fn planned(sandbox: &Sandbox) -> Markup {
    let planned = faults::planned(sandbox);
    let all: Vec<&Json> = planned.items("data").iter().chain(planned.items("webhooks")).collect();
    html! {
        h2 id="planned-title" { "Planned faults" }
        @if all.is_empty() { p class="muted" { "None." } }
        ul class="timeline" {
            @for fault in all {
                li { @for (name, value) in fault.as_object().into_iter().flatten() {
                    span class="muted" { (name.replace('_', " ")) ": " } b { (value.as_str().map_or_else(|| value.to_string(), str::to_owned)) } " "
                } }
            }
        }
    }
}

/// The policies of all rules.
fn timing(sandbox: &Sandbox) -> Markup {
    let state = sandbox.state();
    let all: Vec<_> = rules::all().map(|rule| (rule.name, state.policy(rule))).collect();
    drop(state);
    html! {
        h2 id="rules-title" { "Automatic transitions" }
        div class="scroll" tabindex="0" role="group" aria-label="Rules" {
            table {
                thead { tr { th { "Rule" } th { "Now" } th { "Set" } } }
                tbody { @for (name, policy) in &all { tr {
                    td { code { (name) } }
                    td { (shown(*policy)) }
                    td { div class="row" { @for choice in ["immediate", "manual", "default"] {
                        (control("/_sandbox/policies", &html! {
                            (hidden("rule", name)) (hidden("policy", choice))
                            button aria-label={ (name) ": " (choice) } { (choice) }
                        }))
                    } } }
                } } }
            }
        }
    }
}

fn shown(policy: Policy) -> String {
    match policy {
        Policy::Manual => "manual".to_owned(),
        Policy::Immediate => "immediate".to_owned(),
        Policy::After(wait) => format!("after {}", span(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX))),
    }
}
