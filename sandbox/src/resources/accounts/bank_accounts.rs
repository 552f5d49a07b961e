//! Bank accounts: what the test numbers do, and the objects made of them.

use super::countries;
use crate::engine::{Json, Peek, Refusal};
use crate::spec;
use crate::state::{Action, Work};
use serde_json::json;

/// The test tokens of verified bank accounts, and how a debit from them fails.
const TOKENS: [(&str, Option<&str>); 6] = [
    ("btok_us_verified", None),
    ("btok_us_verified_noAccount", Some("no_account")),
    ("btok_us_verified_accountClosed", Some("account_closed")),
    ("btok_us_verified_insufficientFunds", Some("insufficient_funds")),
    ("btok_us_verified_debitNotAuthorized", Some("debit_not_authorized")),
    ("btok_us_verified_invalidCurrency", Some("invalid_currency")),
];

/// The failure that a test token stands for; `None` if it is not one of them.
pub fn token_failure(token: &str) -> Option<Option<&'static str>> {
    TOKENS.iter().find(|(known, _)| *known == token).map(|(_, failure)| *failure)
}

/// The test numbers of bank accounts, and how money to or from them fails.
const NUMBERS: [(&str, &str); 5] = [
    ("000111111116", "no_account"),
    ("000111111113", "account_closed"),
    ("000222222227", "insufficient_funds"),
    ("000333333335", "debit_not_authorized"),
    ("000444444440", "invalid_currency"),
];
/// The test number of a bank account whose debits never end.
pub const PROCESSING: &str = "000000000009";

/// The test payment methods of bank accounts by the end of their id, and the number of each.
const METHODS: [(&str, &str); 7] = [
    ("success", GOOD),
    ("accountClosed", "000111111113"),
    ("noAccount", "000111111116"),
    ("insufficientFunds", "000222222227"),
    ("debitNotAuthorized", "000333333335"),
    ("invalidCurrency", "000444444440"),
    ("processing", PROCESSING),
];

/// The number of the bank account of a test payment method; `None` if it is not one of them.
pub fn test_method(name: &str) -> Option<&'static str> {
    METHODS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

/// The test number of a bank account that works, and the routing number of its bank.
const GOOD: &str = "000123456789";
const ROUTING: &str = "110000000";

/// How money to or from a test account number fails.
pub fn number_failure(number: &str) -> Option<&'static str> {
    NUMBERS.iter().find(|(known, _)| *known == number).map(|(_, failure)| *failure)
}

/// Whether a bank account takes instant payouts; all but one of the test numbers do.
pub fn is_instant(number: &str) -> bool {
    number != "000888888883"
}

/// How banks refuse money, by Stripe's codes of failed payouts and top-ups, which its document does not list, and what each
/// says to people.
const FAILURES: [(&str, &str); 16] = [
    ("account_closed", "The bank account was closed."),
    ("account_frozen", "The bank account is frozen."),
    ("bank_account_restricted", "The bank account takes no such transfers."),
    ("bank_ownership_changed", "The bank account belongs to another bank now."),
    ("could_not_process", "The bank could not process the transfer."),
    ("debit_not_authorized", "The owner did not authorise the debit."),
    ("declined", "The bank declined the transfer."),
    ("incorrect_account_address", "The bank knows another address of the owner."),
    ("incorrect_account_holder_name", "The bank knows another name of the owner."),
    ("incorrect_account_holder_tax_id", "The bank knows another tax id of the owner."),
    ("incorrect_account_type", "The bank account is of another type."),
    ("insufficient_funds", "The bank account does not hold enough money."),
    ("invalid_account_number", "The number of the bank account cannot be."),
    ("invalid_currency", "The bank account cannot take this currency."),
    ("no_account", "The bank does not know the account."),
    ("unsupported_card", "The card takes no such transfers."),
];

/// Refuses a code that is not one of how banks refuse money.
pub(crate) fn known_failure(code: &str) -> Result<(), Refusal> {
    spec::one_of(&FAILURES.map(|(known, _)| known), code, "code")
}

/// What a failure code says to people.
pub fn failure_message(code: &str) -> &'static str {
    let known = FAILURES.iter().find(|(known, _)| *known == code);
    known.map_or("The bank refused the transfer.", |(_, message)| message)
}

/// The test number of a bank account that works in a country, and the number of its bank where the country has one.
pub fn good(country: &str) -> (&'static str, Option<&'static str>) {
    match country {
        "US" => (GOOD, Some(ROUTING)),
        "GB" => ("00012345", Some("108800")),
        _ => (GOOD, None),
    }
}

/// A `bank_account` object from the parameters under `path` of a request, and its full number.
pub fn read(call: &mut Action<'_>, path: &str) -> Result<(Json, String), Refusal> {
    let given = call.param(path).unwrap_or_default();
    of(call, &given, path)
}

/// A `bank_account` object of what was told about it, and its full number. `path` is where that is in a request.
pub fn of(work: &mut Work<'_>, given: &Json, path: &str) -> Result<(Json, String), Refusal> {
    let number = given.text("account_number").to_owned();
    let in_bracket = |name: &str| format!("{path}[{name}]");
    if number.len() < 4 || !number.chars().all(|c| c.is_ascii_alphanumeric()) {
        let refusal =
            Refusal::invalid("This is not the number of a bank account.").code("account_number_invalid");
        return Err(refusal.param(in_bracket("account_number")));
    }
    let country = given.text("country");
    let routing = given.text("routing_number");
    if country == "US" && !(routing.len() == 9 && routing.chars().all(|c| c.is_ascii_digit())) {
        let refusal = Refusal::invalid("The routing number of a bank in the United States has 9 digits.");
        return Err(refusal.code("routing_number_invalid").param(in_bracket("routing_number")));
    }
    let currency =
        if given.text("currency").is_empty() { countries::currency(country) } else { given.text("currency") };
    let last4 = number.get(number.len() - 4..).unwrap_or_default();
    let fingerprint = fingerprint(&number, routing);
    let object = json!({
        "account_holder_name": given.at("account_holder_name"), "account_holder_type": given.at("account_holder_type"),
        "account_type": given.at("account_type"), "bank_name": bank_name(country), "country": country,
        "currency": currency, "fingerprint": fingerprint, "last4": last4, "routing_number": given.at("routing_number"),
        "status": "new",
    });
    Ok((work.build("bank_account", "ba", object)?, number))
}

/// The bank account of a test token, and what is remembered beside it; `None` if it is not one of them. Test tokens can be
/// used again and again.
pub fn of_test_token(work: &mut Work<'_>, token: &str) -> Result<Option<(Json, Json)>, Refusal> {
    let Some(failure) = token_failure(token) else { return Ok(None) };
    let number = NUMBERS.iter().find(|(_, code)| failure == Some(*code)).map_or(GOOD, |(number, _)| *number);
    let object = json!({
        "account_holder_name": "Jenny Rosen", "account_holder_type": "individual", "bank_name": bank_name("US"),
        "country": "US", "currency": "usd", "fingerprint": fingerprint(number, ROUTING),
        "last4": number.get(number.len() - 4..), "routing_number": ROUTING, "status": "new",
    });
    Ok(Some((work.build("bank_account", "ba", object)?, json!({ "account_number": number }))))
}

/// The bank that test accounts of a country are with.
pub fn bank_name(country: &str) -> &'static str {
    if country == "US" { "STRIPE TEST BANK" } else { "TEST BANK" }
}

/// The same text for the same account, whoever holds it.
pub fn fingerprint(number: &str, routing: &str) -> String {
    let seed = routing.bytes().chain(number.bytes()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    crate::engine::Ids::new(seed).text(16)
}

/// Takes the bank account out of a token, which can be done once.
pub fn redeem(work: &mut Work<'_>, token: &str, param: &str) -> Result<(Json, Json), Refusal> {
    let found = work.get("token", token, param)?;
    if found.flag("used") {
        let message = "A token is used once; this one was used before.";
        return Err(Refusal::invalid(message).code("token_already_used").param(param));
    }
    let bank_account = found.at("bank_account").cloned();
    let bank_account =
        bank_account.ok_or_else(|| Refusal::invalid("The token is not of a bank account.").param(param))?;
    work.change(token, |token| crate::engine::set(token, "used", true))?;
    Ok((bank_account, work.notes(token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_values_decide_the_failure() {
        assert_eq!(token_failure("btok_us_verified"), Some(None));
        assert_eq!(token_failure("btok_us_verified_noAccount"), Some(Some("no_account")));
        assert_eq!(token_failure("btok_other"), None);
        assert_eq!(number_failure("000123456789"), None);
        assert_eq!(number_failure("000111111113"), Some("account_closed"));
        assert_eq!(fingerprint("1", "2"), fingerprint("1", "2"));
        assert_ne!(fingerprint("1", "2"), fingerprint("2", "1"));
    }
}
