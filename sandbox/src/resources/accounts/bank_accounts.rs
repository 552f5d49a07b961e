//! Bank accounts: the effects of test numbers, and their objects.

use super::bank_numbers;
use super::countries;
use crate::engine::{ApiError, Json, Peek};
use crate::resources::accounts::country_table;
use crate::spec;
use crate::state::{AccountContext, RequestContext, State};
use serde_json::json;

/// The test tokens of verified bank accounts, and how a debit fails.
const TOKENS: [(&str, Option<&str>); 7] = [
    ("btok_us", None),
    ("btok_us_verified", None),
    ("btok_us_verified_noAccount", Some("no_account")),
    ("btok_us_verified_accountClosed", Some("account_closed")),
    ("btok_us_verified_insufficientFunds", Some("insufficient_funds")),
    ("btok_us_verified_debitNotAuthorized", Some("debit_not_authorized")),
    ("btok_us_verified_invalidCurrency", Some("invalid_currency")),
];

/// The failure of a test token; `None` for other tokens.
pub fn token_failure(token: &str) -> Option<Option<&'static str>> {
    TOKENS.iter().find(|(known, _)| *known == token).map(|(_, failure)| *failure)
}

/// The test number of a bank account whose debits stay pending.
pub const PROCESSING: &str = "000000000009";

/// The test payment methods of bank accounts by the suffix of their id, and the number of each.
const METHODS: [(&str, &str); 7] = [
    ("success", GOOD),
    ("accountClosed", "000111111113"),
    ("noAccount", "000111111116"),
    ("insufficientFunds", "000222222227"),
    ("debitNotAuthorized", "000333333335"),
    ("invalidCurrency", "000444444440"),
    ("processing", PROCESSING),
];

/// The bank account number of a test payment method; `None` for other payment methods.
pub fn test_method(name: &str) -> Option<&'static str> {
    METHODS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

/// The test number of a working bank account, and the routing number of its bank.
const GOOD: &str = "000123456789";
const ROUTING: &str = "110000000";

/// How transfers to or from a test account number of a country fail.
pub fn number_failure(country: &str, number: &str) -> Option<&'static str> {
    bank_numbers::find(country)?.outcome(number).flatten()
}

/// What a debit of an account number in the United States does in test mode: `None` if test mode does not take the
/// number, otherwise how it fails.
pub(crate) fn us_outcome(number: &str) -> Option<Option<&'static str>> {
    bank_numbers::find("US")?.outcome(number)
}

/// Whether a bank account receives instant payouts: in test mode only those of one US bank do.
pub fn is_instant(country: &str, number: &str, routing: &str) -> bool {
    country == "US" && routing == ROUTING && number != bank_numbers::NOT_INSTANT
}

/// The failure codes of payouts and top-ups, which Stripe's document does not list, with messages.
const FAILURES: [(&str, &str); 16] = [
    ("account_closed", "The bank account was closed."),
    ("account_frozen", "The bank account is frozen."),
    ("bank_account_restricted", "The bank account does not accept such transfers."),
    ("bank_ownership_changed", "The bank account was moved to another bank."),
    ("could_not_process", "The bank could not process the transfer."),
    ("debit_not_authorized", "The owner did not authorise the debit."),
    ("declined", "The bank declined the transfer."),
    ("incorrect_account_address", "The bank has a different address of the owner."),
    ("incorrect_account_holder_name", "The bank has a different name of the owner."),
    ("incorrect_account_holder_tax_id", "The bank has a different tax id of the owner."),
    ("incorrect_account_type", "The bank account has another type."),
    ("insufficient_funds", "The balance of the bank account is insufficient."),
    ("invalid_account_number", "The bank account number is invalid."),
    ("invalid_currency", "The bank account does not accept this currency."),
    ("no_account", "The bank account does not exist."),
    ("unsupported_card", "The card does not accept such transfers."),
];

/// Checks that a failure code exists.
pub(crate) fn known_failure(code: &str) -> Result<(), ApiError> {
    spec::one_of(&FAILURES.map(|(known, _)| known), code, "code")
}

/// The message of a failure code.
pub fn failure_message(code: &str) -> &'static str {
    let known = FAILURES.iter().find(|(known, _)| *known == code);
    known.map_or("The bank rejected the transfer.", |(_, message)| message)
}

/// The working test number of a country, and the routing number if the country has one.
pub fn good(country: &str) -> (&'static str, Option<&'static str>) {
    bank_numbers::find(country)
        .map_or((GOOD, None), |banks| (banks.number, (!banks.routing.is_empty()).then_some(banks.example)))
}

/// Creates a `bank_account` object from the parameters at `path` of a request. Returns it with its full number.
pub fn read(call: &mut RequestContext<'_>, path: &str) -> Result<(Json, String), ApiError> {
    let given = call.param(path).unwrap_or_default();
    of(call, &given, path)
}

/// Creates a `bank_account` object from its details. Returns it with its full number. `path` is the position of the
/// details in the request.
pub fn of(context: &mut AccountContext<'_>, given: &Json, path: &str) -> Result<(Json, String), ApiError> {
    let in_bracket = |name: &str| format!("{path}[{name}]");
    let country = given.text("country");
    let Some(banks) = bank_numbers::find(country) else {
        let message = format!("Payouts to bank accounts in {country} are not supported.");
        return Err(ApiError::invalid(message).code("country_unsupported").param(in_bracket("country")));
    };
    let sent = given.text("account_number");
    let number = match country == "US" && financial_account(context.state, sent).is_some() {
        true => sent.to_owned(),
        false => account_number(banks, sent, context.scope().live)
            .map_err(|refusal| refusal.param(in_bracket("account_number")))?,
    };
    let routing = banks.routing_number(given.text("routing_number")).ok_or_else(|| {
        let message = format!("Invalid routing number for {country}; example: {}.", banks.example);
        ApiError::invalid(message).code("routing_number_invalid").param(in_bracket("routing_number"))
    })?;
    let currency = if given.text("currency").is_empty() {
        country_table::currency(country)
    } else {
        given.text("currency")
    };
    if !countries::bank_holds(currency, country) {
        let message = format!("Banks in {country} hold no {currency} for accounts.");
        return Err(ApiError::invalid(message).param(in_bracket("currency")));
    }
    let last4 = number.get(number.len().saturating_sub(4)..).unwrap_or_default();
    let fingerprint = fingerprint(&number, &routing);
    let kind = given.at("account_type").cloned().unwrap_or_else(|| {
        // The type of ordinary accounts in Japan.
        if country == "JP" { json!("futsu") } else { Json::Null }
    });
    let object = json!({
        "account_holder_name": given.at("account_holder_name"), "account_holder_type": given.at("account_holder_type"),
        "account_type": kind, "bank_name": bank_numbers::bank_name(&routing), "country": country, "currency": currency,
        "fingerprint": fingerprint, "last4": last4, "routing_number": routing, "status": "new",
    });
    Ok((context.build("bank_account", "ba", object)?, number))
}

/// The financial account that has an account number: it can be paid like any bank account of the United States.
pub(crate) fn financial_account(state: &State, number: &str) -> Option<String> {
    const KIND: &str = "treasury.financial_account";
    // Test numbers begin with zeros.
    if number.len() != 12 || number.starts_with("000") {
        return None;
    }
    let stores = state.scopes().filter_map(|scope| state.store(scope));
    stores.into_iter().find_map(|store| {
        let mut all = store.of_kind(KIND).map(|account| account.text("id"));
        all.find(|id| store.notes(id).text("account_number") == number).map(str::to_owned)
    })
}

/// The account number without spaces, if it is valid. Test mode accepts test numbers only.
fn account_number(banks: &bank_numbers::Banks, sent: &str, live: bool) -> Result<String, ApiError> {
    let number: String = sent.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let number = number.to_ascii_uppercase();
    let wrong = |message: String| Err(ApiError::invalid(message).code("account_number_invalid"));
    if live {
        return match banks.fits(&number) {
            true => Ok(number),
            false => wrong(format!("Invalid bank account number for {}.", banks.country)),
        };
    }
    if banks.outcome(&number).is_none() {
        return wrong(format!(
            "Invalid account number: test mode accepts test account numbers only, such as {} for {}.",
            banks.number, banks.country
        ));
    }
    Ok(number)
}

/// Validates the details of a US bank account that are sent instead of a payment method. `place` is their position in
/// the request.
pub fn check_us(given: &Json, place: &str) -> Result<(), ApiError> {
    let Some(banks) = bank_numbers::find("US") else { return Ok(()) };
    if let Some(number) = given.at("account_number").and_then(Json::as_str) {
        account_number(banks, number, false)
            .map_err(|refusal| refusal.param(format!("{place}[account_number]")))?;
    }
    match given.at("routing_number").and_then(Json::as_str) {
        Some(routing) if banks.routing_number(routing).is_none() => {
            let message = "Invalid routing number: must have 9 digits with a valid check digit.";
            let refusal = ApiError::invalid(message).code("routing_number_invalid");
            Err(refusal.param(format!("{place}[routing_number]")))
        }
        _ => Ok(()),
    }
}

/// Checks that accounts in a country can have payouts to a bank account.
pub fn belongs(account_country: &str, external: &Json, path: &str) -> Result<(), ApiError> {
    let (bank, currency) = (external.text("country"), external.text("currency"));
    let Some(country) = country_table::find(account_country) else { return Ok(()) };
    if countries::takes_bank(country, currency, bank) {
        return Ok(());
    }
    let message =
        format!("Accounts in {account_country} cannot have payouts in {currency} to banks in {bank}.");
    Err(ApiError::invalid(message).param(format!("{path}[currency]")))
}

/// The bank account of a test token, with its internal data; `None` for other tokens. Test tokens can be reused.
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

/// The bank of a test account.
pub fn bank_name(routing: &str) -> &'static str {
    bank_numbers::bank_name(routing)
}

/// A fingerprint of a bank account, independent of its owner.
pub fn fingerprint(number: &str, routing: &str) -> String {
    let seed = routing.bytes().chain(number.bytes()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    crate::engine::Ids::new(seed).text(16)
}

/// Takes the bank account from a token, which can be used once.
pub fn redeem(context: &mut AccountContext<'_>, token: &str, param: &str) -> Result<(Json, Json), ApiError> {
    let found = context.get("token", token, param)?;
    if found.flag("used") {
        let message = "The token was already used.";
        return Err(ApiError::invalid(message).code("token_already_used").param(param));
    }
    let bank_account = found.at("bank_account").cloned();
    let bank_account =
        bank_account.ok_or_else(|| ApiError::invalid("The token is not for a bank account.").param(param))?;
    context.change(token, |token| crate::engine::set(token, "used", true))?;
    Ok((bank_account, context.notes(token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_values_determine_the_failure() {
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
