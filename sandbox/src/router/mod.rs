//! From a request to a reply: who may ask, what may be asked, once or again, and what goes wrong on purpose.

pub(crate) mod auth;
pub(crate) mod exchange;
pub(crate) mod faults;
pub(crate) mod hosted_pages;
pub(crate) mod idempotency;
pub(crate) mod message;
pub(crate) mod not_modelled;
pub(crate) mod onboarding_form;
pub(crate) mod pipeline;

pub(crate) use crate::router::faults::ERRORS;
pub use crate::router::faults::{Effect, Fault, Faults, Phase, RateLimit, Spoiled};
pub use crate::router::idempotency::Keys;
pub(crate) use crate::router::idempotency::Place;
pub use crate::router::message::{Ending, Request, Response, Wire};
pub(crate) use crate::router::auth::sent_key;
pub(crate) use crate::router::hosted_pages::is_page;
pub use crate::router::pipeline::handle;
pub(crate) use crate::router::pipeline::{Arrived, arrive, perform, place, refuse, respond};
