//! Thin events, the data fetched for them, and events in envelopes of other carriers.

use crate::events::{thin_event, topup_event};
use http::HeaderMap;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use stripe_platform::v2::core::ThinEventType;
use stripe_platform::webhook::{
    Delivery, Event, EventNotification, EventObject, EventType, Signer, Verifier, from_event_bridge,
    from_event_grid,
};
use stripe_platform::{
    BoxFuture, Client, Error, Transport, TransportError, TransportReply, TransportRequest,
};

/// Answers every call alike, and records the requests.
struct Canned {
    reply: String,
    seen: Mutex<Vec<(String, HeaderMap)>>,
}

impl Canned {
    fn client(reply: &Value) -> (Arc<Self>, Client) {
        let canned = Arc::new(Self { reply: reply.to_string(), seen: Mutex::default() });
        let client = Client::builder("sk_test_1").transport(canned.clone()).build().unwrap();
        (canned, client)
    }

    fn only(&self) -> (String, HeaderMap) {
        let mut seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1);
        seen.remove(0)
    }
}

impl Transport for Canned {
    fn execute(&self, request: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
        self.seen.lock().unwrap().push((request.url.to_string(), request.headers));
        Box::pin(async { Ok(TransportReply::new(200, HeaderMap::new(), self.reply.clone())) })
    }
}

fn notification(event: &Value) -> EventNotification {
    EventNotification::parse(event.to_string().as_bytes()).unwrap()
}

#[tokio::test]
async fn thin_event_is_fetched_in_its_context() {
    let body = thin_event().to_string();
    let header = Signer::new("whsec_1").unwrap().sign(body.as_bytes());
    let read = Verifier::new("whsec_1").unwrap().notification(body.as_bytes(), &header).unwrap();
    assert_eq!((read.id.as_str(), read.kind.as_str()), ("evt_test_1", "v2.core.account.updated"));

    let mut full = thin_event();
    full["changes"] = json!({ "before": {}, "after": {} });
    let (canned, client) = Canned::client(&full);
    // The event's scope overrides the client's.
    let event = read.fetch_event(&client.for_account("acct_2")).await.unwrap();
    assert!(event.changes.is_some());
    let (url, headers) = canned.only();
    assert_eq!(url, "https://api.stripe.com/v2/core/events/evt_test_1");
    assert_eq!(headers["stripe-context"], "acct_1");
    assert!(!headers.contains_key("stripe-account"));
    assert_eq!(headers["stripe-request-trigger"], "event=evt_test_1");
}

#[tokio::test]
async fn related_object_is_fetched_typed() {
    let (canned, client) = Canned::client(&topup_event()["data"]["object"]);
    let mut event = thin_event();
    event["type"] = json!("v1.topup.succeeded");
    event["related_object"] =
        json!({ "id": "tu_1", "type": "topup", "url": "/v1/topups/tu_1?expand[]=source" });
    event["context"].take();
    let object = notification(&event).fetch_related(&client).unwrap().await.unwrap();
    assert!(matches!(&object, EventObject::Topup(topup) if topup.amount == 50_000), "{object:?}");
    let (url, headers) = canned.only();
    assert_eq!(url, "https://api.stripe.com/v1/topups/tu_1?expand%5B%5D=source");
    assert!(!headers.contains_key("stripe-context"));
}

#[tokio::test]
async fn objects_without_an_id_are_fetched_too() {
    for (kind, object, url, snapshot) in [
        ("v1.balance.available", "balance", "/v1/balance", EventType::BalanceAvailable),
        (
            "v1.balance_settings.updated",
            "balance_settings",
            "/v1/balance_settings",
            EventType::BalanceSettingsUpdated,
        ),
    ] {
        let mut event = thin_event();
        event["type"] = json!(kind);
        event["snapshot_event"] = json!("evt_1");
        event["related_object"] = json!({ "type": object, "url": url });
        let read = notification(&event);
        let related = read.related_object.as_ref().unwrap();
        assert_eq!((related.id.as_deref(), related.url.as_str()), (None, url));
        assert!(ThinEventType::ALL.contains(&read.kind), "{kind}");
        assert_eq!(read.snapshot_type(), Some(snapshot));
        assert_eq!(read.snapshot_event.as_ref().unwrap().as_str(), "evt_1");

        let (canned, client) = Canned::client(&event);
        let fetched = read.fetch_event(&client).await.unwrap();
        assert_eq!(fetched.kind, read.kind);
        let (asked, _) = canned.only();
        assert!(asked.ends_with("/v2/core/events/evt_test_1"), "{asked}");

        let (canned, client) = Canned::client(&json!({ "object": object, "livemode": false }));
        let fetched = read.fetch_related(&client).unwrap().await.unwrap();
        assert_eq!(fetched.kind(), object);
        let (asked, headers) = canned.only();
        assert_eq!(
            (asked, &headers["stripe-context"]),
            (format!("https://api.stripe.com{url}"), &"acct_1".parse().unwrap())
        );
    }
    assert_eq!(notification(&thin_event()).snapshot_type(), None);
}

#[tokio::test]
async fn event_cannot_redirect_the_key() {
    for url in ["https://evil.example/v1/topups", "//evil.example/v1", "/v1/../../evil", "v1/topups/tu_1", ""]
    {
        let (canned, client) = Canned::client(&json!({}));
        let mut event = thin_event();
        event["related_object"]["url"] = json!(url);
        let error = notification(&event).fetch_related(&client).unwrap().await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{url}: {error}");
        assert!(canned.seen.lock().unwrap().is_empty());
    }
}

#[test]
fn unknown_and_objectless_thin_events_are_accepted() {
    let mut event = thin_event();
    event["type"] = json!("v9.made.up");
    event["related_object"].take();
    event["new_member"] = json!(1);
    let read = notification(&event);
    assert_eq!(read.kind.as_str(), "v9.made.up");
    assert_eq!(read.extra.get("new_member"), Some(&json!(1).into()));
    assert!(read.fetch_related(&Client::new("sk_test_1").unwrap()).is_none());
}

fn bridge(detail: &Value) -> String {
    json!({
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": detail["type"],
        "source": "aws.partner/stripe.com/ed_1",
        "account": "123456789012",
        "time": "2026-11-20T10:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    })
    .to_string()
}

fn cloud_event(data: &Value) -> Value {
    json!({ "specversion": "1.0", "id": "1", "type": data["type"], "source": "stripe", "data": data })
}

#[test]
fn envelopes_are_unwrapped() {
    let event = Delivery::Event(Box::new(Event::parse(topup_event().to_string().as_bytes()).unwrap()));
    let thin = Delivery::EventNotification(Box::new(notification(&thin_event())));
    assert_eq!(from_event_bridge(bridge(&topup_event()).as_bytes()).unwrap(), event);
    assert_eq!(from_event_bridge(bridge(&thin_event()).as_bytes()).unwrap(), thin);
    let one = cloud_event(&topup_event()).to_string();
    let taken = |body: &str| -> Vec<Delivery> {
        from_event_grid(body.as_bytes()).unwrap().into_iter().map(Result::unwrap).collect()
    };
    assert_eq!(taken(&one), std::slice::from_ref(&event));
    let batch = json!([cloud_event(&topup_event()), cloud_event(&thin_event())]).to_string();
    assert_eq!(taken(&batch), [event, thin]);
}

#[test]
fn invalid_item_of_a_batch_does_not_fail_the_others() {
    let batch = json!([cloud_event(&topup_event()), { "id": "2" }, cloud_event(&json!({})), cloud_event(&thin_event())]);
    let taken = from_event_grid(batch.to_string().as_bytes()).unwrap();
    let ids: Vec<Option<&str>> =
        taken.iter().map(|taken| taken.as_ref().ok().map(|delivery| delivery.id())).collect();
    assert_eq!(ids, [Some("evt_1"), None, None, Some("evt_test_1")]);
    assert!(taken[1].as_ref().unwrap_err().to_string().contains("specversion"));
}

#[test]
fn thin_event_with_mismatched_members_is_kept() {
    for member in ["livemode", "context", "reason", "related_object"] {
        for odd in [json!([1]), json!(1.5), json!({ "id": 7 })] {
            let mut event = thin_event();
            event[member] = odd.clone();
            let read = notification(&event);
            assert_eq!(read.id, "evt_test_1");
            assert_eq!(read.extra.get(member), Some(&odd.clone().into()), "{member}");
            event.as_object_mut().unwrap().remove(member);
            assert_eq!(notification(&event).id, "evt_test_1");
        }
    }
    let mut event = thin_event();
    event["related_object"] = json!({ "id": 7 });
    assert_eq!(notification(&event).related_object, None);
}

#[test]
fn damaged_thin_event_reports_the_problem() {
    let mut event = thin_event();
    event["created"] = json!([5]);
    for result in [
        Delivery::parse(event.to_string().as_bytes()).map(|_| ()),
        EventNotification::parse(event.to_string().as_bytes()).map(|_| ()),
    ] {
        let error = result.unwrap_err().to_string();
        assert!(error.contains("created") && !error.contains("Verifier"), "{error}");
    }
    let cut = thin_event().to_string();
    let error = Delivery::parse(&cut.as_bytes()[..cut.len() - 1]).unwrap_err().to_string();
    assert!(error.contains("EOF"), "{error}");
}

#[test]
fn thin_event_in_another_layout_is_decoded() {
    let mut event = thin_event();
    event["context"] = json!("");
    event["created"] = json!(1_794_500_000);
    event.as_object_mut().unwrap().remove("livemode");
    let notification = notification(&event);
    assert_eq!((&notification.context, notification.livemode), (&None, None));
    assert_eq!(notification.created.as_str(), "2026-11-12T16:13:20Z");
    assert_eq!(notification.client(&Client::new("sk_test_1").unwrap()).account_id(), None);
    event["livemode"] = json!(true);
    assert_eq!(self::notification(&event).livemode, Some(true));
}

#[test]
fn snapshot_event_may_mention_thin_events() {
    let mut event = topup_event();
    event["data"]["object"]["description"] = json!("about v2.core.event");
    assert!(matches!(Delivery::parse(event.to_string().as_bytes()), Ok(Delivery::Event(_))));
}

#[test]
fn invalid_envelopes_are_rejected() {
    for body in ["", "{}", "[{}]", "7", &topup_event().to_string()] {
        assert!(matches!(from_event_bridge(body.as_bytes()), Err(Error::Decode(_))), "{body}");
        let taken = from_event_grid(body.as_bytes());
        assert!(
            taken.as_ref().is_err_and(|error| matches!(error, Error::Decode(_)))
                || taken.is_ok_and(|all| matches!(all.as_slice(), [Err(Error::Decode(_))])),
            "{body}"
        );
    }
    assert!(from_event_bridge(cloud_event(&topup_event()).to_string().as_bytes()).is_err());
    assert!(from_event_grid(bridge(&topup_event()).as_bytes()).is_err());
}
