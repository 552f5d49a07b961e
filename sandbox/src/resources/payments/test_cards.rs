//! Stripe's test cards: which number and which name stands for which card, and what becomes of a payment with it.

use super::declines::{self, Decline};

/// When a card asks its holder for authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// At every payment.
    Always,
    /// At every payment on session; off session unless it was set up before.
    UnlessSetUp,
    /// On session only.
    OnSession,
    /// If the request asks for it.
    IfRequested,
}

/// The result of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It succeeds.
    Pays,
    /// It succeeds, and its money can be spent at once.
    SettlesAtOnce,
    /// It succeeds with an elevated risk.
    Risky,
    /// These checks of the card fail; whether the payment succeeds is a setting.
    FailsChecks(&'static [&'static str]),
    /// It succeeds, and the issuer does not check addresses.
    ChecksNoAddress,
    /// It is declined.
    Declines(&'static Decline),
    /// It is declined, although the card can be attached to a customer.
    DeclinesLater,
    /// It succeeds and is disputed for this reason.
    Disputes(&'static str),
    /// It succeeds and the issuer inquires about it.
    Inquires,
    /// It succeeds; its refunds are pending first.
    RefundsLater,
    /// It succeeds; its refunds succeed and fail later.
    RefundsFail,
    /// It needs authentication, and may be declined after that.
    Authenticates(When, Option<&'static Decline>),
}

/// A test card.
#[derive(Debug)]
pub(crate) struct TestCard {
    pub(crate) number: &'static str,
    /// What follows `pm_card_` and `tok_`; empty if it has no name. `visa_` may come before it.
    name: &'static str,
    pub(crate) brand: &'static str,
    pub(crate) country: &'static str,
    pub(crate) funding: &'static str,
    pub(crate) effect: Effect,
}

const fn card(
    number: &'static str,
    name: &'static str,
    brand: &'static str,
    country: &'static str,
    funding: &'static str,
    effect: Effect,
) -> TestCard {
    TestCard { number, name, brand, country, funding, effect }
}

/// The card of a number.
pub(crate) fn of_number(number: &str) -> Option<&'static TestCard> {
    CARDS.iter().find(|card| card.number == number)
}

/// The country of a card: numbers that begin with the same nine digits are of the same country.
pub(crate) fn country(number: &str) -> &'static str {
    let digits = number.get(..COUNTRY);
    let card = of_number(number)
        .or_else(|| CARDS.iter().find(|card| digits.is_some() && card.number.get(..COUNTRY) == digits));
    card.map_or("US", |card| card.country)
}

/// The digits of a card number that determine its country.
const COUNTRY: usize = 9;

/// The card of a test payment method (`pm_card_visa`) or a test token (`tok_visa`).
pub(crate) fn named(id: &str) -> Option<&'static TestCard> {
    let name = id.strip_prefix("pm_card_").or_else(|| id.strip_prefix("tok_"))?;
    let named = |name: &str| CARDS.iter().find(|card| !name.is_empty() && card.name == name);
    match name {
        "us" => named("visa"),
        // The old name of the blocked card.
        "chargeDeclinedFraudulent" => named("radarBlock"),
        _ => named(name).or_else(|| named(name.strip_prefix("visa_")?)),
    }
}

#[rustfmt::skip]
static CARDS: &[TestCard] = &[
    card("4242424242424242", "visa", "visa", "US", "credit", Effect::Pays),
    card("4000056655665556", "visa_debit", "visa", "US", "debit", Effect::Pays),
    card("5555555555554444", "mastercard", "mastercard", "US", "credit", Effect::Pays),
    card("2223003122003222", "", "mastercard", "US", "credit", Effect::Pays),
    card("5200828282828210", "mastercard_debit", "mastercard", "US", "debit", Effect::Pays),
    card("5105105105105100", "mastercard_prepaid", "mastercard", "US", "prepaid", Effect::Pays),
    card("378282246310005", "amex", "amex", "US", "credit", Effect::Pays),
    card("371449635398431", "", "amex", "US", "credit", Effect::Pays),
    card("6011111111111117", "discover", "discover", "US", "credit", Effect::Pays),
    card("6011000990139424", "", "discover", "US", "credit", Effect::Pays),
    card("6011981111111113", "", "discover", "US", "debit", Effect::Pays),
    card("3056930009020004", "diners", "diners", "US", "credit", Effect::Pays),
    card("36227206271667", "", "diners", "US", "credit", Effect::Pays),
    card("6555900000604105", "", "discover", "US", "credit", Effect::Pays),
    card("3566002020360505", "jcb", "jcb", "US", "credit", Effect::Pays),
    card("6200000000000005", "unionpay", "unionpay", "US", "credit", Effect::Pays),
    card("6200000000000047", "", "unionpay", "US", "debit", Effect::Pays),
    card("6205500000000000004", "", "unionpay", "US", "credit", Effect::Pays),
    card("4000002500001001", "visa_cartesBancaires", "visa", "FR", "credit", Effect::Pays),
    card("5555552500001001", "mastercard_cartesBancaires", "mastercard", "FR", "credit", Effect::Pays),
    card("4000050360000001", "visa_debit_eftposAuCoBranded", "visa", "AU", "debit", Effect::Pays),
    card("5555050360000080", "debit_eftposAuCoBranded", "mastercard", "AU", "debit", Effect::Pays),
    card("4000051230000072", "debit_visaHsaProductCode", "visa", "US", "debit", Effect::Pays),
    card("5200828282828897", "mastercard_debit_mastercardFsaProductCode", "mastercard", "US", "debit", Effect::Pays),
    card("4000000320000021", "ar", "visa", "AR", "credit", Effect::Pays),
    card("4000000760000002", "br", "visa", "BR", "credit", Effect::Pays),
    card("4000001240000000", "ca", "visa", "CA", "credit", Effect::Pays),
    card("4000001520000001", "cl", "visa", "CL", "credit", Effect::Pays),
    card("4000001700000003", "co", "visa", "CO", "credit", Effect::Pays),
    card("4000001880000005", "cr", "visa", "CR", "credit", Effect::Pays),
    card("4000002180000000", "ec", "visa", "EC", "credit", Effect::Pays),
    card("4000004840008001", "mx", "visa", "MX", "credit", Effect::Pays),
    card("4000005910000000", "pa", "visa", "PA", "credit", Effect::Pays),
    card("4000006000000066", "py", "visa", "PY", "credit", Effect::Pays),
    card("4000006040000068", "pe", "visa", "PE", "credit", Effect::Pays),
    card("4000008580000003", "uy", "visa", "UY", "credit", Effect::Pays),
    card("4000007840000001", "ae", "visa", "AE", "credit", Effect::Pays),
    card("4000000400000008", "at", "visa", "AT", "credit", Effect::Pays),
    card("4000000560000004", "be", "visa", "BE", "credit", Effect::Pays),
    card("4000001000000000", "bg", "visa", "BG", "credit", Effect::Pays),
    card("4000001120000005", "by", "visa", "BY", "credit", Effect::Pays),
    card("4000001910000009", "hr", "visa", "HR", "credit", Effect::Pays),
    card("4000001960000008", "cy", "visa", "CY", "credit", Effect::Pays),
    card("4000002030000002", "cz", "visa", "CZ", "credit", Effect::Pays),
    card("4000002080000001", "dk", "visa", "DK", "credit", Effect::Pays),
    card("4000002330000009", "ee", "visa", "EE", "credit", Effect::Pays),
    card("4000002460000001", "fi", "visa", "FI", "credit", Effect::Pays),
    card("4000002500000003", "fr", "visa", "FR", "credit", Effect::Pays),
    card("4000002760000016", "de", "visa", "DE", "credit", Effect::Pays),
    card("4000002920000005", "gi", "visa", "GI", "credit", Effect::Pays),
    card("4000003000000030", "gr", "visa", "GR", "credit", Effect::Pays),
    card("4000003480000005", "hu", "visa", "HU", "credit", Effect::Pays),
    card("4000003720000005", "ie", "visa", "IE", "credit", Effect::Pays),
    card("4000003800000008", "it", "visa", "IT", "credit", Effect::Pays),
    card("4000004280000005", "lv", "visa", "LV", "credit", Effect::Pays),
    card("4000004380000004", "li", "visa", "LI", "credit", Effect::Pays),
    card("4000004400000000", "lt", "visa", "LT", "credit", Effect::Pays),
    card("4000004420000006", "lu", "visa", "LU", "credit", Effect::Pays),
    card("4000004700000007", "mt", "visa", "MT", "credit", Effect::Pays),
    card("4000005280000002", "nl", "visa", "NL", "credit", Effect::Pays),
    card("4000005780000007", "no", "visa", "NO", "credit", Effect::Pays),
    card("4000006160000005", "pl", "visa", "PL", "credit", Effect::Pays),
    card("4000006200000007", "pt", "visa", "PT", "credit", Effect::Pays),
    card("4000006420000001", "ro", "visa", "RO", "credit", Effect::Pays),
    card("4000006820000007", "", "visa", "SA", "credit", Effect::Pays),
    card("4000007050000006", "si", "visa", "SI", "credit", Effect::Pays),
    card("4000007030000001", "sk", "visa", "SK", "credit", Effect::Pays),
    card("4000007240000007", "es", "visa", "ES", "credit", Effect::Pays),
    card("4000007520000008", "se", "visa", "SE", "credit", Effect::Pays),
    card("4000007560000009", "ch", "visa", "CH", "credit", Effect::Pays),
    card("4000008260000000", "gb", "visa", "GB", "credit", Effect::Pays),
    card("4000000360000006", "au", "visa", "AU", "credit", Effect::Pays),
    card("4000001560000002", "cn", "visa", "CN", "credit", Effect::Pays),
    card("4000003440000004", "hk", "visa", "HK", "credit", Effect::Pays),
    card("4000003560000008", "in", "visa", "IN", "credit", Effect::Pays),
    card("4000003560000123", "", "visa", "IN", "credit", Effect::Authenticates(When::UnlessSetUp, None)),
    card("4000003560000263", "", "visa", "IN", "credit", Effect::Authenticates(When::UnlessSetUp, None)),
    card("4000003920000003", "jp", "visa", "JP", "credit", Effect::Pays),
    card("4000004580000002", "my", "visa", "MY", "credit", Effect::Pays),
    card("4000005540000008", "nz", "visa", "NZ", "credit", Effect::Pays),
    card("4000007020000003", "sg", "visa", "SG", "credit", Effect::Pays),
    card("4000001580000008", "tw", "visa", "TW", "credit", Effect::Pays),
    card("4000007640000003", "th_credit", "visa", "TH", "credit", Effect::Pays),
    card("5062210000000009", "", "mastercard", "MX", "debit", Effect::Pays),
    card("5200007840000022", "ae_mastercard", "mastercard", "AE", "credit", Effect::Pays),
    card("4000058260000005", "gb_debit", "visa", "GB", "debit", Effect::Pays),
    card("5555558265554449", "gb_mastercard", "mastercard", "GB", "credit", Effect::Pays),
    card("3530111333300000", "", "jcb", "JP", "credit", Effect::Pays),
    card("4000057640000008", "th_debit", "visa", "TH", "debit", Effect::Pays),
    card("4000000000000002", "chargeDeclined", "visa", "US", "credit", Effect::Declines(&declines::GENERIC)),
    card("4000000000009995", "chargeDeclinedInsufficientFunds", "visa", "US", "credit", Effect::Declines(&declines::INSUFFICIENT_FUNDS)),
    card("4000000000009987", "chargeDeclinedLostCard", "visa", "US", "credit", Effect::Declines(&declines::LOST_CARD)),
    card("4000000000009979", "chargeDeclinedStolenCard", "visa", "US", "credit", Effect::Declines(&declines::STOLEN_CARD)),
    card("4000000000000069", "chargeDeclinedExpiredCard", "visa", "US", "credit", Effect::Declines(&declines::EXPIRED_CARD)),
    card("4000000000000127", "chargeDeclinedIncorrectCvc", "visa", "US", "credit", Effect::Declines(&declines::INCORRECT_CVC)),
    card("4000000000000119", "chargeDeclinedProcessingError", "visa", "US", "credit", Effect::Declines(&declines::PROCESSING_ERROR)),
    card("4000000000006975", "chargeDeclinedVelocityLimitExceeded", "visa", "US", "credit", Effect::Declines(&declines::VELOCITY)),
    card("4100000000000019", "radarBlock", "visa", "US", "credit", Effect::Declines(&declines::BLOCKED)),
    card("4000000000000341", "chargeCustomerFail", "visa", "US", "credit", Effect::DeclinesLater),
    card("4000000000004954", "riskLevelHighest", "visa", "US", "credit", Effect::Declines(&declines::BLOCKED)),
    card("4000000000009235", "riskLevelElevated", "visa", "US", "credit", Effect::Risky),
    card("4000008400000407", "highFraudDisputeScore", "visa", "US", "credit", Effect::Pays),
    card("4000008400000159", "highEfwScore", "visa", "US", "credit", Effect::Pays),
    card("4000008400001017", "radarDynamicRiskThreshold", "visa", "US", "credit", Effect::Pays),
    card("4000008405600003", "adaptive3dsChallenge", "visa", "US", "credit", Effect::Pays),
    card("4000000000000101", "cvcCheckFail", "visa", "US", "credit", Effect::FailsChecks(&["cvc_check"])),
    card("4000000000000036", "avsZipFail", "visa", "US", "credit", Effect::FailsChecks(&["address_postal_code_check"])),
    card("4000058400307872", "cvcCheckFailElevatedRisk", "visa", "US", "credit", Effect::FailsChecks(&["cvc_check"])),
    card("4000058400306072", "avsZipFailElevatedRisk", "visa", "US", "credit", Effect::FailsChecks(&["address_postal_code_check"])),
    card("4000000000000028", "avsLine1Fail", "visa", "US", "credit", Effect::FailsChecks(&["address_line1_check"])),
    card("4000000000000010", "avsFail", "visa", "US", "credit", Effect::FailsChecks(&["address_line1_check", "address_postal_code_check"])),
    card("4000000000000044", "avsUnchecked", "visa", "US", "credit", Effect::ChecksNoAddress),
    card("4000000000000259", "createDispute", "visa", "US", "credit", Effect::Disputes("fraudulent")),
    card("4000000000002685", "createDisputeProductNotReceived", "visa", "US", "credit", Effect::Disputes("product_not_received")),
    card("4000000404000079", "createMultipleDisputes", "visa", "US", "credit", Effect::Disputes("fraudulent")),
    card("4000000404000038", "createCe3EligibleDispute", "visa", "US", "credit", Effect::Disputes("fraudulent")),
    card("4000008400000779", "createComplianceDispute", "visa", "US", "credit", Effect::Disputes("noncompliant")),
    card("4000000001000043", "createAutoRepresentmentEligibleDispute", "visa", "US", "credit", Effect::Disputes("fraudulent")),
    card("4000000404004816", "createRapidDisputeResolutionDispute", "visa", "US", "credit", Effect::Disputes("fraudulent")),
    card("4000000404005649", "createCe3BlockDispute", "visa", "US", "credit", Effect::Disputes("fraudulent")),
    card("5105008400000002", "createMastercardComplianceDispute", "mastercard", "US", "credit", Effect::Disputes("noncompliant")),
    card("5105000300000018", "createEthocaAlert", "mastercard", "US", "credit", Effect::Disputes("fraudulent")),
    card("4000000000001976", "createDisputeInquiry", "visa", "US", "credit", Effect::Inquires),
    card("4000000000005423", "createIssuerFraudRecord", "visa", "US", "credit", Effect::Pays),
    card("4000000000007726", "pendingRefund", "visa", "US", "credit", Effect::RefundsLater),
    card("4000000000005126", "refundFail", "visa", "US", "credit", Effect::RefundsFail),
    card("4000000000000077", "bypassPending", "visa", "US", "credit", Effect::SettlesAtOnce),
    card("4000003720000278", "bypassPendingInternational", "visa", "IE", "credit", Effect::SettlesAtOnce),
    card("4000002500003155", "authenticationRequiredOnSetup", "visa", "FR", "credit", Effect::Authenticates(When::UnlessSetUp, None)),
    card("4000002760003184", "authenticationRequired", "visa", "DE", "credit", Effect::Authenticates(When::Always, None)),
    card("4000003800000446", "authenticationRequiredSetupForOffSession", "visa", "IT", "credit", Effect::Authenticates(When::OnSession, None)),
    card("4000008260003178", "authenticationRequiredChargeDeclinedInsufficientFunds", "visa", "GB", "credit", Effect::Authenticates(When::Always, Some(&declines::INSUFFICIENT_FUNDS))),
    card("4000000000003220", "threeDSecure2Required", "visa", "IE", "credit", Effect::Authenticates(When::Always, None)),
    card("4000008400000027", "", "visa", "US", "credit", Effect::Authenticates(When::Always, None)),
    card("4000008400001629", "threeDSecureRequiredChargeDeclined", "visa", "US", "credit", Effect::Authenticates(When::Always, Some(&declines::GENERIC))),
    card("4000008400001280", "threeDSecureRequiredProcessingError", "visa", "US", "credit", Effect::Declines(&declines::GENERIC)),
    card("4000000000003055", "threeDSecureOptional", "visa", "US", "credit", Effect::Authenticates(When::IfRequested, None)),
    card("4000000000003097", "threeDSecureOptionalProcessingError", "visa", "US", "credit", Effect::Pays),
    card("4000000032200000", "", "visa", "US", "credit", Effect::Pays),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::accounts::debit_cards::luhn;
    use std::collections::HashSet;

    #[test]
    fn numbers_have_a_check_digit_and_names_are_unique() {
        let (mut numbers, mut names) = (HashSet::new(), HashSet::new());
        for card in CARDS {
            assert!(luhn(card.number) && numbers.insert(card.number), "{}", card.number);
            assert!(card.name.is_empty() || names.insert(card.name), "{}", card.name);
        }
        assert!(CARDS.len() > 120, "{}", CARDS.len());
    }

    #[test]
    fn country_follows_from_the_number() {
        for (number, expected) in [
            ("4242424242424242", "US"),
            ("4000003560000008", "IN"),
            ("4000002500000367", "FR"),
            ("4000000000000002", "US"),
            ("4111111111111111", "US"),
            ("4000", "US"),
        ] {
            assert_eq!(country(number), expected, "{number}");
        }
    }

    #[test]
    fn payment_methods_and_tokens_name_the_same_cards() {
        for (id, number) in [
            ("pm_card_visa", Some("4242424242424242")),
            ("tok_visa", Some("4242424242424242")),
            ("pm_card_us", Some("4242424242424242")),
            ("pm_card_visa_chargeDeclined", Some("4000000000000002")),
            ("pm_card_chargeDeclined", Some("4000000000000002")),
            ("tok_chargeDeclinedFraudulent", Some("4100000000000019")),
            ("pm_card_", None),
            ("pm_card_nothing", None),
            ("visa", None),
        ] {
            assert_eq!(named(id).map(|card| card.number), number, "{id}");
        }
    }
}
