//! A server for the webhooks of a platform: it handles account and top-up events once each, and answers card
//! authorizations by a spending policy.
//!
//! ```sh
//! cargo run --example webhook_server
//! ```
//!
//! This delivers the webhooks of a sandbox, an offline Stripe inside the program, and ends. `-- help` describes how to keep the server
//! running and how to send events to it.

mod demonstration;
mod fire;
mod policy;

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::{Router, routing::post};
use std::env;
use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use stripe_platform::Secret;
use stripe_platform::webhook::axum::Verified;
use stripe_platform::webhook::{
    DecisionReport, Event, EventLog, EventObject, LogError, MemoryLog, Once, Responder, Verifier, handle_once,
};
use tokio::net::TcpListener;

const HELP: &str = "\
The webhook server, on one machine:

    webhook_server                    receives the webhooks of a sandbox in the same program, and ends
    webhook_server serve [ADDRESS]    serves, on 127.0.0.1:4242 by default
    webhook_server fire [URL]         sends test events to a server, http://127.0.0.1:4242 by default

`serve` and `fire` read the signing secret from STRIPE_WEBHOOK_SECRET; without it, they use a test secret, on loopback only.
To receive Stripe's test events:

    stripe listen --forward-connect-to 127.0.0.1:4242/events
    STRIPE_WEBHOOK_SECRET=whsec_... webhook_server serve";

const SECRET: &str = "STRIPE_WEBHOOK_SECRET";
const TEST_SECRET: &str = "whsec_of_the_example";
const ADDRESS: &str = "127.0.0.1:4242";

/// The state that handlers share.
#[derive(Clone)]
struct App {
    verifier: Verifier,
    // The crate `stripe-platform-sqlx` has logs that survive a restart and are shared by instances.
    log: Arc<dyn EventLog>,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => support::main("webhook_server", demonstration::begin, demonstration::run),
        ["serve"] => wait_for(serve(ADDRESS)),
        ["serve", address] => wait_for(serve(address)),
        ["fire"] => wait_for(fire::all(&format!("http://{ADDRESS}"), &secret())),
        ["fire", url] => wait_for(fire::all(url, &secret())),
        _ => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
    }
}

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn wait_for(work: impl Future<Output = Outcome>) -> ExitCode {
    match work.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(address: &str) -> Outcome {
    let listener = TcpListener::bind(address).await?;
    let secret = secret();
    if secret == TEST_SECRET && !listener.local_addr()?.ip().is_loopback() {
        return Err(format!(
            "{address} is reachable from other machines, and the test secret is public: set {SECRET}"
        )
        .into());
    }
    println!(
        "Serving on http://{}. Events go to /events, authorizations to /authorizations.",
        listener.local_addr()?
    );
    println!("To send test events, in another terminal:");
    println!("    cargo run --example webhook_server -- fire http://{}\n", listener.local_addr()?);
    axum::serve(listener, app([secret])?).await?;
    Ok(())
}

fn secret() -> String {
    env::var(SECRET).ok().filter(|secret| !secret.trim().is_empty()).unwrap_or_else(|| TEST_SECRET.to_owned())
}

/// The routes. Each endpoint at Stripe has a different secret.
fn app(
    secrets: impl IntoIterator<Item = impl Into<Secret<String>>>,
) -> Result<Router, stripe_platform::Error> {
    let verifier = Verifier::with_secrets(secrets)?;
    let authorizations = Responder::new(verifier.clone(), policy::decide).observe(note);
    Ok(Router::new()
        .route("/events", post(receive))
        .route("/authorizations", post(authorizations))
        .with_state(App { verifier, log: Arc::new(MemoryLog::new(100_000)) }))
}

/// Prints each answer to an authorization. A service would count them.
fn note(answered: &DecisionReport) {
    let verdict = match &answered.decision {
        Some(decision) if decision.is_approval() => "APPROVED",
        Some(_) => "DECLINED",
        None => "not asked",
    };
    let authorization = answered.authorization.as_ref().map_or("-", |id| id.as_str());
    println!(
        "  authorization {authorization}: {verdict} ({}, {:?})",
        answered.cause.label(),
        answered.elapsed
    );
}

/// Handles an event once. With an error status, Stripe sends the event again.
async fn receive(State(app): State<App>, Verified(event): Verified<Event>) -> StatusCode {
    match handle_once(&*app.log, &event, handle(&*app.log, &event)).await {
        Ok(Once::Handled(())) => StatusCode::OK,
        Ok(Once::Duplicate) => {
            println!("  {} was handled before", event.id);
            StatusCode::OK
        }
        Ok(Once::InWork) => StatusCode::CONFLICT,
        Err(error) => {
            eprintln!("  {}: {error}", event.id);
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

async fn handle(log: &dyn EventLog, event: &Event) -> Result<(), LogError> {
    let account = event.account.as_ref().map_or("the platform", |account| account.as_str());
    // Events arrive in any order: an older one must not overwrite the state from a newer one.
    if !log.is_newest(&event.subject(), event.created).await? {
        println!("  {} of {account} is older than the known state", event.kind);
        return Ok(());
    }
    match &event.object {
        EventObject::Account(account) => {
            let due =
                account.requirements.as_ref().and_then(|r| r.currently_due.as_deref()).unwrap_or_default();
            println!("  {} of {}: still due: {}", event.kind, account.id, due.join(", "));
        }
        EventObject::Topup(topup) => {
            println!("  {} of {account}: {} is {}", event.kind, topup.money(), topup.status);
        }
        other => println!("  {} of {account}, about {}", event.kind, other.id()),
    }
    Ok(())
}
