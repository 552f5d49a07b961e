//! Pays a user of the platform: an Express account, money added to the platform's balance, and a transfer of 10 USD.
//!
//! ```sh
//! cargo run --example pay_out_to_users
//! ```
//!
//! In test mode every step works by a call, except: the writer fills in Stripe's form. The top-up takes days there.

use stripe_platform::account::{self, Account, CapabilityStatus};
use stripe_platform::account_link::{self, AccountLink, Kind};
use stripe_platform::balance_settings::{self, BalanceSettings, PayoutInterval, WeeklyPayoutDay};
use stripe_platform::topup::{self, Topup};
use stripe_platform::{Client, Currency, Error, Id, Money, balance, transfer};

const ADDED: Money = Money::new(5_000, Currency::USD);

const EARNED: Money = Money::new(1_000, Currency::USD);

/// Opens the account with the data that the platform has already. The form only asks to confirm it. After the first link the platform
/// can no longer change it.
async fn open(client: &Client, order: &str) -> Result<Account, Error> {
    let business = account::BusinessProfileParams::new()
        .mcc("5815")
        .product_description("Writes answers to questions of readers")
        .url("https://accessible.stripe.com");
    let writer = account::IndividualParams::new()
        .first_name("Jenny")
        .last_name("Rosen")
        .email("jenny@answers.example");
    let account = account::Create::new()
        .kind(account::Kind::Express)
        .country("US")
        .email("jenny@answers.example")
        .business_type(account::BusinessType::Individual)
        .business_profile(business)
        .individual(writer)
        // The token for tests of a bank account. In production Stripe.js makes one in the writer's browser.
        .external_account("btok_us_verified")
        .capabilities(account::CapabilitiesParams::new().transfers())
        .metadata([("writer", "7")])
        .idempotency_key(format!("{order}/account"))
        .send(client)
        .await?;
    println!("1. The writer has account {}, with name, business and bank account filled in.", account.id);
    Ok(account)
}

/// Creates the link that the signed-in writer is redirected to. It works once, for minutes; the page at the refresh URL creates another.
async fn send_to_form(client: &Client, account: &Id<Account>, order: &str) -> Result<AccountLink, Error> {
    let link = account_link::Create::new(account, Kind::AccountOnboarding)
        .refresh_url("https://example.com/reauth")
        .return_url("https://example.com/return")
        .idempotency_key(format!("{order}/link"))
        .send(client)
        .await?;
    let seconds = link.expires_at.as_seconds() - link.created.as_seconds();
    println!("2. A link to Stripe's form works once, for {seconds} seconds.");
    Ok(link)
}

/// A return from the form does not mean that it is complete: read the account, or wait for the event `account.updated`.
fn print_progress(account: &Account) {
    let [submitted, charges] = [account.details_submitted, account.charges_enabled]
        .map(|flag| if flag == Some(true) { "yes" } else { "no" });
    println!("3. The writer is back. Details submitted: {submitted}. Charges enabled: {charges}.");
}

fn can_receive(account: &Account) -> bool {
    let capabilities = account.capabilities.as_ref();
    capabilities.and_then(|all| all.transfers.as_ref()) == Some(&CapabilityStatus::Active)
}

/// Adds money from the platform's bank account, which takes days. The platform's payouts should be manual: a scheduled one may take the
/// money away again.
async fn add_funds(client: &Client, order: &str) -> Result<Topup, Error> {
    let top_up = topup::Create::new(ADDED.amount, ADDED.currency)
        .description("Advertising income of October")
        .statement_descriptor("Top-up")
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/top-up"))
        .send(client)
        .await?;
    println!("4. Top-up {} of {} is {}: the bank needs days.", top_up.id, top_up.money(), top_up.status);
    println!("5. The platform can spend {}.", available(client).await?);
    Ok(top_up)
}

/// Reads the top-up after the event `topup.succeeded`.
async fn show_arrival(client: &Client, top_up: &Id<Topup>) -> Result<(), Error> {
    let top_up = topup::Retrieve::new(top_up).send(client).await?;
    println!("6. Top-up {} is {}.", top_up.id, top_up.status);
    println!("7. The platform can spend {}.", available(client).await?);
    Ok(())
}

/// Transfers the earnings of the writer. Stripe does not repeat a transfer that is refused for lack of money.
async fn pay(client: &Client, account: &Id<Account>, order: &str) -> Result<(), Error> {
    let transfer = transfer::Create::new(EARNED.currency, account)
        .amount(EARNED.amount)
        .description("Answers of October")
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/transfer"))
        .send(client)
        .await?;
    println!("8. Transfer {} brings {} to the writer.", transfer.id, transfer.money());
    Ok(())
}

/// Collects a week of earnings into one payout.
async fn pay_out_on_fridays(writer: &Client, order: &str) -> Result<(), Error> {
    let settings = balance_settings::Retrieve::new().send(writer).await?;
    println!("10. Payouts to the bank are {}.", interval(&settings));

    let schedule = balance_settings::ScheduleParams::new()
        .interval(PayoutInterval::Weekly)
        .weekly_payout_days([WeeklyPayoutDay::Friday]);
    let payouts = balance_settings::PayoutsParams::new().schedule(schedule);
    let settings = balance_settings::Update::new()
        .payments(balance_settings::PaymentsParams::new().payouts(payouts))
        .idempotency_key(format!("{order}/schedule"))
        .send(writer)
        .await?;
    println!("11. Payouts to the bank are {} now, on Fridays.", interval(&settings));
    Ok(())
}

fn interval(settings: &BalanceSettings) -> &str {
    let schedule = settings.payments.payouts.as_ref().and_then(|payouts| payouts.schedule.as_ref());
    schedule.and_then(|schedule| schedule.interval.as_ref()).map_or("unknown", PayoutInterval::as_str)
}

async fn list_top_ups(client: &Client) -> Result<(), Error> {
    let top_ups = topup::List::new().status(topup::Status::Succeeded).limit(10).send(client).await?;
    println!("12. These top-ups have succeeded:");
    for top_up in &top_ups.data {
        let what = top_up.description.as_deref().unwrap_or("-");
        println!("    {}: {}, {what}", top_up.id, top_up.money());
    }
    Ok(())
}

/// The available balance of an account.
async fn available(client: &Client) -> Result<Money, Error> {
    let balance = balance::Retrieve::new().send(client).await?;
    let entry = balance.available.iter().find(|entry| entry.currency == EARNED.currency);
    Ok(entry.map_or(Money::new(0, EARNED.currency), balance::Amount::money))
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, days, minutes};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.platform, stripe.order.as_str());
    let account = open(client, order).await?;
    let form = send_to_form(client, &account.id, order).await?;
    stripe.meanwhile(|sandbox| sandbox.account_links().complete(form.url.expose())).transpose()?;
    stripe.wait(minutes(7));

    let account = account::Retrieve::new(&account.id).send(client).await?;
    print_progress(&account);
    let top_up = add_funds(client, order).await?;
    stripe.wait(days(6));
    show_arrival(client, &top_up.id).await?;
    if !can_receive(&account) {
        println!("   The writer cannot be paid before the form is complete.");
        return Ok(());
    }

    pay(client, &account.id, order).await?;
    let writer = client.for_account(&account.id);
    println!("9. The writer has {}.", available(&writer).await?);
    pay_out_on_fridays(&writer, order).await?;
    list_top_ups(client).await?;
    Ok(())
}

/// A platform that paid 42.00 USD to another writer a month ago, all that it had topped up.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let platform = sandbox.client();
    topup::Create::new(4_200, Currency::USD)
        .description("Advertising income of September")
        .statement_descriptor("Top-up")
        .metadata([("order", "order-0957")])
        .send(&platform)
        .await?;
    sandbox.advance(days(6));
    transfer::Create::new(Currency::USD, sandbox.connect().into_id()).amount(4_200).send(&platform).await?;
    sandbox.advance(days(25));
    Ok(vec![])
}

fn main() -> std::process::ExitCode {
    support::main("pay_out_to_users", begin, run)
}
