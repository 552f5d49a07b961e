//! The content of replies and events: members on request, expanded members, deleted objects, empty lists.

use crate::Sandbox;
use crate::spec::{self, Operation, RouteMatch};
use crate::tests::programme::Programme;
use crate::tests::support::{HOLDER, get, post, request};
use crate::{Json, Peek};
use http::Method;
use std::collections::{BTreeMap, BTreeSet};

/// Members that Stripe's API reference marks as expandable although they are not references: the object, and the path
/// within it.
const ON_DEMAND: [(&str, &str); 12] = [
    ("balance", "instant_available.net_available"),
    ("issuing.card", "cvc"),
    ("issuing.card", "number"),
    ("issuing.dispute", "balance_transactions"),
    ("issuing.token", "network_data"),
    ("issuing.transaction", "purchase_details"),
    ("treasury.financial_account", "features"),
    ("treasury.financial_account", "financial_addresses.aba.account_number"),
    ("treasury.received_credit", "linked_flows.source_flow_details"),
    ("treasury.transaction", "entries"),
    ("treasury.transaction", "flow_details"),
    ("treasury.transaction_entry", "flow_details"),
];

/// Ids of objects that the sandbox does not have.
const OUTSIDE: [&str; 4] = ["application", "customer", "mandate", "source_transfer_reversal"];

/// All readable paths with their operations: all lists, and one object of each kind.
fn places(p: &Programme) -> Vec<(String, &'static Operation, String)> {
    let mut found = Vec::new();
    for account in [p.account.clone(), String::new()] {
        let read = |path: &str| get(&p.sandbox, &account, path).json();
        let some = |path: &str| read(path).text("data.0.id").to_owned();
        let mut lists: Vec<String> = Vec::new();
        for operation in
            spec::operations().filter(|operation| operation.method == "GET" && !operation.is_v2())
        {
            if !operation.is_list() || !operation.placeholders.is_empty() {
                continue;
            }
            match operation.required_query.first() {
                None => lists.push(operation.path.to_owned()),
                Some(name) => {
                    let accounts = read("/v1/treasury/financial_accounts");
                    let each = accounts.items("data").iter().map(|found| found.text("id"));
                    lists.extend(each.map(|id| format!("{}?{name}={id}", operation.path)));
                }
            }
        }
        // Tokens are listed by card: by one that has a token.
        lists.retain(|path| !path.starts_with("/v1/issuing/tokens"));
        for card in read("/v1/issuing/cards?limit=100").items("data") {
            lists.push(format!("/v1/issuing/tokens?card={}", card.text("id")));
        }
        let of = if account.is_empty() { p.sandbox.platform() } else { account.clone() };
        for what in ["capabilities", "external_accounts", "persons"] {
            lists.push(format!("/v1/accounts/{of}/{what}"));
        }
        for (of, what) in [("/v1/transfers", "reversals"), ("/v1/application_fees", "refunds")] {
            let id = some(of);
            if !id.is_empty() {
                lists.push(format!("{of}/{id}/{what}"));
            }
        }
        lists.push("/v1/balance".to_owned());
        for list in lists {
            let bare = list.split('?').next().unwrap_or_default();
            let RouteMatch::Operation(operation, _) = spec::find("GET", bare) else { panic!("{list}") };
            let reply = get(&p.sandbox, &account, &list);
            if reply.status != 200 {
                continue;
            }
            // One object of each kind in a list is enough.
            let mut seen = BTreeSet::new();
            for object in reply.json().items("data") {
                if seen.insert(format!("{}{}", object.text("object"), object.text("type"))) {
                    let path = format!("{bare}/{}", object.text("id"));
                    if let RouteMatch::Operation(operation, _) = spec::find("GET", &path) {
                        found.push((account.clone(), operation, path));
                    }
                }
            }
            found.push((account.clone(), operation, list));
        }
    }
    found
}

/// The expandable paths in a reply with this schema, up to the first reference.
fn expandable(schema: &'static Json) -> BTreeSet<String> {
    fn walk(schema: &'static Json, path: &str, (object, from): (&str, &str), found: &mut BTreeSet<String>) {
        let schema = spec::resolve(schema);
        if let Some(options) = schema.get("anyOf").and_then(Json::as_array) {
            return options.iter().for_each(|option| walk(option, path, (object, from), found));
        }
        if let Some(items) = schema.get("items") {
            return walk(items, path, (object, from), found);
        }
        let own = schema.pointer("/properties/object/enum/0").and_then(Json::as_str);
        let (object, from) = own.map_or((object, from), |own| (own, ""));
        for (name, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
            let join = |start: &str| if start.is_empty() { name.clone() } else { format!("{start}.{name}") };
            let (here, inside) = (join(path), join(from));
            let on_demand = ON_DEMAND.contains(&(object, inside.as_str()));
            let listed = schema.items("x-expandableFields").iter().any(|listed| listed == name.as_str());
            if !(on_demand || listed || property.get("x-expand").is_some()) || here.split('.').count() > 4 {
                continue;
            }
            if !(here.starts_with("data.")
                && (object, inside.as_str()) == ("treasury.transaction", "entries"))
            {
                found.insert(here.clone());
            }
            let is_reference =
                property.items("anyOf").first().is_some_and(|first| first.text("type") == "string");
            if !is_reference && !on_demand {
                walk(property, &here, (object, &inside), found);
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(schema, "", ("", ""), &mut found);
    found
}

/// The values at a path, through arrays.
fn at<'v>(value: &'v Json, path: &str) -> Vec<&'v Json> {
    match (value, path.split_once('.').unwrap_or((path, ""))) {
        (Json::Array(items), _) => items.iter().flat_map(|item| at(item, path)).collect(),
        (_, ("", _)) => vec![value],
        (Json::Object(members), (first, rest)) => {
            members.get(first).map(|member| at(member, rest)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn flat(values: Vec<&Json>) -> Vec<&Json> {
    values
        .into_iter()
        .flat_map(|value| value.as_array().map_or(vec![value], |items| items.iter().collect()))
        .collect()
}

#[test]
fn every_documented_expandable_member_can_be_expanded() {
    let p = Programme::whole(21);
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let (mut walked, mut expanded) = (BTreeSet::new(), BTreeSet::new());
    for (account, operation, path) in places(&p) {
        let plain = get(&p.sandbox, &account, &path).json();
        for member in operation.reply.map(expandable).unwrap_or_default() {
            let joint = if path.contains('?') { '&' } else { '?' };
            let reply = get(&p.sandbox, &account, &format!("{path}{joint}expand[]={member}"));
            let name = format!("{} {member}", operation.id);
            walked.insert(name.clone());
            if reply.status != 200 {
                wrong.insert(name, reply.json().text("error.message").to_owned());
                continue;
            }
            let reply = reply.json();
            let (before, after) = (flat(at(&plain, &member)), flat(at(&reply, &member)));
            for (id, object) in before.iter().zip(&after) {
                let last = member.rsplit('.').next().unwrap_or_default();
                let Some(id) = id.as_str().filter(|_| !OUTSIDE.contains(&last)) else { continue };
                if !object.is_object() {
                    drop(wrong.insert(name.clone(), id.to_owned()));
                } else if object.text("id") == id {
                    expanded.insert(name.clone());
                } else {
                    drop(wrong.insert(name.clone(), format!("{id} became {object}")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(walked.len() > 500 && expanded.len() > 60, "{} {}", walked.len(), expanded.len());
}

#[test]
fn includable_members_are_absent_unless_expanded() {
    let p = Programme::whole(22);
    let mut shown: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (account, operation, path) in places(&p) {
        let plain = get(&p.sandbox, &account, &path).json();
        let prefix = if operation.is_list() { "data." } else { "" };
        for (object, member) in ON_DEMAND {
            let objects =
                if operation.is_list() { plain.items("data").iter().collect() } else { vec![&plain] };
            if !objects.iter().any(|found| found.text("object") == object) {
                continue;
            }
            assert!(at(&plain, &format!("{prefix}{member}")).is_empty(), "{path} shows {member}");
            let joint = if path.contains('?') { '&' } else { '?' };
            let reply = get(&p.sandbox, &account, &format!("{path}{joint}expand[]={prefix}{member}"));
            if (object, member, prefix) == ("treasury.transaction", "entries", "data.") {
                assert_eq!(reply.status, 400, "entries are not shown in lists");
                continue;
            }
            assert_eq!(reply.status, 200, "{path} {member}");
            if !at(&reply.json(), &format!("{prefix}{member}")).is_empty() {
                shown.insert((object, member));
            }
        }
    }
    let all: BTreeSet<_> = ON_DEMAND.into_iter().collect();
    let never: Vec<_> = all.difference(&shown).collect();
    assert!(never.is_empty(), "never shown: {never:?}");
    for event in p.sandbox.state().events() {
        let object = event.at("data.object").unwrap();
        for (kind, member) in ON_DEMAND.iter().filter(|(kind, _)| *kind == object.text("object")) {
            assert!(at(object, member).is_empty(), "{} shows {member} of {kind}", event.text("type"));
            let previous = event.at("data.previous_attributes").cloned().unwrap_or_default();
            assert!(at(&previous, member).is_empty(), "{} had {member}", event.text("type"));
        }
    }
}

#[test]
fn expanding_a_deleted_object_shows_it_as_deleted() {
    let sandbox = Sandbox::new(23);
    let account = sandbox.connect().into_id();
    let bank = |number: &str| {
        let form = format!(
            "external_account[object]=bank_account&external_account[country]=US&external_account[currency]=usd\
             &external_account[routing_number]=110000000&external_account[account_number]={number}"
        );
        let made = post(&sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), &form);
        assert_eq!(made.status, 200, "{}", made.json());
        made.json().text("id").to_owned()
    };
    let first = bank("000123456789");
    let amount = 700;
    sandbox.fund(&account, crate::BalanceKind::Available, crate::CurrencyCode::USD, amount).unwrap();
    let payout =
        post(&sandbox, &account, "/v1/payouts", &format!("amount=500&currency=usd&destination={first}"))
            .json();
    assert_eq!(payout.text("destination"), first);
    let second = bank("000123456789");
    let default = format!("/v1/accounts/{account}/external_accounts/{second}");
    assert_eq!(post(&sandbox, "", &default, "default_for_currency=true").status, 200);
    let delete = format!("/v1/accounts/{account}/external_accounts/{first}");
    let deleted = sandbox.handle(&request(Method::DELETE, &delete, "", "", &[]));
    assert_eq!(deleted.status, 200, "{}", deleted.json());
    let path = format!("/v1/payouts/{}?expand[]=destination", payout.text("id"));
    let shown = get(&sandbox, &account, &path).json();
    assert_eq!(shown["destination"], deleted.json());
    assert!(shown.flag("destination.deleted"));
    assert_eq!(get(&sandbox, "", &delete).status, 404, "it was deleted");

    sandbox
        .fund(sandbox.platform(), crate::BalanceKind::Available, crate::CurrencyCode::USD, amount)
        .unwrap();
    let transfer =
        post(&sandbox, "", "/v1/transfers", &format!("amount=5&currency=usd&destination={account}")).json();
    let gone = sandbox.handle(&request(Method::DELETE, &format!("/v1/accounts/{account}"), "", "", &[]));
    assert_eq!(gone.status, 200, "{}", gone.json());
    let path = format!("/v1/transfers/{}?expand[]=destination", transfer.text("id"));
    assert!(get(&sandbox, "", &path).json().flag("destination.deleted"));
}

#[test]
fn lists_start_empty_and_can_be_emptied() {
    let sandbox = Sandbox::new(24);
    let account = sandbox.connect().into_id();
    let holder = post(&sandbox, &account, "/v1/issuing/cardholders", HOLDER).json();
    assert_eq!(holder["preferred_locales"], Json::Array(vec![]));
    let lists = [
        "allowed_categories",
        "allowed_merchant_countries",
        "blocked_categories",
        "blocked_merchant_countries",
        "spending_limits",
    ];
    for list in lists {
        assert_eq!(holder["spending_controls"][list], Json::Array(vec![]), "{list}");
    }
    let form = format!("type=virtual&currency=usd&status=active&cardholder={}", holder.text("id"));
    let card = post(&sandbox, &account, "/v1/issuing/cards", &form).json();
    for (path, id) in [("cardholders", holder.text("id")), ("cards", card.text("id"))] {
        let path = format!("/v1/issuing/{path}/{id}");
        for (list, value) in [
            ("allowed_categories", "[0]=bakeries"),
            ("blocked_categories", "[0]=bakeries"),
            ("allowed_merchant_countries", "[0]=US"),
            ("blocked_merchant_countries", "[0]=CA"),
            ("spending_limits", "[0][amount]=5&spending_controls[spending_limits][0][interval]=daily"),
        ] {
            let set = post(&sandbox, &account, &path, &format!("spending_controls[{list}]{value}")).json();
            assert_eq!(set.items(&format!("spending_controls.{list}")).len(), 1, "{set}");
            let emptied = post(&sandbox, &account, &path, &format!("spending_controls[{list}]="));
            assert_eq!(emptied.status, 200, "{}", emptied.json());
            assert_eq!(emptied.json()["spending_controls"][list], Json::Array(vec![]), "{path} {list}");
        }
    }
    let path = format!("/v1/issuing/cardholders/{}", holder.text("id"));
    post(&sandbox, &account, &path, "preferred_locales[]=de");
    assert_eq!(
        post(&sandbox, &account, &path, "preferred_locales=").json()["preferred_locales"],
        Json::Array(vec![])
    );
    let authorization = post(
        &sandbox,
        &account,
        "/v1/test_helpers/issuing/authorizations",
        &format!("card={}&amount=5", card.text("id")),
    )
    .json();
    let nulls = serde_json::json!({ "atm_fee": null, "cashback_amount": null });
    assert_eq!(authorization["amount_details"], nulls);
    assert_eq!(authorization["request_history"][0]["amount_details"], nulls);
    let refused =
        post(&sandbox, "", "/v1/webhook_endpoints", "url=https://example.com&enabled_events=").json();
    assert_eq!(refused.text("error.code"), "parameter_invalid_empty", "{refused}");
}
