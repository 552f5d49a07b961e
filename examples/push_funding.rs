//! Funds Issuing balances by bank transfer, as accounts in the EU and the UK do: bank details, and the arrival of money.
//!
//! ```sh
//! cargo run --example push_funding
//! ```
//!
//! In test mode every step works by a call. Set `STRIPE_GB_ACCOUNT` to the account in the UK.

use stripe_platform::issuing::funding_instructions::{self, BankTransferKind, FundingType};
use stripe_platform::issuing::{BankTransfer, FinancialAddress};
use stripe_platform::{Client, Currency, Error, Money, balance, test_helpers};

/// A business that wants to fund its cards: where its bank is, and how much it will send.
struct Funding {
    place: &'static str,
    scheme: BankTransferKind,
    money: Money,
}

const EU: Funding = Funding {
    place: "eu",
    scheme: BankTransferKind::EuBankTransfer,
    money: Money::new(150_000, Currency::EUR),
};

const GB: Funding = Funding {
    place: "gb",
    scheme: BankTransferKind::GbBankTransfer,
    money: Money::new(64_000, Currency::GBP),
};

/// Reads the details again. They do not change, so a page of the platform can show them at any time.
async fn show_known_details(client: &Client) -> Result<(), Error> {
    let known = funding_instructions::List::new().limit(10).send(client).await?;
    for instructions in &known.data {
        show_details(&instructions.bank_transfer);
    }
    Ok(())
}

/// Requests bank details, shows them, and receives money.
async fn fund(client: &Client, funding: &Funding, order: &str) -> Result<(), Error> {
    let Funding { place, scheme, money } = funding;
    let request =
        funding_instructions::Create::new(scheme.clone(), money.currency, FundingType::BankTransfer)
            .idempotency_key(format!("{order}/{place}-instructions"));
    let instructions = request.send(client).await?;
    show_details(&instructions.bank_transfer);

    let before = issuing_balance(client, money.currency).await?;
    println!("   The Issuing balance holds {before}.");
    // In live mode, the business pays from its bank. In test mode this call simulates the payment.
    let arrival = test_helpers::issuing::balance::Fund::new(money.amount, money.currency)
        .idempotency_key(format!("{order}/{place}-money"));
    arrival.send(client).await?;
    let after = issuing_balance(client, money.currency).await?;
    println!("   {money} arrived. The Issuing balance holds {after}.");
    Ok(())
}

/// Shows the lines that a payer copies. They are secrets: exposed where the user of the account sees them, not in logs.
fn show_details(transfer: &BankTransfer) {
    for address in &transfer.financial_addresses {
        if let Some(details) = details(address) {
            println!("   {details}");
        }
        let networks = address.supported_networks.as_deref().unwrap_or_default();
        let networks: Vec<&str> = networks.iter().map(|network| network.as_str()).collect();
        println!("   It is a bank in {}, to be paid over {}.", transfer.country, networks.join(" or "));
    }
}

fn details(address: &FinancialAddress) -> Option<String> {
    if let Some(iban) = &address.iban {
        let (number, bic) = (iban.iban.expose(), iban.bic.expose());
        return Some(format!("Pay {}: IBAN {number}, BIC {bic}", iban.account_holder_name));
    }
    let uk = address.sort_code.as_ref()?;
    let (code, number) = (uk.sort_code.expose(), uk.account_number.expose());
    Some(format!("Pay {}: sort code {code}, account number {number}", uk.account_holder_name))
}

/// The amount that cards can spend now.
async fn issuing_balance(client: &Client, currency: Currency) -> Result<Money, Error> {
    let balance = balance::Retrieve::new().send(client).await?;
    Ok(balance.issuing_in(currency))
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning};

pub async fn run(stripe: &Stripe) -> Outcome {
    let eu = stripe.connected();
    println!("1. A business in the euro area asks where to send {}:", EU.money);
    fund(&eu, &EU, &stripe.order).await?;

    let gb = stripe.platform.for_account(stripe.value("gb_account"));
    println!("2. A business in the UK asks where to send {}:", GB.money);
    fund(&gb, &GB, &stripe.order).await?;

    println!("3. The first business looks its bank details up again:");
    show_known_details(&eu).await?;
    Ok(())
}

/// A company in Germany that has 250.00 EUR for its cards, and one in the UK that has nothing yet.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = beginning::company_in(sandbox, "DE", "Rosen Bedarf GmbH").await?;
    beginning::for_cards(sandbox, &account, Money::new(25_000, Currency::EUR))?;
    let gb_account = beginning::company_in(sandbox, "GB", "Rosen Supplies Ltd").await?;
    Ok(vec![("account", account), ("gb_account", gb_account)])
}

fn main() -> std::process::ExitCode {
    support::main("push_funding", begin, run)
}
