//! What a platform does when the requirements of Issuing change: a deadline, cleared terms, and an account that fell asleep.
//!
//! ```sh
//! cargo run --example handle_requirement_changes
//! ```
//!
//! The function `handle` is what a platform calls when a webhook brings the event `capability.updated`.

use stripe_platform::account::capability::{
    self, Capability, CapabilityRequirements, FutureRequirementsDisabledReason as Disabled, Status,
};
use stripe_platform::account::{self, Account};
use stripe_platform::file::{self, UploadPurpose};
use stripe_platform::{Client, Error, FileUpload, Id, Timestamp};
use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days, minutes};

const ISSUING: &str = "card_issuing";
/// How the due fields of the Issuing terms begin.
const ISSUING_TERMS: &str = "settings.card_issuing.tos_acceptance";

/// When and from where the company accepted the terms for the second time.
const ACCEPTED_AT: Timestamp = Timestamp::new(1_791_023_280);
const ACCEPTED_FROM: &str = "203.0.113.24";

/// An image of one pixel, in place of the letter of a tax authority.
const LETTER: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\xdac\xf8\x0f\0\x01\x01\x01\
    \0\x1c\xb0\x8c\x99\0\0\0\0IEND\xaeB`\x82";

/// What Stripe asks for later, and why.
const LETTER_DUE: &str = "company.verification.document";
const LETTER_REASON: &str = "verification_failed_keyed_identity";

/// What an account needs from the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    Patience,
    Details,
    NewApplication,
    Support,
}

/// Three connected accounts: one in good order, one whose details could not be verified, and one that used no card for 395 days.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let idle = sandbox.connect();
    sandbox.advance(days(395));
    let growing = beginning::onboarded_company(sandbox, "Rosen Supplies LLC", "000000000").await?;
    let unverified = beginning::onboarded_company(sandbox, "Lee Travels", "111111111").await?;
    sandbox.advance(minutes(60));
    Ok(vec![("growing_account", growing), ("unverified_account", unverified), ("idle_account", idle)])
}

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
    println!("   Nobody answers, and the deadline passes:");
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

/// Verification failed for so long that the acceptance of the terms was cleared. The company corrects its details and accepts again.
async fn cleared_terms(stripe: &Stripe, account: &Id<Account>) -> Outcome {
    let (client, order) = (&stripe.platform, stripe.order.as_str());
    if handle(8, client, account).await? != Need::NewApplication {
        println!("   So there is nothing to apply for.");
        return Ok(());
    }
    let current = account::Retrieve::new(account).send(client).await?;
    let issuing = current.settings.as_ref().and_then(|settings| settings.card_issuing.as_ref());
    let accepted = issuing.and_then(|issuing| issuing.tos_acceptance.as_ref()).and_then(|terms| terms.date);
    println!(
        "9. Date of the accepted Issuing terms: {}.",
        accepted.map_or("none".to_owned(), |date| date.to_string())
    );

    let company = account::CompanyParams::new().name("Lee Travel Inc").tax_id("000000000");
    let terms =
        account::CardIssuingTosAcceptanceParams::new().date(stripe.agreed_at(ACCEPTED_AT)).ip(ACCEPTED_FROM);
    let issuing = account::CardIssuingParams::new().tos_acceptance(terms);
    // One request for both: the new acceptance is the new application, so the details have to be right by then.
    let account = account::Update::new(account)
        .company(company)
        .settings(account::UpdateSettingsParams::new().card_issuing(issuing))
        .idempotency_key(format!("{order}/second-application"))
        .send(client)
        .await?;
    println!("10. Account {} has applied again, with its registered name and new terms.", account.id);
    stripe.wait(days(1));
    handle(11, client, &account.id).await?;
    Ok(())
}

/// Reads the capability, tells what happened, and decides what the account needs.
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
        Need::Nothing => "There is nothing to do.",
        Need::Patience => "Stripe is checking what was provided.",
        Need::Details => "The platform asks the account's owner for the details.",
        Need::NewApplication => "The owner corrects the details and accepts the Issuing terms anew.",
        Need::Support => "No card was used for 395 days, and nothing is due that would bring Issuing back.",
    }
}

fn print_requirements(requirements: &CapabilityRequirements) {
    if let Some(reason) = &requirements.disabled_reason {
        println!("   It is off because of {reason}.");
    }
    // What is past due is due now too, and what is due now is in the list of what comes due.
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

fn main() -> std::process::ExitCode {
    support::main("handle_requirement_changes", begin, run)
}
