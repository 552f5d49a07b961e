//! Webhooks: signature verification, events, and replies to real-time authorizations.
//!
//! Stripe posts an event to your endpoint whenever an object changes, at least once and in any order. A [`Verifier`]
//! verifies that the request comes from Stripe, and decodes it into an [`Event`] with a typed object:
//!
//! ```
//! use stripe_platform::Error;
//! use stripe_platform::webhook::{EventObject, Verifier};
//!
//! fn receive(verifier: &Verifier, body: &[u8], signature: &str) -> Result<(), Error> {
//!     let event = verifier.event(body, signature)?;
//!     match &event.object {
//!         EventObject::Account(account) => println!("{}: {:?}", account.id, account.requirements),
//!         EventObject::Topup(topup) => println!("{} is {}", topup.id, topup.status),
//!         other => println!("{} about {}", event.kind, other.id()),
//!     }
//!     Ok(())
//! }
//! # let _ = receive;
//! ```
//!
//! - Events of other resources or API versions, and those that cannot be decoded, are delivered as JSON; see
//!   [`EventObject`].
//! - Thin events of version 2 of the API are [`EventNotification`]s. Deliveries of Amazon EventBridge and Azure Event
//!   Grid are decoded by [`from_event_bridge`] and [`from_event_grid`].
//! - An event is delivered at least once: [`handle_once`] handles it once, with an [`EventLog`].
//! - A card authorization waits for a decision: a [`Responder`] replies in time.
//! - Servers: [`Verifier::receive`] and [`Responder::handle`] accept an `http::Request`, and the module `axum` (a
//!   feature) has an extractor and a handler. In tests, a [`Signer`] signs the requests to your own server.

pub(crate) mod application;
pub(crate) mod authorization;
#[cfg(feature = "axum")]
pub mod axum;
pub(crate) mod decode;
pub(crate) mod envelope;
pub(crate) mod event;
pub(crate) mod layout;
pub(crate) mod log;
pub(crate) mod mac;
pub(crate) mod notification;
pub(crate) mod object;
pub(crate) mod receive;
pub(crate) mod responder;
pub(crate) mod signature;

#[cfg(test)]
pub(crate) use crate::webhook::decode::Envelope;

pub use crate::generated::events::EVENT_TYPES;
pub use crate::webhook::application::Application;
pub use crate::webhook::authorization::{AuthorizationRequest, Decision};
pub use crate::webhook::envelope::{Delivery, from_event_bridge, from_event_grid};
pub use crate::webhook::event::Event;
pub use crate::webhook::log::{Claim, EventLog, HasEventId, Lease, LogError, MemoryLog, Once, handle_once};
pub use crate::webhook::notification::EventNotification;
pub(crate) use crate::webhook::object::event_objects;
pub use crate::webhook::object::{EventObject, Undecoded};
pub use crate::webhook::receive::{Received, Rejection};
pub use crate::webhook::responder::{DecisionReport, DecisionSource, Responder};
pub use crate::webhook::signature::{SIGNATURE_HEADER, Signer, Verifier};
pub use crate::webhook_endpoint::EventType;
