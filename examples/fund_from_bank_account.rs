//! Funds an Issuing balance from bank accounts in the US: mandates online and offline, verification by small deposits, and
//! top-ups, one that settles and one that fails.
//!
//! ```sh
//! cargo run --example fund_from_bank_account
//! ```
//!
//! In test mode every step works by a call. Debits take days there.

use std::error::Error as AnyError;
use stripe_platform::source::{
    AcceptanceKind, AcceptanceParams, AcceptanceStatus, Kind, MandateParams, OfflineParams, OnlineParams,
    Source,
};
use stripe_platform::topup::{self, Topup};
use stripe_platform::{Client, Currency, Error, Id, Money, Timestamp, balance, source, token};

/// A bank account as its holder entered it.
struct BankAccount {
    /// Part of the idempotency keys of this bank account.
    name: &'static str,
    holder: &'static str,
    email: &'static str,
    kind: token::AccountHolderType,
    routing: &'static str,
    number: &'static str,
}

const PRIVATE: BankAccount = BankAccount {
    name: "online",
    holder: "Jenny Rosen",
    email: "jenny@rosen-supplies.example",
    kind: token::AccountHolderType::Individual,
    routing: "110000000",
    number: "000123456789",
};

const COMPANY: BankAccount = BankAccount {
    name: "offline",
    holder: "Rosen Supplies LLC",
    email: "accounts@rosen-supplies.example",
    kind: token::AccountHolderType::Company,
    routing: "110000000",
    number: "000000000009",
};

/// The time at which the first holder agreed.
const ACCEPTED_AT: Timestamp = Timestamp::new(1_794_475_712);

/// Stripe's token for a bank account in test mode that has no money.
const EMPTY_ACCOUNT: &str = "btok_us_verified_insufficientFunds";

const BUDGET: Money = Money::new(50_000, Currency::USD);

const TOO_MUCH_FOR_THE_BANK: Money = Money::new(25_000, Currency::USD);

/// The agreement from a form of the platform, with the evidence that a bank may ask for.
fn accepted_online(at: Timestamp) -> AcceptanceParams {
    let evidence = OnlineParams::new()
        .date(at)
        .ip("203.0.113.24")
        .user_agent("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15");
    AcceptanceParams::new(AcceptanceStatus::Accepted).kind(AcceptanceKind::Online).online(evidence)
}

/// An agreement on paper or by phone: Stripe gets the address of those who keep the evidence.
fn accepted_offline() -> AcceptanceParams {
    AcceptanceParams::new(AcceptanceStatus::Accepted)
        .kind(AcceptanceKind::Offline)
        .offline(OfflineParams::new("mandates@spend-platform.example"))
}

/// Creates a source for a bank account, on the connected account to be funded. Stripe sends two small deposits to it.
///
/// Stripe has no list of sources: store their ids.
async fn add_bank_account(
    client: &Client,
    bank: &BankAccount,
    acceptance: AcceptanceParams,
    order: &str,
) -> Result<Source, Error> {
    let details = token::BankAccountParams::new(bank.number, "US")
        .routing_number(bank.routing)
        .currency(Currency::USD)
        .account_holder_name(bank.holder)
        .account_holder_type(&bank.kind);
    let request =
        token::Create::new().bank_account(details).idempotency_key(format!("{order}/{}-token", bank.name));
    let token = request.send(client).await?;

    let request = source::Create::new()
        .kind(Kind::AchDebit)
        .currency(Currency::USD)
        .usage(source::Usage::Reusable)
        .token(&token.id)
        .owner(source::OwnerParams::new().name(bank.holder).email(bank.email))
        .mandate(MandateParams::new().acceptance(acceptance))
        .idempotency_key(format!("{order}/{}-source", bank.name));
    let source = request.send(client).await?;
    println!("   Token {} stands for the bank account, source {} is {}.", token.id, source.id, source.status);
    Ok(source)
}

/// Asks for the amounts of the deposits until they are right. Here, the customer makes a mistake the first time.
async fn prove_with_second_try(
    client: &Client,
    source: Source,
) -> Result<Source, Box<dyn AnyError + Send + Sync>> {
    let typed = [23, 54];
    match verify(client, &source, typed).await {
        Ok(source) => return Err(format!("source {} took the wrong amounts", source.id).into()),
        Err(error) if error.code() == Some("bank_account_verification_failed") => {
            let said = error.api().and_then(|reply| reply.message.as_deref()).unwrap_or("no reason given");
            println!("2. {} are refused: {said}", amounts(typed));
        }
        Err(error) => return Err(error.into()),
    }
    let source = source::Retrieve::new(&source.id).send(client).await?;
    if let Some(verification) = &source.code_verification {
        println!("   {} attempts are left.", verification.attempts_remaining);
    }

    let typed = [32, 45];
    let source = verify(client, &source, typed).await?;
    println!("3. {} are right: source {} is {}.", amounts(typed), source.id, source.status);
    Ok(source)
}

/// Sends the amounts that the customer read on the bank statement.
async fn verify(client: &Client, source: &Source, cents: [i64; 2]) -> Result<Source, Error> {
    source::Verify::new(&source.id, cents.map(|cents| cents.to_string())).send(client).await
}

fn amounts(cents: [i64; 2]) -> String {
    cents.map(|cents| Money::new(cents, Currency::USD).to_string()).join(" and ")
}

/// Debits the bank account for the cards. The event `topup.succeeded` reports the arrival of the money, days later.
async fn top_up(client: &Client, source: &Source, order: &str) -> Result<Topup, Error> {
    let before = issuing_balance(client).await?;
    let request = debit(BUDGET, source.id.as_str(), order).idempotency_key(format!("{order}/top-up"));
    let top_up = request.send(client).await?;
    println!("4. Top-up {} of {} is {}.", top_up.id, top_up.money(), top_up.status);
    println!(
        "   The Issuing balance was {before} and is {}: cards wait for the bank.",
        issuing_balance(client).await?
    );
    Ok(top_up)
}

async fn show_arrival(client: &Client, top_up: &Id<Topup>) -> Result<(), Error> {
    let top_up = topup::Retrieve::new(top_up).send(client).await?;
    println!(
        "5. Top-up {} is {}. The Issuing balance holds {}.",
        top_up.id,
        top_up.status,
        issuing_balance(client).await?
    );
    Ok(())
}

/// A top-up that the bank declines days later. No money has moved.
async fn top_up_from_empty_account(client: &Client, order: &str) -> Result<Topup, Error> {
    let request = debit(TOO_MUCH_FOR_THE_BANK, EMPTY_ACCOUNT, order)
        .idempotency_key(format!("{order}/top-up-from-empty-account"));
    let top_up = request.send(client).await?;
    println!(
        "8. Top-up {} of {} from a bank account without money is {}.",
        top_up.id,
        top_up.money(),
        top_up.status
    );
    Ok(top_up)
}

/// Reads the failure after the event `topup.failed`. Its code determines what to ask the customer for.
async fn show_failure(client: &Client, top_up: &Id<Topup>) -> Result<(), Error> {
    let top_up = topup::Retrieve::new(top_up).send(client).await?;
    let code = top_up.failure_code.as_deref().unwrap_or("no code");
    let message = top_up.failure_message.as_deref().unwrap_or("no message");
    println!("9. Top-up {} is {} with {code}: {message}", top_up.id, top_up.status);
    Ok(())
}

/// A top-up of the Issuing balance. Without `destination_balance` the money would go to the payments balance.
fn debit(money: Money, source: &str, order: &str) -> topup::Create {
    topup::Create::new(money.amount, money.currency)
        .source(source)
        .destination_balance(topup::DestinationBalance::Issuing)
        .description(format!("Card budget of {order}"))
        .statement_descriptor("CARD BUDGET")
        .metadata([("order", order)])
}

/// The amount that cards can spend now.
async fn issuing_balance(client: &Client) -> Result<Money, Error> {
    let balance = balance::Retrieve::new().send(client).await?;
    Ok(balance.issuing_in(BUDGET.currency))
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.connected(), stripe.order.as_str());
    println!("1. The holder of a bank account agrees online that it may be debited.");
    let source =
        add_bank_account(client, &PRIVATE, accepted_online(stripe.agreed_at(ACCEPTED_AT)), order).await?;
    stripe.wait(days(2));
    let source = prove_with_second_try(client, source).await?;
    let topped_up = top_up(client, &source, order).await?;
    stripe.wait(days(6));
    show_arrival(client, &topped_up.id).await?;

    println!(
        "6. Another holder agrees by phone. The platform keeps the proof, and names a contact to Stripe."
    );
    let source = add_bank_account(client, &COMPANY, accepted_offline(), order).await?;
    stripe.wait(days(2));
    let source = verify(client, &source, [32, 45]).await?;
    println!("7. The deposits are right at once: source {} is {}.", source.id, source.status);

    let failing = top_up_from_empty_account(client, order).await?;
    stripe.wait(days(5));
    show_failure(client, &failing.id).await?;
    println!("10. The Issuing balance holds {}.", issuing_balance(client).await?);
    Ok(())
}

/// A connected account with 120.00 USD for its cards.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = sandbox.connect().into_id();
    beginning::for_cards(sandbox, &account, Money::new(12_000, Currency::USD))?;
    Ok(vec![("account", account)])
}

fn main() -> std::process::ExitCode {
    support::main("fund_from_bank_account", begin, run)
}
