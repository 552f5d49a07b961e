//! Charges a customer on a connected account: the platform's fee, a declined card, and a refund that returns a part of the fee.
//!
//! ```sh
//! cargo run --example direct_charges
//! ```
//!
//! The charge is on the connected account, which pays the fees, refunds and disputes. In test mode every step works by a call.
//! The connected account needs the capability `card_payments`.

use stripe_platform::application_fee::{self, ApplicationFee};
use stripe_platform::balance;
use stripe_platform::charge::Charge;
use stripe_platform::payment_intent::{self, CaptureMethod};
use stripe_platform::refund;
use stripe_platform::{Client, Currency, Error, Expanded as _, Id, Money};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const PRICE: Money = Money::new(10_000, Currency::USD);

/// The platform's part of the price.
const FEE: Money = Money::new(1_200, Currency::USD);

const REFUND: Money = Money::new(2_500, Currency::USD);

/// Charges the card at once, for the account of the client. In production, Stripe.js makes the payment method in the customer's browser.
fn payment(card: &str, order: &str) -> payment_intent::Create {
    payment_intent::Create::new(PRICE.amount, PRICE.currency)
        .payment_method(card)
        .payment_method_types(["card"])
        .application_fee_amount(FEE.amount)
        // The reply has the balance transaction. With the default, `automatic_async`, the event `charge.updated` brings it.
        .capture_method(CaptureMethod::Automatic)
        .confirm(true)
        .description(format!("Lesson of {order}"))
        .metadata([("order", order)])
        .expand("latest_charge.balance_transaction")
        // Stripe makes the fee a little later, unless it is expanded.
        .expand("latest_charge.application_fee")
}

/// A declined card is an error with the reason of its bank. The payment intent can be confirmed again with another card.
async fn try_card_without_money(seller: &Client, order: &str) -> Result<(), Failure> {
    let request = payment("pm_card_visa_chargeDeclinedInsufficientFunds", order);
    match request.idempotency_key(format!("{order}/first-card")).send(seller).await {
        Err(Error::Card(error)) => {
            let [code, reason] = [error.code, error.decline_code].map(Option::unwrap_or_default);
            println!("1. The first card is refused: {code}, {reason}.");
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(intent) => Err(format!("payment {} was not declined", intent.id).into()),
    }
}

async fn pay(seller: &Client, order: &str) -> Result<Charge, Failure> {
    let request = payment("pm_card_visa", order).idempotency_key(format!("{order}/second-card"));
    let intent = request.send(seller).await?;
    println!("2. Payment {} with the second card has {}.", intent.id, intent.status);
    let charge =
        intent.latest_charge.and_then(|charge| charge.into_object()).ok_or("the charge is absent")?;
    if let Some(entry) = charge.balance_transaction.expanded() {
        println!("   The seller gets {} of {}:", Money::new(entry.net, entry.currency), entry.money());
        for fee in &entry.fee_details {
            println!("   {} are deducted as {}.", fee.money(), fee.kind);
        }
    }
    Ok(charge)
}

/// The fee belongs to the platform, so the platform reads it.
async fn show_fee(platform: &Client, step: u8, fee: &Id<ApplicationFee>) -> Result<(), Error> {
    let fee = application_fee::Retrieve::new(fee).send(platform).await?;
    let returned = Money::new(fee.amount_refunded, fee.currency);
    println!("{step}. The platform earned {}, and gave {returned} back.", fee.money());
    Ok(())
}

/// Without `refund_application_fee`, the seller bears the whole refund, and the platform keeps its fee.
async fn refund(seller: &Client, charge: &Id<Charge>, order: &str) -> Result<(), Error> {
    let refund = refund::Create::new()
        .charge(charge)
        .amount(REFUND.amount)
        .reason(refund::Reason::RequestedByCustomer)
        .refund_application_fee(true)
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/refund"))
        .send(seller)
        .await?;
    let status = refund.status.as_deref().unwrap_or("unknown");
    println!("4. Refund {} of {} to the customer: {status}.", refund.id, refund.money());
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
    let (platform, seller, order) = (&stripe.platform, &stripe.connected(), stripe.order.as_str());
    try_card_without_money(seller, order).await?;
    let charge = pay(seller, order).await?;
    let fee = charge.application_fee.related_id().ok_or("the charge has no fee")?;
    show_fee(platform, 3, &fee).await?;
    refund(seller, &charge.id, order).await?;
    show_fee(platform, 5, &fee).await?;
    show_balance(6, "seller", seller).await?;
    stripe.wait(days(2));
    show_balance(7, "seller", seller).await?;
    show_balance(8, "platform", platform).await?;
    Ok(())
}

/// A connected account that takes card payments.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    Ok(vec![("account", sandbox.connect().into_id())])
}

fn main() -> std::process::ExitCode {
    support::main("direct_charges", begin, run)
}
