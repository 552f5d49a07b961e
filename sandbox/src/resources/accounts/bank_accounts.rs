//! Bank accounts: what the test numbers do, and the objects made of them.

use super::bank_numbers;
use super::countries;
use crate::engine::{ApiError, Json, Peek};
use crate::resources::accounts::country_table;
use crate::spec;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The test tokens of verified bank accounts, and how a debit from them fails.
const TOKENS: [(&str, Option<&str>); 7] = [
    ("btok_us", None),
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

/// How money to or from an account number of a country fails in test mode.
pub fn number_failure(country: &str, number: &str) -> Option<&'static str> {
    bank_numbers::find(country)?.outcome(number).flatten()
}

/// What a debit of an account number in the United States does in test mode: `None` if test mode does not take the
/// number, otherwise how it fails.
pub(crate) fn us_outcome(number: &str) -> Option<Option<&'static str>> {
    bank_numbers::find("US")?.outcome(number)
}

/// Whether a bank account takes instant payouts: in test mode only those of one bank in the United States do.
pub fn is_instant(country: &str, number: &str, routing: &str) -> bool {
    country == "US" && routing == ROUTING && number != bank_numbers::NOT_INSTANT
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
pub(crate) fn known_failure(code: &str) -> Result<(), ApiError> {
    spec::one_of(&FAILURES.map(|(known, _)| known), code, "code")
}

/// What a failure code says to people.
pub fn failure_message(code: &str) -> &'static str {
    let known = FAILURES.iter().find(|(known, _)| *known == code);
    known.map_or("The bank refused the transfer.", |(_, message)| message)
}

/// The test number of a bank account that works in a country, and the number of its bank where the country has one.
pub fn good(country: &str) -> (&'static str, Option<&'static str>) {
    bank_numbers::find(country)
        .map_or((GOOD, None), |banks| (banks.number, (!banks.routing.is_empty()).then_some(banks.example)))
}

/// A `bank_account` object from the parameters under `path` of a request, and its full number.
pub fn read(call: &mut RequestContext<'_>, path: &str) -> Result<(Json, String), ApiError> {
    let given = call.param(path).unwrap_or_default();
    of(call, &given, path)
}

/// A `bank_account` object of what was told about it, and its full number. `path` is where that is in a request.
pub fn of(context: &mut AccountContext<'_>, given: &Json, path: &str) -> Result<(Json, String), ApiError> {
    let in_bracket = |name: &str| format!("{path}[{name}]");
    let country = given.text("country");
    let Some(banks) = bank_numbers::find(country) else {
        let message = format!("There are no bank accounts of {country} to pay out to.");
        return Err(ApiError::invalid(message).code("country_unsupported").param(in_bracket("country")));
    };
    let number = account_number(banks, given.text("account_number"), context.scope().live)
        .map_err(|refusal| refusal.param(in_bracket("account_number")))?;
    let routing = banks.routing_number(given.text("routing_number")).ok_or_else(|| {
        let message =
            format!("The routing number does not fit banks in {country}, such as {}.", banks.example);
        ApiError::invalid(message).code("routing_number_invalid").param(in_bracket("routing_number"))
    })?;
    let currency = if given.text("currency").is_empty() {
        country_table::currency(country)
    } else {
        given.text("currency")
    };
    let last4 = number.get(number.len().saturating_sub(4)..).unwrap_or_default();
    let fingerprint = fingerprint(&number, &routing);
    let kind = given.at("account_type").cloned().unwrap_or_else(|| {
        // Ordinary accounts in Japan are called so.
        if country == "JP" { json!("futsu") } else { Json::Null }
    });
    let object = json!({
        "account_holder_name": given.at("account_holder_name"), "account_holder_type": given.at("account_holder_type"),
        "account_type": kind, "bank_name": bank_numbers::bank_name(&routing), "country": country, "currency": currency,
        "fingerprint": fingerprint, "last4": last4, "routing_number": routing, "status": "new",
    });
    Ok((context.build("bank_account", "ba", object)?, number))
}

/// The account number without blanks, if it can be one. Test mode takes its own numbers only.
fn account_number(banks: &bank_numbers::Banks, sent: &str, live: bool) -> Result<String, ApiError> {
    let number: String = sent.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let number = number.to_ascii_uppercase();
    let wrong = |message: String| Err(ApiError::invalid(message).code("account_number_invalid"));
    if live {
        return match banks.fits(&number) {
            true => Ok(number),
            false => wrong(format!("This is not the number of a bank account in {}.", banks.country)),
        };
    }
    if banks.outcome(&number).is_none() {
        return wrong(format!(
            "Test mode takes test account numbers only, such as {} for {}.",
            banks.number, banks.country
        ));
    }
    Ok(number)
}

/// Refuses details of a bank account in the United States that cannot be: of a payment or a transfer that is described
/// instead of naming a payment method. `place` is where the details are in the request.
pub fn check_us(given: &Json, place: &str) -> Result<(), ApiError> {
    let Some(banks) = bank_numbers::find("US") else { return Ok(()) };
    if let Some(number) = given.at("account_number").and_then(Json::as_str) {
        account_number(banks, number, false)
            .map_err(|refusal| refusal.param(format!("{place}[account_number]")))?;
    }
    match given.at("routing_number").and_then(Json::as_str) {
        Some(routing) if banks.routing_number(routing).is_none() => {
            let message = "The routing number of a bank in the United States has 9 digits and a check digit.";
            let refusal = ApiError::invalid(message).code("routing_number_invalid");
            Err(refusal.param(format!("{place}[routing_number]")))
        }
        _ => Ok(()),
    }
}

/// Refuses a bank account that accounts of a country cannot be paid out to.
pub fn belongs(account_country: &str, external: &Json, path: &str) -> Result<(), ApiError> {
    let (bank, currency) = (external.text("country"), external.text("currency"));
    let Some(country) = country_table::find(account_country) else { return Ok(()) };
    if countries::takes_bank(country, currency, bank) {
        return Ok(());
    }
    let message = format!("Accounts in {account_country} are not paid out in {currency} to banks in {bank}.");
    Err(ApiError::invalid(message).param(format!("{path}[currency]")))
}

/// The bank account of a test token, and what is remembered beside it; `None` if it is not one of them. Test tokens can be
/// used again and again.
pub fn of_test_token(
    context: &mut AccountContext<'_>,
    token: &str,
) -> Result<Option<(Json, Json)>, ApiError> {
    let Some(failure) = token_failure(token) else { return Ok(None) };
    let number = failure.map_or_else(|| GOOD.to_owned(), bank_numbers::failing_us);
    let number = number.as_str();
    let object = json!({
        "account_holder_name": "Jenny Rosen", "account_holder_type": "individual", "bank_name": bank_name("US"),
        "country": "US", "currency": "usd", "fingerprint": fingerprint(number, ROUTING),
        "last4": number.get(number.len() - 4..), "routing_number": ROUTING, "status": "new",
    });
    Ok(Some((context.build("bank_account", "ba", object)?, json!({ "account_number": number }))))
}

/// The bank that test accounts are with.
pub fn bank_name(routing: &str) -> &'static str {
    bank_numbers::bank_name(routing)
}

/// The same text for the same account, whoever holds it.
pub fn fingerprint(number: &str, routing: &str) -> String {
    let seed = routing.bytes().chain(number.bytes()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    crate::engine::Ids::new(seed).text(16)
}

/// Takes the bank account out of a token, which can be done once.
pub fn redeem(context: &mut AccountContext<'_>, token: &str, param: &str) -> Result<(Json, Json), ApiError> {
    let found = context.get("token", token, param)?;
    if found.flag("used") {
        let message = "A token is used once; this one was used before.";
        return Err(ApiError::invalid(message).code("token_already_used").param(param));
    }
    let bank_account = found.at("bank_account").cloned();
    let bank_account =
        bank_account.ok_or_else(|| ApiError::invalid("The token is not of a bank account.").param(param))?;
    context.change(token, |token| crate::engine::set(token, "used", true))?;
    Ok((bank_account, context.notes(token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_values_decide_the_failure() {
        assert_eq!(token_failure("btok_us_verified"), Some(None));
        assert_eq!(token_failure("btok_us_verified_noAccount"), Some(Some("no_account")));
        assert_eq!(token_failure("btok_other"), None);
        assert_eq!(number_failure("US", "000123456789"), None);
        assert_eq!(number_failure("US", "000111111113"), Some("account_closed"));
        for (code, number) in
            TOKENS.iter().filter_map(|(_, code)| Some(((*code)?, bank_numbers::failing_us((*code)?))))
        {
            assert_eq!(number_failure("US", &number), Some(code));
        }
        assert_eq!(fingerprint("1", "2"), fingerprint("1", "2"));
        assert_ne!(fingerprint("1", "2"), fingerprint("2", "1"));
    }
}
