//! Thin events: their types and the objects that they name.

use super::operation::placeholder;
use super::{operations, schema};
use crate::engine::{Json, Peek};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

static TYPES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let event = schema("v2.core.event").unwrap_or(&Json::Null);
    event.items("properties.type.enum").iter().filter_map(Json::as_str).collect()
});

/// Whether thin events of this type exist.
pub fn is_thin_event(kind: &str) -> bool {
    TYPES.contains(kind)
}

/// Thin events that name no object.
const ABOUT_NOTHING: [&str; 2] = ["v1.account.application.", "v1.account.external_account."];

/// The object that a thin event names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThinObject {
    /// The `object` member of the object.
    pub kind: String,
    /// Its id; `None` for objects that an account has only once and that have no id.
    pub id: Option<String>,
    /// The path of the request that retrieves it.
    pub url: String,
}

/// The paths of retrieve operations by the `object` member of their reply: the shortest GET path that returns one.
static PATHS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let mut paths: HashMap<&'static str, &'static str> = HashMap::new();
    for operation in
        operations().filter(|operation| operation.method == "GET" && operation.path != "/v1/account")
    {
        let reply = operation.reply.map(crate::spec::resolve).map(|reply| {
            crate::spec::alternatives(reply)
                .and_then(|options| options.first())
                .map_or(reply, crate::spec::resolve)
        });
        let kind = reply.and_then(|reply| reply.pointer("/properties/object/enum/0")).and_then(Json::as_str);
        let Some(kind) = kind.filter(|kind| *kind != "list") else { continue };
        let path = paths.entry(kind).or_insert(operation.path);
        if (operation.path.len(), operation.path) < (path.len(), *path) {
            *path = operation.path;
        }
    }
    paths
});

/// The object that a thin event of this type names, for an object of `account`; `None` if it names nothing.
pub fn thin_object(event: &str, object: &Json, account: &str) -> Option<ThinObject> {
    if ABOUT_NOTHING.iter().any(|prefix| event.starts_with(prefix)) {
        return None;
    }
    let kind = object.text("object");
    let template = PATHS.get(kind)?;
    let id = Some(object.text("id")).filter(|id| !id.is_empty()).map(str::to_owned);
    let last = template.split('/').rev().find_map(placeholder);
    let url: Vec<String> = template
        .split('/')
        .map(|segment| match placeholder(segment) {
            None => segment.to_owned(),
            Some(name) if Some(name) == last => id.clone().unwrap_or_default(),
            // The account of a person or a capability, or the fee of a fee refund.
            Some(name) => match object.id_at(name) {
                "" => account.to_owned(),
                outer => outer.to_owned(),
            },
        })
        .collect();
    Some(ThinObject { kind: kind.to_owned(), id, url: url.join("/") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn thin_events_name_their_object_and_its_url() {
        for (event, object, id, url) in [
            (
                "v1.topup.succeeded",
                json!({ "object": "topup", "id": "tu_1" }),
                Some("tu_1"),
                "/v1/topups/tu_1",
            ),
            (
                "v1.account.updated",
                json!({ "object": "account", "id": "acct_2" }),
                Some("acct_2"),
                "/v1/accounts/acct_2",
            ),
            (
                "v1.capability.updated",
                json!({ "object": "capability", "id": "transfers", "account": "acct_2" }),
                Some("transfers"),
                "/v1/accounts/acct_2/capabilities/transfers",
            ),
            (
                "v1.person.created",
                json!({ "object": "person", "id": "person_1", "account": "acct_2" }),
                Some("person_1"),
                "/v1/accounts/acct_2/persons/person_1",
            ),
            (
                "v1.application_fee.refund.updated",
                json!({ "object": "fee_refund", "id": "fr_1", "fee": "fee_1" }),
                Some("fr_1"),
                "/v1/application_fees/fee_1/refunds/fr_1",
            ),
            ("v1.balance.available", json!({ "object": "balance" }), None, "/v1/balance"),
            (
                "v1.balance_settings.updated",
                json!({ "object": "balance_settings" }),
                None,
                "/v1/balance_settings",
            ),
            (
                "v1.issuing_card.created",
                json!({ "object": "issuing.card", "id": "ic_1" }),
                Some("ic_1"),
                "/v1/issuing/cards/ic_1",
            ),
        ] {
            assert!(is_thin_event(event), "{event}");
            let expected = ThinObject {
                kind: object.text("object").to_owned(),
                id: id.map(str::to_owned),
                url: url.to_owned(),
            };
            assert_eq!(thin_object(event, &object, "acct_1"), Some(expected), "{event}");
        }
        let bank_account = json!({ "object": "bank_account", "id": "ba_1" });
        assert_eq!(thin_object("v1.account.external_account.created", &bank_account, "acct_1"), None);
        assert!(!is_thin_event("v1.treasury.received_credit.created") && !is_thin_event("topup.succeeded"));
    }
}
