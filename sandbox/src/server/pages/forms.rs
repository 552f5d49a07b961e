//! Forms that make a request when they are submitted.

use super::Query;
use maud::{Markup, html};
use serde_json::Value;

/// A form that calls a control.
pub(super) fn control(action: &str, fields: &Markup) -> Markup {
    html! { form method="post" action=(action) data-call="yes" { (fields) } }
}

/// A form that calls Stripe's API for an account; for the platform if `account` is empty.
pub(super) fn api(action: &str, account: &str, fields: &Markup) -> Markup {
    html! {
        form method="post" action=(action) data-call="yes" data-account=[(!account.is_empty()).then_some(account)] {
            (fields)
        }
    }
}

pub(super) fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// The key of the shown platform in a form that is sent with GET, which replaces the query of its address.
pub(super) fn own_key(query: &Query) -> Markup {
    let key = query.text("key");
    html! { @if !key.is_empty() { (hidden("key", key)) } }
}

/// A labelled text field.
pub(super) fn text(label: &str, name: &str, value: &str) -> Markup {
    html! { label { (label) input name=(name) value=(value) autocomplete="off"; } }
}

/// A labelled field for an amount, entered in major units and sent in minor units.
pub(super) fn amount(label: &str, name: &str, value: &str, decimals: u32) -> Markup {
    let step = if decimals == 0 {
        "1".to_owned()
    } else {
        format!("0.{}1", "0".repeat(usize::try_from(decimals).unwrap_or(2).saturating_sub(1)))
    };
    html! {
        label { (label)
            input name=(name) value=(value) type="number" min="0" step=(step) inputmode="decimal" required data-decimals=(decimals) autocomplete="off";
        }
    }
}

/// A labelled selection.
pub(super) fn choice<'o>(
    label: &str,
    name: &str,
    options: impl IntoIterator<Item = (&'o str, &'o str)>,
) -> Markup {
    html! {
        label { (label)
            select name=(name) { @for (value, text) in options { option value=(value) { (text) } } }
        }
    }
}

/// Indented JSON.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}")
}
