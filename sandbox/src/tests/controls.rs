//! The control API: its description, forms and JSON, and separate platforms.

use crate::server::{CONTROLS, Server, ServerOptions};
use crate::tests::http::call;
use crate::{Json, Peek as _};
use crate::{Options, Sandbox};

/// Sends a request with a body and additional headers.
async fn send(
    server: &Server,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, Json) {
    let client = reqwest::Client::new();
    let method = method.parse().unwrap();
    let mut request = client.request(method, format!("{}{path}", server.url())).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let reply = request.send().await.unwrap();
    let status = reply.status().as_u16();
    (status, serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or_default())
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn openapi_document_has_exactly_the_controls() {
    let server = Server::start(&Sandbox::new(1)).unwrap();
    let (status, document) = call(&server, "GET", "/_sandbox/openapi.json", "").await;
    assert_eq!((status, document.text("openapi")), (200, "3.1.0"));
    let paths = document.at("paths").and_then(Json::as_object).unwrap();
    let mut count = 0;
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            count += 1;
            assert!(!operation.text("summary").is_empty(), "{method} {path}");
            // A control rejects an unknown parameter with 400; an unknown control is 404.
            let query = if method == "get" { "?no_such_parameter=1" } else { "" };
            let body = if method == "post" { "no_such_parameter=1" } else { "" };
            let (status, reply) =
                call(&server, &method.to_uppercase(), &format!("{path}{query}"), body).await;
            assert_eq!(status, 400, "{method} {path}: {reply}");
        }
    }
    assert_eq!(count, CONTROLS.len());
    let advance = document.at("paths").and_then(|paths| paths.get("/_sandbox/advance")).unwrap();
    let content = advance.at("post.requestBody.content").and_then(Json::as_object).unwrap();
    assert!(content.contains_key("application/json") && content.len() == 2, "{advance}");
}

#[tokio::test]
async fn json_bodies_equal_forms() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let before = sandbox.now().as_seconds();
    let (status, state) =
        send(&server, "POST", "/_sandbox/advance", &[JSON], r#"{"days":1,"hours":null}"#).await;
    assert_eq!((status, state.int("now") - before), (200, 86_400), "{state}");
    let body = r#"{"balance":"issuing","currency":"usd","amount":500}"#;
    assert_eq!(send(&server, "POST", "/_sandbox/fund", &[JSON], body).await.1.int("balance"), 500);
    for (body, param) in [
        (r#"{"days":"soon"}"#, "days"),
        (r#"{"days":[1]}"#, "days"),
        (r#"{"weeks":1}"#, "weeks"),
        ("[1]", ""),
        ("{", ""),
    ] {
        let (status, refused) = send(&server, "POST", "/_sandbox/advance", &[JSON], body).await;
        assert_eq!((status, refused.text("error.param")), (400, param), "{body}: {refused}");
    }
}

#[tokio::test]
async fn clock_advances_to_the_next_due_time() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let (status, refused) = call(&server, "POST", "/_sandbox/advance", "to=next_due").await;
    assert_eq!((status, refused.text("error.param")), (400, "to"));
    let form = "amount=700&currency=usd&source=btok_us_verified";
    let topup = call(&server, "POST", "/v1/topups", form).await.1.text("id").to_owned();
    let (status, state) = call(&server, "POST", "/_sandbox/advance", "to=next_due").await;
    assert_eq!(status, 200, "{state}");
    let read = call(&server, "GET", &format!("/v1/topups/{topup}"), "").await.1;
    assert_eq!(read.text("status"), "succeeded");
    assert_eq!(call(&server, "POST", "/_sandbox/advance", "to=next_due&days=1").await.0, 400);
}

#[tokio::test]
async fn object_lists_its_possible_transitions() {
    let server = Server::start(&Sandbox::new(1)).unwrap();
    let (_, made) = call(&server, "POST", "/_sandbox/trigger", "event=topup.created").await;
    let path = format!("/_sandbox/object?id={}", made.text("object"));
    let (status, told) = call(&server, "GET", &path, "").await;
    let names: Vec<_> = told.items("transitions").iter().map(|next| next.text("name").to_owned()).collect();
    assert_eq!((status, names), (200, vec!["topups.settle".to_owned(), "topups.fail".to_owned()]));
    assert_eq!(call(&server, "GET", "/_sandbox/object?id=tu_missing", "").await.0, 404);
    let (status, refused) = call(&server, "POST", "/_sandbox/trigger", "event=topup.suceeded").await;
    assert_eq!((status, refused.text("error.param")), (400, "event"));
    assert_eq!(
        call(&server, "POST", "/_sandbox/trigger", "event=topup.created&rule=topup.settle").await.0,
        400
    );
}

#[tokio::test]
async fn reset_without_seed_repeats_no_id() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        assert!(seen.insert(sandbox.platform()), "{seen:?}");
        call(&server, "POST", "/v1/topups", "amount=5&currency=usd").await;
        for event in sandbox.events() {
            assert!(seen.insert(event.text("id").to_owned()), "{event}");
        }
        let (status, told) = call(&server, "POST", "/_sandbox/reset", "").await;
        assert!(status == 200 && told.at("seed").is_some(), "{told}");
    }
}

#[tokio::test]
async fn platform_per_key_separates_keys() {
    let sandbox = Sandbox::new(1);
    let server = ServerOptions::new().platform_per_key(true).start(&sandbox).unwrap();
    let key = |name: &str| format!("Bearer {}", ["sk", "test", name].join("_"));
    let (anna, ben) = (key("anna"), key("ben"));
    let form = ("content-type", "application/x-www-form-urlencoded");
    let topups = async |key: &str| {
        send(&server, "GET", "/v1/topups", &[("authorization", key)], "").await.1.items("data").len()
    };
    let made =
        send(&server, "POST", "/v1/topups", &[("authorization", &anna), form], "amount=5&currency=usd").await;
    assert_eq!(made.0, 200, "{}", made.1);
    assert_eq!((topups(&anna).await, topups(&ben).await), (1, 0));
    let state =
        async |key: &str| send(&server, "GET", "/_sandbox/state", &[("authorization", key)], "").await.1;
    let (first, second) = (state(&anna).await, state(&ben).await);
    assert_ne!(first.text("platform"), second.text("platform"));
    // The query contains the key where a header cannot be sent.
    let path = format!("/_sandbox/state?key={}", anna.trim_start_matches("Bearer "));
    assert_eq!(send(&server, "GET", &path, &[], "").await.1, first);
    assert_eq!(send(&server, "POST", "/_sandbox/reset", &[("authorization", &ben)], "").await.0, 200);
    assert_eq!(topups(&anna).await, 1, "only the other platform was reset");
    assert_eq!(send(&server, "POST", "/_sandbox/reset", &[("authorization", &anna)], "").await.0, 200);
    assert_eq!(topups(&anna).await, 0);

    // A hosted page uses the platform of its link, although it is opened without a key.
    let account = send(&server, "POST", "/_sandbox/connect", &[("authorization", &anna)], "").await.1;
    let link = format!(
        "account={}&type=account_onboarding&return_url=https://a.example&refresh_url=https://b.example",
        account.text("account")
    );
    let link = send(&server, "POST", "/v1/account_links", &[("authorization", &anna), form], &link).await.1;
    let address = link.text("url").replace(&sandbox.state().options.base_url, &server.url());
    assert_eq!(reqwest::get(address).await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn events_are_resent_and_undeliverable_webhooks_have_a_reason() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let endpoint = "url=https://backend.example/hooks&enabled_events[]=topup.created";
    assert_eq!(call(&server, "POST", "/v1/webhook_endpoints", endpoint).await.0, 200);
    let (_, made) = call(&server, "POST", "/_sandbox/trigger", "event=topup.created").await;
    let state = call(&server, "GET", "/_sandbox/state", "").await.1;
    assert_eq!(state.text("webhooks_undeliverable.0.type"), "topup.created");
    assert!(
        state.text("webhooks_undeliverable.0.reason").contains("--deliver-to backend.example"),
        "{state}"
    );
    let event = state.text("webhooks_undeliverable.0.event").to_owned();
    let (status, again) = call(&server, "POST", "/_sandbox/webhooks/resend", &format!("event={event}")).await;
    assert_eq!((status, again.int("sent")), (200, 1));
    assert_eq!(sandbox.webhooks().waiting(), 2);
    let missing = format!("event={}", made.text("object"));
    assert_eq!(call(&server, "POST", "/_sandbox/webhooks/resend", &missing).await.0, 404);
}

#[tokio::test]
async fn forwarding_sends_all_events_with_one_secret() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let url = "url=http://127.0.0.1:9/hooks";
    let (status, made) = call(&server, "POST", "/_sandbox/forward", url).await;
    assert!(status == 200 && made.text("secret").starts_with("whsec_"), "{made}");
    assert_eq!(
        call(&server, "POST", "/_sandbox/forward", url).await.1,
        made,
        "the endpoints are created once"
    );
    let account = sandbox.connect().into_id();
    sandbox.webhooks().collected();
    crate::tests::support::post(&sandbox, "", "/v1/topups", "amount=5&currency=usd");
    crate::tests::support::post(&sandbox, &account, "/v1/topups", "amount=5&currency=usd");
    let parcels = sandbox.webhooks().take();
    let own: Vec<_> = parcels.iter().filter(|parcel| parcel.kind == "topup.created").collect();
    assert_eq!(own.len(), 2, "{parcels:?}");
    for parcel in own {
        let at = parcel.signature.strip_prefix("t=").and_then(|rest| rest.split(',').next()).unwrap();
        let expected = crate::signature(made.text("secret"), at.parse().unwrap(), &parcel.body);
        assert_eq!(parcel.signature, expected);
    }
}

#[tokio::test]
async fn planned_faults_are_listed_until_they_have_happened() {
    let server = Server::start(&Sandbox::new(1)).unwrap();
    let planned = async || call(&server, "GET", "/_sandbox/faults", "").await.1;
    assert_eq!(planned().await, serde_json::json!({ "data": [], "webhooks": [] }));
    for form in [
        "effect=status&status=503&retry_after=2&operation=PostTopups&times=2&after=1",
        "effect=delay&milliseconds=50&percent=30",
        "effect=truncate&bytes=7&phase=before",
        "effect=rate_limit&limit=endpoint-rate",
    ] {
        assert_eq!(call(&server, "POST", "/_sandbox/faults", form).await.0, 200, "{form}");
    }
    call(&server, "POST", "/_sandbox/webhooks", "mishap=lost&event=topup.created&times=3").await;
    let all = planned().await;
    let expected = serde_json::json!({ "data": [
        { "effect": "status", "status": 503, "retry_after": 2, "phase": "before", "operation": "PostTopups", "times": 2,
          "after": 1 },
        { "effect": "delay", "milliseconds": 50, "phase": "after", "percent": 30 },
        { "effect": "truncate", "bytes": 7, "phase": "before" },
        { "effect": "rate_limit", "limit": "endpoint-rate", "phase": "before" },
    ], "webhooks": [{ "mishap": "lost", "event": "topup.created", "times": 3 }] });
    assert_eq!(all, expected);
    // A listed fault has the parameters that plan it again.
    for fault in all.items("data") {
        let (status, reply) = send(&server, "POST", "/_sandbox/faults", &[JSON], &fault.to_string()).await;
        assert_eq!(status, 200, "{fault}: {reply}");
    }
    let twice = planned().await;
    assert_eq!(twice.items("data")[4..], *all.items("data"));
    let page = reqwest::get(format!("{}/faults", server.url())).await.unwrap().text().await.unwrap();
    assert!(page.contains("endpoint-rate") && page.contains("topup.created"), "{page}");
    call(&server, "POST", "/_sandbox/faults/clear", "").await;
    assert!(planned().await.items("data").is_empty());
}

#[tokio::test]
async fn possible_requests_of_an_object_can_be_made() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    for (event, label) in [
        ("topup.created", "Cancel"),
        ("payout.created", "Cancel"),
        ("issuing_card.created", "Deactivate"),
        ("issuing_authorization.request", "Approve"),
        ("issuing_personalization_design.updated", "Activate"),
        ("payment_intent.created", "Confirm"),
        ("treasury.outbound_payment.created", "Cancel"),
    ] {
        let form = format!("event={event}");
        let made = call(&server, "POST", "/_sandbox/trigger", &form).await.1;
        let shown = call(&server, "GET", &format!("/_sandbox/object?id={}", made.text("object")), "").await.1;
        let request = shown.items("requests").first().unwrap_or_else(|| panic!("{event}: {shown}"));
        let form = request.at("parameters").and_then(Json::as_object).unwrap().iter();
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let form = form.map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
        let body = body.extend_pairs(form).finish();
        let account = shown.text("account");
        let key = format!("Bearer {}", crate::tests::support::key());
        let headers = [
            ("authorization", &*key),
            ("content-type", "application/x-www-form-urlencoded"),
            ("stripe-account", account),
        ];
        let headers = if *account == sandbox.platform() { &headers[..2] } else { &headers };
        let page = reqwest::get(format!("{}/objects/{}", server.url(), made.text("object"))).await.unwrap();
        let page = page.text().await.unwrap();
        let (status, reply) = send(&server, "POST", request.text("path"), headers, &body).await;
        assert_eq!(status, 200, "{event}: {reply}");
        assert!(page.contains(&format!("<button>{label}</button>")), "{event}: {page}");
    }
}

#[tokio::test]
async fn links_of_a_page_stay_on_the_platform_of_its_key() {
    let sandbox = Sandbox::with(1, Options { kept_exchanges: 100, ..Options::default() });
    let server = ServerOptions::new().platform_per_key(true).start(&sandbox).unwrap();
    let key = ["sk", "test", "anna"].join("_");
    let authorization = format!("Bearer {key}");
    let headers = [("authorization", &*authorization), ("content-type", "application/x-www-form-urlencoded")];
    let made = send(&server, "POST", "/_sandbox/trigger", &headers, "event=topup.succeeded").await.1;
    let read = async |path: &str| {
        let reply = reqwest::get(format!("{}{path}", server.url())).await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    };
    let front = read("/").await.1;
    assert!(front.contains(&format!("href=\"?key={key}\"")), "the keys are listed: {front}");
    let account = format!("/accounts/{}", made.text("account"));
    assert_eq!(read(&account).await.0, 404, "the account belongs to the key");
    for page in ["/".to_owned(), "/timeline".to_owned(), account] {
        let (status, text) = read(&format!("{page}?key={key}")).await;
        assert_eq!(status, 200, "{page}");
        let links: Vec<_> =
            text.split(" href=\"/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(links.len() > 4, "{text}");
        for link in links {
            assert!(link.contains(&format!("key={key}")), "{page}: {link}");
            let address = format!("/{}", link.replace("&amp;", "&"));
            assert_eq!(read(&address).await.0, 200, "{page}: {address}");
        }
        for form in text.split("<form ").skip(1).filter_map(|rest| rest.split("</form>").next()) {
            let keeps = form.contains(&format!("key={key}")) || form.contains("action=\"/v1/");
            assert!(keeps || form.contains(&format!("name=\"key\" value=\"{key}\"")), "{page}: {form}");
        }
    }
}
