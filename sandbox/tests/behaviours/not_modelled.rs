//! Errors: log URLs, live keys, and operations that the sandbox does not have.

use crate::support::{get, post, request};
use http::Method;
use stripe_sandbox::Options;
use stripe_sandbox::Peek;
use stripe_sandbox::Sandbox;

#[test]
fn errors_have_a_request_log_url() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let mut keyless = request(Method::GET, "/v1/balance", "", "", &[]);
    keyless.headers.remove("authorization");
    let replies = [
        get(&sandbox, "", "/v1/topups/tu_none"),
        get(&sandbox, &account, "/v1/topups/tu_none"),
        get(&sandbox, "acct_none", "/v1/balance"),
        post(&sandbox, "", "/v1/topups", "amount=1"),
        post(&sandbox, "", "/v1/invoices", ""),
        get(&sandbox, "", "/v1/nothing"),
        sandbox.handle(&keyless),
    ];
    for reply in replies {
        let body = reply.json();
        let url = body.text("error.request_log_url");
        let id = reply.header("request-id").unwrap();
        assert!(
            url.starts_with("https://dashboard.stripe.com/") && url.contains(&format!("test/logs/{id}?t=")),
            "{body}"
        );
        let named = reply.header("stripe-account").is_some_and(|account| url.contains(account));
        assert_eq!(named, reply.header("stripe-account").is_some(), "{url}");
    }
    let v2 = sandbox.handle(&request(Method::GET, "/v2/core/events/evt_none", "", "", &[]));
    assert_eq!(v2.json().at("error.request_log_url"), None, "{}", v2.json());
}

#[test]
fn repeated_error_has_the_log_url_of_the_first_request() {
    let sandbox = Sandbox::new(2);
    let account = sandbox.connect().into_id();
    let pay = || crate::support::post_once(&sandbox, &account, "/v1/payouts", "amount=5&currency=usd", "key");
    let (first, second) = (pay(), pay());
    assert_eq!(first.body, second.body);
    assert_ne!(first.header("request-id"), second.header("request-id"));
}

#[test]
fn insufficient_balance_names_no_parameter() {
    let sandbox = Sandbox::new(3);
    let account = sandbox.connect().into_id();
    for (account, path, form) in [
        ("", "/v1/transfers", format!("amount=5&currency=usd&destination={account}")),
        (
            "",
            "/v1/balance_transfers",
            "amount=5&currency=usd&source_balance[type]=payments&destination_balance[type]=issuing"
                .to_owned(),
        ),
    ] {
        let reply = post(&sandbox, account, path, &form).json();
        assert_eq!(
            (reply.text("error.code"), reply.at("error.param")),
            ("balance_insufficient", None),
            "{reply}"
        );
    }
}

#[test]
fn unmodelled_stripe_path_is_501_and_unknown_path_is_404() {
    let sandbox = Sandbox::new(4);
    for (method, path, status) in [
        (Method::GET, "/v1/customers", 501),
        (Method::POST, "/v1/customers/cus_1", 501),
        (Method::POST, "/v1/checkout/sessions", 501),
        (Method::POST, "/v1/prices", 501),
        (Method::GET, "/v1/tax/settings", 501),
        (Method::DELETE, "/v1/coupons/c", 501),
        (Method::POST, "/v2/billing/meter_events", 501),
        (Method::GET, "/v1/customer", 404),
        (Method::GET, "/v1/customers/", 404),
        (Method::PUT, "/v1/customers", 404),
        (Method::GET, "/v3/customers", 404),
    ] {
        let reply = sandbox.handle(&request(method.clone(), path, "", "", &[]));
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.json());
        let body = reply.json();
        assert_eq!(body.text("error.code") == "not_implemented_in_sandbox", status == 501, "{body}");
        assert_eq!(body.text("error.message").contains("Use instead"), status == 501, "{body}");
        assert_eq!(reply.header("stripe-should-retry"), (status == 501).then_some("false"));
    }
}

#[test]
fn unmodelled_parameter_is_not_reported_as_missing() {
    let sandbox = Sandbox::new(5);
    for (form, param) in [("cvc_update[cvc]=123", "cvc_update"), ("customer=cus_1", "customer")] {
        let reply = post(&sandbox, "", "/v1/tokens", form);
        let body = reply.json();
        let told = (body.text("error.code"), body.text("error.param"));
        assert_eq!((reply.status, told), (501, ("not_implemented_in_sandbox", param)), "{body}");
    }
    assert_eq!(post(&sandbox, "", "/v1/tokens", "").json().text("error.code"), "parameter_missing");
}

#[test]
fn live_keys_are_refused_unless_the_option_accepts_them() {
    for kind in ["sk", "rk"] {
        let key = format!("Bearer {}", [kind, "live", "sandbox0000"].join("_"));
        for accepted in [false, true] {
            let sandbox = Sandbox::with(6, Options { live_keys: accepted, ..Options::default() });
            let mut asked = request(Method::GET, "/v1/balance", "", "", &[]);
            asked.headers.insert("authorization", key.parse().unwrap());
            let reply = sandbox.handle(&asked);
            assert_eq!(reply.status, if accepted { 200 } else { 401 }, "{}", reply.json());
            assert!(!reply.json().to_string().contains("sandbox0000"));
        }
    }
}
