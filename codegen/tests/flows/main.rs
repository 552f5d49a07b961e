//! From authored flows to fixtures: small flows over a small document, and the flows of the repository.

mod case;
mod command;
mod committed;
mod errors;
mod replies;
