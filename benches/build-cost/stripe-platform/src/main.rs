//! Twelve operations of a platform: it onboards a business, funds its Issuing balance and gives it a card.

use stripe_platform::{
    Client, Currency, Error, SecretKey, account, account_link, balance, issuing, payout, source, token, topup,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let platform = Client::new(SecretKey::from_env("STRIPE_SECRET_KEY")?)?;
    let account = onboard(&platform).await?;
    let business = platform.for_account(&account.id);
    fund(&business).await?;
    give_a_card(&business).await?;
    Ok(())
}

async fn onboard(platform: &Client) -> Result<account::Account, Error> {
    let controller = account::ControllerParams::new()
        .stripe_dashboard(account::StripeDashboardParams::new().kind(account::StripeDashboardKind::None))
        .fees(account::FeesParams::new().payer(account::Payer::Application))
        .losses(account::LossesParams::new().payments(account::LossesPayments::Application))
        .requirement_collection(account::RequirementCollection::Application);
    let account = account::Create::new()
        .country("US")
        .email("owner@example.com")
        .business_type(account::BusinessType::Company)
        .controller(controller)
        .capabilities(account::CapabilitiesParams::new().transfers())
        .idempotency_key("onboard/1")
        .send(platform)
        .await?;

    let capability =
        account::capability::Update::new(&account.id, "card_issuing").requested(true).send(platform).await?;
    println!("{}: {}", capability.id, capability.status);

    let link = account_link::Create::new(&account.id, account_link::Kind::AccountOnboarding)
        .refresh_url("https://example.com/again")
        .return_url("https://example.com/done")
        .send(platform)
        .await?;
    println!("continue at {}", link.url.expose());

    for what in account.requirements.iter().flat_map(|r| r.currently_due.iter().flatten()) {
        println!("still needs {what}");
    }
    Ok(account)
}

async fn fund(business: &Client) -> Result<(), Error> {
    let bank_account = token::BankAccountParams::new("000123456789", "US")
        .routing_number("110000000")
        .account_holder_name("Jenny Rosen")
        .currency(Currency::USD);
    let token = token::Create::new().bank_account(bank_account).send(business).await?;

    let online = source::OnlineParams::new().ip("203.0.113.7").user_agent("Mozilla/5.0");
    let acceptance = source::AcceptanceParams::new(source::AcceptanceStatus::Accepted).online(online);
    let source = source::Create::new()
        .kind(source::Kind::AchDebit)
        .currency(Currency::USD)
        .token(&token.id)
        .owner(source::OwnerParams::new().name("Jenny Rosen").email("jenny@example.com"))
        .mandate(source::MandateParams::new().acceptance(acceptance))
        .send(business)
        .await?;
    let source = source::Verify::new(&source.id, ["32", "45"]).send(business).await?;

    let topup = topup::Create::new(50_000, Currency::USD)
        .source(&source.id)
        .description("fund the cards")
        .idempotency_key("fund/1")
        .send(business)
        .await?;
    println!("{} {}", topup.id, topup.status);

    let balance = balance::Retrieve::new().send(business).await?;
    let available: i64 = balance.issuing.iter().flat_map(|b| &b.available).map(|funds| funds.amount).sum();
    println!(
        "{available} to spend, {} pending",
        balance.pending.iter().map(|funds| funds.amount).sum::<i64>()
    );

    let payout =
        payout::Create::new(1_000, Currency::USD).statement_descriptor("BACK").send(business).await?;
    println!("{} arrives at {}", payout.id, payout.arrival_date.as_seconds());
    Ok(())
}

async fn give_a_card(business: &Client) -> Result<(), Error> {
    let address = issuing::AddressParams::new(issuing::RequiredAddressParams {
        city: "San Francisco".into(),
        country: "US".into(),
        line1: "Berry St 1".into(),
        postal_code: "94107".into(),
    });
    let cardholder =
        issuing::cardholder::Create::new(issuing::cardholder::BillingParams::new(address), "Jenny Rosen")
            .email("jenny@example.com")
            .send(business)
            .await?;
    let limit = issuing::SpendingLimitParams::new(5_000, issuing::SpendingInterval::Daily);
    let controls = issuing::card::SpendingControlsParams::new().spending_limits([limit]);
    let card = issuing::card::Create::new(Currency::USD, issuing::card::Kind::Virtual)
        .cardholder(&cardholder.id)
        .spending_controls(controls)
        .status(issuing::card::Status::Active)
        .idempotency_key("card/1")
        .send(business)
        .await?;
    println!("card ending in {}", card.last4);

    let authorizations = issuing::authorization::List::new().card(&card.id).limit(10).send(business).await?;
    for authorization in &authorizations.data {
        let seller = authorization.merchant_data.name.as_deref().unwrap_or("unknown seller");
        println!("{} at {seller}: {}", authorization.amount, authorization.approved);
    }
    Ok(())
}
