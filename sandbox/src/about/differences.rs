//! Where the sandbox is not like Stripe, on purpose.
//!
#![doc = include_str!("differences.md")]

use std::fmt::Write;

/// Something that is not as at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: operations, objects or an area.
    pub name: &'static str,
    /// What is different.
    pub what: &'static str,
    /// Why that is so.
    pub why: &'static str,
}

const fn difference(name: &'static str, what: &'static str, why: &'static str) -> Difference {
    Difference { name, what, why }
}

/// Every known difference. What is only a guess at Stripe's behaviour is in [`crate::state::UNCONFIRMED`].
pub const DIFFERENCES: &[Difference] = &[
    difference(
        "/v2/core/accounts",
        "accounts, persons, links and tokens of API v2 answer 501",
        "their state would be a second view of the accounts of v1, which the sandbox does not have yet",
    ),
    difference(
        "API version",
        "every request is done in the version of the crate (`API_VERSION`), whichever it asks for; the reply to another one \
         has a `Stripe-Notice` header",
        "other versions have other parameters and objects, which the document of one version does not describe",
    ),
    difference(
        "thin events of v1",
        "they are made only while a destination wants them, without `changes`",
        "keeping two events for each change would double what a run remembers",
    ),
    difference(
        "rejections",
        "the reason `credit` shows as `rejected.other`",
        "accounts have no reason of that name, and which one Stripe shows is not documented",
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
        "/v2/core/vault",
        "bank accounts of API v2 answer 501",
        "they belong to accounts of API v2, which the sandbox does not have yet",
    ),
    difference(
        "test cards 4000000000004202, 4000000000004210, 4000000000004236",
        "they do not bring requirements or blocks",
        "they work by charges; `accounts().require` asks for what they would",
    ),
    difference(
        "topups, payouts, payments",
        "the days that a bank or a customer's payment takes are days of the calendar: what is sent on a Friday may arrive \
         on a Sunday",
        "a test that waits five days need not know which day of the week it is; each rule can be set to other times",
    ),
    difference(
        "sources: small deposits",
        "they can be verified at once, without the day or two that a bank takes",
        "their amounts are known, so that there is nothing to wait for",
    ),
    difference(
        "bank accounts 000999999991 and 000999999992",
        "their ownership is not checked",
        "what the check does to an account is not documented",
    ),
    difference(
        "countries",
        "accounts are opened in those of `country_specs`; others are 400 with code country_unsupported",
        "what applies to each of the others would be invented",
    ),
    difference(
        "pages of account links",
        "they suggest the test numbers of bank accounts in GB and US, elsewhere that of US, and take every number",
        "the sandbox does not know how the banks of each country number their accounts",
    ),
    difference(
        "requirements that a test brings",
        "they are needed for every capability of the account",
        "for which of them Stripe asks is its own decision",
    ),
    difference(
        "weekly_anchor saturday, sunday",
        "weekly_payout_days shows these days too, which the document does not list for it",
        "both names tell the same days, and what Stripe shows then is not documented",
    ),
    difference(
        "exchange rates",
        "a purchase in another currency says both amounts; nothing else is converted",
        "rates would be invented",
    ),
    difference(
        "spending limits of cardholders",
        "purchases with cards in another currency than that of the limit do not count and are not refused by it",
        "at which rate Stripe would count them is not documented",
    ),
    difference(
        "sources",
        "only ach_debit and ach_credit_transfer exist; others answer 501",
        "the others do not fund anything that the crate is about",
    ),
    difference(
        "source owners amount_…@…",
        "money arrives with the request that makes the source, not after it",
        "so that a test need not wait",
    ),
    difference(
        "event destinations",
        "Amazon EventBridge and Azure Event Grid can be set up, and get no events",
        "there is no event bus to send to",
    ),
    difference(
        "disputes of cards of financial accounts",
        "money comes back by a transaction of type other, without a debit reversal",
        "card payments are received debits that cannot be reversed by request",
    ),
    difference(
        "risk",
        "an authorization is declined for suspected fraud, an insecure method, a use that is not allowed or by the network only \
         if a test plans it (`decline_next` of a card), and network risk scores are null",
        "Stripe's models are not public",
    ),
    difference(
        "purchases by wallet",
        "the first purchase by a wallet makes the card's token if there is none, also if the card is not eligible for it",
        "the test helper names a wallet and no token",
    ),
    difference(
        "account.application.authorized, account.application.deauthorized",
        "they are sent for accounts with a Dashboard of Stripe: when an account link is completed first, and when the account is \
         deleted",
        "the sandbox has no OAuth and no Dashboard",
    ),
    difference(
        "ephemeral keys",
        "they are for cards only, and no request is accepted with one",
        "they are for Stripe's own code in a browser",
    ),
    difference("PINs", "an encrypted PIN is kept as it is and never decrypted", "the key to it is Stripe's"),
    difference(
        "v1 idempotency keys",
        "they are forgotten after 24 hours of the sandbox's clock to the second",
        "Stripe promises only that it is not before",
    ),
    difference(
        "lists",
        "a cursor of an object that was deleted is refused",
        "what Stripe does then is not documented",
    ),
    difference(
        "rate limits",
        "there are none but those that a test plans",
        "a test that fails only when it is fast would be of no use",
    ),
    difference(
        "the platform's account",
        "it can be read, and only its balance settings can be changed",
        "Stripe's platforms change theirs in the Dashboard",
    ),
    difference(
        "time",
        "the clock stands still between requests, so objects that are made one after the other have one `created`",
        "a test decides how much time passes; the order of a list is that of making",
    ),
    difference(
        "keys",
        "every secret test key of the right shape is accepted, all belong to one platform, and restricted keys may do all; live \
         keys are refused unless the option `live_keys` is set",
        "a test needs no key of its own, and a live key in a test is a mistake",
    ),
    difference("fees of Stripe", "they are zero", "they depend on contracts"),
    difference(
        "locks",
        "a request is answered while no other one is; lock timeouts exist as planned faults",
        "what Stripe locks, and for how long, is not documented",
    ),
    difference(
        "texts of errors",
        "they are the sandbox's own; types, codes and parameters are Stripe's",
        "texts are no interface",
    ),
];

/// The differences as a table in Markdown.
pub fn markdown() -> String {
    let mut out = "| About | What is different | Why |\n|---|---|---|\n".to_owned();
    for Difference { name, what, why } in DIFFERENCES {
        // Writing to text cannot fail.
        let _ = writeln!(out, "| {name} | {what} | {why} |");
    }
    out
}
