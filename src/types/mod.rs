//! The value types of requests and replies: ids, money, times, secrets, lists.

pub(crate) mod alternatives;
pub(crate) mod balances;
pub(crate) mod calendar;
pub(crate) mod decimal;
pub(crate) mod expandable;
pub(crate) mod hex;
pub(crate) mod id;
pub(crate) mod list;
pub(crate) mod metadata;
pub(crate) mod method;
pub(crate) mod money;
pub(crate) mod nested;
pub(crate) mod range;
pub(crate) mod secret;
pub(crate) mod timestamp;
pub(crate) mod update;
