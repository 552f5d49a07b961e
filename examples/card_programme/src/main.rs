//! The program. Without arguments it runs two instances on an offline Stripe, prints what they do, and ends.

use card_programme::Failure;
use card_programme::app::App;
use card_programme::data::Data;
use card_programme::database::{self, Database};
use card_programme::offline::{Offline, days};
use serde_json::json;
use sqlx::Pool;
use std::env;
use stripe_platform::{Client, Secret, SecretKey};
use tokio::net::TcpListener;
use tokio::sync::watch;

const HELP: &str = "\
card-programme                    two instances on an offline Stripe: shows what they do, and ends
card-programme serve [ADDRESS]    one instance; it needs STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS (with commas between)

The database is that of DATABASE_URL (postgres://... or sqlite://...). Without it, a private PostgreSQL server is started from
the programs of the machine, and if there are none, SQLite is used: both for a try, since nothing is kept.";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let address = match arguments.as_slice() {
        [] => None,
        ["serve"] => Some("127.0.0.1:4242"),
        ["serve", address] => Some(*address),
        _ => {
            println!("{HELP}");
            return Ok(());
        }
    };
    let database = database::find().await?;
    match &database {
        Database::Postgres(pool, _) => run(pool, address).await,
        Database::Sqlite(pool) => run(pool, address).await,
    }
}

async fn run<DB: Data>(pool: &Pool<DB>, address: Option<&str>) -> Result<(), Failure> {
    println!("The database is {}.", DB::NAME);
    match address {
        Some(address) => serve(pool.clone(), address).await,
        None => demonstrate(pool.clone()).await,
    }
}

async fn serve<DB: Data>(pool: Pool<DB>, address: &str) -> Result<(), Failure> {
    let stripe = Client::new(SecretKey::from_env("STRIPE_SECRET_KEY")?)?;
    let secrets = env::var("STRIPE_WEBHOOK_SECRETS")?;
    let app = App::new(pool, stripe, secrets.split(',').map(|secret| Secret::from(secret.trim())).collect())?;
    let (stop, stopped) = watch::channel(false);
    let stopping =
        |mut stopped: watch::Receiver<bool>| async move { drop(stopped.wait_for(|stop| *stop).await) };
    let listener = TcpListener::bind(address).await?;
    println!("Serving on http://{}.", listener.local_addr()?);
    let server = axum::serve(listener, app.router()).with_graceful_shutdown(stopping(stopped.clone()));
    let signal = async {
        end_of_process().await;
        let _ = stop.send(true);
    };
    let (served, (), ()) = tokio::join!(server, app.work(stopping(stopped)), signal);
    Ok(served?)
}

/// Waits for Ctrl-C, or for SIGTERM, which ends containers.
async fn end_of_process() {
    #[cfg(unix)]
    if let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = term.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        return;
    }
    drop(tokio::signal::ctrl_c().await);
}

async fn demonstrate<DB: Data>(pool: Pool<DB>) -> Result<(), Failure> {
    let offline = Offline::start(pool).await?;
    let account = offline.open_business("tenant-42").await?;
    println!("Onboarded {account}.");

    let funds = json!({ "order": "1", "cents": 50_000, "source": "btok_us_verified" });
    let (_, topup) = offline.post("/businesses/tenant-42/fund", funds).await?;
    offline.sandbox.webhooks().duplicate("topup.succeeded");
    offline.sandbox.webhooks().advance(days(6)).await;
    println!("Funded with 500.00 USD: {topup}; the event came twice, to both instances.");

    let issue = json!({ "employee": "jenny", "name": "Jenny Rosen", "limit": 20_000 });
    let (_, card) = offline.post("/businesses/tenant-42/cards", issue).await?;
    println!("Issued {card}.");
    let business = offline.sandbox.account(&account).client();
    for cents in [15_000, 15_000] {
        use stripe_platform::test_helpers::issuing::authorization;
        let card = card["card"].as_str().ok_or("there is no card")?;
        let purchase =
            authorization::Create::new(card).amount(cents).currency(stripe_platform::Currency::USD);
        let purchase = purchase.send(&business).await?;
        println!("A purchase for 150.00 USD: approved is {}.", purchase.approved);
    }

    offline.sandbox.faults().on("PostPayouts").times(2).reset_after_commit();
    for reference in ["pay-1", "pay-2", "pay-2"] {
        let (_, stored) = offline
            .post("/businesses/tenant-42/payouts", json!({ "reference": reference, "cents": 5_000 }))
            .await?;
        println!("Stored {stored}.");
    }
    // In a service, workers run beside the routes.
    let [one, other] = &offline.instances;
    tokio::join!(one.worker().drain(), other.worker().drain());
    for reference in ["pay-1", "pay-2"] {
        let (_, status) = offline.get(&format!("/payouts/{reference}")).await?;
        println!("{reference}: {status}");
    }
    for instance in ["one", "the other"] {
        let (_, metrics) = offline.get("/metrics").await?;
        println!("Metrics of {instance} instance:\n{}", metrics.as_str().unwrap_or_default());
    }
    Ok(())
}
