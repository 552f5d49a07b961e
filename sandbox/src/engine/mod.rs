//! The pure core: ids, time, money, states and objects. Does not depend on HTTP or on any of Stripe's resources.

pub(crate) mod account_scope;
pub(crate) mod api_error;
pub(crate) mod calendar;
pub(crate) mod clock;
pub mod compact;
pub(crate) mod currency;
pub(crate) mod ids;
pub(crate) mod json;
pub(crate) mod ledger;
pub(crate) mod log;
pub(crate) mod state_machine;
pub(crate) mod store;

pub use crate::engine::account_scope::Scope;
pub use crate::engine::api_error::ApiError;
pub use crate::engine::calendar::{after_business_days, date_time, unix_seconds, weekday};
pub use crate::engine::clock::{Clock, Scheduler};
pub(crate) use crate::engine::compact::packed::Packed;
pub(crate) use crate::engine::compact::slab::{Labelled, Slab};
pub use crate::engine::currency::CurrencyCode;
pub use crate::engine::ids::Ids;
pub(crate) use crate::engine::json::bracketed;
pub use crate::engine::json::{Json, Peek, changed, set};
pub use crate::engine::ledger::{
    ApplicationShare, BalanceKind, JournalEntry, Ledger, LedgerAccount, LedgerEntry, Posting, Statement,
};
pub use crate::engine::log::AppendLog;
pub use crate::engine::state_machine::{StateMachine, Transition, step};
pub use crate::engine::store::Store;
