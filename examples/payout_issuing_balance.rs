//! Pays an Issuing balance out to the bank of a connected account: one payout arrives, one is called back, one fails.
//!
//! ```sh
//! cargo run --example payout_issuing_balance
//! ```

use std::error::Error as AnyError;
use stripe_platform::account::external_account::{self, AccountHolderType, ExternalAccountParams, Object};
use stripe_platform::{
    Client, Currency, Error, Expanded as _, Id, Money, account::external_account::BankAccount, balance,
    payout,
};
use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days};

const FIRST: Money = Money::new(22_000, Currency::USD);
const SECOND: Money = Money::new(15_000, Currency::USD);
const THIRD: Money = Money::new(30_000, Currency::USD);

/// A connected account with 800.00 USD for its cards, and a bank account.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = sandbox.connect();
    beginning::for_cards(sandbox, &account, Money::new(80_000, Currency::USD))?;
    beginning::bank_account(sandbox, &account).await?;
    Ok(vec![("account", account)])
}

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.connected(), stripe.order.as_str());
    let bank = default_bank_account(stripe).await?;
    let before = issuing_balance(client).await?;
    println!("2. The Issuing balance holds {before}.");

    let too_much = Money::new(before.amount + 100, before.currency);
    let request = pay_out(too_much, &bank.id, order).idempotency_key(format!("{order}/payout-of-too-much"));
    match request.send(client).await {
        Ok(payout) => return Err(format!("payout {} of {too_much} was not refused", payout.id).into()),
        Err(error) if error.code() == Some("balance_insufficient") => {
            let said = error.api().and_then(|reply| reply.message.as_deref()).unwrap_or("no reason given");
            println!("3. A payout of {too_much} is refused: {said}");
        }
        Err(error) => return Err(error.into()),
    }

    let request = pay_out(FIRST, &bank.id, order).idempotency_key(format!("{order}/payout"));
    let first = request.send(client).await?;
    println!("4. Payout {} of {} is {}.", first.id, first.money(), first.status);
    // A program does not wait here: the event `payout.paid` tells it. The bank can still give the money back then, for
    // five business days.
    stripe.wait(days(2));
    let first = payout::Retrieve::new(&first.id).send(client).await?;
    println!("5. Payout {} is {}.", first.id, first.status);

    call_back(client, &bank.id, order).await?;
    pay_a_closed_account(stripe, client, order).await?;
    println!("14. The Issuing balance holds {}: only {FIRST} are gone.", issuing_balance(client).await?);
    Ok(())
}

/// A payout from the Issuing balance. Without `source_balance` it would take what was earned from payments.
fn pay_out(money: Money, bank: &Id<BankAccount>, order: &str) -> payout::Create {
    payout::Create::new(money.amount, money.currency)
        .source_balance(payout::SourceBalance::Issuing)
        .destination(bank)
        .description(format!("Unused card budget of {order}"))
        .metadata([("order", order)])
}

/// Finds the bank account that gets the payouts in a currency. External accounts are the platform's to manage.
async fn default_bank_account(stripe: &Stripe) -> Result<BankAccount, Box<dyn AnyError + Send + Sync>> {
    let request = external_account::List::new(stripe.value("account")).object(Object::BankAccount);
    let accounts = request.send(&stripe.platform).await?;
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

/// Pays a bank account that no longer exists, and reads what became of the money.
async fn pay_a_closed_account(stripe: &Stripe, client: &Client, order: &str) -> Outcome {
    let account = stripe.value("account");
    // This number is one of Stripe's for tests. The bank answers that the account has been closed.
    let closed = ExternalAccountParams::new("000111111113", "US", Object::BankAccount)
        .currency(Currency::USD)
        .account_holder_name("Rosen Supplies LLC")
        .account_holder_type(AccountHolderType::Company)
        .routing_number("110000000");
    let request = external_account::Create::new(&account)
        .external_account(closed)
        .idempotency_key(format!("{order}/old-bank-account"));
    let added = request.send(&stripe.platform).await?;
    let bank = added.as_bank_account().ok_or("a bank account was added")?;

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

    // A program waits for the event `payout.failed`.
    stripe.wait(days(3));
    let request = payout::Retrieve::new(&third.id).expand(payout::Expand::FailureBalanceTransaction);
    let third = request.send(client).await?;
    let reason = third.failure_code.as_deref().unwrap_or("no reason");
    println!(
        "12. Payout {} is {} with {reason}: {}",
        third.id,
        third.status,
        third.failure_message.as_deref().unwrap_or("-")
    );
    if let Some(entry) = third.failure_balance_transaction.expanded() {
        println!("    The ledger gives {} back to the balance `{}`.", entry.money(), entry.balance_type);
    }

    let refused = external_account::Retrieve::new(&account, &bank.id).send(&stripe.platform).await?;
    let status = refused.as_bank_account().map_or("unknown", |bank| bank.status.as_str());
    println!(
        "13. That bank account is {status}: payouts on a schedule skip it until its details are replaced."
    );
    Ok(())
}

/// What cards can spend now.
async fn issuing_balance(client: &Client) -> Result<Money, Error> {
    let balance = balance::Retrieve::new().send(client).await?;
    Ok(balance.issuing_in(FIRST.currency))
}

fn main() -> std::process::ExitCode {
    support::main("payout_issuing_balance", begin, run)
}
