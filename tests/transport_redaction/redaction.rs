//! Nothing secret shows: not in logs at the finest level, not in errors, not in `Debug`.

use crate::server::{Act, Server, reply};
use std::error::Error as _;
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use stripe_platform::{Client, Error, Id, Method, account, file_link, token};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Record};
use tracing::{Event, Metadata, Subscriber};

const SECRETS: [&str; 9] = [
    "sk_test_sockets",
    "4242424242424242",
    "987",
    "000123456789",
    "222222222",
    "seti_1_secret_abc",
    "https://connect.stripe.com/setup/e/acct_1/once",
    "btok_1abc",
    "somebody@example.com",
];

/// Writes everything down that anybody says through `tracing`.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>, Arc<AtomicU64>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = writeln!(self.0, "{field}={value:?}");
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> tracing::Id {
        let mut log = self.0.lock().unwrap();
        let _ = writeln!(log, "span {}", span.metadata().name());
        span.record(&mut Line(&mut log));
        tracing::Id::from_u64(1 + self.1.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &tracing::Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &tracing::Id, _: &tracing::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &tracing::Id) {}

    fn exit(&self, _: &tracing::Id) {}
}

fn show(error: &Error, out: &mut String) {
    let _ = write!(out, "{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(out, "{error} {error:?}");
        cause = error.source();
    }
}

async fn all_calls(client: &Client, out: &mut String) {
    let typed = token::Create::new()
        .bank_account(token::BankAccountParams::new("000123456789", "US").routing_number("110000000"))
        .pii(token::Pii::new().id_number("222222222"));
    let _ = write!(out, "{typed:?} {:?} {:?}", typed.send(client), client.prepare(&typed));
    let raw = client
        .raw(Method::Post, "/v1/tokens")
        .param("card[number]", "4242424242424242")
        .param("card[cvc]", "987")
        .param("source", "btok_1abc");
    let _ = write!(out, "{raw:?} {:?}", raw.prepare());
    let by_email = client.raw(Method::Get, "/v1/accounts").param("email", "somebody@example.com");
    let _ = write!(out, "{by_email:?} {client:?}");
    let account: Id<account::Account> = "acct_1".into();
    for result in [
        typed.send(client).await.map(drop),
        raw.send().await.map(drop),
        by_email.send().await.map(drop),
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
async fn nothing_secret_shows() {
    let log = Everything::default();
    let mut out = String::new();
    {
        let _guard = tracing::subscriber::set_default(log.clone());
        let repeated = SECRETS.join(" ");
        let error = serde_json::json!({ "error": {
            "type": "invalid_request_error", "code": "x", "message": format!("No: {repeated}"),
            "user_message": repeated, "payment_intent": { "client_secret": repeated },
        } });
        let object = serde_json::json!({ "id": "x", "object": "file_link", "url": SECRETS[6], "created": "not a time" });
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
    }
    let log = log.0.lock().unwrap();
    assert!(log.contains("span stripe.call") && log.contains("url.template=\"/v1/tokens\""), "{log}");
    assert!(log.contains("http.response.status_code=502") && log.contains("http.request.resend_count=1"));
    assert!(out.contains("[masked]"), "{out}");
    for text in [log.as_str(), out.as_str()] {
        for secret in SECRETS {
            let shown = text.match_indices(secret).map(|(at, _)| {
                let near = text.get(at.saturating_sub(60)..(at + 60).min(text.len())).unwrap_or_default();
                near.to_owned()
            });
            // A short number may be part of a time or an address; alone it must not be.
            let shown: Vec<_> =
                shown.filter(|near| secret.len() > 3 || near.contains(&format!(" {secret} "))).collect();
            assert!(shown.is_empty(), "{secret} shows: {:?}", shown.first());
        }
    }
}
