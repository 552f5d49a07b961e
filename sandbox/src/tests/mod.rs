//! Tests of internals: the complete state, the state machines, the ledger, the document. Behaviour that users can
//! observe is tested in `tests/behaviours`, through the public API.

mod access;
mod atomic;
mod changes;
mod client;
mod controls;
mod coverage;
mod decisions;
mod funds;
mod http;
mod isolation;
mod issuing;
mod kernel;
mod load;
mod machines;
mod messages;
mod named_objects;
mod onboarding;
mod pages;
mod programme;
mod properties;
mod reconciliation;
mod refusals;
mod replacements;
mod requirements;
mod rules;
mod sequences;
mod shown;
mod state;
mod state_file;
mod support;
