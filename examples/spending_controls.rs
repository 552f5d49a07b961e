//! Sets limits and rules on a cardholder and on a card, and shows which purchases they allow.
//!
//! ```sh
//! cargo run --example spending_controls
//! ```
//!
//! In test mode every step works by a call.

use stripe_platform::issuing::authorization::AuthorizationMethod;
use stripe_platform::issuing::cardholder::{self, Cardholder};
use stripe_platform::issuing::{
    AddressParams, MerchantCategory, RequiredAddressParams, SpendingControls, SpendingInterval,
    SpendingLimitParams, card, card::Card,
};
use stripe_platform::test_helpers::issuing::{MerchantDataParams, authorization};
use stripe_platform::{Client, Currency, Error, Id, Money, Timestamp, balance};

/// A purchase to attempt.
struct Purchase {
    /// Part of the idempotency key.
    key: &'static str,
    what: &'static str,
    cents: i64,
    category: MerchantCategory,
    merchant: &'static str,
    country: &'static str,
}

/// The time at which the cardholder accepted the user terms.
const ACCEPTED_AT: Timestamp = Timestamp::new(1_794_475_712);

/// Registers a cardholder with the policy of the company, which applies to all of their cards.
async fn register_with_policy(
    client: &Client,
    accepted_at: Timestamp,
    order: &str,
) -> Result<Cardholder, Error> {
    let on_the_road = [MerchantCategory::EatingPlacesRestaurants, MerchantCategory::TaxicabsLimousines];
    let policy = stripe_platform::issuing::cardholder::SpendingControlsParams::new()
        .blocked_categories([
            MerchantCategory::BettingCasinoGambling,
            MerchantCategory::AutomatedCashDisburse,
        ])
        .allowed_merchant_countries(["US", "CA", "MX"])
        .spending_limits([
            SpendingLimitParams::new(200_000, SpendingInterval::Monthly),
            SpendingLimitParams::new(10_000, SpendingInterval::Weekly).categories(on_the_road),
        ])
        .spending_limits_currency(Currency::USD);
    let acceptance = cardholder::UserTermsAcceptanceParams::new().date(accepted_at).ip("203.0.113.24");
    let terms = cardholder::CardIssuingParams::new().user_terms_acceptance(acceptance);
    let person =
        cardholder::IndividualParams::new().first_name("Jenny").last_name("Rosen").card_issuing(terms);
    let holder = cardholder::Create::new(cardholder::BillingParams::new(office_address()), "Jenny Rosen")
        .kind(cardholder::Kind::Individual)
        .individual(person)
        .email("jenny@rosen-supplies.example")
        .phone_number("+15555550123")
        .spending_controls(policy)
        .idempotency_key(format!("{order}/cardholder"))
        .send(client)
        .await?;
    println!("2. For every card of {}:", holder.name);
    if let Some(controls) = &holder.spending_controls {
        tell(controls, Currency::USD);
    }
    Ok(holder)
}

/// Issues a card with additional rules. Its limits are in its currency, so they name none.
async fn issue_travel_card(client: &Client, holder: &Id<Cardholder>, order: &str) -> Result<Card, Error> {
    let rules = card::SpendingControlsParams::new()
        .allowed_categories([
            MerchantCategory::AirlinesAirCarriers,
            MerchantCategory::HotelsMotelsAndResorts,
            MerchantCategory::TaxicabsLimousines,
            MerchantCategory::EatingPlacesRestaurants,
        ])
        .blocked_merchant_countries(["MX"])
        .spending_limits([
            SpendingLimitParams::new(40_000, SpendingInterval::PerAuthorization),
            SpendingLimitParams::new(60_000, SpendingInterval::Daily),
        ]);
    let card = card::Create::new(Currency::USD, card::Kind::Virtual)
        .cardholder(holder)
        .status(card::Status::Active)
        .spending_controls(rules)
        .idempotency_key(format!("{order}/card"))
        .send(client)
        .await?;
    println!("3. For the card ending in {} also:", card.last4);
    tell(&card.spending_controls, card.currency);
    Ok(card)
}

/// One allowed purchase, and one for each rule that can be violated.
fn purchases() -> [Purchase; 6] {
    let hotel = |key, what, cents| Purchase {
        key,
        what,
        cents,
        category: MerchantCategory::HotelsMotelsAndResorts,
        merchant: "Bayview Hotel",
        country: "US",
    };
    let dinner = |key, what, cents, merchant, country| Purchase {
        key,
        what,
        cents,
        category: MerchantCategory::EatingPlacesRestaurants,
        merchant,
        country,
    };
    let bets = Purchase {
        key: "bets",
        what: "Bets, which the policy blocks",
        cents: 2_000,
        category: MerchantCategory::BettingCasinoGambling,
        merchant: "Lucky Nines",
        country: "US",
    };
    [
        hotel("hotel", "A hotel", 38_000),
        hotel("hotel-suite", "A suite, above the limit of one purchase", 42_000),
        bets,
        dinner("dinner-abroad", "A dinner in a blocked country", 6_000, "La Terraza", "MX"),
        dinner("dinner", "A dinner, above what a week allows on the road", 12_000, "Harbor Grill", "US"),
        flight("flight"),
    ]
}

fn flight(key: &'static str) -> Purchase {
    Purchase {
        key,
        what: "A flight, on the day of the hotel",
        cents: 25_000,
        category: MerchantCategory::AirlinesAirCarriers,
        merchant: "Sierra Air",
        country: "US",
    }
}

/// Attempts a purchase. A test helper acts as the merchant.
async fn buy(
    client: &Client,
    step: u32,
    card: &Id<Card>,
    purchase: &Purchase,
    order: &str,
) -> Result<(), Error> {
    let merchant = MerchantDataParams::new()
        .category(&purchase.category)
        .name(purchase.merchant)
        .country(purchase.country);
    let authorization = authorization::Create::new(card)
        .amount(purchase.cents)
        .currency(Currency::USD)
        .authorization_method(AuthorizationMethod::Chip)
        .merchant_data(merchant)
        .idempotency_key(format!("{order}/{}", purchase.key))
        .send(client)
        .await?;
    let verdict = match authorization.request_history.last() {
        _ if authorization.approved => "approved".to_owned(),
        Some(request) => format!("declined, {}", request.reason),
        None => "declined".to_owned(),
    };
    println!("{step}. {}: {} {verdict}.", purchase.what, authorization.money());
    Ok(())
}

/// Changes one rule. An update replaces all rules of the card, so it starts from the current ones.
async fn raise_daily_limit(client: &Client, card: Card, order: &str) -> Result<Card, Error> {
    let mut rules = card::SpendingControlsParams::from(card.spending_controls);
    // Empty lists would be sent as rules; these are empty because no such rule was set.
    rules.allowed_categories = unless_empty(rules.allowed_categories);
    rules.allowed_merchant_countries = unless_empty(rules.allowed_merchant_countries);
    rules.blocked_categories = unless_empty(rules.blocked_categories);
    rules.blocked_merchant_countries = unless_empty(rules.blocked_merchant_countries);
    for limit in rules.spending_limits.iter_mut().flatten() {
        limit.categories = unless_empty(limit.categories.take());
        if limit.interval == SpendingInterval::Daily {
            limit.amount = 100_000;
        }
    }
    let card = card::Update::new(&card.id)
        .spending_controls(rules)
        .idempotency_key(format!("{order}/daily-limit"))
        .send(client)
        .await?;
    println!("10. The card has a higher limit for a day:");
    tell(&card.spending_controls, card.currency);
    Ok(card)
}

fn unless_empty<T>(list: Option<Vec<T>>) -> Option<Vec<T>> {
    list.filter(|items| !items.is_empty())
}

/// Prints the rules.
fn tell(controls: &SpendingControls, currency: Currency) {
    for limit in controls.spending_limits.iter().flatten() {
        let amount = Money::new(limit.amount, currency);
        let categories = limit.categories.as_deref().unwrap_or_default();
        let scope = if categories.is_empty() { String::new() } else { format!(" on {}", join(categories)) };
        println!("   at most {amount} {}{scope}", period(&limit.interval));
    }
    tell_list("only", controls.allowed_categories.as_deref());
    tell_list("never", controls.blocked_categories.as_deref());
    tell_list("only in", controls.allowed_merchant_countries.as_deref());
    tell_list("never in", controls.blocked_merchant_countries.as_deref());
}

fn period(interval: &SpendingInterval) -> &str {
    match interval {
        SpendingInterval::PerAuthorization => "for one purchase",
        SpendingInterval::Daily => "a day",
        SpendingInterval::Weekly => "a week",
        SpendingInterval::Monthly => "a month",
        SpendingInterval::Yearly => "a year",
        SpendingInterval::AllTime => "in all",
        other => other.as_str(),
    }
}

fn tell_list(rule: &str, items: Option<&[impl ToString]>) {
    if let Some(items) = items.filter(|items| !items.is_empty()) {
        println!("   {rule} {}", join(items));
    }
}

fn join(items: &[impl ToString]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The amount that cards can spend now.
async fn issuing_balance(client: &Client) -> Result<Money, Error> {
    let balance = balance::Retrieve::new().send(client).await?;
    Ok(balance.issuing_in(Currency::USD))
}

fn office_address() -> AddressParams {
    AddressParams::new(RequiredAddressParams {
        line1: "510 Townsend Street".to_owned(),
        city: "San Francisco".to_owned(),
        postal_code: "94103".to_owned(),
        country: "US".to_owned(),
    })
    .state("CA")
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use std::process::ExitCode;
use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.connected(), stripe.order.as_str());
    println!("1. Cards can spend {}.", issuing_balance(client).await?);
    let holder = register_with_policy(client, stripe.agreed_at(ACCEPTED_AT), order).await?;
    let card = issue_travel_card(client, &holder.id, order).await?;

    for (step, purchase) in (4..).zip(purchases()) {
        buy(client, step, &card.id, &purchase, order).await?;
    }

    let card = raise_daily_limit(client, card, order).await?;
    buy(client, 11, &card.id, &flight("flight-again"), order).await?;
    println!("12. Cards can spend {}.", issuing_balance(client).await?);
    Ok(())
}

/// A connected account with 1200.00 USD for its cards.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = sandbox.connect().into_id();
    beginning::purchases_ask_the_platform(sandbox).await?;
    beginning::approve_purchases(sandbox);
    beginning::for_cards(sandbox, &account, Money::new(120_000, Currency::USD))?;
    Ok(vec![("account", account)])
}

fn main() -> ExitCode {
    support::main("spending_controls", begin, run)
}
