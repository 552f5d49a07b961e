//! Shows the balances of the platform and of a connected account side by side, and moves money between them.
//!
//! ```sh
//! cargo run --example account_balances
//! ```
//!
//! In test mode every step works by a call. The top-up takes days there. The connected account needs the capabilities
//! `card_payments` and `transfers`; with a debit card and an Issuing balance, the table has all rows.

use stripe_platform::balance::{self, Balance};
use stripe_platform::payment_intent::{self, CaptureMethod};
use stripe_platform::topup::{self, Topup};
use stripe_platform::{Client, Currency, Error, Id, Money, transfer};

/// The earnings of the connected account, and the top-up that the platform needs to pay them.
const EARNINGS: Money = Money::new(25_000, Currency::USD);

const TOP_UP: Money = Money::new(10_000, Currency::USD);

/// Test cards: the money of a payment is pending for some days, or available at once.
const PENDING: &str = "pm_card_visa";

const AVAILABLE: &str = "pm_card_bypassPending";

/// Charges a customer on the account of the client: the platform's, or the connected account's.
async fn charge(client: &Client, card: &str, cents: i64, key: String) -> Result<(), Error> {
    let intent = payment_intent::Create::new(cents, Currency::USD)
        .payment_method(card)
        .payment_method_types(["card"])
        .capture_method(CaptureMethod::Automatic)
        .confirm(true)
        .idempotency_key(key)
        .send(client)
        .await?;
    println!("   Payment {} of {} has {}.", intent.id, Money::new(cents, Currency::USD), intent.status);
    Ok(())
}

/// Sends the earnings. Returns whether the platform had enough money.
async fn pay(platform: &Client, account: &str, order: &str) -> Result<bool, Error> {
    let request = earnings(account, order).idempotency_key(format!("{order}/transfer"));
    match request.send(platform).await {
        Err(Error::InvalidRequest(error)) if error.code.as_deref() == Some("balance_insufficient") => {
            println!("3. A transfer of {EARNINGS} is refused: {}.", error.code.unwrap_or_default());
            println!("   Stripe does not repeat it.");
            Ok(false)
        }
        Err(error) => Err(error),
        Ok(transfer) => {
            println!("3. The platform had enough: transfer {} is made.", transfer.id);
            Ok(true)
        }
    }
}

/// Sends the earnings again after a refusal. Under the first key, Stripe would repeat its first answer.
async fn pay_again(platform: &Client, account: &str, order: &str) -> Result<(), Error> {
    let request = earnings(account, order).idempotency_key(format!("{order}/transfer-2"));
    let transfer = request.send(platform).await?;
    println!("6. Transfer {} moves {}.", transfer.id, transfer.money());
    Ok(())
}

/// A transfer from the available balance of the platform to that of the connected account.
fn earnings(account: &str, order: &str) -> transfer::Create {
    transfer::Create::new(EARNINGS.currency, account)
        .amount(EARNINGS.amount)
        .description(format!("Earnings of {order}"))
        .transfer_group(order)
}

/// Tops up the platform's balance from its bank account, which takes days: the event `topup.succeeded` reports the end.
async fn top_up(platform: &Client, order: &str) -> Result<Topup, Error> {
    let top_up = topup::Create::new(TOP_UP.amount, TOP_UP.currency)
        .description(format!("For {order}"))
        .statement_descriptor("TOP-UP")
        .transfer_group(order)
        .idempotency_key(format!("{order}/top-up"))
        .send(platform)
        .await?;
    println!("4. Top-up {} of {} is {}.", top_up.id, top_up.money(), top_up.status);
    Ok(top_up)
}

/// Returns whether the money of a top-up can be spent.
async fn has_arrived(platform: &Client, top_up: &Id<Topup>) -> Result<bool, Error> {
    let top_up = topup::Retrieve::new(top_up).send(platform).await?;
    println!("5. The status of top-up {} is {} now.", top_up.id, top_up.status);
    Ok(top_up.status == topup::Status::Succeeded)
}

/// Reads both balances with the same call: the client determines the account.
async fn show_balances(platform: &Client, connected: &Client) -> Result<(), Error> {
    let platform = balance::Retrieve::new().send(platform).await?;
    let connected = balance::Retrieve::new()
        .expand(balance::Expand::InstantAvailableNetAvailable)
        .send(connected)
        .await?;
    println!("   {:<30} {:>14} {:>14}", "", "platform", "connected");
    for kind in KINDS {
        let (left, right) = ((kind.amounts)(&platform), (kind.amounts)(&connected));
        let mut currencies: Vec<Currency> = left.iter().chain(&right).map(|money| money.currency).collect();
        currencies.sort();
        currencies.dedup();
        for currency in currencies {
            let row = format!("{:<30} {:>14} {:>14}", kind.name, of(&left, currency), of(&right, currency));
            println!("   {}", row.trim_end());
        }
    }
    Ok(())
}

/// A row of the table.
struct Kind {
    name: &'static str,
    amounts: fn(&Balance) -> Vec<Money>,
}

const KINDS: [Kind; 6] = [
    Kind { name: "pending", amounts: |balance| money(&balance.pending) },
    Kind { name: "available", amounts: |balance| money(&balance.available) },
    Kind { name: "  to pay out instantly", amounts: instant },
    Kind { name: "  of that, after the fee", amounts: instant_after_fee },
    Kind {
        name: "Issuing, for cards",
        amounts: |balance| money(balance.issuing.as_ref().map_or(&[], |issuing| &issuing.available)),
    },
    Kind {
        name: "reserved for negative accounts",
        amounts: |balance| money(balance.connect_reserved.as_deref().unwrap_or_default()),
    },
];

fn money(amounts: &[balance::Amount]) -> Vec<Money> {
    amounts.iter().map(balance::Amount::money).collect()
}

fn instant(balance: &Balance) -> Vec<Money> {
    balance.instant_available.iter().flatten().map(balance::InstantAmount::money).collect()
}

/// The highest amount that a single destination receives.
fn instant_after_fee(balance: &Balance) -> Vec<Money> {
    let best = |amount: &balance::InstantAmount| {
        let net = amount.net_available.iter().flatten().map(|net| net.amount).max()?;
        Some(Money::new(net, amount.currency))
    };
    balance.instant_available.iter().flatten().filter_map(best).collect()
}

/// The cell of a currency: blank if the account has no such balance.
fn of(amounts: &[Money], currency: Currency) -> String {
    amounts.iter().find(|money| money.currency == currency).map(Money::to_string).unwrap_or_default()
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use std::process::ExitCode;
use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (platform, connected, order) = (&stripe.platform, &stripe.connected(), stripe.order.as_str());
    let account = stripe.value("account");
    println!("1. Customers pay the platform and the connected account:");
    charge(platform, AVAILABLE, 17_500, format!("{order}/platform/available")).await?;
    charge(platform, PENDING, 3_000, format!("{order}/platform/pending")).await?;
    charge(connected, AVAILABLE, 8_000, format!("{order}/connected/available")).await?;
    charge(connected, PENDING, 9_000, format!("{order}/connected/pending")).await?;
    println!("2. The balances:");
    show_balances(platform, connected).await?;
    if pay(platform, &account, order).await? {
        return Ok(());
    }

    let top_up = top_up(platform, order).await?;
    stripe.wait(days(5));
    if !has_arrived(platform, &top_up.id).await? {
        println!("   The transfer has to wait until the top-up has succeeded.");
        return Ok(());
    }
    pay_again(platform, &account, order).await?;
    println!("7. The balances now:");
    show_balances(platform, connected).await?;
    Ok(())
}

/// A connected account with a debit card and an Issuing balance. A second account owes 25.00 USD, for which Stripe reserves money of the
/// platform.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    beginning::available(&sandbox.client(), Money::new(2_500, Currency::USD)).await?;
    beginning::debt(sandbox, &sandbox.connect().into_id(), Money::new(2_500, Currency::USD)).await?;

    let account = sandbox.connect().into_id();
    beginning::debit_card(sandbox, &account).await?;
    beginning::for_cards(sandbox, &account, Money::new(40_000, Currency::USD))?;
    Ok(vec![("account", account)])
}

fn main() -> ExitCode {
    support::main("account_balances", begin, run)
}
