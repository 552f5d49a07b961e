//! Components shared by the report and the live pages.

use super::timeline::{Moment, What};
use crate::html::{date, span};
use maud::{Markup, html};

/// An account with its name and id.
pub(crate) fn account(id: &str, name: Option<&str>) -> Markup {
    html! {
        @match name {
            Some(name) => { (name) " " code class="muted" { (id) } }
            None if id.starts_with("acct_") => code { (id) },
            None => (id),
        }
    }
}

/// A line of the timeline, expandable if there are details.
pub(crate) fn entry(moment: &Moment, name: Option<&str>, more: &Option<Markup>) -> Markup {
    // An expandable line contains no links.
    let (label, what, right) = parts(moment, more.is_none());
    let cause = matches!(&moment.what, What::Event { call: Some(_), .. });
    let anchor = match &moment.what {
        What::Call { number, .. } => Some(format!("call-{number}")),
        What::Event { id, .. } => Some(id.clone()),
        _ => None,
    };
    let line = html! {
        span class="line" {
            time { (date(moment.at)) }
            span class="kind" { (label) }
            span class="what" {
                (what)
                @if !moment.account.is_empty() {
                    " " span class="muted small" { (name.unwrap_or(&moment.account)) }
                }
            }
            span class="right" { (right) }
        }
    };
    html! {
        li id=[anchor] class=[cause.then_some("cause")] {
            @match more {
                Some(more) => details { summary { (line) } div class="body" { (more) } },
                None => (line),
            }
        }
    }
}

/// The label, the text and the right-hand part.
fn parts(moment: &Moment, linked: bool) -> (&'static str, Markup, Markup) {
    let badge = |tone: &str, text: &str| html! { span class={ "badge " (tone) } { (text) } };
    match &moment.what {
        What::Call { line, answer, good, code, .. } => {
            let right = html! {
                @if !code.is_empty() { code class="muted" { (code) } " " }
                (badge(if *good { "good" } else { "bad" }, answer))
            };
            ("request", html! { code { (line) } }, right)
        }
        What::Fund { balance, amount } => ("money", html! { "funds into " (balance) }, html! { (amount) }),
        What::Event { kind, about, call, .. } => {
            let back = html! {
                @if let Some(call) = call.filter(|_| linked) { a href={ "#call-" (call) } aria-label={ "the request that caused " (kind) } { "request" } }
            };
            ("event", html! { b { (kind) } " " span class="muted" { (about) } }, back)
        }
        What::Webhook { kind, event, endpoint, status } => {
            let right = match status {
                Some(status @ 200..300) => badge("good", &status.to_string()),
                Some(status) => badge("bad", &status.to_string()),
                None => badge("bad", "no answer"),
            };
            let name = html! { @if linked { a href={ "#" (event) } { (kind) } } @else { (kind) } };
            ("webhook", html! { (name) " to " code { (endpoint) } }, right)
        }
        What::Clock(moved) => ("clock", html! { "the clock was moved by " (span(*moved)) }, html! {}),
        What::Skipped(why) => ("skipped", html! { "no longer possible: " (why) }, badge("bad", "skipped")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_escaped() {
        let line = "GET /v1/'x\"&<b>".to_owned();
        let what =
            What::Call { line, answer: "404".to_owned(), good: false, code: "<i>".to_owned(), number: 3 };
        let moment = Moment { at: 0, account: "<script>".to_owned(), what };
        let out = entry(&moment, None, &None).into_string();
        assert!(out.contains("&lt;script&gt;") && out.contains("x&quot;&amp;&lt;b&gt;"), "{out}");
        assert!(out.starts_with("<li id=\"call-3\">") && out.contains("badge bad"), "{out}");
    }
}
