//! Runs the server on the webhooks of a sandbox.

use crate::app;
use stripe_platform::issuing::MerchantCategory;
use stripe_platform::test_helpers::issuing::{MerchantDataParams, authorization};
use stripe_platform::webhook_endpoint::{self, EventType};
use stripe_platform::{Currency, Money, Secret, topup};
use stripe_sandbox::{AccountHandle, Sandbox};
use support::{Beginning, Failure, Outcome, Stripe, beginning, days, minutes};

const EVENTS: &str = "https://platform.example/events";
const AUTHORIZATIONS: &str = "https://platform.example/authorizations";

/// The demonstration starts with the platform only.
pub async fn begin(_: &Sandbox) -> Beginning {
    Ok(Vec::new())
}

pub async fn run(stripe: &Stripe) -> Outcome {
    let Some(sandbox) = stripe.meanwhile(Sandbox::clone) else {
        return Err(
            "The demonstration runs in the sandbox only: unset STRIPE_SECRET_KEY, or see `-- help` for events from Stripe.".into()
        );
    };
    let secrets = [
        register(&sandbox, EVENTS, &[EventType::AccountUpdated, EventType::TopupSucceeded]).await?,
        register(&sandbox, AUTHORIZATIONS, &[EventType::IssuingAuthorizationRequest]).await?,
    ];
    let server = app(secrets)?;
    sandbox.webhooks().receive(EVENTS, server.clone()).receive(AUTHORIZATIONS, server);

    let business = sandbox.connect();
    println!("An account with a new requirement");
    business.require("individual.verification.document", "verification_document_expired")?;
    arrives(&sandbox, &[200]).await?;

    println!("\nA top-up that succeeds, delivered twice");
    sandbox.webhooks().duplicate("topup.succeeded");
    topup::Create::new(5_000, Currency::USD).source("btok_us_verified").send(&business.client()).await?;
    sandbox.webhooks().advance(days(5)).await;
    arrives(&sandbox, &[200, 200]).await?;

    purchases(&sandbox, &business).await?;

    println!("\nA webhook that Stripe did not sign, and the same an hour later");
    sandbox.webhooks().sign_wrongly("account.updated");
    business.fulfil("individual.verification.document")?;
    arrives(&sandbox, &[400]).await?;
    sandbox.webhooks().advance(minutes(60)).await;
    arrives(&sandbox, &[200]).await?;
    println!("\n`cargo run --example webhook_server -- help` lists its other commands.");
    Ok(())
}

/// Registers an endpoint for connected accounts, and returns its secret.
async fn register(sandbox: &Sandbox, url: &str, events: &[EventType]) -> Result<Secret<String>, Failure> {
    let endpoint = webhook_endpoint::Create::new(events.iter().cloned(), url)
        .connect(true)
        .send(&sandbox.client())
        .await?;
    endpoint.secret.ok_or_else(|| "the reply has no secret".into())
}

/// Delivers pending webhooks, and fails unless the newest were answered with these statuses.
async fn arrives(sandbox: &Sandbox, expected: &[u16]) -> Outcome {
    sandbox.webhooks().deliver().await;
    let answered = sandbox.webhooks().statuses();
    let mut newest: Vec<_> = answered.into_iter().rev().take(expected.len()).flatten().collect();
    newest.reverse();
    if newest == expected {
        for refused in newest.iter().filter(|status| **status >= 400) {
            println!("  answered with {refused}");
        }
        return Ok(());
    }
    Err(format!("the webhooks were answered with {newest:?}, not with {expected:?}").into())
}

/// Uses a card: the server is asked each time.
async fn purchases(sandbox: &Sandbox, business: &AccountHandle) -> Outcome {
    beginning::for_cards(sandbox, business.id(), Money::new(100_000, Currency::USD))?;
    let card = beginning::card(&business.client()).await?;
    for (name, cents, category, approved) in [
        ("A taxi for 42.50 USD", 4_250, MerchantCategory::TaxicabsLimousines, true),
        ("A taxi for 420.00 USD", 42_000, MerchantCategory::TaxicabsLimousines, false),
        ("A casino for 5.00 USD", 500, MerchantCategory::BettingCasinoGambling, false),
    ] {
        println!("\n{name}");
        let merchant = MerchantDataParams::new().category(category).name("Somebody");
        let purchase = authorization::Create::new(&card)
            .amount(cents)
            .currency(Currency::USD)
            .merchant_data(merchant)
            .send(&business.client())
            .await?;
        let reason = purchase.request_history.first().map(|entry| entry.reason.to_string());
        println!("  {}: {}", purchase.status, reason.unwrap_or_default());
        if purchase.approved != approved {
            return Err(format!("{name}: expected approved to be {approved}").into());
        }
    }
    Ok(())
}
