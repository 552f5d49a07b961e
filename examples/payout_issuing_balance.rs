//! Pays an Issuing balance out to the bank of a connected account: one payout arrives, one is called back, one fails.
//!
//! ```sh
//! cargo run --example payout_issuing_balance
//! ```
//!
//! In test mode every step works by a call. Payouts take days there.

use stripe_platform::account::external_account::{self, AccountHolderType, ExternalAccountParams, Object};
use stripe_platform::payout::{self, Payout};
use stripe_platform::{
    Client, Currency, Error, Expanded as _, Id, Money, account::external_account::BankAccount, balance,
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const FIRST: Money = Money::new(22_000, Currency::USD);

const SECOND: Money = Money::new(15_000, Currency::USD);

const THIRD: Money = Money::new(30_000, Currency::USD);

/// Pays more than there is, which is refused.
async fn pay_too_much(
    client: &Client,
    bank: &Id<BankAccount>,
    money: Money,
    order: &str,
) -> Result<(), Failure> {
    let request = pay_out(money, bank, order).idempotency_key(format!("{order}/payout-of-too-much"));
    match request.send(client).await {
        Ok(payout) => Err(format!("payout {} of {money} was not refused", payout.id).into()),
        Err(error) if error.code() == Some("balance_insufficient") => {
            let said = error.api().and_then(|reply| reply.message.as_deref()).unwrap_or("no reason given");
            println!("3. A payout of {money} is refused: {said}");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Pays out to the bank. The event `payout.paid` reports the arrival; the bank can still return the money for five business days.
async fn pay(client: &Client, bank: &Id<BankAccount>, order: &str) -> Result<Payout, Error> {
    let request = pay_out(FIRST, bank, order).idempotency_key(format!("{order}/payout"));
    let first = request.send(client).await?;
    println!("4. Payout {} of {} is {}.", first.id, first.money(), first.status);
    Ok(first)
}

/// A payout from the Issuing balance. Without `source_balance` it would take money from the payments balance.
fn pay_out(money: Money, bank: &Id<BankAccount>, order: &str) -> payout::Create {
    payout::Create::new(money.amount, money.currency)
        .source_balance(payout::SourceBalance::Issuing)
        .destination(bank)
        .description(format!("Unused card budget of {order}"))
        .metadata([("order", order)])
}

/// Finds the bank account for payouts in a currency. External accounts are managed by the platform.
async fn default_bank_account(platform: &Client, account: &str) -> Result<BankAccount, Failure> {
    let request = external_account::List::new(account).object(Object::BankAccount);
    let accounts = request.send(platform).await?;
    let bank = accounts
        .data
        .iter()
        .filter_map(|account| account.as_bank_account())
        .find(|bank| bank.currency == FIRST.currency && bank.default_for_currency == Some(true))
        .ok_or("the connected account has no bank account for payouts")?;
    let name = bank.bank_name.as_deref().unwrap_or("a bank");
    println!("1. Payouts go to the account at {name} that ends in {}.", bank.last4);
    Ok(bank.clone())
}

/// Starts a payout and cancels it. That works as long as it is pending.
async fn call_back(client: &Client, bank: &Id<BankAccount>, order: &str) -> Result<(), Error> {
    let request = pay_out(SECOND, bank, order).idempotency_key(format!("{order}/second-payout"));
    let second = request.send(client).await?;
    println!("6. Payout {} of {} is {}.", second.id, second.money(), second.status);
    println!("7. The Issuing balance holds {}.", issuing_balance(client).await?);

    let request = payout::Cancel::new(&second.id).idempotency_key(format!("{order}/cancel-second-payout"));
    let second = request.send(client).await?;
    println!("8. Payout {} is {}.", second.id, second.status);
    println!("9. The Issuing balance holds {}: the money is back.", issuing_balance(client).await?);
    Ok(())
}

/// Adds a bank account with one of Stripe's test numbers: its bank replies that the account has been closed.
async fn add_closed_bank_account(
    platform: &Client,
    account: &str,
    order: &str,
) -> Result<BankAccount, Failure> {
    let closed = ExternalAccountParams::new("000111111113", "US", Object::BankAccount)
        .currency(Currency::USD)
        .account_holder_name("Rosen Supplies LLC")
        .account_holder_type(AccountHolderType::Company)
        .routing_number("110000000");
    let request = external_account::Create::new(account)
        .external_account(closed)
        .idempotency_key(format!("{order}/old-bank-account"));
    let added = request.send(platform).await?;
    Ok(added.as_bank_account().ok_or("the reply is not a bank account")?.clone())
}

async fn pay_a_closed_account(client: &Client, bank: &BankAccount, order: &str) -> Result<Payout, Error> {
    let request = pay_out(THIRD, &bank.id, order).idempotency_key(format!("{order}/third-payout"));
    let third = request.send(client).await?;
    println!(
        "10. Payout {} of {} to the account that ends in {} is {}.",
        third.id,
        third.money(),
        bank.last4,
        third.status
    );
    println!("11. The Issuing balance holds {}.", issuing_balance(client).await?);
    Ok(third)
}

/// Reads a payout after the event `payout.failed`.
async fn show_failure(client: &Client, payout: &Id<Payout>) -> Result<(), Error> {
    let request = payout::Retrieve::new(payout).expand(payout::Expand::FailureBalanceTransaction);
    let third = request.send(client).await?;
    let reason = third.failure_code.as_deref().unwrap_or("no reason");
    println!(
        "12. Payout {} is {} with {reason}: {}",
        third.id,
        third.status,
        third.failure_message.as_deref().unwrap_or("-")
    );
    if let Some(entry) = third.failure_balance_transaction.expanded() {
        println!("    {} return to the balance `{}`.", entry.money(), entry.balance_type);
    }
    Ok(())
}

async fn show_bank_account(platform: &Client, account: &str, bank: &Id<BankAccount>) -> Result<(), Error> {
    let refused = external_account::Retrieve::new(account, bank).send(platform).await?;
    let status = refused.as_bank_account().map_or("unknown", |bank| bank.status.as_str());
    println!(
        "13. That bank account is {status}: payouts on a schedule skip it until its details are replaced."
    );
    Ok(())
}

/// The amount that cards can spend now.
async fn issuing_balance(client: &Client) -> Result<Money, Error> {
    let balance = balance::Retrieve::new().send(client).await?;
    Ok(balance.issuing_in(FIRST.currency))
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.connected(), stripe.order.as_str());
    let (platform, account) = (&stripe.platform, stripe.value("account"));
    let bank = default_bank_account(platform, &account).await?;
    let before = issuing_balance(client).await?;
    println!("2. The Issuing balance holds {before}.");

    pay_too_much(client, &bank.id, Money::new(before.amount + 100, before.currency), order).await?;

    let first = pay(client, &bank.id, order).await?;
    stripe.wait(days(2));
    let first = payout::Retrieve::new(&first.id).send(client).await?;
    println!("5. Payout {} is {}.", first.id, first.status);

    call_back(client, &bank.id, order).await?;

    let closed = add_closed_bank_account(platform, &account, order).await?;
    let third = pay_a_closed_account(client, &closed, order).await?;
    stripe.wait(days(3));
    show_failure(client, &third.id).await?;
    show_bank_account(platform, &account, &closed.id).await?;
    println!("14. The Issuing balance holds {}: only {FIRST} are gone.", issuing_balance(client).await?);
    Ok(())
}

/// A connected account with 800.00 USD for its cards, and a bank account.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = sandbox.connect().into_id();
    beginning::for_cards(sandbox, &account, Money::new(80_000, Currency::USD))?;
    beginning::bank_account(sandbox, &account).await?;
    Ok(vec![("account", account)])
}

fn main() -> std::process::ExitCode {
    support::main("payout_issuing_balance", begin, run)
}
