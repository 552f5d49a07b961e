//! Debit cards for payouts: the test numbers and their effects.

use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::country_table;
use crate::state::AccountContext;
use serde_json::json;

/// The test cards of a country: a Visa card that accepts payouts, one that rejects them, one without instant payouts,
/// and a Mastercard that accepts them.
struct Cards {
    country: &'static str,
    good: &'static str,
    failing: &'static str,
    slow: &'static str,
    mastercard: &'static str,
}

const fn cards(
    country: &'static str,
    good: &'static str,
    failing: &'static str,
    slow: &'static str,
    mastercard: &'static str,
) -> Cards {
    Cards { country, good, failing, slow, mastercard }
}

/// The test debit cards of all countries that have some.
const CARDS: &[Cards] = &[
    cards("US", "4000056655665556", "4000056655665572", "4000056755665555", "5200828282828210"),
    cards("CA", "4000051240000005", "4000051240000021", "4000051240000039", "5510121240000006"),
    cards("SG", "4000057020000008", "4000057020000016", "4000057020000024", "2227200000000009"),
    cards("AU", "4000050360000019", "4000050360000027", "4000050360000035", "5555050360000023"),
    cards("AE", "4000057840000006", "4000057840000014", "4000057840000022", "5555057840000002"),
    cards("GB", "4000058260000203", "4000058260000211", "4000058260000229", "5555058260000100"),
    cards("AT", "4000050400000003", "4000050400000011", "4000050400000029", "5555050400000009"),
    cards("BE", "4000050560000009", "4000050560000017", "4000050560000025", "5555050560000005"),
    cards("HR", "4000051910000004", "4000051910000012", "4000051910000020", "5555051910000000"),
    cards("CY", "4000051960000003", "4000051960000011", "4000051960000029", "5555051960000009"),
    cards("EE", "4000052330000004", "4000052330000012", "4000052330000020", "5555052330000000"),
    cards("FI", "4000052460000006", "4000052460000014", "4000052460000022", "5555052460000002"),
    cards("FR", "4000052500000008", "4000052500000016", "4000052500000024", "5555052500000004"),
    cards("DE", "4000052760000037", "4000052760000011", "4000052760000029", "5555052760000009"),
    cards("GR", "4000053000000001", "4000053000000019", "4000053000000027", "5555053000000007"),
    cards("IE", "4000053720000000", "4000053720000018", "4000053720000026", "5555053720000006"),
    cards("IT", "4000053800000037", "4000053800000011", "4000053800000029", "5555053800000009"),
    cards("LV", "4000054280000000", "4000054280000018", "4000054280000026", "5555054280000006"),
    cards("LT", "4000054400000005", "4000054400000013", "4000054400000021", "5555054400000001"),
    cards("LU", "4000054420000001", "4000054420000019", "4000054420000027", "5555054420000007"),
    cards("MT", "4000054700000002", "4000054700000010", "4000054700000028", "5555054700000008"),
    cards("NL", "4000055280000007", "4000055280000015", "4000055280000023", "5555055280000003"),
    cards("PT", "4000056200000002", "4000056200000010", "4000056200000028", "5555056200000008"),
    cards("SK", "4000057030000006", "4000057030000014", "4000057030000022", "5555057030000002"),
    cards("SI", "4000057050000001", "4000057050000019", "4000057050000027", "5555057050000007"),
    cards("ES", "4000057240000036", "4000057240000010", "4000057240000028", "5555057240000008"),
    cards("DK", "4000052080000006", "4000052080000014", "4000052080000022", "5555052080000002"),
    cards("MY", "4000054580000031", "4000054580000015", "4000054580000023", "5555054580000003"),
    cards("NZ", "4000055540000003", "4000055540000011", "4000055540000029", "5555055540000165"),
    cards("NO", "4000055780000002", "4000055780000010", "4000055780000028", "5555055780000008"),
    cards("SE", "4000057520000003", "4000057520000011", "4000057520000029", "5555057520000009"),
    cards("CZ", "4000052030000007", "4000052030000015", "4000052030000023", "5555052030000003"),
    cards("HU", "4000053480000000", "4000053480000018", "4000053480000026", "5555053480000006"),
    cards("PL", "4000056160000000", "4000056160000018", "4000056160000026", "5555056160000006"),
    cards("RO", "4000056420000030", "4000056420000014", "4000056420000022", "5555056420000002"),
];

/// Test tokens with irregular names, with their numbers and whether they are debit cards.
const TOKENS: [(&str, &str, bool); 5] = [
    ("tok_visa_debit", "4000056655665556", true),
    ("tok_mastercard_debit", "5200828282828210", true),
    ("tok_discover_debit_us_transferSuccess", "6011981111111113", true),
    ("tok_visa_credit_au", "4000000360000006", false),
    ("tok_visa_credit_ae", "4000007840000001", false),
];

/// The number of a test token.
fn number_of(token: &str) -> Option<&'static str> {
    if let Some((_, number, _)) = TOKENS.iter().find(|(known, ..)| *known == token) {
        return Some(number);
    }
    let (brand, rest) = match token.strip_prefix("tok_visa_debit_") {
        Some(rest) => ("visa", rest),
        None => ("mastercard", token.strip_prefix("tok_mastercard_debit_")?),
    };
    let (country, kind) = rest.split_once('_')?;
    let cards = CARDS.iter().find(|cards| cards.country.eq_ignore_ascii_case(country))?;
    match (brand, kind) {
        ("visa", "transferSuccess") => Some(cards.good),
        ("visa", "transferFail") => Some(cards.failing),
        ("visa", "instantPayoutUnsupported") => Some(cards.slow),
        ("mastercard", "transferSuccess") => Some(cards.mastercard),
        _ => None,
    }
}

fn of_number(number: &str) -> Option<&'static Cards> {
    CARDS.iter().find(|cards| [cards.good, cards.failing, cards.slow, cards.mastercard].contains(&number))
}

fn is_debit(number: &str) -> bool {
    of_number(number).is_some() || TOKENS.iter().any(|(_, known, debit)| *known == number && *debit)
}

/// How a payout to a card fails; `None` if it succeeds.
pub fn payout_failure(number: &str) -> Option<&'static str> {
    of_number(number).filter(|cards| cards.failing == number).map(|_| "could_not_process")
}

/// Whether a card accepts instant payouts.
pub fn is_instant(number: &str) -> bool {
    of_number(number).is_none_or(|cards| cards.slow != number)
}

/// Whether a text is a test token of a debit card.
pub fn is_test_token(token: &str) -> bool {
    number_of(token).is_some()
}

/// The card of a test token. Test tokens can be reused.
pub(crate) fn of_test_token(
    context: &mut AccountContext<'_>,
    token: &str,
    param: &str,
) -> Result<(Json, Json), ApiError> {
    let number = number_of(token).ok_or_else(|| ApiError::missing("token", token, param))?;
    let given = json!({ "number": number, "exp_month": "12", "exp_year": "2034" });
    let (card, notes) = build(context, &given, param)?;
    for_payouts(card, param).map(|card| (card, notes))
}

/// Checks that a card can receive payouts.
pub(crate) fn for_payouts(card: Json, param: &str) -> Result<Json, ApiError> {
    if card.text("funding") == "debit" {
        return Ok(card);
    }
    let message = "Invalid card: payouts require a debit card.";
    Err(ApiError::invalid(message).code("invalid_card_type").param(param))
}

/// Creates a `card` object from its details. Returns it with its internal data.
pub(crate) fn build(
    context: &mut AccountContext<'_>,
    given: &Json,
    param: &str,
) -> Result<(Json, Json), ApiError> {
    let number: String = given.text("number").chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    if !(12..=19).contains(&number.len()) || !luhn(&number) {
        let message = "Your card number is incorrect.";
        return Err(ApiError::new(402, "card_error", message)
            .code("incorrect_number")
            .param(format!("{param}[number]")));
    }
    let whole = |name: &str| given.int(name).max(given.text(name).parse().unwrap_or_default());
    let (month, mut year) = (whole("exp_month"), whole("exp_year"));
    if year < 100 {
        year += 2000;
    }
    if !(1..=12).contains(&month) {
        let refusal = ApiError::new(402, "card_error", "Your card's expiration month is invalid.");
        return Err(refusal.code("invalid_expiry_month").param(format!("{param}[exp_month]")));
    }
    let this_year = 1970 + context.now() / 31_556_952;
    if year < this_year || year > this_year + 50 {
        let refusal = ApiError::new(402, "card_error", "Your card's expiration year is invalid.");
        return Err(refusal.code("invalid_expiry_year").param(format!("{param}[exp_year]")));
    }
    let brand = match network(&number) {
        "visa" => "Visa",
        "mastercard" => "MasterCard",
        "amex" => "American Express",
        "discover" => "Discover",
        _ => "Unknown",
    };
    let country = of_number(&number).map_or("US", |cards| cards.country);
    let currency = country_table::currency(country);
    let mut card = json!({
        "brand": brand, "country": country, "exp_month": month, "exp_year": year,
        "fingerprint": crate::resources::accounts::bank_accounts::fingerprint(&number, "card"), "last4": number.get(number.len() - 4..),
        "funding": funding(&number), "metadata": {},
        "currency": given.at("currency").and_then(Json::as_str).unwrap_or(currency), "networks": { "preferred": null },
        "regulated_status": "unregulated",
    });
    if given.at("cvc").is_some() {
        set(&mut card, "cvc_check", "unchecked");
    }
    if given.at("address_zip").is_some() {
        set(&mut card, "address_zip_check", "unchecked");
    }
    for name in [
        "name",
        "address_city",
        "address_country",
        "address_line1",
        "address_line2",
        "address_state",
        "address_zip",
    ] {
        if let Some(value) = given.at(name) {
            set(&mut card, name, value.clone());
        }
    }
    Ok((context.build("card", "card", card)?, json!({ "card_number": number })))
}

/// The network of a card number, by its first digit.
pub(crate) fn network(number: &str) -> &'static str {
    match number.get(..1) {
        Some("4") => "visa",
        Some("5") => "mastercard",
        Some("3") => "amex",
        Some("6") => "discover",
        _ => "unknown",
    }
}

/// Whether a card is a debit or a credit card.
pub(crate) fn funding(number: &str) -> &'static str {
    if is_debit(number) { "debit" } else { "credit" }
}

/// Whether the check digit of a card number is valid.
pub(crate) fn luhn(number: &str) -> bool {
    let mut sum = 0;
    for (place, digit) in number.chars().rev().enumerate() {
        let Some(digit) = digit.to_digit(10) else { return false };
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        sum += if doubled > 9 { doubled - 9 } else { doubled };
    }
    sum % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_card_numbers_are_valid_and_have_their_effect() {
        for cards in CARDS {
            for number in [cards.good, cards.failing, cards.slow, cards.mastercard] {
                assert!(luhn(number) && is_debit(number), "{number}");
                assert_eq!(is_instant(number), number != cards.slow, "{number}");
                assert_eq!(payout_failure(number).is_some(), number == cards.failing, "{number}");
            }
            let country = cards.country.to_lowercase();
            for (token, number) in [
                (format!("tok_visa_debit_{country}_transferSuccess"), cards.good),
                (format!("tok_visa_debit_{country}_transferFail"), cards.failing),
                (format!("tok_visa_debit_{country}_instantPayoutUnsupported"), cards.slow),
                (format!("tok_mastercard_debit_{country}_transferSuccess"), cards.mastercard),
            ] {
                assert_eq!(number_of(&token), Some(number), "{token}");
            }
        }
        for (token, number, debit) in TOKENS {
            assert!(is_test_token(token) && luhn(number), "{token}");
            assert_eq!(is_debit(number), debit, "{token}");
        }
        assert!(
            !luhn("4000056655665557")
                && !luhn("40000566x5665556")
                && !is_test_token("tok_visa_debit_xx_transferFail")
        );
    }
}
