//! Tests that look at the inside: the state as a whole, the machines, the books, the document. What a user of the sandbox can
//! see is tested by `tests/behaviours`, with public names only.

mod atomic;
mod coverage;
mod funds;
mod isolation;
mod issuing;
mod kernel;
mod load;
mod machines;
mod programme;
mod properties;
mod refusals;
mod state;
mod support;
