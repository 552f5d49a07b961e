//! Issues a virtual card to an employee and a physical card to a company, replaces a lost one, and shows a card number safely.
//!
//! ```sh
//! cargo run --example cardholders_and_cards
//! ```
//!
//! In test mode every step works by a call, except: Stripe.js makes the nonce in a browser. Set `STRIPE_NONCE` to it.

use stripe_platform::issuing::cardholder::{self, Cardholder};
use stripe_platform::issuing::{AddressParams, RequiredAddressParams, card, card::Card};
use stripe_platform::test_helpers::issuing::card as shipping;
use stripe_platform::{
    API_VERSION, Client, Currency, Error, Expanded as _, Id, Options, Timestamp, account::BirthDateParams,
    account::RequiredBirthDateParams, ephemeral_key,
};

/// The time at which the employee accepted the user terms.
const ACCEPTED_AT: Timestamp = Timestamp::new(1_794_482_400);

/// Registers the person before the user terms are accepted, as a form with several pages would.
async fn register_employee(client: &Client, order: &str) -> Result<Cardholder, Error> {
    let born = BirthDateParams::new(RequiredBirthDateParams { day: 14, month: 5, year: 1988 });
    let person = cardholder::IndividualParams::new().first_name("Jenny").last_name("Rosen").dob(born);
    let employee = cardholder::Create::new(cardholder::BillingParams::new(office_address()), "Jenny Rosen")
        .kind(cardholder::Kind::Individual)
        .individual(person)
        .email("jenny@rosen-supplies.example")
        .phone_number("+15555550123")
        .metadata([("employee", "7")])
        .idempotency_key(format!("{order}/cardholder-employee"))
        .send(client)
        .await?;
    println!("1. Cardholder {} is {}.", employee.id, employee.name);
    for missing in employee.requirements.past_due.iter().flatten() {
        println!("   Still missing: {missing}");
    }
    Ok(employee)
}

/// A card is inactive by default, which fits here: its holder has not accepted the terms yet.
async fn issue_virtual_card(client: &Client, holder: &Cardholder, order: &str) -> Result<Card, Error> {
    let card = card::Create::new(Currency::USD, card::Kind::Virtual)
        .cardholder(&holder.id)
        .metadata([("employee", "7")])
        .idempotency_key(format!("{order}/card-employee"))
        .send(client)
        .await?;
    println!("2. Virtual card {}, {} ending in {}, is {}.", card.id, card.brand, card.last4, card.status);
    Ok(card)
}

/// Sends the acceptance that the platform's form recorded.
async fn accept_terms(
    client: &Client,
    holder: &Id<Cardholder>,
    accepted_at: Timestamp,
    order: &str,
) -> Result<(), Error> {
    let acceptance = cardholder::UserTermsAcceptanceParams::new()
        .date(accepted_at)
        .ip("203.0.113.24")
        .user_agent("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15");
    let terms = cardholder::CardIssuingParams::new().user_terms_acceptance(acceptance);
    let holder = cardholder::Update::new(holder)
        .individual(cardholder::IndividualParams::new().card_issuing(terms))
        .idempotency_key(format!("{order}/cardholder-employee-terms"))
        .send(client)
        .await?;
    let missing = holder.requirements.past_due.as_ref().map_or(0, Vec::len);
    println!("3. {} accepted the user terms; {missing} requirements are left.", holder.name);
    Ok(())
}

async fn activate(client: &Client, card: &Id<Card>, step: &str, key: String) -> Result<Card, Error> {
    let card = card::Update::new(card).status(card::Status::Active).idempotency_key(key).send(client).await?;
    println!("{step}. Card {} is {}.", card.id, card.status);
    Ok(card)
}

/// Reads the number and the security code, which Stripe returns for virtual cards on request. Handling them requires PCI compliance:
/// most platforms let the browser fetch them, as the next step does.
async fn read_number(client: &Client, card: &Id<Card>) -> Result<(), Error> {
    let request = card::Retrieve::new(card).expand(card::Expand::Number).expand(card::Expand::Cvc);
    let card = request.send(client).await?;
    let digits = card.number.as_ref().map_or(0, |number| number.expose().len());
    println!("5. The number has {digits} digits. In logs, it and the code stay secret:");
    println!("   number {:?}, cvc {:?}", card.number, card.cvc);
    Ok(())
}

/// Lets the browser show the number: it sends a nonce from Stripe.js, gets the secret of the key, and asks Stripe directly.
async fn show_in_browser(client: &Client, card: &Id<Card>, nonce: String, order: &str) -> Result<(), Error> {
    // The version of the browser's library, which can differ from that of the server.
    let version = Options::new().stripe_version(API_VERSION);
    let key = ephemeral_key::Create::new()
        .issuing_card(card)
        .nonce(nonce)
        .with_options(version)
        .idempotency_key(format!("{order}/show-card"))
        .send(client)
        .await?;
    let minutes = (key.expires.as_seconds() - key.created.as_seconds()) / 60;
    println!("6. Ephemeral key {} lets a browser show the card for {minutes} minutes.", key.id);

    let key = ephemeral_key::Delete::new(&key.id).send(client).await?;
    println!("7. The page is closed, and key {} has ended.", key.id);
    Ok(())
}

async fn register_company(client: &Client, order: &str) -> Result<Cardholder, Error> {
    let office = cardholder::Create::new(cardholder::BillingParams::new(office_address()), "Rosen Supplies")
        .kind(cardholder::Kind::Company)
        .company(cardholder::CompanyParams::new().tax_id("000000000"))
        .email("office@rosen-supplies.example")
        .idempotency_key(format!("{order}/cardholder-company"))
        .send(client)
        .await?;
    println!("8. Cardholder {} is the {} {}.", office.id, office.kind, office.name);
    Ok(office)
}

async fn issue_physical_card(client: &Client, holder: &Id<Cardholder>, order: &str) -> Result<Card, Error> {
    let card = physical_card(holder).idempotency_key(format!("{order}/card-office")).send(client).await?;
    println!("9. Physical card {} ending in {} is {} and has to be sent.", card.id, card.last4, card.status);
    let validation = card.shipping.as_ref().and_then(|shipping| shipping.address_validation.as_ref());
    if let Some(result) = validation.and_then(|validation| validation.result.as_ref()) {
        println!("   The address: {result}.");
    }
    Ok(card)
}

fn physical_card(holder: &Id<Cardholder>) -> card::Create {
    let check = card::AddressValidationParams::new(card::Mode::ValidationAndNormalization);
    let parcel = card::ShippingParams::new(office_address().line2("Front desk"), "Jenny Rosen")
        .service(card::Service::Priority)
        .require_signature(true)
        .phone_number("+15555550123")
        .address_validation(check);
    card::Create::new(Currency::USD, card::Kind::Physical)
        .cardholder(holder)
        .second_line("Rosen Supplies")
        .shipping(parcel)
}

fn print_shipping(step: &str, card: &Card) {
    let Some(parcel) = &card.shipping else { return };
    let status = parcel.status.as_ref().map_or("unknown", |status| status.as_str());
    let carrier = parcel.carrier.as_ref().map(|carrier| format!(" by {carrier}")).unwrap_or_default();
    println!("{step}. The parcel is {status}{carrier}.");
}

/// Cancels a lost card before the new one is shipped, so that it cannot be used.
async fn replace_lost_card(
    client: &Client,
    holder: &Id<Cardholder>,
    lost: &Id<Card>,
    order: &str,
) -> Result<(), Error> {
    let canceled = card::Update::new(lost)
        .status(card::Status::Canceled)
        .cancellation_reason(card::CancellationReason::Lost)
        .idempotency_key(format!("{order}/card-office-lost"))
        .send(client)
        .await?;
    println!("14. Card {} is lost, and {} for good.", canceled.id, canceled.status);

    let new = physical_card(holder)
        .replacement_for(lost)
        .replacement_reason(card::ReplacementReason::Lost)
        .idempotency_key(format!("{order}/card-office-replacement"))
        .send(client)
        .await?;
    println!("15. Card {} ending in {} replaces it.", new.id, new.last4);

    let lost = card::Retrieve::new(lost).expand(card::Expand::ReplacedBy).send(client).await?;
    if let Some(new) = lost.replaced_by.expanded() {
        println!("16. The lost card ending in {} points to the one ending in {}.", lost.last4, new.last4);
    }
    Ok(())
}

/// Deactivates the cardholder and cancels the card. A cardholder can be activated again, a canceled card cannot.
async fn say_goodbye(
    client: &Client,
    holder: &Id<Cardholder>,
    card: &Id<Card>,
    order: &str,
) -> Result<(), Error> {
    let holder = cardholder::Update::new(holder)
        .status(cardholder::Status::Inactive)
        .idempotency_key(format!("{order}/cardholder-employee-leaves"))
        .send(client)
        .await?;
    println!("17. {} leaves, and the cardholder is {}: all cards are blocked.", holder.name, holder.status);

    let card = card::Update::new(card)
        .status(card::Status::Canceled)
        .idempotency_key(format!("{order}/card-employee-canceled"))
        .send(client)
        .await?;
    println!("18. Card {} is {}.", card.id, card.status);
    Ok(())
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
use support::{Beginning, Outcome, Stripe, days};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.connected(), stripe.order.as_str());

    let employee = register_employee(client, order).await?;
    let card = issue_virtual_card(client, &employee, order).await?;
    accept_terms(client, &employee.id, stripe.agreed_at(ACCEPTED_AT), order).await?;
    let card = activate(client, &card.id, "4", format!("{order}/card-employee-active")).await?;
    read_number(client, &card.id).await?;
    show_in_browser(client, &card.id, stripe.value("nonce"), order).await?;

    let office = register_company(client, order).await?;
    let lost = issue_physical_card(client, &office.id, order).await?;
    follow_parcel(stripe, client, &lost.id, order).await?;
    activate(client, &lost.id, "13", format!("{order}/card-office-active")).await?;
    stripe.wait(days(12));
    replace_lost_card(client, &office.id, &lost.id, order).await?;

    stripe.wait(days(30));
    say_goodbye(client, &employee.id, &card.id, order).await?;
    Ok(())
}

/// Ships the card with test helpers. In live mode, the event `issuing_card.updated` reports each step.
async fn follow_parcel(stripe: &Stripe, client: &Client, card: &Id<Card>, order: &str) -> Result<(), Error> {
    let key = |step| format!("{order}/card-office-{step}");
    let printed = shipping::SubmitShipping::new(card).idempotency_key(key("submit")).send(client).await?;
    print_shipping("10", &printed);
    stripe.wait(days(1));
    let shipped = shipping::Ship::new(card).idempotency_key(key("ship")).send(client).await?;
    print_shipping("11", &shipped);
    stripe.wait(days(3));
    let delivered = shipping::DeliverShipping::new(card).idempotency_key(key("deliver")).send(client).await?;
    print_shipping("12", &delivered);
    Ok(())
}

/// A connected account, and the nonce that Stripe.js creates in the browser of an employee.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = sandbox.connect().into_id();
    Ok(vec![("account", account), ("nonce", "nonce-of-the-browser".to_owned())])
}

fn main() -> ExitCode {
    support::main("cardholders_and_cards", begin, run)
}
