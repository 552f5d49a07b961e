//! Follows a connected account into debt: a refund after the payout, a chargeback, the platform's reserve, a transfer that clears the
//! debt, and a collection for an abandoned account.
//!
//! ```sh
//! cargo run --example negative_balances
//! ```
//!
//! In test mode every step works by a call, except: Stripe collects from the platform after 180 days. Both connected accounts
//! need the capabilities `card_payments` and `transfers` and a bank account, and the platform must bear their losses. The second
//! is rejected at the end; set `STRIPE_ABANDONED_ACCOUNT` to it.

use stripe_platform::account::{self, Account};
use stripe_platform::balance::{self, Amount};
use stripe_platform::balance_transaction::{self, BalanceTransaction, Kind};
use stripe_platform::payment_intent::{self, CaptureMethod, PaymentIntent};
use stripe_platform::{
    Client, Currency, Error, Id, Money, balance_settings, dispute, payout, refund, transfer,
};

/// The price of an order.
const PRICE: Money = Money::new(18_000, Currency::USD);

/// The price of an order of the account that is abandoned.
const LAST_PRICE: Money = Money::new(7_500, Currency::USD);

/// What customers pay the platform.
const SALES: Money = Money::new(100_000, Currency::USD);

/// The payout that the user of the connected account asks for.
const WISH: Money = Money::new(5_000, Currency::USD);

/// Test cards: the money of a payment is available at once, or the customer's bank takes it back.
const GOOD_CARD: &str = "pm_card_bypassPending";

const DISPUTED_CARD: &str = "pm_card_createDisputeProductNotReceived";

/// Charges a customer on the account of the client.
async fn charge(client: &Client, card: &str, price: Money, key: String) -> Result<Id<PaymentIntent>, Error> {
    let intent = payment_intent::Create::new(price.amount, price.currency)
        .payment_method(card)
        .payment_method_types(["card"])
        .capture_method(CaptureMethod::Automatic)
        .confirm(true)
        .idempotency_key(key)
        .send(client)
        .await?;
    println!("   Payment {} of {price} has {}.", intent.id, intent.status);
    Ok(intent.id)
}

/// Sells, pays all money out, and refunds the customer. The refund is taken from a balance without money.
async fn refund_after_payout(seller: &Client, price: Money, order: &str) -> Result<(), Error> {
    let payment = charge(seller, GOOD_CARD, price, format!("{order}/sale")).await?;
    let balance = balance::Retrieve::new().send(seller).await?;
    let available = balance.available.iter().find(|entry| entry.currency == price.currency);
    let payout = payout::Create::new(available.map_or(price.amount, |entry| entry.amount), price.currency)
        .idempotency_key(format!("{order}/payout-of-sale"))
        .send(seller)
        .await?;
    println!("   Payout {} of {} is {}.", payout.id, payout.money(), payout.status);
    let refund = refund::Create::new()
        .payment_intent(&payment)
        .idempotency_key(format!("{order}/refund"))
        .send(seller)
        .await?;
    println!("   Refund {} of {price}: {}.", refund.id, refund.status.as_deref().unwrap_or("unknown"));
    Ok(())
}

/// A chargeback takes the money of a payment, and a fee. The account answers with evidence in time, or gives up.
async fn give_up_on_chargeback(
    seller: &Client,
    payment: &Id<PaymentIntent>,
    order: &str,
) -> Result<(), Error> {
    let disputes = dispute::List::new().payment_intent(payment).send(seller).await?;
    let Some(dispute) = disputes.data.first() else {
        println!("   The chargeback has not arrived yet; the event `charge.dispute.created` reports it.");
        return Ok(());
    };
    for entry in &dispute.balance_transactions {
        println!("   Dispute {} takes {}: {}.", dispute.id, entry.money(), dispute.reason);
    }
    let closed =
        dispute::Close::new(&dispute.id).idempotency_key(format!("{order}/give-up")).send(seller).await?;
    println!("   The account does not contest it: it is {}.", closed.status);
    Ok(())
}

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
    println!("5. The account holds {}.", list(&balance.available));
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
            println!("8. A payout of {WISH} is refused: {}.", error.code.unwrap_or_default());
            Ok(())
        }
        Err(error) => Err(error),
        Ok(payout) => {
            println!(
                "8. Payout {} is {}: there was enough in {}.",
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
    println!("9. From now on, Stripe may debit the bank account of {}.", account.id);
    Ok(())
}

/// The balance settings of the account have the same flag.
async fn check_debits(connected: &Client) -> Result<(), Error> {
    let settings = balance_settings::Retrieve::new().send(connected).await?;
    let debited = settings.payments.debit_negative_balances.unwrap_or_default();
    println!("10. Its balance settings agree: debit_negative_balances is {debited}.");
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
    println!("11. Transfer {} clears it with {}.", transfer.id, transfer.money());
    Ok(())
}

/// Rejects an account that was abandoned, so that it cannot lose money again after a collection.
async fn reject(platform: &Client, account: &Id<Account>, order: &str) -> Result<(), Error> {
    let balance = balance::Retrieve::new().for_account(account).send(platform).await?;
    println!("17. {account}, for which money was collected, holds {}.", list(&balance.available));

    let account = account::Reject::new(account, account::Reason::Other)
        .idempotency_key(format!("{order}/reject"))
        .send(platform)
        .await?;
    let charges = if account.charges_enabled == Some(true) { "can" } else { "can no longer" };
    println!("18. {} is rejected: it {charges} take payments.", account.id);
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
    println!("2. Customers pay the platform:");
    charge(platform, GOOD_CARD, SALES, format!("{order}/platform")).await?;
    println!("3. The account sells something and gives the money back:");
    refund_after_payout(connected, PRICE, order).await?;
    println!("4. Another customer disputes a payment:");
    let disputed = charge(connected, DISPUTED_CARD, PRICE, format!("{order}/disputed")).await?;
    give_up_on_chargeback(connected, &disputed, order).await?;

    let debts = debts(connected).await?;
    show_reserve(platform, "6").await?;
    show_movements(platform, "7", "The reserve", Kind::ReserveTransaction).await?;
    if !debts.is_empty() {
        try_payout(connected, order).await?;
    }
    allow_debits(platform, &account, order).await?;
    check_debits(connected).await?;
    for debt in debts {
        clear(platform, &account, debt, order).await?;
    }
    println!("12. The account holds {}.", list(&balance::Retrieve::new().send(connected).await?.available));
    show_reserve(platform, "13").await?;
    show_movements(platform, "14", "The reserve", Kind::ReserveTransaction).await?;

    let abandoned = Id::from(stripe.value("abandoned_account"));
    println!("15. Another account leaves a debt, and is abandoned:");
    refund_after_payout(&platform.for_account(&abandoned), LAST_PRICE, &format!("{order}/abandoned")).await?;
    stripe.wait(days(181));
    show_movements(platform, "16", "Collections", Kind::ConnectCollectionTransfer).await?;
    reject(platform, &abandoned, order).await?;
    Ok(())
}

/// Two connected accounts whose bank accounts are not debited.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let mut accounts = Vec::new();
    for name in ["Rosen Supplies LLC", "Closed Shop LLC"] {
        let account = beginning::onboarded_company(sandbox, name, "000000000").await?;
        let payouts = account::PayoutsParams::new().debit_negative_balances(false);
        let settings = account::UpdateSettingsParams::new().payouts(payouts);
        account::Update::new(&account)
            .settings(settings)
            .capabilities(account::CapabilitiesParams::new().card_payments())
            .send(&sandbox.client())
            .await?;
        accounts.push(account);
    }
    sandbox.advance(days(1));
    let [account, abandoned_account] = <[String; 2]>::try_from(accounts).map_err(|_| "two accounts")?;
    Ok(vec![("account", account), ("abandoned_account", abandoned_account)])
}

fn main() -> ExitCode {
    support::main("negative_balances", begin, run)
}
