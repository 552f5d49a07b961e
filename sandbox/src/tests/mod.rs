//! Tests that look at the inside: the state as a whole, the machines, the books, the document. What a user of the sandbox can
//! see is tested by `tests/behaviours`, with public names only.

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
