//! Tests of the replay: matching requests, and reports of mismatches.

use serde_json::{Value as Json, json};
use std::error::Error as StdError;
use std::fs;
use std::path::{Path, PathBuf};
use stripe_platform::testing::{Fault, Mismatch, Replay, ReplayError, ReplayServer};
use stripe_platform::{
    Client, Currency, Error, FileUpload, Method, Options, Outcome, balance, file, issuing, payout, topup, v2,
};

type Outcomes = Result<(), Box<dyn StdError>>;

/// Writes a custom flow into a new folder.
fn flow(name: &str, head: &str, steps: &[Json]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("flow.toml"), format!("name = {name:?}\nguide = \"none\"\n{head}")).unwrap();
    for (index, step) in steps.iter().enumerate() {
        fs::write(folder.join(format!("{:02}_step.json", index + 1)), step.to_string()).unwrap();
    }
    folder
}

async fn replay(name: &str, head: &str, steps: &[Json]) -> ReplayServer {
    Replay::load(flow(name, head, steps)).unwrap().start().await
}

fn refused(name: &str, head: &str, steps: &[Json]) -> String {
    match Replay::load(flow(name, head, steps)) {
        Err(error @ ReplayError::Fixture { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

fn step(operation: &str, method: &str, path: &str, params: Json, body: Json) -> Json {
    json!({
        "operation": operation,
        "request": { "method": method, "path": path, "params": params },
        "response": { "status": 200, "body": body },
    })
}

fn a_topup(amount: Json) -> Json {
    json!({ "id": "tu_1", "object": "topup", "amount": amount, "created": 1, "currency": "usd", "livemode": false,
            "metadata": {}, "status": "pending" })
}

fn pay(amount: Json) -> Json {
    step(
        "PostTopups",
        "POST",
        "/v1/topups",
        json!({ "amount": amount, "currency": "usd", "metadata": { "a": "1", "b": "2" } }),
        a_topup(json!(500)),
    )
}

fn read_balance(amount: i64) -> Json {
    let none: [Json; 0] = [];
    step(
        "GetBalance",
        "GET",
        "/v1/balance",
        json!({}),
        json!({ "object": "balance", "available": [{ "amount": amount, "currency": "usd" }], "pending": none, "livemode": false }),
    )
}

fn a_request() -> topup::Create {
    topup::Create::new(500, Currency::USD).metadata([("b", "2"), ("a", "1")])
}

async fn mismatch(server: ReplayServer) -> Mismatch {
    match server.finish().await {
        Err(ReplayError::Mismatch(mismatch)) => mismatch,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[tokio::test]
async fn changed_parameter_is_reported() {
    let cases: [(topup::Create, &str); 6] = [
        (
            topup::Create::new(501, Currency::USD).metadata([("a", "1"), ("b", "2")]),
            "amount: expected \"500\", sent \"501\"",
        ),
        (
            topup::Create::new(500, Currency::EUR).metadata([("a", "1"), ("b", "2")]),
            "currency: expected \"usd\", sent \"eur\"",
        ),
        (
            topup::Create::new(500, Currency::USD).metadata([("a", "1")]),
            "metadata[b]: expected \"2\", not sent",
        ),
        (a_request().description("x"), "description: sent \"x\", not expected"),
        (
            a_request().expand(topup::Expand::BalanceTransaction),
            "expand[0]: sent \"balance_transaction\", not expected",
        ),
        (a_request().for_account("acct_1"), "header Stripe-Account: sent \"acct_1\", not expected"),
    ];
    for (request, expected) in cases {
        let stripe = replay("a_changed_parameter", "", &[pay(json!(500)), read_balance(0)]).await;
        let error = request.send(&stripe.client()).await.unwrap_err();
        assert_eq!(error.code(), Some("replay_mismatch"));
        assert_eq!(error.outcome(), Outcome::Rejected);
        assert_eq!(error.call().unwrap().attempts, 1);
        let mismatch = mismatch(stripe).await;
        let [problem] = mismatch.unmatched.as_slice() else { panic!("{mismatch}") };
        contains(
            problem,
            &["request 1, POST /v1/topups", "the closest unused step is 01_step (POST /v1/topups)", expected],
        );
        assert_eq!(problem.lines().count(), 2, "{problem}");
        assert_eq!(mismatch.unused, ["01_step (POST /v1/topups)", "02_step (GET /v1/balance)"]);
    }
}

#[tokio::test]
async fn unused_step_fails() -> Outcomes {
    let stripe = replay("a_step_left_over", "", &[pay(json!(500)), read_balance(0)]).await;
    a_request().send(&stripe.client()).await?;
    let mismatch = mismatch(stripe).await;
    assert!(mismatch.unmatched.is_empty());
    contains(&mismatch.to_string(), &["`a_step_left_over`", "step 02_step (GET /v1/balance) was not used"]);
    Ok(())
}

#[tokio::test]
async fn extra_request_fails() -> Outcomes {
    let stripe = replay("an_extra_request", "", &[pay(json!(500)), read_balance(0)]).await;
    a_request().send(&stripe.client()).await?;
    balance::Retrieve::new().send(&stripe.client()).await?;
    let error = a_request().send(&stripe.client()).await.unwrap_err();
    contains(
        &error.to_string(),
        &["step 01_step (POST /v1/topups) matches, but was used by request 1; all steps are used"],
    );
    let error = payout::Create::new(1, Currency::USD).send(&stripe.client()).await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)));
    let text = stripe.transcript();
    contains(&text, &["4. POST /v1/payouts -> 400\n   (no step matches)"]);
    assert_eq!(mismatch(stripe).await.unmatched.len(), 2);
    Ok(())
}

#[tokio::test]
async fn other_operation_is_reported() {
    let stripe = replay("another_operation", "", &[pay(json!(500))]).await;
    payout::Create::new(1, Currency::USD).send(&stripe.client()).await.unwrap_err();
    let mismatch = mismatch(stripe).await;
    contains(&mismatch.to_string(), &["call: expected POST /v1/topups, sent POST /v1/payouts"]);
}

#[tokio::test]
async fn equal_requests_use_their_steps_in_order() -> Outcomes {
    let stripe = replay("in_turn", "", &[read_balance(1), read_balance(2)]).await;
    for amount in [1, 2] {
        let balance = balance::Retrieve::new().send(&stripe.client()).await?;
        assert_eq!(balance.available[0].amount, amount);
    }
    stripe.finish().await?;
    Ok(())
}

#[tokio::test]
async fn order_matters_only_in_strict_flows() -> Outcomes {
    let steps = [pay(json!(500)), read_balance(0)];
    let stripe = replay("any_order", "", &steps).await;
    balance::Retrieve::new().send(&stripe.client()).await?;
    a_request().send(&stripe.client()).await?;
    stripe.finish().await?;

    let stripe = replay("strict_order", "order = \"strict\"", &steps).await;
    balance::Retrieve::new().send(&stripe.client()).await.unwrap_err();
    a_request().send(&stripe.client()).await?;
    balance::Retrieve::new().send(&stripe.client()).await?;
    let mismatch = mismatch(stripe).await;
    assert!(mismatch.unused.is_empty());
    contains(&mismatch.to_string(), &["the next step is 01_step"]);
    Ok(())
}

#[tokio::test]
async fn names_are_bound_by_requests_and_repeated_in_replies() -> Outcomes {
    let mut first = step(
        "PostTopups",
        "POST",
        "/v1/topups",
        json!({ "amount": "{{amount:number}}", "currency": "usd" }),
        a_topup(json!("{{amount:number}}")),
    );
    first["request"]["headers"] =
        json!({ "Stripe-Account": "{{account}}", "Idempotency-Key": "{{order}}/top-up" });
    let mut second =
        step("GetTopupsTopup", "GET", "/v1/topups/{{id}}", json!({}), a_topup(json!("{{amount:number}}")));
    second["request"]["headers"] = json!({ "stripe-account": "{{account}}" });
    second["response"]["body"]["description"] = json!("{{order}} of {{account}}");
    let steps = [first, second];

    let stripe = replay("bound_names", "", &steps).await;
    let on = stripe.client().for_account("acct_1");
    let topup = topup::Create::new(725, Currency::USD).idempotency_key("o-1/top-up").send(&on).await?;
    assert_eq!(topup.amount, 725);
    assert_eq!(stripe.value("order").as_deref(), Some("o-1"));
    let topup = topup::Retrieve::new("tu_9").send(&on).await?;
    assert_eq!(topup.amount, 725);
    assert_eq!(topup.description.as_deref(), Some("o-1 of acct_1"));
    stripe.finish().await?;

    let stripe = replay("bound_names", "", &steps).await;
    topup::Create::new(725, Currency::USD)
        .idempotency_key("o-1/top-up")
        .for_account("acct_1")
        .send(&stripe.client())
        .await?;
    topup::Retrieve::new("tu_9").for_account("acct_2").send(&stripe.client()).await.unwrap_err();
    contains(
        &mismatch(stripe).await.to_string(),
        &["header Stripe-Account: expected \"acct_1\", sent \"acct_2\""],
    );
    Ok(())
}

#[tokio::test]
async fn unbound_name_is_reported() {
    let mut reads = read_balance(1);
    reads["response"]["body"]["available"][0]["currency"] = json!("{{currency}}");
    let pays = step(
        "PostTopups",
        "POST",
        "/v1/topups",
        json!({ "amount": 1, "currency": "{{currency}}" }),
        a_topup(json!(1)),
    );
    let stripe = replay("not_bound_yet", "", &[reads, pays]).await;
    balance::Retrieve::new().send(&stripe.client()).await.unwrap_err();
    contains(&mismatch(stripe).await.to_string(), &["01_step", "`currency` in its reply is not bound yet"]);
}

#[tokio::test]
async fn ids_in_the_path_and_versions_are_compared() {
    let get = step("GetTopupsTopup", "GET", "/v1/topups/tu_1", json!({}), a_topup(json!(1)));
    let stripe = replay("ids_in_the_path", "", &[get]).await;
    topup::Retrieve::new("tu_2").send(&stripe.client()).await.unwrap_err();
    let old = topup::Retrieve::new("tu_1").with_options(Options::new().stripe_version("2020-08-27"));
    old.send(&stripe.client()).await.unwrap_err();
    let text = mismatch(stripe).await.to_string();
    contains(
        &text,
        &["path: expected \"tu_1\", sent \"tu_2\"", "header Stripe-Version: expected", "sent \"2020-08-27\""],
    );
}

#[tokio::test]
async fn replies_have_stripes_headers() -> Outcomes {
    let mut failing = pay(json!(500));
    failing["response"] = json!({ "status": 400, "headers": { "Request-Id": "req_of_the_file" },
        "body": { "error": { "type": "invalid_request_error", "code": "balance_insufficient", "param": "amount" } } });
    let stripe = replay("headers_of_stripe", "", &[failing, read_balance(0)]).await;
    let error = a_request().send(&stripe.client()).await.unwrap_err();
    assert_eq!((error.code(), error.param()), (Some("balance_insufficient"), Some("amount")));
    assert_eq!(error.request_id(), Some("req_of_the_file"));
    let reply = balance::Retrieve::new().send(&stripe.client()).with_meta().await?;
    assert_eq!(reply.request_id(), Some("req_02_step"));
    stripe.finish().await?;
    Ok(())
}

#[tokio::test]
async fn retried_request_can_use_one_step_per_attempt() -> Outcomes {
    let mut busy = pay(json!(500));
    busy["response"] = json!({ "status": 500, "body": { "error": { "type": "api_error" } } });
    let stripe = replay("each_attempt", "order = \"strict\"", &[busy, pay(json!(500))]).await;
    let reply = a_request().send(&stripe.client()).with_meta().await?;
    assert_eq!(reply.attempts(), 2);
    let transcript = stripe.finish().await?;
    assert_eq!(transcript.matches("Idempotency-Key: <generated key 1>").count(), 2, "{transcript}");
    Ok(())
}

/// A flow of one payment and one balance whose first request meets a fault.
async fn faulty(name: &str, fault: Fault) -> ReplayServer {
    let folder = flow(name, "", &[pay(json!(500)), read_balance(0)]);
    Replay::load(folder).unwrap().with_fault("step", fault).unwrap().start().await
}

#[tokio::test]
async fn fault_occurs_once_and_the_retry_gets_the_reply() -> Outcomes {
    let cases = [
        ("fault_reset", Fault::Reset, "connection reset"),
        ("fault_status", Fault::Status(503), "503, once"),
        ("fault_conflict", Fault::Status(409), "409, once"),
    ];
    for (name, fault, shown) in cases {
        let stripe = faulty(name, fault).await;
        let reply = a_request().send(&stripe.client()).with_meta().await?;
        assert_eq!(reply.attempts(), 2, "{name}");
        balance::Retrieve::new().send(&stripe.client()).await?;
        let transcript = stripe.finish().await?;
        contains(&transcript, &[&format!("1. POST /v1/topups -> {shown}\n"), "2. POST /v1/topups -> 200\n"]);
        assert_eq!(transcript.matches("Idempotency-Key: <generated key 1>").count(), 2, "{transcript}");
    }
    Ok(())
}

#[tokio::test]
async fn malformed_reply_is_applied_and_repetition_is_answered() -> Outcomes {
    let stripe = faulty("fault_malformed", Fault::Malformed).await;
    let request = a_request().idempotency_key("o-1");
    let error = request.send(&stripe.client()).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
    assert_eq!(error.outcome(), Outcome::Applied);
    request.send(&stripe.client()).await?;
    balance::Retrieve::new().send(&stripe.client()).await?;
    contains(&stripe.finish().await?, &["1. POST /v1/topups -> 200, cut off"]);
    Ok(())
}

#[tokio::test]
async fn fault_can_be_set_in_the_step_file() -> Outcomes {
    let cases = [
        (json!("malformed"), "200, cut off"),
        (json!("reset"), "connection reset"),
        (json!({ "delay_ms": 1 }), "late by 1 ms"),
        (json!({ "status": 503 }), "503, once"),
    ];
    for (fault, shown) in cases {
        let mut pays = pay(json!(500));
        pays["fault"] = fault;
        let stripe = replay("fault_of_the_file", "", &[pays]).await;
        let request = a_request().idempotency_key("o-1");
        if shown == "200, cut off" {
            assert!(matches!(request.send(&stripe.client()).await, Err(Error::Decode(_))));
        }
        request.send(&stripe.client()).await?;
        contains(&stripe.finish().await?, &[&format!("1. POST /v1/topups -> {shown}\n")]);
    }
    Ok(())
}

#[tokio::test]
async fn late_reply_reaches_waiting_and_retrying_callers() -> Outcomes {
    let stripe = faulty("fault_late", Fault::DelayMs(30)).await;
    let started = std::time::Instant::now();
    a_request().send(&stripe.client()).await?;
    assert!(started.elapsed().as_millis() >= 30);
    balance::Retrieve::new().send(&stripe.client()).await?;
    stripe.finish().await?;

    let stripe = faulty("fault_too_late", Fault::DelayMs(60_000)).await;
    let impatient = stripe.client_builder().attempt_timeout(std::time::Duration::from_millis(300)).build()?;
    let request = a_request().idempotency_key("o-1");
    let reply = request.send(&impatient).with_meta().await?;
    assert_eq!(reply.attempts(), 2);
    balance::Retrieve::new().send(&stripe.client()).await?;
    let transcript = stripe.finish().await?;
    contains(&transcript, &["1. POST /v1/topups -> late by 60000 ms", "2. POST /v1/topups -> 200"]);
    Ok(())
}

#[tokio::test]
async fn retry_with_another_key_is_a_mismatch() {
    let stripe = faulty("fault_other_key", Fault::Status(500)).await;
    let once = stripe.client_builder().max_retries(0).build().unwrap();
    a_request().idempotency_key("o-1").send(&once).await.unwrap_err();
    a_request().idempotency_key("o-2").send(&once).await.unwrap_err();
    contains(
        &mismatch(stripe).await.to_string(),
        &["header Idempotency-Key: the first attempt had \"o-1\", but this one has \"o-2\""],
    );
}

#[tokio::test]
async fn fault_without_retry_leaves_its_step_unused() {
    let stripe = faulty("fault_left_over", Fault::Status(500)).await;
    let once = stripe.client_builder().max_retries(0).build().unwrap();
    assert_eq!(a_request().send(&once).await.unwrap_err().outcome(), Outcome::Unknown);
    contains(&mismatch(stripe).await.to_string(), &["step 01_step (POST /v1/topups) was not used"]);
}

#[tokio::test]
async fn faults_are_loaded_from_files() -> Outcomes {
    for (name, fault, shown) in [
        ("file_reset", json!("reset"), "connection reset"),
        ("file_status", json!({ "status": 500 }), "500, once"),
        ("file_late", json!({ "delay_ms": 1 }), "late by 1 ms"),
    ] {
        let mut failing = pay(json!(500));
        failing["fault"] = fault;
        let stripe = replay(name, "", &[failing]).await;
        a_request().send(&stripe.client()).await?;
        contains(&stripe.finish().await?, &[shown]);
    }
    let folder = flow("no_fault", "", &[pay(json!(500))]);
    let refused =
        |step: &str, fault| Replay::load(&folder).unwrap().with_fault(step, fault).unwrap_err().to_string();
    contains(&refused("none", Fault::Reset), &["the flow has no step `none`"]);
    contains(&refused("01_step", Fault::Status(200)), &["must be 400 to 599, not 200"]);
    Ok(())
}

#[tokio::test]
async fn json_bodies_keep_their_types() -> Outcomes {
    let body = json!({ "id": "acct_1", "object": "v2.core.account", "applied_configurations": [], "created": "2026-11-12T10:30:00Z",
                       "livemode": false });
    let wanted = json!({ "display_name": "Rosen", "contact_email": "jenny@rosen.example" });
    let create = step("PostV2CoreAccounts", "POST", "/v2/core/accounts", wanted, body);
    let request = v2::core::account::Create::new().display_name("Rosen");

    let stripe = replay("json_bodies", "", std::slice::from_ref(&create)).await;
    request.clone().contact_email("jenny@rosen.example").send(&stripe.client()).await?;
    contains(&stripe.finish().await?, &["POST /v2/core/accounts -> 200", "display_name = Rosen"]);

    let stripe = replay("json_bodies", "", &[create]).await;
    request.send(&stripe.client()).await.unwrap_err();
    contains(
        &mismatch(stripe).await.to_string(),
        &["contact_email: expected \"jenny@rosen.example\", not sent"],
    );
    Ok(())
}

#[tokio::test]
async fn files_are_compared_by_name_type_and_size() -> Outcomes {
    let params = json!({ "purpose": "identity_document",
                         "file": { "filename": "front.png", "content_type": "image/png", "size": 4 } });
    let body = json!({ "id": "file_1", "object": "file", "created": 1, "expires_at": null, "filename": "front.png", "links": null,
                       "purpose": "identity_document", "size": 4, "title": null, "type": "png", "url": null });
    let stripe = replay("files", "", &[step("PostFiles", "POST", "/v1/files", params, body)]).await;
    let upload = |bytes: &'static [u8]| {
        file::Create::new(FileUpload::new("front.png", bytes).content_type("image/png"), "identity_document")
    };
    upload(b"12345").send(&stripe.client()).await.unwrap_err();
    upload(b"1234").send(&stripe.client()).await?;
    let mismatch = mismatch(stripe).await;
    contains(&mismatch.to_string(), &["file[size]: expected \"4\", sent \"5\""]);
    Ok(())
}

#[tokio::test]
async fn unmodelled_calls_can_be_replayed() -> Outcomes {
    let raw = json!({ "request": { "method": "POST", "path": "/v1/coupons", "params": { "name": "a" } },
                      "response": { "status": 200, "body": { "id": "cus_1" } } });
    let stripe = replay("not_modelled", "", &[raw]).await;
    let reply = stripe.client().raw(Method::Post, "/v1/coupons").param("name", "a").send().await?;
    assert_eq!(reply["id"], "cus_1");
    stripe.finish().await?;
    Ok(())
}

#[tokio::test]
async fn live_key_is_rejected() {
    let stripe = replay("a_live_key", "", &[read_balance(0)]).await;
    // Assembled here, so that no secret scanner matches it.
    let key = ["sk", "live", "0123456789abcdef"].join("_");
    let client = Client::builder(key).base_url(stripe.url()).build().unwrap();
    balance::Retrieve::new().send(&client).await.unwrap_err();
    contains(&mismatch(stripe).await.to_string(), &["it contains a live key", "was not used"]);
}

#[test]
fn invalid_fixtures_are_rejected() {
    let balance = read_balance(0);
    let with = |change: &dyn Fn(&mut Json)| {
        let mut step = balance.clone();
        change(&mut step);
        step
    };
    let cases: [(Json, &str); 15] = [
        (with(&|s| s["operation"] = json!("GetBalances")), "unknown operation `GetBalances`"),
        (with(&|s| s["operation"] = json!("GetTopups")), "`GetTopups` is GET /v1/topups"),
        (with(&|s| s["operation"] = Json::Null), "the step has no `operation`; use `GetBalance`"),
        (with(&|s| s["request"]["method"] = json!("POST")), "`GetBalance` is GET /v1/balance"),
        (with(&|s| s["request"]["method"] = json!("PUT")), "PUT"),
        (with(&|s| s["request"]["query"] = json!({})), "unknown field `query`"),
        (
            with(&|s| s["request"]["params"] = json!({ "a": { "b": null } })),
            "`a[b]`: a form cannot contain null",
        ),
        (with(&|s| s["request"]["params"] = json!({ "a": "{{b" })), "`{{b` has an unclosed"),
        (with(&|s| s["response"]["status"] = json!(7)), "7 is not a valid status"),
        (
            with(&|s| s["response"]["status"] = json!(400)),
            "an error reply must be an object with a member `error`",
        ),
        (with(&|s| s["response"]["headers"] = json!({ "a b": "c" })), "`a b: c` is not a valid header"),
        (
            with(&|s| s["response"]["body"]["pending"] = Json::Null),
            "is not a reply to GetBalance: pending: expected",
        ),
        (
            with(&|s| s["response"]["body"]["available"][0]["shells"] = json!(1)),
            "unknown member `available[0].shells`",
        ),
        (
            with(&|s| s["response"]["body"]["available"][0]["currency"] = json!("{{c}}")),
            "the name `c` in the reply is never bound",
        ),
        (
            with(&|s| s["request"]["headers"] = json!({ "X": (["sk", "test", "0123456789"].join("_")) })),
            "looks like an API key (`sk_test_…`)",
        ),
    ];
    for (step, expected) in cases {
        let text = refused("cannot_be_right", "", &[step]);
        contains(&text, &["01_step.json", expected]);
    }
    contains(&refused("no_steps", "", &[]), &["the flow has no steps"]);
    contains(&refused("bad_head", "colour = 1", &[read_balance(0)]), &["flow.toml", "colour"]);
    assert!(
        Replay::load(flow(
            "open_members",
            "allow_unknown_members = true",
            &[with(&|s| {
                s["response"]["body"]["shells"] = json!(1);
            })]
        ))
        .is_ok()
    );
    let folder = flow("renamed", "", &[read_balance(0)]);
    fs::write(folder.join("flow.toml"), "name = \"other\"\nguide = \"none\"").unwrap();
    contains(&Replay::load(&folder).unwrap_err().to_string(), &["differs from the folder's name"]);
    let folder = flow("twice", "", &[read_balance(0)]);
    fs::write(folder.join("01_again.json"), read_balance(0).to_string()).unwrap();
    contains(&Replay::load(&folder).unwrap_err().to_string(), &["another step has this number"]);
    fs::remove_file(folder.join("01_again.json")).unwrap();
    fs::write(folder.join("notes.txt"), "").unwrap();
    contains(
        &Replay::load(&folder).unwrap_err().to_string(),
        &["the file name of a step must have the form NN_what_it_does.json"],
    );
    contains(&Replay::load("no/such/folder").unwrap_err().to_string(), &["no/such/folder"]);
    contains(
        &Replay::section("no_such_section").unwrap_err().to_string(),
        &["no_such_section: unknown flow; the included flows are account_balances, ", ", treasury_funding, "],
    );
    assert!(Replay::section("../fixtures").is_err());
}

#[tokio::test]
async fn many_servers_can_be_dropped_in_one_task() {
    let folder = flow("many_servers", "", &[read_balance(0)]);
    let mut servers = Vec::new();
    for _ in 0..150 {
        servers.push(Replay::load(&folder).unwrap().start().await);
    }
    for server in servers {
        assert_eq!(mismatch(server).await.unused.len(), 1);
    }
}

/// The panic message of a closure.
fn panic_of(act: impl FnOnce()) -> Option<String> {
    let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act)).err()?;
    payload.downcast::<String>().map(|text| *text).ok()
}

#[tokio::test]
async fn dropping_an_unfinished_server_panics_with_the_problem() -> Outcomes {
    let stripe = replay("dropped_unasked", "", &[read_balance(0)]).await;
    let said = panic_of(|| drop(stripe)).ok_or("it is silent")?;
    contains(&said, &["dropped without `finish`", "step 01_step (GET /v1/balance) was not used"]);

    let stripe = replay("dropped_unasked", "", &[read_balance(0)]).await;
    balance::Retrieve::new().send(&stripe.client()).await?;
    assert_eq!(panic_of(|| drop(stripe)), None);

    let stripe = replay("dropped_unasked", "", &[read_balance(0)]).await;
    let said = panic_of(|| {
        let _held = stripe;
        std::panic::panic_any("a failure of the test itself".to_owned());
    });
    assert_eq!(said.as_deref(), Some("a failure of the test itself"));
    Ok(())
}

#[tokio::test]
async fn equal_runs_have_equal_transcripts() -> Outcomes {
    let card = json!({ "id": "ic_1", "object": "issuing.card", "brand": "Visa", "cancellation_reason": null, "created": 1, "currency": "usd",
        "exp_month": 1, "exp_year": 2030, "last4": "1234", "livemode": false, "metadata": {}, "status": "active", "type": "virtual",
        "spending_controls": { "allowed_categories": null, "allowed_merchant_countries": null, "blocked_categories": null,
            "blocked_merchant_countries": null, "spending_limits": [], "spending_limits_currency": null },
        "cardholder": { "id": "ich_1", "object": "issuing.cardholder", "billing": { "address": { "city": "A", "country": "US",
            "line1": "B", "line2": null, "postal_code": "1", "state": null } }, "created": 1, "livemode": false, "metadata": {}, "name": "Jenny",
            "requirements": { "past_due": [] }, "status": "active", "type": "individual" } });
    let path = "/v1/issuing/cards/{{card}}";
    let get = step("GetIssuingCardsCard", "GET", path, json!({ "expand": ["number"] }), card.clone());
    let mut update = step("PostIssuingCardsCard", "POST", path, json!({ "status": "active" }), card);
    update["request"]["headers"] = json!({ "Stripe-Account": "{{account}}" });
    let mut transcripts = Vec::new();
    for (card, account, key) in
        [("ic_1SzQ7RB2kX9cTnVw", "acct_a", "k1"), ("ic_1SzQ7RB2kX9cTnVx", "acct_b", "k2")]
    {
        let stripe = replay("equal_runs", "", &[get.clone(), update.clone()]).await;
        let number = issuing::card::Retrieve::new(card).expand("number");
        number.send(&stripe.client()).await?;
        let activate =
            issuing::card::Update::new(card).status(issuing::card::Status::Active).for_account(account);
        activate.idempotency_key(key).send(&stripe.client()).await?;
        transcripts.push(stripe.finish().await?);
    }
    let expected = "1. GET /v1/issuing/cards/<ic 1> -> 200\n   expand[0] = number\n\n\
                    2. POST /v1/issuing/cards/<ic 1> -> 200\n   Stripe-Account: <account 1>\n   Idempotency-Key: <key 1>\n   status = active\n";
    assert_eq!(transcripts, [expected, expected]);
    Ok(())
}
