//! The `payment_method_options` of payment intents and setup intents. The API document of this crate has them as JSON.

use crate::engine::{Json, Peek, set};
use serde_json::json;

/// What the options are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Payment,
    Setup,
}

/// Members of the mandate of a card, all of which are shown if one is sent.
const MANDATE: [&str; 9] = [
    "amount",
    "amount_type",
    "description",
    "end_date",
    "interval",
    "interval_count",
    "reference",
    "start_date",
    "supported_types",
];
/// Its members that are numbers.
const NUMBERS: [&str; 4] = ["amount", "end_date", "interval_count", "start_date"];

/// The options of these types of payment methods: the defaults, with what the request sent.
pub(crate) fn new(purpose: Purpose, types: &Json, sent: Option<Json>) -> Json {
    let mut options = json!({});
    for kind in types.as_array().into_iter().flatten().filter_map(Json::as_str) {
        set(&mut options, kind, defaults(purpose, kind));
    }
    for (kind, more) in sent.as_ref().and_then(Json::as_object).into_iter().flatten() {
        let mut own = options.at(kind).cloned().unwrap_or_else(|| defaults(purpose, kind));
        for (name, value) in more.as_object().into_iter().flatten() {
            let value =
                if name == "mandate_options" && kind == "card" { mandate(value) } else { value.clone() };
            set(&mut own, name, value);
        }
        set(&mut options, kind, own);
    }
    options
}

/// Whether the options of an intent ask for the authentication of a card's holder.
pub(crate) fn requests_3ds(intent: &Json) -> bool {
    matches!(intent.text("payment_method_options.card.request_three_d_secure"), "any" | "challenge")
}

fn defaults(purpose: Purpose, kind: &str) -> Json {
    match (kind, purpose) {
        ("card", Purpose::Payment) => json!({ "installments": null, "mandate_options": null, "network": null,
            "request_three_d_secure": "automatic" }),
        ("card", Purpose::Setup) => {
            json!({ "mandate_options": null, "network": null, "request_three_d_secure": "automatic" })
        }
        ("us_bank_account", _) => json!({ "mandate_options": {}, "verification_method": "automatic" }),
        ("sepa_debit", _) => json!({ "mandate_options": {} }),
        _ => json!({}),
    }
}

/// The mandate of a card with all its members, and its numbers as numbers: forms have texts only.
fn mandate(sent: &Json) -> Json {
    let mut mandate = json!({});
    for name in MANDATE {
        set(&mut mandate, name, Json::Null);
    }
    for (name, value) in sent.as_object().into_iter().flatten() {
        let number = value.as_str().filter(|_| NUMBERS.contains(&name.as_str()));
        let number = number.and_then(|text| text.parse::<i64>().ok()).map(Json::from);
        set(&mut mandate, name, number.unwrap_or_else(|| value.clone()));
    }
    mandate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_defaults_and_typed_mandates() {
        let types = json!(["card", "us_bank_account", "link"]);
        let sent = json!({ "card": { "request_three_d_secure": "any",
            "mandate_options": { "amount": "1000", "reference": "1000", "start_date": 5, "supported_types": ["india"] } } });
        let options = new(Purpose::Setup, &types, Some(sent));
        assert_eq!(options.text("card.request_three_d_secure"), "any");
        let mandate = options.at("card.mandate_options").unwrap();
        assert_eq!(
            (mandate.int("amount"), mandate.text("reference"), mandate.int("start_date")),
            (1000, "1000", 5)
        );
        assert!(mandate.get("end_date").is_some_and(Json::is_null));
        assert!(options.at("card").unwrap().get("installments").is_none());
        assert_eq!(options.at("link"), Some(&json!({})));
        assert!(new(Purpose::Payment, &types, None).at("card").unwrap().get("installments").is_some());
    }
}
