//! Every reply round-trips without loss, and decoding errors contain the path.

use super::instance::{
    Fill, Instance, SECRET, SECRET_NUMBER, Spot, make, own_pointers, repeated, takes_any_kind,
};
use super::{DOCUMENT, Reply, assert_same, read};
use crate::Exposed;
use crate::account::Account;
use crate::account::external_account::ExternalAccount;
use crate::generated::catalog::{REPLIES, SCHEMAS};
use serde_json::Value as Json;
use serde_json::json;

/// The id of every operation, and the schema of its reply.
pub(crate) fn of_operations() -> impl Iterator<Item = (String, &'static Json)> {
    let paths = DOCUMENT["paths"].as_object().expect("paths").values();
    paths.flat_map(|methods| methods.as_object().expect("methods").values()).map(|operation| {
        let id = operation["operationId"].as_str().expect("an id").to_owned();
        (id, &operation["responses"]["200"]["content"]["application/json"]["schema"])
    })
}

/// Every reply and every schema: name, schema and decoder.
fn all() -> Vec<(String, &'static Json, Reply)> {
    let mut out = Vec::new();
    for (id, schema) in of_operations() {
        let (_, reply) =
            REPLIES.iter().find(|(known, _)| *known == id).unwrap_or_else(|| panic!("{id} has no reply"));
        out.push((id, schema, *reply));
    }
    assert_eq!(out.len(), REPLIES.len());
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().expect("schemas") {
        if let Some((_, reply)) = SCHEMAS.iter().find(|(known, _)| known == name) {
            out.push((name.clone(), schema, *reply));
        }
    }
    out
}

/// The schemas, and the replies that are neither a schema nor a list of one: the input of the tests of single
/// members.
fn parts() -> impl Iterator<Item = (String, &'static Json, Reply)> {
    let named = |schema: &Json| schema.get("$ref").is_some();
    all()
        .into_iter()
        .filter(move |(_, schema, _)| !named(schema) && !named(&schema["properties"]["data"]["items"]))
}

#[test]
fn every_schema_and_member_is_tested() {
    let turns: Vec<String> = parts().map(|(name, _, _)| name).collect();
    for name in DOCUMENT["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(turns.contains(name), "nothing decodes `{name}`");
    }
    let mut count = 0;
    for (name, schema, _) in parts() {
        let mut described = Vec::new();
        own_pointers(schema, "", &mut described);
        let mut reached: Vec<String> =
            make(schema, Fill::Own).spots.into_iter().map(|spot| spot.pointer).collect();
        described.sort();
        reached.sort();
        assert_eq!(reached, described, "{name}");
        count += reached.len();
    }
    assert_eq!(count, 3_395);
}

#[track_caller]
fn decode(name: &str, reply: Reply, json: &Json) -> (String, Json) {
    reply(json.to_string().as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}\n{json:#}"))
}

/// Each alternative of the schema's direct members once. Nested schemas are tested separately.
fn fills(name: &str, schema: &Json) -> impl Iterator<Item = Fill> {
    let alternatives = |property: &Json| property["anyOf"].as_array().map_or(1, Vec::len);
    let widest = schema["properties"].as_object().into_iter().flatten().map(|(_, p)| alternatives(p)).max();
    let count = match SCHEMAS.iter().any(|(known, _)| *known == name) {
        true => widest.unwrap_or(1).max(3),
        false => 1,
    };
    [Fill::Least].into_iter().chain((0..count).map(Fill::Most))
}

#[test]
fn replies_round_trip() {
    for (name, schema, reply) in all() {
        for fill in fills(&name, schema) {
            let json = make(schema, fill).json;
            let (debug, written) = decode(&name, reply, &json);
            assert_same(&format!("{name} {fill:?}"), &written, &json);
            assert!(!debug.contains(SECRET), "{name} shows a secret: {debug}");
            assert!(!debug.contains(&SECRET_NUMBER.to_string()), "{name} shows a secret number: {debug}");
        }
    }
}

#[test]
fn unknown_members_are_kept() {
    for (name, schema, reply) in all() {
        let Instance { mut json, spots } = make(schema, Fill::Most(0));
        add(&mut json);
        for spot in spots.iter().filter(|spot| spot.object) {
            json.pointer_mut(&spot.pointer).map(add);
        }
        let (debug, written) = decode(&name, reply, &json);
        assert_same(&name, &written, &json);
        assert!(!debug.contains("of a later version"), "{name}: {debug}");
    }
}

fn add(json: &mut Json) {
    if let Json::Object(members) = json {
        members.insert("zz_new".to_owned(), json!({ "member": ["of a later version", 1, null] }));
    }
}

#[test]
fn unknown_enum_values_are_kept() {
    let mut count = 0;
    for (name, schema, reply) in all() {
        let Instance { mut json, spots } = make(schema, Fill::Most(0));
        for spot in spots.iter().filter(|spot| spot.open_enum) {
            if let Some(value) = json.pointer_mut(&spot.pointer) {
                *value = json!("zz_of_a_later_version");
                count += 1;
            }
        }
        assert_same(&name, &decode(&name, reply, &json).1, &json);
    }
    assert!(count > 500, "only {count} enums were reached");
}

fn of_a_later_version() -> Json {
    json!({ "object": "zz_of_a_later_version", "id": "zz_1", "holds": [1, { "any": "thing" }, null] })
}

#[test]
fn object_of_unknown_type_is_kept() {
    let mut count = 0;
    for (name, schema, reply) in parts() {
        if takes_any_kind(schema) {
            assert_same(&name, &decode(&name, reply, &of_a_later_version()).1, &of_a_later_version());
            count += 1;
        }
        let Instance { json, spots } = make(schema, Fill::Own);
        for spot in spots.iter().filter(|spot| spot.any_kind) {
            let mut json = json.clone();
            *json.pointer_mut(&spot.pointer).expect("the place is there") = of_a_later_version();
            let (debug, written) = decode(&format!("{name} {}", spot.path), reply, &json);
            assert_same(&name, &written, &json);
            assert!(!debug.contains("thing"), "{name}: {debug}");
            count += 1;
        }
    }
    // Five unions, and eighteen expandable fields whose targets are outside of the selection.
    assert_eq!(count, 23);
}

#[test]
fn unknown_external_account_does_not_fail_the_account() {
    let schemas = &DOCUMENT["components"]["schemas"];
    let mut json = make(&schemas["account"], Fill::Most(0)).json;
    let [bank_account, card] = ["bank_account", "card"].map(|name| make(&schemas[name], Fill::Least).json);
    json["external_accounts"]["data"] = json!([bank_account, of_a_later_version(), card]);
    let account: Account = read(json.clone());
    let accounts = &account.external_accounts.as_ref().expect("it has external accounts").data;
    assert!(matches!(accounts.first(), Some(ExternalAccount::BankAccount(_))));
    assert!(matches!(accounts.get(1), Some(ExternalAccount::Unknown(json)) if json["holds"][0] == 1));
    assert!(matches!(accounts.get(2), Some(ExternalAccount::Card(_))));
    assert_same("account", &serde_json::to_value(Exposed(&account)).expect("it can be written"), &json);
}

#[test]
fn optional_members_may_be_missing() {
    for (name, schema, reply) in parts() {
        let Instance { json, spots } = make(schema, Fill::Own);
        for spot in spots.iter().filter(|spot| spot.member && !spot.required) {
            let mut json = json.clone();
            remove(&mut json, spot);
            decode(&format!("{name} without {}", spot.path), reply, &json);
        }
    }
}

#[test]
fn required_members_may_not_be_missing() {
    for (name, schema, reply) in parts() {
        let Instance { json, spots } = make(schema, Fill::Own);
        // `object` is not a field, and with `deleted` it distinguishes the variants of a union: an unknown variant is
        // not an error.
        let strict =
            |spot: &&Spot| spot.member && spot.required && !["object", "deleted"].contains(&last(spot));
        for spot in spots.iter().filter(strict) {
            let mut json = json.clone();
            remove(&mut json, spot);
            let error = reply(json.to_string().as_bytes()).err();
            let error = error.unwrap_or_else(|| panic!("{name} decodes without {}", spot.path));
            let member = last(spot);
            let (parent, _) = spot.path.rsplit_once('.').unwrap_or_default();
            assert!(
                error.contains(&format!("`{member}`")) && error.starts_with(parent),
                "{name} {}: {error}",
                spot.path
            );
        }
    }
}

fn json_without(json: &Json, spot: &Spot) -> String {
    let mut json = json.clone();
    remove(&mut json, spot);
    json.to_string()
}

fn last(spot: &Spot) -> &str {
    spot.path.rsplit('.').next().unwrap_or_default()
}

fn remove(json: &mut Json, spot: &Spot) {
    let (parent, member) = spot.pointer.rsplit_once('/').expect("a member has a parent");
    if let Some(Json::Object(members)) = json.pointer_mut(parent) {
        members.remove(member);
    }
}

#[test]
fn unexpected_null_is_an_error_with_its_path() {
    for (name, schema, reply) in parts() {
        let v2 = name.starts_with("v2.") || name.contains("V2");
        let Instance { json, spots } = make(schema, Fill::Own);
        for spot in spots {
            // Version 2 returns null for parts that were not requested, which its document does not state.
            let tolerated = spot.nullable || (v2 && spot.member && !spot.required);
            // The discriminator of a union: without it the variant is unknown, which is not an error.
            if ["object", "deleted"].contains(&last(&spot))
                && reply(json_without(&json, &spot).as_bytes()).is_ok()
            {
                continue;
            }
            let mut json = json.clone();
            match json.pointer_mut(&spot.pointer) {
                Some(value) => *value = Json::Null,
                None => continue,
            }
            match reply(json.to_string().as_bytes()) {
                Ok(_) => assert!(tolerated, "{name}: null passes at {}", spot.path),
                Err(error) => {
                    assert!(!tolerated, "{name}: {error}");
                    assert!(error.starts_with(&format!("{}: ", spot.path)), "{name} {}: {error}", spot.path);
                }
            }
        }
    }
}

#[test]
fn error_path_contains_item_index() {
    let fourth = |text: &str| text.replace("/0", "/3").replace("[0]", "[3]");
    let mut count = 0;
    for (name, schema, reply) in parts() {
        let Instance { json, spots } = make(schema, Fill::Own);
        let json = repeated(&json, 4);
        for spot in spots.iter().filter(|spot| spot.path.contains("[0]") && spot.required && !spot.nullable) {
            let mut json = json.clone();
            *json.pointer_mut(&fourth(&spot.pointer)).expect("the item is there") = Json::Null;
            // The discriminator of a union may be missing.
            let Err(error) = reply(json.to_string().as_bytes()) else {
                assert!(["object", "deleted"].contains(&last(spot)), "{name}: null passes at {}", spot.path);
                continue;
            };
            assert!(error.starts_with(&format!("{}: ", fourth(&spot.path))), "{name}: {error}");
            count += 1;
        }
    }
    assert!(count > 50, "only {count} places were reached");
}

#[test]
fn error_path_in_a_list_starts_with_data() {
    let (_, schema, reply) = all().into_iter().find(|(name, _, _)| name == "GetPayouts").expect("payouts");
    let mut json = repeated(&make(schema, Fill::Least).json, 4);
    json["data"][3]["amount"] = json!("a lot");
    let error = reply(json.to_string().as_bytes()).expect_err("an amount is not a string");
    assert!(error.starts_with("data[3].amount: "), "{error}");
}
