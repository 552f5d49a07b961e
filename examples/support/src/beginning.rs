//! The state that examples start with: accounts with money and bank accounts.

use crate::Failure;
use bytes::Bytes;
use http::{HeaderValue, Response};
use stripe_platform::account;
use stripe_platform::account::external_account::{self, AccountHolderType, ExternalAccountParams, Object};
use stripe_platform::issuing::authorization::Authorization;
use stripe_platform::issuing::card::{self, Card};
use stripe_platform::issuing::{self, cardholder};
use stripe_platform::payment_intent::{self, PaymentIntent};
use stripe_platform::test_helpers::issuing as merchant;
use stripe_platform::{
    API_VERSION, Client, Currency, Id, Money, account_link, payout, refund, webhook_endpoint,
};
use stripe_sandbox::{BalanceKind, Sandbox};

/// The endpoint of the platform for authorization requests.
const DECISIONS: &str = "https://platform.example/decisions";

/// Adds money to the Issuing balance of an account.
pub fn for_cards(sandbox: &Sandbox, account: &str, money: Money) -> Result<(), Failure> {
    Ok(sandbox.fund(account, BalanceKind::Issuing, money.currency, money.amount)?)
}

/// Receives a card payment whose money is available at once.
pub async fn available(client: &Client, money: Money) -> Result<Id<PaymentIntent>, Failure> {
    payment(client, "pm_card_bypassPending", money).await
}

/// Receives a card payment whose money becomes available two days later.
pub async fn pending(client: &Client, money: Money) -> Result<Id<PaymentIntent>, Failure> {
    payment(client, "pm_card_visa", money).await
}

async fn payment(client: &Client, card: &str, money: Money) -> Result<Id<PaymentIntent>, Failure> {
    let request = payment_intent::Create::new(money.amount, money.currency)
        .payment_method(card)
        .payment_method_types(["card"])
        .confirm(true);
    Ok(request.send(client).await?.id)
}

/// Makes the balance of an account negative: a payment is refunded after its money was paid out.
pub async fn debt(sandbox: &Sandbox, account: &str, money: Money) -> Result<(), Failure> {
    bank_account(sandbox, account).await?;
    let client = sandbox.client().for_account(account);
    let payment = available(&client, money).await?;
    payout::Create::new(money.amount, money.currency).send(&client).await?;
    refund::Create::new().payment_intent(&payment).send(&client).await?;
    Ok(())
}

/// Adds the bank account of a company in the US, for payouts.
pub async fn bank_account(sandbox: &Sandbox, account: &str) -> Result<(), Failure> {
    bank_account_with(sandbox, account, "000123456789").await
}

/// Adds a bank account without instant payouts.
pub async fn slow_bank_account(sandbox: &Sandbox, account: &str) -> Result<(), Failure> {
    bank_account_with(sandbox, account, "000888888883").await
}

async fn bank_account_with(sandbox: &Sandbox, account: &str, number: &str) -> Result<(), Failure> {
    let bank = ExternalAccountParams::new(number, "US", Object::BankAccount)
        .currency(Currency::USD)
        .account_holder_name("Rosen Supplies LLC")
        .account_holder_type(AccountHolderType::Company)
        .routing_number("110000000");
    external_account::Create::new(account).external_account(bank).send(&sandbox.client()).await?;
    Ok(())
}

/// Adds a debit card in the US, for instant payouts.
pub async fn debit_card(sandbox: &Sandbox, account: &str) -> Result<(), Failure> {
    // One of Stripe's test tokens.
    external_account::Create::new(account).external_account("tok_visa_debit").send(&sandbox.client()).await?;
    Ok(())
}

/// Opens an account of a company in `country` that can issue cards.
pub async fn company_in(sandbox: &Sandbox, country: &str, name: &str) -> Result<String, Failure> {
    let controller = account::ControllerParams::new()
        .stripe_dashboard(account::StripeDashboardKind::None)
        .fees(account::Payer::Application)
        .losses(account::LossesPayments::Application)
        .requirement_collection(account::RequirementCollection::Application);
    let company = account::Create::new()
        .country(country)
        .controller(controller)
        .email("office@rosen-supplies.example")
        .business_type(account::BusinessType::Company)
        .company(account::CompanyParams::new().name(name))
        .capabilities(account::CapabilitiesParams::new().card_issuing().transfers())
        .send(&sandbox.client())
        .await?;
    Ok(company.id.to_string())
}

/// Opens an account of a company in the US and fulfils its requirements with test values that pass, except perhaps the tax id.
pub async fn onboarded_company(sandbox: &Sandbox, name: &str, tax_id: &str) -> Result<String, Failure> {
    let account = company_in(sandbox, "US", name).await?;
    let link = account_link::Create::new(account.as_str(), account_link::Kind::AccountOnboarding)
        .refresh_url("https://platform.example/onboarding/again")
        .return_url("https://platform.example/onboarding/back")
        .collection_options(
            account_link::CollectionOptionsParams::new().fields(account_link::CollectedFields::EventuallyDue),
        )
        .send(&sandbox.client())
        .await?;
    sandbox.account_links().complete_with(link.url.expose(), &[("company.tax_id", tax_id)])?;
    Ok(account)
}

/// Registers the endpoint for authorization requests. It does not answer before [`approve_purchases`].
pub async fn purchases_ask_the_platform(sandbox: &Sandbox) -> Result<(), Failure> {
    webhook_endpoint::Create::new([webhook_endpoint::EventType::IssuingAuthorizationRequest], DECISIONS)
        .connect(true)
        .send(&sandbox.client())
        .await?;
    Ok(())
}

/// Makes the endpoint approve all purchases from now on.
pub fn approve_purchases(sandbox: &Sandbox) {
    sandbox.webhooks().receive(DECISIONS, async |_| {
        let mut answer = Response::new(Bytes::from_static(b"{\"approved\": true}"));
        answer.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
        answer.headers_mut().insert("stripe-version", HeaderValue::from_static(API_VERSION));
        answer
    });
}

/// Issues an active card.
pub async fn card(client: &Client) -> Result<Id<Card>, Failure> {
    let address = issuing::AddressParams::new(issuing::RequiredAddressParams {
        line1: "510 Townsend Street".to_owned(),
        city: "San Francisco".to_owned(),
        postal_code: "94103".to_owned(),
        country: "US".to_owned(),
    });
    let holder =
        cardholder::Create::new(cardholder::BillingParams::new(address.state("CA")), "Rosen Supplies")
            .kind(cardholder::Kind::Company)
            .send(client)
            .await?;
    let card = card::Create::new(Currency::USD, card::Kind::Virtual)
        .cardholder(&holder.id)
        .status(card::Status::Active)
        .send(client)
        .await?;
    Ok(card.id)
}

/// Asks for money of a card, in minor units, as a merchant does.
pub async fn purchase(client: &Client, card: &Id<Card>, cents: i64) -> Result<Id<Authorization>, Failure> {
    let request = merchant::authorization::Create::new(card).amount(cents).currency(Currency::USD);
    Ok(request.send(client).await?.id)
}
