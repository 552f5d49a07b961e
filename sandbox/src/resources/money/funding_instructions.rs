//! Funding instructions: the bank details that money for the Issuing balance is pushed to, and the test helper that does so.

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

/// Gives the account's details for a currency; asking again gives the same.
fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let currency = call.currency()?;
    let kind = call.text("bank_transfer.type").unwrap_or_default();
    let wanted = match kind.as_str() {
        "eu_bank_transfer" => CurrencyCode::EUR,
        _ => CurrencyCode::GBP,
    };
    if currency != wanted {
        let message = format!("A transfer of type {kind} is made in {wanted}, not in {currency}.");
        return Err(ApiError::invalid(message).param("bank_transfer[type]"));
    }
    pushable(call, currency)?;
    let details = details(call, currency)?;
    // Kept under an id of the sandbox's own, which the object does not have.
    let scope = call.scope().clone();
    let mut kept = details.clone();
    set(&mut kept, "id", format!("funding_instructions_{currency}"));
    call.state.keep(&scope, &kept);
    Ok(details)
}

/// All of them, on one page: they have no ids that a cursor could name.
fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut found: Vec<Json> = call.all("funding_instructions").cloned().collect();
    for each in &mut found {
        if let Json::Object(members) = each {
            members.remove("id");
        }
    }
    call.page(found)
}

/// Money arrives in the Issuing balance as if somebody had sent it.
fn fund(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    if call.scope().live {
        return Err(ApiError::invalid("Test helpers work in test mode only."));
    }
    let (amount, currency) = (call.amount()?, call.currency()?);
    pushable(call, currency)?;
    let details = details(call, currency)?;
    topups::pushed(call, amount, currency)?;
    Ok(details)
}

/// Refuses where no money can be pushed to: accounts in the US, and other currencies than the account's own.
fn pushable(context: &AccountContext<'_>, currency: CurrencyCode) -> Result<(), ApiError> {
    let country = read::object(context.state, context.scope()).map(|account| account.text("country"));
    if matches!(country, None | Some("" | "US")) {
        let message = "Money is pushed to accounts in the EU and the UK only. In the US a top-up of the Issuing balance brings \
                       it; a test can put it there without a request.";
        return Err(ApiError::invalid(message));
    }
    let own = read::default_currency(context);
    if currency != own {
        let message = format!("The Issuing balance of this account is in {own}, not in {currency}.");
        return Err(ApiError::invalid(message).param("currency"));
    }
    Ok(())
}

/// The details are decided by account and currency alone.
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
            let message = format!("Money is pushed in eur or gbp, not in {other}.");
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

/// The two check digits of a German IBAN: 98 less the remainder, by 97, of the number with the country behind it.
fn check(number: &str) -> String {
    let digits = number.bytes().chain(*b"131400").filter(u8::is_ascii_digit);
    let rest = digits.fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("{:02}", 98 - rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_known_accounts() {
        assert_eq!(check("370400440532013000"), "89");
        assert_eq!(check("500105170648489890"), "12");
    }
}
