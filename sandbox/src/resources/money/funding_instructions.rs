//! Funding instructions: the bank details for funding the Issuing balance, and the test helper that funds it.

use super::topups;
use crate::engine::{ApiError, CurrencyCode, Ids, Json, Peek, set};
use crate::resources::accounts::{bank_accounts, read};
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
    name: "funding_instructions",
    entries: &[
        entry("PostIssuingFundingInstructions", create, &[]),
        entry("GetIssuingFundingInstructions", list, &[]),
        entry("PostTestHelpersIssuingFundBalance", fund, &["topup.created", "topup.succeeded"]),
    ],
    machines: &[],
    rules: &[],
};

/// The account's details for a currency; repeated requests return the same.
fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let currency = call.currency()?;
    let kind = call.text("bank_transfer.type").unwrap_or_default();
    let wanted = match kind.as_str() {
        "eu_bank_transfer" => CurrencyCode::EUR,
        _ => CurrencyCode::GBP,
    };
    if currency != wanted {
        let message =
            format!("Invalid currency: a transfer of type {kind} must be in {wanted}, not in {currency}.");
        return Err(ApiError::invalid(message).param("bank_transfer[type]"));
    }
    pushable(call, currency)?;
    let details = details(call, currency)?;
    // Stored under an internal id, since the object has none.
    let scope = call.scope().clone();
    let mut kept = details.clone();
    set(&mut kept, "id", format!("funding_instructions_{currency}"));
    call.state.keep(&scope, &kept);
    Ok(details)
}

/// All funding instructions on one page, since they have no ids for a cursor.
fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut found: Vec<Json> = call.all("funding_instructions").cloned().collect();
    for each in &mut found {
        if let Json::Object(members) = each {
            members.remove("id");
        }
    }
    call.page(found)
}

/// Credits the Issuing balance as a bank transfer would.
fn fund(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    if call.scope().live {
        return Err(ApiError::invalid("Test helpers require test mode."));
    }
    let (amount, currency) = (call.amount()?, call.currency()?);
    pushable(call, currency)?;
    let details = details(call, currency)?;
    topups::pushed(call, amount, currency)?;
    Ok(details)
}

/// Checks that the account can receive transfers in this currency: not in the US, and only in the account's currency.
fn pushable(context: &AccountContext<'_>, currency: CurrencyCode) -> Result<(), ApiError> {
    let country = read::object(context.state, context.scope()).map(|account| account.text("country"));
    if matches!(country, None | Some("" | "US")) {
        let message = "Only accounts in the EU and the UK can receive bank transfers. In the US, top up the Issuing balance; a \
                       test can also fund it without a request.";
        return Err(ApiError::invalid(message));
    }
    let own = read::default_currency(context);
    if currency != own {
        let message =
            format!("Invalid currency: the Issuing balance of this account is in {own}, not in {currency}.");
        return Err(ApiError::invalid(message).param("currency"));
    }
    Ok(())
}

/// The details depend only on the account and the currency.
fn details(context: &AccountContext<'_>, currency: CurrencyCode) -> Result<Json, ApiError> {
    let account = context.account();
    let seed = bank_accounts::fingerprint(&account, currency.as_str());
    let seed = seed.bytes().fold(7_u64, |seed, byte| seed.wrapping_mul(131).wrapping_add(u64::from(byte)));
    let mut ids = Ids::new(seed);
    let holder = read::object(context.state, context.scope())
        .and_then(|account| account.at("business_profile.name").or_else(|| account.at("company.name")))
        .and_then(Json::as_str)
        .unwrap_or("Sandbox Account")
        .to_owned();
    let place = |country: &str, city: &str, line1: &str, postal_code: &str| json!({ "city": city, "country": country, "line1": line1, "line2": null, "postal_code": postal_code, "state": null });
    let (country, kind, address) = match currency {
        CurrencyCode::EUR => {
            let iban = ids.digits(18);
            let address = json!({ "type": "iban", "supported_networks": ["sepa"], "iban": {
                "account_holder_name": holder, "bic": "SXPYDEHH", "country": "DE", "iban": format!("DE{}{iban}", check(&iban)),
                "account_holder_address": place("DE", "Berlin", "Musterweg 1", "10115"),
                "bank_address": place("DE", "Hamburg", "Bankplatz 2", "20095") } });
            ("DE", "eu_bank_transfer", address)
        }
        CurrencyCode::GBP => {
            let address = json!({ "type": "sort_code", "supported_networks": ["bacs", "fps"], "sort_code": {
                "account_holder_name": holder, "account_number": ids.digits(8), "sort_code": "108800",
                "account_holder_address": place("GB", "London", "1 Sample Road", "N1 7AA"),
                "bank_address": place("GB", "London", "2 Bank Street", "E14 4BB") } });
            ("GB", "gb_bank_transfer", address)
        }
        other => {
            let message = format!("Invalid currency: bank transfers must be in eur or gbp, not in {other}.");
            return Err(ApiError::invalid(message).param("currency"));
        }
    };
    let object = json!({
        "object": "funding_instructions", "currency": currency.as_str(), "funding_type": "bank_transfer",
        "livemode": context.scope().live,
        "bank_transfer": { "country": country, "type": kind, "financial_addresses": [address] },
    });
    spec::complete("funding_instructions", object)
}

/// The two check digits of a German IBAN: 98 minus the remainder, modulo 97, of the number followed by the country.
fn check(number: &str) -> String {
    let digits = number.bytes().chain(*b"131400").filter(u8::is_ascii_digit);
    let rest = digits.fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("{:02}", 98 - rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_match_known_ibans() {
        assert_eq!(check("370400440532013000"), "89");
        assert_eq!(check("500105170648489890"), "12");
    }
}
