//! Funds the Issuing balance of a connected account from a bank account, and pays a part of it out again.
//!
//! ```sh
//! cargo run --example fund_issuing_balance
//! ```
//!
//! In test mode every step works by a call. The top-up and the payout take days there.

use stripe_platform::source::{self, Source};
use stripe_platform::topup::{self, Topup};
use stripe_platform::{Client, Currency, Error, Id, Money, Timestamp, balance, payout, token};

/// The customer's agreement to be debited, with the evidence that a bank may ask for.
struct Agreement {
    name: &'static str,
    email: &'static str,
    at: Timestamp,
    ip: &'static str,
    user_agent: &'static str,
}

const AGREEMENT: Agreement = Agreement {
    name: "Jenny Rosen",
    email: "jenny@rosen-supplies.example",
    at: Timestamp::new(1_794_323_038),
    ip: "203.0.113.24",
    user_agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15",
};

/// The amount that cards get, and the part of it that is left at the end.
const BUDGET: Money = Money::new(50_000, Currency::USD);

const UNUSED: Money = Money::new(22_000, Currency::USD);

/// Debits the bank account for the cards. The event `topup.succeeded` reports the arrival of the money, days later.
async fn top_up(client: &Client, source: &Id<Source>, order: &str) -> Result<Topup, Error> {
    let request = topup::Create::new(BUDGET.amount, BUDGET.currency)
        .source(source)
        .destination_balance(topup::DestinationBalance::Issuing)
        .description(format!("Card budget of {order}"))
        .statement_descriptor("CARD BUDGET")
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/top-up"));
    let top_up = request.send(client).await?;
    println!("5. Top-up {} of {} is {}: the bank needs days.", top_up.id, top_up.money(), top_up.status);
    Ok(top_up)
}

/// Pays unused money out to the bank account of the connected account.
async fn pay_out(client: &Client, order: &str) -> Result<(), Error> {
    let request = payout::Create::new(UNUSED.amount, UNUSED.currency)
        .source_balance(payout::SourceBalance::Issuing)
        .description(format!("Unused card budget of {order}"))
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/payout"));
    let payout = request.send(client).await?;
    println!(
        "8. Payout {} sends {} to the bank account of the connected account.",
        payout.id,
        payout.money()
    );
    Ok(())
}

/// Creates a source for a bank account, with the agreement to be debited. Stripe sends two small deposits to it.
async fn add_bank_account(client: &Client, agreement: &Agreement) -> Result<Source, Error> {
    let account = token::BankAccountParams::new("000123456789", "US")
        .routing_number("110000000")
        .currency(Currency::USD)
        .account_holder_name(agreement.name)
        .account_holder_type(token::AccountHolderType::Individual);
    let token = token::Create::new().bank_account(account).send(client).await?;
    println!("1. Token {} stands for the bank account that ends in 6789.", token.id);

    let accepted = source::AcceptanceParams::new("accepted").kind("online").online(
        source::OnlineParams::new().date(agreement.at).ip(agreement.ip).user_agent(agreement.user_agent),
    );
    let source = source::Create::new()
        .kind("ach_debit")
        .currency(Currency::USD)
        .token(&token.id)
        .owner(source::OwnerParams::new().name(agreement.name).email(agreement.email))
        .mandate(source::MandateParams::new().acceptance(accepted))
        .send(client)
        .await?;
    println!(
        "2. Source {} may be debited and is {}: two small deposits verify it.",
        source.id, source.status
    );
    Ok(source)
}

/// Sends the amounts of the deposits, which the customer read on the bank statement a day or two later. After this the source can be
/// debited.
async fn verify(client: &Client, source: &Id<Source>, deposits: [i64; 2]) -> Result<Source, Error> {
    let source = source::Verify::new(source, deposits.map(|cents| cents.to_string())).send(client).await?;
    let [first, second] = deposits.map(|cents| Money::new(cents, Currency::USD));
    println!("3. Deposits of {first} and {second} are right: the source is {}.", source.status);
    Ok(source)
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
    let agreement = Agreement { at: stripe.agreed_at(AGREEMENT.at), ..AGREEMENT };
    let source = add_bank_account(client, &agreement).await?;
    stripe.wait(days(1));
    let source = verify(client, &source.id, [32, 45]).await?;
    let before = issuing_balance(client).await?;
    println!("4. The Issuing balance holds {before}.");

    let top_up = top_up(client, &source.id, order).await?;
    stripe.wait(days(7));
    let top_up = topup::Retrieve::new(&top_up.id).send(client).await?;
    println!("6. The status of top-up {} is {} now.", top_up.id, top_up.status);
    let funded = issuing_balance(client).await?;
    println!("7. The Issuing balance holds {funded}; it was {before} before.");
    if funded < UNUSED {
        println!("   The top-up has not succeeded yet, so there is nothing to pay out.");
        return Ok(());
    }

    pay_out(client, order).await?;
    println!("9. The Issuing balance holds {}.", issuing_balance(client).await?);
    Ok(())
}

/// A connected account with 120.00 USD for its cards, and a bank account.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = sandbox.connect().into_id();
    beginning::for_cards(sandbox, &account, Money::new(12_000, Currency::USD))?;
    beginning::bank_account(sandbox, &account).await?;
    Ok(vec![("account", account)])
}

fn main() -> std::process::ExitCode {
    support::main("fund_issuing_balance", begin, run)
}
