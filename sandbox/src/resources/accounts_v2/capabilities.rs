//! Capabilities in API v2: they belong to a configuration, and have details of their status instead of a disabled reason.

use super::fields::place;
use crate::engine::{Json, Peek};
use crate::spec;
use crate::state::AccountContext;
use serde_json::json;

/// The capability of API v1 that pays out to others.
const TRANSFERS: &str = "transfers";
/// The name in API v2 of [`TRANSFERS`].
const STRIPE_TRANSFERS: &str = "stripe_balance.stripe_transfers";
/// The capability that comes by itself with any other of an account that receives money.
pub(super) const PAYOUTS: &str = "stripe_balance.payouts";
/// Debits of bank accounts in the United States, in v1 and v2.
const ACH: (&str, &str) = ("us_bank_account_ach_payments", "ach_debit_payments");

/// The capabilities of the document for a configuration.
fn listed(configuration: &str) -> Option<&'static serde_json::Map<String, Json>> {
    let place =
        format!("/properties/configuration/properties/{configuration}/properties/capabilities/properties");
    spec::schema("v2.core.account")?.pointer(&place)?.as_object()
}

/// The configuration and the path in API v2 of a capability of API v1; `None` if only API v1 has it.
pub(super) fn of_v1(name: &str) -> Option<(&'static str, String)> {
    if name == TRANSFERS {
        return Some(("recipient", STRIPE_TRANSFERS.to_owned()));
    }
    let path = if name == ACH.0 { ACH.1 } else { name };
    listed("merchant")?.contains_key(path).then(|| ("merchant", path.to_owned()))
}

/// The name in API v1 of a capability of API v2; `None` if only API v2 has it.
pub(super) fn of_v2(configuration: &str, path: &str) -> Option<String> {
    match (configuration, path) {
        ("recipient", STRIPE_TRANSFERS) => Some(TRANSFERS.to_owned()),
        ("merchant", path) if path == ACH.1 => Some(ACH.0.to_owned()),
        ("merchant", path) if !path.contains('.') => Some(path.to_owned()),
        _ => None,
    }
}

/// The capabilities that a request asks for in one configuration, by path.
pub(super) fn asked(capabilities: &Json) -> Vec<(String, bool)> {
    fn walk(value: &Json, path: &str, found: &mut Vec<(String, bool)>) {
        if let Some(requested) = value.get("requested").and_then(Json::as_bool) {
            found.push((path.to_owned(), requested));
            return;
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            walk(member, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, found);
        }
    }
    let mut found = Vec::new();
    walk(capabilities, "", &mut found);
    found
}

/// The names in API v1 of the capabilities that an account shows in one configuration.
pub(super) fn in_v1(configuration: &str, shown: &Json) -> Vec<String> {
    fn walk(value: &Json, path: &str, found: &mut Vec<String>) {
        if value.get("status").is_some() {
            found.push(path.to_owned());
            return;
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            walk(member, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, found);
        }
    }
    let mut paths = Vec::new();
    walk(shown, "", &mut paths);
    paths.iter().filter_map(|path| of_v2(configuration, path)).collect()
}

/// The requested capabilities that API v2 has: configuration, path and object of API v1.
pub(super) fn requested(books: &AccountContext<'_>) -> Vec<(&'static str, String, Json)> {
    let requested = books.all("capability").filter(|capability| capability.flag("requested"));
    let mut found: Vec<_> = requested
        .filter_map(|capability| {
            let (configuration, path) = of_v1(capability.text("id"))?;
            Some((configuration, path, capability.clone()))
        })
        .collect();
    found.reverse();
    found
}

/// The `capabilities` of a configuration.
pub(super) fn show(requested: &[(&'static str, String, Json)], configuration: &str, account: &Json) -> Json {
    let mut shown = json!({});
    let mut any = None;
    for (_, path, capability) in requested.iter().filter(|(of, ..)| *of == configuration) {
        place(&mut shown, path, standing(capability, account));
        any = any.or(Some(capability));
    }
    if let Some(capability) = any {
        place(&mut shown, PAYOUTS, of_payouts(capability, account));
    }
    shown
}

fn standing(capability: &Json, account: &Json) -> Json {
    match capability.text("status") {
        "active" => with("active", None),
        "pending" if !capability.items("requirements.pending_verification").is_empty() => {
            with("pending", Some(PENDING))
        }
        "pending" => with("pending", Some(DETERMINING)),
        _ => inactive(account, !capability.items("requirements.past_due").is_empty()),
    }
}

/// Payouts wait for what an account needs for anything, and for where to send the money.
fn of_payouts(capability: &Json, account: &Json) -> Json {
    let overdue = !account.items("requirements.past_due").is_empty();
    if account.flag("payouts_enabled") {
        with("active", None)
    } else if !overdue && capability.text("status") == "pending" {
        with("pending", Some(PENDING))
    } else {
        inactive(account, overdue)
    }
}

/// A code of a status, and what resolves it.
type Detail = (&'static str, &'static str);

const PENDING: Detail = ("requirements_pending_verification", "no_resolution");
const DETERMINING: Detail = ("determining_status", "no_resolution");

fn inactive(account: &Json, overdue: bool) -> Json {
    let reason = account.text("requirements.disabled_reason");
    if let Some(code) = rejection(reason) {
        return with("rejected", Some((code, "contact_stripe")));
    }
    if overdue {
        with("restricted", Some(("requirements_past_due", "provide_info")))
    } else if reason == "requirements.pending_verification" {
        with("restricted", Some(PENDING))
    } else {
        with("restricted", Some(("restricted_other", "contact_stripe")))
    }
}

/// The code of an account that was rejected, or is on a list.
fn rejection(reason: &str) -> Option<&'static str> {
    let reason = if reason == "listed" { "listed" } else { reason.strip_prefix("rejected.")? };
    Some(match reason {
        "fraud" => "rejected_fraud",
        "incomplete_verification" => "rejected_incomplete_verification",
        "listed" => "rejected_listed",
        "terms_of_service" => "rejected_terms_of_service",
        "platform_fraud" => "rejected_platform_fraud",
        "platform_other" => "rejected_platform_other",
        "platform_terms_of_service" => "rejected_platform_terms_of_service",
        _ => "rejected_other",
    })
}

fn with(status: &str, detail: Option<Detail>) -> Json {
    let details = detail.map(|(code, resolution)| json!({ "code": code, "resolution": resolution }));
    json!({ "status": status, "status_details": details.into_iter().collect::<Vec<_>>() })
}

/// The one capability of customers: taxes can be computed once a place is known.
pub(super) fn of_customer(customer: &Json) -> Json {
    let place = ["automatic_indirect_tax.ip_address", "shipping.address.country"];
    if place.iter().any(|path| customer.at(path).is_some()) {
        with("active", None)
    } else {
        with("restricted", Some(("requirements_past_due", "provide_info")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_there_and_back() {
        let mut seen = 0;
        for path in listed("merchant").unwrap().keys().filter(|path| *path != "stripe_balance") {
            let v1 = of_v2("merchant", path).unwrap();
            assert_eq!(of_v1(&v1), Some(("merchant", path.clone())), "{path}");
            seen += 1;
        }
        assert!(seen > 40, "{seen}");
        assert_eq!(of_v1("transfers"), Some(("recipient", STRIPE_TRANSFERS.to_owned())));
        assert_eq!((of_v1("card_issuing"), of_v1("treasury")), (None, None));
    }

    #[test]
    fn statuses_follow_from_those_of_v1() {
        let account = |reason: &str| json!({ "requirements": { "disabled_reason": reason } });
        for (capability, reason, status, code) in [
            (json!({ "status": "active" }), "", "active", ""),
            (json!({ "status": "pending" }), "", "pending", "determining_status"),
            (
                json!({ "status": "pending", "requirements": { "pending_verification": ["company.tax_id"] } }),
                "",
                "pending",
                "requirements_pending_verification",
            ),
            (
                json!({ "status": "inactive", "requirements": { "past_due": ["business_type"] } }),
                "requirements.past_due",
                "restricted",
                "requirements_past_due",
            ),
            (json!({ "status": "inactive" }), "rejected.fraud", "rejected", "rejected_fraud"),
            (json!({ "status": "inactive" }), "listed", "rejected", "rejected_listed"),
            (json!({ "status": "inactive" }), "other", "restricted", "restricted_other"),
        ] {
            let shown = standing(&capability, &account(reason));
            assert_eq!(
                (shown.text("status"), shown.text("status_details.0.code")),
                (status, code),
                "{shown}"
            );
        }
    }
}
