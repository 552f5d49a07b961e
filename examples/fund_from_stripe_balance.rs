//! Moves money between the payments balance of an account and its Issuing balance, so that cards can spend earnings.
//!
//! ```sh
//! cargo run --example fund_from_stripe_balance
//! ```
//!
//! Balance transfers are a preview: in test mode, Stripe must have enabled them for the account.

use stripe_platform::balance::{self, Balance};
use stripe_platform::balance_transfer::{self, BalanceKind};
use stripe_platform::{Client, Currency, Error, Money};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BUDGET: Money = Money::new(60_000, Currency::USD);

const UNUSED: Money = Money::new(15_000, Currency::USD);

/// Moves earnings to the Issuing balance. In the US the money arrives at once, in the UK and the euro area after a business day.
async fn fund_cards(client: &Client, order: &str) -> Result<(), Error> {
    let request = transfer(BUDGET, BalanceKind::Payments, BalanceKind::Issuing, order);
    let moved = request.idempotency_key(format!("{order}/to-issuing")).send(client).await?;
    println!(
        "3. Transfer {} moves {} from {} to {}.",
        moved.id,
        moved.money(),
        moved.source_balance.kind,
        moved.destination_balance.kind
    );
    let drawn = moved.source_balance.payments.as_ref().and_then(|payments| payments.source_type.as_ref());
    if let Some(source) = drawn {
        println!("   It draws on what came in by `{source}`.");
    }
    Ok(())
}

/// Moves unused money back to the payments balance.
async fn take_back(client: &Client, order: &str) -> Result<(), Error> {
    let request = transfer(UNUSED, BalanceKind::Issuing, BalanceKind::Payments, order);
    let moved = request.idempotency_key(format!("{order}/back-to-payments")).send(client).await?;
    println!("5. Transfer {} moves {} back.", moved.id, moved.money());
    Ok(())
}

/// A movement between two balances of one account.
fn transfer(money: Money, from: BalanceKind, to: BalanceKind, order: &str) -> balance_transfer::Create {
    let from = balance_transfer::SourceBalanceParams::new(from);
    balance_transfer::Create::new(money.amount, money.currency, to, from).metadata([("order", order)])
}

/// Requests more than is available, which is refused. Stripe does not repeat it later.
async fn refuse_too_much(client: &Client, money: Money, order: &str) -> Result<(), Failure> {
    let request = transfer(money, BalanceKind::Payments, BalanceKind::Issuing, order);
    match request.idempotency_key(format!("{order}/transfer-of-too-much")).send(client).await {
        Ok(moved) => Err(format!("transfer {} of {money} was not refused", moved.id).into()),
        Err(error) if error.code() == Some("balance_insufficient") => {
            let said = error.api().and_then(|reply| reply.message.as_deref()).unwrap_or("no reason given");
            println!("2. A transfer of {money} is refused: {said}");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn show(what: &str, balance: &Balance) {
    println!(
        "{what} {} available from payments, and {} for cards.",
        payments_of(balance),
        issuing_of(balance)
    );
}

/// Shows the available money by source. A transfer can draw on one source or another.
fn show_source_types(balance: &Balance) {
    for amount in &balance.available {
        let Some(kinds) = &amount.source_types else { continue };
        for (kind, part) in [("cards", kinds.card), ("bank debits", kinds.bank_account), ("FPX", kinds.fpx)] {
            if let Some(part) = part {
                println!("   {} came in by {kind}.", Money::new(part, amount.currency));
            }
        }
    }
}

fn payments_of(balance: &Balance) -> Money {
    in_budget_currency(&balance.available)
}

fn issuing_of(balance: &Balance) -> Money {
    in_budget_currency(balance.issuing.as_ref().map_or(&[], |issuing| &issuing.available))
}

fn in_budget_currency(amounts: &[balance::Amount]) -> Money {
    let amount = amounts.iter().find(|amount| amount.currency == BUDGET.currency);
    amount.map_or(Money::new(0, BUDGET.currency), balance::Amount::money)
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.connected(), stripe.order.as_str());
    let before = balance::Retrieve::new().send(client).await?;
    let available = payments_of(&before);
    println!("1. {available} of the payments balance are available.");
    show_source_types(&before);
    println!("   Cards can spend {}.", issuing_of(&before));

    refuse_too_much(client, Money::new(available.amount + 1, available.currency), order).await?;
    fund_cards(client, order).await?;
    show("4. Now there are", &balance::Retrieve::new().send(client).await?);
    stripe.wait(days(1));
    take_back(client, order).await?;
    show("6. At the end there are", &balance::Retrieve::new().send(client).await?);
    Ok(())
}

/// A connected account that earned 820.00 USD from cards and 120.00 USD from bank debits, waits for 315.00 USD more, and has
/// 120.00 USD for its cards.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = sandbox.connect().into_id();
    beginning::available(sandbox, &account, Money::new(82_000, Currency::USD))?;
    beginning::available_from_banks(sandbox, &account, Money::new(12_000, Currency::USD))?;
    beginning::pending(sandbox, &account, Money::new(31_500, Currency::USD))?;
    beginning::for_cards(sandbox, &account, Money::new(12_000, Currency::USD))?;
    Ok(vec![("account", account)])
}

fn main() -> std::process::ExitCode {
    support::main("fund_from_stripe_balance", begin, run)
}
