//! Shared by all pages: layout, style, formats, charts. Independent of the rest of the sandbox.

pub(crate) mod chart;
pub(crate) mod format;

pub(crate) use crate::html::chart::{Chart, Point, Series};
pub(crate) use crate::html::format::{date, money, span};

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The style of all pages.
pub(crate) const STYLE: &str = include_str!("style.css");

/// A self-contained page. `head` is added to the head of the document; `body` is the complete element.
pub(crate) fn page(title: &str, head: &Markup, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
                (head)
            }
            (body)
        }
    };
    let mut page = page.into_string();
    page.push('\n');
    page
}

/// The colour class of a state: `good`, `bad`, `wait` or empty.
pub(crate) fn tone(state: &str) -> &'static str {
    match state {
        "active" | "succeeded" | "paid" | "posted" | "won" | "approved" | "chargeable" | "closed"
        | "complete" | "enabled" | "delivered" | "open" | "available" | "verified" => "good",
        "failed" | "canceled" | "blocked" | "lost" | "declined" | "reversed" | "returned" | "disabled"
        | "rejected" | "expired" | "failure" | "restricted" => "bad",
        "pending" | "in_transit" | "processing" | "unsubmitted" | "submitted" | "requested" | "shipped"
        | "inactive" | "unverified" => "wait",
        _ => "",
    }
}

/// A state as a label.
pub(crate) fn badge(state: &str) -> Markup {
    html! { span class={ "badge " (tone(state)) } { (state.replace('_', " ")) } }
}

/// The status of a reply as a label.
pub(crate) fn status(status: u16) -> Markup {
    let tone = match status {
        ..400 => "good",
        400..500 => "wait",
        _ => "bad",
    };
    html! { span class={ "badge " (tone) } { (status) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let page = page("<b>", &html! {}, &badge("<script>"));
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>") && !page.contains("<b>"));
        assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">") && page.ends_with("</html>\n"));
    }
}
