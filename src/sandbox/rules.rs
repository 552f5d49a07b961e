//! The transitions that Stripe does by itself, each with its own timing until
//! [`Sandbox::policy`](super::Sandbox::policy) sets another. Under [`Policy::Manual`](super::Policy::Manual) they wait for
//! [`Sandbox::trigger`](super::Sandbox::trigger).
//!
//! ```
//! use stripe_platform::sandbox::{Policy, Sandbox, days, rules};
//!
//! let sandbox = Sandbox::start();
//! sandbox.policy(&rules::TOPUP_SETTLE, Policy::Manual);
//! sandbox.policy(&rules::PAYOUT_PAY, Policy::After(days(3)));
//! ```

use super::systems;
use super::world::Rule;

pub use systems::accounts::review::{DEADLINE as ACCOUNT_DEADLINE, VERIFY as ACCOUNT_VERIFY};
pub use systems::accounts::{ISSUING_TERMS, ISSUING_TERMS_LIVE};
pub use systems::automatic_payouts::AUTOMATIC as PAYOUT_AUTOMATIC;
pub use systems::balance_transfers::SETTLE as BALANCE_TRANSFER_SETTLE;
pub use systems::capabilities::INACTIVITY as CAPABILITY_INACTIVITY;
pub use systems::issuing::authorizations::{
    EXPIRE as AUTHORIZATION_EXPIRE, EXPIRE_TRAVEL as AUTHORIZATION_EXPIRE_TRAVEL,
};
pub use systems::issuing::disputes::{EXPIRE as DISPUTE_EXPIRE, WIN as DISPUTE_WIN};
pub use systems::issuing::shipping::{
    DELIVER as CARD_DELIVER, SHIP as CARD_SHIP, SUBMIT as CARD_SUBMIT_TO_MAKER,
};
pub use systems::negative_balances::{
    COLLECT as NEGATIVE_BALANCE_COLLECT, DEBIT as NEGATIVE_BALANCE_DEBIT, RELEASE as NEGATIVE_BALANCE_RELEASE,
};
pub use systems::payments::SETTLE as PAYMENT_SETTLE;
pub use systems::payouts::{INSTANT as PAYOUT_INSTANT, PAY as PAYOUT_PAY, SEND as PAYOUT_SEND};
pub use systems::topups::SETTLE as TOPUP_SETTLE;
pub use systems::treasury::financial_accounts::ACTIVATE as FINANCIAL_ACCOUNT_ACTIVATE;
pub use systems::treasury::inbound_transfers::SETTLE as INBOUND_TRANSFER_SETTLE;
pub use systems::treasury::outbound::POST as OUTBOUND_POST;
pub use systems::treasury::reversals::SETTLE as TREASURY_REVERSAL_SETTLE;

/// Every rule.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    systems::SYSTEMS.iter().flat_map(|system| system.rules.iter().copied())
}

/// The rule with a name such as `topup.settle`.
pub fn named(name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.name == name)
}
