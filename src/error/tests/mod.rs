pub(crate) mod messages;
pub(crate) mod places;
#[cfg(all(feature = "webhook", any(feature = "rustls", feature = "native-tls")))]
pub(crate) mod refusals;
pub(crate) mod table;

use super::mask::{excerpt, mask};
use super::*;
use crate::client::transport::TransportErrorKind;
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
    read_from("/v1/topups", status, body)
}

fn read_from(path: &str, status: u16, body: &str) -> Error {
    let mut headers = HeaderMap::new();
    headers.insert("request-id", HeaderValue::from_static("req_123"));
    ApiError::read(status, &headers, body.as_bytes(), &[], CallInfo { path: path.to_owned(), ..call() })
        .into_error()
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
        (401, String::new(), "api"),
        (404, r#"{"error":{"code":404,"message":"no route"}}"#.to_owned(), "api"),
        (403, r#"{"error":"forbidden"}"#.to_owned(), "api"),
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
fn oauth_errors_are_two_strings() {
    let expired = r#"{"error":"invalid_grant","error_description":"This code has expired."}"#;
    let error = read_from("/oauth/token", 400, expired);
    assert_eq!(error.code(), Some("invalid_grant"));
    assert_eq!((error.label(), error.api().unwrap().outcome()), ("invalid_request", Outcome::Rejected));
    assert_eq!(
        error.to_string(),
        "Stripe rejected the request: This code has expired (POST /oauth/token: 400, invalid_grant, req_123)"
    );
    assert_eq!(read_from("/oauth/token", 401, r#"{"error":"invalid_client"}"#).label(), "authentication");
    // On any other path, an intermediary sent it.
    assert_eq!(read(400, expired).api().unwrap().outcome(), Outcome::Unknown);
}

#[test]
fn version_2_errors_have_no_type() {
    let body = r#"{"error":{"code":"not_found","message":"No."}}"#;
    let error = read_from("/v2/core/accounts/{id}", 404, body);
    assert_eq!((error.label(), error.api().unwrap().outcome()), ("invalid_request", Outcome::Rejected));
    assert_eq!(read(404, body).api().unwrap().outcome(), Outcome::Unknown);
}

#[test]
fn foreign_body_is_quoted_briefly() {
    let body = format!("<html>\n<body>Bad\tGateway {}</body></html>", "x".repeat(10_000));
    let error = read(502, &body);
    let text = error.to_string();
    assert!(
        text.starts_with("the reply does not come from Stripe: \"<html> <body>Bad Gateway xxx"),
        "{text}"
    );
    assert!(text.len() < 400);
    assert!(format!("{error:?}").len() < 1500);
}

#[test]
fn error_is_small_and_send() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Error>();
    assert!(size_of::<Error>() <= 16);
    assert!(size_of::<Result<(), Error>>() <= 16);
}

#[test]
fn safe_to_resubmit_follows_outcome_and_key() {
    let with = |outcome, generated_key, method| {
        let call = CallInfo { outcome, generated_key, method, ..call() };
        Error::Timeout(Box::new(TimeoutError {
            kind: TimeoutKind::Attempt,
            limit: Duration::from_secs(1),
            status: None,
            request_id: None,
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
        // A word can also start after an escape.
        (r#"{\"key\":\"sk_live_abc\"}"#, r#"{\"key\":\"sk_[masked]\"}"#),
        ("key%22%3A%22sk_live_abc%22%7D", "key%22%3A%22sk_[masked]%22%7D"),
        (r"line\nsk_live_abc\nline", r"line\nsk_[masked]\nline"),
        (r"\u0022btok_1abc\u0022", r"\u0022btok_[masked]\u0022"),
        ("keysk_live_abc", "keysk_[masked]"),
        ("%22whsec_ab/c+d==", "%22whsec_[masked]"),
        ("%22seti_1_secret_2%22", "%22seti_[masked]%22"),
        ("number%3D4242424242424242&x", "number%3D[masked]&x"),
        (r"\n4242424242424242\n", r"\n[masked]\n"),
        ("4242+4242+4242+4242", "[masked]"),
        ("email=a%40example.com&x=1", "email=[masked]&x=1"),
        ("to=https%3A%2F%2Fconnect.stripe.com%2Fsetup%2Fabc&x=1", "to=[masked link]&x=1"),
        (r"https:\/\/connect.stripe.com\/setup\/abc", "[masked link]"),
        (r"https:\/\/docs.stripe.com\/api", r"https:\/\/docs.stripe.com\/api"),
        // Bank accounts in any spelling, recognized by their check digits.
        ("no DE89370400440532013000!", "no [masked]!"),
        ("no de89 3704 0044 0532 0130 00.", "no [masked]."),
        ("no GB82.WEST.1234.5698.7654.32,", "no [masked],"),
        ("no gb82west12345698765432", "no [masked]"),
        ("id DE88370400440532013000", "id DE88370400440532013000"),
        ("card 4242.4242.4242.4242", "card [masked]"),
        ("card 4242_4242_4242_4242", "card [masked]"),
        ("card 4242\u{a0}4242\u{a0}4242\u{a0}4242", "card [masked]"),
        ("must begin with http:// or https://", "must begin with http:// or https://"),
        ("begin with https:// or https://a.example/x", "begin with https:// or [masked link]"),
        ("risk_score start_date mac_address task_1", "risk_score start_date mac_address task_1"),
        ("", ""),
        ("tok_ and sk_ are prefixes", "tok_ and sk_ are prefixes"),
        ("Zahlung läuft – 🙂", "Zahlung läuft – 🙂"),
    ];
    for (text, expected) in cases {
        assert_eq!(mask(text, &[]), expected);
    }
}

#[test]
fn echoed_parameters_are_masked() {
    let secrets =
        ["123".to_owned(), "1 Main Street".to_owned(), String::new(), "é".to_owned(), "ab".to_owned()];
    assert_eq!(
        mask("Invalid cvc: 123, id x123y, at 1 Main Street.", &secrets),
        "Invalid cvc: [masked], id x123y, at [masked]."
    );
    assert_eq!(mask("123123, 123", &secrets), "123123, [masked]");
    assert_eq!(excerpt("\u{0}\u{1}a\nb  c 123".as_bytes(), &secrets), "a b c [masked]");
    assert_eq!(excerpt(&[0xff, 0xfe, b'x'], &[]), "\u{fffd}\u{fffd}x");
}

#[test]
fn parameters_are_masked_in_any_escaping() {
    let secret = "1 \"Main\" Street & é/ñ 🙂";
    let ways = [
        secret.to_owned(),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        secret.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        secret.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        "1%20%22Main%22%20Street%20%26%20%C3%A9/%C3%B1%20%F0%9F%99%82".to_owned(),
        "1%2520%2522Main%2522%2520Street%2520%2526%2520%25C3%25A9/%25C3%25B1%2520%25F0%259F%2599%2582"
            .to_owned(),
        r#"1 \"Main\" Street & é\/ñ 🙂"#.to_owned(),
        r#"1 \u0022Main\u0022 Street \u0026 \u00e9\/\u00F1 \ud83d\ude42"#.to_owned(),
        "1 &quot;Main&quot; Street &amp; é/ñ 🙂".to_owned(),
    ];
    for way in ways {
        let text = format!("No: '{way}', {way}");
        assert_eq!(mask(&text, &[secret.to_owned()]), "No: '[masked]', [masked]", "{text}");
    }
    // Text other than the secret is kept.
    for text in ["1 \"Main\" Street", "%22Main%22", r"\u00", "%", "\\", "&", "%2"] {
        assert_eq!(mask(text, &[secret.to_owned()]), text);
    }
}

#[test]
fn parameters_are_masked_in_other_spellings() {
    let secrets = ["DE89 3704 0044 0532 0130 01".to_owned(), "40-47-84".to_owned(), "Märta Öst".to_owned()];
    for way in [
        "DE89370400440532013001",
        "de89370400440532013001",
        "de89.3704.0044.0532.0130.01",
        "DE89_3704_0044_0532_0130_01",
        "DE89\u{a0}3704\u{a0}0044\u{a0}0532\u{a0}0130\u{a0}01",
        "de89%203704%200044%200532%200130%2001",
        "404784",
        "40.47.84",
        "40 47 84",
        "märta öst",
        "MÄRTA ÖST",
        "Märta_Öst",
    ] {
        assert_eq!(mask(&format!("No: '{way}', {way}"), &secrets), "No: '[masked]', [masked]", "{way}");
    }
    // A short secret is matched literally.
    assert_eq!(mask("1.2.3 and 123", &["123".to_owned()]), "1.2.3 and [masked]");
}

#[test]
fn foreign_text_cannot_forge_a_line() {
    let forged = "x\n2026-01-01 INFO paid\u{1b}[0m\u{2028}\u{202e}";
    let body = serde_json::json!({ "error": {
        "type": "invalid_request_error", "code": forged, "message": forged, "param": forged,
        "decline_code": forged, "request_id": forged, "doc_url": forged, "user_message": forged,
    }});
    let mut headers = HeaderMap::new();
    headers.insert("stripe-rate-limited-reason", HeaderValue::from_static("x"));
    let error = ApiError::read(400, &headers, body.to_string().as_bytes(), &[], call()).into_error();
    let decode = Error::Decode(Box::new(DecodeError::new(&format!("{forged}: {forged}"))));
    for error in [&error, &decode, &Error::invalid_input(forged)] {
        for text in [error.to_string(), format!("{error:?}")] {
            let is_plain = |c: char| !c.is_control() && !"\u{2028}\u{202e}".contains(c);
            assert!(text.chars().all(is_plain) && text.contains("2026-01-01 INFO"), "{text:?}");
        }
    }
    for text in [error.request_id(), error.code(), error.param(), error.decline_code()] {
        assert!(!text.unwrap().contains('\n'), "{text:?}");
    }
}

#[test]
fn overlapping_secrets_are_masked_completely() {
    let both = ["Main".to_owned(), "Main Street".to_owned(), "Street 5a".to_owned()];
    assert_eq!(mask("at Main Street, Main", &both), "at [masked], [masked]");
    assert_eq!(mask("at Main Street 5a.", &both), "at [masked].");
    let short = ["987".to_owned()];
    assert_eq!(
        mask("cvc%5D=987&x cvc%22%3A%22987%22 1987", &short),
        "cvc%5D=[masked]&x cvc%22%3A%22[masked]%22 1987"
    );
    assert_eq!(mask(r"\n987\n", &short), r"\n[masked]\n");
}

#[test]
fn secret_truncated_by_the_scan_limit_is_not_printed() {
    // Masking shortens a text, so that its end moves into the excerpt.
    let body = "Invalid: correct-horse-battery ".repeat(60);
    let shown = excerpt(body.as_bytes(), &["correct-horse-battery".to_owned()]);
    assert!(!shown.contains("correct"), "{shown}");
}

#[test]
fn is_final_only_if_repeating_changes_nothing() {
    let refusal = |kind: &str, code: &str| format!(r#"{{"error":{{"type":"{kind}","code":"{code}"}}}}"#);
    // The status, the body, whether the first attempt's error is final, and whether a repetition's error is.
    let cases = [
        (400, refusal("invalid_request_error", "balance_insufficient"), true, true),
        (402, refusal("card_error", "card_declined"), true, true),
        (404, refusal("invalid_request_error", "resource_missing"), true, true),
        (400, refusal("invalid_request_error", "rate_limit"), false, false),
        (400, refusal("idempotency_error", ""), false, false),
        (409, refusal("idempotency_error", "idempotency_key_in_use"), false, false),
        (401, refusal("invalid_request_error", ""), false, false),
        (403, refusal("invalid_request_error", ""), false, false),
        (409, refusal("invalid_request_error", "lock_timeout"), false, false),
        (429, refusal("invalid_request_error", "lock_timeout"), false, false),
        (429, refusal("invalid_request_error", "rate_limit"), false, false),
        (413, String::new(), true, false),
        (500, refusal("api_error", ""), false, false),
        (400, "<html>".to_owned(), false, false),
        (302, String::new(), false, false),
    ];
    for (status, body, first, repeated) in cases {
        let api = ApiError::read(status, &HeaderMap::new(), body.as_bytes(), &[], call());
        let (own, for_all) = (api.outcome(), api.speaks_for_all_attempts());
        let with = |outcome| ApiError { call: CallInfo { outcome, ..call() }, ..api.clone() }.into_error();
        assert_eq!(with(own).is_final(), first, "{status} {body}");
        let after_another = if for_all { own } else { Outcome::Unknown };
        assert_eq!(with(after_another).is_final(), repeated, "{status} {body}, repeated");
    }

    let broken = |fault, outcome| {
        let call = CallInfo { outcome, ..call() };
        let (status, request_id) = (None, None);
        Error::Connection(Box::new(ConnectionError { fault, status, request_id, call, source: None }))
    };
    let cases = [
        (TransportErrorKind::Refused, Outcome::NotSent, false),
        (TransportErrorKind::Certificate, Outcome::NotSent, false),
        (TransportErrorKind::Reset, Outcome::Unknown, false),
        (TransportErrorKind::Body, Outcome::Applied, false),
        (TransportErrorKind::TooLarge, Outcome::Applied, true),
    ];
    for (fault, outcome, expected) in cases {
        assert_eq!(broken(fault, outcome).is_final(), expected, "{fault:?} {outcome:?}");
    }
    assert!(Error::invalid_input("no").is_final());
    let unreadable = DecodeError {
        call: Some(CallInfo { outcome: Outcome::Applied, ..call() }),
        ..DecodeError::new("not JSON")
    };
    assert!(Error::Decode(Box::new(unreadable)).is_final());
}
