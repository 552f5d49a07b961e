//! Where accounts can be opened, and what is particular to each country. `country_specs` shows this table, and the
//! requirements of accounts follow it.

use super::requirements;
use crate::resources::{System, entry};
use crate::engine::{Json, Refusal, set};
use crate::spec;
use crate::state::Action;
use serde_json::json;

/// A country that an account can be in.
#[derive(Debug)]
pub struct Country {
    /// Its code of two letters.
    pub code: &'static str,
    /// The currency of its banks.
    pub currency: &'static str,
    /// Whether an address needs a state.
    pub states: bool,
    /// Whether cards can be issued there.
    pub issuing: bool,
    /// The least number of days from a payment to its payout.
    pub delay_days: i64,
}

const fn country(
    code: &'static str,
    currency: &'static str,
    states: bool,
    issuing: bool,
    delay_days: i64,
) -> Country {
    Country { code, currency, states, issuing, delay_days }
}

/// Every country of the sandbox.
pub static COUNTRIES: &[Country] = &[
    country("AT", "eur", false, true, 3),
    country("AU", "aud", true, false, 2),
    country("BE", "eur", false, true, 3),
    country("BG", "eur", false, false, 3),
    country("CA", "cad", true, false, 3),
    country("CH", "chf", false, false, 3),
    country("CY", "eur", false, true, 3),
    country("CZ", "czk", false, false, 3),
    country("DE", "eur", false, true, 3),
    country("DK", "dkk", false, false, 3),
    country("EE", "eur", false, true, 3),
    country("ES", "eur", false, true, 3),
    country("FI", "eur", false, true, 3),
    country("FR", "eur", false, true, 3),
    country("GB", "gbp", false, true, 3),
    country("GR", "eur", false, true, 3),
    country("HK", "hkd", false, false, 4),
    country("HR", "eur", false, true, 3),
    country("HU", "huf", false, false, 3),
    country("IE", "eur", true, true, 3),
    country("IT", "eur", true, true, 3),
    country("JP", "jpy", true, false, 4),
    country("LI", "chf", false, false, 3),
    country("LT", "eur", false, true, 3),
    country("LU", "eur", false, true, 3),
    country("LV", "eur", false, true, 3),
    country("MT", "eur", false, true, 3),
    country("MX", "mxn", true, false, 4),
    country("NL", "eur", false, true, 3),
    country("NO", "nok", false, false, 7),
    country("NZ", "nzd", false, false, 4),
    country("PL", "pln", false, false, 3),
    country("PT", "eur", false, true, 3),
    country("RO", "ron", false, false, 3),
    country("SE", "sek", false, false, 3),
    country("SG", "sgd", false, false, 4),
    country("SI", "eur", false, true, 3),
    country("SK", "eur", false, true, 3),
    country("US", "usd", true, true, 2),
];

/// The country with a code.
pub fn find(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.code == code)
}

/// The currency of a country's banks.
pub fn currency(code: &str) -> &'static str {
    find(code).map_or("eur", |country| country.currency)
}

pub(crate) static SYSTEM: System = System {
    name: "country_specs",
    entries: &[entry("GetCountrySpecs", list, &[]), entry("GetCountrySpecsCountry", retrieve, &[])],
    machines: &[],
    rules: &[],
};

fn list(call: &mut Action<'_>) -> Result<Json, Refusal> {
    let specs: Result<Vec<Json>, Refusal> = COUNTRIES.iter().map(spec).collect();
    call.page(specs?)
}

fn retrieve(call: &mut Action<'_>) -> Result<Json, Refusal> {
    let (noun, code) = call.subject();
    find(&code).map_or_else(|| Err(Refusal::missing("country spec", &code, noun)), spec)
}

fn spec(country: &Country) -> Result<Json, Refusal> {
    let mut banks = json!({});
    set(&mut banks, country.currency, json!([country.code]));
    let fields = |business_type: &str| {
        let facts = requirements::blank(country.code, business_type);
        json!({ "minimum": requirements::missing_of(&facts, "transfers"), "additional": requirements::later(&facts) })
    };
    let transfers: Vec<_> = COUNTRIES.iter().map(|country| country.code).collect();
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
    use crate::engine::Peek;

    #[test]
    fn every_country_has_a_spec_that_fits_the_document() {
        for country in COUNTRIES {
            let spec = spec(country).unwrap();
            assert_eq!(spec.text("id"), country.code);
            assert!(!spec.items("verification_fields.individual.minimum").is_empty());
        }
        assert!(find("XX").is_none());
    }
}
