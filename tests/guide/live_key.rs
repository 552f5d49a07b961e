//! How examples react to a live key.

use crate::examples::fund_issuing_balance;
use std::process::{Command, ExitCode};

/// Runs the example below in a separate process with a separate environment.
fn with_key(key: Option<&str>) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().expect("the test has a file"));
    command.args(["--exact", "live_key::an_example", "--ignored", "--nocapture"]);
    match key {
        Some(key) => command.env("STRIPE_SECRET_KEY", key),
        None => command.env_remove("STRIPE_SECRET_KEY"),
    };
    let output = command.output().expect("the test runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn example_rejects_a_live_key() {
    let live = ["sk", "live", "0123456789"].join("_");
    let (is_well, said) = with_key(Some(&live));
    assert!(!is_well && said.contains("is a live key"), "{said}");
    assert!(!said.contains("0123456789"), "{said}");
    let (is_well, said) = with_key(None);
    assert!(is_well, "{said}");
}

#[test]
#[ignore = "the test above runs it, with another environment"]
fn an_example() -> ExitCode {
    support::main("fund_issuing_balance", fund_issuing_balance::begin, fund_issuing_balance::run)
}
