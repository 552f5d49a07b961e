//! Registers an endpoint for the events of all connected accounts, with every event that has a type in this crate.
//!
//! ```sh
//! cargo run --example connect_webhook_endpoint
//! ```
//!
//! This runs offline. With `STRIPE_SECRET_KEY=sk_test_…` and `WEBHOOK_URL=https://…` it registers that URL in Stripe's test mode.

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;
use stripe_platform::webhook::{EVENT_TYPES, EventType, Verifier};
use stripe_platform::{API_VERSION, Client, Currency, Secret, SecretKey, topup, webhook_endpoint};
use stripe_sandbox::{Sandbox, days};

/// Registers the endpoint, and returns the signing secret of its webhooks.
pub async fn run(client: &Client, url: &str) -> Result<Secret<String>, Box<dyn Error>> {
    // Authorizations wait for an answer, so they have a separate endpoint.
    let events = EVENT_TYPES.iter().filter(|event| **event != EventType::IssuingAuthorizationRequest);
    let endpoint = webhook_endpoint::Create::new(events, url)
        .connect(true)
        // Events then have the types of this crate.
        .api_version(API_VERSION)
        .description("Connected accounts")
        .idempotency_key("webhooks/connect")
        .send(client)
        .await?;
    println!("{} gets {} kinds of events: {}.", endpoint.url, endpoint.enabled_events.len(), endpoint.status);
    // Stripe returns the secret only once.
    endpoint.secret.ok_or_else(|| "the reply has no secret".into())
}

/// Registers the endpoint in a sandbox, and shows the webhooks of a top-up on a connected account.
///
/// From here on, the program is about running offline; one of your own does not need it.
async fn offline() -> Result<Secret<String>, Box<dyn Error>> {
    let sandbox = Sandbox::start();
    let secret = run(&sandbox.client(), "https://platform.example/events").await?;
    let business = sandbox.connect();
    sandbox.webhooks().take();
    topup::Create::new(5_000, Currency::USD).source("btok_us_verified").send(&business.client()).await?;
    sandbox.advance(days(5));
    // The clock of the sandbox differs from that of this machine.
    let verifier = Verifier::new(secret.clone())?.tolerance(Duration::MAX);
    for webhook in sandbox.webhooks().take() {
        let event = verifier.event(&webhook.body, &webhook.signature)?;
        let whose = event.account.as_ref().map_or("the platform", |account| account.as_str());
        println!("{} would get {} of {whose}.", webhook.url, event.kind);
    }
    let picture = concat!(env!("CARGO_MANIFEST_DIR"), "/target/sandbox");
    println!(
        "This run as a picture: {}",
        sandbox.report().write(picture, "connect_webhook_endpoint")?.display()
    );
    Ok(secret)
}

async fn register() -> Result<(), Box<dyn Error>> {
    let secret = match env::var("STRIPE_SECRET_KEY").ok().filter(|key| !key.trim().is_empty()) {
        Some(key) => {
            let key = SecretKey::new(&key);
            if !key.is_test() {
                return Err("STRIPE_SECRET_KEY is not a key of Stripe's test mode: set one that begins with sk_test_.".into());
            }
            run(&Client::new(key)?, &env::var("WEBHOOK_URL").map_err(|_| "WEBHOOK_URL must be set.")?).await?
        }
        None => {
            println!(
                "Offline, in a sandbox. Set STRIPE_SECRET_KEY=sk_test_… and WEBHOOK_URL=https://… to register an endpoint.\n"
            );
            offline().await?
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
