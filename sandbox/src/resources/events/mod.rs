//! Events, webhook endpoints and event destinations.

pub mod endpoints;
#[allow(clippy::module_inception, reason = "the resource has the name of its family")]
pub(crate) mod events;
pub mod v2;
