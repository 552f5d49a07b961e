//! Where accounts can be opened, and what is particular to each country. `country_specs` shows this table, and the
//! requirements of accounts follow it.

use super::accounts::requirements;
use super::{System, bank, entry};
use crate::sandbox::core::{Json, Refusal, set};
use crate::sandbox::document;
use crate::sandbox::world::Action;
use serde_json::json;

/// A country that an account can be in.
#[derive(Debug)]
pub struct Country {
    /// Its code of two letters.
    pub code: &'static str,
    /// Whether an address needs a state.
    pub states: bool,
    /// Whether cards can be issued there.
    pub issuing: bool,
    /// The least number of days from a payment to its payout.
    pub delay_days: i64,
}

const fn country(code: &'static str, states: bool, issuing: bool, delay_days: i64) -> Country {
    Country { code, states, issuing, delay_days }
}

/// Every country of the sandbox.
pub static COUNTRIES: &[Country] = &[
    country("AT", false, true, 3),
    country("AU", true, false, 2),
    country("BE", false, true, 3),
    country("CA", true, false, 3),
    country("CH", false, false, 3),
    country("CY", false, true, 3),
    country("DE", false, true, 3),
    country("DK", false, false, 3),
    country("EE", false, true, 3),
    country("ES", false, true, 3),
    country("FI", false, true, 3),
    country("FR", false, true, 3),
    country("GB", false, true, 3),
    country("GR", false, true, 3),
    country("IE", true, true, 3),
    country("IT", true, true, 3),
    country("JP", true, false, 4),
    country("LT", false, true, 3),
    country("LU", false, true, 3),
    country("LV", false, true, 3),
    country("MT", false, true, 3),
    country("NL", false, true, 3),
    country("NO", false, false, 7),
    country("NZ", false, false, 4),
    country("PT", false, true, 3),
    country("SE", false, false, 3),
    country("SG", false, false, 4),
    country("SI", false, true, 3),
    country("SK", false, true, 3),
    country("US", true, true, 2),
];

/// The country with a code.
pub fn find(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.code == code)
}

pub(super) static SYSTEM: System = System {
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
    let currency = match country.code {
        "DK" => "dkk",
        "NO" => "nok",
        "NZ" => "nzd",
        "SE" => "sek",
        code => bank::default_currency(code),
    };
    let mut banks = json!({});
    set(&mut banks, currency, json!([country.code]));
    let fields = |business_type: &str| {
        let facts = requirements::blank(country.code, business_type);
        json!({ "minimum": requirements::missing_of(&facts, "transfers"), "additional": requirements::later(&facts) })
    };
    let transfers: Vec<_> = COUNTRIES.iter().map(|country| country.code).collect();
    let spec = json!({
        "id": country.code, "default_currency": currency, "supported_bank_account_currencies": banks,
        "supported_payment_currencies": ["eur", "gbp", "usd"], "supported_payment_methods": ["ach", "card", "stripe"],
        "supported_transfer_countries": transfers,
        "verification_fields": { "company": fields("company"), "individual": fields("individual") },
    });
    document::complete("country_spec", spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::core::Peek;

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
