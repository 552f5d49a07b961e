//! From Stripe's OpenAPI document to the trimmed document, and from there to the types of `stripe-platform`.

pub mod canonical;
pub mod check;
pub mod clean;
pub mod cli;
pub mod diff;
pub mod docs;
pub mod emit;
pub mod error;
pub mod fixtures;
pub mod generate;
pub mod keep;
pub mod output;
pub mod overlay;
pub mod pointer;
pub mod problems;
pub mod public_api;
pub mod reach;
pub mod record;
pub mod report;
pub mod select;
pub mod source;
pub mod trim;
pub mod walk;
pub mod workspace;
