//! A client with default settings is safe. Each test covers a defect that was found in another Stripe client; the
//! last one ensures that no feature of this crate reintroduces one.

use super::paging::topups;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stripe_platform::{
    Client, Currency, Error, Method, TimeoutKind, Transport, TransportErrorKind, account, payout, token,
    topup,
};
use test_support::script::{Script, Step, json, ok, refused};

/// The settings of `Client::new`, with a scripted transport.
fn plain(script: &Arc<Script>) -> Client {
    let transport: Arc<dyn Transport> = Arc::clone(script) as _;
    Client::builder("sk_test_script").transport(transport).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn payout_is_retried_with_its_key() {
    for step in [
        Step::Fails(TransportErrorKind::Reset),
        Step::Breaks(200),
        json(503, "upstream"),
        refused(409, "lock"),
    ] {
        let script = Script::new([step.clone(), step.clone(), refused(400, "balance_insufficient")]);
        let error = payout::Create::new(1000, Currency::USD).send(&plain(&script)).await.unwrap_err();
        let seen = script.seen();
        assert_eq!(seen.len(), 3, "{step:?}");
        let key = seen[0].header("idempotency-key").expect("every POST has a key");
        assert!(seen.iter().all(|attempt| attempt.header("idempotency-key") == Some(key)), "{step:?}");
        assert_eq!(error.idempotency_key(), Some(key));
    }
}

#[tokio::test(start_paused = true)]
async fn silent_server_does_not_block_forever() {
    let script = Script::answering(|_| Step::Hangs);
    let started = tokio::time::Instant::now();
    let error = payout::Create::new(1000, Currency::USD).send(&plain(&script)).await.unwrap_err();
    assert!(matches!(&error, Error::Timeout(timeout) if timeout.kind == TimeoutKind::Deadline), "{error:?}");
    assert!(started.elapsed() <= Duration::from_secs(150));
}

#[tokio::test(start_paused = true)]
async fn every_page_keeps_account_and_filters() {
    let script = Script::new([topups(&["tu_3"], true), topups(&["tu_2"], true), topups(&["tu_1"], false)]);
    let request = topup::List::new().status("pending").limit(1).for_account("acct_1");
    assert_eq!(plain(&script).items(&request).all().await.unwrap().len(), 3);
    assert_eq!(script.attempts(), 3);
    for seen in script.seen() {
        assert_eq!(seen.header("stripe-account"), Some("acct_1"));
        let query = seen.url.query().unwrap();
        assert!(query.contains("status=pending") && query.contains("limit=1"), "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honored() {
    let script = Script::new([json(503, "{}").with("retry-after", "11"), ok()]);
    plain(&script).raw(Method::Post, "/v1/payouts").send().await.unwrap();
    assert_eq!(script.waits()[0].as_secs(), 11);
}

#[tokio::test(start_paused = true)]
async fn retries_have_jitter() {
    let mut waits = Vec::new();
    for _ in 0..20 {
        let script = Script::new([json(503, "{}"), ok()]);
        plain(&script).raw(Method::Post, "/v1/payouts").send().await.unwrap();
        waits.push(script.waits()[0]);
    }
    waits.sort();
    waits.dedup();
    assert!(waits.len() > 12, "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn id_stays_one_path_segment_by_default() {
    let script = Script::answering(|_| refused(404, "resource_missing"));
    let client = plain(&script);
    for id in ["tu_1/cancel", "tu_1?expand[]=x", "tu_1#x", "../payouts", "%2e%2e", "tu 1\r\nX: y", "é"] {
        topup::Retrieve::new(id).send(&client).await.unwrap_err();
        account::Update::new(id).send(&client).await.unwrap_err();
    }
    for seen in script.seen() {
        assert_eq!(seen.url.path().split('/').count(), 4, "{}", seen.url);
        assert!(seen.url.query().is_none() && seen.url.fragment().is_none(), "{}", seen.url);
    }
}

#[tokio::test(start_paused = true)]
async fn undecodable_replies_have_distinct_errors() {
    let replies = [r#"{"id":"po_1","object":"payout","amount":"x"}"#, r#"{"id":7}"#, "<html>", "", "[]"];
    let script = Script::new(replies.map(|body| json(200, body)));
    let client = plain(&script);
    let mut texts = Vec::new();
    for _ in replies {
        let error = payout::Retrieve::new("po_1").send(&client).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("200") && text.contains("GET /v1/payouts/{payout}"), "{text}");
        assert_eq!(error.request_id(), Some("req_script"));
        assert!(matches!(error, Error::Decode(_)));
        texts.push(text);
    }
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), replies.len(), "{texts:#?}");
}

#[tokio::test(start_paused = true)]
async fn card_and_account_numbers_are_masked() {
    let card = token::CardParams::new(token::RequiredCardParams {
        exp_month: "12".into(),
        exp_year: "2030".into(),
        number: "4000009990000018".into(),
    })
    .cvc("9173");
    let account = token::BankAccountParams::new("000123456789", "US");
    let request = token::Create::new().card(card).bank_account(account);
    let client = plain(&Script::answering(|_| ok()));
    let text = format!("{request:?} {:#?} {:?}", request.send(&client), client.prepare(&request));
    for secret in ["4000009990000018", "9173", "000123456789"] {
        assert!(!text.contains(secret), "{secret} is printed: {text}");
    }
    assert!(text.contains("[redacted]"), "{text}");
}

#[test]
fn features_do_not_change_the_behaviour_of_calls() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let features = manifest.split_once("\n[features]\n").unwrap().1;
    let features: Vec<_> = features.lines().take_while(|line| !line.is_empty()).collect();
    assert!(features.contains(&r#"default = ["rustls", "webhook"]"#) && features.len() >= 5, "{features:?}");
    // Features select a TLS library or add webhooks, conversions and test tools. The code of calls does not depend on
    // them.
    let free = [
        "hex.rs",
        "lease.rs",
        "lib.rs",
        "prepared.rs",
        "roots.rs",
        "secrecy.rs",
        "signature.rs",
        "tests.rs",
        "timestamp.rs",
    ];
    let mut folders = vec![root.join("src")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.extend(
                    (!["generated", "generated_tests", "testing", "tests", "webhook"]
                        .contains(&name.as_str()))
                    .then_some(path),
                );
            } else if !free.contains(&name.as_str()) {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(!text.contains("feature ="), "{} depends on a feature", path.display());
                read += 1;
            }
        }
    }
    assert!(read > 40, "{read}");
}
