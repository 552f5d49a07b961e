#![doc = include_str!("guide.md")]
#![doc = include_str!("about/unconfirmed.md")]
//!
//! # How it differs from Stripe
//!
#![doc = include_str!("about/differences.md")]
//!
//! # How it is made
//!
//! [`core`](mod@core) holds the rules of money, time and states; [`document`] what may be asked; [`world`] the state;
//! [`systems`] what each operation does; [`router`] turns a request into a reply; [`coverage`] lists what every operation
//! does.

pub mod about;
mod delivery;
pub mod engine;
mod handles;
mod html;
pub mod report;
pub mod resources;
pub mod router;
pub mod server;
pub mod spec;
pub mod state;

pub use crate::engine::{Json, Kind, Line, Peek, Refusal};
pub use crate::delivery::{Courier, Receiver, Targets};
pub use crate::handles::{AccountHandle, AccountLinks, Accounts, AuthorizationHandle, Authorizations, CardHandle, Cards, Disputes, FinancialAccountHandle, InboundTransfers, LedgerView, OutboundFlows, Payments, Payouts, Planner, Report, Sandbox, Sources, Swipe, Topups, Transactions, Webhooks, days, hours, minutes};
pub use crate::router::{Effect, Phase, RateLimit};
pub use crate::resources::issuing::authorizations::Answer;
pub use crate::state::{ClockMode, Mishap, Options, Parcel, Policy, Rule, Timing, UNCONFIRMED, UnknownParameters};
