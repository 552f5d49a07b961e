use super::mask::{excerpt, mask};
use super::*;
use http::{HeaderMap, HeaderValue};

fn call() -> CallInfo {
    CallInfo {
        method: Method::Post,
        path: "/v1/topups".to_owned(),
        account: None,
        idempotency_key: Some("key".to_owned()),
        generated_key: false,
        attempts: 1,
        outcome: Outcome::Rejected,
    }
}

fn read(status: u16, body: &str) -> Error {
    let mut headers = HeaderMap::new();
    headers.insert("request-id", HeaderValue::from_static("req_123"));
    ApiError::read(status, &headers, body.as_bytes(), &[], call()).into_error()
}

#[test]
fn classes() {
    let error = |kind: &str, code: &str| {
        format!(r#"{{"error":{{"type":"{kind}","code":"{code}","message":"No."}}}}"#)
    };
    let cases = [
        (400, error("invalid_request_error", "parameter_missing"), "invalid_request"),
        (404, error("invalid_request_error", "resource_missing"), "invalid_request"),
        (400, error("invalid_request_error", "rate_limit"), "rate_limit"),
        (400, error("idempotency_error", ""), "idempotency"),
        (409, error("idempotency_error", "idempotency_key_in_use"), "idempotency"),
        (409, error("invalid_request_error", "idempotency_key_in_use"), "idempotency"),
        (409, error("api_error", ""), "api"),
        (401, error("invalid_request_error", ""), "authentication"),
        (402, error("card_error", "card_declined"), "card"),
        (400, error("card_error", "card_declined"), "card"),
        (403, error("invalid_request_error", "account_invalid"), "permission"),
        (429, error("invalid_request_error", "rate_limit"), "rate_limit"),
        (429, error("invalid_request_error", "lock_timeout"), "rate_limit"),
        (400, error("rate_limit", "x"), "rate_limit"),
        (500, error("api_error", ""), "api"),
        (502, "<html><body>Bad Gateway</body></html>".to_owned(), "api"),
        (503, String::new(), "api"),
        (404, "not found".to_owned(), "api"),
        (429, "slow down".to_owned(), "rate_limit"),
        (302, String::new(), "api"),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"Code expired"}"#.to_owned(),
            "invalid_request",
        ),
        (401, r#"{"error":"invalid_client"}"#.to_owned(), "authentication"),
        (400, r#"{"error":["?"]}"#.to_owned(), "api"),
        (400, "[]".to_owned(), "api"),
        (400, "null".to_owned(), "api"),
    ];
    for (status, body, expected) in cases {
        let error = read(status, &body);
        assert_eq!(error.label(), expected, "{status} {body}");
        assert_eq!(error.http_status(), Some(status));
        assert_eq!(error.request_id(), Some("req_123"));
        assert_eq!(error.idempotency_key(), Some("key"));
        assert!(error.to_string().len() > 10);
    }
}

#[test]
fn fields_of_any_shape() {
    let error = read(
        402,
        r#"{"error":{"type":"card_error","code":7,"message":null,"param":["x"],"decline_code":"insufficient_funds",
           "doc_url":"https://docs.stripe.com/error-codes","invalid_param":"card","advice_code":true,"new":{"a":1}}}"#,
    );
    let api = error.api().unwrap();
    assert_eq!(error.code(), Some("7"));
    assert_eq!(error.decline_code(), Some("insufficient_funds"));
    assert_eq!(error.param(), Some("card"));
    assert_eq!(api.message, None);
    assert_eq!(api.advice_code.as_deref(), Some("true"));
    assert_eq!(api.raw.expose()["new"]["a"], 1);
    assert_eq!(
        error.to_string(),
        "declined (POST /v1/topups: 402, 7, decline code insufficient_funds, param card, req_123)"
    );
}

#[test]
fn oauth_errors_are_two_texts() {
    let error = read(400, r#"{"error":"invalid_grant","error_description":"This code has expired."}"#);
    assert_eq!(error.code(), Some("invalid_grant"));
    assert_eq!(
        error.to_string(),
        "Stripe refused the request: This code has expired (POST /v1/topups: 400, invalid_grant, req_123)"
    );
}

#[test]
fn a_foreign_body_is_quoted_shortly() {
    let body = format!("<html>\n<body>Bad\tGateway {}</body></html>", "x".repeat(10_000));
    let error = read(502, &body);
    let text = error.to_string();
    assert!(
        text.starts_with("Stripe failed, and the reply is not Stripe's: \"<html> <body>Bad Gateway xxx"),
        "{text}"
    );
    assert!(text.len() < 400);
    assert!(format!("{error:?}").len() < 1500);
}

#[test]
fn the_error_is_small_and_can_cross_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Error>();
    assert!(size_of::<Error>() <= 16);
    assert!(size_of::<Result<(), Error>>() <= 16);
}

#[test]
fn whether_to_send_it_again() {
    let with = |outcome, generated_key, method| {
        let call = CallInfo { outcome, generated_key, method, ..call() };
        Error::Timeout(Box::new(TimeoutError {
            kind: TimeoutKind::Attempt,
            limit: Duration::from_secs(1),
            call,
        }))
    };
    assert!(with(Outcome::Unknown, false, Method::Post).is_safe_to_resubmit());
    assert!(!with(Outcome::Unknown, true, Method::Post).is_safe_to_resubmit());
    assert!(!with(Outcome::Applied, true, Method::Post).is_safe_to_resubmit());
    assert!(with(Outcome::NotSent, true, Method::Post).is_safe_to_resubmit());
    assert!(with(Outcome::Rejected, true, Method::Post).is_safe_to_resubmit());
    assert!(with(Outcome::Unknown, true, Method::Get).is_safe_to_resubmit());
    let retryable = |status| read(status, r#"{"error":{"type":"api_error"}}"#).is_retryable();
    assert!(retryable(500) && retryable(409) && retryable(429));
    assert!(!retryable(400) && !retryable(402));
}

#[test]
fn secrets_are_masked() {
    let cases = [
        ("Invalid API Key provided: sk_test_****1234", "Invalid API Key provided: sk_[masked]"),
        ("key=rk_live_abc&x", "key=rk_[masked]&x"),
        ("'whsec_abcdef'", "'whsec_[masked]'"),
        ("No such token: 'btok_1abc'; see", "No such token: 'btok_[masked]'; see"),
        ("secret seti_123_secret_456 leaked", "secret seti_[masked] leaked"),
        ("card 4242424242424242 declined", "card [masked] declined"),
        ("card 4242 4242-4242 4242.", "card [masked]."),
        ("account 000123456789,", "account [masked],"),
        ("number 123-45-6789", "number [masked]"),
        ("No such topup: 'tu_1N2b3c4d5e6f7890123456'", "No such topup: 'tu_1N2b3c4d5e6f7890123456'"),
        ("created after 1700000000", "created after 1700000000"),
        ("amount 50000 over 45000", "amount 50000 over 45000"),
        ("see https://docs.stripe.com/api/topups", "see https://docs.stripe.com/api/topups"),
        ("at https://connect.stripe.com/setup/s/acct_1/abc now", "at [masked link] now"),
        ("at https://docs.stripe.com.evil.example/x", "at [masked link]"),
        ("Invalid email: a.b+c@example.com.", "Invalid email: [masked]"),
        ("meet @ noon", "meet @ noon"),
        ("", ""),
        ("tok_ and sk_ are prefixes", "tok_ and sk_ are prefixes"),
        ("Zahlung läuft – 🙂", "Zahlung läuft – 🙂"),
    ];
    for (text, expected) in cases {
        assert_eq!(mask(text, &[]), expected);
    }
}

#[test]
fn parameters_that_come_back_are_masked() {
    let secrets =
        ["123".to_owned(), "1 Main Street".to_owned(), String::new(), "é".to_owned(), "ab".to_owned()];
    assert_eq!(
        mask("Invalid cvc: 123, id x123y, at 1 Main Street.", &secrets),
        "Invalid cvc: [masked], id x123y, at [masked]."
    );
    assert_eq!(mask("123123 123", &secrets), "123123 [masked]");
    assert_eq!(excerpt("\u{0}\u{1}a\nb  c 123".as_bytes(), &secrets), "a b c [masked]");
    assert_eq!(excerpt(&[0xff, 0xfe, b'x'], &[]), "\u{fffd}\u{fffd}x");
}
