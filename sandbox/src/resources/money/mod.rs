//! Money: balances, top-ups, payouts and transfers.

pub(crate) mod application_fees;
pub mod automatic_payouts;
pub(crate) mod balance;
pub mod balance_transfers;
pub(crate) mod funding_instructions;
pub mod negative_balances;
pub mod payments;
pub(crate) mod payout_schedule;
pub mod payouts;
pub(crate) mod reserve;
pub(crate) mod settings;
pub(crate) mod source_types;
pub mod sources;
pub mod topups;
pub(crate) mod transfers;
