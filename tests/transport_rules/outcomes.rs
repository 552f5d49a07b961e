//! What an error says about the money.

use crate::script::{Script, Step, json, ok, refused};
use stripe_platform::{Error, Fault, Json, Method, Outcome, topup};

async fn fail(steps: &[Step], method: Method) -> Error {
    let script = Script::new(steps.iter().cloned());
    let client = script.builder().max_retries(steps.len() as u32 - 1).build().unwrap();
    client.raw(method, "/v1/topups").send_as::<topup::Topup>().await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn every_error_tells_whether_it_was_done() {
    use Outcome::{Applied, NotSent, Rejected, Unknown};
    let reset = || Step::Fails(Fault::Reset);
    let closed_door = || Step::Fails(Fault::Refused);
    let cases: Vec<(Vec<Step>, Outcome)> = vec![
        (vec![closed_door()], NotSent),
        (vec![closed_door(), closed_door()], NotSent),
        (vec![Step::Fails(Fault::Certificate)], NotSent),
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
        (vec![refused(409, "idempotency_key_in_use")], Unknown),
        (vec![json(200, "<html>")], Applied),
        (vec![json(200, "")], Applied),
        (vec![json(200, r#"{"id":1}"#)], Applied),
        // An attempt that may have gone through is not forgotten.
        (vec![reset(), closed_door()], Unknown),
        (vec![closed_door(), reset()], Unknown),
        (vec![Step::Breaks(200), closed_door()], Applied),
        (vec![reset(), refused(401, "x")], Unknown),
        (vec![reset(), refused(403, "x")], Unknown),
        (vec![reset(), refused(429, "rate_limit")], Unknown),
        (vec![reset(), refused(409, "lock")], Unknown),
        (vec![refused(409, "lock"), closed_door()], Rejected),
        // With the same key, a plain refusal is the answer to the first attempt as well.
        (vec![reset(), refused(400, "x")], Rejected),
        (vec![json(500, "{}"), refused(402, "x")], Rejected),
    ];
    for (steps, expected) in cases {
        let error = fail(&steps, Method::Post).await;
        assert_eq!(error.outcome(), expected, "{steps:?}: {error}");
        assert_eq!(error.call().unwrap().attempts as usize, steps.len(), "{steps:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_cannot_be_read_says_where() {
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
            "Stripe answered GET /v1/topups/{topup} with 200, but the reply cannot be read: at amount: "
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
async fn a_reply_without_an_end_is_cut_off() {
    for (status, outcome) in [(500, Outcome::Unknown), (200, Outcome::Applied)] {
        let error = fail(&[Step::Endless(status)], Method::Post).await;
        assert!(matches!(&error, Error::Connection(e) if e.fault == Fault::TooLarge), "{error:?}");
        assert_eq!((error.outcome(), error.call().unwrap().attempts), (outcome, 1));
        assert!(!error.is_retryable());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_here_is_never_sent() {
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
    ] {
        let error = request.send().await.unwrap_err();
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(error.to_string().starts_with("not sent: "), "{error}");
    }
    for id in ["", ".", ".."] {
        assert!(topup::Retrieve::new(id).send(&client).await.is_err());
    }
    assert_eq!(script.attempts(), 0);
    post().idempotency_key("x".repeat(255)).send().await.unwrap();
}
