//! Intended differences between the sandbox and Stripe.
//!
#![doc = include_str!("differences.md")]

use std::fmt::Write;

/// A difference from Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The subject: operations, objects or an area.
    pub name: &'static str,
    /// The difference.
    pub what: &'static str,
    /// The reason.
    pub why: &'static str,
}

const fn difference(name: &'static str, what: &'static str, why: &'static str) -> Difference {
    Difference { name, what, why }
}

/// All known differences. Unconfirmed behaviour is listed in [`crate::state::UNCONFIRMED`].
pub const DIFFERENCES: &[Difference] = &[
    difference(
        "/v2/core/accounts: requirements",
        "requirements of a person other than the individual have the person's id or role as a prefix: `person_1.given_name`, \
         `representative.surname`; fields of API v1 only keep their names",
        "how Stripe describes such entries is not documented",
    ),
    difference(
        "/v2/core/accounts: capabilities for Global Payouts",
        "`recipient.capabilities.bank_accounts` and `cards` are refused with `account_capability_not_supported`",
        "they belong to a product that the sandbox does not have",
    ),
    difference(
        "/v2/core/accounts: names and terms of persons",
        "other names of a person come back as `full_name`; `additional_terms_of_service` of a person is accepted and \
         not shown",
        "the state is stored in the form of API v1, which has one text for each name",
    ),
    difference(
        "/v2/core/accounts: idempotency",
        "a repeated request returns the first reply, not the current object",
        "API v1 does so, and both versions share one mechanism",
    ),
    difference(
        "thin events of accounts",
        "they are stored only for accounts created with API v2, while the platform has an event destination",
        "storing two events for each change would double the memory of a run",
    ),
    difference(
        "API version",
        "every request is processed in the version of the crate (`API_VERSION`); if it names another version, the reply has a \
         `Stripe-Notice` header",
        "the API document describes the parameters and objects of one version only",
    ),
    difference(
        "thin events of v1",
        "they are created only while a destination subscribes to them, without `changes`",
        "storing two events for each change would double the memory of a run",
    ),
    difference(
        "rejections",
        "the reason `credit` is shown as `rejected.other`",
        "`disabled_reason` has no value of that name, and the value that Stripe shows is not documented",
    ),
    difference(
        "payment methods",
        "there are cards, bank accounts in the United States and IBANs; other types are 400. Cards whose numbers are not test \
         cards pay",
        "the others do not fund anything that the crate is about",
    ),
    difference(
        "debits of bank accounts",
        "a mandate is not asked for; a bank account that was given by its numbers waits in `requires_action` for \
         `payments().authenticate`, those of the test payment methods (`pm_usBankAccount_success`) do not",
        "the request that verifies small deposits is not among those of the crate",
    ),
    difference(
        "refunds above the balance",
        "they succeed, and the balance becomes negative",
        "what test mode does depends on settings of the account that its API does not have",
    ),
    difference(
        "risk of payments",
        "test cards of a high dispute or warning score pay with a normal risk, and early fraud warnings are not made",
        "Stripe's models are not public",
    ),
    difference(
        "payments in other currencies",
        "a payment is booked in its own currency",
        "rates would be invented",
    ),
    difference(
        "/v2/core/vault: payout methods",
        "a bank account of the vault that `defaults.payout_methods` names becomes an external account of API v1 as well, and is \
         removed there when it is archived",
        "payouts are those of API v1, which go to external accounts",
    ),
    difference(
        "test cards 4000000000004202, 4000000000004210, 4000000000004236",
        "they bring requirements and blocks forward when a test pays an account with one (`accounts().charge_card`, or `card` of \
         the control `accounts.charge`)",
        "which charges of a platform count for an account is decided where charges are made",
    ),
    difference(
        "topups, payouts, payments",
        "the delays of banks and of customers' payments are calendar days: money sent on a Friday may arrive on a \
         Sunday",
        "a test that waits five days does not depend on the day of the week; each rule can be set to another delay",
    ),
    difference(
        "sources: microdeposits",
        "they can be verified immediately, without the one or two days that a bank takes",
        "their amounts are fixed, so there is nothing to wait for",
    ),
    difference(
        "bank accounts 000999999991 and 000999999992",
        "the check of their ownership stops payouts only",
        "what else it stops is not documented",
    ),
    difference(
        "countries",
        "accounts can be created in the countries of `country_specs`; others return 400 with code country_unsupported",
        "the rules of the other countries are not documented",
    ),
    difference(
        "pages of account links",
        "they suggest the test bank account numbers of GB and US, elsewhere those of US, and accept every number",
        "the sandbox does not know the format of account numbers in each country",
    ),
    difference(
        "requirements added by a test",
        "they apply to every capability of the account",
        "Stripe decides case by case to which capabilities a requirement applies",
    ),
    difference(
        "weekly_anchor saturday, sunday",
        "weekly_payout_days shows these days too, although the document does not list them for it",
        "both members describe the same schedule, and the value that Stripe shows is not documented",
    ),
    difference(
        "exchange rates",
        "a purchase in another currency has both amounts set by the test; nothing else is converted",
        "the sandbox has no source of exchange rates",
    ),
    difference(
        "spending limits of cardholders",
        "purchases with a card in another currency than the limit do not count towards it and are not declined by it",
        "the exchange rate that Stripe uses is not documented",
    ),
    difference(
        "sources",
        "only ach_debit and ach_credit_transfer exist; others return 501",
        "the other types do not fund balances that the crate covers",
    ),
    difference(
        "source owners amount_…@…",
        "the money arrives with the request that creates the source, not after it",
        "a test does not have to wait",
    ),
    difference(
        "event destinations",
        "Amazon EventBridge and Azure Event Grid can be configured, but receive no events",
        "no event bus is available offline",
    ),
    difference(
        "disputes of cards of financial accounts",
        "the money is returned by a transaction of type other, without a debit reversal",
        "card payments are received debits that cannot be reversed by request",
    ),
    difference(
        "risk",
        "authorizations are declined for suspected fraud, an insecure method, a use that is not allowed or by the network only \
         if a test plans it (`decline_next` of a card); network risk scores are null",
        "Stripe's models are not public",
    ),
    difference(
        "purchases by wallet",
        "the first purchase by a wallet creates the card's token, even if the card is not eligible for it",
        "the test helper names a wallet, not a token",
    ),
    difference(
        "account.application.authorized, account.application.deauthorized",
        "they are sent for accounts with a Stripe Dashboard: when the first account link is completed, and when the account is \
         deleted",
        "the sandbox has no OAuth and no Dashboard",
    ),
    difference(
        "ephemeral keys",
        "they exist for cards only, and requests with an ephemeral key are rejected",
        "they are used by Stripe's code in a browser",
    ),
    difference("PINs", "an encrypted PIN is stored as it is and never decrypted", "only Stripe has the key"),
    difference(
        "v1 idempotency keys",
        "they expire after exactly 24 hours of the sandbox's clock",
        "Stripe only guarantees a minimum of 24 hours",
    ),
    difference(
        "lists",
        "a cursor that names a deleted object is rejected",
        "the behaviour of Stripe is not documented",
    ),
    difference("rate limits", "only those that a test plans", "tests would fail depending on their speed"),
    difference(
        "the platform's account",
        "it can be retrieved, but only its balance settings can be updated",
        "at Stripe, platforms change theirs in the Dashboard",
    ),
    difference(
        "time",
        "the clock does not move between requests, so consecutive objects have the same `created`",
        "the test controls the clock; lists are ordered by creation",
    ),
    difference(
        "keys",
        "every well-formed secret test key is accepted, all belong to one platform, and restricted keys have all permissions; live \
         keys are rejected unless the option `live_keys` is set",
        "tests do not need real keys, and a live key in a test is a mistake",
    ),
    difference("fees of Stripe", "they are zero", "they depend on contracts"),
    difference(
        "locks",
        "requests are processed one at a time; lock timeouts exist as planned faults",
        "which objects Stripe locks, and for how long, is not documented",
    ),
    difference(
        "error messages",
        "the messages are the sandbox's; types, codes and parameters are Stripe's",
        "messages are not part of the API contract",
    ),
];

/// The differences as a table in Markdown.
pub fn markdown() -> String {
    let mut out = "| About | Difference | Reason |\n|---|---|---|\n".to_owned();
    for Difference { name, what, why } in DIFFERENCES {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {name} | {what} | {why} |");
    }
    out
}
