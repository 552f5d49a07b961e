//! The entries of requirements, converted from the requirements of API v1.

use super::capabilities::{self, PAYOUTS};
use super::fields;
use crate::engine::{Json, Peek, date_time};
use crate::spec;
use crate::state::AccountContext;
use serde_json::json;
use std::collections::BTreeSet;

/// The lists of API v1, the most urgent first, with the status of a deadline.
const LISTS: [(&str, &str); 3] =
    [("past_due", "past_due"), ("currently_due", "currently_due"), ("eventually_due", "eventually_due")];

/// Entries that are pending at Stripe.
const CHECKED: &str = "pending_verification";

/// How urgent a field is in requirements of API v1; `None` if they do not ask for it.
fn urgency(requirements: &Json, field: &str) -> Option<&'static str> {
    let has = |list: &str| requirements.items(list).iter().any(|item| item == field);
    LISTS.iter().find(|(list, _)| has(list)).map(|(_, status)| *status)
}

/// The `requirements` of an account.
pub(super) fn show(books: &AccountContext<'_>, account: &Json) -> Json {
    let requirements = account.at("requirements").cloned().unwrap_or_default();
    let requested = capabilities::requested(books);
    let lists = LISTS.iter().map(|(list, _)| *list).chain([CHECKED]);
    let names: BTreeSet<&str> =
        lists.flat_map(|list| requirements.items(list)).filter_map(Json::as_str).collect();
    let reason =
        if account.flag("details_submitted") { "routine_verification" } else { "routine_onboarding" };
    let mut entries: Vec<Json> = names
        .into_iter()
        .map(|field| {
            let (description, person) = fields::of_account(field, account.text("country"));
            let urgency = urgency(&requirements, field);
            let mut entry = json!({
                "awaiting_action_from": if urgency.is_some() { "user" } else { "stripe" },
                "description": description, "errors": errors(&requirements, field),
                "impact": { "restricts_capabilities": impact(&requested, field, urgency) },
                "minimum_deadline": { "status": urgency.unwrap_or("currently_due") },
                "requested_reasons": [{ "code": reason }],
            });
            if let Some(person) = person {
                fields::place(&mut entry, "reference", json!({ "type": "person", "resource": person }));
            }
            entry
        })
        .collect();
    entries.sort_by(|one, other| one.text("description").cmp(other.text("description")));
    let most_urgent = LISTS
        .iter()
        .map(|(_, status)| *status)
        .find(|status| entries.iter().any(|entry| entry.text("minimum_deadline.status") == *status));
    let mut shown = json!({ "entries": entries });
    if let Some(status) = most_urgent {
        let mut deadline = json!({ "status": status });
        if let Some(at) = requirements.at("current_deadline").and_then(Json::as_i64) {
            fields::place(&mut deadline, "time", date_time(at).into());
        }
        fields::place(&mut shown, "summary.minimum_deadline", deadline);
    }
    shown
}

/// The capabilities that are off, or will be, without a field.
fn impact(
    requested: &[(&'static str, String, Json)],
    field: &str,
    of_account: Option<&'static str>,
) -> Vec<Json> {
    let mut found = Vec::new();
    let mut paid_out = BTreeSet::new();
    let mut put = |capability: &str, configuration: &str, status: &str| {
        found.push(json!({ "capability": capability, "configuration": configuration,
            "deadline": { "status": status } }));
    };
    for (configuration, path, capability) in requested {
        if let Some(status) = urgency(capability.at("requirements").unwrap_or(&Json::Null), field) {
            put(path, configuration, status);
        }
        // Payouts wait for whatever the account has to send.
        if let Some(status) = of_account
            && paid_out.insert(*configuration)
        {
            put(PAYOUTS, configuration, status);
        }
    }
    found
}

/// The errors of a field; a code that API v2 does not have is a general one.
fn errors(requirements: &Json, field: &str) -> Vec<Json> {
    let place =
        "properties.requirements.properties.entries.items.properties.errors.items.properties.code.enum";
    let known = spec::schema("v2.core.account").map_or(&[][..], |schema| schema.items(place));
    let mine = requirements.items("errors").iter().filter(|error| error.text("requirement") == field);
    mine.map(|error| {
        let code = error.at("code").filter(|code| known.contains(code)).cloned();
        let code = code.unwrap_or_else(|| json!("verification_failed_other"));
        json!({ "code": code, "description": error.text("reason") })
    })
    .collect()
}
