//! Test a backend offline.
//!
//! | To test | Use |
//! |---|---|
//! | your code over weeks of Stripe's time: money, states, webhooks | the sandbox, in process |
//! | a service in another process or language | the sandbox's server, `stripe-sandbox` |
//! | the exact requests that your code sends | a replay: the feature `testing` |
//! | against Stripe | test mode, with `sk_test_…` |
//!
//! # The sandbox
//!
//! A *sandbox* is an offline Stripe with state: a ledger, objects, a clock that only your test moves, webhooks. It is the crate
//! [`stripe-sandbox`](https://docs.rs/stripe-sandbox), a dev-dependency. One seed decides all ids, so a run can be repeated.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use stripe_platform::{Client, Currency, Error, topup};
//! use stripe_sandbox::{BalanceKind, Sandbox, days};
//!
//! // The code under test takes its client from outside.
//! async fn fund(business: &Client, order: &str) -> Result<topup::Topup, Error> {
//!     topup::Create::new(30_000, Currency::USD)
//!         .source("btok_us_verified")
//!         .destination_balance(topup::DestinationBalance::Issuing)
//!         .idempotency_key(format!("{order}/top-up"))
//!         .send(business)
//!         .await
//! }
//!
//! let sandbox = Sandbox::start();
//! let business = sandbox.connect();
//! sandbox.faults().on("PostTopups").reset_after_commit(); // Stripe executes the call, and the reply is lost.
//!
//! let topup = fund(&business.client(), "order-7").await?;
//! let again = fund(&business.client(), "order-7").await?;
//! assert_eq!(topup.id, again.id); // the same key: the same top-up
//!
//! sandbox.advance(days(5));
//! sandbox.assert_status(&topup.id, "succeeded");
//! business.assert_balance(BalanceKind::Issuing, Currency::USD, 30_000);
//!
//! let card = business.issue_card(Currency::USD)?;
//! let declined = card.authorize(30_001).at("Boats and More")?;
//! assert_eq!(declined.reason(), "insufficient_funds");
//! # Ok(())
//! # }
//! ```
//!
//! Webhooks go to your own handlers in the same process: `sandbox.webhooks().receive(URL, router)`. Where Stripe's behaviour could not be
//! established, the sandbox has a switch: see its documentation for the list, and test with both settings.
//!
//! # A replay
//!
//! A *flow* is a recorded sequence of requests and replies. It is a folder of *fixtures*, one file per step. A *replay* is a local
//! server that answers with them. A request that differs from its fixture fails the test, and the error names the difference. See
//! [`testing`](../../testing/index.html) for the format and for recording flows from test mode.
//!
//! # Webhooks
//!
//! A [`Signer`](../../webhook/struct.Signer.html) signs what your test posts to your endpoint.
//!
//! # Test mode
//!
//! The examples of the repository run in Stripe's test mode if `STRIPE_SECRET_KEY` holds a test key; live keys are refused. Stripe's
//! [test values](https://docs.stripe.com/connect/testing) work in the sandbox as well.
