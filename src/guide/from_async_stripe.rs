//! For users of async-stripe (1.0.0-rc): names and idioms next to each other.
//!
//! async-stripe covers all of Stripe's API, in a crate per product. This crate covers what a platform with Connect and Issuing uses, in one
//! crate, and reaches the rest by [`Client::raw`](crate::Client::raw).
//!
//! # Names
//!
//! | async-stripe | this crate |
//! |---|---|
//! | `async-stripe`, `async-stripe-connect`, `async-stripe-issuing`, … with a feature per object | `stripe-platform`; no feature per object |
//! | `stripe::Client::new("sk_…")` | [`Client::new`](crate::Client::new)`("sk_…")?` |
//! | `stripe_connect::account::CreateAccount` | [`account::Create`](crate::account::Create) |
//! | `stripe_issuing::issuing_card::ListIssuingCard` | [`issuing::card::List`](crate::issuing::card::List) |
//! | `stripe_core::balance::RetrieveForMyAccountBalance` | [`balance::Retrieve`](crate::balance::Retrieve) |
//! | `stripe_shared::Account`, `AccountId` | [`account::Account`](crate::account::Account), [`Id`](crate::Id)`<Account>` |
//! | `stripe_types::Expandable<T>`, `.id()`, `.as_object()` | [`Expandable`](crate::Expandable)`<T>`, `.id()`, `.get()` |
//! | `stripe_types::Currency::USD` | [`Currency::USD`](crate::Currency::USD); other codes by `"xyz".parse()` |
//! | `stripe_types::Timestamp` (`i64`) | [`Timestamp`](crate::Timestamp), with conversions to `time`, `chrono` and `jiff` |
//! | `i64` beside a currency | the same, and [`Money`](crate::Money) with `topup.money()` |
//! | `StripeError::Stripe(errors, status)` | [`Error`](crate::Error): a variant per class, `code()`, `outcome()`, `request_id()` |
//! | `stripe_webhook::Webhook::construct_event(body, header, secret)` | [`Verifier::new`](../../webhook/struct.Verifier.html)`(secret)?.event(body, header)` |
//! | `stripe_webhook::EventObject` | [`webhook::EventObject`](../../webhook/enum.EventObject.html) |
//!
//! # Idioms
//!
//! **Requests.** Both have structs with `new` and setters. Here the request is not consumed by `send` and can be sent again.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = stripe_sandbox::Sandbox::start();
//! # let stripe = sandbox.client();
//! # let account = sandbox.connect().into_id();
//! use stripe_platform::{Currency, topup};
//!
//! // CreateTopup::new(5_000, Currency::USD).description("Budget")
//! //     .customize()
//! //     .account_id(account)
//! //     .request_strategy(RequestStrategy::Idempotent(key))
//! //     .send(&client).await?
//! topup::Create::new(5_000, Currency::USD)
//!     .description("Budget")
//!     .for_account(&account)
//!     .idempotency_key("budget/2026-11")
//!     .send(&stripe)
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! **Retries.** async-stripe sends a request once unless a `RequestStrategy` is set. Here calls are retried with backoff, within a
//! deadline, under one idempotency key: [`ClientBuilder::max_retries`](crate::ClientBuilder::max_retries) and
//! [`deadline`](crate::ClientBuilder::deadline). `max_retries(0)` turns it off.
//!
//! **Connected accounts.** Instead of `account_id` per request, [`Client::for_account`](crate::Client::for_account) returns a client.
//!
//! **Lists.** `ListTopup::new().paginate().stream(&client)` is `topup::List::new().items(&client)`; `next().await` needs no trait in scope.
//!
//! **Unknown values.** An enum keeps the text of a value that the crate does not know, in its variant `Unknown`. Unknown members of an
//! object are in its `extra`. Neither is an error.
//!
//! **Updates.** A field that can be unset has a `clear_` setter next to its setter, instead of an empty string.
//!
//! **Secrets.** Fields such as a card's number are [`Secret`](crate::Secret)s: write `.expose()` where you mean it.
//!
//! **Blocking clients.** There is none. Use a tokio runtime with `block_on`.
