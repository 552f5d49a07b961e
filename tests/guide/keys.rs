//! What examples take from the environment.

use super::fund_issuing_balance::{self, support::Stripe, support::test_key, support::variable_of};
use std::process::{Command, ExitCode};
use stripe_platform::Timestamp;
use stripe_platform::testing::Replay;

#[test]
fn names_of_a_flow_have_variables() {
    assert_eq!(variable_of("account"), "STRIPE_CONNECTED_ACCOUNT");
    assert_eq!(variable_of("gb_account"), "STRIPE_GB_ACCOUNT");
}

#[test]
fn examples_take_test_keys_only() {
    for key in ["sk_test_abc", "rk_test_abc", " sk_test_abc\n"] {
        assert!(test_key(key).is_ok(), "{key:?}");
    }
    for key in ["sk_live_abc", "rk_live_abc", "  sk_live_abc"] {
        let refusal = test_key(key).expect_err("a live key");
        assert!(refusal.contains("live key"), "{refusal}");
        assert!(!refusal.contains("abc"), "{refusal}");
    }
    for key in [
        "",
        "abc",
        "pk_test_abc",
        "SK_TEST_abc",
        "sk_test",
        "sk_test_abc sk_live_abc",
        "sk_test_äb",
        "xsk_test_abc",
    ] {
        let refusal = test_key(key).expect_err("no key");
        assert!(refusal.contains("no key of Stripe's test mode"), "{key:?}: {refusal}");
    }
}

/// Runs the example below in a process of its own, which has an environment of its own.
fn with_key(key: Option<&str>) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().expect("the test has a file"));
    command.args(["--exact", "keys::an_example", "--ignored", "--nocapture"]);
    match key {
        Some(key) => command.env("STRIPE_SECRET_KEY", key),
        None => command.env_remove("STRIPE_SECRET_KEY"),
    };
    let output = command.output().expect("the test runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn an_example_ends_at_a_live_key() {
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
    fund_issuing_balance::support::main("fund_issuing_balance", fund_issuing_balance::run)
}

/// In test mode it is the time of the run: see `Stripe::agreed_at`.
#[tokio::test]
async fn offline_an_agreement_has_the_time_of_the_flow() -> super::Outcome {
    let stripe = Stripe::replayed(Replay::section("fund_issuing_balance")?.start().await);
    let in_flow = Timestamp::new(1_794_323_038);
    assert_eq!(stripe.agreed_at(in_flow), in_flow);
    assert!(stripe.finish().await.is_err(), "nothing was asked for");
    Ok(())
}
