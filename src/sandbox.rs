#![doc = include_str!("sandbox/guide.md")]
#![doc = include_str!("sandbox/unconfirmed.md")]
//!
//! # How it differs from Stripe
//!
#![doc = include_str!("sandbox/differences.md")]
//!
//! # How it is made
//!
//! [`core`](mod@core) holds the rules of money, time and states; [`document`] what may be asked; [`world`] the state;
//! [`systems`] what each operation does; [`router`] turns a request into a reply; [`coverage`] lists what every operation
//! does.

pub mod core;
mod courier;
pub mod coverage;
pub mod differences;
pub mod document;
mod exchange;
mod facade;
pub mod report;
pub mod router;
pub mod rules;
pub mod server;
pub mod systems;
pub mod world;

pub use self::core::{Json, Kind, Line, Peek, Refusal};
pub use courier::{Courier, Receiver};
pub use facade::{
    AccountHandle, AccountLinks, Accounts, AuthorizationHandle, Authorizations, CardHandle, Cards, Disputes,
    FinancialAccountHandle, InboundTransfers, LedgerView, OutboundFlows, Payments, Payouts, Planner, Report,
    Sandbox, Sources, Swipe, Topups, Transactions, Webhooks, days, hours, minutes,
};
pub use router::{Effect, Phase, RateLimit};
pub use systems::issuing::authorizations::Answer;
pub use world::{Mishap, Options, Parcel, Policy, Rule, Timing, UNCONFIRMED};
