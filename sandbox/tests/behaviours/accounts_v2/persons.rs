//! Persons.

use super::{ACCOUNTS, done, individual, refused};
use crate::support::{get, request};
use http::Method;
use serde_json::json;
use stripe_sandbox::{Json, Peek, Sandbox};

/// A company, and the path of its persons.
fn company(sandbox: &Sandbox) -> (String, String) {
    let mut body = individual();
    body["identity"] = json!({ "country": "US", "entity_type": "company",
        "business_details": { "registered_name": "Rosen Books Inc" } });
    let id = done(sandbox, ACCOUNTS, &body).text("id").to_owned();
    let path = format!("{ACCOUNTS}/{id}/persons");
    (id, path)
}

#[test]
fn a_person_is_the_same_in_both_versions() {
    let sandbox = Sandbox::new(1);
    let (account, path) = company(&sandbox);
    let body = json!({
        "given_name": "Jenny", "surname": "Rosen", "email": "jenny@example.com", "legal_gender": "female",
        "date_of_birth": { "day": 1, "month": 1, "year": 1901 }, "nationalities": ["US"],
        "additional_names": [{ "purpose": "alias", "full_name": "J. Rosen" }],
        "id_numbers": [{ "type": "us_ssn_last_4", "value": "0000" }],
        "relationship": { "owner": true, "percent_ownership": "12.5", "title": "CEO" },
        "metadata": { "a": "1", "b": "2" },
    });
    let made = done(&sandbox, &path, &body);
    let id = made.text("id");
    assert!(id.starts_with("person_"), "{id}");
    assert_eq!(made.text("relationship.percent_ownership"), "12.5");
    assert_eq!(made["id_numbers"], json!([{ "type": "us_ssn_last_4" }]));
    assert_eq!(made["additional_names"][0].text("full_name"), "J. Rosen");
    assert_eq!((made.text("account"), &made["nationalities"]), (account.as_str(), &json!(["US"])));
    let v1 = get(&sandbox, "", &format!("/v1/accounts/{account}/persons/{id}")).json();
    assert_eq!((v1.text("first_name"), v1.text("gender")), ("Jenny", "female"));
    assert_eq!(v1["relationship"]["percent_ownership"].as_f64(), Some(12.5));
    assert_eq!((&v1["dob"]["year"], &v1["ssn_last_4_provided"]), (&json!(1901), &json!(true)));

    let changed = done(
        &sandbox,
        &format!("{path}/{id}"),
        &json!({ "email": null, "relationship": { "title": null, "director": true }, "metadata": { "a": null } }),
    );
    assert_eq!((&changed["email"], &changed["relationship"]["title"]), (&Json::Null, &Json::Null));
    assert_eq!(
        (&changed["relationship"]["director"], &changed["metadata"]),
        (&json!(true), &json!({ "b": "2" }))
    );
    assert_eq!(get(&sandbox, "", &format!("{path}/{id}")).json(), changed);
    assert_eq!(get(&sandbox, "", &path).json().items("data"), [changed]);
    let gone = sandbox.handle(&request(Method::DELETE, &format!("{path}/{id}"), "", "", &[]));
    assert_eq!((gone.status, gone.json()), (200, json!({ "id": id, "object": "v2.core.account_person" })));
    assert_eq!(get(&sandbox, "", &format!("{path}/{id}")).json().text("error.code"), "not_found");
}

#[test]
fn impossible_facts_about_persons_are_rejected() {
    let sandbox = Sandbox::new(1);
    let (_, path) = company(&sandbox);
    done(
        &sandbox,
        &path,
        &json!({ "relationship": { "representative": true, "owner": true, "percent_ownership": "60" } }),
    );
    done(&sandbox, &path, &json!({ "relationship": { "authorizer": true } }));
    for (body, code, param) in [
        (
            json!({ "relationship": { "representative": true } }),
            "additional_representative_not_allowed",
            "relationship[representative]",
        ),
        (
            json!({ "relationship": { "authorizer": true } }),
            "authorizer_duplicate",
            "relationship[authorizer]",
        ),
        (
            json!({ "relationship": { "authorizer": true, "representative": true } }),
            "authorizer_relationship_invalid_for_representative",
            "relationship[authorizer]",
        ),
        (
            json!({ "relationship": { "owner": true, "percent_ownership": "0" } }),
            "person_percent_ownership_invalid",
            "relationship[percent_ownership]",
        ),
        (
            json!({ "relationship": { "owner": true, "percent_ownership": "41" } }),
            "total_person_ownership_exceeded",
            "relationship[percent_ownership]",
        ),
        (json!({ "email": "nobody" }), "email_invalid", "email"),
        (json!({ "phone": "1" }), "phone_invalid", "phone"),
        (
            json!({ "date_of_birth": { "day": 31, "month": 2, "year": 1990 } }),
            "date_of_birth_invalid",
            "date_of_birth",
        ),
        (
            json!({ "date_of_birth": { "day": 1, "month": 2, "year": 2020 } }),
            "date_of_birth_age_restriction",
            "date_of_birth[year]",
        ),
        (
            json!({ "address": { "country": "US", "postal_code": "x" } }),
            "address_postal_code_invalid",
            "address[postal_code]",
        ),
        (
            json!({ "id_numbers": [{ "type": "us_ssn", "value": "12" }] }),
            "id_number_invalid",
            "id_numbers[us_ssn]",
        ),
    ] {
        assert_eq!(refused(&sandbox, &path, &body), (code.to_owned(), param.to_owned()), "{body}");
    }
    let alone = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    let more = refused(&sandbox, &format!("{ACCOUNTS}/{alone}/persons"), &json!({ "given_name": "Ann" }));
    assert_eq!(more.0, "individual_additional_person_not_allowed");
}

#[test]
fn person_token_is_limited_to_its_account() {
    let sandbox = Sandbox::new(1);
    let (account, path) = company(&sandbox);
    let (other, others) = company(&sandbox);
    let tokens = |account: &str| format!("{ACCOUNTS}/{account}/person_tokens");
    let token =
        done(&sandbox, &tokens(&account), &json!({ "given_name": "Ann", "relationship": { "owner": true } }));
    let id = token.text("id");
    assert!(id.starts_with("perstok_61"), "{id}");
    let body = json!({ "person_token": id });
    assert_eq!(refused(&sandbox, &others, &body).0, "incorrect_account_for_person_token");
    let beside = json!({ "person_token": id, "surname": "Lee" });
    assert_eq!(refused(&sandbox, &path, &beside).0, "param_alongside_person_token");
    let made = done(&sandbox, &path, &body);
    assert_eq!((made.text("given_name"), &made["relationship"]["owner"]), ("Ann", &json!(true)));
    assert_eq!(refused(&sandbox, &path, &body).0, "token_already_used");
    assert_eq!(get(&sandbox, "", &format!("{}/{id}", tokens(&account))).json()["used"], true);
    assert_eq!(get(&sandbox, "", &format!("{}/{id}", tokens(&other))).status, 404);
    let of_account = done(&sandbox, "/v2/core/account_tokens", &json!({ "display_name": "x" }));
    let wrong = json!({ "person_token": of_account.text("id") });
    assert_eq!(refused(&sandbox, &path, &wrong).0, "incorrect_token_wrong_type");
}
