//! Minimal regression tests for bugs that the flows found in the sandbox.

use std::time::Duration;
use stripe_platform::account::external_account::{self, ExternalAccountParams, Object};
use stripe_platform::account::{self, capability};
use stripe_platform::test_helpers::issuing as merchant;
use stripe_platform::{Client, Currency, account_link, balance, payout};
use stripe_sandbox::{BalanceKind, Sandbox};

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

const USD: Currency = Currency::USD;

fn on(sandbox: &Sandbox, account: &str) -> Client {
    sandbox.client().for_account(account)
}

#[tokio::test]
async fn bank_account_test_token_is_reusable() -> Outcome {
    let sandbox = Sandbox::start();
    for _ in 0..2 {
        let account = sandbox.connect().into_id();
        let request = external_account::Create::new(&account).external_account("btok_us_verified");
        let added = request.send(&sandbox.client()).await?;
        assert_eq!(added.as_bank_account().map(|bank| bank.last4.as_str()), Some("6789"));
    }
    Ok(())
}

#[tokio::test]
async fn issuing_balance_requires_cards_and_starts_in_the_default_currency() -> Outcome {
    let sandbox = Sandbox::start();
    let platform = balance::Retrieve::new().send(&sandbox.client()).await?;
    assert!(platform.issuing.is_none());
    let german = account::Create::new()
        .country("DE")
        .kind(account::Kind::Custom)
        .capabilities(account::CapabilitiesParams::new().card_issuing().transfers())
        .send(&sandbox.client())
        .await?;
    let german = balance::Retrieve::new().send(&on(&sandbox, german.id.as_str())).await?;
    assert_eq!(german.available.first().map(|amount| amount.currency), Some(Currency::EUR));
    assert_eq!(german.issuing.map(|issuing| issuing.available.len()), Some(1));
    Ok(())
}

#[tokio::test]
async fn values_of_an_abandoned_form_are_saved() -> Outcome {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let account = account::Create::new()
        .country("US")
        .kind(account::Kind::Custom)
        .capabilities(account::CapabilitiesParams::new().transfers())
        .send(&client)
        .await?;
    let link = account_link::Create::new(&account.id, account_link::Kind::AccountOnboarding)
        .refresh_url("https://platform.example/again")
        .return_url("https://platform.example/back")
        .send(&client)
        .await?;
    let begun = [("business_type", "individual"), ("individual.first_name", "Jenny")];
    let back = sandbox.account_links().leave_with(link.url.expose(), &begun);
    assert_eq!(back.as_deref(), Ok("https://platform.example/back"));
    let transfers = capability::Retrieve::new(&account.id, "transfers").send(&client).await?;
    let due = transfers.requirements.map(|requirements| requirements.into_inner().currently_due);
    let due = due.unwrap_or_default();
    assert!(!due.iter().any(|field| field == "business_type" || field == "individual.first_name"), "{due:?}");
    assert!(due.iter().any(|field| field == "individual.last_name"), "{due:?}");
    Ok(())
}

#[tokio::test]
async fn paid_payout_has_a_trace_and_failed_one_marks_the_bank_account() -> Outcome {
    let sandbox = Sandbox::start();
    let account = sandbox.connect().into_id();
    let client = on(&sandbox, &account);
    sandbox.fund(&account, BalanceKind::Available, USD, 1_000)?;
    for (number, paid, status) in [("000123456789", "paid", "new"), ("000111111113", "failed", "errored")] {
        let bank = ExternalAccountParams::new(number, "US", Object::BankAccount)
            .currency(Currency::USD)
            .routing_number("110000000");
        let bank =
            external_account::Create::new(&account).external_account(bank).send(&sandbox.client()).await?;
        let bank = bank.as_bank_account().ok_or("a bank account")?.id.clone();
        let payout = payout::Create::new(100, Currency::USD).destination(&bank).send(&client).await?;
        let trace = payout.trace_id.as_ref().ok_or("a trace")?;
        assert_eq!((trace.status.as_str(), trace.value.as_deref()), ("pending", None));
        sandbox.advance(Duration::from_secs(3 * 86_400));
        let payout = payout::Retrieve::new(&payout.id).send(&client).await?;
        assert_eq!(payout.status.as_str(), paid);
        let trace = payout.trace_id.as_ref().ok_or("a trace")?;
        assert_eq!((trace.status.as_str(), trace.value.as_deref().map(str::len)), ("supported", Some(15)));
        let bank = external_account::Retrieve::new(&account, &bank).send(&sandbox.client()).await?;
        assert_eq!(bank.as_bank_account().map(|bank| bank.status.as_str()), Some(status));
    }
    Ok(())
}

#[tokio::test]
async fn both_amounts_of_an_authorization_follow_the_hold() -> Outcome {
    use support::beginning;
    let sandbox = Sandbox::start();
    let account = sandbox.connect().into_id();
    let client = on(&sandbox, &account);
    sandbox.fund(&account, BalanceKind::Issuing, USD, 10_000)?;
    let card = beginning::card(&client).await?;
    sandbox.authorizations().ask_always();
    let request = merchant::authorization::Create::new(&card).amount(700).currency(Currency::USD);
    let asked = request.send(&client).await?;
    assert_eq!((asked.amount, asked.merchant_amount), (0, 0));
    let answer = stripe_sandbox::Answer::approve();
    sandbox.authorizations().answer(asked.id.as_str(), &answer)?;
    let held = stripe_platform::issuing::authorization::Retrieve::new(&asked.id).send(&client).await?;
    assert_eq!((held.amount, held.merchant_amount), (700, 700));
    let expired = merchant::authorization::Expire::new(&asked.id).send(&client).await?;
    assert_eq!((expired.amount, expired.merchant_amount), (0, 0));
    Ok(())
}
