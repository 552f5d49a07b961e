#![doc = include_str!("guide.md")]
#![doc = include_str!("about/unconfirmed.md")]
//!
//! # How it differs from Stripe
//!
#![doc = include_str!("about/differences.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// Tests shared with those outside of the crate use its name.
#[cfg(test)]
extern crate self as stripe_sandbox;

mod about;
mod delivery;
mod engine;
mod handles;
mod html;
mod report;
mod resources;
mod router;
pub mod server;
mod spec;
mod state;
#[cfg(test)]
mod tests;

pub use crate::about::{coverage, differences, rules};
pub use crate::delivery::{Receiver, Targets};
pub use crate::engine::{
    ApiError, ApplicationShare, BalanceKind, CurrencyCode, Json, LedgerEntry, Peek, Statement,
};
pub use crate::handles::{
    AccountHandle, AccountLinks, Accounts, AuthorizationHandle, Authorizations, CardHandle, Cards,
    ChargeDisputes, Disputes, FaultPlan, FinancialAccountHandle, InboundTransfers, LedgerView, OutboundFlows,
    Payments, Payouts, Purchase, Refunds, Report, Sandbox, Sources, Topups, Transactions, WebhookDispatcher,
    Webhooks, days, hours, minutes,
};
pub use crate::resources::issuing::authorizations::Answer;
pub use crate::router::{Effect, Ending, Phase, RateLimit, Request, Response, Wire};
pub use crate::state::{
    ClockMode, DeliveryFault, Options, PaymentFees, Policy, Rule, Timing, UNCONFIRMED, UnknownParameters,
    WebhookDelivery, signature,
};
