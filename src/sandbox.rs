//! An offline Stripe: accounts, money and events that behave, with a clock that only tests move.
//!
//! [`core`] holds the rules of money, time and states; [`document`] what may be asked; [`world`] the state; [`systems`]
//! what each operation does; [`router`] turns a request into a reply.

pub mod core;
mod courier;
pub mod coverage;
pub mod differences;
pub mod document;
mod exchange;
mod facade;
pub mod report;
pub mod router;
pub mod server;
pub mod systems;
pub mod world;

pub use courier::{Courier, Receiver};
pub use facade::{
    AccountLinks, Accounts, Payments, Payouts, Planner, Report, Sandbox, Sources, Topups, Webhooks,
};
