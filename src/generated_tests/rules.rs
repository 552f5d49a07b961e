//! Rules for all generated names.

use super::DOCUMENT;
use super::names::NAMES;
use crate::generated::catalog::{ENUMS, REQUESTS};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// The numbers in a name.
fn numbers(name: &str) -> Vec<&str> {
    name.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).collect()
}

/// The last segment of a path.
fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or_default()
}

/// All words of the document: names of schemas and members, values, paths.
fn words(json: &Json, into: &mut BTreeSet<String>) {
    match json {
        Json::String(text) => {
            into.insert(text.clone());
        }
        Json::Array(items) => items.iter().for_each(|item| words(item, into)),
        Json::Object(members) => members.iter().for_each(|(name, value)| {
            into.extend(name.split('/').map(str::to_owned));
            words(value, into);
        }),
        _ => {}
    }
}

#[test]
fn checked_names_are_complete() {
    assert!(NAMES.types.len() > 900, "{} types", NAMES.types.len());
    assert!(NAMES.members.len() > 6_000, "{} fields and variants", NAMES.members.len());
    assert!(NAMES.functions.len() > 2_000, "{} functions", NAMES.functions.len());
    assert!(NAMES.modules.len() > 70, "{} modules", NAMES.modules.len());
    assert_eq!(
        NAMES.enums.len(),
        ENUMS.len() + NAMES.types.iter().filter(|path| last(path) == "Expand").count()
    );
    assert!(
        NAMES
            .types
            .iter()
            .filter(|path| path.rsplit("::").next().is_some_and(|name| name.starts_with("Required")))
            .count()
            > 5
    );
    let requests = ["Create", "List", "Retrieve", "Update", "Delete"];
    assert!(NAMES.types.iter().filter(|path| requests.contains(&last(path))).count() > REQUESTS.len() / 2);
}

#[test]
fn name_has_only_the_digits_of_its_wire_name() {
    for (name, wire) in &NAMES.members {
        assert_eq!(numbers(name), numbers(wire), "{name} stands for {wire}");
    }
    let mut known = BTreeSet::new();
    words(&DOCUMENT, &mut known);
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let known: Vec<String> =
        known.iter().map(|word| plain(word)).filter(|word| !numbers(word).is_empty()).collect();
    let names = NAMES.types.iter().chain(&NAMES.modules).map(|path| last(path));
    for name in names.chain(NAMES.functions.iter().map(String::as_str)) {
        let stands_for =
            |word: &&String| numbers(word) == numbers(name) && plain(name).contains(word.as_str());
        assert!(numbers(name).is_empty() || known.iter().any(|word| stands_for(&word)), "{name}");
    }
}

#[test]
fn names_are_short() {
    let average = |names: &mut dyn Iterator<Item = &str>| {
        let lengths: Vec<usize> = names.map(str::len).collect();
        lengths.iter().sum::<usize>() / lengths.len()
    };
    let types = average(&mut NAMES.types.iter().map(|path| last(path)));
    assert!(types < 20, "types: {types}");
    let members = average(&mut NAMES.members.iter().map(|(name, _)| name.as_str()));
    assert!(members < 20, "fields and variants: {members}");
    let functions = average(&mut NAMES.functions.iter().map(String::as_str));
    assert!(functions < 20, "functions: {functions}");
}

#[test]
fn enums_with_equal_values_and_name_are_merged() {
    /// Names without meaning outside of their module.
    const VAGUE: [&str; 3] = ["Kind", "Object", "Status"];
    let values: BTreeMap<&String, &Vec<String>> =
        NAMES.enums.iter().map(|(path, values)| (path, values)).collect();
    let mut seen: BTreeMap<(&[String], String), &str> = BTreeMap::new();
    for (path, words) in ENUMS {
        let values = values.get(&(*path).to_owned()).unwrap_or_else(|| panic!("{path} is not an enum"));
        let name = Some(last(path)).filter(|name| !VAGUE.contains(name));
        for word in words.iter().copied().chain(name) {
            if let Some(other) = seen.insert((values.as_slice(), word.to_owned()), path) {
                assert_eq!(other, *path, "both are `{word}` with the values {values:?}");
            }
        }
    }
}

#[test]
fn political_exposure_of_a_person_fits_any_request() {
    let person: crate::account::person::Person = crate::generated_tests::read(serde_json::json!({
        "id": "person_1", "object": "person", "account": "acct_1", "created": 1, "political_exposure": "existing",
    }));
    let exposure = person.political_exposure.expect("it is there");
    let individual = crate::account::IndividualParams::new().political_exposure(exposure.clone());
    assert_eq!(individual.political_exposure, Some(exposure.clone()));
    let person = crate::v2::core::account::person::Create::new("acct_1").political_exposure(exposure.clone());
    assert_eq!(person.political_exposure, Some(exposure));
}

#[test]
fn merchant_categories_are_one_enum() {
    let lists: Vec<&String> = NAMES.types.iter().filter(|path| path.ends_with("Category")).collect();
    assert_eq!(lists, ["crate::issuing::MerchantCategory"]);
    assert_eq!(crate::issuing::MerchantCategory::ALL.len(), 295);
}

#[test]
fn card_fields_convert_into_update_parameters() {
    let card: crate::issuing::card::Card = serde_json::from_value(serde_json::json!({
        "id": "ic_1", "object": "issuing.card", "brand": "Visa", "created": 1, "currency": "usd", "exp_month": 1,
        "exp_year": 2030, "last4": "1234", "livemode": false, "metadata": {}, "status": "active", "type": "virtual",
        "cancellation_reason": "lost",
        "spending_controls": {
            "allowed_categories": null, "allowed_merchant_countries": null, "blocked_categories": ["gambling"],
            "blocked_merchant_countries": null, "spending_limits_currency": null,
            "spending_limits": [{ "amount": 500, "categories": null, "interval": "daily" }],
        },
        "cardholder": {
            "id": "ich_1", "object": "issuing.cardholder", "created": 1, "livemode": false, "metadata": {}, "name": "Jenny",
            "type": "individual", "status": "active", "requirements": { "past_due": [] },
            "billing": { "address": { "city": "A", "country": "US", "line1": "B", "line2": null, "postal_code": "1", "state": null } },
        },
    }))
    .expect("a card");
    let update = crate::issuing::card::Update::new(&card.id)
        .status(card.status)
        .cancellation_reason(card.cancellation_reason.expect("a reason"))
        .spending_controls(card.spending_controls);
    let controls = update.spending_controls.expect("controls");
    assert_eq!(controls.spending_limits.as_ref().expect("limits").len(), 1);
    assert_eq!(controls.blocked_categories.as_ref().expect("categories").len(), 1);
}

#[test]
fn empty_lists_of_a_reply_are_not_set_in_the_update() {
    let controls: crate::issuing::card::SpendingControls = crate::generated_tests::read(serde_json::json!({
        "allowed_categories": [], "allowed_merchant_countries": null, "blocked_categories": ["gambling"],
        "blocked_merchant_countries": [], "spending_limits": [], "spending_limits_currency": null,
    }));
    let update = crate::issuing::card::Update::new("ic_1").spending_controls(controls);
    let client = crate::Client::new("sk_test_rules").expect("a client");
    let body = client.prepare(&update).expect("a valid request").body().to_vec();
    assert_eq!(String::from_utf8_lossy(&body), "spending_controls[blocked_categories][0]=gambling");
}

#[test]
fn lists_of_an_update_can_be_emptied() {
    let controls = crate::issuing::card::SpendingControlsParams::new().clear_spending_limits();
    let update = crate::issuing::card::Update::new("ic_1").spending_controls(controls);
    let client = crate::Client::new("sk_test_rules").expect("a client");
    let body = client.prepare(&update).expect("a valid request").body().to_vec();
    assert_eq!(String::from_utf8_lossy(&body), "spending_controls[spending_limits]=");
}
