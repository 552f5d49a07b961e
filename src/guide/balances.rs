//! Understand the balances of accounts.
//!
//! Every account, the platform's and each connected one, has separate balances per currency:
//!
//! | Field of [`Balance`](crate::balance::Balance) | Money that |
//! |---|---|
//! | `pending` | arrived and cannot be spent yet, usually for two days |
//! | `available` | can be transferred or paid out |
//! | `instant_available` | can be paid out to a debit card at once, for a fee |
//! | `issuing` | cards can spend |
//! | `connect_reserved` | Stripe holds back on the platform, for negative connected accounts |
//!
//! # Read one
//!
//! The same call reads the platform's balance or a connected one's: the client decides.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let stripe = sandbox.client();
//! # let account = sandbox.connect().into_id();
//! # sandbox.fund(&account, stripe_sandbox::BalanceKind::Available, stripe_platform::Currency::USD, 8_000)?;
//! use stripe_platform::{Currency, balance};
//!
//! let platform = balance::Retrieve::new().send(&stripe).await?;
//! let connected = balance::Retrieve::new().for_account(&account).send(&stripe).await?;
//! assert_eq!(platform.available_in(Currency::USD).amount, 0);
//! assert_eq!(connected.available_in(Currency::USD).to_string(), "80.00 USD");
//! # Ok(())
//! # }
//! ```
//!
//! # Negative balances
//!
//! A refund or a dispute can push a connected account below zero. Where the platform bears losses
//! (`controller.losses.payments` is `application`), Stripe reserves the same amount of the platform's money, and debits the
//! bank account of the connected account if `debit_negative_balances` allows it. Payouts of the account are refused meanwhile. A
//! transfer from the platform clears it at once. After 180 days, Stripe takes the reserve to clear it
//! (`connect_collection_transfer`); reject an account that was abandoned, or it can lose money again.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let stripe = sandbox.client();
//! # sandbox.fund(sandbox.platform(), stripe_sandbox::BalanceKind::Available, stripe_platform::Currency::USD, 90_000)?;
//! # let account = sandbox.connect().into_id();
//! # let charge = sandbox.payments().receive(&account, 18_000, stripe_platform::Currency::USD)?;
//! # sandbox.fund(&account, stripe_sandbox::BalanceKind::Available, stripe_platform::Currency::USD, -18_000)?;
//! # sandbox.payments().refund(&charge, 18_000)?;
//! use stripe_platform::{balance, transfer};
//!
//! let connected = balance::Retrieve::new().for_account(&account).send(&stripe).await?;
//! for debt in connected.available.iter().filter(|amount| amount.amount < 0) {
//!     transfer::Create::new(debt.currency, &account)
//!         .amount(-debt.amount)
//!         .description("Clears the negative balance")
//!         .idempotency_key(format!("clear/{account}/{}/2026-11-20", debt.currency))
//!         .send(&stripe)
//!         .await?;
//! }
//! # let connected = balance::Retrieve::new().for_account(&account).send(&stripe).await?;
//! # assert!(connected.available.iter().all(|amount| amount.amount == 0));
//! # Ok(())
//! # }
//! ```
//!
//! See the example `negative_balances`.
//!
//! # Hold funds
//!
//! To pay only when work is done, either keep the money in the platform's balance and transfer it later, or set the payouts of
//! the connected account to manual and create them yourself. Stripe limits how long money may be held: 10 days in Thailand, two
//! years in the US, 90 days elsewhere.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let account = sandbox.connect();
//! # account.fund(stripe_sandbox::BalanceKind::Available, 12_000, stripe_platform::Currency::USD)?;
//! # let bank = stripe_platform::account::external_account::Create::new(account.id()).external_account("btok_us_verified");
//! # bank.send(&sandbox.client()).await?;
//! # let business = account.client();
//! use stripe_platform::balance_settings::{self, PaymentsParams, PayoutInterval, PayoutsParams, ScheduleParams};
//! use stripe_platform::{Currency, payout};
//!
//! let manual = PayoutsParams::new().schedule(ScheduleParams::new().interval(PayoutInterval::Manual));
//! balance_settings::Update::new().payments(PaymentsParams::new().payouts(manual)).send(&business).await?;
//!
//! // When the work is done:
//! let payout = payout::Create::new(12_000, Currency::USD).idempotency_key("job/4711").send(&business).await?;
//! assert!(!payout.automatic);
//! # Ok(())
//! # }
//! ```
//!
//! See the examples `manual_payouts` and `account_balances`.
