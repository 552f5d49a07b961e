//! Isolation of accounts: every list and every retrieval of the document, across accounts.

use crate::Sandbox;
use crate::engine::{Json, Peek, Scope};
use crate::resources;
use crate::spec;
use crate::spec::Operation;
use crate::tests::programme::Programme;
use crate::tests::support::{get, post};
use http::Method;
use std::collections::{BTreeMap, BTreeSet};

/// Operations whose reply is public, or about the caller.
const PUBLIC: [&str; 5] =
    ["GetAccount", "GetCountrySpecs", "GetCountrySpecsCountry", "GetBalance", "GetBalanceSettings"];
/// Operations whose path contains the account; access to them is tested separately.
const BY_ACCOUNT: [&str; 2] = ["/v1/accounts/{account}", "/v2/core/accounts/"];
/// The prefixes of the paths of accounts.
const ACCOUNTS: [&str; 2] = ["/v1/accounts", "/v2/core/accounts"];

fn is_of_accounts(operation: &Operation) -> bool {
    ACCOUNTS.iter().any(|start| operation.path.starts_with(start))
}

fn reads() -> Vec<&'static Operation> {
    let mut all: Vec<&Operation> = spec::operations()
        .filter(|operation| operation.method == "GET" && resources::handler(operation.id).is_some())
        .collect();
    all.sort_by_key(|operation| operation.path);
    all
}

/// The ids of an account's objects, each with the ids that the object names.
type Owned = BTreeMap<String, BTreeSet<String>>;

fn owned(sandbox: &Sandbox, account: &str) -> Owned {
    let state = sandbox.state();
    let scope = Scope::new(account, false);
    let objects = state.store(&scope).into_iter().flat_map(|store| store.all());
    let objects = objects.map(|object| (object.text("id").to_owned(), object.to_string()));
    let lines = state.ledger.lines(&scope).map(|line| (line.id.to_string(), String::new()));
    // The names of capabilities and settings are the same for all accounts.
    let texts: BTreeMap<String, String> = objects
        .chain(lines)
        .filter(|(id, _)| id.contains('_') && id.chars().any(|c| c.is_ascii_digit()))
        .collect();
    let named = |text: &String| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.filter(|word| texts.contains_key(*word)).map(str::to_owned).collect()
    };
    texts.iter().map(|(id, text)| (id.clone(), named(text))).collect()
}

fn filled(path: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let each = path.split('/').map(|segment| {
        if segment.starts_with('{') { values.next().copied().unwrap_or_default() } else { segment }
    });
    each.collect::<Vec<_>>().join("/")
}

/// The paths of an operation with a non-empty reply for the account itself.
fn visible(sandbox: &Sandbox, account: &str, operation: &Operation, own: &Owned) -> Vec<String> {
    let paths: Vec<String> = match operation.placeholders.len() {
        1 => own.keys().map(|id| filled(operation.path, &[id])).collect(),
        _ => own
            .iter()
            .flat_map(|(child, named)| named.iter().map(|parent| filled(operation.path, &[parent, child])))
            .collect(),
    };
    paths.into_iter().filter(|path| get(sandbox, account, path).status == 200).collect()
}

/// The query that a list requires; `None` if the account has no suitable object.
fn query(operation: &Operation, own: &Owned) -> Option<String> {
    // The object that most others refer to.
    let busiest = |prefix: &str| {
        let ids = own.keys().filter(|id| id.starts_with(prefix));
        ids.max_by_key(|id| own.values().filter(|named| named.contains(*id)).count())
    };
    let needed = operation.required_query.iter().map(|name| {
        let prefix = if *name == "card" { "ic_" } else { "fa_" };
        busiest(prefix).map(|id| format!("{name}={id}"))
    });
    Some(needed.collect::<Option<Vec<_>>>()?.join("&"))
}

#[test]
fn accounts_cannot_read_each_others_objects() {
    let programme = Programme::whole(1);
    let sandbox = &programme.sandbox;
    let other = sandbox.connect().into_id();
    let parties = [programme.account.clone(), sandbox.platform(), programme.german.clone(), other];
    let objects: BTreeMap<&String, Owned> =
        parties.iter().map(|account| (account, owned(sandbox, account))).collect();
    let (mut retrieved, mut listed, mut shown) = (BTreeSet::new(), BTreeSet::new(), 0);
    for operation in reads().into_iter().filter(|op| !PUBLIC.contains(&op.id) && !is_of_accounts(op)) {
        for owner in &parties[..3] {
            let own = &objects[owner];
            if operation.placeholders.is_empty() {
                let Some(query) = query(operation, own) else { continue };
                let mine = get(sandbox, owner, &format!("{}?{query}", operation.path));
                assert_eq!(mine.status, 200, "{} {query}: {}", operation.id, mine.json());
                let ids: Vec<String> =
                    mine.json().items("data").iter().map(|object| object.text("id").to_owned()).collect();
                listed.extend(
                    (!ids.is_empty() || !mine.json().items("data").is_empty()).then_some(operation.id),
                );
                for reader in parties.iter().filter(|reader| *reader != owner) {
                    let theirs = get(sandbox, reader, &format!("{}?{query}&limit=100", operation.path));
                    let text = theirs.json().items("data").iter().map(Json::to_string).collect::<String>();
                    for id in ids.iter().filter(|id| own.contains_key(*id)) {
                        assert!(!text.contains(&format!("\"id\":\"{id}\"")), "{} shows {id}", operation.id);
                    }
                }
                continue;
            }
            for path in visible(sandbox, owner, operation, own) {
                retrieved.insert(operation.id);
                for reader in parties.iter().filter(|reader| *reader != owner) {
                    let reply = get(sandbox, reader, &path);
                    assert_eq!(reply.status, 404, "{reader} reads {path} of {owner}: {}", reply.json());
                    shown += 1;
                }
            }
        }
    }
    // No readable operation was omitted.
    let expected = |list: bool| -> BTreeSet<&str> {
        let reads = reads().into_iter();
        let reads = reads.filter(|op| !PUBLIC.contains(&op.id) && !is_of_accounts(op));
        reads.filter(|op| op.placeholders.is_empty() == list).map(|op| op.id).collect()
    };
    assert_eq!(retrieved, expected(false));
    assert_eq!(listed, expected(true));
    assert!(
        retrieved.len() >= 40 && listed.len() >= 30 && shown > 400,
        "{} {} {shown}",
        retrieved.len(),
        listed.len()
    );
}

#[test]
fn only_platform_and_account_may_access_account_paths() {
    let programme = Programme::whole(2);
    let sandbox = &programme.sandbox;
    let (account, other) = (programme.account.clone(), sandbox.connect().into_id());
    let persons = get(sandbox, "", &format!("/v1/accounts/{account}/persons")).json();
    let banks = get(sandbox, "", &format!("/v1/accounts/{account}/external_accounts")).json();
    let mut seen = 0;
    let by_account =
        |operation: &&Operation| BY_ACCOUNT.iter().any(|start| operation.path.starts_with(start));
    for operation in reads().into_iter().filter(by_account) {
        let v2 = operation.is_v2();
        let token = crate::tests::support::request(
            Method::POST,
            &format!("/v2/core/accounts/{account}/person_tokens"),
            r#"{"given_name":"Ann"}"#,
            &account,
            &[("content-type", "application/json")],
        );
        let inner = match operation.placeholders.get(1) {
            Some(_) if operation.path.contains("/person_tokens") => {
                // Only the account that created a token can read it.
                let made = sandbox.handle(&token).json();
                let path = filled(operation.path, &[&account, made.text("id")]);
                assert_eq!(get(sandbox, &account, &path).status, 200, "{path}");
                assert_eq!(get(sandbox, "", &path).status, 404, "{path}");
                assert_eq!(get(sandbox, &other, &path).status, 404, "{path}");
                seen += 1;
                continue;
            }
            Some(&"person") => persons.text("data.0.id"),
            Some(_) if v2 => persons.text("data.0.id"),
            Some(&"capability") => "card_issuing",
            Some(_) => banks.text("data.0.id"),
            None => "",
        };
        let path = filled(operation.path, &[&account, inner]);
        for reader in ["", &account] {
            let reply = get(sandbox, reader, &path);
            assert_eq!(reply.status, 200, "{path} by {reader}: {}", reply.json());
        }
        assert_eq!(get(sandbox, &other, &path).status, if v2 { 404 } else { 403 }, "{path}");
        if matches!(operation.placeholders.get(1), Some(&("person" | "id"))) {
            let crossed = filled(operation.path, &[&other, inner]);
            // The other account has no account object, so API v2 does not find it.
            assert_eq!(get(sandbox, "", &crossed).status, 404, "{crossed}");
        }
        seen += 1;
    }
    assert_eq!(seen, 11, "accounts, capabilities, external accounts, persons, and in v2 tokens of persons");
    for list in ACCOUNTS {
        let accounts = get(sandbox, &other, list).json();
        assert!(accounts.items("data").is_empty(), "{accounts}");
    }
}

#[test]
fn accounts_cannot_create_links_or_sessions() {
    let sandbox = Sandbox::new(3);
    let (account, other) = (sandbox.connect().into_id(), sandbox.connect().into_id());
    let urls = "type=account_onboarding&return_url=http://x.test/a&refresh_url=http://x.test/b";
    let session = "components[balances][enabled]=true";
    for caller in [&account, &other] {
        let link = post(&sandbox, caller, "/v1/account_links", &format!("account={account}&{urls}"));
        assert_eq!((link.status, link.json().text("error.param")), (400, "account"));
        let session = post(&sandbox, caller, "/v1/account_sessions", &format!("account={account}&{session}"));
        assert_eq!((session.status, session.json().text("error.param")), (400, "account"));
    }
    assert_eq!(post(&sandbox, "", "/v1/account_links", &format!("account={account}&{urls}")).status, 200);
}

#[test]
fn platform_account_is_read_only() {
    let sandbox = Sandbox::new(4);
    let path = format!("/v1/accounts/{}", sandbox.platform());
    let own = get(&sandbox, "", &path).json();
    assert_eq!((own.text("type"), own.flag("payouts_enabled")), ("standard", true), "{own}");
    for (method, path) in [
        (Method::POST, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/reject")),
    ] {
        let reply = sandbox.handle(&crate::tests::support::request(
            method,
            &path,
            if path.ends_with("/reject") { "reason=fraud_other" } else { "" },
            "",
            &[],
        ));
        assert_eq!(reply.status, 403, "{}", reply.json());
    }
    assert!(get(&sandbox, "", "/v1/accounts").json().items("data").is_empty());
}
