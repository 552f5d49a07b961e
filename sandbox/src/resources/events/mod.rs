//! Events, webhook endpoints and event destinations.

pub mod endpoints;
pub(crate) mod events;
pub mod v2;
