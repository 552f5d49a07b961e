//! Shows the balances of the platform and of a connected account side by side, and moves money between them.
//!
//! ```sh
//! cargo run --example account_balances
//! ```

use std::process::ExitCode;
use stripe_platform::balance::{self, Balance};
use stripe_platform::{Currency, Error, Money, topup, transfer};
use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days};

/// What the connected account has earned, and what the platform puts on top of its own funds to pay for it.
const EARNINGS: Money = Money::new(25_000, Currency::USD);
const TOP_UP: Money = Money::new(10_000, Currency::USD);

/// A platform and a connected account with money in all parts of their balances. A second account owes 25.00 USD, for which
/// Stripe reserves money of the platform.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let platform = sandbox.platform();
    beginning::available(sandbox, &platform, Money::new(17_500, Currency::USD))?;
    beginning::available(sandbox, &platform, Money::new(4_200, Currency::EUR))?;
    beginning::debt(sandbox, &sandbox.connect(), Money::new(2_500, Currency::USD))?;
    beginning::pending(sandbox, &platform, Money::new(3_000, Currency::USD))?;

    let account = sandbox.connect();
    beginning::debit_card(sandbox, &account).await?;
    beginning::available(sandbox, &account, Money::new(8_000, Currency::USD))?;
    beginning::pending(sandbox, &account, Money::new(9_000, Currency::USD))?;
    beginning::for_cards(sandbox, &account, Money::new(40_000, Currency::USD))?;
    Ok(vec![("account", account)])
}

pub async fn run(stripe: &Stripe) -> Outcome {
    println!("1. What is where:");
    show_balances(stripe).await?;

    let transfer = earnings(stripe);
    match transfer.clone().idempotency_key(format!("{}/transfer", stripe.order)).send(&stripe.platform).await
    {
        Err(Error::InvalidRequest(error)) if error.code.as_deref() == Some("balance_insufficient") => {
            println!("2. A transfer of {EARNINGS} is refused: {}.", error.code.unwrap_or_default());
            println!("   Stripe does not try again by itself.");
        }
        Err(error) => return Err(error.into()),
        Ok(transfer) => {
            println!("2. The platform had enough: transfer {} is made.", transfer.id);
            return Ok(());
        }
    }

    if !top_up(stripe).await? {
        println!("   A top-up can be spent once it has succeeded. Until then the transfer has to wait.");
        return Ok(());
    }

    // With the first key, Stripe would repeat its first answer.
    let request = transfer.idempotency_key(format!("{}/transfer-2", stripe.order));
    let transfer = request.send(&stripe.platform).await?;
    println!("5. Transfer {} moves {}.", transfer.id, transfer.money());

    println!("6. What is where now:");
    show_balances(stripe).await?;
    Ok(())
}

/// From the available balance of the platform to that of the connected account.
fn earnings(stripe: &Stripe) -> transfer::Create {
    transfer::Create::new(EARNINGS.currency, stripe.value("account"))
        .amount(EARNINGS.amount)
        .description(format!("Earnings of {}", stripe.order))
        .transfer_group(&stripe.order)
}

/// Fills the platform's balance from its bank account. Tells whether the money is there.
async fn top_up(stripe: &Stripe) -> Result<bool, Error> {
    let (platform, order) = (&stripe.platform, &stripe.order);
    let top_up = topup::Create::new(TOP_UP.amount, TOP_UP.currency)
        .description(format!("For {order}"))
        .statement_descriptor("TOP-UP")
        .transfer_group(order)
        .idempotency_key(format!("{order}/top-up"))
        .send(platform)
        .await?;
    println!("3. Top-up {} of {} is {}.", top_up.id, top_up.money(), top_up.status);

    // A program does not wait here: the event `topup.succeeded` tells it.
    stripe.wait(days(5));
    let top_up = topup::Retrieve::new(&top_up.id).send(platform).await?;
    println!("4. The status of top-up {} is {} now.", top_up.id, top_up.status);
    Ok(top_up.status == topup::Status::Succeeded)
}

/// An account is asked for by its own balance: the same call, made on the connected account.
async fn show_balances(stripe: &Stripe) -> Result<(), Error> {
    let platform = balance::Retrieve::new().send(&stripe.platform).await?;
    let connected = balance::Retrieve::new()
        .expand(balance::Expand::InstantAvailableNetAvailable)
        .send(&stripe.connected())
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

/// The best that any one destination gets.
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

fn main() -> ExitCode {
    support::main("account_balances", begin, run)
}
