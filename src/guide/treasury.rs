//! Let cards spend from a financial account.
//!
//! With Stripe Treasury (in the US, on request), a connected account has *financial accounts*: they have a routing and an
//! account number, receive and send bank transfers, and can stand behind cards instead of the Issuing balance. Features are
//! requested one by one, and become active after a while.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let business = sandbox.connect().client();
//! use stripe_platform::treasury::financial_account::{self, FeatureParams, FeaturesParams, FinancialAddressesParams};
//!
//! let wanted = || FeatureParams::new(true);
//! let features = FeaturesParams::new()
//!     .card_issuing(wanted())
//!     .financial_addresses(FinancialAddressesParams::new().aba(wanted()));
//! let account = financial_account::Create::new(["usd"])
//!     .features(features)
//!     .idempotency_key("wallet/tenant-42")
//!     .send(&business)
//!     .await?;
//! println!("{} is {}", account.id, account.status);
//! # Ok(())
//! # }
//! ```
//!
//! [`card::Create`](crate::issuing::card::Create) takes it with `financial_account`. Money comes in by
//! [`inbound_transfer`](crate::treasury::inbound_transfer) and [`received_credit`](crate::treasury::received_credit), and goes out by
//! [`outbound_payment`](crate::treasury::outbound_payment) and [`outbound_transfer`](crate::treasury::outbound_transfer); each has its own
//! states and events. [`treasury::transaction`](crate::treasury::transaction) lists all movements. The example `treasury_funding` opens an
//! account, pulls money in, buys with a card and pays suppliers.
