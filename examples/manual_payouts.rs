//! Holds the money of a connected account until its work is done, then pays it out by hand: to the bank, at once to a card, and back.
//!
//! ```sh
//! cargo run --example manual_payouts
//! ```
//!
//! In test mode every step works by a call. Payouts and the reversal take days there. The connected account needs the capability
//! `transfers`, a bank account, and a debit card that takes instant payouts.

use stripe_platform::balance::{self, Balance, NetAvailable};
use stripe_platform::balance_settings::{self, PayoutInterval};
use stripe_platform::payment_intent::{self, CaptureMethod};
use stripe_platform::payout::{self, Payout, PayoutMethod};
use stripe_platform::{Client, Currency, Error, Money, transfer};

/// The price of all rides, and the driver's part of it.
const PAID: Money = Money::new(60_000, Currency::USD);

const EARNED: Money = Money::new(50_000, Currency::USD);

const TO_BANK: Money = Money::new(20_000, Currency::USD);

const AT_ONCE: Money = Money::new(9_900, Currency::USD);

/// Without a schedule, money stays in the Stripe balance until the platform pays it out.
async fn stop_automatic_payouts(driver: &Client, order: &str) -> Result<(), Error> {
    let schedule = balance_settings::ScheduleParams::new().interval(PayoutInterval::Manual);
    let payouts = balance_settings::PayoutsParams::new().schedule(schedule);
    let settings = balance_settings::Update::new()
        .payments(balance_settings::PaymentsParams::new().payouts(payouts))
        .idempotency_key(format!("{order}/schedule"))
        .send(driver)
        .await?;
    let schedule = settings.payments.payouts.as_ref().and_then(|payouts| payouts.schedule.as_ref());
    let interval =
        schedule.and_then(|schedule| schedule.interval.as_ref()).map_or("unknown", PayoutInterval::as_str);
    println!("1. Payouts of the driver are {interval}.");
    Ok(())
}

/// Charges the rider on the platform. The money of this test card is available at once; that of a real card after some days.
async fn charge_rider(platform: &Client, order: &str) -> Result<(), Error> {
    let intent = payment_intent::Create::new(PAID.amount, PAID.currency)
        .payment_method("pm_card_bypassPending")
        .payment_method_types(["card"])
        .capture_method(CaptureMethod::Automatic)
        .confirm(true)
        .description("Rides of the week")
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/payment"))
        .send(platform)
        .await?;
    println!("2. Payment {} of {PAID} has {}.", intent.id, intent.status);
    Ok(())
}

async fn transfer_earnings(platform: &Client, account: &str, order: &str) -> Result<(), Error> {
    let transfer = transfer::Create::new(EARNED.currency, account)
        .amount(EARNED.amount)
        .description("Rides of the week")
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/earnings"))
        .send(platform)
        .await?;
    println!(
        "3. Transfer {} brings {} to the driver, who cannot have it yet.",
        transfer.id,
        transfer.money()
    );
    Ok(())
}

/// Pays out to the bank account. The event `payout.paid` reports the arrival.
async fn pay_to_bank(driver: &Client, order: &str) -> Result<Payout, Error> {
    let payout = payout::Create::new(TO_BANK.amount, TO_BANK.currency)
        .method(PayoutMethod::Standard)
        .statement_descriptor("RIDES")
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/payout"))
        .send(driver)
        .await?;
    print_payout(5, &payout);
    Ok(payout)
}

/// Finds a destination for an instant payout after the fee, beside the payout to the bank from the same balance.
fn card_for_instant_payouts(balance: &Balance) -> Option<&NetAvailable> {
    let entries = balance.instant_available.as_deref().unwrap_or_default();
    let entry = entries.iter().find(|entry| entry.currency == AT_ONCE.currency)?;
    entry.net_available.as_deref()?.iter().find(|net| net.amount >= AT_ONCE.amount + TO_BANK.amount)
}

async fn pay_at_once(driver: &Client, card: &str, order: &str) -> Result<Payout, Error> {
    let payout = payout::Create::new(AT_ONCE.amount, AT_ONCE.currency)
        .method(PayoutMethod::Instant)
        .destination(card)
        .statement_descriptor("RIDES")
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/instant-payout"))
        .send(driver)
        .await?;
    print_payout(6, &payout);
    Ok(payout)
}

/// Debits the bank account that was paid. The money comes back as a separate payout with a negative amount.
async fn take_back(driver: &Client, payout: &Payout, order: &str) -> Result<Payout, Error> {
    let reversal = payout::Reverse::new(&payout.id)
        .metadata([("reason", "bank left")])
        .idempotency_key(format!("{order}/reversal"))
        .send(driver)
        .await?;
    print_payout(10, &reversal);

    let payout = payout::Retrieve::new(&payout.id).send(driver).await?;
    if let Some(by) = &payout.reversed_by {
        println!("11. Payout {} is reversed by {}.", payout.id, by.id());
    }
    Ok(reversal)
}

async fn read_balance(driver: &Client) -> Result<Balance, Error> {
    balance::Retrieve::new().expand(balance::Expand::InstantAvailableNetAvailable).send(driver).await
}

fn print_payout(step: usize, payout: &Payout) {
    let (id, money, method, kind) = (&payout.id, payout.money(), &payout.method, &payout.kind);
    println!("{step}. Payout {id} of {money} ({method}, to a {kind}) is {}.", payout.status);
}

fn print_balance(step: usize, what: &str, balance: &Balance) {
    let [available, pending] = [&balance.available, &balance.pending].map(|entries| {
        let entry = entries.iter().find(|entry| entry.currency == EARNED.currency);
        entry.map_or(Money::new(0, EARNED.currency), balance::Amount::money)
    });
    println!("{step}. {what}: {available} available, {pending} pending.");
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days, minutes};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (driver, order) = (&stripe.connected(), stripe.order.as_str());
    stop_automatic_payouts(driver, order).await?;
    charge_rider(&stripe.platform, order).await?;
    transfer_earnings(&stripe.platform, &stripe.value("account"), order).await?;
    stripe.wait(days(7));
    let balance = read_balance(driver).await?;
    print_balance(4, "A week later nothing has left", &balance);

    let payout = pay_to_bank(driver, order).await?;
    let instant = match card_for_instant_payouts(&balance) {
        Some(card) => Some(pay_at_once(driver, &card.destination, order).await?),
        None => {
            println!("6. No destination of the account takes {AT_ONCE} at once.");
            None
        }
    };
    print_balance(7, "The rest is held", &read_balance(driver).await?);

    stripe.wait(minutes(30));
    if let Some(instant) = instant {
        print_payout(8, &payout::Retrieve::new(&instant.id).send(driver).await?);
    }
    stripe.wait(days(2));
    let payout = payout::Retrieve::new(&payout.id).send(driver).await?;
    print_payout(9, &payout);
    if payout.status != payout::Status::Paid {
        println!("   It is still on its way. Only a payout that has arrived can be reversed.");
        return Ok(());
    }
    let reversal = take_back(driver, &payout, order).await?;
    print_balance(12, "The money is on its way back", &read_balance(driver).await?);
    stripe.wait(days(5));
    print_payout(13, &payout::Retrieve::new(&reversal.id).send(driver).await?);
    print_balance(14, "The money is back", &read_balance(driver).await?);
    Ok(())
}

/// A connected account with a bank account and a debit card.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = sandbox.connect().into_id();
    beginning::slow_bank_account(sandbox, &account).await?;
    beginning::debit_card(sandbox, &account).await?;
    Ok(vec![("account", account)])
}

fn main() -> std::process::ExitCode {
    support::main("manual_payouts", begin, run)
}
