//! Registers an endpoint for the events of all connected accounts, with every event that this crate has a type for.
//!
//! ```sh
//! cargo run --example connect_webhook_endpoint --features testing,webhook
//! ```
//!
//! runs offline. With `STRIPE_SECRET_KEY=sk_test_…` and `WEBHOOK_URL=https://…` it registers that URL in Stripe's test mode.

use std::env;
use std::error::Error;
use std::process::ExitCode;
use stripe_platform::testing::Replay;
use stripe_platform::webhook::{EVENT_TYPES, EventType};
use stripe_platform::{API_VERSION, Client, Secret, SecretKey, webhook_endpoint};

/// Registers the endpoint, and gives the secret that its webhooks are signed with.
pub async fn run(client: &Client, url: &str) -> Result<Secret<String>, Box<dyn Error>> {
    // Authorizations have an endpoint of their own, since they wait for an answer.
    let events = EVENT_TYPES.iter().filter(|event| **event != EventType::IssuingAuthorizationRequest);
    let endpoint = webhook_endpoint::Create::new(events, url)
        .connect(true)
        // The objects of the events are those that this crate knows.
        .api_version(API_VERSION)
        .description("Connected accounts")
        .idempotency_key("webhooks/connect")
        .send(client)
        .await?;
    println!("{} gets {} kinds of events: {}.", endpoint.url, endpoint.enabled_events.len(), endpoint.status);
    // Stripe shows the secret this once.
    endpoint.secret.ok_or_else(|| "the reply has no secret".into())
}

async fn register() -> Result<(), Box<dyn Error>> {
    let secret = match env::var("STRIPE_SECRET_KEY").ok().filter(|key| !key.trim().is_empty()) {
        Some(key) => {
            let key = SecretKey::new(&key);
            if !key.is_test() {
                return Err("STRIPE_SECRET_KEY is no key of test mode (sk_test_…).".into());
            }
            run(&Client::new(key)?, &env::var("WEBHOOK_URL").map_err(|_| "WEBHOOK_URL must be set.")?).await?
        }
        None => {
            println!(
                "Offline. Set STRIPE_SECRET_KEY=sk_test_… and WEBHOOK_URL=https://… to register an endpoint.\n"
            );
            let replay = Replay::load(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/examples/fixtures/connect_webhook_endpoint"
            ))?
            .start()
            .await;
            let secret = run(&replay.client(), "https://platform.example/events").await;
            replay.finish().await?;
            secret?
        }
    };
    println!("Its secret has {} characters; keep it where the server reads it.", secret.expose().len());
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match register().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
