//! Debit cards that money can be paid out to: the test numbers and what they do.

use crate::engine::{Json, Peek, Refusal, set};
use crate::state::Work;
use serde_json::json;

/// The test tokens, with the numbers that they stand for.
const TOKENS: [(&str, &str); 3] = [
    ("tok_visa_debit", "4000056655665556"),
    ("tok_mastercard_debit", "5200828282828210"),
    ("tok_visa_debit_us_transferSuccess", "4000056655665556"),
];

/// Test numbers of debit cards.
const DEBIT: [&str; 4] = ["4000056655665556", "4000056655665572", "4000056755665555", "5200828282828210"];

/// How a payout to a card fails; `None` if it does not.
pub fn payout_failure(number: &str) -> Option<&'static str> {
    (number == "4000056655665572").then_some("could_not_process")
}

/// Whether a card takes instant payouts.
pub fn is_instant(number: &str) -> bool {
    number != "4000056755665555"
}

/// Whether a text is one of the test tokens of debit cards.
pub fn is_test_token(token: &str) -> bool {
    TOKENS.iter().any(|(known, _)| *known == token)
}

/// The card of a test token. Test tokens can be used again and again.
pub(crate) fn of_test_token(work: &mut Work<'_>, token: &str, param: &str) -> Result<(Json, Json), Refusal> {
    let number = TOKENS.iter().find(|(known, _)| *known == token).map(|(_, number)| *number);
    let number = number.ok_or_else(|| Refusal::missing("token", token, param))?;
    let given = json!({ "number": number, "exp_month": "12", "exp_year": "2034", "currency": "usd" });
    build(work, &given, param)
}

/// A `card` object of what was sent about it, and what is remembered beside it.
pub(crate) fn build(work: &mut Work<'_>, given: &Json, param: &str) -> Result<(Json, Json), Refusal> {
    let number: String = given.text("number").chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    if !(12..=19).contains(&number.len()) || !luhn(&number) {
        let message = "Your card number is incorrect.";
        return Err(Refusal::new(402, "card_error", message)
            .code("incorrect_number")
            .param(format!("{param}[number]")));
    }
    let whole = |name: &str| given.int(name).max(given.text(name).parse().unwrap_or_default());
    let (month, mut year) = (whole("exp_month"), whole("exp_year"));
    if year < 100 {
        year += 2000;
    }
    if !(1..=12).contains(&month) {
        let refusal = Refusal::new(402, "card_error", "Your card's expiration month is invalid.");
        return Err(refusal.code("invalid_expiry_month").param(format!("{param}[exp_month]")));
    }
    let this_year = 1970 + work.now() / 31_556_952;
    if year < this_year || year > this_year + 50 {
        let refusal = Refusal::new(402, "card_error", "Your card's expiration year is invalid.");
        return Err(refusal.code("invalid_expiry_year").param(format!("{param}[exp_year]")));
    }
    let brand = match number.get(..1) {
        Some("4") => "Visa",
        Some("5") => "MasterCard",
        Some("3") => "American Express",
        Some("6") => "Discover",
        _ => "Unknown",
    };
    let mut card = json!({
        "brand": brand, "country": "US", "exp_month": month, "exp_year": year,
        "fingerprint": crate::resources::accounts::bank_accounts::fingerprint(&number, "card"), "last4": number.get(number.len() - 4..),
        "funding": if DEBIT.contains(&number.as_str()) { "debit" } else { "credit" }, "metadata": {},
        "currency": given.at("currency").and_then(Json::as_str).unwrap_or("usd"),
    });
    if given.at("cvc").is_some() {
        set(&mut card, "cvc_check", "unchecked");
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
    Ok((work.build("card", "card", card)?, json!({ "card_number": number })))
}

/// The check digit of a card number.
fn luhn(number: &str) -> bool {
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
    fn test_numbers_are_good_numbers_and_do_what_they_should() {
        assert!(DEBIT.iter().all(|number| luhn(number)));
        assert!(!luhn("4000056655665557") && !luhn("40000566x5665556"));
        assert_eq!(payout_failure("4000056655665572"), Some("could_not_process"));
        assert!(is_instant("4000056655665556") && !is_instant("4000056755665555"));
        assert!(TOKENS.iter().all(|(token, number)| is_test_token(token) && DEBIT.contains(number)));
    }
}
