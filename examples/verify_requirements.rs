//! Sends everything that Issuing requires of a company through the API: the company, its people, a document, and the terms last.
//!
//! ```sh
//! cargo run --example verify_requirements
//! ```
//!
//! All values are Stripe's test values. In test mode every step works by a call.

use stripe_platform::account::person::{self, Person};
use stripe_platform::account::{self, Account, capability};
use stripe_platform::file::{self, File, UploadPurpose};
use stripe_platform::{
    AddressParams, Client, Currency, Error, FileUpload, Id, Timestamp, account::BirthDateParams,
    account::RequiredBirthDateParams, account::person::RelationshipParams,
};

/// The time and IP address of the acceptance of the terms.
const ACCEPTED_AT: Timestamp = Timestamp::new(1_794_476_220);

const ACCEPTED_FROM: &str = "203.0.113.24";

/// An image of one pixel, in place of the photograph of a passport.
const PASSPORT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\xdac\xf8\x0f\0\x01\x01\x01\
    \0\x1c\xb0\x8c\x99\0\0\0\0IEND\xaeB`\x82";

async fn print_capability(client: &Client, account: &Id<Account>) -> Result<(), Error> {
    let issuing = capability::Retrieve::new(account, "card_issuing").send(client).await?;
    println!("12. The capability {} is {}.", issuing.id, issuing.status);
    Ok(())
}

async fn open(client: &Client, order: &str) -> Result<Account, Error> {
    let controller = account::ControllerParams::new()
        .stripe_dashboard(account::StripeDashboardParams::new().kind(account::StripeDashboardKind::None))
        .fees(account::FeesParams::new().payer(account::Payer::Application))
        .losses(account::LossesParams::new().payments(account::LossesPayments::Application))
        .requirement_collection(account::RequirementCollection::Application);
    account::Create::new()
        .country("US")
        .email("office@rosen-supplies.example")
        .business_type(account::BusinessType::Company)
        .controller(controller)
        .capabilities(account::CapabilitiesParams::new().card_issuing().transfers())
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/account"))
        .send(client)
        .await
}

async fn describe_company(client: &Client, account: &Id<Account>, order: &str) -> Result<Account, Error> {
    let company = account::CompanyParams::new()
        .name("Rosen Supplies LLC")
        .tax_id("000000000")
        .phone("0000000000")
        .structure(stripe_platform::account::Structure::MultiMemberLlc)
        .address(address());
    let business = account::BusinessProfileParams::new()
        .mcc("5734")
        .product_description("Office supplies for small companies")
        .url("https://accessible.stripe.com")
        .estimated_worker_count(12)
        .annual_revenue(account::AnnualRevenueParams::new(120_000_000, Currency::USD, "2025-12-31"));
    account::Update::new(account)
        .company(company)
        .business_profile(business)
        // The test token of a bank account.
        .external_account("btok_us_verified")
        .idempotency_key(format!("{order}/company"))
        .send(client)
        .await
}

/// Adds the representative, who is also an executive, an owner and a director. Returns the representative.
async fn add_people(client: &Client, account: &Id<Account>, order: &str) -> Result<Person, Error> {
    let runs_it = RelationshipParams::new().representative(true).executive(true).title("Chief Executive");
    let representative = person(account, "Jenny", "Rosen", runs_it)
        .email("jenny@rosen-supplies.example")
        .phone("0000000000")
        .address(address())
        // The test number that does not match the name.
        .id_number("111111111")
        .idempotency_key(format!("{order}/representative"))
        .send(client)
        .await?;
    print_person("3. Representative", &representative);

    let owns_it = RelationshipParams::new().owner(true).percent_ownership(40);
    let owner = person(account, "Samuel", "Lee", owns_it)
        .email("samuel@rosen-supplies.example")
        .phone("0000000000")
        .address(address())
        // The test number that is verified at once.
        .id_number("222222222")
        .idempotency_key(format!("{order}/owner"))
        .send(client)
        .await?;
    print_person("4. Owner of 40 percent", &owner);

    let directs_it = RelationshipParams::new().director(true).title("Chair of the Board");
    let director = person(account, "Ada", "Novak", directs_it)
        .email("ada@rosen-supplies.example")
        .idempotency_key(format!("{order}/director"))
        .send(client)
        .await?;
    print_person("5. Director", &director);
    Ok(representative)
}

/// A person of the company, with the test date of birth that passes.
fn person(account: &Id<Account>, first: &str, last: &str, role: RelationshipParams) -> person::Create {
    let birth = BirthDateParams::new(RequiredBirthDateParams { day: 1, month: 1, year: 1901 });
    person::Create::new(account).first_name(first).last_name(last).dob(birth).relationship(role)
}

/// Declares the people complete. Until then Stripe expects more owners, directors and executives.
async fn all_people_are_there(client: &Client, account: &Id<Account>, order: &str) -> Result<Account, Error> {
    let company = account::CompanyParams::new()
        .owners_provided(true)
        .directors_provided(true)
        .executives_provided(true);
    account::Update::new(account)
        .company(company)
        .idempotency_key(format!("{order}/everyone"))
        .send(client)
        .await
}

/// Reads why the verification of a person failed, and sends a document. The event `person.updated` reports the failure.
async fn prove_identity(
    client: &Client,
    account: &Id<Account>,
    who: &Person,
    order: &str,
) -> Result<(), Error> {
    let person = person::Retrieve::new(account, &who.id).send(client).await?;
    print_person("7. Representative", &person);
    for error in person.requirements.iter().flat_map(|requirements| &requirements.errors) {
        println!("   {} failed with {}: {}", error.requirement, error.code, error.reason);
    }

    let file = upload_passport(client, order).await?;
    println!("8. File {} has {} bytes and the purpose {}.", file.id, file.size, file.purpose);

    let document = account::DocumentSidesParams::new().front(&file.id);
    let person = person::Update::new(account, &person.id)
        .verification(account::PersonVerificationParams::new().document(document))
        .idempotency_key(format!("{order}/representative-document"))
        .send(client)
        .await?;
    print_person("9. Representative", &person);
    Ok(())
}

/// Uploads an image to Stripe's host for files, on the platform: the account refers to its id.
async fn upload_passport(client: &Client, order: &str) -> Result<File, Error> {
    let image = FileUpload::new("passport.png", PASSPORT).content_type("image/png");
    file::Create::new(image, UploadPurpose::IdentityDocument)
        .idempotency_key(format!("{order}/passport"))
        .send(client)
        .await
}

/// Records that the representative accepted Stripe's terms and those of Issuing.
async fn accept_terms(
    client: &Client,
    account: &Id<Account>,
    accepted_at: Timestamp,
    order: &str,
) -> Result<Account, Error> {
    let terms = account::TosAcceptanceParams::new().date(accepted_at).ip(ACCEPTED_FROM);
    let issuing_terms = account::CardIssuingTosAcceptanceParams::new().date(accepted_at).ip(ACCEPTED_FROM);
    let issuing = account::CardIssuingParams::new().tos_acceptance(issuing_terms);
    account::Update::new(account)
        .tos_acceptance(terms)
        .settings(account::UpdateSettingsParams::new().card_issuing(issuing))
        .idempotency_key(format!("{order}/terms"))
        .send(client)
        .await
}

async fn print_people(client: &Client, account: &Id<Account>) -> Result<(), Error> {
    let people = person::List::new(account).send(client).await?;
    println!("11. {} people belong to the company:", people.data.len());
    for person in &people.data {
        print_person("   ", person);
    }
    Ok(())
}

fn print_person(role: &str, person: &Person) {
    let name =
        [person.first_name.as_deref(), person.last_name.as_deref()].map(|name| name.unwrap_or("-")).join(" ");
    let status = person.verification.as_ref().map_or("unknown", |verification| verification.status.as_str());
    println!("{role} {name} is {status}.");
}

fn print_due(step: usize, what: &str, account: &Account) {
    let requirements = account.requirements.as_ref();
    let due = requirements.and_then(|requirements| requirements.currently_due.as_deref()).unwrap_or_default();
    let checked = requirements
        .and_then(|requirements| requirements.pending_verification.as_deref())
        .unwrap_or_default();
    println!("{step}. {what}: {} details are due, {} in verification.", due.len(), checked.len());
    for field in due {
        println!("   - {field}");
    }
}

/// The test address that is verified.
fn address() -> AddressParams {
    AddressParams::new()
        .line1("address_full_match")
        .city("San Francisco")
        .state("CA")
        .postal_code("94103")
        .country("US")
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, minutes};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.platform, stripe.order.as_str());
    let account = open(client, order).await?;
    print_due(1, "The account is open", &account);
    stripe.wait(minutes(2));
    let account = describe_company(client, &account.id, order).await?;
    print_due(2, "The company is described", &account);

    let representative = add_people(client, &account.id, order).await?;
    let account = all_people_are_there(client, &account.id, order).await?;
    print_due(6, "Everyone is there", &account);

    stripe.wait(minutes(3));
    prove_identity(client, &account.id, &representative, order).await?;

    // The terms come last: their date is then that of the complete application, from which the days for verification count.
    let account = accept_terms(client, &account.id, stripe.agreed_at(ACCEPTED_AT), order).await?;
    print_due(10, "The terms are accepted", &account);
    stripe.wait(minutes(10));
    print_people(client, &account.id).await?;

    print_capability(client, &account.id).await?;
    Ok(())
}

/// Nothing: the example opens its account itself.
pub async fn begin(_: &Sandbox) -> Beginning {
    Ok(vec![])
}

fn main() -> std::process::ExitCode {
    support::main("verify_requirements", begin, run)
}
