//! The example for funding an Issuing balance from a bank account, against the fixtures of that section.

#![cfg(feature = "testing")]

#[allow(dead_code)]
#[path = "../examples/fund_issuing_balance.rs"]
mod example;

use example::support::{Outcome, Stripe, test_key};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;
use stripe_platform::testing::Replay;

#[tokio::test]
async fn the_example_follows_the_guide() -> Outcome {
    let server = Replay::section("fund_issuing_balance")?.start().await;
    let stripe = Stripe::replayed(server);
    example::run(&stripe).await?;
    insta::assert_snapshot!("fund_issuing_balance", stripe.finish().await?);
    Ok(())
}

#[tokio::test]
async fn it_works_for_any_account_and_order() -> Outcome {
    let flow =
        Replay::section("fund_issuing_balance")?.bind("account", "acct_of_another").bind("order", "order-7");
    let stripe = Stripe::replayed(flow.start().await);
    assert_eq!(stripe.connected().account_id().map(|id| id.as_str()), Some("acct_of_another"));
    example::run(&stripe).await?;
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

/// A flow that differs in one place is told from the example, by the name of that place.
#[tokio::test]
async fn every_parameter_and_header_of_the_flow_matters() -> Outcome {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fund_issuing_balance");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fund_issuing_balance");
    let _ = fs::remove_dir_all(&copy);
    fs::create_dir_all(&copy)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(&fixtures)? {
        let name = entry?.file_name();
        fs::copy(fixtures.join(&name), copy.join(&name))?;
        files.push(name);
    }
    let mut places = 0;
    for name in files.iter().filter(|name| name.to_string_lossy().ends_with(".json")) {
        let text = fs::read_to_string(fixtures.join(name))?;
        let step: Json = serde_json::from_str(&text)?;
        let mut leaves = Vec::new();
        find_leaves(&step["request"]["params"], "/request/params", "", &mut leaves);
        let headers = step["request"]["headers"].as_object().into_iter().flatten();
        leaves
            .extend(headers.map(|(name, _)| (format!("/request/headers/{name}"), format!("header {name}"))));
        for (pointer, place) in leaves {
            let mut changed = step.clone();
            let leaf = changed.pointer_mut(&pointer).ok_or("a leaf")?;
            *leaf = match &*leaf {
                Json::String(text) => json!(format!("{text}x")),
                other => json!(other.as_i64().unwrap_or_default() + 1),
            };
            fs::write(copy.join(name), changed.to_string())?;
            let stripe = Stripe::replayed(Replay::load(&copy)?.start().await);
            let problem = example::run(&stripe).await.expect_err("the change is noticed");
            assert!(problem.to_string().contains(&format!("\n  {place}: expected ")), "{place}: {problem}");
            assert!(stripe.finish().await.is_err());
            places += 1;
        }
        fs::write(copy.join(name), text)?;
    }
    assert!(places > 30, "{places}");
    Ok(())
}

/// The scalars of some parameters: where they are in the fixture, and what they are called on the wire.
fn find_leaves(json: &Json, pointer: &str, name: &str, into: &mut Vec<(String, String)>) {
    let inside = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}[{part}]") };
    match json {
        Json::Object(members) => {
            members.iter().for_each(|(part, value)| {
                find_leaves(value, &format!("{pointer}/{part}"), &inside(part), into)
            });
        }
        Json::Array(items) => items.iter().enumerate().for_each(|(index, value)| {
            find_leaves(value, &format!("{pointer}/{index}"), &inside(&index.to_string()), into);
        }),
        Json::Null => {}
        _ => into.push((pointer.to_owned(), name.to_owned())),
    }
}
