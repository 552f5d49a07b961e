//! Trims Stripe's OpenAPI document, and generates the types of `stripe-platform` from it.

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
pub mod imports;
pub mod json;
pub mod keep;
#[cfg(test)]
mod messages;
pub mod output;
pub mod overlay;
pub mod paths;
pub mod pointer;
pub mod problems;
pub mod public_api;
pub mod reach;
pub mod record;
pub mod report;
pub mod select;
pub mod source;
pub mod trim;
pub mod untyped;
pub mod upgrade;
pub mod walk;
pub mod workspace;
