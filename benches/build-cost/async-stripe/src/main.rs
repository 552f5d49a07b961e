//! Twelve operations of a platform: it onboards a business, funds its Issuing balance and gives it a card.

use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError, StripeRequest};
use stripe_connect::account::{
    CreateAccount, CreateAccountCapabilities, CreateAccountCapabilitiesTransfers, CreateAccountController,
    CreateAccountControllerFees, CreateAccountControllerFeesPayer, CreateAccountControllerLosses,
    CreateAccountControllerLossesPayments, CreateAccountControllerRequirementCollection,
    CreateAccountControllerStripeDashboard, CreateAccountControllerStripeDashboardType,
};
use stripe_connect::account_link::{CreateAccountLink, CreateAccountLinkType};
use stripe_connect::capability::UpdateCapability;
use stripe_connect::topup::CreateTopup;
use stripe_core::balance::RetrieveForMyAccountBalance;
use stripe_core::payout::CreatePayout;
use stripe_core::token::{CreateToken, CreateTokenBankAccount};
use stripe_issuing::issuing_authorization::ListIssuingAuthorization;
use stripe_issuing::issuing_card::{
    CreateIssuingCard, CreateIssuingCardSpendingControls, CreateIssuingCardSpendingControlsSpendingLimits,
    CreateIssuingCardSpendingControlsSpendingLimitsInterval, CreateIssuingCardStatus,
};
use stripe_issuing::issuing_cardholder::{BillingSpecs, CreateIssuingCardholder, RequiredAddress};
use stripe_payment::source::{
    CreateSource, CreateSourceMandate, CreateSourceMandateAcceptance, CreateSourceMandateAcceptanceStatus,
    MandateOnlineAcceptanceParams, Owner, VerifySource,
};
use stripe_shared::{Account, AccountBusinessType, IssuingCardType};
use stripe_types::Currency;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("STRIPE_SECRET_KEY")?;
    let platform = Client::new(&key);
    let account = onboard(&platform).await?;
    let business = ClientBuilder::new(&key).account_id(account.id).build()?;
    fund(&business).await?;
    give_a_card(&business).await?;
    Ok(())
}

fn keyed(key: &str) -> RequestStrategy {
    RequestStrategy::Idempotent(IdempotencyKey::new(key).expect("a short text"))
}

async fn onboard(platform: &Client) -> Result<Account, StripeError> {
    let mut dashboard = CreateAccountControllerStripeDashboard::new();
    dashboard.type_ = Some(CreateAccountControllerStripeDashboardType::None);
    let mut fees = CreateAccountControllerFees::new();
    fees.payer = Some(CreateAccountControllerFeesPayer::Application);
    let mut losses = CreateAccountControllerLosses::new();
    losses.payments = Some(CreateAccountControllerLossesPayments::Application);
    let mut controller = CreateAccountController::new();
    controller.stripe_dashboard = Some(dashboard);
    controller.fees = Some(fees);
    controller.losses = Some(losses);
    controller.requirement_collection = Some(CreateAccountControllerRequirementCollection::Application);
    let mut transfers = CreateAccountCapabilitiesTransfers::new();
    transfers.requested = Some(true);
    let mut capabilities = CreateAccountCapabilities::new();
    capabilities.transfers = Some(transfers);
    let account = CreateAccount::new()
        .country("US")
        .email("owner@example.com")
        .business_type(AccountBusinessType::Company)
        .controller(controller)
        .capabilities(capabilities)
        .customize()
        .request_strategy(keyed("onboard/1"))
        .send(platform)
        .await?;

    let capability =
        UpdateCapability::new(account.id.clone(), "card_issuing").requested(true).send(platform).await?;
    println!("{}: {}", capability.id, capability.status);

    let link = CreateAccountLink::new(account.id.as_str(), CreateAccountLinkType::AccountOnboarding)
        .refresh_url("https://example.com/again")
        .return_url("https://example.com/done")
        .send(platform)
        .await?;
    println!("continue at {}", link.url);

    for what in account.requirements.iter().flat_map(|r| r.currently_due.iter().flatten()) {
        println!("still needs {what}");
    }
    Ok(account)
}

async fn fund(business: &Client) -> Result<(), StripeError> {
    let mut bank_account = CreateTokenBankAccount::new("000123456789", "US");
    bank_account.routing_number = Some("110000000".into());
    bank_account.account_holder_name = Some("Jenny Rosen".into());
    bank_account.currency = Some(Currency::USD);
    let token = CreateToken::new().bank_account(bank_account).send(business).await?;

    let mut online = MandateOnlineAcceptanceParams::new();
    online.ip = Some("203.0.113.7".into());
    online.user_agent = Some("Mozilla/5.0".into());
    let mut acceptance = CreateSourceMandateAcceptance::new(CreateSourceMandateAcceptanceStatus::Accepted);
    acceptance.online = Some(online);
    let mut mandate = CreateSourceMandate::new();
    mandate.acceptance = Some(acceptance);
    let mut owner = Owner::new();
    owner.name = Some("Jenny Rosen".into());
    owner.email = Some("jenny@example.com".into());
    let source = CreateSource::new()
        .type_("ach_debit")
        .currency(Currency::USD)
        .token(token.id.as_str())
        .owner(owner)
        .mandate(mandate)
        .send(business)
        .await?;
    let source = VerifySource::new(source.id, ["32".to_owned(), "45".to_owned()]).send(business).await?;

    let topup = CreateTopup::new(50_000, Currency::USD)
        .source(source.id.as_str())
        .description("fund the cards")
        .customize()
        .request_strategy(keyed("fund/1"))
        .send(business)
        .await?;
    println!("{} {}", topup.id, topup.status);

    let balance = RetrieveForMyAccountBalance::new().send(business).await?;
    let available: i64 = balance.issuing.iter().flat_map(|b| &b.available).map(|funds| funds.amount).sum();
    println!(
        "{available} to spend, {} pending",
        balance.pending.iter().map(|funds| funds.amount).sum::<i64>()
    );

    let payout = CreatePayout::new(1_000, Currency::USD).statement_descriptor("BACK").send(business).await?;
    println!("{} arrives at {}", payout.id, payout.arrival_date);
    Ok(())
}

async fn give_a_card(business: &Client) -> Result<(), StripeError> {
    let address = RequiredAddress::new("San Francisco", "US", "Berry St 1", "94107");
    let cardholder = CreateIssuingCardholder::new(BillingSpecs::new(address), "Jenny Rosen")
        .email("jenny@example.com")
        .send(business)
        .await?;
    let limit = CreateIssuingCardSpendingControlsSpendingLimits::new(
        5_000,
        CreateIssuingCardSpendingControlsSpendingLimitsInterval::Daily,
    );
    let mut controls = CreateIssuingCardSpendingControls::new();
    controls.spending_limits = Some(vec![limit]);
    let card = CreateIssuingCard::new(Currency::USD, IssuingCardType::Virtual)
        .cardholder(cardholder.id.as_str())
        .spending_controls(controls)
        .status(CreateIssuingCardStatus::Active)
        .customize()
        .request_strategy(keyed("card/1"))
        .send(business)
        .await?;
    println!("card ending in {}", card.last4);

    let authorizations =
        ListIssuingAuthorization::new().card(card.id.as_str()).limit(10).send(business).await?;
    for authorization in &authorizations.data {
        let seller = authorization.merchant_data.name.as_deref().unwrap_or("unknown seller");
        println!("{} at {seller}: {}", authorization.amount, authorization.approved);
    }
    Ok(())
}
