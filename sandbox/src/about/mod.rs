//! The documentation that the sandbox generates about itself: coverage, differences, rules.

pub mod coverage;
pub mod differences;
pub mod rules;
