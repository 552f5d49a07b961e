//! The service: a router with a Stripe client, as in a platform's own crate.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use stripe_platform::{Client, Currency, Outcome, topup};

/// The request from the rest of the platform.
#[derive(Deserialize)]
struct Funds {
    /// The platform's reference: funded once per reference.
    order: String,
    cents: i64,
}

/// The routes. The client is a parameter, so that a test can pass one for a replay.
pub fn router(stripe: Client) -> Router {
    Router::new().route("/accounts/{account}/funds", post(fund)).with_state(stripe)
}

async fn fund(
    State(stripe): State<Client>,
    Path(account): Path<String>,
    Json(funds): Json<Funds>,
) -> (StatusCode, Json<Value>) {
    let request = topup::Create::new(funds.cents, Currency::USD)
        .destination_balance(topup::DestinationBalance::Issuing)
        .metadata([("order", funds.order.as_str())])
        .idempotency_key(format!("{}/top-up", funds.order));
    match request.send(&stripe.for_account(account)).await {
        Ok(topup) => {
            let reply = json!({ "state": topup.status.to_string(), "amount": topup.money().to_string() });
            (StatusCode::ACCEPTED, Json(reply))
        }
        Err(error) => match error.outcome() {
            Outcome::Rejected | Outcome::NotSent => {
                let problem = error.code().unwrap_or("refused");
                (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "problem": problem })))
            }
            // Whether done or not, the caller can repeat the order to find out, and nothing is done twice.
            _ => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "problem": "unclear" }))),
        },
    }
}
