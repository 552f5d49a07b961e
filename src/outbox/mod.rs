//! A transactional outbox: requests are stored before they are sent, and take effect once.
//!
//! A service that calls Stripe inside a database transaction pays twice or not at all if it crashes in between. With
//! an outbox, the transaction stores the request with its idempotency key next to the service's rows; a [`Worker`]
//! sends it afterwards, as often as needed, and records the result:
//!
//! ```no_run
//! # async fn example(client: stripe_platform::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use stripe_platform::outbox::{Entry, MemoryOutbox, Outbox, State, Worker};
//! use stripe_platform::{Currency, payout};
//!
//! let outbox = MemoryOutbox::new();
//! let request = payout::Create::new(1_000, Currency::USD).idempotency_key("payout/2026-11/7").for_account("acct_123");
//! outbox.enqueue_now(&Entry::new(&client.prepare(&request)?).reference("2026-11/7")).await?;
//!
//! // In a service: `Worker::new(outbox, client).concurrency(8).run(shutdown_signal)`.
//! Worker::new(outbox.clone(), client).drain().await;
//! assert_eq!(outbox.find("payout/2026-11/7").await?.map(|row| row.state), Some(State::Succeeded));
//! # Ok(())
//! # }
//! ```
//!
//! [`MemoryOutbox`] is for tests. The crate `stripe-platform-sqlx` provides an outbox on PostgreSQL and SQLite, whose
//! `enqueue` accepts a transaction. For another database implement [`Outbox`], and test it with
//! `stripe_platform::testing::outbox_contract`.
//!
//! # Rules
//!
//! [`attempt`] sends a stored request once and decides what to do next. It needs no database, so the same rules work
//! in a workflow engine or a queue consumer:
//!
//! - A final result ([`Error::is_final`](crate::Error::is_final)) ends the row: [`Done`].
//! - Any other failure is retried after a growing wait with jitter: [`Step::Again`].
//! - Stripe may drop an idempotency key after 24 hours. A request that may have had an effect is not sent again if it is
//!   older than [`Policy::key_lifetime`], or if its age is unknown because a recorded time is in the future:
//!   [`Step::NeedsReview`]. The age of a request that never reached Stripe is not limited.
//! - All times are those of the store's clock. The worker's clock is never read.
//!
//! A row that needs review can be reconciled with Stripe automatically; see [`Reconcile`] and [`ByMetadata`].
//!
//! ```
//! # async fn activity(client: stripe_platform::Client, row: Row) -> Result<(), Box<dyn std::error::Error>> {
//! use stripe_platform::outbox::{Done, Step, Stored, attempt};
//!
//! // In an activity of a workflow engine. `row` is the stored request.
//! let stored = Stored { attempts: row.attempts, first_attempt: row.first_attempt, ..Stored::new(row.request, row.now) };
//! match attempt(&client, &stored).await {
//!     Step::Done(Done::Succeeded(reply)) => println!("{}", reply.expose()["id"]),
//!     Step::Done(refused) => println!("{refused:?}"),
//!     Step::Again(again) => println!("once more in {:?}", again.after),
//!     Step::NeedsReview(review) => println!("{}", review.reason),
//! }
//! # Ok(())
//! # }
//! # struct Row {
//! #     request: stripe_platform::Prepared, attempts: u32, now: stripe_platform::Timestamp,
//! #     first_attempt: Option<stripe_platform::Timestamp>,
//! # }
//! ```

pub(crate) mod attempt;
pub(crate) mod entry;
pub(crate) mod error;
pub(crate) mod memory;
pub(crate) mod policy;
pub(crate) mod reconcile;
pub(crate) mod state;
pub(crate) mod step;
pub(crate) mod store;
pub(crate) mod stored;
pub(crate) mod worker;

pub use crate::client::lease::Lease;
pub use crate::outbox::attempt::attempt;
pub use crate::outbox::entry::Entry;
pub use crate::outbox::error::OutboxError;
pub use crate::outbox::memory::MemoryOutbox;
pub use crate::outbox::policy::Policy;
pub use crate::outbox::reconcile::{ByMetadata, Found, Reconcile};
pub use crate::outbox::state::State;
pub use crate::outbox::step::{Again, Done, Reason, Record, Review, Step};
pub use crate::outbox::store::{Claimed, Counts, Enqueued, Outbox, Resolution, Row};
pub use crate::outbox::stored::Stored;
pub use crate::outbox::worker::{StepEvent, Worker, WorkerHook};
