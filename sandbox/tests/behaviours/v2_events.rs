//! Event destinations and events of API v2.

use crate::support::{get, post, request};
use http::Method;
use serde_json::json;
use stripe_sandbox::{Json, Peek, Sandbox, signature};

const PATH: &str = "/v2/core/event_destinations";

fn send(sandbox: &Sandbox, path: &str, body: &Json) -> Json {
    let headers = [("content-type", "application/json")];
    sandbox.handle(&request(Method::POST, path, &body.to_string(), "", &headers)).json()
}

fn create(sandbox: &Sandbox, more: &[(&str, Json)]) -> Json {
    let mut body = json!({ "name": "hooks", "type": "webhook_endpoint", "event_payload": "snapshot",
        "enabled_events": ["topup.created"], "webhook_endpoint": { "url": "https://example.com/v2" },
        "include": ["webhook_endpoint.url", "webhook_endpoint.signing_secret"] });
    for (name, value) in more {
        body[*name] = value.clone();
    }
    send(sandbox, PATH, &body)
}

fn topup(sandbox: &Sandbox, account: &str) {
    let form = "amount=700&currency=usd&source=btok_us_verified";
    assert_eq!(post(sandbox, account, "/v1/topups", form).status, 200);
}

#[test]
fn destination_shows_its_secret_once_and_receives_signed_events() {
    let sandbox = Sandbox::new(1);
    let made = create(&sandbox, &[]);
    let (id, secret) = (made.text("id"), made.text("webhook_endpoint.signing_secret"));
    assert!(secret.starts_with("whsec_"), "{made}");
    assert_eq!(made.text("created"), "2026-01-05T09:00:00.000Z");
    let plain = get(&sandbox, "", &format!("{PATH}/{id}")).json();
    assert_eq!(plain.at("webhook_endpoint"), None);
    let with = get(&sandbox, "", &format!("{PATH}/{id}?include[0]=webhook_endpoint.url")).json();
    assert_eq!(with.at("webhook_endpoint"), Some(&json!({ "url": "https://example.com/v2" })));
    let asked = get(&sandbox, "", &format!("{PATH}/{id}?include[0]=webhook_endpoint.signing_secret"));
    assert_eq!(asked.status, 400);

    topup(&sandbox, "");
    let parcels = sandbox.webhooks().take();
    let [parcel] = parcels.as_slice() else { panic!("{parcels:?}") };
    assert_eq!((parcel.url.as_str(), parcel.kind.as_str()), ("https://example.com/v2", "topup.created"));
    assert_eq!(parcel.signature, signature(secret, sandbox.now().as_seconds(), &parcel.body));
}

#[test]
fn destinations_filter_by_event_source() {
    let sandbox = Sandbox::new(1);
    sandbox.connect_as("acct_other");
    let own = create(&sandbox, &[]);
    let others = create(&sandbox, &[("events_from", json!(["other_accounts"]))]);
    create(&sandbox, &[("event_payload", json!("thin"))]);
    let told = || sandbox.webhooks().take().into_iter().map(|parcel| parcel.endpoint).collect::<Vec<_>>();
    topup(&sandbox, "");
    assert_eq!(told(), [own.text("id")]);
    topup(&sandbox, "acct_other");
    assert_eq!(told(), [others.text("id")]);

    let path = format!("{PATH}/{}", own.text("id"));
    let off = send(&sandbox, &format!("{path}/disable"), &json!({}));
    assert_eq!((off.text("status"), off.text("status_details.disabled.reason")), ("disabled", "user"));
    topup(&sandbox, "");
    assert!(told().is_empty());
    let on = send(&sandbox, &format!("{path}/enable"), &json!({}));
    assert_eq!((on.text("status"), on.at("status_details")), ("enabled", None));
    let gone = sandbox.handle(&request(Method::DELETE, &path, "", "", &[]));
    assert_eq!((gone.status, gone.json().text("id").to_owned()), (200, own.text("id").to_owned()));
    assert_eq!(get(&sandbox, "", &path).status, 404);
}

#[test]
fn update_merges_parameters_and_null_removes_metadata() {
    let sandbox = Sandbox::new(1);
    let made = create(&sandbox, &[("metadata", json!({ "a": "1", "b": "2" }))]);
    let body = json!({ "name": "other", "metadata": { "a": null, "c": "3" },
        "webhook_endpoint": { "url": "https://example.com/new" }, "include": ["webhook_endpoint.url"] });
    let now = send(&sandbox, &format!("{PATH}/{}", made.text("id")), &body);
    assert_eq!((now.text("name"), now.at("metadata")), ("other", Some(&json!({ "b": "2", "c": "3" }))));
    assert_eq!(now.text("webhook_endpoint.url"), "https://example.com/new");
}

#[test]
fn unexpected_null_and_duplicate_members_are_rejected() {
    let sandbox = Sandbox::new(1);
    let post = |body: &str| {
        let headers = [("content-type", "application/json")];
        sandbox.handle(&request(Method::POST, PATH, body, "", &headers))
    };
    let body = |name: &str, more: &str| {
        format!(
            r#"{{"name":{name},"type":"webhook_endpoint","event_payload":"thin","enabled_events":["*"],
               "webhook_endpoint":{{"url":"https://example.com"}}{more}}}"#
        )
    };
    for (sent, param) in [
        (body("null", ""), "name"),
        (body(r#""a""#, r#","description":null"#), "description"),
        (body(r#""a""#, r#","events_from":[null]"#), "events_from[0]"),
        (body(r#""a""#, r#","metadata":{"k":null}"#), "metadata[k]"),
    ] {
        let reply = post(&sent);
        assert_eq!((reply.status, reply.json().text("error.param")), (400, param), "{}", reply.json());
    }
    for twice in [r#","name":"b""#, r#","metadata":{"k":"1","k":"2"}"#] {
        let reply = post(&body(r#""a""#, twice));
        assert_eq!(reply.status, 400, "{}", reply.json());
        assert!(reply.json().text("error.message").contains("duplicate member"), "{}", reply.json());
    }
    assert_eq!(post(&body(r#""a""#, "")).status, 200);
}

#[test]
fn ping_is_a_thin_event_independent_of_subscriptions() {
    let sandbox = Sandbox::new(1);
    let thin = [("event_payload", json!("thin")), ("enabled_events", json!(["v1.topup.created"]))];
    let made = create(&sandbox, &thin);
    let id = made.text("id");
    let event = send(&sandbox, &format!("{PATH}/{id}/ping"), &json!({}));
    assert_eq!((event.text("object"), event.text("related_object.id")), ("v2.core.event", id));
    let parcels = sandbox.webhooks().take();
    let [parcel] = parcels.as_slice() else { panic!("{parcels:?}") };
    let body: Json = serde_json::from_slice(&parcel.body).unwrap();
    assert_eq!(body, event);
    assert_eq!(get(&sandbox, "", &format!("/v2/core/events/{}", event.text("id"))).json(), event);
    assert_eq!(get(&sandbox, "", "/v2/core/events?object_id=other").json().items("data").len(), 0);
    assert!(sandbox.report().markdown().contains(&format!("v2.core.event_destination.ping ({id})")));
}

#[test]
fn v2_pages_link_to_each_other() {
    let sandbox = Sandbox::new(1);
    let mut made: Vec<_> = (0..5).map(|_| create(&sandbox, &[]).text("id").to_owned()).collect();
    made.reverse();
    let mut seen = Vec::new();
    let mut path = format!("{PATH}?limit=2&include[0]=webhook_endpoint.url");
    let mut last = Json::Null;
    for _ in 0..3 {
        last = get(&sandbox, "", &path).json();
        let items = last.items("data").iter();
        seen.extend(items.map(|found| {
            assert_eq!(found.text("webhook_endpoint.url"), "https://example.com/v2");
            found.text("id").to_owned()
        }));
        path = last.text("next_page_url").to_owned();
    }
    assert_eq!(seen, made);
    assert_eq!(last.at("next_page_url"), None);
    let before = get(&sandbox, "", last.text("previous_page_url")).json();
    assert_eq!(before.text("data.0.id"), made[2]);
    assert_eq!(get(&sandbox, "", &format!("{PATH}?page=page_none")).status, 400);
}

#[test]
fn destination_without_url_is_rejected() {
    let sandbox = Sandbox::new(1);
    let body =
        json!({ "name": "x", "type": "webhook_endpoint", "event_payload": "thin", "enabled_events": ["*"] });
    assert_eq!(send(&sandbox, PATH, &body).text("error.param"), "webhook_endpoint[url]");
}
