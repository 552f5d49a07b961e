//! Treasury: financial accounts and the flows of money into and out of them.

mod books;
pub(super) mod cards;
pub mod financial_accounts;
pub mod inbound_transfers;
pub mod outbound;
pub mod received;
pub mod reversals;
pub mod transactions;

use super::{System, bank, entry};
