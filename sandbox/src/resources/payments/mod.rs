//! Payments by request: payment methods, payment intents, charges, refunds, disputes, and what belongs to them.
//!
//! Imports run one way: the test values, `methods`, `disputes`, `charges` (one attempt to pay, and its money), `refunds`, then
//! `attempts` (what confirming an intent does), and last the requests and the controls.

pub mod attempts;
pub(crate) mod charge_requests;
pub mod charges;
pub(crate) mod checks;
pub mod controls;
pub(crate) mod customers;
pub(crate) mod declines;
pub mod disputes;
pub(crate) mod intent_params;
pub mod intents;
pub(crate) mod method_options;
pub(crate) mod methods;
pub mod refunds;
pub mod setup_intents;
pub(crate) mod test_cards;
pub(crate) mod test_debits;
