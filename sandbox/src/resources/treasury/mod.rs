//! Treasury: financial accounts, and the flows of money into and out of them.

pub(crate) mod access;
pub(crate) mod card_spending;
pub(crate) mod entries;
pub mod financial_accounts;
pub mod inbound_transfers;
pub mod outbound_flows;
pub mod received_flows;
pub mod reversals;
pub(crate) mod test_methods;
pub mod transactions;

use super::{Resource, entry};
