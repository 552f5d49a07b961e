//! Webhooks from the outside: what arrives, what is accepted, what is answered.

mod authorizations;
mod envelopes;
mod events;
mod logs;
mod loopback;
mod servers;
mod signatures;
