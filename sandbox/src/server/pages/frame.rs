//! The frame of all pages: name, navigation, the clock and its buttons.

use super::forms::{control, hidden};
use crate::Sandbox;
use crate::html;
use crate::html::date;
use crate::state::ClockMode;
use maud::{Markup, html};

/// A key that works with every sandbox without separate platforms.
fn key() -> String {
    ["sk", "test", "sandbox0000"].join("_")
}

/// A page with its frame. `own` is the key whose platform it shows, if each key has a separate one.
pub(super) fn frame(sandbox: &Sandbox, segments: &[&str], title: &str, own: &str, main: &Markup) -> String {
    let here = segments.first().copied().unwrap_or_default();
    let places = [
        ("", "/", "Overview"),
        ("timeline", "/timeline", "Timeline"),
        ("faults", "/faults", "Faults"),
        ("controls", "/controls", "Controls"),
    ];
    let shown_key = if own.is_empty() { key() } else { own.to_owned() };
    let head = html! { script src="/live.js" defer {} link rel="icon" href="data:,"; };
    let body = html! { body data-key=(shown_key) data-own=[(!own.is_empty()).then_some("yes")] {
        a class="skip" href="#main" { "Skip to the content" }
        header class="top" {
            div class="in" {
                a class="brand" href="/" { i {} "Stripe sandbox" }
                nav aria-label="Pages" {
                    @for (name, address, label) in places {
                        @let current = name == here || (name.is_empty() && matches!(here, "accounts" | "objects"));
                        a href=(address) aria-current=[current.then_some("page")] { (label) }
                    }
                    a href="/_sandbox/report" { "Report" }
                }
                (clock(sandbox))
            }
        }
        main id="main" { (main) }
        div id="said" role="status" aria-live="polite" {}
    } };
    html::page(&format!("{title} · Stripe sandbox"), &head, &body)
}

/// The time, and the form that advances it.
fn clock(sandbox: &Sandbox) -> Markup {
    let state = sandbox.state();
    let (now, due, mode) = (state.clock.now(), state.next_due(), state.options.clock);
    drop(state);
    let step = |label: &str, name: &str, value: &str| {
        control("/_sandbox/advance", &html! { (hidden(name, value)) button { (label) } })
    };
    html! {
        div class="clock" {
            span id="clock" data-live="yes" {
                @if mode == ClockMode::Real { span class="badge good" { "real time" } " " }
                time title="The clock of the sandbox, in UTC" { (date(now)) }
            }
            (step("+1 hour", "hours", "1"))
            (step("+1 day", "days", "1"))
            span id="next-due" data-live="yes" { @if due.is_some() { (step("To next due", "to", "next_due")) } }
        }
    }
}

/// The page for unknown addresses.
pub(super) fn nothing() -> (String, Markup) {
    let main = html! {
        div class="card" {
            h1 { "Nothing here" }
            p { "This page or object does not exist. " a href="/" { "To the overview" } }
        }
    };
    ("Nothing here".to_owned(), main)
}
