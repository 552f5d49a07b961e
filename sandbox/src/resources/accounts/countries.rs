//! The countries of accounts with their rules. `country_specs` returns this table, and requirements are computed from
//! it.

use super::requirements;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::country_table::{COUNTRIES, Country, find};
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::RequestContext;
use serde_json::json;

/// The countries whose banks accept euros.
const SEPA: [&str; 33] = [
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HR", "HU",
    "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// The members of the European Economic Area.
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT",
    "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Whether a country belongs to the European Economic Area.
pub fn in_eea(code: &str) -> bool {
    EEA.contains(&code)
}

/// The regions within which platforms can transfer to accounts with the full service agreement.
fn transfers_freely(code: &str) -> bool {
    matches!(code, "US" | "GB" | "CA" | "CH" | "GI") || in_eea(code)
}

/// Whether a platform in one country can transfer to an account in another one with the full service agreement.
pub fn may_transfer(from: &str, to: &str) -> bool {
    from == to || (transfers_freely(from) && transfers_freely(to))
}

/// Whether banks of a country hold a currency for accounts: their own one, and euros where banks take them from abroad.
pub fn bank_holds(currency: &str, bank: &str) -> bool {
    find(bank).is_some_and(|country| country.currency == currency)
        || (currency == "eur" && SEPA.contains(&bank))
}

/// Whether an account in a country can have a bank account in this currency and country, as listed by
/// `country_specs`.
pub fn takes_bank(account: &Country, currency: &str, bank: &str) -> bool {
    let own = bank_holds(currency, bank);
    match account.code {
        "US" => currency == "usd" && bank == "US",
        // Accounts in other countries can have payouts in USD to US banks, and in the currencies of other countries.
        _ if account.recipients_only => bank == account.code && own,
        _ => own,
    }
}

pub(crate) static RESOURCE: Resource = Resource {
    name: "country_specs",
    entries: &[entry("GetCountrySpecs", list, &[]), entry("GetCountrySpecsCountry", retrieve, &[])],
    machines: &[],
    rules: &[],
};

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let specs: Result<Vec<Json>, ApiError> = COUNTRIES.iter().map(spec).collect();
    call.page(specs?)
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let (noun, code) = call.subject();
    find(&code).map_or_else(|| Err(ApiError::missing("country spec", &code, noun)), spec)
}

fn spec(country: &Country) -> Result<Json, ApiError> {
    let mut banks = json!({});
    for bank in COUNTRIES {
        for currency in ["eur", bank.currency] {
            if takes_bank(country, currency, bank.code) {
                let mut known = banks.items(currency).to_vec();
                if !known.iter().any(|known| known == bank.code) {
                    known.push(bank.code.into());
                }
                set(&mut banks, currency, known);
            }
        }
    }
    let fields = |business_type: &str| {
        let facts = requirements::blank(country.code, business_type);
        json!({ "minimum": requirements::missing_of(&facts, "transfers"), "additional": requirements::later(&facts) })
    };
    let reached = COUNTRIES.iter().filter(|other| may_transfer(country.code, other.code));
    let transfers: Vec<_> = reached.map(|country| country.code).collect();
    let spec = json!({
        "id": country.code, "default_currency": country.currency, "supported_bank_account_currencies": banks,
        "supported_payment_currencies": ["eur", "gbp", "usd"], "supported_payment_methods": ["ach", "card", "stripe"],
        "supported_transfer_countries": transfers,
        "verification_fields": { "company": fields("company"), "individual": fields("individual") },
    });
    spec::complete("country_spec", spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::accounts::country_table::RECIPIENTS;

    #[test]
    fn codes_are_unique_and_currencies_exist() {
        let mut seen = std::collections::HashSet::new();
        for country in COUNTRIES.iter().chain(RECIPIENTS) {
            assert!(seen.insert(country.code), "{} twice", country.code);
            assert!(crate::engine::CurrencyCode::parse(country.currency).is_some(), "{}", country.currency);
            assert!(phonelib::country_by_code(country.code).is_some(), "{}", country.code);
        }
    }

    #[test]
    fn cross_border_transfers_stay_within_regions() {
        for (from, to, fits) in [
            ("US", "US", true),
            ("US", "DE", true),
            ("GB", "CA", true),
            ("CH", "US", true),
            ("US", "AU", false),
            ("US", "JP", false),
            ("NZ", "NZ", true),
            ("AU", "NZ", false),
        ] {
            assert_eq!(may_transfer(from, to), fits, "{from} {to}");
        }
    }

    #[test]
    fn banks_have_the_currency_of_their_country() {
        for (account, currency, bank, fits) in [
            ("US", "usd", "US", true),
            ("US", "eur", "DE", false),
            ("DE", "eur", "FR", true),
            ("DE", "eur", "GB", true),
            ("DE", "usd", "DE", false),
            ("CA", "usd", "US", true),
            ("GB", "gbp", "GB", true),
            ("NG", "ngn", "NG", true),
            ("NG", "usd", "US", false),
        ] {
            let account = find(account).unwrap();
            assert_eq!(takes_bank(account, currency, bank), fits, "{} {currency} {bank}", account.code);
        }
    }

    #[test]
    fn every_country_spec_matches_the_schema() {
        for country in COUNTRIES {
            let spec = spec(country).unwrap();
            assert_eq!(spec.text("id"), country.code);
            assert!(!spec.items("verification_fields.individual.minimum").is_empty());
        }
        assert!(find("XX").is_none());
    }
}
