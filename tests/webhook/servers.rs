//! The extractor and the handler of axum.

use crate::authorizations::{SECRET, request_with, signed};
use crate::events::{thin_event, topup_event};
use axum::body::Body;
use axum::extract::{FromRef, Request};
use axum::response::Response;
use axum::{Router, routing::post};
use http_body_util::BodyExt;
use serde_json::json;
use std::convert::Infallible;
use stripe_platform::webhook::axum::Verified;
use stripe_platform::webhook::{Decision, Delivery, Event, EventNotification, Responder, Verifier};
use tower_service::Service;

#[derive(Clone)]
struct App(Verifier);

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.0.clone()
    }
}

fn app() -> Router {
    let verifier = Verifier::new(SECRET).unwrap().body_limit(10_000);
    let responder = Responder::new(verifier.clone(), |_| async { Ok::<_, Infallible>(Decision::approve()) });
    Router::new()
        .route("/events", post(|Verified(event): Verified<Event>| async move { event.kind.to_string() }))
        .route(
            "/thin",
            post(|Verified(event): Verified<EventNotification>| async move { event.kind.to_string() }),
        )
        .route(
            "/both",
            post(|Verified(delivery): Verified<Delivery>| async move {
                match delivery {
                    Delivery::Event(event) => event.id.to_string(),
                    Delivery::EventNotification(event) => event.id.to_string(),
                    _ => String::new(),
                }
            }),
        )
        .route("/authorizations", post(responder))
        .with_state(App(verifier))
}

async fn answer(path: &str, body: &[u8], sign: bool) -> (u16, String) {
    let mut request = Request::post(path).body(Body::from(body.to_vec())).unwrap();
    if sign {
        request.headers_mut().extend(signed(body));
    }
    let response: Response = app().call(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn verified_events_are_extracted() {
    let (event, thin) = (topup_event().to_string(), thin_event().to_string());
    assert_eq!(answer("/events", event.as_bytes(), true).await, (200, "topup.succeeded".to_owned()));
    assert_eq!(answer("/thin", thin.as_bytes(), true).await, (200, "v2.core.account.updated".to_owned()));
    assert_eq!(answer("/both", event.as_bytes(), true).await, (200, "evt_1".to_owned()));
    assert_eq!(answer("/both", thin.as_bytes(), true).await, (200, "evt_test_1".to_owned()));
}

#[tokio::test]
async fn invalid_webhooks_are_rejected_with_the_reason() {
    let event = topup_event().to_string();
    let (status, text) = answer("/events", event.as_bytes(), false).await;
    assert_eq!((status, text.as_str()), (400, "the webhook has no Stripe-Signature header"));
    let (status, text) = answer("/events", thin_event().to_string().as_bytes(), true).await;
    assert!(status == 400 && text.contains("Verifier::notification"), "{text}");
    let (status, text) = answer("/events", &vec![b' '; 10_001], true).await;
    assert_eq!((status, text.as_str()), (413, "the body exceeds 10000 bytes"));
}

#[tokio::test(start_paused = true)]
async fn extractor_times_out_without_a_body() {
    let body = Body::new(http_body_util::StreamBody::new(crate::authorizations::futures_pending()));
    let response = app().call(Request::post("/events").body(body).unwrap()).await.unwrap();
    assert_eq!(response.status(), 408);
}

#[tokio::test]
async fn responder_is_an_axum_handler() {
    let (status, body) = answer("/authorizations", &request_with(&[]), true).await;
    assert_eq!((status, body), (200, json!({ "approved": true }).to_string()));
    assert_eq!(answer("/authorizations", &request_with(&[]), false).await.0, 400);
}
