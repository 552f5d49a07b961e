//! Records a flow from a server that stands in for Stripe's test mode, and replays the recording.

use serde_json::{Value as Json, json};
use std::error::Error as StdError;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use stripe_platform::testing::{Recording, Replay, ReplayError, ReplayServer};
use stripe_platform::{Client, Currency, FileUpload, Method, Options, file, source, token, topup};
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

type Outcome = Result<(), Box<dyn StdError>>;

/// A test key, assembled here so that no secret scanner matches it.
fn key() -> String {
    ["rk", "test", "recording0"].join("_")
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorded").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let head = format!(
        "name = {name:?}\nguide = \"none\"\n[bind]\naccount = \"acct_1Recorded\"\norder = \"order-1\"\n"
    );
    fs::write(folder.join("flow.toml"), head).unwrap();
    fs::write(folder.join("01_before.json"), "what was there before").unwrap();
    folder
}

fn steps(folder: &Path) -> Vec<(String, String)> {
    let mut steps = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name != "flow.toml" {
            steps.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    steps.sort();
    steps
}

fn a_topup() -> Json {
    json!({ "id": "tu_1Recorded", "object": "topup", "amount": 500, "created": 1_794_475_815, "currency": "usd",
            "description": "for order-1", "livemode": false, "metadata": { "order": "order-1" }, "status": "pending",
            "a_new_member": { "of": "another version" }, "transfer_group": null })
}

async fn stripe_answers(status: u16, body: &Json) -> MockServer {
    let server = MockServer::start().await;
    let reply =
        ResponseTemplate::new(status).set_body_json(body).insert_header("request-id", "req_1Recorded");
    let bearer = format!("Bearer {}", key());
    Mock::given(header("authorization", bearer.as_str())).respond_with(reply).mount(&server).await;
    server
}

async fn recording(folder: &Path, stripe: &MockServer) -> Result<ReplayServer, ReplayError> {
    let recording = Recording::new(key())?.base_url(stripe.uri());
    Ok(Replay::record(folder, recording)?.start().await)
}

async fn pay(client: &Client) -> Result<topup::Topup, stripe_platform::Error> {
    let request = topup::Create::new(500, Currency::USD).metadata([("order", "order-1")]);
    request.idempotency_key("order-1/top-up").for_account("acct_1Recorded").send(client).await
}

async fn read_again(client: &Client) -> Result<topup::Topup, stripe_platform::Error> {
    topup::Retrieve::new("tu_1Recorded").for_account("acct_1Recorded").send(client).await
}

#[tokio::test]
async fn recording_can_be_replayed() -> Outcome {
    let folder = folder("round_trip");
    let stripe = stripe_answers(200, &a_topup()).await;
    let server = recording(&folder, &stripe).await?;
    let paid = pay(&server.client()).await?;
    assert_eq!(paid.extra.get("a_new_member").map(|_| ()), Some(()));
    read_again(&server.client()).await?;
    let transcript = server.finish().await?;
    assert_eq!(stripe.received_requests().await.unwrap().len(), 2);
    let [(first, text), (second, _)] = steps(&folder).try_into().unwrap();
    assert_eq!((first.as_str(), second.as_str()), ("01_post_topups.json", "02_get_topups_topup.json"));
    insta::assert_snapshot!("recorded_step", text);

    // A payment for another account and order matches the same flow.
    let replay = Replay::load(&folder)?.start().await;
    pay(&replay.client()).await?;
    read_again(&replay.client()).await?;
    assert_eq!(replay.finish().await?, transcript);
    Ok(())
}

#[tokio::test]
async fn secrets_and_personal_data_are_not_recorded() -> Outcome {
    let folder = folder("scrubbed");
    let body = json!({ "id": "btok_1Recorded", "object": "token", "client_ip": "192.0.2.77", "created": 1, "livemode": false,
        "type": "bank_account", "used": false, "bank_account": { "id": "ba_1Recorded", "object": "bank_account",
            "account_holder_name": "Jenny Rosen", "account_holder_type": "individual", "account_type": null, "bank_name": "BANK",
            "country": "US", "currency": "usd", "fingerprint": "f", "last4": "6789", "routing_number": "110000000", "status": "new" } });
    let stripe = stripe_answers(200, &body).await;
    let server = recording(&folder, &stripe).await?;
    let account = token::BankAccountParams::new("000123456789", "US")
        .routing_number("110000000")
        .account_holder_name("Jenny Rosen")
        .account_holder_type(token::AccountHolderType::Individual);
    let request = token::Create::new().bank_account(account);
    request.send(&server.client()).await?;
    server.finish().await?;
    let [(_, text)] = steps(&folder).try_into().unwrap();
    for secret in ["000123456789", "Jenny Rosen", "192.0.2.77"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("\"{{bank_account_account_number}}\""), "{text}");
    assert_eq!(text.matches("\"account_holder_type\": \"individual\"").count(), 2, "{text}");

    let replay = Replay::load(&folder)?.start().await;
    request.send(&replay.client()).await?;
    replay.finish().await?;
    Ok(())
}

#[tokio::test]
async fn errors_keep_their_codes() -> Outcome {
    let folder = folder("refused");
    let body = json!({ "error": { "type": "invalid_request_error", "code": "balance_insufficient", "param": "amount",
                                  "message": "jenny@rosen.example has too little", "request_log_url": "https://dashboard.example/x" } });
    let stripe = stripe_answers(400, &body).await;
    let server = recording(&folder, &stripe).await?;
    let error = pay(&server.client()).await.unwrap_err();
    assert_eq!((error.code(), error.request_id()), (Some("balance_insufficient"), Some("req_1Recorded")));
    server.finish().await?;
    let [(_, text)] = steps(&folder).try_into().unwrap();
    assert!(!text.contains("jenny") && !text.contains("dashboard"), "{text}");
    let replay = Replay::load(&folder)?.start().await;
    assert_eq!(pay(&replay.client()).await.unwrap_err().code(), Some("balance_insufficient"));
    replay.finish().await?;
    Ok(())
}

#[tokio::test]
async fn uploads_are_forwarded_completely() -> Outcome {
    let folder = folder("upload");
    let stripe = MockServer::start().await;
    let body = json!({ "id": "file_1Recorded", "object": "file", "created": 1, "expires_at": null, "filename": "front.png", "links": null,
                       "purpose": "identity_document", "size": 4, "title": null, "type": "png", "url": null });
    Mock::given(method("POST"))
        .and(path("/v1/files"))
        .and(body_string_contains("\r\n\r\n1234\r\n"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&stripe)
        .await;
    let server = recording(&folder, &stripe).await?;
    let upload = file::Create::new(
        FileUpload::new("front.png", &b"1234"[..]).content_type("image/png"),
        "identity_document",
    );
    upload.send(&server.client()).await?;
    let transcript = server.finish().await?;
    let [(_, text)] = steps(&folder).try_into().unwrap();
    assert!(!text.contains("front.png"), "{text}");

    let replay = Replay::load(&folder)?.start().await;
    assert_eq!(upload.send(&replay.client()).await?.filename.as_deref(), Some("front.png"));
    assert_eq!(replay.finish().await?, transcript);
    Ok(())
}

/// The reply of a step in an included flow.
fn reply_of(step: &str) -> Json {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fund_issuing_balance").join(step);
    let step: Json = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    step["response"]["body"].clone()
}

/// Adds two bank accounts; with wrong amounts first, then the right ones.
async fn add_bank_accounts(client: &Client) -> Result<(), stripe_platform::Error> {
    for (holder, number) in [("Jenny Rosen", "000123456789"), ("Li Rosen", "000222222227")] {
        let account = token::BankAccountParams::new(number, "US").account_holder_name(holder);
        let token = token::Create::new().bank_account(account).send(client).await?;
        assert_eq!(token.bank_account.unwrap().account_holder_name.as_deref(), Some(holder));
    }
    let wrong = source::Verify::new("src_1Recorded", ["23", "54"]).send(client).await.unwrap_err();
    assert_eq!(wrong.code(), Some("bank_account_verification_failed"));
    source::Verify::new("src_1Recorded", ["32", "45"]).send(client).await?;
    Ok(())
}

#[tokio::test]
async fn scrubbed_values_may_differ_between_requests() -> Outcome {
    let folder = folder("other_values");
    let stripe = MockServer::start().await;
    let answer = |sent: &'static str, status: u16, body: Json| {
        let reply = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(method("POST")).and(body_string_contains(sent)).respond_with(reply)
    };
    for (sent, holder) in [("000123456789", "Jenny Rosen"), ("000222222227", "Li Rosen")] {
        let mut token = reply_of("01_bank_account_token.json");
        token["bank_account"]["account_holder_name"] = json!(holder);
        answer(sent, 200, token).mount(&stripe).await;
    }
    let refused =
        json!({ "error": { "type": "invalid_request_error", "code": "bank_account_verification_failed" } });
    answer("=23", 400, refused).mount(&stripe).await;
    answer("=32", 200, reply_of("03_verify_microdeposits.json")).mount(&stripe).await;

    let server = recording(&folder, &stripe).await?;
    add_bank_accounts(&server.client()).await?;
    let transcript = server.finish().await?;
    let written: String = steps(&folder).into_iter().map(|(_, text)| text).collect();
    for value in ["Jenny", "Li Rosen", "000123456789", "000222222227", "\"23\"", "\"45\""] {
        assert!(!written.contains(value), "{value}: {written}");
    }
    let replay = Replay::load(&folder)?.start().await;
    add_bank_accounts(&replay.client()).await?;
    assert_eq!(replay.finish().await?, transcript);
    Ok(())
}

#[tokio::test]
async fn empty_values_and_booleans_are_kept() -> Outcome {
    let folder = folder("unset");
    let body = json!({ "error": { "type": "invalid_request_error", "code": "recorded" } });
    let stripe = stripe_answers(400, &body).await;
    let server = recording(&folder, &stripe).await?;
    let ask = async |client: Client| {
        let unset = topup::Update::new("tu_1Recorded").description("").metadata([("a", "")]);
        let form = unset.send(&client).await.unwrap_err();
        let sent = json!({ "contact_email": null, "display_name": "", "new": { "is": true, "list": [], "count": 7 } });
        let raw = client.raw(Method::Post, "/v2/core/accounts/acct_1Recorded").json(sent);
        let json = raw.send().await.unwrap_err();
        assert_eq!((form.code(), json.code()), (Some("recorded"), Some("recorded")));
    };
    ask(server.client()).await;
    server.finish().await?;
    let replay = Replay::load(&folder)?.start().await;
    ask(replay.client()).await;
    replay.finish().await?;
    Ok(())
}

#[tokio::test]
async fn another_version_is_recorded() -> Outcome {
    let folder = folder("other_version");
    let stripe = stripe_answers(200, &a_topup()).await;
    let old = topup::Retrieve::new("tu_1Recorded").with_options(Options::new().stripe_version("2020-08-27"));
    let server = recording(&folder, &stripe).await?;
    old.send(&server.client()).await?;
    server.finish().await?;
    let replay = Replay::load(&folder)?.start().await;
    old.send(&replay.client()).await?;
    replay.finish().await?;

    let replay = Replay::load(&folder)?.start().await;
    topup::Retrieve::new("tu_1Recorded").send(&replay.client()).await.unwrap_err();
    let problem = replay.finish().await.unwrap_err().to_string();
    assert!(problem.contains("header Stripe-Version: expected \"2020-08-27\""), "{problem}");
    Ok(())
}

#[tokio::test]
async fn free_text_is_not_kept() -> Outcome {
    let folder = folder("free_text");
    let mut body = a_topup();
    body["description"] = json!("Paper for Jenny");
    body["statement_descriptor"] = json!("JENNY");
    body["metadata"] = json!({ "order": "order-1", "note": "call Jenny" });
    let stripe = stripe_answers(200, &body).await;
    let request = topup::Create::new(500, Currency::USD)
        .description("Paper for Jenny")
        .metadata([("order", "order-1"), ("note", "call Jenny")])
        .idempotency_key("jenny@rosen.example/top-up");
    let server = recording(&folder, &stripe).await?;
    request.send(&server.client()).await?;
    server.finish().await?;
    let [(_, text)] = steps(&folder).try_into().unwrap();
    assert!(!text.to_lowercase().contains("jenny"), "{text}");
    assert_eq!(text.matches("\"order\": \"{{order}}\"").count(), 2, "{text}");

    // A value that a reply repeats is repeated in the replay too.
    let replay = Replay::load(&folder)?.start().await;
    let paid = request.description("Paper for Li").send(&replay.client()).await?;
    assert_eq!(paid.description.as_deref(), Some("Paper for Li"));
    replay.finish().await?;
    Ok(())
}

#[tokio::test]
async fn relevant_reply_headers_are_kept() -> Outcome {
    let folder = folder("reply_headers");
    let stripe = MockServer::start().await;
    let body = json!({ "error": { "type": "api_error", "code": "recorded" } });
    let reply = ResponseTemplate::new(500).set_body_json(body).insert_header("stripe-should-retry", "false");
    Mock::given(method("POST")).respond_with(reply).mount(&stripe).await;
    let server = recording(&folder, &stripe).await?;
    pay(&server.client()).await.unwrap_err();
    server.finish().await?;
    assert_eq!(steps(&folder).len(), 1);
    let replay = Replay::load(&folder)?.start().await;
    let error = pay(&replay.client()).await.unwrap_err();
    assert_eq!((error.code(), error.call().unwrap().attempts), (Some("recorded"), 1));
    replay.finish().await?;
    Ok(())
}

/// A recording that must not be written leaves the folder unchanged.
async fn refused(name: &str, body: &Json) -> String {
    let folder = folder(name);
    let stripe = stripe_answers(200, body).await;
    let server = recording(&folder, &stripe).await.unwrap();
    let _ = pay(&server.client()).await;
    let problem = server.finish().await.unwrap_err().to_string();
    assert_eq!(steps(&folder), [("01_before.json".to_owned(), "what was there before".to_owned())]);
    problem
}

#[tokio::test]
async fn text_that_looks_like_a_key_is_not_written() {
    let mut body = a_topup();
    body["failure_code"] = json!(["sk", "test", "4eC39HqLyjWDarjtT1"].join("_"));
    let problem = refused("key_shaped", &body).await;
    assert!(
        problem.contains("request 1: contains text that looks like an API key (`sk_test_…`)"),
        "{problem}"
    );
}

#[tokio::test]
async fn recording_that_cannot_be_replayed_is_not_written() {
    let mut body = a_topup();
    body["failure_code"] = json!("{{nobody}}");
    let problem = refused("no_replay", &body).await;
    assert!(
        problem.contains("01_post_topups.json cannot be replayed: the name `nobody` in the reply"),
        "{problem}"
    );
}

#[tokio::test]
async fn live_mode_replies_are_not_written() {
    let mut body = a_topup();
    body["livemode"] = json!(true);
    let problem = refused("live_mode", &body).await;
    assert!(problem.contains("request 1: the reply contains live mode data"), "{problem}");
}

#[tokio::test]
async fn unknown_operations_are_not_forwarded() -> Outcome {
    let folder = folder("unknown_call");
    let stripe = stripe_answers(200, &json!({ "id": "cus_1" })).await;
    let server = recording(&folder, &stripe).await?;
    server.client().raw(Method::Get, "/v1/customers").send().await.unwrap_err();
    let problem = server.finish().await.unwrap_err().to_string();
    assert!(problem.contains("request 1: is not an operation of this crate"), "{problem}");
    assert!(stripe.received_requests().await.unwrap().is_empty());
    Ok(())
}

#[tokio::test]
async fn unreachable_server_is_reported() -> Outcome {
    let folder = folder("no_server");
    let recording = Recording::new(key())?.base_url("http://127.0.0.1:1");
    let server = Replay::record(&folder, recording)?.start().await;
    pay(&server.client()).await.unwrap_err();
    let problem = server.finish().await.unwrap_err().to_string();
    assert!(problem.contains("recording: request 1: "), "{problem}");
    Ok(())
}

#[test]
fn recording_requires_a_test_key() {
    for kind in ["sk_live_", "rk_live_"] {
        let problem = Recording::new(format!("{kind}0123456789")).unwrap_err().to_string();
        assert!(problem.contains("a live key cannot be used for recording"), "{problem}");
        assert!(!problem.contains("0123456789"), "{problem}");
    }
    for text in ["", "pk_test_0123456789", "secret"] {
        let problem = Recording::new(text).unwrap_err().to_string();
        assert!(problem.contains("not a test key"), "{problem}");
    }
    let shown = format!("{:?}", Recording::new(key()).unwrap());
    assert!(!shown.contains("recording0"), "{shown}");
    let no_url = Recording::new(key()).unwrap().base_url("no url");
    assert!(Replay::record(folder("no_url"), no_url).is_err());
    assert!(Replay::record("no/such/folder", Recording::new(key()).unwrap()).is_err());
}

/// Runs the test below in a separate process with a separate environment.
fn by_environment(variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "record::recorded_by_its_environment", "--ignored", "--nocapture"]);
    for name in ["STRIPE_REPLAY_RECORD", "STRIPE_SECRET_KEY", "STRIPE_REPLAY_BASE_URL"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn environment_can_enable_recording() -> Outcome {
    let stripe = stripe_answers(200, &a_topup()).await;
    let folder = folder("by_environment");
    let (key, url, place) = (key(), stripe.uri(), folder.to_str().ok_or("a path")?);
    let variables = [
        ("STRIPE_REPLAY_RECORD", "1"),
        ("STRIPE_SECRET_KEY", key.as_str()),
        ("STRIPE_REPLAY_BASE_URL", url.as_str()),
        ("RECORDED_FOLDER", place),
    ];
    let recorded = tokio::task::spawn_blocking({
        let variables = variables.map(|(name, value)| (name, value.to_owned()));
        move || by_environment(&variables.each_ref().map(|(name, value)| (*name, value.as_str())))
    });
    let (is_well, text) = recorded.await?;
    assert!(is_well, "{text}");
    assert_eq!(steps(&folder).len(), 1);

    // Without the variable it is a replay of the new fixtures.
    let (is_well, text) = by_environment(&[("RECORDED_FOLDER", place)]);
    assert!(is_well, "{text}");

    let live = ["sk", "live", "0123456789"].join("_");
    for (key, problem) in [
        (live.as_str(), "a live key cannot be used for recording"),
        ("", "requires a test key in STRIPE_SECRET_KEY"),
    ] {
        let (is_well, text) = by_environment(&[
            ("STRIPE_REPLAY_RECORD", "1"),
            ("STRIPE_SECRET_KEY", key),
            ("RECORDED_FOLDER", place),
        ]);
        assert!(!is_well && text.contains(problem), "{text}");
    }
    Ok(())
}

#[tokio::test]
#[ignore = "the test above runs it, with another environment"]
async fn recorded_by_its_environment() -> Outcome {
    let server = Replay::load(std::env::var("RECORDED_FOLDER")?)?.start().await;
    pay(&server.client()).await?;
    server.finish().await?;
    Ok(())
}
