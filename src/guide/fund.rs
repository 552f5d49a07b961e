//! Fund an Issuing balance, and pay it out.
//!
//! Cards spend the *Issuing balance* of their account, which is separate from the balance that payments go to.
//!
//! # From a bank account: pull
//!
//! In the US, a top-up debits the bank account of the business. That takes up to five business days. The bank account is a
//! [`source`](crate::source) on the connected account, with a *mandate*: the proof that its holder agreed to be debited. Two small
//! deposits prove that the account belongs to the customer.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let business = sandbox.connect().client();
//! use stripe_platform::source::{AcceptanceKind, AcceptanceParams, AcceptanceStatus, MandateParams, OnlineParams};
//! use stripe_platform::{Currency, Timestamp, source, token, topup};
//!
//! let bank = token::BankAccountParams::new("000123456789", "US")
//!     .routing_number("110000000")
//!     .currency(Currency::USD)
//!     .account_holder_name("Jenny Rosen")
//!     .account_holder_type(token::AccountHolderType::Individual);
//! let token = token::Create::new().bank_account(bank).send(&business).await?;
//!
//! // The evidence that the form recorded. For an agreement on paper: `AcceptanceKind::Offline`, and a contact address.
//! let evidence = OnlineParams::new().date(Timestamp::new(1_767_000_000)).ip("203.0.113.24").user_agent("Mozilla/5.0");
//! let accepted = AcceptanceParams::new(AcceptanceStatus::Accepted).kind(AcceptanceKind::Online).online(evidence);
//! let source = source::Create::new()
//!     .kind(source::Kind::AchDebit)
//!     .currency(Currency::USD)
//!     .token(&token.id)
//!     .owner(source::OwnerParams::new().name("Jenny Rosen").email("jenny@example.com"))
//!     .mandate(MandateParams::new().acceptance(accepted))
//!     .send(&business)
//!     .await?;
//! // Store `source.id`: Stripe has no list of sources.
//!
//! # sandbox.advance(stripe_sandbox::days(2));
//! // Days later, the customer types in the two deposits (ACCTVERIFY on the statement).
//! let source = source::Verify::new(&source.id, ["32", "45"]).send(&business).await?;
//!
//! let topup = topup::Create::new(50_000, Currency::USD)
//!     .source(&source.id)
//!     .destination_balance(topup::DestinationBalance::Issuing)
//!     .idempotency_key("fund/tenant-42/2026-11-20")
//!     .send(&business)
//!     .await?;
//! assert_eq!(topup.status, topup::Status::Pending);
//!
//! # sandbox.advance(stripe_sandbox::days(7));
//! // The event `topup.succeeded` or `topup.failed` arrives days later.
//! let topup = topup::Retrieve::new(&topup.id).send(&business).await?;
//! assert_eq!(topup.status, topup::Status::Succeeded);
//! # Ok(())
//! # }
//! ```
//!
//! The example `fund_from_bank_account` has wrong deposits, offline mandates and a top-up that fails.
//!
//! # From a bank account: push
//!
//! In the EU and the UK, the business sends a bank transfer to an account number that belongs to its account. Ask for it once with
//! [`issuing::funding_instructions`](crate::issuing::funding_instructions) and show it to the business; the numbers are
//! [`Secret`](crate::Secret)s. See the example `push_funding`.
//!
//! # From the payments balance
//!
//! A [`balance_transfer`](crate::balance_transfer) (a preview, on request at Stripe) moves money between two balances of one account. In
//! the US it arrives at once, in the UK and the euro area after a business day. Only available money can be moved.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let account = sandbox.connect();
//! # account.fund(stripe_sandbox::BalanceKind::Available, 80_000, stripe_platform::Currency::USD)?;
//! # let business = account.client();
//! use stripe_platform::balance_transfer::{self, BalanceKind, SourceBalanceParams};
//! use stripe_platform::{Currency, balance};
//!
//! let from = SourceBalanceParams::new(BalanceKind::Payments);
//! let request = balance_transfer::Create::new(60_000, Currency::USD, BalanceKind::Issuing, from);
//! match request.idempotency_key("to-cards/tenant-42/2026-11").send(&business).await {
//!     Ok(moved) => println!("{} moved", moved.money()),
//!     Err(error) if error.code() == Some("balance_insufficient") => println!("not enough available"),
//!     Err(error) => return Err(error.into()),
//! }
//!
//! let balance = balance::Retrieve::new().send(&business).await?;
//! assert_eq!(balance.issuing_in(Currency::USD).amount, 60_000);
//! # Ok(())
//! # }
//! ```
//!
//! # Read an Issuing balance
//!
//! [`balance::Retrieve`](crate::balance::Retrieve) on the connected account has it in `issuing`; `None` is an account that cannot issue
//! cards. [`balance_transaction::List`](crate::balance_transaction::List) has each movement, with the balance that it
//! belongs to in `balance_type`. A hold for a purchase is subtracted at once, long before the merchant is paid. A balance can fall
//! below zero, since a merchant may capture more than was held. See the example `issuing_balance`.
//!
//! # Pay it out
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let account = sandbox.connect();
//! # account.fund(stripe_sandbox::BalanceKind::Issuing, 40_000, stripe_platform::Currency::USD)?;
//! # let bank = stripe_platform::account::external_account::Create::new(account.id()).external_account("btok_us_verified");
//! # bank.send(&sandbox.client()).await?;
//! # let business = account.client();
//! use stripe_platform::{Currency, payout};
//!
//! let payout = payout::Create::new(22_000, Currency::USD)
//!     .source_balance(payout::SourceBalance::Issuing) // without it: the payments balance
//!     .idempotency_key("unspent/tenant-42/2026-11")
//!     .send(&business)
//!     .await?;
//! assert_eq!(payout.status, payout::Status::Pending);
//!
//! // As long as it is pending, it can be canceled; the money returns to the balance.
//! let payout = payout::Cancel::new(&payout.id).send(&business).await?;
//! assert_eq!(payout.status, payout::Status::Canceled);
//! # Ok(())
//! # }
//! ```
//!
//! `payout.paid` reports the arrival; a bank can still return the money for five business days (`payout.failed`). See the example
//! `payout_issuing_balance`.
