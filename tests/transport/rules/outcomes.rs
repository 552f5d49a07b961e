//! The outcomes of errors.

use stripe_platform::{Currency, Error, Json, Method, Outcome, TransportErrorKind, topup, v2};
use test_support::script::{Script, Step, json, ok, refused, unsigned};

async fn fail(steps: &[Step], method: Method) -> Error {
    fail_at(steps, method, "/v1/topups").await
}

async fn fail_at(steps: &[Step], method: Method, path: &str) -> Error {
    let script = Script::new(steps.iter().cloned());
    let client = script.builder().max_retries(steps.len() as u32 - 1).build().unwrap();
    let mut request = client.raw(method, path);
    if method != Method::Get {
        request = request.idempotency_key("key");
    }
    request.send_as::<topup::Topup>().await.unwrap_err()
}

/// An error reply with this type, and with this code unless it is empty.
fn typed(status: u16, kind: &str, code: &str) -> Step {
    let code = (!code.is_empty()).then_some(code);
    json(status, serde_json::json!({ "error": { "type": kind, "code": code, "message": "No." } }).to_string())
}

#[tokio::test(start_paused = true)]
async fn every_error_has_an_outcome() {
    use Outcome::{Applied, NotSent, Rejected, Unknown};
    let reset = || Step::Fails(TransportErrorKind::Reset);
    let closed_door = || Step::Fails(TransportErrorKind::Refused);
    let cases: Vec<(Vec<Step>, Outcome)> = vec![
        (vec![closed_door()], NotSent),
        (vec![closed_door(), closed_door()], NotSent),
        (vec![Step::Fails(TransportErrorKind::Certificate)], NotSent),
        (vec![reset()], Unknown),
        (vec![Step::Hangs], Unknown),
        (vec![Step::Breaks(500)], Unknown),
        (vec![Step::Breaks(200)], Applied),
        (vec![Step::Stalls(200)], Applied),
        (vec![json(500, "{}")], Unknown),
        (vec![json(302, "")], Unknown),
        (vec![refused(400, "x")], Rejected),
        (vec![refused(402, "x")], Rejected),
        (vec![refused(429, "rate_limit")], Rejected),
        (vec![refused(409, "lock")], Rejected),
        // An earlier request with this key is running, or may have taken effect.
        (vec![refused(409, "idempotency_key_in_use")], Unknown),
        (vec![typed(409, "idempotency_error", "idempotency_key_in_use")], Unknown),
        (vec![typed(409, "idempotency_error", "")], Unknown),
        (vec![typed(409, "invalid_request_error", "")], Unknown),
        (vec![typed(400, "idempotency_error", "")], Unknown),
        (vec![reset(), typed(400, "idempotency_error", "")], Unknown),
        // Limits are checked before the key, so they prove nothing about earlier attempts.
        (vec![refused(400, "rate_limit")], Rejected),
        (vec![reset(), refused(400, "rate_limit")], Unknown),
        (vec![json(200, "<html>")], Applied),
        (vec![json(200, "")], Applied),
        (vec![json(200, r#"{"id":1}"#)], Applied),
        // An attempt that may have taken effect is remembered.
        (vec![reset(), closed_door()], Unknown),
        (vec![closed_door(), reset()], Unknown),
        (vec![Step::Breaks(200), closed_door()], Applied),
        (vec![reset(), refused(401, "x")], Unknown),
        (vec![reset(), refused(403, "x")], Unknown),
        (vec![reset(), refused(429, "rate_limit")], Unknown),
        (vec![reset(), refused(409, "lock")], Unknown),
        (vec![refused(409, "lock"), closed_door()], Rejected),
        // With the same key, a plain refusal also covers the first attempt.
        (vec![reset(), refused(400, "x")], Rejected),
        (vec![json(500, "{}"), refused(402, "x")], Rejected),
    ];
    for (steps, expected) in cases {
        let error = fail(&steps, Method::Post).await;
        assert_eq!(error.outcome(), expected, "{steps:?}: {error}");
        assert_eq!(error.call().unwrap().attempts as usize, steps.len(), "{steps:?}");
    }
}

/// Success bodies that are not the expected object.
const FOREIGN: [&str; 9] = [
    "",
    "<html>Blocked</html>",
    "OK",
    "null",
    "[]",
    r#"{"ok":true}"#,
    r#"{"error":{"type":"api_error","message":"No."}}"#,
    r#"{"error":"invalid_grant"}"#,
    r#"{"object":"list","data":[],"has_more":false,"url":"/v1/payouts"}"#,
];

/// A 200 reply from a proxy is not a payment.
#[tokio::test(start_paused = true)]
async fn foreign_success_has_unknown_outcome() {
    for status in [200, 201, 202, 204, 205, 299] {
        for body in FOREIGN {
            let error = fail(&[unsigned(status, body), unsigned(status, body)], Method::Post).await;
            assert_eq!(error.outcome(), Outcome::Unknown, "{status} {body}");
            assert!(
                error.to_string().starts_with("the reply does not come from Stripe"),
                "{status} {body}: {error}"
            );
            assert!(error.is_retryable() && error.is_safe_to_resubmit(), "{status} {body}");
            assert_eq!(error.http_status(), Some(status));
            // With Stripe's request id the request was executed, and the reply is undecodable.
            let other = unsigned(status, body).with("request-id", "7f9c-11");
            assert_eq!(fail(&[other], Method::Post).await.outcome(), Outcome::Unknown, "{status} {body}");
            // With Stripe's own id it was done, and the reply is unreadable.
            let signed = fail(&[json(status, body).with("content-length", "9")], Method::Post).await;
            assert_eq!(signed.outcome(), Outcome::Applied, "{status} {body}");
            assert!(matches!(signed, Error::Decode(_)), "{status} {body}: {signed:?}");
        }
        // An earlier possible effect is remembered.
        let both = fail(&[Step::Breaks(200), unsigned(status, "OK")], Method::Post).await;
        assert_eq!(both.outcome(), Outcome::Applied);
    }
    for (step, expected) in [
        (Step::BreaksUnsigned(200), Outcome::Unknown),
        (Step::StallsUnsigned(200), Outcome::Unknown),
        (Step::Breaks(201), Outcome::Applied),
        (Step::Stalls(201), Outcome::Applied),
        (unsigned(200, r#"{"id":"tu_1","#), Outcome::Unknown),
        (json(200, r#"{"id":"tu_1","#), Outcome::Applied),
    ] {
        assert_eq!(fail(std::slice::from_ref(&step), Method::Post).await.outcome(), expected, "{step:?}");
    }
}

/// Raw calls do not know the type of the reply, but Stripe's objects identify themselves.
#[tokio::test(start_paused = true)]
async fn foreign_success_of_raw_calls_has_unknown_outcome() {
    let send = async |step: Step| {
        let client = Script::new([step]).builder().max_retries(0).build().unwrap();
        client.raw(Method::Post, "/v1/payouts").send().await
    };
    for body in FOREIGN.into_iter().filter(|body| !body.contains("object")) {
        let error = send(unsigned(200, body)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{body}");
        assert!(error.to_string().starts_with("the reply does not come from Stripe"), "{body}: {error}");
    }
    for body in FOREIGN.into_iter().filter(|body| !body.contains("ok\"") && !body.contains("object")) {
        let error = send(json(200, body).with("content-length", "9")).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Applied, "{body}");
        assert!(matches!(error, Error::Decode(_)), "{body}: {error:?}");
    }
    assert_eq!(send(unsigned(200, r#"{"id":"po_1","object":"payout"}"#)).await.unwrap()["id"], "po_1");
    assert_eq!(send(json(200, r#"{"ok":true}"#)).await.unwrap()["ok"], true);
    assert_eq!(
        send(unsigned(200, r#"{"stripe_user_id":"acct_1"}"#)).await.unwrap()["stripe_user_id"],
        "acct_1"
    );
}

#[tokio::test(start_paused = true)]
async fn binary_bodies_are_not_quoted() {
    for (step, hint) in [
        (unsigned(200, "\u{1f}\u{0}x"), "not text"),
        (unsigned(502, "\u{1f}\u{0}x"), "not text"),
        (json(200, "\u{feff}{\"id\":\"tu_1\"}"), "byte order mark"),
        (unsigned(200, "\u{feff}{\"id\":\"tu_1\"}"), "byte order mark"),
        (json(200, "abc").with("content-encoding", "gzip"), "content-encoding: gzip"),
        (unsigned(403, "abc").with("content-encoding", "br"), "content-encoding: br"),
    ] {
        let text = fail(std::slice::from_ref(&step), Method::Post).await.to_string();
        assert!(text.contains(hint), "{step:?}: {text}");
        assert!(!text.contains(|c: char| c.is_control() || c == '\u{feff}'), "{text:?}");
    }
}

/// A proxy, a gateway or a firewall may have forwarded the request before answering.
#[tokio::test(start_paused = true)]
async fn refusal_requires_a_reply_from_stripe() {
    let bodies = [
        "",
        "<html>Not Found</html>",
        "{}",
        "null",
        r#"{"message":"Forbidden"}"#,
        r#"{"error":"not_found"}"#,
        r#"{"error":{"code":404,"message":"no route","status":"NOT_FOUND"}}"#,
        r#"{"error":{"code":"NotFound","message":"no route"}}"#,
    ];
    for status in [400, 401, 402, 403, 404, 405, 408, 409, 410, 421, 429, 451, 499] {
        for body in bodies {
            let error = fail(&[json(status, body)], Method::Post).await;
            assert_eq!(error.outcome(), Outcome::Unknown, "{status} {body}");
            assert!(error.api().unwrap().foreign, "{status} {body}");
            assert!(error.to_string().starts_with("the reply does not come from Stripe"), "{error}");
            let after_reset =
                fail(&[Step::Fails(TransportErrorKind::Reset), json(status, body)], Method::Post).await;
            assert_eq!(after_reset.outcome(), Outcome::Unknown, "{status} {body}");
        }
    }
    // The same status from Stripe is a refusal, except when the request took too long to arrive.
    for status in [400, 401, 402, 403, 404, 405, 410, 429] {
        let error = fail(&[refused(status, "x")], Method::Post).await;
        assert_eq!((error.outcome(), error.api().unwrap().foreign), (Outcome::Rejected, false), "{status}");
    }
    assert_eq!(fail(&[refused(408, "x")], Method::Post).await.outcome(), Outcome::Unknown);
    // A request too large for the first server was not forwarded; an earlier attempt may have been.
    for status in [413, 431] {
        assert_eq!(fail(&[json(status, "")], Method::Post).await.outcome(), Outcome::Rejected);
        let after_reset =
            fail(&[Step::Fails(TransportErrorKind::Reset), json(status, "")], Method::Post).await;
        assert_eq!(after_reset.outcome(), Outcome::Unknown);
    }
}

/// Version 1 of the API honors keys only on POST.
#[tokio::test(start_paused = true)]
async fn not_found_after_a_retried_delete_is_not_a_refusal() {
    let gone = [Step::Fails(TransportErrorKind::Reset), refused(404, "resource_missing")];
    let (topup, destination) = ("/v1/topups/tu_1", "/v2/core/event_destinations/ed_1");
    for (method, path, expected) in [
        (Method::Delete, topup, Outcome::Unknown),
        (Method::Post, topup, Outcome::Rejected),
        (Method::Delete, destination, Outcome::Rejected),
        (Method::Post, destination, Outcome::Rejected),
    ] {
        let error = fail_at(&gone, method, path).await;
        assert_eq!(error.outcome(), expected, "{} {path}: {error}", method.as_str());
    }
    assert_eq!(fail_at(&gone[1..], Method::Delete, topup).await.outcome(), Outcome::Rejected);
}

#[tokio::test(start_paused = true)]
async fn rate_limit_errors_are_retryable() {
    for step in
        [refused(400, "rate_limit"), refused(429, "rate_limit"), refused(429, "lock_timeout"), json(408, "")]
    {
        let error = fail(std::slice::from_ref(&step), Method::Post).await;
        assert!(error.is_retryable(), "{step:?}");
    }
}

/// The head of the reply is kept even if the body breaks.
#[tokio::test(start_paused = true)]
async fn broken_body_keeps_status_and_request_id() {
    for status in [200, 500, 402] {
        for step in [Step::Breaks(status), Step::Stalls(status)] {
            let error = fail(std::slice::from_ref(&step), Method::Post).await;
            assert!(matches!(error, Error::Connection(_) | Error::Timeout(_)), "{error:?}");
            assert_eq!(error.http_status(), Some(status), "{step:?}");
            assert_eq!(error.request_id(), Some("req_script"), "{step:?}");
            assert!(error.to_string().contains(&format!("{status}, req_script)")), "{error}");
        }
    }
    // It belongs to the last attempt.
    let error = fail(&[Step::Breaks(200), Step::Fails(TransportErrorKind::Reset)], Method::Post).await;
    assert_eq!((error.http_status(), error.request_id()), (None, None));
}

#[tokio::test(start_paused = true)]
async fn undecodable_reply_reports_the_path() {
    let script = Script::new([json(200, r#"{"id":"tu_1","object":"topup","amount":"many"}"#)]);
    let error = topup::Retrieve::new("tu_1").send(&script.client()).await.unwrap_err();
    let Error::Decode(decode) = &error else { panic!("{error:?}") };
    assert_eq!(decode.path, "amount");
    assert_eq!(decode.status, Some(200));
    assert_eq!(decode.excerpt, None);
    assert_eq!(error.request_id(), Some("req_script"));
    let text = error.to_string();
    assert!(
        text.starts_with(
            "Stripe answered GET /v1/topups/{topup} with 200, but the reply cannot be decoded: at amount: "
        ),
        "{text}"
    );
    assert!(text.ends_with("[req_script]"), "{text}");

    let script = Script::new([json(200, "<html>Welcome to the hotel</html>")]);
    let error = topup::Retrieve::new("tu_1").send(&script.client()).await.unwrap_err();
    let Error::Decode(decode) = &error else { panic!("{error:?}") };
    assert_eq!(decode.excerpt.as_deref(), Some("<html>Welcome to the hotel</html>"));
}

#[tokio::test(start_paused = true)]
async fn endless_reply_is_an_error() {
    let error = fail(&[Step::Endless(200)], Method::Post).await;
    assert!(matches!(&error, Error::Connection(e) if e.fault == TransportErrorKind::TooLarge), "{error:?}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "more than 33554432 bytes");
    assert_eq!((error.outcome(), error.call().unwrap().attempts), (Outcome::Applied, 1));
    assert_eq!((error.http_status(), error.request_id()), (Some(200), Some("req_script")));
    assert!(!error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn reply_limit_is_configurable() {
    let body = format!(r#"{{"id":"x_1","text":"{}"}}"#, "x".repeat(1000));
    for (limit, is_read) in [(body.len(), true), (body.len() - 1, false)] {
        let script = Script::new([json(200, body.clone())]);
        let client = script.builder().reply_limit(limit).build().unwrap();
        let result = client.raw(Method::Post, "/v1/x").send().await;
        assert_eq!(result.is_ok(), is_read, "{limit}");
    }
}

/// An error reply is recognized however long it is.
#[tokio::test(start_paused = true)]
async fn endless_error_reply_is_truncated() {
    let error = fail(&[Step::Endless(503), Step::Endless(503)], Method::Post).await;
    assert!(matches!(&error, Error::Api(_)), "{error:?}");
    assert_eq!((error.outcome(), error.call().unwrap().attempts), (Outcome::Unknown, 2));
    assert_eq!((error.http_status(), error.request_id()), (Some(503), Some("req_script")));
    let error = fail(&[Step::Endless(400)], Method::Post).await;
    assert_eq!((error.outcome(), error.http_status()), (Outcome::Unknown, Some(400)));
    let huge =
        json(402, format!(r#"{{"error":{{"type":"card_error","message":"{}"}}}}"#, "x".repeat(2 << 20)));
    let error = fail(&[huge.with("stripe-should-retry", "true"), refused(402, "x")], Method::Post).await;
    assert_eq!(error.call().unwrap().attempts, 2);
}

/// The server's text can contain anything, so it is not quoted.
#[tokio::test(start_paused = true)]
async fn reply_of_another_type_is_not_quoted() {
    for object in ["4242424242424242".to_owned(), "x".repeat(100_000)] {
        let script =
            Script::new([json(200, serde_json::json!({ "id": "tu_1", "object": object }).to_string())]);
        let error = topup::Retrieve::new("tu_1").send(&script.client()).await.unwrap_err();
        let Error::Decode(decode) = &error else { panic!("{error:?}") };
        assert_eq!(decode.path, "object");
        assert!(decode.problem.starts_with("expected `topup`, found another string"), "{}", decode.problem);
        let text = format!("{error} {error:?}");
        assert!(text.len() < 2000 && !text.contains("4242424242424242"), "{text}");
    }
    // Nor is a very long name.
    let body = serde_json::json!({ "id": "tu_1", "object": "topup", "metadata": { "n".repeat(100_000): 1 } });
    let script = Script::new([json(200, body.to_string())]);
    let error = topup::Retrieve::new("tu_1").send(&script.client()).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)) && error.to_string().len() < 1000);
}

#[tokio::test(start_paused = true)]
async fn stored_error_replies_are_marked() {
    let stored = refused(402, "balance_insufficient").with("idempotent-replayed", "true");
    assert!(fail(&[stored], Method::Post).await.api().unwrap().idempotent_replayed);
    assert!(
        !fail(&[refused(402, "balance_insufficient")], Method::Post).await.api().unwrap().idempotent_replayed
    );
}

#[tokio::test(start_paused = true)]
async fn invalid_requests_are_never_sent() {
    let script = Script::new([ok()]);
    let client = script.client();
    let post = || client.raw(Method::Post, "/v1/topups");
    for request in [
        client.raw(Method::Get, "/v1/topups").idempotency_key("k"),
        post().idempotency_key(""),
        post().idempotency_key("ä"),
        post().idempotency_key("a b"),
        post().idempotency_key("x".repeat(256)),
        post().for_account("acct_1\r\nX: y"),
        post().for_account(""),
        client.raw(Method::Post, "/v1/../x"),
        client.raw(Method::Post, "//evil.example/v1"),
        client.raw(Method::Post, "https://evil.example/v1"),
        client.raw(Method::Post, "/v1/topups").segment(""),
        client.raw(Method::Get, "/v1/topups").json(Json::Null),
        client
            .raw(Method::Get, "/v1/topups")
            .with_options(stripe_platform::Options::new().stripe_version(" ")),
    ] {
        let error = request.send().await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(error.to_string().starts_with("not sent: "), "{error}");
    }
    for id in ["", ".", ".."] {
        assert!(topup::Retrieve::new(id).send(&client).await.is_err());
    }
    for name in ["", "a[b", "a]", "[]"] {
        let request = topup::Create::new(1, Currency::USD).metadata([(name, "x")]);
        let error = request.send(&client).await.unwrap_err();
        assert!(error.to_string().starts_with("not sent: a key in `metadata` "), "{error}");
        let request = v2::core::account::Create::new().metadata([(name, "x")]);
        assert!(matches!(request.send(&client).await, Err(Error::InvalidInput(_))), "{name}");
    }
    for version in ["", " "] {
        let error = script.builder().api_version(version).build().unwrap_err();
        assert_eq!(
            error.to_string(),
            "not sent: the API version is empty; set a value, or leave the option out"
        );
    }
    assert_eq!(script.attempts(), 0);
    post().idempotency_key("x".repeat(255)).send().await.unwrap();
}
