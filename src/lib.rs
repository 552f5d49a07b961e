//! An async Rust SDK for platforms: onboard businesses with Stripe Connect, give them cards with Stripe Issuing, and move the money
//! between them. Requests and replies are typed, for one version of Stripe's API ([`API_VERSION`]).
//!
//! ```
//! use stripe_platform::{Currency, balance, topup};
//! use stripe_sandbox::{Sandbox, days};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start(); // an offline Stripe inside this process
//! let business = sandbox.connect().client(); // a client for one connected account
//!
//! let request = topup::Create::new(50_000, Currency::USD).destination_balance(topup::DestinationBalance::Issuing);
//! let topup = request.source("btok_us_verified").send(&business).await?;
//! sandbox.advance(days(5)); // bank debits take days
//! let balance = balance::Retrieve::new().send(&business).await?;
//! assert_eq!(balance.issuing_in(Currency::USD).to_string(), "500.00 USD");
//! # let _ = topup;
//! # Ok(())
//! # }
//! ```
//!
//! A service takes its client from a key: `Client::new(SecretKey::from_env("STRIPE_SECRET_KEY")?)?`. The sandbox is the crate
//! [`stripe-sandbox`](https://docs.rs/stripe-sandbox).
//!
//! # Where to start
//!
//! - The [guide](guide/index.html), by task: set up Issuing, fund, pay out, balances, test, go live; and a
//!   [page for users of async-stripe](guide/from_async_stripe/index.html).
//! - [`Client`] has what all calls share: connected accounts, keys, deadlines, limits. [`Error`] and its [`Outcome`] are what can go wrong.
//! - Webhooks are in the module [`webhook`](webhook/index.html), with extractors for axum in
//!   [`webhook::axum`](webhook/axum/index.html).
//!
//! # Modules by area
//!
//! A resource is a module; its requests are structs named after their verb, such as [`topup::Create`].
//!
//! | Area | Modules |
//! |---|---|
//! | Accounts | [`account`], [`account_link`], [`account_notice`], [`account_session`], [`country_spec`] |
//! | Balances | [`balance`], [`balance_settings`], [`balance_transaction`], [`balance_transfer`] |
//! | Money in and out | [`topup`], [`transfer`], [`payout`], [`source`], [`token`], [`application_fee`] |
//! | Cards | [`issuing`], [`ephemeral_key`] |
//! | Financial accounts | [`treasury`] |
//! | Payments | [`charge`], [`customer`], [`dispute`], [`payment_intent`], [`payment_method`], [`refund`], [`setup_intent`] |
//! | Events and files | [`event`], [`webhook_endpoint`], [`file`](mod@file), [`file_link`] |
//! | Version 2 of the API | [`v2`] |
//! | Test mode | [`test_helpers`] |
//! | Around the API | [`webhook`](webhook/index.html), [`outbox`](outbox/index.html) (requests that survive a crash), [`testing`](testing/index.html) (replays) |
//!
//! # Features
//!
//! `rustls` and `webhook` are on by default. Others: `native-tls`, `rustcrypto`, `axum`, `outbox`, `testing`, `secrecy`, `time`, `chrono`,
//! `jiff`. The README lists their effects. A feature is named next to each item that needs one.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod client;
mod error;
mod generated;
#[cfg(test)]
mod generated_tests;
#[cfg(any(doc, doctest))]
pub mod guide;
#[cfg(feature = "outbox")]
pub mod outbox;
#[cfg(feature = "testing")]
pub mod testing;
mod types;
#[cfg(feature = "webhook")]
pub mod webhook;
mod wire;

pub use crate::client::api_key::SecretKey;
pub use crate::client::builder::ClientBuilder;
pub use crate::client::call::decode::decode;
pub use crate::client::call::{Call, CallFuture, WithMeta};
pub use crate::client::concurrent::Concurrent;
pub use crate::client::files::download::{Contents, Download};
pub use crate::client::files::upload::FileUpload;
pub use crate::client::hooks::{AttemptEvent, CallEvent, Hook};
pub use crate::client::key_age::KeyAge;
pub use crate::client::options::Options;
pub use crate::client::pagination::{Items, Listing, Pages};
pub use crate::client::rate_limit::RateLimits;
pub use crate::client::request::operation::{Encoding, Host, Operation};
pub use crate::client::request::prepared::Prepared;
pub use crate::client::request::raw::RawRequest;
pub use crate::client::request::{Reply, Request};
pub use crate::client::response::Response;
pub use crate::client::shared::Client;
pub use crate::client::transport::{
    BoxFuture, ByteStream, ReplyBody, ReqwestTransport, Transport, TransportBody, TransportReply,
    TransportRequest,
};
pub use crate::error::transport::{TransportError, TransportErrorKind};
pub use crate::error::{
    ApiError, CallInfo, ConnectionError, DecodeError, Error, InvalidInputError, Outcome, SignatureError,
    SignatureHint, SignatureProblem, TimeoutError, TimeoutKind,
};
pub use crate::generated::*;
pub use crate::types::alternatives::{IdOr, KeywordOr};
pub use crate::types::decimal::Decimal;
pub use crate::types::expandable::{Expandable, Expanded};
pub use crate::types::id::Id;
pub use crate::types::list::{List, Page};
pub use crate::types::metadata::Metadata;
pub use crate::types::method::Method;
pub use crate::types::money::{Currency, Money, ParseMoneyError};
pub use crate::types::nested::Nested;
pub use crate::types::range::RangeQuery;
pub use crate::types::secret::{Secret, Sensitive};
#[cfg(feature = "chrono")]
pub use crate::types::timestamp::OutOfRange;
pub use crate::types::timestamp::{DateTime, Timestamp};
pub use crate::types::update::FieldUpdate;
pub use crate::wire::json::{Exposed, Redacted};
pub use crate::wire::json_value::{Json, JsonIndex, Number};
pub use crate::wire::unknown::{Unknown, UnknownFields};

/// The programs of the README are compiled by its doctests; the two with a `main` run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
