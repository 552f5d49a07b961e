//! The example for funding an Issuing balance from a bank account, against the fixtures of that section.

#![cfg(feature = "testing")]

#[allow(dead_code)]
#[path = "../examples/fund_issuing_balance.rs"]
mod example;

use example::support::{Stripe, test_key};
use stripe_platform::testing::Replay;

#[tokio::test]
async fn the_example_follows_the_guide() -> Result<(), Box<dyn std::error::Error>> {
    let server = Replay::section("fund_from_bank_account")?.start().await;
    let stripe = Stripe::replayed(server);
    example::run(&stripe.client, &stripe.order).await?;
    insta::assert_snapshot!("fund_from_bank_account", stripe.finish().await?);
    Ok(())
}

#[tokio::test]
async fn it_works_for_any_account_and_order() -> Result<(), Box<dyn std::error::Error>> {
    let flow = Replay::section("fund_from_bank_account")?
        .bind("account", "acct_of_another")
        .bind("order", "order-7");
    let stripe = Stripe::replayed(flow.start().await);
    assert_eq!(stripe.client.account_id().map(|id| id.as_str()), Some("acct_of_another"));
    example::run(&stripe.client, &stripe.order).await?;
    stripe.finish().await?;
    Ok(())
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
