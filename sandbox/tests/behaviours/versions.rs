//! API versions of requests, preview operations, and parameters that are newer than the sandbox.

use crate::support::{post, request};
use http::Method;
use stripe_platform::API_VERSION;
use stripe_sandbox::Peek;
use stripe_sandbox::Response;
use stripe_sandbox::Sandbox;
use stripe_sandbox::{Options, UnknownParameters};

fn ask(sandbox: &Sandbox, method: Method, path: &str, form: &str, version: Option<&str>) -> Response {
    let mut asked = request(method, path, form, "", &[]);
    asked.headers.remove("stripe-version");
    if let Some(version) = version {
        asked.headers.insert("stripe-version", version.parse().unwrap());
    }
    sandbox.handle(&asked)
}

#[test]
fn replies_to_other_versions_carry_a_notice() {
    let sandbox = Sandbox::new(1);
    let beta = format!("{API_VERSION}; issuing_beta=v2");
    for (path, version, noticed) in [
        ("/v1/balance", None, false),
        ("/v1/balance", Some(API_VERSION), false),
        ("/v1/balance", Some(beta.as_str()), false),
        ("/v1/balance", Some("2026-01-28.clover"), true),
        ("/v1/balance", Some("2026-09-30.endive"), true),
        ("/v1/balance", Some("2026-10-28.preview"), true),
        ("/v1/nothing", Some("2026-01-28.clover"), true),
        ("/v1/account_notices", Some("2026-01-28.preview"), false),
    ] {
        let reply = ask(&sandbox, Method::GET, path, "", version);
        let notice = reply.header("stripe-notice").unwrap_or_default();
        assert_eq!(!notice.is_empty(), noticed, "{path} {version:?}: {notice}");
        if let Some(version) = version.filter(|_| noticed) {
            assert!(notice.contains(API_VERSION) && notice.contains(version), "{notice}");
        }
    }
}

#[test]
fn rejected_parameters_of_other_versions_name_both_versions() {
    let sandbox = Sandbox::new(2);
    let account = sandbox.connect().into_id();
    for (path, form, param) in [
        (format!("/v1/accounts/{account}/reject"), "reason=fraud", "reason"),
        (
            "/v1/test_helpers/issuing/authorizations".to_owned(),
            "card=ic_1&amount=5&risk_assessment[card_testing_risk][risk_level]=low",
            "risk_assessment[card_testing_risk][risk_level]",
        ),
    ] {
        let other = ask(&sandbox, Method::POST, &path, form, Some("2026-01-28.clover")).json();
        assert_eq!(other.text("error.param"), param, "{other}");
        let message = other.text("error.message");
        assert!(message.contains("2026-01-28.clover") && message.contains(API_VERSION), "{message}");
        let own = ask(&sandbox, Method::POST, &path, form, Some(API_VERSION)).json();
        assert!(!own.text("error.message").contains(API_VERSION), "{own}");
    }
}

#[test]
fn preview_operations_need_a_preview_version() {
    let sandbox = Sandbox::new(3);
    for version in [None, Some(API_VERSION), Some("2026-01-28.clover")] {
        let reply = ask(&sandbox, Method::GET, "/v1/account_notices", "", version);
        assert_eq!(reply.status, 404, "{version:?}");
        assert!(reply.json().text("error.message").contains("2026-01-28.preview"), "{}", reply.json());
    }
    for version in ["2026-01-28.preview", "2026-10-28.preview", "2026-01-28.preview; issuing_beta=v1"] {
        assert_eq!(
            ask(&sandbox, Method::GET, "/v1/account_notices", "", Some(version)).status,
            200,
            "{version}"
        );
    }
}

#[test]
fn events_have_the_version_of_the_account_or_the_endpoint() {
    let options = Options { api_version: "2025-09-30.clover".to_owned(), ..Options::default() };
    let sandbox = Sandbox::with(4, options);
    let endpoint = "url=https://example.com&enabled_events[]=topup.created";
    for version in ["", "&api_version=2026-08-26.dahlia"] {
        assert_eq!(post(&sandbox, "", "/v1/webhook_endpoints", &format!("{endpoint}{version}")).status, 200);
    }
    let form = "amount=5&currency=usd&source=btok_us_verified";
    assert_eq!(ask(&sandbox, Method::POST, "/v1/topups", form, Some("2026-01-28.clover")).status, 200);
    let kept = ask(&sandbox, Method::GET, "/v1/events", "", None).json();
    assert_eq!(kept.text("data.0.api_version"), "2025-09-30.clover");
    let mut sent: Vec<String> = (sandbox.webhooks().take().iter())
        .map(|webhook| {
            let body: stripe_sandbox::Json = serde_json::from_slice(&webhook.body).unwrap();
            body.text("api_version").to_owned()
        })
        .collect();
    sent.sort();
    assert_eq!(sent, ["2025-09-30.clover", "2026-08-26.dahlia"]);
}

#[test]
fn unknown_parameters_are_refused_warned_about_or_ignored() {
    let form = "amount=5&currency=usd&source=btok_us_verified&shiny=1&metadata[k]=v";
    for (unknown, status, noticed) in [
        (UnknownParameters::Refuse, 400, false),
        (UnknownParameters::Warn, 200, true),
        (UnknownParameters::Ignore, 200, false),
    ] {
        let sandbox = Sandbox::with(5, Options { unknown_parameters: unknown, ..Options::default() });
        let reply = post(&sandbox, "", "/v1/topups", form);
        assert_eq!(reply.status, status, "{unknown:?}: {}", reply.json());
        let notice = reply.header("stripe-notice").unwrap_or_default();
        assert_eq!(notice.contains("shiny"), noticed, "{unknown:?}: {notice}");
        // Known parameters are still validated.
        assert_eq!(post(&sandbox, "", "/v1/topups", "amount=x&currency=usd&shiny=1").status, 400);
        if status == 200 {
            assert_eq!(reply.json().text("metadata.k"), "v");
        } else {
            assert_eq!(reply.json().text("error.code"), "parameter_unknown");
        }
    }
}
