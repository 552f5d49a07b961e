//! Reads the Issuing balance of a connected account, and the movements that led to it.
//!
//! ```sh
//! cargo run --example issuing_balance
//! ```
//!
//! In test mode every step works by a call: it only reads.

use stripe_platform::balance_transaction::BalanceType;
use stripe_platform::test_helpers::issuing as merchant;
use stripe_platform::{Client, Currency, Error, Money, balance, balance_transaction, topup};

/// Below this, the platform in this example would ask for a top-up.
const ENOUGH: Money = Money::new(20_000, Currency::USD);

/// Shows the balances of the connected account, and whether cards need a top-up.
async fn show_balance(connected: &Client) -> Result<(), Error> {
    let balance = balance::Retrieve::new().send(connected).await?;
    println!("1. The connected account has, in its payments balance:");
    for amount in &balance.available {
        println!("   {} available", amount.money());
    }
    for amount in &balance.pending {
        println!("   {} on its way", amount.money());
    }

    // Without `issuing`, the account cannot issue cards. An empty list means that it never had money for them.
    let issuing = balance.issuing.map(|issuing| issuing.into_inner().available).unwrap_or_default();
    println!("2. And in its Issuing balance, for cards to spend:");
    for amount in &issuing {
        println!("   {}", amount.money());
    }
    let spendable = issuing.iter().find(|amount| amount.currency == ENOUGH.currency);
    match spendable.map(balance::Amount::money) {
        Some(money) if money >= ENOUGH => println!("   Below {ENOUGH}, it would be time for a top-up."),
        // It can be negative: a merchant may capture more than was held.
        _ => println!("   That is less than {ENOUGH}: it is time for a top-up."),
    }

    Ok(())
}

/// Shows the balance of the platform, which has no Issuing balance.
async fn show_platform(platform: &Client) -> Result<(), Error> {
    let own = balance::Retrieve::new().send(platform).await?;
    let funds: Vec<String> = own.available.iter().map(|amount| amount.money().to_string()).collect();
    let issuing = if own.issuing.is_some() { "an" } else { "no" };
    println!("4. The platform itself has {} available, and {issuing} Issuing balance.", funds.join(" and "));
    Ok(())
}

/// Lists the latest movements of the Issuing balance. A hold subtracts money at once, long before the merchant is paid.
async fn show_movements(client: &Client) -> Result<(), Error> {
    let ledger = balance_transaction::List::new().limit(20).send(client).await?;
    let of_issuing = ledger.data.iter().filter(|entry| entry.balance_type == BalanceType::Issuing);
    println!("3. Movements of the Issuing balance, newest first:");
    let mut sum = 0;
    for entry in of_issuing {
        println!("   {:>12}  {}", Money::new(entry.net, entry.currency), entry.kind);
        sum += entry.net;
    }
    if !ledger.has_more {
        println!("   {:>12}  in all", Money::new(sum, ENOUGH.currency));
    }
    Ok(())
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days};

pub async fn run(stripe: &Stripe) -> Outcome {
    let connected = stripe.connected();
    show_balance(&connected).await?;
    show_movements(&connected).await?;
    show_platform(&stripe.platform).await?;
    Ok(())
}

/// A connected account that earned money, topped up its Issuing balance, and used a card twice. The platform has money too.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let platform = sandbox.client();
    beginning::available(&platform, Money::new(812_440, Currency::USD)).await?;
    let account = sandbox.connect().into_id();
    let client = sandbox.client().for_account(&account);
    topup::Create::new(50_000, Currency::USD)
        .destination_balance(topup::DestinationBalance::Issuing)
        .send(&client)
        .await?;
    beginning::pending(&client, Money::new(93_186, Currency::USD)).await?;
    sandbox.advance(days(6));

    let card = beginning::card(&client).await?;
    let paper = beginning::purchase(&client, &card, 4_250).await?;
    sandbox.advance(days(1));
    merchant::authorization::Capture::new(&paper).send(&client).await?;
    sandbox.advance(days(2));
    beginning::purchase(&client, &card, 8_000).await?;
    beginning::pending(&client, Money::new(48_210, Currency::USD)).await?;
    beginning::pending(&platform, Money::new(130_000, Currency::USD)).await?;
    Ok(vec![("account", account)])
}

fn main() -> std::process::ExitCode {
    support::main("issuing_balance", begin, run)
}
