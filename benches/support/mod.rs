//! The inputs of the decode benchmarks, and the types other than this crate's.

pub mod full;

/// An account with requirements, settings and a bank account, formatted like Stripe's replies.
pub const ACCOUNT: &str = include_str!("../../src/wire/text/data/account.json");

/// An authorization with its card and cardholder.
pub const AUTHORIZATION: &str = include_str!("../../src/wire/text/data/authorization.json");

/// A page of 100 issuing transactions.
pub fn transactions() -> String {
    let template = include_str!("../../src/wire/text/data/transaction.json");
    // Four digits each, so that all have equal length.
    let items: Vec<String> =
        (1001..1101).map(|n: u32| template.trim_end().replace("{n}", &n.to_string())).collect();
    let items = items.join(",\n").replace('\n', "\n    ");
    format!(
        "{{\n  \"object\": \"list\",\n  \"data\": [\n    {items}\n  ],\n  \"has_more\": true,\n  \"url\": \
         \"/v1/issuing/transactions\"\n}}\n"
    )
}
