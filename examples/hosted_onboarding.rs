//! Sends the owner of an account through Stripe's onboarding form, and finds out what is left to do on every return.
//!
//! ```sh
//! cargo run --example hosted_onboarding
//! ```

use stripe_platform::account::{self, Account};
use stripe_platform::account_link::{self, AccountLink, Kind};
use stripe_platform::{Client, Error, Id};
use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, days, minutes};

/// Stripe sends the owner here when a link can no longer be used, and here when the form was left.
const REFRESH_URL: &str = "https://platform.example/onboarding/again";
const RETURN_URL: &str = "https://platform.example/onboarding/back";

/// What the owner answers before the form is left.
const BEGUN: [(&str, &str); 4] = [
    ("business_type", "individual"),
    ("business_profile.mcc", "5734"),
    ("individual.first_name", "Jenny"),
    ("individual.last_name", "Rosen"),
];

/// Nothing: the example opens its account itself.
pub async fn begin(_: &Sandbox) -> Beginning {
    Ok(vec![])
}

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

    // That the owner is back says nothing: the account does. The event `account.updated` brings the same news.
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

/// The owner answers all that is asked. Stripe checks the answers within minutes.
fn fill_in(stripe: &Stripe, form: &AccountLink) -> Outcome {
    stripe.meanwhile(|sandbox| sandbox.account_links().complete(form.url.expose())).transpose()?;
    stripe.wait(minutes(8));
    Ok(())
}

/// Opens an account with nothing but its country: the form asks for all the rest.
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

/// Makes a link, as the page behind "Continue" and the one at `REFRESH_URL` do. Each link works once and for minutes, so each
/// has a key of its own: the same key would give the used link again.
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
    // The URL gives access to personal data. A program answers the signed-in owner with a redirect to it, and sends or
    // stores it nowhere else; it prints as a secret.
    let seconds = link.expires_at.as_seconds() - link.created.as_seconds();
    println!("{step}. A link for {kind} to {:?} works once, for {seconds} seconds.", link.url);
    Ok(link)
}

/// Prints what the state of an account means for its owner.
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

fn main() -> std::process::ExitCode {
    support::main("hosted_onboarding", begin, run)
}
