//! Webhooks from outside: received, accepted, answered.

mod authorizations;
mod envelopes;
mod events;
mod logs;
mod loopback;
mod servers;
mod signatures;
