//! Tests of trimming: small documents in; trimmed documents, reports, differences and errors out.

mod cli;
mod diff;
mod docs;
mod fixture;
mod openapi_valid;
mod overlay;
mod real;
mod trim;
