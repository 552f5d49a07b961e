//! Delivers webhooks to their endpoints and processes the replies.

pub(crate) mod queue;
pub(crate) mod receiver;
pub(crate) mod send;
pub(crate) mod targets;

pub(crate) use crate::delivery::queue::{DeliveryQueue, Observer, now};
pub use crate::delivery::receiver::Receiver;
pub use crate::delivery::targets::Targets;
