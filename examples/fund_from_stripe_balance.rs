//! Moves money between the payments balance of an account and its Issuing balance, so that cards can spend earnings.
//!
//! ```sh
//! cargo run --example fund_from_stripe_balance
//! ```
//!
//! In test mode every step works by a call, if Stripe has enabled balance transfers for the account, which are a preview. It
//! needs the capabilities `card_payments`, `us_bank_account_ach_payments` and `card_issuing`.

use stripe_platform::balance::{self, Balance};
use stripe_platform::balance_transfer::{self, BalanceKind};
use stripe_platform::payment_intent::{self, CaptureMethod, PaymentIntent};
use stripe_platform::{Client, Currency, Error, Id, Money};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BUDGET: Money = Money::new(60_000, Currency::USD);

const UNUSED: Money = Money::new(15_000, Currency::USD);

/// What customers pay by bank debit, with a card whose money is available at once, and with one whose money is pending for days.
const BY_BANK: Money = Money::new(12_000, Currency::USD);

const BY_CARD: Money = Money::new(82_000, Currency::USD);

const LATER: Money = Money::new(31_500, Currency::USD);

/// Debits the bank account of a customer, which takes days. The customer has agreed to it on paper.
async fn debit_bank(client: &Client, order: &str) -> Result<Id<PaymentIntent>, Error> {
    let intent = payment_intent::Create::new(BY_BANK.amount, BY_BANK.currency)
        .payment_method("pm_usBankAccount_success")
        .payment_method_types(["us_bank_account"])
        .param("mandate_data[customer_acceptance][type]", "offline")
        .confirm(true)
        .idempotency_key(format!("{order}/bank-debit"))
        .send(client)
        .await?;
    println!("1. Payment {} of {BY_BANK} by bank debit is {}.", intent.id, intent.status);
    Ok(intent.id)
}

async fn charge_card(client: &Client, step: u8, card: &str, money: Money, key: String) -> Result<(), Error> {
    let intent = payment_intent::Create::new(money.amount, money.currency)
        .payment_method(card)
        .payment_method_types(["card"])
        .capture_method(CaptureMethod::Automatic)
        .confirm(true)
        .idempotency_key(key)
        .send(client)
        .await?;
    println!("{step}. Payment {} of {money} by card has {}.", intent.id, intent.status);
    Ok(())
}

/// Moves earnings to the Issuing balance. In the US the money arrives at once, in the UK and the euro area after a business day.
async fn fund_cards(client: &Client, order: &str) -> Result<(), Error> {
    let request = transfer(BUDGET, BalanceKind::Payments, BalanceKind::Issuing, order);
    let moved = request.idempotency_key(format!("{order}/to-issuing")).send(client).await?;
    println!(
        "7. Transfer {} moves {} from {} to {}.",
        moved.id,
        moved.money(),
        moved.source_balance.kind,
        moved.destination_balance.kind
    );
    let drawn = moved.source_balance.payments.as_ref().and_then(|payments| payments.source_type.as_ref());
    if let Some(source) = drawn {
        println!("   It draws on the source type `{source}`.");
    }
    Ok(())
}

/// Moves unused money back to the payments balance.
async fn take_back(client: &Client, order: &str) -> Result<(), Error> {
    let request = transfer(UNUSED, BalanceKind::Issuing, BalanceKind::Payments, order);
    let moved = request.idempotency_key(format!("{order}/back-to-payments")).send(client).await?;
    println!("9. Transfer {} moves {} back.", moved.id, moved.money());
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
            println!("6. A transfer of {money} is refused: {said}");
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

/// Shows the available money by source type, since a transfer draws on one of them. Bank debits count as `card`; `bank_account` is for the
/// older way to debit accounts in the US.
fn show_source_types(balance: &Balance) {
    for amount in &balance.available {
        let Some(kinds) = &amount.source_types else { continue };
        for (kind, part) in [("card", kinds.card), ("bank_account", kinds.bank_account), ("fpx", kinds.fpx)] {
            if let Some(part) = part {
                println!("   {} of it have the source type `{kind}`.", Money::new(part, amount.currency));
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
use support::{Beginning, Outcome, Stripe, days};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.connected(), stripe.order.as_str());
    let debit = debit_bank(client, order).await?;
    stripe.wait(days(7));
    let debit = payment_intent::Retrieve::new(&debit).send(client).await?;
    println!("2. Payment {} has {}.", debit.id, debit.status);
    charge_card(client, 3, "pm_card_bypassPending", BY_CARD, format!("{order}/card")).await?;
    charge_card(client, 4, "pm_card_visa", LATER, format!("{order}/card-later")).await?;

    let before = balance::Retrieve::new().send(client).await?;
    let available = payments_of(&before);
    println!("5. {available} of the payments balance are available.");
    show_source_types(&before);
    println!("   Cards can spend {}.", issuing_of(&before));

    refuse_too_much(client, Money::new(available.amount + 1, available.currency), order).await?;
    fund_cards(client, order).await?;
    show("8. Now there are", &balance::Retrieve::new().send(client).await?);
    stripe.wait(days(1));
    take_back(client, order).await?;
    show("10. At the end there are", &balance::Retrieve::new().send(client).await?);
    Ok(())
}

/// A connected account that takes payments and issues cards.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    Ok(vec![("account", sandbox.connect().into_id())])
}

fn main() -> std::process::ExitCode {
    support::main("fund_from_stripe_balance", begin, run)
}
