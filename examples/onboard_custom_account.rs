//! Opens connected accounts that can issue cards, and reads the requirements of their Issuing capability until it is active.
//!
//! ```sh
//! cargo run --example onboard_custom_account
//! ```
//!
//! In test mode every step works by a call.

use stripe_platform::account::capability::{self, Capability, Status};
use stripe_platform::account::{self, Account};
use stripe_platform::{
    AddressParams, Client, Error, Id, Timestamp, account::BirthDateParams, account::RequiredBirthDateParams,
};

/// The capability to issue cards. It requires `transfers` too.
const ISSUING: &str = "card_issuing";

/// The time and IP address of the acceptance of the terms.
const ACCEPTED_AT: Timestamp = Timestamp::new(1_794_475_920);

const ACCEPTED_FROM: &str = "203.0.113.24";

/// The number of times that the capability is read.
const READS: usize = 5;

/// Opens an account for which the platform is responsible, as Issuing requires.
async fn open(client: &Client, order: &str) -> Result<Account, Error> {
    let controller = account::ControllerParams::new()
        .stripe_dashboard(account::StripeDashboardParams::new().kind(account::StripeDashboardKind::None))
        .fees(account::FeesParams::new().payer(account::Payer::Application))
        .losses(account::LossesParams::new().payments(account::LossesPayments::Application))
        .requirement_collection(account::RequirementCollection::Application);
    let account = account::Create::new()
        .country("US")
        .email("jenny@rosen-supplies.example")
        .business_type(account::BusinessType::Individual)
        .controller(controller)
        .capabilities(account::CapabilitiesParams::new().card_issuing().transfers())
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/account"))
        .send(client)
        .await?;
    println!(
        "1. Account {} is open: the platform collects its requirements and bears its losses.",
        account.id
    );
    Ok(account)
}

/// Sends the due fields in one request. The values are Stripe's test values for a successful check.
async fn provide_details(
    client: &Client,
    account: &Id<Account>,
    accepted_at: Timestamp,
    order: &str,
) -> Result<Account, Error> {
    let business = account::BusinessProfileParams::new()
        .mcc("5734")
        .product_description("Office supplies for small companies");
    let address = AddressParams::new()
        .line1("address_full_match")
        .city("San Francisco")
        .state("CA")
        .postal_code("94103")
        .country("US");
    let birth = BirthDateParams::new(RequiredBirthDateParams { day: 1, month: 1, year: 1901 });
    let owner = account::IndividualParams::new()
        .first_name("Jenny")
        .last_name("Rosen")
        .email("jenny@rosen-supplies.example")
        .phone("0000000000")
        .dob(birth)
        .address(address)
        .id_number("000000000");
    let terms = account::TosAcceptanceParams::new().date(accepted_at).ip(ACCEPTED_FROM);
    let issuing_terms = account::CardIssuingTosAcceptanceParams::new().date(accepted_at).ip(ACCEPTED_FROM);
    let issuing = account::CardIssuingParams::new().tos_acceptance(issuing_terms);
    account::Update::new(account)
        .business_profile(business)
        .individual(owner)
        // The token for tests of a bank account. In production Stripe.js makes one in the owner's browser.
        .external_account("btok_us_verified")
        .tos_acceptance(terms)
        .settings(account::UpdateSettingsParams::new().card_issuing(issuing))
        .idempotency_key(format!("{order}/account-details"))
        .send(client)
        .await
}

async fn list_capabilities(client: &Client, account: &Id<Account>) -> Result<(), Error> {
    let capabilities = capability::List::new(account).send(client).await?;
    let all: Vec<String> =
        capabilities.data.iter().map(|each| format!("{} is {}", each.id, each.status)).collect();
    println!("6. In the list of its capabilities {}.", all.join(", "));
    Ok(())
}

/// Opens an account by its type, the older way, and requests Issuing afterwards.
async fn add_issuing_later(client: &Client, order: &str) -> Result<(), Error> {
    let account = account::Create::new()
        .country("US")
        .email("sam@lee-travel.example")
        .business_type(account::BusinessType::Individual)
        .kind(account::Kind::Custom)
        .capabilities(account::CapabilitiesParams::new().transfers())
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/second-account"))
        .send(client)
        .await?;
    let due = currently_due(&account);
    println!("7. Account {} is open, by its type and for transfers only: {due} details are due.", account.id);

    let account = account::Update::new(&account.id)
        .capabilities(account::CapabilitiesParams::new().card_issuing())
        .idempotency_key(format!("{order}/second-account-issuing"))
        .send(client)
        .await?;
    let due = currently_due(&account);
    println!("8. Account {} wants to issue cards too: {due} details are due.", account.id);

    let capability = capability::Retrieve::new(&account.id, ISSUING).send(client).await?;
    print_capability(9, &capability);
    Ok(())
}

/// The number of fields that are due now.
fn currently_due(account: &Account) -> usize {
    let due = account.requirements.as_ref().and_then(|requirements| requirements.currently_due.as_ref());
    due.map_or(0, Vec::len)
}

/// Prints the state of a capability and its requirements.
fn print_capability(step: usize, capability: &Capability) {
    println!("{step}. The capability {} is {}.", capability.id, capability.status);
    let Some(requirements) = &capability.requirements else { return };
    if let Some(reason) = &requirements.disabled_reason {
        println!("   It is off because of {reason}.");
    }
    print_fields("Due now", &requirements.currently_due);
    if requirements.past_due == requirements.currently_due && !requirements.past_due.is_empty() {
        println!("   All of them are past due: a new account has no deadline.");
    } else {
        print_fields("Past due", &requirements.past_due);
    }
    print_fields("In verification", &requirements.pending_verification);
}

fn print_fields(title: &str, fields: &[String]) {
    if !fields.is_empty() {
        println!("   {title}: {}.", fields.join(", "));
    }
}

fn yes(flag: Option<bool>) -> &'static str {
    if flag == Some(true) { "yes" } else { "no" }
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, minutes};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.platform, stripe.order.as_str());
    let account = open(client, order).await?;
    let capability = capability::Retrieve::new(&account.id, ISSUING).send(client).await?;
    print_capability(2, &capability);

    stripe.wait(minutes(4));
    let account = provide_details(client, &account.id, stripe.agreed_at(ACCEPTED_AT), order).await?;
    println!("3. Account {} has its details. Submitted: {}.", account.id, yes(account.details_submitted));
    wait_until_active(stripe, client, &account.id).await?;

    list_capabilities(client, &account.id).await?;
    add_issuing_later(client, order).await?;
    Ok(())
}

/// Reads the capability repeatedly, where a service waits for the event `capability.updated`.
async fn wait_until_active(stripe: &Stripe, client: &Client, account: &Id<Account>) -> Outcome {
    for step in 4..4 + READS {
        let capability = capability::Retrieve::new(account, ISSUING).send(client).await?;
        print_capability(step, &capability);
        if capability.status == Status::Active {
            return Ok(());
        }
        stripe.wait(minutes(1));
    }
    println!("   Verification takes longer than this example waits.");
    Ok(())
}

/// Nothing: the example opens its accounts itself.
pub async fn begin(_: &Sandbox) -> Beginning {
    Ok(vec![])
}

fn main() -> std::process::ExitCode {
    support::main("onboard_custom_account", begin, run)
}
