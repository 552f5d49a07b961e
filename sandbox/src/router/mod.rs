//! From a request to a reply: authentication, validation, idempotency and planned faults.

pub(crate) mod auth;
pub(crate) mod hosted_pages;
pub(crate) mod message;
pub(crate) mod not_modelled;
pub(crate) mod onboarding_form;
pub(crate) mod pipeline;

pub(crate) use crate::router::auth::sent_key;
pub(crate) use crate::router::hosted_pages::is_page;
pub use crate::router::message::{Request, Response};
pub use crate::router::pipeline::handle;
pub(crate) use crate::router::pipeline::{Delayed, arrive, perform, place, refuse, respond};
pub(crate) use crate::state::faults::ERRORS;
pub use crate::state::faults::{Effect, Fault, Faults, Phase, RateLimit, Spoiled};
pub(crate) use crate::state::idempotency::IdempotencySlot;
pub use crate::state::idempotency::Keys;
pub use crate::state::wire::{Ending, Wire};
