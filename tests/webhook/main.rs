//! Webhooks from the outside: what arrives, what is accepted, what is answered.

mod envelopes;
mod events;
mod signatures;
