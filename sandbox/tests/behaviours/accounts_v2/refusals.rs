//! Requests that are refused, with the codes of the document.

use super::{ACCOUNTS, done, individual, refused};
use crate::support::{get, post};
use serde_json::json;
use std::time::Duration;
use stripe_sandbox::{Json, Peek, Sandbox};

/// A request that differs in one place from one that succeeds.
fn with(path: &str, value: Json) -> Json {
    let mut body = individual();
    *body.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
    body
}

#[test]
fn accounts_are_refused_by_the_codes_of_the_document() {
    let sandbox = Sandbox::new(1);
    let collectors = |fees: &str, losses: &str| json!({ "fees_collector": fees, "losses_collector": losses });
    for (body, code, param) in [
        (with("/contact_email", json!("nobody")), "email_invalid", "contact_email"),
        (
            with("/defaults/profile/business_url", json!("no url")),
            "url_invalid",
            "defaults[profile][business_url]",
        ),
        (with("/configuration/merchant/mcc", json!("12")), "mcc_invalid", "configuration[merchant][mcc]"),
        (
            with("/identity/country", json!("KP")),
            "cross_border_connected_account_creation_not_allowed",
            "identity[country]",
        ),
        (
            with("/identity/individual/date_of_birth", json!({ "day": 30, "month": 2, "year": 1990 })),
            "date_of_birth_invalid",
            "identity[individual][date_of_birth]",
        ),
        (
            with("/identity/individual/address/postal_code", json!("x")),
            "address_postal_code_invalid",
            "identity[individual][address][postal_code]",
        ),
        (
            with("/identity/attestations/terms_of_service/account/ip", json!("home")),
            "ip_address_invalid",
            "identity[attestations][terms_of_service][account][ip]",
        ),
        (
            with(
                "/configuration/merchant/capabilities",
                json!({ "konbini_payments": { "requested": true } }),
            ),
            "capability_not_available_in_country",
            "configuration[merchant][capabilities][konbini_payments]",
        ),
        (
            with("/defaults/responsibilities", collectors("stripe", "application")),
            "account_controller_stripe_pricing_platform_liable",
            "defaults[responsibilities][losses_collector]",
        ),
        (
            with("/defaults/responsibilities", collectors("application", "stripe")),
            "account_controller_unsupported_configuration",
            "dashboard",
        ),
    ] {
        assert_eq!(refused(&sandbox, ACCOUNTS, &body), (code.to_owned(), param.to_owned()), "{body}");
    }
    let mut lacking = individual();
    lacking["defaults"] = json!({});
    assert_eq!(refused(&sandbox, ACCOUNTS, &lacking).0, "configuration_creation_invalid");
    lacking = individual();
    lacking["identity"].as_object_mut().unwrap().remove("country");
    assert_eq!(refused(&sandbox, ACCOUNTS, &lacking).0, "identity_country_required");
    let customer =
        json!({ "configuration": { "customer": {} }, "identity": { "individual": { "given_name": "Ann" } } });
    assert_eq!(refused(&sandbox, ACCOUNTS, &customer).0, "unsupported_identity_field_for_configs");
    assert_eq!(
        get(&sandbox, "", ACCOUNTS).json().items("data").len(),
        0,
        "nothing is left of refused requests"
    );
}

#[test]
fn ids_of_customers_and_v1_accounts_have_distinct_errors() {
    let sandbox = Sandbox::new(1);
    let code = |id: &str| {
        let reply = get(&sandbox, "", &format!("{ACCOUNTS}/{id}"));
        (reply.status, reply.json().text("error.code").to_owned())
    };
    assert_eq!(code("acct_none"), (404, "not_found".to_owned()));
    assert_eq!(code("cus_1"), (400, "v1_customer_instead_of_v2_account".to_owned()));
    assert_eq!(code(&sandbox.platform()), (400, "v1_account_instead_of_v2_account".to_owned()));
}

#[test]
fn accounts_of_v1_can_be_absent_or_late() {
    let options = stripe_sandbox::Options {
        v2_compatible_after: Duration::from_secs(600),
        ..stripe_sandbox::Options::default()
    };
    let sandbox = Sandbox::with(1, options);
    let made = post(&sandbox, "", "/v1/accounts", "type=custom&country=US").json();
    let path = format!("{ACCOUNTS}/{}", made.text("id"));
    assert_eq!(get(&sandbox, "", &path).json().text("error.code"), "account_not_yet_compatible_with_v2");
    sandbox.advance(Duration::from_secs(600));
    assert_eq!(get(&sandbox, "", &path).status, 200);

    let options =
        stripe_sandbox::Options { v2_reads_v1_accounts: false, ..stripe_sandbox::Options::default() };
    let sandbox = Sandbox::with(1, options);
    let made = post(&sandbox, "", "/v1/accounts", "type=custom&country=US").json();
    let path = format!("{ACCOUNTS}/{}", made.text("id"));
    assert_eq!(get(&sandbox, "", &path).json().text("error.code"), "v1_account_instead_of_v2_account");
    let own = done(&sandbox, ACCOUNTS, &individual());
    assert_eq!(get(&sandbox, "", &format!("{ACCOUNTS}/{}", own.text("id"))).status, 200);
}
