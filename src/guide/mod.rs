//! A guide through this crate, by task. It has no code: it exists in the documentation only.
//!
//! A *platform* serves businesses. Each business is a *connected account* with separate balances. The platform calls Stripe with
//! its own key, and names the account that a call acts on ([`Client::for_account`](crate::Client::for_account)).
//!
//! ```text
//!  bank of a business ── top-up ──▶ Issuing balance ── purchase ──▶ merchant
//!                                     │       ▲
//!                    payout ◀─────────┘       └── balance transfer ── payments balance ── payout ──▶ bank
//!                                                                        ▲
//!  bank of the platform ── top-up ──▶ platform's balance ── transfer ────┘
//! ```
//!
//! | Page | Task | Stripe's guide |
//! |---|---|---|
//! | [`set_up_issuing`] | Open accounts that can issue cards, fulfil their requirements, issue cards, set limits | [Set up an Issuing and Connect integration](https://docs.stripe.com/issuing/connect) |
//! | [`fund`] | Move money into an Issuing balance, and out of it | [Funding Issuing balances with Connect](https://docs.stripe.com/issuing/connect/funding) |
//! | [`pay_out`] | Pay the users of a platform | [Pay out money](https://docs.stripe.com/connect/add-and-pay-out-guide) |
//! | [`balances`] | Read balances, cover negative ones, hold funds | [Understanding Connect account balances](https://docs.stripe.com/connect/account-balances) |
//! | [`treasury`] | Let cards spend from a financial account | [How Issuing works](https://docs.stripe.com/issuing/how-issuing-works) |
//! | [`test`](mod@test) | Test a backend offline | [Test Issuing](https://docs.stripe.com/issuing/testing) |
//! | [`go_live`] | What to check before real money moves | [Go-live checklist](https://docs.stripe.com/get-started/checklist/go-live) |
//! | [`from_async_stripe`] | Names and idioms next to those of async-stripe | |
//!
//! The programs on these pages run against the sandbox, an offline Stripe (the crate
//! [`stripe-sandbox`](https://docs.rs/stripe-sandbox)). Only its clients differ from those of a service: `sandbox.client()` stands for
//! `Client::new(SecretKey::from_env("STRIPE_SECRET_KEY")?)?`. The repository has a longer example for each section of Stripe's
//! guides, in `examples/`.

pub mod balances;
pub mod from_async_stripe;
pub mod fund;
pub mod go_live;
pub mod pay_out;
pub mod set_up_issuing;
pub mod test;
pub mod treasury;
