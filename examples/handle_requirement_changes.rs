//! Reacts to changed requirements of Issuing: a deadline, cleared terms, and an inactive account.
//!
//! ```sh
//! cargo run --example handle_requirement_changes
//! ```
//!
//! In test mode every step works by a call, except: Stripe asks for a letter, and ends the capability of an
//! account that issues no cards.
//!
//! A platform calls the function `handle` for the event `capability.updated`.

use stripe_platform::account::capability::{
    self, Capability, CapabilityRequirements, FutureRequirementsDisabledReason as Disabled, Status,
};
use stripe_platform::account::{self, Account};
use stripe_platform::file::{self, UploadPurpose};
use stripe_platform::{Client, Error, FileUpload, Id, Timestamp};

const ISSUING: &str = "card_issuing";

/// The prefix of the due fields of the Issuing terms.
const ISSUING_TERMS: &str = "settings.card_issuing.tos_acceptance";

/// The time and IP address of the second acceptance of the terms.
const ACCEPTED_AT: Timestamp = Timestamp::new(1_791_023_280);

const ACCEPTED_FROM: &str = "203.0.113.24";

/// An image of one pixel, in place of the letter of a tax authority.
const LETTER: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\xdac\xf8\x0f\0\x01\x01\x01\
    \0\x1c\xb0\x8c\x99\0\0\0\0IEND\xaeB`\x82";

/// The requirement that Stripe adds later, and its reason.
const LETTER_DUE: &str = "company.verification.document";

const LETTER_REASON: &str = "verification_failed_keyed_identity";

/// The next step for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    Patience,
    Details,
    NewApplication,
    Support,
}

async fn upload_letter(client: &Client, order: &str) -> Result<file::File, Error> {
    let image = FileUpload::new("letter.png", LETTER).content_type("image/png");
    file::Create::new(image, UploadPurpose::AdditionalVerification)
        .idempotency_key(format!("{order}/letter"))
        .send(client)
        .await
}

async fn provide_letter(
    client: &Client,
    account: &Id<Account>,
    letter: &Id<file::File>,
    order: &str,
) -> Result<Account, Error> {
    let document = account::DocumentSidesParams::new().front(letter);
    let verification = account::DocumentVerificationParams::new().document(document);
    account::Update::new(account)
        .company(account::CompanyParams::new().verification(verification))
        .idempotency_key(format!("{order}/company-document"))
        .send(client)
        .await
}

async fn show_acceptance(client: &Client, account: &Id<Account>) -> Result<(), Error> {
    let current = account::Retrieve::new(account).send(client).await?;
    let issuing = current.settings.as_ref().and_then(|settings| settings.card_issuing.as_ref());
    let accepted = issuing.and_then(|issuing| issuing.tos_acceptance.as_ref()).and_then(|terms| terms.date);
    println!(
        "9. Date of the accepted Issuing terms: {}.",
        accepted.map_or("none".to_owned(), |date| date.to_string())
    );
    Ok(())
}

/// Corrects the details and accepts the terms again, in one request: the acceptance is the new application, so the details must be
/// right by then.
async fn apply_again(
    client: &Client,
    account: &Id<Account>,
    at: Timestamp,
    order: &str,
) -> Result<(), Error> {
    let company = account::CompanyParams::new().name("Lee Travel Inc").tax_id("000000000");
    let terms = account::CardIssuingTosAcceptanceParams::new().date(at).ip(ACCEPTED_FROM);
    let issuing = account::CardIssuingParams::new().tos_acceptance(terms);
    let account = account::Update::new(account)
        .company(company)
        .settings(account::UpdateSettingsParams::new().card_issuing(issuing))
        .idempotency_key(format!("{order}/second-application"))
        .send(client)
        .await?;
    println!("10. Account {} has applied again, with its registered name and new terms.", account.id);
    Ok(())
}

/// Reads the capability, prints its state, and returns the next step.
async fn handle(step: usize, client: &Client, account: &Id<Account>) -> Result<Need, Error> {
    let capability = capability::Retrieve::new(account, ISSUING).send(client).await?;
    println!("{step}. Account {account}: {} is {}.", capability.id, capability.status);
    if let Some(requirements) = &capability.requirements {
        print_requirements(requirements);
    }
    let need = need(&capability);
    println!("   {}", advice(need));
    Ok(need)
}

fn need(capability: &Capability) -> Need {
    let requirements = capability.requirements.as_ref();
    let reason = requirements.and_then(|requirements| requirements.disabled_reason.as_ref());
    let due = requirements.map(|requirements| requirements.currently_due.as_slice()).unwrap_or_default();
    match (&capability.status, reason) {
        (_, Some(Disabled::RejectedInactivity)) => Need::Support,
        (_, _) if due.iter().any(|field| field.starts_with(ISSUING_TERMS)) => Need::NewApplication,
        (_, _) if !due.is_empty() => Need::Details,
        (Status::Active, _) => Need::Nothing,
        _ => Need::Patience,
    }
}

fn advice(need: Need) -> &'static str {
    match need {
        Need::Nothing => "No action is needed.",
        Need::Patience => "Stripe is checking the data.",
        Need::Details => "The platform asks the account's owner for the details.",
        Need::NewApplication => "The owner corrects the details and accepts the Issuing terms anew.",
        Need::Support => "No card was used for 395 days, and nothing is due that would bring Issuing back.",
    }
}

fn print_requirements(requirements: &CapabilityRequirements) {
    if let Some(reason) = &requirements.disabled_reason {
        println!("   It is off because of {reason}.");
    }
    // Fields past due are also in `currently_due`, and those are also in `eventually_due`.
    let (past, now) = (&requirements.past_due, &requirements.currently_due);
    print_fields("Due later", requirements.eventually_due.iter().filter(|field| !now.contains(field)));
    print_fields("Due now", now.iter().filter(|field| !past.contains(field)));
    print_fields("Past due", past);
    print_fields("In verification", &requirements.pending_verification);
    if let Some(deadline) = requirements.current_deadline {
        println!("   It stays active until {deadline} without them.");
    }
    for error in &requirements.errors {
        println!("   {}: {} ({})", error.requirement, error.reason, error.code);
    }
}

fn print_fields<'a>(title: &str, fields: impl IntoIterator<Item = &'a String>) {
    let fields: Vec<&str> = fields.into_iter().map(String::as_str).collect();
    if !fields.is_empty() {
        println!("   {title}: {}.", fields.join(", "));
    }
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days, minutes};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.platform, stripe.order.as_str());
    deadline(stripe, client, &stripe.value("growing_account").into(), order).await?;
    cleared_terms(stripe, &stripe.value("unverified_account").into()).await?;

    let idle = stripe.value("idle_account").into();
    handle(12, client, &idle).await?;
    println!("   If the company wants cards again, the platform asks Stripe.");
    Ok(())
}

/// A requirement comes due later, its deadline passes, and a document satisfies it.
async fn deadline(stripe: &Stripe, client: &Client, account: &Id<Account>, order: &str) -> Outcome {
    handle(1, client, account).await?;
    stripe.wait(days(20));
    let asked =
        stripe.meanwhile(|sandbox| sandbox.accounts().require(account.as_str(), LETTER_DUE, LETTER_REASON));
    asked.transpose()?;
    println!("   Some weeks later:");
    handle(2, client, account).await?;
    stripe.wait(days(31));
    println!("   The owner does not answer, and the deadline passes:");
    if handle(3, client, account).await? == Need::Details {
        let letter = upload_letter(client, order).await?;
        println!("4. The letter of the tax authority is file {}.", letter.id);
        provide_letter(client, account, &letter.id, order).await?;
        println!("5. The letter is with the company's details.");
    }
    handle(6, client, account).await?;
    stripe.wait(days(1));
    println!("   One day later:");
    handle(7, client, account).await?;
    Ok(())
}

/// Verification failed for too long, and the acceptance of the terms was cleared. The company corrects its details and accepts again.
async fn cleared_terms(stripe: &Stripe, account: &Id<Account>) -> Outcome {
    let (client, order) = (&stripe.platform, stripe.order.as_str());
    if handle(8, client, account).await? != Need::NewApplication {
        println!("   So there is nothing to apply for.");
        return Ok(());
    }
    show_acceptance(client, account).await?;
    apply_again(client, account, stripe.agreed_at(ACCEPTED_AT), order).await?;
    stripe.wait(days(1));
    handle(11, client, account).await?;
    Ok(())
}

/// Three connected accounts: one in good order, one whose details could not be verified, and one that used no card for 395 days.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let idle = sandbox.connect().into_id();
    sandbox.advance(days(395));
    let growing = beginning::onboarded_company(sandbox, "Rosen Supplies LLC", "000000000").await?;
    let unverified = beginning::onboarded_company(sandbox, "Lee Travels", "111111111").await?;
    sandbox.advance(minutes(60));
    Ok(vec![("growing_account", growing), ("unverified_account", unverified), ("idle_account", idle)])
}

fn main() -> std::process::ExitCode {
    support::main("handle_requirement_changes", begin, run)
}
