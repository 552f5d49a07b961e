//! Funds a card from a financial account: features, money in from a bank, a purchase, money out to suppliers.
//!
//! ```sh
//! cargo run --example treasury_funding
//! ```
//!
//! In test mode every step works by a call. Set `STRIPE_BANK` to the payment method of the owner's bank account.

use stripe_platform::issuing::{card, cardholder};
use stripe_platform::test_helpers::issuing as merchant;
use stripe_platform::test_helpers::treasury as bank;
use stripe_platform::treasury::financial_account::{
    self, FeatureParams, FeaturesParams, FinancialAccount, FinancialAccountFeatures,
    FinancialAddressesParams, InboundTransfersParams, OutboundPaymentsParams,
};
use stripe_platform::treasury::{inbound_transfer, outbound_payment, transaction};
use stripe_platform::{Client, Currency, Error, Id, Money, issuing, treasury};

const PULLED: Money = Money::new(90_000, Currency::USD);

const PULLED_IN_VAIN: Money = Money::new(20_000, Currency::USD);

const PURCHASE: Money = Money::new(4_250, Currency::USD);

const PAID: Money = Money::new(30_000, Currency::USD);

const PAID_IN_VAIN: Money = Money::new(12_000, Currency::USD);

/// Opens a financial account that holds dollars, receives and sends money, and funds cards.
async fn open_account(client: &Client, order: &str) -> Result<FinancialAccount, Error> {
    let wanted = || FeatureParams::new(true);
    let features = FeaturesParams::new()
        .card_issuing(wanted())
        .financial_addresses(FinancialAddressesParams::new().aba(wanted()))
        .inbound_transfers(InboundTransfersParams::new().ach(wanted()))
        .intra_stripe_flows(wanted())
        .outbound_payments(OutboundPaymentsParams::new().ach(wanted()));
    let request = financial_account::Create::new([Currency::USD.as_str()])
        .nickname("Card money")
        .features(features)
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/financial-account"));
    let account = request.send(client).await?;
    println!("1. Financial account {} is {}.", account.id, account.status);
    for (what, features) in
        [("Works", &account.active_features), ("Is being set up", &account.pending_features)]
    {
        let names: Vec<&str> = features.iter().flatten().map(|feature| feature.as_str()).collect();
        println!("   {what}: {}.", names.join(", "));
    }
    Ok(account)
}

/// Requests one more feature. The event `treasury.financial_account.features_status_updated` reports when features become active.
async fn request_wires(client: &Client, fa: &Id<FinancialAccount>, order: &str) -> Result<(), Error> {
    let request = financial_account::UpdateFeatures::new(fa)
        .outbound_payments(OutboundPaymentsParams::new().us_domestic_wire(FeatureParams::new(true)))
        .idempotency_key(format!("{order}/wires"));
    println!("2. Wire transfers are requested too.");
    show_features(&request.send(client).await?);
    Ok(())
}

fn show_features(features: &FinancialAccountFeatures) {
    let paying = features.outbound_payments.as_ref();
    let receiving = features.financial_addresses.as_ref();
    let features = [
        ("Cards", features.card_issuing.as_ref()),
        ("A routing and account number", receiving.and_then(|addresses| addresses.aba.as_ref())),
        ("Paying by ACH", paying.and_then(|payments| payments.ach.as_ref())),
        ("Paying by wire", paying.and_then(|payments| payments.us_domestic_wire.as_ref())),
    ];
    for (what, feature) in features {
        let Some(feature) = feature else { continue };
        let reasons: Vec<&str> = feature.status_details.iter().map(|detail| detail.code.as_str()).collect();
        let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
        println!("   {what}: {}{reasons}.", feature.status);
    }
}

/// Debits the bank of the account's owner twice. One debit goes through.
async fn pull_money(
    client: &Client,
    fa: &Id<FinancialAccount>,
    from: &str,
    order: &str,
) -> Result<(), Error> {
    let request = pull(PULLED, fa, from, order).idempotency_key(format!("{order}/inbound"));
    let transfer = request.send(client).await?;
    println!(
        "4. Inbound transfer {} of {} is {}: {}",
        transfer.id,
        transfer.money(),
        transfer.status,
        balance(client, fa).await?
    );
    // In live mode, the bank moves the money within days, and an event reports it. In test mode these calls do.
    let request = bank::inbound_transfer::Succeed::new(&transfer.id)
        .idempotency_key(format!("{order}/inbound-arrives"));
    let transfer = request.send(client).await?;
    println!("5. It is {}: {}", transfer.status, balance(client, fa).await?);

    let request = pull(PULLED_IN_VAIN, fa, from, order).idempotency_key(format!("{order}/second-inbound"));
    let transfer = request.send(client).await?;
    println!("6. Inbound transfer {} of {} is {}.", transfer.id, transfer.money(), transfer.status);
    let request = bank::inbound_transfer::Fail::new(&transfer.id)
        .failure_details(inbound_transfer::Code::InsufficientFunds)
        .idempotency_key(format!("{order}/second-inbound-fails"));
    let transfer = request.send(client).await?;
    let reason = transfer.failure_details.as_ref().map_or("no reason", |details| details.code.as_str());
    println!("7. It is {} with {reason}: the bank account was empty.", transfer.status);
    Ok(())
}

fn pull(money: Money, fa: &Id<FinancialAccount>, from: &str, order: &str) -> inbound_transfer::Create {
    inbound_transfer::Create::new(money.amount, money.currency, fa, from)
        .description(format!("Card money of {order}"))
        .statement_descriptor("CARD MONEY")
        .metadata([("order", order)])
}

/// Issues a card on the financial account, and buys something with it.
async fn spend_with_card(client: &Client, fa: &Id<FinancialAccount>, order: &str) -> Result<(), Error> {
    let card = issue_card(client, fa, order).await?;
    let shop = merchant::MerchantDataParams::new().name("Corner Stationers").country("US");
    let request = merchant::authorization::Create::new(&card.id)
        .amount(PURCHASE.amount)
        .currency(PURCHASE.currency)
        .merchant_data(shop)
        .idempotency_key(format!("{order}/purchase"));
    let purchase = request.send(client).await?;
    let answer = if purchase.approved { "approved" } else { "declined" };
    println!("9. A purchase of {} is {answer}: {}", purchase.money(), balance(client, fa).await?);

    let request = merchant::authorization::Capture::new(&purchase.id)
        .idempotency_key(format!("{order}/purchase-capture"));
    let captured = request.send(client).await?;
    for transaction in &captured.transactions {
        let debit = transaction.treasury.as_ref().and_then(|treasury| treasury.received_debit.as_ref());
        let debit = debit.map_or("none", |debit| debit.as_str());
        println!(
            "   The shop takes its money: transaction {} of {}, received debit {debit}.",
            transaction.id,
            transaction.money()
        );
    }
    Ok(())
}

async fn issue_card(client: &Client, fa: &Id<FinancialAccount>, order: &str) -> Result<card::Card, Error> {
    let address = issuing::AddressParams::new(issuing::RequiredAddressParams {
        line1: "510 Townsend Street".into(),
        city: "San Francisco".into(),
        postal_code: "94103".into(),
        country: "US".into(),
    });
    let request =
        cardholder::Create::new(cardholder::BillingParams::new(address.state("CA")), "Rosen Supplies LLC")
            .kind(cardholder::Kind::Company)
            .email("accounts@rosen-supplies.example")
            .idempotency_key(format!("{order}/cardholder"));
    let holder = request.send(client).await?;

    let request = card::Create::new(Currency::USD, card::Kind::Virtual)
        .cardholder(&holder.id)
        .financial_account(fa)
        .status(card::Status::Active)
        .metadata([("order", order)])
        .idempotency_key(format!("{order}/card"));
    let card = request.send(client).await?;
    let source = card.financial_account.as_ref().map_or("the Issuing balance", |account| account.as_str());
    println!("8. Card {} that ends in {} is {} and spends from {source}.", card.id, card.last4, card.status);
    Ok(card)
}

/// Pays two bills. The bank of one supplier returns the money.
async fn pay_suppliers(client: &Client, fa: &Id<FinancialAccount>, order: &str) -> Result<(), Error> {
    let request = pay(PAID, fa, order).idempotency_key(format!("{order}/supplier"));
    let payment = request.send(client).await?;
    println!(
        "10. Outbound payment {} of {} is {}: {}",
        payment.id,
        payment.money(),
        payment.status,
        balance(client, fa).await?
    );
    let request =
        bank::outbound_payment::Post::new(&payment.id).idempotency_key(format!("{order}/supplier-is-paid"));
    let payment = request.send(client).await?;
    let trace = payment
        .tracking_details
        .as_ref()
        .and_then(|tracking| tracking.ach.as_ref())
        .map(|ach| ach.trace_id.as_str());
    println!("11. It is {}; the banks know it as {}.", payment.status, trace.unwrap_or("nothing yet"));

    let request = pay(PAID_IN_VAIN, fa, order).idempotency_key(format!("{order}/second-supplier"));
    let payment = request.send(client).await?;
    println!("12. Outbound payment {} of {} is {}.", payment.id, payment.money(), payment.status);
    let request = bank::outbound_payment::Return::new(&payment.id)
        .returned_details(treasury::Code::AccountClosed)
        .idempotency_key(format!("{order}/second-supplier-refuses"));
    let payment = request.send(client).await?;
    if let Some(details) = &payment.returned_details {
        println!(
            "13. It is {} with {}; transaction {} returns the money.",
            payment.status,
            details.code,
            details.transaction.id()
        );
    }
    Ok(())
}

/// A payment to another bank account. Stripe requires whether the user was present when it was made.
fn pay(money: Money, fa: &Id<FinancialAccount>, order: &str) -> outbound_payment::Create {
    let account = outbound_payment::UsBankAccountParams::new()
        .account_holder_type(outbound_payment::AccountHolderType::Company)
        .account_type(outbound_payment::AccountType::Checking)
        .routing_number("110000000")
        .account_number("000123456789");
    let supplier = outbound_payment::BillingDetailsParams::new()
        .name("Corner Stationers Inc")
        .email("billing@corner-stationers.example");
    let destination = outbound_payment::DestinationPaymentMethodDataParams::new(
        outbound_payment::DestinationKind::UsBankAccount,
    )
    .us_bank_account(account)
    .billing_details(supplier);
    let by_ach = outbound_payment::UsBankAccountOptionsParams::new().network(outbound_payment::Network::Ach);
    outbound_payment::Create::new(money.amount, money.currency, fa)
        .destination_payment_method_data(destination)
        .destination_payment_method_options(
            outbound_payment::DestinationPaymentMethodOptionsParams::new().us_bank_account(by_ach),
        )
        .end_user_details(outbound_payment::EndUserDetailsParams::new(true).ip_address("203.0.113.24"))
        .description(format!("Paper for {order}"))
        .statement_descriptor("ROSEN")
        .metadata([("order", order)])
}

/// Describes the balance of the financial account.
async fn balance(client: &Client, fa: &Id<FinancialAccount>) -> Result<String, Error> {
    let account = financial_account::Retrieve::new(fa).send(client).await?;
    let dollars = |part: &std::collections::BTreeMap<String, i64>| {
        Money::new(part.get(Currency::USD.as_str()).copied().unwrap_or_default(), Currency::USD)
    };
    let (cash, coming, going) = (
        dollars(&account.balance.cash),
        dollars(&account.balance.inbound_pending),
        dollars(&account.balance.outbound_pending),
    );
    Ok(format!("{cash} to spend, {coming} coming in, {going} going out."))
}

/// Lists the transactions of the account, of all kinds.
async fn show_transactions(client: &Client, fa: &Id<FinancialAccount>) -> Result<(), Error> {
    let request = transaction::List::new(fa).limit(20).status(transaction::Status::Posted);
    let posted = request.send(client).await?;
    println!("15. The transactions, newest first:");
    let mut cash = 0;
    for entry in &posted.data {
        let change = Money::new(entry.balance_impact.cash, entry.currency);
        println!("    {change:>12}  {}: {}", entry.flow_type, entry.description);
        cash += change.amount;
    }
    println!("    {:>12}  in all", Money::new(cash, Currency::USD));
    Ok(())
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning, minutes};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.connected(), stripe.order.as_str());
    let account = open_account(client, order).await?;
    let fa = &account.id;
    request_wires(client, fa, order).await?;
    stripe.wait(minutes(60));
    println!("3. Some time later:");
    show_features(&financial_account::RetrieveFeatures::new(fa).send(client).await?);

    pull_money(client, fa, &stripe.value("bank"), order).await?;
    spend_with_card(client, fa, order).await?;
    pay_suppliers(client, fa, order).await?;

    println!("14. At the end: {}", balance(client, fa).await?);
    show_transactions(client, fa).await?;
    Ok(())
}

/// A connected account with a financial account's capability, and the bank account of its owner.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = sandbox.connect().into_id();
    beginning::purchases_ask_the_platform(sandbox).await?;
    beginning::approve_purchases(sandbox);
    Ok(vec![("account", account), ("bank", "pm_usBankAccount".to_owned())])
}

fn main() -> std::process::ExitCode {
    support::main("treasury_funding", begin, run)
}
