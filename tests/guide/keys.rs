//! The environment variables of examples.

use support::environment::{test_key, variable_of};

#[test]
fn flow_names_have_environment_variables() {
    assert_eq!(variable_of("account"), "STRIPE_CONNECTED_ACCOUNT");
    assert_eq!(variable_of("gb_account"), "STRIPE_GB_ACCOUNT");
}

#[test]
fn examples_accept_only_test_keys() {
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
