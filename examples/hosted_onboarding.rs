//! Sends the owner of an account through Stripe's onboarding form, and reads the open requirements after every return.
//!
//! ```sh
//! cargo run --example hosted_onboarding
//! ```
//!
//! In test mode every step works by a call, except: the owner fills in Stripe's form.

use stripe_platform::account::{self, Account};
use stripe_platform::account_link::{self, AccountLink, Kind};
use stripe_platform::{Client, Error, Id};

/// Stripe redirects here when a link is used or too old, and here when the owner leaves the form.
const REFRESH_URL: &str = "https://platform.example/onboarding/again";

const RETURN_URL: &str = "https://platform.example/onboarding/back";

/// The answers that the owner gives before leaving the form.
const BEGUN: [(&str, &str); 4] = [
    ("business_type", "individual"),
    ("business_profile.mcc", "5734"),
    ("individual.first_name", "Jenny"),
    ("individual.last_name", "Rosen"),
];

/// Opens an account with its country only: the form asks for the rest.
async fn open(client: &Client, order: &str) -> Result<Account, Error> {
    let controller = account::ControllerParams::new()
        .stripe_dashboard(account::StripeDashboardParams::new().kind(account::StripeDashboardKind::None))
        .fees(account::FeesParams::new().payer(account::Payer::Application))
        .losses(account::LossesParams::new().payments(account::LossesPayments::Application))
        .requirement_collection(account::RequirementCollection::Application);
    account::Create::new()
        .country("US")
        .email("jenny@rosen-supplies.example")
        .controller(controller)
        .capabilities(account::CapabilitiesParams::new().card_issuing().transfers())
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/account"))
        .send(client)
        .await
}

/// Creates a link, for the page behind "Continue" and the one at `REFRESH_URL`. A link works once, for minutes, so each has a different
/// key: the same key would return the used link.
async fn link(
    client: &Client,
    account: &Id<Account>,
    kind: Kind,
    key: &str,
    step: usize,
) -> Result<AccountLink, Error> {
    let collected = account_link::CollectionOptionsParams::new()
        .fields(account_link::CollectedFields::EventuallyDue)
        .future_requirements(account_link::FutureRequirements::Include);
    let link = account_link::Create::new(account, kind.clone())
        .refresh_url(REFRESH_URL)
        .return_url(RETURN_URL)
        .collection_options(collected)
        .idempotency_key(key)
        .send(client)
        .await?;
    // The URL gives access to personal data: redirect the signed-in owner to it, and do not store or send it otherwise.
    let seconds = link.expires_at.as_seconds() - link.created.as_seconds();
    println!("{step}. A link for {kind} to {:?} works once, for {seconds} seconds.", link.url);
    Ok(link)
}

/// Prints the state of an account for its owner. A return from the form does not mean that it is complete: read the account, or wait
/// for the event `account.updated`.
fn print_progress(step: usize, account: &Account) {
    let submitted = yes(account.details_submitted);
    let charges = yes(account.charges_enabled);
    println!("{step}. Details submitted: {submitted}. Charges enabled: {charges}.");
    let due = due_now(account);
    if due.is_empty() {
        println!("   Nothing is due now.");
    } else {
        println!("   Due now: {}. The page offers to continue.", due.join(", "));
    }
    let later: Vec<&str> =
        due_later(account).iter().filter(|field| !due.contains(field)).map(String::as_str).collect();
    if !later.is_empty() {
        println!("   Due later: {}.", later.join(", "));
    }
}

fn due_now(account: &Account) -> &[String] {
    let requirements = account.requirements.as_ref();
    requirements.and_then(|requirements| requirements.currently_due.as_deref()).unwrap_or_default()
}

fn due_later(account: &Account) -> &[String] {
    let requirements = account.requirements.as_ref();
    requirements.and_then(|requirements| requirements.eventually_due.as_deref()).unwrap_or_default()
}

fn yes(flag: Option<bool>) -> &'static str {
    if flag == Some(true) { "yes" } else { "no" }
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, days, minutes};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.platform, stripe.order.as_str());
    let account = open(client, order).await?;
    println!("1. Account {} is open: {} details are due.", account.id, due_now(&account).len());

    link(client, &account.id, Kind::AccountOnboarding, &format!("{order}/link-1"), 2).await?;
    stripe.wait(minutes(25));
    println!("   The owner opens it too late. Stripe sends the browser to {REFRESH_URL}.");
    let form = link(client, &account.id, Kind::AccountOnboarding, &format!("{order}/link-2"), 3).await?;
    stripe.meanwhile(|sandbox| sandbox.account_links().leave_with(form.url.expose(), &BEGUN)).transpose()?;
    println!("   The owner begins, leaves the form, and is back at {RETURN_URL}.");

    let account = account::Retrieve::new(&account.id).send(client).await?;
    print_progress(4, &account);
    stripe.wait(days(1));
    let form = link(client, &account.id, Kind::AccountOnboarding, &format!("{order}/link-3"), 5).await?;
    fill_in(stripe, &form)?;
    println!("   The owner fills in the rest the next day.");

    let account = account::Retrieve::new(&account.id).send(client).await?;
    print_progress(6, &account);
    let form = link(client, &account.id, Kind::AccountUpdate, &format!("{order}/link-4"), 7).await?;
    fill_in(stripe, &form)?;
    println!("   The owner provides ahead of time what would come due later.");

    let account = account::Retrieve::new(&account.id).send(client).await?;
    print_progress(8, &account);
    Ok(())
}

/// The owner completes the form. Stripe checks the answers within minutes.
fn fill_in(stripe: &Stripe, form: &AccountLink) -> Outcome {
    stripe.meanwhile(|sandbox| sandbox.account_links().complete(form.url.expose())).transpose()?;
    stripe.wait(minutes(8));
    Ok(())
}

/// Nothing: the example opens its account itself.
pub async fn begin(_: &Sandbox) -> Beginning {
    Ok(vec![])
}

fn main() -> std::process::ExitCode {
    support::main("hosted_onboarding", begin, run)
}
