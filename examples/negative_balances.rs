//! Finds the negative balance of a connected account and the reserve held for it, clears both, and rejects an abandoned account.
//!
//! ```sh
//! cargo run --example negative_balances
//! ```

use stripe_platform::account::{self, Account};
use stripe_platform::balance::{self, Amount};
use stripe_platform::balance_transaction::{self, BalanceTransaction, Kind};
use stripe_platform::{Client, Currency, Error, Id, Money, balance_settings, payout, transfer};

/// The payout that the user of the connected account asks for.
const WISH: Money = Money::new(5_000, Currency::USD);

async fn show_who_bears_losses(platform: &Client, account: &Id<Account>) -> Result<(), Error> {
    let account = account::Retrieve::new(account).send(platform).await?;
    let losses = account.controller.as_ref().and_then(|controller| controller.losses.as_ref());
    match losses.map(|losses| &losses.payments) {
        Some(account::LossesPayments::Application) => {
            println!("1. The platform bears the losses of {}.", account.id);
        }
        Some(other) => println!("1. The losses of {} are borne by: {other}.", account.id),
        None => println!("1. Stripe does not say who bears the losses of {}.", account.id),
    }
    let payouts = account.settings.as_ref().and_then(|settings| settings.payouts.as_ref());
    let debited = payouts.is_some_and(|payouts| payouts.debit_negative_balances);
    println!("   Its bank account is {} for them.", if debited { "debited" } else { "not debited" });
    Ok(())
}

/// Returns the debts of the account as positive amounts.
async fn debts(connected: &Client) -> Result<Vec<Money>, Error> {
    let balance = balance::Retrieve::new().send(connected).await?;
    println!("2. The account holds {}.", list(&balance.available));
    let negative = balance.available.iter().filter(|entry| entry.amount < 0);
    Ok(negative.map(|entry| Money::new(entry.amount.abs(), entry.currency)).collect())
}

/// Shows the reserve: money of the platform that Stripe holds back for negative connected accounts.
async fn show_reserve(platform: &Client, step: &str) -> Result<(), Error> {
    let balance = balance::Retrieve::new().send(platform).await?;
    let reserved = balance.connect_reserved.as_deref().unwrap_or_default();
    println!("{step}. The platform holds {}, and {} is reserved.", list(&balance.available), list(reserved));
    Ok(())
}

async fn show_movements(platform: &Client, step: &str, what: &str, kind: Kind) -> Result<(), Error> {
    let movements = balance_transaction::List::new().kind(kind).limit(5).send(platform).await?;
    println!("{step}. {what}, newest first:");
    for BalanceTransaction { id, amount, currency, description, .. } in movements.data {
        let text = description.unwrap_or_default();
        println!("   {:>12}  {id}  {text}", Money::new(amount, currency));
    }
    Ok(())
}

/// Payouts are refused while the balance is negative.
async fn try_payout(connected: &Client, order: &str) -> Result<(), Error> {
    let request = payout::Create::new(WISH.amount, WISH.currency).idempotency_key(format!("{order}/payout"));
    match request.send(connected).await {
        Err(Error::InvalidRequest(error)) => {
            println!("5. A payout of {WISH} is refused: {}.", error.code.unwrap_or_default());
            Ok(())
        }
        Err(error) => Err(error),
        Ok(payout) => {
            println!(
                "5. Payout {} is {}: there was enough in {}.",
                payout.id, payout.status, payout.currency
            );
            Ok(())
        }
    }
}

/// Lets Stripe debit the bank account of the connected account when its balance is negative.
async fn allow_debits(platform: &Client, account: &Id<Account>, order: &str) -> Result<(), Error> {
    let payouts = account::PayoutsParams::new().debit_negative_balances(true);
    let account = account::Update::new(account)
        .settings(account::UpdateSettingsParams::new().payouts(payouts))
        .idempotency_key(format!("{order}/debits"))
        .send(platform)
        .await?;
    println!("6. From now on, Stripe may debit the bank account of {}.", account.id);
    Ok(())
}

/// The balance settings of the account have the same flag.
async fn check_debits(connected: &Client) -> Result<(), Error> {
    let settings = balance_settings::Retrieve::new().send(connected).await?;
    let debited = settings.payments.debit_negative_balances.unwrap_or_default();
    println!("7. Its balance settings agree: debit_negative_balances is {debited}.");
    Ok(())
}

/// A bank debit takes days; a transfer of the platform clears the balance at once.
async fn clear(platform: &Client, account: &Id<Account>, debt: Money, order: &str) -> Result<(), Error> {
    let transfer = transfer::Create::new(debt.currency, account)
        .amount(debt.amount)
        .description("Clears the negative balance")
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/clear-{}", debt.currency))
        .send(platform)
        .await?;
    println!("8. Transfer {} clears it with {}.", transfer.id, transfer.money());
    Ok(())
}

/// Rejects an account that was abandoned, so that it cannot lose money again after a collection.
async fn reject(platform: &Client, account: &Id<Account>, order: &str) -> Result<(), Error> {
    let balance = balance::Retrieve::new().for_account(account).send(platform).await?;
    println!("13. {account}, for which money was collected, holds {}.", list(&balance.available));

    let account = account::Reject::new(account, account::Reason::Other)
        .idempotency_key(format!("{order}/reject"))
        .send(platform)
        .await?;
    let charges = if account.charges_enabled == Some(true) { "can" } else { "can no longer" };
    println!("14. {} is rejected: it {charges} take payments.", account.id);
    if let Some(reason) =
        account.requirements.and_then(|requirements| requirements.into_inner().disabled_reason)
    {
        println!("   Stripe gives the reason as {reason}.");
    }
    Ok(())
}

fn list(amounts: &[Amount]) -> String {
    let texts: Vec<String> = amounts.iter().map(|entry| entry.money().to_string()).collect();
    if texts.is_empty() { "nothing".to_owned() } else { texts.join(" and ") }
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use std::process::ExitCode;
use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, days};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (platform, connected, order) = (&stripe.platform, &stripe.connected(), stripe.order.as_str());
    let account = Id::from(stripe.value("account"));

    show_who_bears_losses(platform, &account).await?;
    let debts = debts(connected).await?;
    show_reserve(platform, "3").await?;
    show_movements(platform, "4", "The reserve", Kind::ReserveTransaction).await?;
    if !debts.is_empty() {
        try_payout(connected, order).await?;
    }

    allow_debits(platform, &account, order).await?;
    check_debits(connected).await?;

    for debt in debts {
        clear(platform, &account, debt, order).await?;
    }
    println!("9. The account holds {}.", list(&balance::Retrieve::new().send(connected).await?.available));
    show_reserve(platform, "10").await?;
    show_movements(platform, "11", "The reserve", Kind::ReserveTransaction).await?;

    show_movements(platform, "12", "Collections", Kind::ConnectCollectionTransfer).await?;
    reject(platform, &Id::from(stripe.value("abandoned_account")), order).await?;
    Ok(())
}

/// A platform with 820.00 USD beside what Stripe reserves, and two connected accounts. One owed 75.00 USD for half a year, until
/// Stripe took it from the platform; the other owes 180.00 USD since yesterday, and its bank account must not be debited.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let platform = sandbox.platform();
    beginning::available(sandbox, &platform, Money::new(107_500, Currency::USD))?;
    let abandoned_account = beginning::onboarded_company(sandbox, "Closed Shop LLC", "000000000").await?;
    beginning::debt(sandbox, &abandoned_account, Money::new(7_500, Currency::USD))?;
    sandbox.advance(days(183));

    let account = beginning::onboarded_company(sandbox, "Rosen Supplies LLC", "000000000").await?;
    let payouts = account::PayoutsParams::new().debit_negative_balances(false);
    let settings = account::UpdateSettingsParams::new().payouts(payouts);
    account::Update::new(&account).settings(settings).send(&sandbox.client()).await?;
    beginning::debt(sandbox, &account, Money::new(18_000, Currency::USD))?;
    sandbox.advance(days(1));
    Ok(vec![("account", account), ("abandoned_account", abandoned_account)])
}

fn main() -> ExitCode {
    support::main("negative_balances", begin, run)
}
