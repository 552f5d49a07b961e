//! What to check before real money moves.
//!
//! **Keys.** Read the key from the environment ([`SecretKey::from_env`](crate::SecretKey::from_env)) and refuse to start with the wrong kind
//! ([`is_live`](crate::SecretKey::is_live)). Prefer restricted keys. For services that only act on connected accounts,
//! [`require_account`](crate::ClientBuilder::require_account) refuses calls that would act on the platform by mistake.
//!
//! ```
//! use std::time::Duration;
//! use stripe_platform::{Client, Error, SecretKey};
//!
//! fn client(key: SecretKey, production: bool) -> Result<Client, Error> {
//!     assert_eq!(key.is_live(), production, "the key does not fit the environment");
//!     Client::builder(key)
//!         .require_account(true)
//!         .deadline(Duration::from_secs(20)) // of a call with all of its attempts
//!         .app_info("my-platform", Some("1.4.0"), None)
//!         .build()
//! }
//! # client(SecretKey::new("sk_test_123"), false).unwrap();
//! ```
//!
//! **Idempotency keys.** Derive them from your own data (`payout/7/2026-11`), never from the time or a random number of the attempt. Stripe
//! keeps a key for at least 24 hours; after that the same key executes again ([`Prepared::key_age`](crate::Prepared::key_age)).
//!
//! **Errors.** Handle [`Outcome::Unknown`](crate::Outcome::Unknown): send the same request with the same key, or look the object up. Everything
//! that moves money should survive a crash: store the [`Prepared`](crate::Prepared) request first, or use the
//! [outbox](../../outbox/index.html) with [`stripe-platform-sqlx`](https://docs.rs/stripe-platform-sqlx).
//!
//! **Webhooks.** Register live endpoints with [`API_VERSION`](crate::API_VERSION), one for connected accounts and, apart from it, one for card
//! authorizations. Events arrive more than once and in any order: handle each once
//! ([`handle_once`](../../webhook/fn.handle_once.html)) and compare with
//! [`is_newest`](../../webhook/trait.EventLog.html#tymethod.is_newest). Answer after your commit, within seconds. Pass two secrets to the
//! `Verifier` while you rotate one.
//!
//! **Authorizations.** Choose the fallback of the [`Responder`](../../webhook/struct.Responder.html): decline, if a wrong purchase costs you more
//! than a lost one. Alert when its observer reports `late`, `failed` or `panicked`. Stripe's own default for late answers is a setting of
//! the endpoint.
//!
//! **Payouts of the platform.** Set them to manual if the platform tops up its balance for transfers.
//!
//! **Requirements.** Subscribe to `account.updated` and `capability.updated`, and have a page that leads owners back to the form. Send the
//! notices that the law demands ([`account_notice`](crate::account_notice)).
//!
//! **Negative balances.** Alert on negative connected balances and on `connect_reserved`.
//!
//! **Rate limits.** Set [`ClientBuilder::limits`](crate::ClientBuilder::limits) to your share of Stripe's limit, divided by the number of
//! instances.
//!
//! **Logs and metrics.** Calls are `tracing` spans. Secrets and personal data do not appear in them, and neither should your own logs
//! [`expose`](crate::Secret::expose) any. Log the request id of errors ([`Error::request_id`](crate::Error::request_id)): Stripe's support
//! asks for it.
//!
//! **Upgrades.** Before 1.0, read `CHANGELOG.md` before each new minor version. Webhook endpoints keep the version that they were registered with:
//! create new ones for the new version, and delete the old ones afterwards.
