//! Decoding with this crate, with plain serde and with async-stripe, each as in its client.

#[path = "../../support/mod.rs"]
pub mod support;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value as Json;
use stripe_platform::{List, account, issuing};
use support::full;

/// One decoder for one reply. It drops the decoded value, which is part of the cost of a type.
pub struct Subject {
    pub group: &'static str,
    pub name: &'static str,
    pub text: String,
    pub decode: fn(&[u8]),
}

fn with_serde<T: DeserializeOwned>(bytes: &[u8]) {
    std::hint::black_box(serde_json::from_slice::<T>(bytes).expect("the data fits"));
}

fn as_the_client<T: stripe_platform::Reply>(bytes: &[u8]) {
    std::hint::black_box(stripe_platform::decode::<T>(bytes).expect("the data fits"));
}

fn with_miniserde<T: miniserde::Deserialize>(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("the data is text");
    std::hint::black_box(miniserde::json::from_str::<T>(text).expect("the data fits"));
}

/// All compared decoders.
pub fn subjects() -> Vec<Subject> {
    const ACCOUNT: &str = "account";
    const AUTHORIZATION: &str = "authorization";
    const LIST: &str = "list of 100 transactions";
    let ways: [(_, _, fn(&[u8])); 15] = [
        (ACCOUNT, "skipped", with_serde::<IgnoredAny>),
        (ACCOUNT, "serde_json::Value", with_serde::<Json>),
        (ACCOUNT, "serde derive", with_serde::<full::Account>),
        (ACCOUNT, "async-stripe", with_miniserde::<stripe_shared::Account>),
        (ACCOUNT, "stripe-platform", as_the_client::<account::Account>),
        (AUTHORIZATION, "skipped", with_serde::<IgnoredAny>),
        (AUTHORIZATION, "serde_json::Value", with_serde::<Json>),
        (AUTHORIZATION, "serde derive", with_serde::<full::Authorization>),
        (AUTHORIZATION, "async-stripe", with_miniserde::<stripe_shared::IssuingAuthorization>),
        (AUTHORIZATION, "stripe-platform", as_the_client::<issuing::authorization::Authorization>),
        (LIST, "skipped", with_serde::<IgnoredAny>),
        (LIST, "serde_json::Value", with_serde::<Json>),
        (LIST, "serde derive", with_serde::<full::List<full::Transaction>>),
        (LIST, "async-stripe", with_miniserde::<stripe_types::List<stripe_shared::IssuingTransaction>>),
        (LIST, "stripe-platform", as_the_client::<List<issuing::transaction::Transaction>>),
    ];
    let text = |group| match group {
        ACCOUNT => support::ACCOUNT.to_owned(),
        AUTHORIZATION => support::AUTHORIZATION.to_owned(),
        _ => support::transactions(),
    };
    ways.into_iter().map(|(group, name, decode)| Subject { group, name, text: text(group), decode }).collect()
}
