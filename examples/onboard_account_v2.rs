//! Onboards a seller with API v2: an account that receives transfers, Stripe's form, and the thin event that says it is ready.
//!
//! ```sh
//! cargo run --example onboard_account_v2
//! ```
//!
//! In test mode every step works by a call, except: the owner fills in Stripe's form. Until then there is no notification to
//! handle.
//!
//! The calls of the other examples, which use API v1, and those of API v2. Both versions read and change the same account.
//!
//! | API v1 | API v2 |
//! |---|---|
//! | `account::Create` with `controller` | `v2::core::account::Create` with `dashboard` and `defaults.responsibilities` |
//! | `capabilities.transfers`, `capabilities.card_payments` | `configuration.recipient`, `configuration.merchant` with their capabilities |
//! | `country`, `business_type`, `individual`, `company` | `identity` |
//! | `account::Retrieve` | `v2::core::account::Retrieve` with `include` |
//! | `requirements.currently_due` | `requirements.entries` with a deadline each |
//! | `account_link::Create` with `type` | `v2::core::account_link::Create` with `use_case` |
//! | event `account.updated` | thin event `v2.core.account[requirements].updated` |
//! | event `capability.updated` | thin event `v2.core.account[configuration.recipient].capability_status_updated` |
//! | `account::Delete` | `v2::core::account::Close` |
//! | capability `card_issuing` | none: it is requested with API v1, for the same account |

use stripe_platform::v2::core::account::{
    self, Account, CapabilityRequestParams, CapabilityStatus, ConfigurationParams, Dashboard, DefaultsParams,
    FeesCollector, IdentityParams, Include, LossesCollector, RecipientCapabilitiesParams, RecipientParams,
    ResponsibilitiesParams, StripeBalanceParams,
};
use stripe_platform::v2::core::account_link::{
    self, AccountLink, AccountUpdateParams, UseCaseKind, UseCaseParams,
};
use stripe_platform::v2::core::{EntityType, event};
use stripe_platform::webhook::EventNotification;
use stripe_platform::{Client, Error, Id};

/// Stripe sends the owner here when a link can no longer be used, and here when the form was left.
const REFRESH_URL: &str = "https://platform.example/onboarding/again";
const RETURN_URL: &str = "https://platform.example/onboarding/back";

/// The thin event that the platform waits for.
const STATUS_CHANGED: &str = "v2.core.account[configuration.recipient].capability_status_updated";

/// Opens an account with the Express Dashboard: the platform collects the fees and answers for losses.
async fn open(client: &Client, order: &str) -> Result<Account, Error> {
    let transfers = StripeBalanceParams::new().stripe_transfers(CapabilityRequestParams::new(true));
    let recipient =
        RecipientParams::new().capabilities(RecipientCapabilitiesParams::new().stripe_balance(transfers));
    let responsibilities =
        ResponsibilitiesParams::new(FeesCollector::Application, LossesCollector::Application);
    let account = account::Create::new()
        .contact_email("jenny@rosen-supplies.example")
        .display_name("Rosen Supplies")
        .dashboard(Dashboard::Express)
        .identity(IdentityParams::new().country("US").entity_type(EntityType::Individual))
        .defaults(DefaultsParams::new().responsibilities(responsibilities))
        .configuration(ConfigurationParams::new().recipient(recipient))
        .include([Include::ConfigurationRecipient, Include::Requirements])
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/account"))
        .send(client)
        .await?;
    println!("1. Account {} receives transfers when {} details are there.", account.id, due(&account).len());
    Ok(account)
}

/// Creates the link to Stripe's form.
async fn link(client: &Client, account: &Id<Account>, order: &str) -> Result<AccountLink, Error> {
    let onboarding = AccountUpdateParams::new(REFRESH_URL).return_url(RETURN_URL);
    let use_case = UseCaseParams::new(UseCaseKind::AccountOnboarding).account_onboarding(onboarding);
    let request = account_link::Create::new(account, use_case);
    let link = request.idempotency_key(format!("{order}/link")).send(client).await?;
    println!("2. A link for its owner works once: {:?}", link.url);
    Ok(link)
}

/// Reads the newest notification about the capabilities from the API. A webhook brings the same one; `Verifier::notification` reads it.
async fn newest(client: &Client, account: &Id<Account>) -> Result<Option<EventNotification>, Error> {
    let request = event::List::new().object_id(account.as_str()).types([STATUS_CHANGED]).limit(1);
    let events = request.send(client).await?;
    Ok(events.data.into_iter().next().map(EventNotification::from))
}

/// Reacts to a thin event: reads its data, and the account as it is now.
async fn handle(client: &Client, notification: &EventNotification) -> Result<(), Error> {
    let event = notification.fetch_event(client).await?;
    let capability = event.data.as_ref().and_then(|data| data.get("updated_capability")?.as_str());
    println!("3. {} is about {}.", notification.kind.as_str(), capability.unwrap_or("no capability"));
    let Some(related) = &notification.related_object else { return Ok(()) };
    let Some(id) = &related.id else { return Ok(()) };
    let account = account::Retrieve::new(id.as_str())
        .include([Include::ConfigurationRecipient, Include::Requirements])
        .send(client)
        .await?;
    println!(
        "4. Transfers are {}, {} details are due.",
        transfers(&account).map_or("not requested".to_owned(), |status| status.to_string()),
        due(&account).len()
    );
    Ok(())
}

/// The names of the details that are due now.
fn due(account: &Account) -> Vec<&str> {
    let entries = account.requirements.as_ref().and_then(|requirements| requirements.entries.as_ref());
    let now = entries
        .into_iter()
        .flatten()
        .filter(|entry| entry.minimum_deadline.status != account::MinimumDeadlineStatus::EventuallyDue);
    now.map(|entry| entry.description.as_str()).collect()
}

/// The status of the capability to receive transfers.
fn transfers(account: &Account) -> Option<&CapabilityStatus> {
    let recipient = account.configuration.as_ref()?.recipient.as_ref()?;
    let balance = recipient.capabilities.as_ref()?.stripe_balance.as_ref()?;
    Some(&balance.stripe_transfers.as_ref()?.status)
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, minutes};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.platform, stripe.order.as_str());
    let account = open(client, order).await?;
    let link = link(client, &account.id, order).await?;
    stripe.meanwhile(|sandbox| sandbox.account_links().complete(link.url.expose())).transpose()?;
    stripe.wait(minutes(8));
    match newest(client, &account.id).await? {
        Some(notification) => handle(client, &notification).await?,
        None => println!("3. The owner has not completed the form yet."),
    }
    Ok(())
}

/// The example opens its account itself.
pub async fn begin(_: &Sandbox) -> Beginning {
    Ok(vec![])
}

fn main() -> std::process::ExitCode {
    support::main("onboard_account_v2", begin, run)
}
