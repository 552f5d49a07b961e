//! No secrets are printed: not in trace logs, not in errors, not in `Debug`.

use std::fmt::Write;
use std::sync::Arc;
use stripe_platform::{
    AddressParams, Client, Id, Method, ReqwestTransport, account, file_link, issuing, token,
};
use test_support::log::{check, heard_since, listen, now, show, ways};
use test_support::sockets::{Act, Server, reply};
use test_support::tls::{self as tls_server, Answer};

const SECRETS: [&str; 11] = [
    "sk_test_sockets",
    "4242424242424242",
    "987",
    "000123456789",
    "222222222",
    "seti_1_secret_abc",
    "https://connect.stripe.com/setup/e/acct_1/once",
    "btok_1abc",
    "somebody@example.com",
    "cGluOjQ4MjE/w==",
    "1 Main Street & \"Sons\"",
];

async fn all_calls(client: &Client, out: &mut String) {
    let typed = token::Create::new()
        .bank_account(token::BankAccountParams::new("000123456789", "US").routing_number("110000000"))
        .pii(token::PiiParams::new().id_number("222222222"));
    let _ = write!(out, "{typed:?} {:?} {:?}", typed.send(client), client.prepare(&typed));
    let raw = client
        .raw(Method::Post, "/v1/tokens")
        .param("card[number]", "4242424242424242")
        .param("card[cvc]", "987")
        .param("source", "btok_1abc");
    let _ = write!(out, "{raw:?} {:?}", raw.prepare());
    // A PIN is sent encrypted, but still secret.
    let pin = issuing::card::PinParams::new().encrypted_number("cGluOjQ4MjE/w==");
    let typed_pin = issuing::card::Update::new("ic_1").pin(pin);
    let raw_pin =
        client.raw(Method::Post, "/v1/issuing/cards/ic_1").param("pin[encrypted_number]", "cGluOjQ4MjE/w==");
    let moved = account::Update::new("acct_1").company(
        account::CompanyParams::new().address(AddressParams::new().line1("1 Main Street & \"Sons\"")),
    );
    let _ = write!(out, "{typed_pin:?} {:?} {raw_pin:?} {moved:?}", client.prepare(&typed_pin));
    let by_email = client.raw(Method::Get, "/v1/accounts").param("email", "somebody@example.com");
    let _ = write!(out, "{by_email:?} {client:?}");
    let account: Id<account::Account> = "acct_1".into();
    for result in [
        typed.send(client).await.map(drop),
        raw.send().await.map(drop),
        by_email.send().await.map(drop),
        typed_pin.send(client).await.map(drop),
        raw_pin.send().await.map(drop),
        moved.send(client).await.map(drop),
        client
            .for_account(&account)
            .raw(Method::Post, "/v2/x")
            .json(serde_json::json!({ "number": "4242424242424242" }))
            .send()
            .await
            .map(drop),
        file_link::Create::new("file_1").send(client).await.map(drop),
    ] {
        match result {
            Ok(()) => {}
            Err(error) => show(&error, out),
        }
    }
}

#[tokio::test]
async fn secrets_are_not_printed() {
    listen();
    let begun = now();
    let mut out = String::new();
    // Texts recognizable as secrets by their form, even if the call did not send them.
    let repeated = SECRETS[..9].join(" ");
    let error = serde_json::json!({ "error": {
        "type": "invalid_request_error", "code": "x", "message": format!("No: {repeated}"),
        "user_message": repeated, "payment_intent": { "client_secret": repeated },
    } });
    let object =
        serde_json::json!({ "id": "x", "object": "file_link", "url": SECRETS[6], "created": "not a time" });
    let acts = [
        Act::Reply(reply(400, &error.to_string())),
        Act::Reply(reply(500, &error.to_string())),
        Act::Reply(reply(502, &format!("<html>{repeated}</html>"))),
        Act::Reply(reply(200, &object.to_string())),
        Act::Reply(reply(200, &format!("<html>{repeated}</html>"))),
        Act::Garbage,
        Act::CloseInBody,
        Act::ResetAfterRead,
    ];
    for act in acts {
        let server = Server::answering(move |_| act.clone()).await;
        let client = server.builder().max_retries(1).build().unwrap();
        all_calls(&client, &mut out).await;
    }
    // Echoes of the request in wire format, with the key after an escape.
    for status in [200, 400, 502] {
        let echoes: [fn(u16, &str) -> String; 4] = [
            |status, sent| reply(status, sent),
            |status, sent| reply(status, &format!("Bad%22{sent}%22sk_test_sockets%22")),
            |status, sent| reply(status, &format!(r#"line\n{sent}\nsk_test_sockets\n"#)),
            |status, sent| {
                let message = format!("Bad: {sent} \\\"sk_test_sockets\\\"");
                reply(
                    status,
                    &serde_json::json!({ "error": { "type": "api_error", "message": message } }).to_string(),
                )
            },
        ];
        for echo in echoes {
            let server = Server::answering(move |request| Act::Reply(echo(status, &request.body))).await;
            all_calls(&server.builder().max_retries(0).build().unwrap(), &mut out).await;
        }
    }
    // All of them, in every encoding.
    for secret in SECRETS.iter().flat_map(|secret| ways(secret)) {
        let server = Server::answering(move |_| Act::Reply(reply(502, &format!("Bad: {secret}")))).await;
        let client = server.builder().max_retries(0).build().unwrap();
        let known = client.raw(Method::Post, "/v1/x");
        let known = SECRETS.iter().fold(known, |known, secret| known.param("card[number]", secret));
        show(&known.send().await.unwrap_err(), &mut out);
    }
    let log = heard_since(begun);
    assert!(log.contains("span stripe.call") && log.contains("url.template=\"/v1/tokens\""), "{log}");
    assert!(log.contains("http.response.status_code=502") && log.contains("http.request.resend_count=1"));
    assert!(out.contains("[masked]"), "{out}");
    check(&log, SECRETS);
    check(&out, SECRETS);
}

/// reqwest can log whole requests.
#[tokio::test]
async fn secrets_are_not_printed_with_request_logging() {
    listen();
    let begun = now();
    let server = Server::answering(|_| Act::Reply(reply(400, "{}"))).await;
    let loud = reqwest::Client::builder().no_proxy().connection_verbose(true);
    let transport = Arc::new(ReqwestTransport::new(loud).unwrap());
    let client = server.builder().transport(transport).build().unwrap();
    let mut out = String::new();
    all_calls(&client, &mut out).await;
    let log = heard_since(begun);
    assert!(log.contains("reqwest::connect starting new connection"), "the library logs nothing");
    check(&log, SECRETS);
    check(&out, SECRETS);
}

/// The HTTP/2 library logs separately.
#[tokio::test]
async fn secrets_are_not_printed_over_http_2() {
    listen();
    let begun = now();
    let mut out = String::new();
    let body =
        r#"{"error":{"type":"invalid_request_error","message":"No: 4242424242424242 seti_1_secret_abc"}}"#;
    let (address, certificate, seen) = tls_server::serve(Answer { status: 400, body }).await;
    let client = tls_server::client(address, Some(&certificate));
    all_calls(&client, &mut out).await;
    assert!(seen.versions.lock().unwrap().iter().all(|version| *version == http::Version::HTTP_2));
    assert!(out.contains("[masked]") && !seen.versions.lock().unwrap().is_empty(), "{out}");
    let log = heard_since(begun);
    assert!(log.contains("frame"), "the library logs nothing, so this test checks nothing");
    for text in [&log, &out] {
        check(text, SECRETS);
        check(text, ["sk_test_tls"]);
    }
}
