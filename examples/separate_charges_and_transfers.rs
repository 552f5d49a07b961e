//! Charges a customer on the platform and shares the money between two connected accounts: one group, two transfers, and a reversal
//! after a refund.
//!
//! ```sh
//! cargo run --example separate_charges_and_transfers
//! ```
//!
//! The charge is on the platform, which pays Stripe's fees, refunds and disputes, and makes the transfers itself. In test mode
//! every step works by a call. Both connected accounts need the capability `transfers`; set `STRIPE_COURIER` to the second.

use stripe_platform::balance;
use stripe_platform::charge::Charge;
use stripe_platform::payment_intent::{self, CaptureMethod, PaymentIntent};
use stripe_platform::refund;
use stripe_platform::transfer::{self, Transfer, reversal};
use stripe_platform::{Client, Currency, Error, Expanded as _, Id, Money};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const PRICE: Money = Money::new(12_000, Currency::USD);

const MEAL: Money = Money::new(8_000, Currency::USD);

const DELIVERY: Money = Money::new(2_500, Currency::USD);

/// More than the rest of the charge.
const TIP: Money = Money::new(2_000, Currency::USD);

/// A part of the meal, which was cold.
const REFUND: Money = Money::new(3_000, Currency::USD);

/// Charges the card at once. In production, Stripe.js makes the payment method in the customer's browser.
async fn pay(platform: &Client, order: &str) -> Result<PaymentIntent, Error> {
    let intent = payment_intent::Create::new(PRICE.amount, PRICE.currency)
        .payment_method("pm_card_visa")
        .payment_method_types(["card"])
        .capture_method(CaptureMethod::Automatic)
        .confirm(true)
        .description("Dinner")
        .transfer_group(order)
        .idempotency_key(format!("{order}/payment"))
        .send(platform)
        .await?;
    println!("1. Payment {} of {PRICE} has {}.", intent.id, intent.status);
    Ok(intent)
}

/// A share of a charge. With `source_transaction`, it is made before the money of the charge is available, and becomes available
/// together with it.
fn share(money: Money, to: &str, charge: &Id<Charge>) -> transfer::Create {
    transfer::Create::new(money.currency, to).amount(money.amount).source_transaction(charge.as_str())
}

async fn send(
    platform: &Client,
    step: u8,
    request: transfer::Create,
    what: &str,
    order: &str,
) -> Result<Transfer, Error> {
    let transfer =
        request.description(what).idempotency_key(format!("{order}/{what}")).send(platform).await?;
    let group = transfer.transfer_group.as_deref().unwrap_or("no group");
    println!("{step}. Transfer {} of {} for the {what}, in {group}.", transfer.id, transfer.money());
    Ok(transfer)
}

/// All transfers of a charge together must not exceed it.
async fn refuse_too_much(platform: &Client, request: transfer::Create, order: &str) -> Result<(), Failure> {
    match request.description("tip").idempotency_key(format!("{order}/tip")).send(platform).await {
        Err(Error::InvalidRequest(error)) => {
            println!("4. A tip of {TIP} is refused: {}", error.message.unwrap_or_default());
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(transfer) => Err(format!("transfer {} was not refused", transfer.id).into()),
    }
}

/// The refund is paid from the platform's balance. It leaves the transfers as they are.
async fn refund(platform: &Client, charge: &Id<Charge>, order: &str) -> Result<(), Error> {
    let refund = refund::Create::new()
        .charge(charge)
        .amount(REFUND.amount)
        .idempotency_key(format!("{order}/refund"))
        .send(platform)
        .await?;
    println!("5. Refund {} returns {} to the customer.", refund.id, refund.money());
    Ok(())
}

/// Takes the refunded part back from who received it.
async fn reverse(platform: &Client, transfer: &Id<Transfer>, order: &str) -> Result<(), Error> {
    let reversal = reversal::Create::new(transfer)
        .amount(REFUND.amount)
        .description("Cold meal")
        .idempotency_key(format!("{order}/reversal"))
        .send(platform)
        .await?;
    println!("6. Reversal {} takes {} back.", reversal.id, reversal.money());
    Ok(())
}

async fn list_group(platform: &Client, order: &str) -> Result<(), Error> {
    let transfers = transfer::List::new().transfer_group(order).limit(10).send(platform).await?;
    println!("7. The transfers of {order}, newest first:");
    for transfer in transfers.data {
        let rest = Money::new(transfer.amount - transfer.amount_reversed, transfer.currency);
        println!("   {}: {rest} of {}", transfer.description.as_deref().unwrap_or("-"), transfer.money());
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
    let (platform, order) = (&stripe.platform, stripe.order.as_str());
    let [restaurant, courier] = ["account", "courier"].map(|name| stripe.value(name));
    let intent = pay(platform, order).await?;
    let charge = intent.latest_charge.related_id().ok_or("the payment has no charge")?;
    let meal = send(platform, 2, share(MEAL, &restaurant, &charge), "meal", order).await?;
    send(platform, 3, share(DELIVERY, &courier, &charge), "delivery", order).await?;
    refuse_too_much(platform, share(TIP, &courier, &charge), order).await?;
    stripe.wait(days(2));
    refund(platform, &charge, order).await?;
    reverse(platform, &meal.id, order).await?;
    list_group(platform, order).await?;
    show_balance(8, "restaurant", &platform.for_account(restaurant)).await?;
    show_balance(9, "courier", &platform.for_account(courier)).await?;
    show_balance(10, "platform", platform).await?;
    Ok(())
}

/// Two connected accounts that receive transfers.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    Ok(vec![("account", sandbox.connect().into_id()), ("courier", sandbox.connect().into_id())])
}

fn main() -> std::process::ExitCode {
    support::main("separate_charges_and_transfers", begin, run)
}
