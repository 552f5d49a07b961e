//! Tests a backend with the replay harness: a service that funds a connected account on request.

mod service;

use serde_json::{Value as Json, json};
use std::error::Error;
use stripe_platform::Client;
use stripe_platform::testing::{Fault, Replay};

type Outcome = Result<(), Box<dyn Error>>;

/// Starts the service on a separate port and returns its URL.
async fn serve(stripe: Client) -> Result<String, Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, service::router(stripe)).await });
    Ok(format!("http://{address}"))
}

/// Requests funding for an order.
async fn ask(service: &str, cents: i64) -> Result<(u16, Json), Box<dyn Error>> {
    let body = json!({ "order": "order-7", "cents": cents });
    let request = reqwest::Client::new()
        .post(format!("{service}/accounts/acct_1SzQ7RB2kX9cTnVw/funds"))
        .header("content-type", "application/json")
        .body(body.to_string());
    let reply = request.send().await?;
    let status = reply.status().as_u16();
    Ok((status, serde_json::from_slice(&reply.bytes().await?)?))
}

fn funds_on_request() -> Result<Replay, Box<dyn Error>> {
    Ok(Replay::load("tests/harness/backend/fixtures/funds_on_request")?)
}

#[tokio::test]
async fn order_is_funded() -> Outcome {
    let stripe = funds_on_request()?.start().await;
    let service = serve(stripe.client()).await?;

    let (status, reply) = ask(&service, 50_000).await?;
    assert_eq!((status, &reply["state"], &reply["amount"]), (202, &json!("pending"), &json!("500.00 USD")));

    insta::assert_snapshot!("funds_on_request", stripe.finish().await?);
    Ok(())
}

/// A network failure of one attempt is invisible to the caller.
#[tokio::test]
async fn network_failure_is_invisible_to_the_caller() -> Outcome {
    for fault in [Fault::Reset, Fault::Status(503), Fault::DelayMs(50)] {
        let stripe = funds_on_request()?.with_fault("top_up", fault)?.start().await;
        let service = serve(stripe.client()).await?;
        assert_eq!(ask(&service, 50_000).await?.0, 202, "{fault}");
        stripe.finish().await?;
    }
    Ok(())
}

/// If the service cannot know whether money moved, it reports that; a repeated request for the same order moves no
/// money twice. The harness ensures it: a second top-up with another key matches no step.
#[tokio::test]
async fn request_with_unknown_outcome_can_be_repeated() -> Outcome {
    let stripe = funds_on_request()?.with_fault("top_up", Fault::Malformed)?.start().await;
    let service = serve(stripe.client()).await?;
    let (status, reply) = ask(&service, 50_000).await?;
    assert_eq!((status, &reply["problem"]), (503, &json!("unclear")));
    assert_eq!(ask(&service, 50_000).await?.0, 202);
    stripe.finish().await?;
    Ok(())
}

#[tokio::test]
async fn refusal_is_returned_with_its_reason() -> Outcome {
    let stripe = Replay::load("tests/harness/backend/fixtures/funds_refused")?.start().await;
    let service = serve(stripe.client()).await?;
    let (status, reply) = ask(&service, 90_000_000).await?;
    assert_eq!((status, &reply["problem"]), (422, &json!("amount_too_large")));
    stripe.finish().await?;
    Ok(())
}

/// A change of the service that changes a Stripe request fails its test, with the place of the difference.
#[tokio::test]
async fn changed_amount_fails_the_test() -> Outcome {
    let stripe = funds_on_request()?.start().await;
    let service = serve(stripe.client()).await?;
    ask(&service, 50_001).await?;
    let problem = stripe.finish().await.expect_err("the amount differs").to_string();
    assert!(problem.contains("\n  amount: expected \"50000\", sent \"50001\""), "{problem}");
    Ok(())
}
