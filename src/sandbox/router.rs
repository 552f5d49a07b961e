//! From a request to a reply: who may ask, what may be asked, once or again, and what goes wrong on purpose.

mod auth;
mod faults;
mod hosted;
mod keys;
mod message;
mod pipeline;

pub(crate) use faults::ERRORS;
pub use faults::{Effect, Fault, Faults, Phase, RateLimit, Spoiled};
pub use keys::Keys;
pub(crate) use keys::Place;
pub use message::{Ending, Request, Response, Wire};
pub use pipeline::handle;
pub(crate) use pipeline::{Arrived, arrive, perform, place, refuse, respond};
