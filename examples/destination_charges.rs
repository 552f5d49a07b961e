//! Charges a customer on the platform and sends the money on to a connected account, less a fee, until half of it is refunded.
//!
//! ```sh
//! cargo run --example destination_charges
//! ```
//!
//! The charge is on the platform, which pays Stripe's fees, refunds and disputes. Stripe makes the transfer. In test mode every
//! step works by a call. The connected account needs the capability `transfers`.

use stripe_platform::balance;
use stripe_platform::charge::{self, Charge, TransferDataParams};
use stripe_platform::payment_intent::{self, CaptureMethod, PaymentIntent};
use stripe_platform::refund;
use stripe_platform::transfer::{self, Transfer};
use stripe_platform::{Client, Currency, Error, Expanded as _, Id, Money};

const PRICE: Money = Money::new(10_000, Currency::USD);

/// The platform's part of the price.
const FEE: Money = Money::new(1_500, Currency::USD);

const REFUND: Money = Money::new(5_000, Currency::USD);

/// Charges the card at once. In production, Stripe.js makes the payment method in the customer's browser.
async fn pay(platform: &Client, driver: &str, order: &str) -> Result<PaymentIntent, Error> {
    let intent = payment_intent::Create::new(PRICE.amount, PRICE.currency)
        .payment_method("pm_card_visa")
        .payment_method_types(["card"])
        .application_fee_amount(FEE.amount)
        .transfer_data(TransferDataParams::new(driver))
        // The reply has the transfer. With the default, `automatic_async`, the event `charge.updated` brings it.
        .capture_method(CaptureMethod::Automatic)
        .confirm(true)
        .description(format!("Ride of {order}"))
        .metadata([("order", order)])
        .expand(payment_intent::Expand::LatestCharge)
        .idempotency_key(format!("{order}/payment"))
        .send(platform)
        .await?;
    println!("1. Payment {} of {PRICE} has {}.", intent.id, intent.status);
    Ok(intent)
}

async fn read_transfer(platform: &Client, step: u8, transfer: &Id<Transfer>) -> Result<Transfer, Error> {
    let transfer = transfer::Retrieve::new(transfer).send(platform).await?;
    let back = Money::new(transfer.amount_reversed, transfer.currency);
    println!("{step}. Transfer {} moved {}; {back} of it came back.", transfer.id, transfer.money());
    Ok(transfer)
}

/// The payment in the driver's account. Its description and metadata are what the driver sees; it starts without.
async fn describe(driver: &Client, payment: &Id<Charge>, order: &str) -> Result<(), Error> {
    let payment = charge::Update::new(payment)
        .description(format!("Your ride of {order}"))
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/description"))
        .send(driver)
        .await?;
    let fee = Money::new(payment.application_fee_amount.unwrap_or_default(), payment.currency);
    println!(
        "3. The driver sees {}, `{}`, with a fee of {fee}.",
        payment.money(),
        payment.description.unwrap_or_default()
    );
    Ok(())
}

/// Without `reverse_transfer` the platform bears the refund. Its fee is returned only together with the transfer.
async fn refund(platform: &Client, payment: &Id<PaymentIntent>, order: &str) -> Result<(), Error> {
    let refund = refund::Create::new()
        .payment_intent(payment)
        .amount(REFUND.amount)
        .reverse_transfer(true)
        .refund_application_fee(true)
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/refund"))
        .send(platform)
        .await?;
    println!("4. Refund {} returns {} to the customer.", refund.id, refund.money());
    if let Some(reversal) = refund.transfer_reversal {
        println!("   Reversal {} takes the same part from the driver.", reversal.id());
    }
    Ok(())
}

async fn show_balance(step: u8, whose: &str, client: &Client) -> Result<(), Error> {
    let balance = balance::Retrieve::new().send(client).await?;
    let [available, pending] = [&balance.available, &balance.pending].map(|entries| {
        let entry = entries.iter().find(|entry| entry.currency == PRICE.currency);
        entry.map_or(Money::new(0, PRICE.currency), balance::Amount::money)
    });
    println!("{step}. Balance of the {whose}: {available} available, {pending} pending.");
    Ok(())
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, days};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (platform, driver, order) = (&stripe.platform, &stripe.connected(), stripe.order.as_str());
    let intent = pay(platform, &stripe.value("account"), order).await?;
    let charge = intent.latest_charge.expanded().ok_or("the charge is absent")?;
    let transfer = charge.transfer.related_id().ok_or("the charge has no transfer")?;
    let transfer = read_transfer(platform, 2, &transfer).await?;
    let payment = transfer.destination_payment.related_id().ok_or("the transfer has no payment")?;
    describe(driver, &payment, order).await?;
    stripe.wait(days(2));
    refund(platform, &intent.id, order).await?;
    read_transfer(platform, 5, &transfer.id).await?;
    show_balance(6, "driver", driver).await?;
    show_balance(7, "platform", platform).await?;
    Ok(())
}

/// A connected account that receives transfers.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    Ok(vec![("account", sandbox.connect().into_id())])
}

fn main() -> std::process::ExitCode {
    support::main("destination_charges", begin, run)
}
