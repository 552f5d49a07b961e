#![doc = include_str!("guide.md")]
#![doc = include_str!("about/unconfirmed.md")]
//!
//! # How it differs from Stripe
//!
#![doc = include_str!("about/differences.md")]

// What the tests here share with those outside of the crate calls it by its name.
#[cfg(test)]
extern crate self as stripe_sandbox;

mod about;
mod delivery;
mod engine;
mod handles;
mod html;
mod report;
#[doc(hidden)]
pub mod resources;
#[doc(hidden)]
pub mod router;
pub mod server;
mod spec;
mod state;
#[cfg(test)]
mod tests;

pub use crate::about::{coverage, differences, rules};
pub use crate::delivery::{Receiver, Targets, WebhookDispatcher};
pub use crate::engine::{
    ApiError, ApplicationShare, BalanceKind, CurrencyCode, Json, LedgerEntry, Peek, Statement,
};
pub use crate::handles::{
    AccountHandle, AccountLinks, Accounts, AuthorizationHandle, Authorizations, CardHandle, Cards,
    ChargeDisputes, Disputes, FaultPlan, FinancialAccountHandle, InboundTransfers, LedgerView, OutboundFlows,
    Payments, Payouts, Purchase, Refunds, Report, Sandbox, Sources, Topups, Transactions, Webhooks, days,
    hours, minutes,
};
pub use crate::resources::issuing::authorizations::Answer;
pub use crate::router::{Effect, Ending, Phase, RateLimit, Request, Response, Wire};
pub use crate::state::{
    ClockMode, DeliveryFault, Options, PaymentFees, Policy, Rule, Timing, UNCONFIRMED, UnknownParameters,
    WebhookDelivery, signature,
};
