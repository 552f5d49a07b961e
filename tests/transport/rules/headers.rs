//! The headers and hosts of a request.

use stripe_platform::{API_VERSION, Client, Error, FileUpload, Host, Json, Method, Options, SecretKey, file};
use test_support::script::{Script, json, ok};

#[tokio::test(start_paused = true)]
async fn every_request_has_the_standard_headers() {
    let script = Script::answering(|_| ok());
    let client =
        script.builder().app_info("Shop", Some("1.2"), Some("https://shop.example")).build().unwrap();
    client.raw(Method::Post, "/v1/topups").param("amount", 1).send().await.unwrap();
    let seen = &script.seen()[0];
    assert_eq!(seen.url.as_str(), "https://api.stripe.com/v1/topups");
    assert_eq!(seen.header("authorization"), Some("Bearer sk_test_script"));
    assert!(seen.headers["authorization"].is_sensitive());
    assert_eq!(seen.header("stripe-version"), Some(API_VERSION));
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(seen.header("accept"), Some("application/json"));
    let agent = seen.header("user-agent").unwrap();
    assert!(
        agent.starts_with("Stripe/v1 RustPlatform/") && agent.ends_with(" Shop/1.2 (https://shop.example)")
    );
    let details: stripe_platform::Json =
        serde_json::from_str(seen.header("x-stripe-client-user-agent").unwrap()).unwrap();
    assert_eq!(details["application"]["name"], "Shop");
    assert_eq!(details["lang"], "rust");
    assert_eq!(seen.header("stripe-account"), None);
    assert_eq!(seen.text(), "amount=1");
}

#[tokio::test(start_paused = true)]
async fn account_and_context_headers_follow_the_scope() {
    let script = Script::answering(|_| ok());
    let client = script.client();
    let on = client.for_account("acct_1");
    assert_eq!(on.account_id().unwrap(), "acct_1");
    on.raw(Method::Get, "/v1/balance").send().await.unwrap();
    on.raw(Method::Get, "/v1/balance").for_account("acct_2").send().await.unwrap();
    on.for_platform().raw(Method::Get, "/v1/balance").send().await.unwrap();
    client.for_context("acct_3/acct_4").raw(Method::Get, "/v1/balance").send().await.unwrap();
    // An option of the request overrides the client's scope.
    let context = Options::new().context("acct_5");
    on.raw(Method::Get, "/v1/balance").with_options(context.clone()).send().await.unwrap();
    let seen = script.seen();
    let scopes: Vec<_> =
        seen.iter().map(|s| (s.header("stripe-account"), s.header("stripe-context"))).collect();
    assert_eq!(
        scopes,
        [
            (Some("acct_1"), None),
            (Some("acct_2"), None),
            (None, None),
            (None, Some("acct_3/acct_4")),
            (None, Some("acct_5")),
        ]
    );
    let both = client.raw(Method::Get, "/v1/balance").with_options(context.account("acct_1"));
    assert!(matches!(both.send().await, Err(Error::InvalidInput(_))));
    assert_eq!(script.attempts(), 5);
}

#[tokio::test(start_paused = true)]
async fn client_can_require_an_account() {
    let script = Script::answering(|_| ok());
    let client = script.builder().require_account(true).build().unwrap();
    assert!(matches!(client.raw(Method::Get, "/v1/balance").send().await, Err(Error::InvalidInput(_))));
    client.for_account("acct_1").raw(Method::Get, "/v1/balance").send().await.unwrap();
    client.for_context("acct_1").raw(Method::Get, "/v1/balance").send().await.unwrap();
    client.raw(Method::Get, "/v1/balance").for_account("acct_1").send().await.unwrap();
    assert_eq!(script.attempts(), 3);
    // The storing client may not have had this requirement.
    let raw = script.client().raw(Method::Post, "/v1/payouts");
    let (without, with) = (raw.prepare().unwrap(), raw.for_account("acct_1").prepare().unwrap());
    assert!(matches!(client.replay::<Json>(&without).await, Err(Error::InvalidInput(_))));
    client.replay::<Json>(&with).await.unwrap();
    assert_eq!(script.attempts(), 4);
}

#[tokio::test(start_paused = true)]
async fn custom_versions_and_headers_are_sent() {
    let script = Script::answering(|_| ok());
    let client = script
        .builder()
        .api_version("2026-05-01.dahlia")
        .preview_feature("issuing_beta", 1)
        .preview_feature("issuing_beta", 3)
        .preview_feature("issuing_beta", 2)
        .header("X-Trace", "a")
        .header("User-Agent", "mine")
        .build()
        .unwrap();
    let request = || client.raw(Method::Get, "/v1/balance");
    request().send().await.unwrap();
    request()
        .with_options(Options::new().stripe_version("2026-01-28.preview").header("x-trace", "b"))
        .send()
        .await
        .unwrap();
    let seen = script.seen();
    assert_eq!(seen[0].header("stripe-version"), Some("2026-05-01.dahlia; issuing_beta=v3"));
    assert_eq!(seen[0].header("x-trace"), Some("a"));
    assert_eq!(seen[0].header("user-agent"), Some("mine"));
    assert_eq!(seen[1].header("stripe-version"), Some("2026-01-28.preview; issuing_beta=v3"));
    assert_eq!(seen[1].header("x-trace"), Some("b"));
    for name in
        ["Authorization", "Idempotency-Key", "Stripe-Account", "Host", "Content-Length", "a b", "", "x:y"]
    {
        assert!(request().with_options(Options::new().header(name, "x")).send().await.is_err(), "{name}");
        assert!(script.builder().header(name, "x").build().is_err(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn key_is_sent_only_to_configured_hosts() {
    let script = Script::answering(|_| ok());
    let client = script
        .builder()
        .api_base_url("https://api.example/stripe/")
        .files_base_url("https://files.example")
        .connect_base_url("https://connect.example")
        .build()
        .unwrap();
    for host in [Host::Api, Host::Files, Host::Connect] {
        client.raw(Method::Get, "/v1/x").host(host).send().await.unwrap();
    }
    let urls: Vec<_> = script.seen().iter().map(|seen| seen.url.to_string()).collect();
    assert_eq!(
        urls,
        ["https://api.example/stripe/v1/x", "https://files.example/v1/x", "https://connect.example/v1/x"]
    );
    assert!(Client::builder("sk_live_1").base_url("http://api.example").build().is_err());
    assert!(Client::builder("sk_test_1").base_url("http://api.example").build().is_ok());
    // A key of unknown type may be live.
    assert!(Client::builder("key_1").base_url("http://api.example").build().is_err());
    assert!(Client::builder("key_1").base_url("http://127.0.0.1:1").build().is_ok());
}

#[tokio::test(start_paused = true)]
async fn request_can_have_a_separate_api_key() {
    let echo = r#"{"error":{"type":"invalid_request_error","message":"No: rk_live_own, ownkey%22"}}"#;
    let script = Script::answering(move |_| json(400, echo));
    let client = script.client();
    let request =
        |key: &str| client.raw(Method::Post, "/v1/topups").with_options(Options::new().api_key(key));
    for key in ["rk_live_own", "ownkey"] {
        let error = request(key).send().await.unwrap_err();
        assert!(!format!("{error} {error:?} {:?}", request(key)).contains(key), "{error}");
    }
    client.raw(Method::Post, "/v1/topups").send().await.unwrap_err();
    let seen = script.seen();
    let keys: Vec<_> = seen.iter().map(|seen| seen.header("authorization").unwrap()).collect();
    assert_eq!(keys, ["Bearer rk_live_own", "Bearer ownkey", "Bearer sk_test_script"]);
    assert!(seen.iter().all(|seen| seen.headers["authorization"].is_sensitive()));
    // With another key it would act for another account, so it is not stored.
    let prepared = request("rk_live_own").prepare().unwrap();
    assert!(serde_json::to_string(&prepared).is_err() && serde_json::to_string(&prepared.exposed()).is_err());
    client.replay::<Json>(&prepared).await.unwrap_err();
    assert_eq!(script.seen()[3].header("authorization"), Some("Bearer rk_live_own"));
    // Nor is it sent to hosts that the client's key must not reach.
    assert!(matches!(request("a b").send().await, Err(Error::InvalidInput(_))));
    let open = script.builder().base_url("http://api.example").build().unwrap().raw(Method::Get, "/v1/x");
    let open = |key: &str| open.clone().with_options(Options::new().api_key(key));
    assert!(matches!(open("sk_live_1").send().await, Err(Error::InvalidInput(_))));
    assert!(matches!(open("sk_test_1").send().await, Err(Error::InvalidRequest(_))));
}

#[test]
fn keys_are_validated_and_never_printed() {
    for key in ["", " ", "sk_test_1\r\nX: y", "sk_test ä", "a b"] {
        let error = Client::new(key).unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)));
        assert!(key.trim().is_empty() || !error.to_string().contains(key));
    }
    let client = Client::new(" sk_test_abcdef\n").unwrap();
    let builder = Client::builder("sk_live_abcdef");
    for text in
        [format!("{client:?}"), format!("{builder:?}"), format!("{:?}", SecretKey::new("rk_live_abcdef"))]
    {
        assert!(!text.contains("abcdef"), "{text}");
    }
    assert!(SecretKey::new("rk_live_x").is_live() && !SecretKey::new("rk_live_x").is_test());
    assert!(SecretKey::from_env("STRIPE_PLATFORM_NO_SUCH_VARIABLE").is_err());
}

/// No setter can terminate a header and inject another.
#[tokio::test(start_paused = true)]
async fn no_setter_accepts_line_breaks() {
    let script = Script::answering(|_| ok());
    let mut state = 42_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let alphabet = [
        '\r', '\n', '\0', '\t', ' ', ':', 'a', 'Z', '0', '_', '-', '/', ';', '"', 'é', '\u{7f}', '\u{85}',
        '\u{2028}',
    ];
    let (mut sent, mut uploads) = (0, 0);
    for _ in 0..3000 {
        let text: String = (0..1 + next(6)).map(|_| alphabet[next(alphabet.len())]).collect();
        let builder = match next(6) {
            0 => script.builder().api_version(&text),
            1 => script.builder().app_info(&text, Some(&text), None),
            2 => script.builder().header("x-mine", &text),
            5 => script.builder().app_info("Shop", None, Some(&text)),
            3 => script.builder().header(&text, "x"),
            _ => script.builder().preview_feature(&text, 1),
        };
        let options = match next(6) {
            0 => Options::new().account(text.as_str()),
            1 => Options::new().context(&text),
            2 => Options::new().idempotency_key(&text),
            3 => Options::new().stripe_version(&text),
            4 => Options::new().header("x-mine", &text),
            _ => Options::new().header(&text, "x"),
        };
        let Ok(client) = builder.build() else { continue };
        let client = match next(4) {
            0 => client.for_account(text.as_str()),
            1 => client.for_context(&text),
            _ => client,
        };
        if client.raw(Method::Post, "/v1/topups").with_options(options).send().await.is_ok() {
            sent += 1;
        }
        // The parts of an upload have separate headers.
        let upload = FileUpload::new(&text, "x").content_type(&text);
        let upload = client.prepare(&file::Create::new(upload, "dispute_evidence"));
        if let Ok(upload) = upload {
            uploads += usize::from(client.replay::<Json>(&upload).await.is_ok());
        }
    }
    assert!(sent > 50 && uploads > 50, "too few requests were sent: {sent}, {uploads}");
    for seen in script.seen() {
        let kind = seen.header("content-type").unwrap();
        if let Some(boundary) = kind.strip_prefix("multipart/form-data; boundary=") {
            // Two parts, each with its head and nothing injected.
            let parts: Vec<_> = seen.text().split(&format!("--{boundary}")).collect();
            let heads: Vec<_> = parts.iter().filter_map(|part| part.split_once("\r\n\r\n")).collect();
            assert_eq!((parts.len(), heads.len()), (4, 2), "{}", seen.text());
            assert_eq!(heads[0].0, "\r\nContent-Disposition: form-data; name=\"purpose\"");
            let lines: Vec<_> = heads[1].0.split("\r\n").collect();
            assert_eq!(lines.len(), 3, "{lines:?}");
            assert!(lines.iter().all(|line| !line.contains(['\r', '\n', '\0'])), "{lines:?}");
        }
        for value in seen.headers.values() {
            assert!(value.as_bytes().iter().all(|byte| (b' '..=b'~').contains(byte)), "{value:?}");
        }
    }
}
