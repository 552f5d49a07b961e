//! What the sandbox documents about itself: coverage, differences, rules.

pub mod coverage;
pub mod differences;
pub mod rules;
