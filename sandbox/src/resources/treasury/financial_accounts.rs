//! Financial accounts and their features.

use super::{Resource, entries, entry, outbound_flows};
use crate::engine::{ApiError, Json, Peek, Scope, StateMachine, set, step};
use crate::resources::accounts::bank_accounts;
use crate::resources::accounts::read;
use crate::resources::treasury::access::{KIND, require_open};
use crate::spec;
use crate::state::{About, AccountContext, Policy, RequestContext, Rule};
use serde_json::json;

/// The states of a financial account.
pub static MACHINE: StateMachine = StateMachine {
    object: "financial account",
    member: "status",
    steps: &[step("open", "close", "closed").emits(&["treasury.financial_account.closed"])],
};
/// When requested features become active.
pub static ACTIVATE: Rule = Rule {
    name: "financial_account.activate",
    default: Policy::Immediate,
    about: About::Object(&[KIND]),
    task: activate,
};

const FEATURES: [&str; 8] = [
    "card_issuing",
    "deposit_insurance",
    "financial_addresses.aba",
    "inbound_transfers.ach",
    "intra_stripe_flows",
    "outbound_payments.ach",
    "outbound_payments.us_domestic_wire",
    "outbound_transfers.ach",
];
const WIRES: &str = "outbound_transfers.us_domestic_wire";

pub(crate) static RESOURCE: Resource = Resource {
    name: "financial_accounts",
    entries: &[
        entry(
            "PostTreasuryFinancialAccounts",
            create,
            &["treasury.financial_account.created", "treasury.financial_account.features_status_updated"],
        ),
        entry("GetTreasuryFinancialAccounts", list, &[]),
        entry("GetTreasuryFinancialAccountsFinancialAccount", retrieve, &[]),
        entry(
            "PostTreasuryFinancialAccountsFinancialAccount",
            update,
            &["treasury.financial_account.features_status_updated"],
        ),
        entry(
            "PostTreasuryFinancialAccountsFinancialAccountClose",
            close,
            &[
                "treasury.financial_account.closed",
                "treasury.outbound_transfer.created",
                "treasury.outbound_transfer.posted",
                "treasury.received_credit.created",
                "treasury.received_credit.succeeded",
            ],
        ),
        entry("GetTreasuryFinancialAccountsFinancialAccountFeatures", features, &[]),
        entry(
            "PostTreasuryFinancialAccountsFinancialAccountFeatures",
            update_features,
            &["treasury.financial_account.features_status_updated"],
        ),
    ],
    machines: &[&MACHINE],
    rules: &[&ACTIVATE],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let scope = Scope::new(call.account(), call.scope().live);
    if read::lacks(call.state, &scope, "treasury") {
        return Err(ApiError::invalid("The account needs an active `treasury` capability."));
    }
    if call.params.items("supported_currencies").iter().any(|currency| currency != "usd") {
        return Err(ApiError::invalid("Invalid supported_currencies: financial accounts are in usd.")
            .param("supported_currencies"));
    }
    let nickname = call.param("nickname").filter(|name| name != "");
    let account = json!({
        "active_features": [], "pending_features": [], "restricted_features": [], "country": "US", "features": {},
        "balance": nothing(), "metadata": call.metadata(), "nickname": nickname, "status": "open",
        "platform_restrictions": call.param("platform_restrictions"), "supported_currencies": ["usd"],
        "status_details": { "closed": null }, "is_default": call.all(KIND).next().is_none(),
    });
    let id = call.create(KIND, "fa", account)?.text("id").to_owned();
    // Numbers of test bank accounts begin with zeros.
    let number = format!("9{}", call.state.ids.digits(11));
    call.set_notes(&id, json!({ "account_number": number }));
    let wanted = call.param("features").unwrap_or_default();
    request(call, &id, &wanted)?;
    let account = present(call, &id)?;
    call.emit("treasury.financial_account.created", &account)?;
    Ok(account)
}

fn nothing() -> Json {
    json!({ "cash": { "usd": 0 }, "inbound_pending": { "usd": 0 }, "outbound_pending": { "usd": 0 } })
}

/// The account with its current balance; the full number only if it is expanded.
fn present(context: &AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let mut account = context.get(KIND, id, "financial_account")?;
    let (cash, inbound, held) =
        (entries::cash(context, id), entries::inbound(context, id), entries::held(context, id));
    let balance = json!({ "cash": { "usd": cash }, "inbound_pending": { "usd": inbound }, "outbound_pending": { "usd": held } });
    set(&mut account, "balance", balance);
    if let Json::Object(members) = &mut account {
        members.remove("features");
    }
    Ok(account)
}

/// The account as shown in events.
fn in_events(context: &AccountContext<'_>, account: Json) -> Result<Json, ApiError> {
    present(context, account.text("id"))
}

/// The account as shown in a reply; `prefix` is its path in the reply.
fn shown(call: &RequestContext<'_>, id: &str, prefix: &str) -> Result<Json, ApiError> {
    let mut account = present(call, id)?;
    let expands = |path: &str| call.expands(&format!("{prefix}{path}"));
    if expands("features") {
        set(&mut account, "features", feature_object(call, id)?);
    }
    if expands("financial_addresses.aba.account_number") {
        let number = call.notes(id).text("account_number").to_owned();
        let addresses = account.get_mut("financial_addresses").and_then(Json::as_array_mut);
        for aba in addresses.into_iter().flatten().filter_map(|address| address.get_mut("aba")) {
            set(aba, "account_number", number.as_str());
        }
    }
    Ok(account)
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("financial_account");
    shown(call, &id, "")
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let ids: Vec<String> = call.all(KIND).map(|account| account.text("id").to_owned()).collect();
    let found = ids.iter().map(|id| shown(call, id, "data.")).collect::<Result<_, _>>()?;
    call.page(found)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("financial_account");
    require_open(call, &id)?;
    call.update(KIND, &["nickname", "platform_restrictions"])?;
    if let Some(wanted) = call.param("features") {
        request(call, &id, &wanted)?;
    }
    shown(call, &id, "")
}

fn close(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("financial_account");
    call.get(KIND, &id, "financial_account")?;
    let step = call.permit(&MACHINE, &id, "close")?.shown(call, in_events)?;
    if call.param("forwarding_settings").is_some() {
        outbound_flows::forward(call, &id)?;
    }
    let under_way =
        |reversal: &Json| reversal.text("financial_account") == id && reversal.text("status") == "processing";
    if [entries::cash, entries::inbound, entries::held].iter().any(|money| money(call, &id) != 0)
        || call.all("treasury.debit_reversal").any(under_way)
    {
        return Err(ApiError::invalid(
            "A financial account can be closed only if its balance is zero and it has no pending flows.",
        ));
    }
    call.forget(&id);
    call.take(step, |account| {
        set(account, "status_details", json!({ "closed": { "reasons": ["closed_by_platform"] } }));
        let mut ended = account.items("active_features").to_vec();
        ended.extend(account.items("pending_features").iter().cloned());
        for name in ended.iter().filter_map(Json::as_str) {
            toggle(account, name, "restricted");
        }
        sort(account);
    })?;
    shown(call, &id, "")
}

fn features(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    feature_object(call, &call.in_path("financial_account"))
}

fn feature_object(context: &AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let account = context.get(KIND, id, "financial_account")?;
    spec::complete("treasury.financial_account_features", account.at("features").cloned().unwrap_or_default())
}

fn update_features(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("financial_account");
    call.get(KIND, &id, "financial_account")?;
    let wanted = call.params.clone();
    request(call, &id, &wanted)?;
    feature_object(call, &id)
}

/// Requests or removes features.
fn request(context: &mut AccountContext<'_>, id: &str, wanted: &Json) -> Result<(), ApiError> {
    require_open(context, id)?;
    let change = context.change(id, |account| {
        for name in FEATURES.into_iter().chain([WIRES]) {
            let Some(requested) = wanted.at(&format!("{name}.requested")).and_then(Json::as_bool) else {
                continue;
            };
            let active = account.text(&format!("features.{name}.status")) == "active";
            if requested && !active {
                toggle(account, name, "pending");
            } else if !requested {
                toggle(account, name, "");
            }
        }
        sort(account);
    })?;
    if !change.object.items("pending_features").is_empty() {
        context.by_rule(&ACTIVATE, id);
    }
    Ok(())
}

/// Activates the requested features and adds the address of the account.
pub(crate) fn activate(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let account = context.get(KIND, id, "financial_account")?;
    let number = context.notes(id).text("account_number").to_owned();
    let last4 = number.get(number.len().saturating_sub(4)..).unwrap_or_default().to_owned();
    let change = context.change_shown(id, in_events, |object| {
        for name in account.items("pending_features").iter().filter_map(Json::as_str) {
            toggle(object, name, "active");
            if name == "financial_addresses.aba" {
                let aba = json!({ "account_holder_name": "Sandbox Account", "account_number": null,
                    "account_number_last4": last4, "bank_name": bank_accounts::bank_name("US"), "routing_number": "110000000" });
                let address = json!({ "type": "aba", "supported_networks": ["ach", "us_domestic_wire"], "aba": aba });
                set(object, "financial_addresses", json!([address]));
            }
        }
        sort(object);
    })?;
    context.emit_change("treasury.financial_account.features_status_updated", &change)
}

/// Sets the status of a feature; an empty one removes it.
fn toggle(account: &mut Json, name: &str, status: &str) {
    let code = if status == "restricted" { "financial_account_closed" } else { "activating" };
    let details = if status == "active" { json!([]) } else { json!([{ "code": code, "resolution": null }]) };
    let feature = json!({ "requested": true, "status": status, "status_details": details });
    let Some(features) = account.get_mut("features") else { return };
    let (group, member) = name.split_once('.').map_or((name, None), |(group, member)| (group, Some(member)));
    let place = match member {
        None => features,
        Some(_) => {
            if features.get(group).is_none() {
                set(features, group, json!({}));
            }
            match features.get_mut(group) {
                Some(place) => place,
                None => return,
            }
        }
    };
    let last = member.unwrap_or(group);
    match status {
        "" => drop(place.as_object_mut().and_then(|place| place.remove(last))),
        _ => set(place, last, feature),
    }
}

/// Updates the three lists of features by their status.
fn sort(account: &mut Json) {
    for (list, status) in [
        ("active_features", "active"),
        ("pending_features", "pending"),
        ("restricted_features", "restricted"),
    ] {
        let all = FEATURES.into_iter().chain([WIRES]);
        let found: Vec<_> =
            all.filter(|name| account.text(&format!("features.{name}.status")) == status).collect();
        set(account, list, found);
    }
}
