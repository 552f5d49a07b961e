//! Pay the users of a platform.
//!
//! The platform adds money to its own balance, transfers parts of it to connected accounts, and Stripe pays these out to bank
//! accounts on a schedule.
//!
//! # The account of a user
//!
//! Users with an Express account have a Dashboard at Stripe, and complete Stripe's form. Facts that the platform already has can be
//! filled in; the form does not ask for them again. After the first account link the platform can no longer change it.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let stripe = sandbox.client();
//! use stripe_platform::{account, account_link};
//!
//! let writer = account::Create::new()
//!     .kind(account::Kind::Express)
//!     .country("US")
//!     .email("jenny@example.com")
//!     .capabilities(account::CapabilitiesParams::new().transfers())
//!     .idempotency_key("writer/7")
//!     .send(&stripe)
//!     .await?;
//! let link = account_link::Create::new(&writer.id, account_link::Kind::AccountOnboarding)
//!     .refresh_url("https://platform.example/again")
//!     .return_url("https://platform.example/back")
//!     .send(&stripe)
//!     .await?;
//! # sandbox.account_links().complete(link.url.expose())?;
//! # sandbox.advance(stripe_sandbox::minutes(10));
//!
//! // After the return from the form, or at the event `account.updated`:
//! let writer = account::Retrieve::new(&writer.id).send(&stripe).await?;
//! let transfers = writer.capabilities.as_ref().and_then(|all| all.transfers.as_ref());
//! assert_eq!(transfers, Some(&account::CapabilityStatus::Active));
//! # Ok(())
//! # }
//! ```
//!
//! # Add money and transfer it
//!
//! A top-up from the platform's bank account takes five to six business days. Set the platform's own payouts to manual first, or a
//! scheduled payout may take the money away. A transfer that is refused for lack of money is not repeated by Stripe: send a new
//! one, with a new idempotency key.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let stripe = sandbox.client();
//! # let writer = sandbox.connect().into_id();
//! use stripe_platform::{Currency, topup, transfer};
//!
//! topup::Create::new(5_000, Currency::USD)
//!     .statement_descriptor("Top-up")
//!     .idempotency_key("income/2026-10")
//!     .send(&stripe)
//!     .await?;
//! # sandbox.advance(stripe_sandbox::days(6));
//!
//! // After `topup.succeeded`:
//! let transfer = transfer::Create::new(Currency::USD, &writer)
//!     .amount(1_000)
//!     .metadata([("writer", "7")])
//!     .idempotency_key("earnings/writer-7/2026-10")
//!     .send(&stripe)
//!     .await?;
//! println!("{} on the way to {writer}", transfer.money());
//! # Ok(())
//! # }
//! ```
//!
//! # Choose when users are paid
//!
//! By default, Stripe pays a connected account's balance out every day. [`balance_settings`](crate::balance_settings) of the connected
//! account holds the schedule:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let writer = sandbox.connect().client();
//! use stripe_platform::balance_settings::{self, PaymentsParams, PayoutInterval, PayoutsParams, ScheduleParams, WeeklyPayoutDay};
//!
//! let fridays = ScheduleParams::new().interval(PayoutInterval::Weekly).weekly_payout_days([WeeklyPayoutDay::Friday]);
//! balance_settings::Update::new()
//!     .payments(PaymentsParams::new().payouts(PayoutsParams::new().schedule(fridays)))
//!     .send(&writer)
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! The example `pay_out_to_users` runs all of it; `crash_safe_payouts` pays many users exactly once, although it is killed in between.
//! A service stores its payouts in an [outbox](../../outbox/index.html).
