//! The transitions that Stripe makes by itself, each with Stripe's timing unless
//! [`Sandbox::policy`](crate::Sandbox::policy) sets another. Under [`Policy::Manual`](crate::Policy::Manual) they
//! wait for [`Sandbox::trigger`](crate::Sandbox::trigger).
//!
//! ```
//! use stripe_sandbox::{Policy, Sandbox, days, rules};
//!
//! let sandbox = Sandbox::start();
//! sandbox.policy(&rules::TOPUP_SETTLE, Policy::Manual);
//! sandbox.policy(&rules::PAYOUT_PAY, Policy::After(days(3)));
//! ```

use crate::resources;
use crate::state::Rule;

pub use crate::resources::accounts::capabilities::INACTIVITY as CAPABILITY_INACTIVITY;
pub use crate::resources::accounts::verification::{
    DEADLINE as ACCOUNT_DEADLINE, REVIEW as ACCOUNT_REVIEW, VERIFY as ACCOUNT_VERIFY,
};
pub use crate::resources::accounts::{ISSUING_TERMS, ISSUING_TERMS_LIVE};
pub use crate::resources::issuing::authorizations::{
    EXPIRE as AUTHORIZATION_EXPIRE, EXPIRE_TRAVEL as AUTHORIZATION_EXPIRE_TRAVEL,
};
pub use crate::resources::issuing::disputes::{EXPIRE as DISPUTE_EXPIRE, WIN as DISPUTE_WIN};
pub use crate::resources::issuing::shipping::{
    DELIVER as CARD_DELIVER, SHIP as CARD_SHIP, SUBMIT as CARD_SUBMIT_TO_MAKER,
};
pub use crate::resources::money::automatic_payouts::AUTOMATIC as PAYOUT_AUTOMATIC;
pub use crate::resources::money::balance_transfers::SETTLE as BALANCE_TRANSFER_SETTLE;
pub use crate::resources::money::negative_balances::{
    COLLECT as NEGATIVE_BALANCE_COLLECT, DEBIT as NEGATIVE_BALANCE_DEBIT,
};
pub use crate::resources::money::payments::SETTLE as PAYMENT_SETTLE;
pub use crate::resources::money::payouts::{
    INSTANT as PAYOUT_INSTANT, PAY as PAYOUT_PAY, SEND as PAYOUT_SEND,
};
pub use crate::resources::money::reserve::RELEASE as NEGATIVE_BALANCE_RELEASE;
pub use crate::resources::money::topups::SETTLE as TOPUP_SETTLE;
pub use crate::resources::payments::attempts::{
    DEBIT as PAYMENT_INTENT_DEBIT, EXPIRE as PAYMENT_INTENT_EXPIRE,
};
pub use crate::resources::payments::charges::CAPTURE as CHARGE_CAPTURE;
pub use crate::resources::payments::disputes::{
    DECIDE as CHARGE_DISPUTE_DECIDE, EXPIRE as CHARGE_DISPUTE_EXPIRE, OPEN as CHARGE_DISPUTE_OPEN,
};
pub use crate::resources::payments::refunds::FINISH as REFUND_FINISH;
pub use crate::resources::treasury::financial_accounts::ACTIVATE as FINANCIAL_ACCOUNT_ACTIVATE;
pub use crate::resources::treasury::inbound_transfers::SETTLE as INBOUND_TRANSFER_SETTLE;
pub use crate::resources::treasury::outbound_flows::POST as OUTBOUND_POST;
pub use crate::resources::treasury::reversals::SETTLE as TREASURY_REVERSAL_SETTLE;

/// All rules.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    resources::RESOURCES.iter().flat_map(|system| system.rules.iter().copied())
}

/// The rule with a name such as `topup.settle`.
pub fn named(name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.name == name)
}
