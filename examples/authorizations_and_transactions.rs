//! Follows card purchases from the authorization to the transaction: approval, capture, refund, changes of the hold, and a dispute.
//!
//! ```sh
//! cargo run --example authorizations_and_transactions
//! ```
//!
//! In test mode every step works by a call, except: a webhook endpoint of the platform answers the authorization that asks for a
//! decision.

use stripe_platform::issuing::authorization::{self, Authorization, AuthorizationMethod};
use stripe_platform::issuing::dispute::{self, Dispute};
use stripe_platform::issuing::transaction::{self, Transaction};
use stripe_platform::issuing::{
    AddressParams, MerchantCategory, RequiredAddressParams, card, card::Card, cardholder,
};
use stripe_platform::test_helpers::issuing::{self as merchant, MerchantDataParams};
use stripe_platform::{
    Client, Currency, Error, Expanded as _, FileUpload, Id, Money, Timestamp, balance, file,
};

/// The merchant's confirmation of the cancellation, as a minimal PDF.
const CONFIRMATION: &str = "%PDF-1.4\n\
    1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
    2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
    3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R\n\
    /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>\nendobj\n\
    4 0 obj\n<< /Length 99 >>\nstream\n\
    BT /F1 12 Tf 72 760 Td (Inkwell Software: your cancellation of 9 November 2026 is confirmed.) Tj ET\n\
    endstream\nendobj\n\
    xref\n0 5\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \n0000000115 00000 n \n0000000290 00000 n \n\
    trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n439\n%%EOF\n";

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A connected account, the card to pay with, and the prefix of idempotency keys.
struct Shopping<'a> {
    client: &'a Client,
    card: Id<Card>,
    order: &'a str,
}

/// The time at which the cardholder accepted the user terms.
const ACCEPTED_AT: Timestamp = Timestamp::new(1_794_475_712);

impl Shopping<'_> {
    /// A usual purchase: authorized, captured, partly refunded.
    async fn buy_paper(&self) -> Result<(), Error> {
        let stationer =
            shop("Corner Stationers", MerchantCategory::StationaryOfficeSuppliesPrintingAndWritingPaper);
        let authorization = self.pay("paper", 4_250, AuthorizationMethod::Chip, stationer).await?;
        let authorization = self.decide(authorization).await?;
        println!("5. Cards can spend {}.", issuing_balance(self.client).await?);

        let authorization = merchant::authorization::Capture::new(&authorization.id)
            .idempotency_key(self.key("paper-capture"))
            .send(self.client)
            .await?;
        println!("6. The shop takes the money: the authorization is {}.", authorization.status);

        let Some(transaction) = authorization.transactions.first() else { return Ok(()) };
        let request = transaction::Retrieve::new(&transaction.id);
        let transaction = request.expand(transaction::Expand::BalanceTransaction).send(self.client).await?;
        println!("7. Transaction {} is a {} of {}.", transaction.id, transaction.kind, transaction.money());
        if let Some(entry) = transaction.balance_transaction.expanded() {
            println!("   {} in the {} balance: {}", entry.money(), entry.balance_type, entry.kind);
        }

        let refund = merchant::transaction::Refund::new(&transaction.id)
            .refund_amount(1_250)
            .idempotency_key(self.key("paper-refund"))
            .send(self.client)
            .await?;
        println!("8. One pack goes back: a {} of {}.", refund.kind, refund.money());
        println!("9. Cards can spend {}.", issuing_balance(self.client).await?);
        Ok(())
    }

    /// Approves a request that waits for the platform.
    ///
    /// A program in production has a webhook endpoint for the event `issuing_authorization.request`, and decides with the
    /// answer to it, within two seconds. Without one, Stripe has decided already.
    async fn decide(&self, authorization: Authorization) -> Result<Authorization, Error> {
        let Some(request) = &authorization.pending_request else {
            println!("3. Purchase {} of {}.", authorization.id, authorization.money());
            println!("4. Stripe decided: {}.", approval(&authorization));
            return Ok(authorization);
        };
        println!("3. Purchase {} asks for {}.", authorization.id, request.money());
        let authorization = authorization::Approve::new(&authorization.id)
            .metadata([("order", self.order)])
            .idempotency_key(self.key("paper-approve"))
            .send(self.client)
            .await?;
        println!("4. The platform decides: {} for {}.", approval(&authorization), authorization.money());
        Ok(authorization)
    }

    /// A merchant who does not know the final price increments the hold, and captures a different amount.
    async fn stay_at_a_hotel(&self) -> Result<(), Error> {
        let hotel = shop("Bayview Hotel", MerchantCategory::HotelsMotelsAndResorts);
        let room = self.pay("room", 30_000, AuthorizationMethod::Online, hotel).await?;
        println!("10. A hotel holds {}: {}.", room.money(), approval(&room));

        let room = merchant::authorization::Increment::new(&room.id, 8_000)
            .idempotency_key(self.key("room-increment"))
            .send(self.client)
            .await?;
        println!(
            "11. One more night: it holds {} after {} requests.",
            room.money(),
            room.request_history.len()
        );

        let room = merchant::authorization::Capture::new(&room.id)
            .capture_amount(24_500)
            .idempotency_key(self.key("room-capture"))
            .send(self.client)
            .await?;
        for transaction in &room.transactions {
            println!("12. The rest is free again: {} for a {}.", transaction.money(), transaction.kind);
        }
        Ok(())
    }

    /// A hold that is not captured expires.
    async fn leave_a_fuel_hold(&self) -> Result<(), Error> {
        let pump = shop("Route 9 Fuel", MerchantCategory::AutomatedFuelDispensers);
        let fuel = self.pay("fuel", 10_000, AuthorizationMethod::Contactless, pump).await?;
        println!("13. A fuel pump holds {}: {}.", fuel.money(), approval(&fuel));

        let fuel = merchant::authorization::Expire::new(&fuel.id)
            .idempotency_key(self.key("fuel-expire"))
            .send(self.client)
            .await?;
        println!("14. It is not captured. A week later the authorization is {}.", fuel.status);
        Ok(())
    }

    /// A merchant can release a hold, in part or in full.
    async fn cancel_a_taxi(&self) -> Result<(), Error> {
        let cabs = shop("Union Cabs", MerchantCategory::TaxicabsLimousines);
        let taxi = self.pay("taxi", 6_000, AuthorizationMethod::Contactless, cabs).await?;
        println!("15. A taxi holds {}: {}.", taxi.money(), approval(&taxi));

        let taxi = merchant::authorization::Reverse::new(&taxi.id)
            .reverse_amount(2_500)
            .idempotency_key(self.key("taxi-reverse-part"))
            .send(self.client)
            .await?;
        println!("16. A shorter ride: it holds {}, and is {}.", taxi.money(), taxi.status);

        let taxi = merchant::authorization::Reverse::new(&taxi.id)
            .idempotency_key(self.key("taxi-reverse"))
            .send(self.client)
            .await?;
        println!("17. No ride at all: it holds {}, and is {}.", taxi.money(), taxi.status);
        Ok(())
    }

    /// Rules and decisions of the platform do not stop a merchant who takes money without a request.
    async fn be_charged_without_asking(&self) -> Result<Transaction, Error> {
        let vendor = shop("Inkwell Software", MerchantCategory::ComputerSoftwareStores);
        let charge = merchant::transaction::CreateForceCapture::new(3_750, &self.card)
            .currency(Currency::USD)
            .merchant_data(vendor)
            .idempotency_key(self.key("subscription"))
            .send(self.client)
            .await?;
        let asked = if charge.authorization.is_some() { "with" } else { "without" };
        let name = charge.merchant_data.name.as_deref().unwrap_or("Somebody");
        println!("19. {name} charges the card {asked} an authorization: {}.", charge.money());
        Ok(charge)
    }

    /// Opens a dispute, completes its evidence while that is possible, and submits it.
    async fn dispute(&self, charge: &Transaction) -> Result<(), Error> {
        let document = FileUpload::new("cancellation.pdf", CONFIRMATION).content_type("application/pdf");
        let document = file::Create::new(document, file::UploadPurpose::DisputeEvidence)
            .idempotency_key(self.key("evidence-file"))
            .send(self.client)
            .await?;
        println!("20. File {} has the evidence, {} bytes.", document.id, document.size);

        let story = dispute::CanceledParams::new()
            .canceled_at(Timestamp::new(1_794_218_400))
            .explanation("The subscription was canceled before this renewal, and the merchant confirmed it.")
            .product_type(dispute::ProductType::Service)
            .product_description("Design software, one seat");
        let evidence = dispute::EvidenceParams::new().reason(dispute::Reason::Canceled).canceled(story);
        let dispute = dispute::Create::new()
            .transaction(&charge.id)
            .amount(charge.amount.abs())
            .evidence(evidence)
            .idempotency_key(self.key("dispute"))
            .send(self.client)
            .await?;
        println!("21. Dispute {} over {} is {}.", dispute.id, dispute.money(), dispute.status);

        let dispute = self.complete_evidence(&dispute.id, &document.id).await?;
        let dispute = dispute::Submit::new(&dispute.id)
            .idempotency_key(self.key("dispute-submit"))
            .send(self.client)
            .await?;
        // Weeks later, the event `issuing_dispute.closed` reports the result.
        println!("23. The dispute is {}. The network decides.", dispute.status);
        Ok(())
    }

    async fn complete_evidence(
        &self,
        dispute: &Id<Dispute>,
        document: &Id<file::File>,
    ) -> Result<Dispute, Error> {
        let rest = dispute::CanceledParams::new()
            .additional_documentation(document)
            .cancellation_reason("Nobody uses the seat any more.")
            .cancellation_policy_provided(true)
            .expected_at(Timestamp::new(1_795_593_600));
        let dispute = dispute::Update::new(dispute)
            .evidence(dispute::EvidenceParams::new().canceled(rest))
            .idempotency_key(self.key("dispute-evidence"))
            .send(self.client)
            .await?;
        println!("22. Its evidence is complete: the reason is \"{}\".", dispute.evidence.reason);
        Ok(dispute)
    }

    /// Checks that the transactions of the card add up to the change of the balance.
    async fn check_statement(&self, before: Money) -> Result<(), Failure> {
        println!("24. The statement of the card, newest first:");
        let mut sum = Money::new(0, before.currency);
        let mut transactions = transaction::List::new().card(&self.card).limit(100).items(self.client);
        while let Some(transaction) = transactions.next().await.transpose()? {
            let merchant = transaction.merchant_data.name.as_deref().unwrap_or_default();
            println!("   {:>12}  {:<8} {merchant}", transaction.money(), transaction.kind);
            sum = sum.checked_add(transaction.money()).ok_or("a transaction has another currency")?;
        }
        let after = issuing_balance(self.client).await?;
        println!("25. Cards can spend {after}: {before} and {sum}.");
        if before.checked_add(sum) == Some(after) {
            Ok(())
        } else {
            Err("the balance does not add up".into())
        }
    }

    /// A purchase in a shop. A test helper acts as the merchant.
    async fn pay(
        &self,
        key: &str,
        cents: i64,
        method: AuthorizationMethod,
        shop: MerchantDataParams,
    ) -> Result<Authorization, Error> {
        merchant::authorization::Create::new(&self.card)
            .amount(cents)
            .currency(Currency::USD)
            .authorization_method(method)
            .merchant_data(shop)
            .idempotency_key(self.key(key))
            .send(self.client)
            .await
    }

    fn key(&self, step: &str) -> String {
        format!("{}/{step}", self.order)
    }
}

/// An active virtual card of a new cardholder.
async fn issue_card(client: &Client, accepted_at: Timestamp, order: &str) -> Result<Id<Card>, Error> {
    let acceptance = cardholder::UserTermsAcceptanceParams::new().date(accepted_at).ip("203.0.113.24");
    let terms = cardholder::CardIssuingParams::new().user_terms_acceptance(acceptance);
    let person =
        cardholder::IndividualParams::new().first_name("Jenny").last_name("Rosen").card_issuing(terms);
    let holder = cardholder::Create::new(cardholder::BillingParams::new(office_address()), "Jenny Rosen")
        .kind(cardholder::Kind::Individual)
        .individual(person)
        .email("jenny@rosen-supplies.example")
        .phone_number("+15555550123")
        .idempotency_key(format!("{order}/cardholder"))
        .send(client)
        .await?;
    let card = card::Create::new(Currency::USD, card::Kind::Virtual)
        .cardholder(&holder.id)
        .status(card::Status::Active)
        .idempotency_key(format!("{order}/card"))
        .send(client)
        .await?;
    println!("1. {} has the {} card {}.", holder.name, card.status, card.id);
    Ok(card.id)
}

/// The amount that cards can spend now.
async fn issuing_balance(client: &Client) -> Result<Money, Error> {
    let balance = balance::Retrieve::new().send(client).await?;
    Ok(balance.issuing_in(Currency::USD))
}

fn approval(authorization: &Authorization) -> &'static str {
    if authorization.approved { "approved" } else { "declined" }
}

fn shop(name: &str, category: MerchantCategory) -> MerchantDataParams {
    MerchantDataParams::new().category(category).name(name).country("US")
}

fn office_address() -> AddressParams {
    AddressParams::new(RequiredAddressParams {
        line1: "510 Townsend Street".to_owned(),
        city: "San Francisco".to_owned(),
        postal_code: "94103".to_owned(),
        country: "US".to_owned(),
    })
    .state("CA")
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use std::process::ExitCode;
use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe, beginning};

pub async fn run(stripe: &Stripe) -> Outcome {
    let (client, order) = (&stripe.connected(), stripe.order.as_str());
    let card = issue_card(client, stripe.agreed_at(ACCEPTED_AT), order).await?;
    let shopping = Shopping { client, card, order };
    let before = issuing_balance(client).await?;
    println!("2. Cards can spend {before}.");

    shopping.buy_paper().await?;
    // From here on, the endpoint of the platform approves purchases when they are made.
    stripe.meanwhile(beginning::approve_purchases);
    shopping.stay_at_a_hotel().await?;
    shopping.leave_a_fuel_hold().await?;
    shopping.cancel_a_taxi().await?;
    println!("18. Nothing is held: cards can spend {}.", issuing_balance(client).await?);

    let charge = shopping.be_charged_without_asking().await?;
    shopping.dispute(&charge).await?;

    shopping.check_statement(before).await
}

/// A connected account with 1500.00 USD for its cards.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let account = sandbox.connect().into_id();
    beginning::purchases_ask_the_platform(sandbox).await?;
    beginning::for_cards(sandbox, &account, Money::new(150_000, Currency::USD))?;
    Ok(vec![("account", account)])
}

fn main() -> ExitCode {
    support::main("authorizations_and_transactions", begin, run)
}
