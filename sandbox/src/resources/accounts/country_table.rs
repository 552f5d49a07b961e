//! The countries of accounts: currencies, banks, payout delays.

use super::people::{self, People};

/// A country of accounts.
#[derive(Debug)]
pub struct Country {
    /// Its code of two letters.
    pub code: &'static str,
    /// The currency of its banks.
    pub currency: &'static str,
    /// Whether cards can be issued there.
    pub issuing: bool,
    /// The minimum number of days from a payment to its payout.
    pub delay_days: i64,
    /// The default number of days of a new account.
    pub first_delay_days: i64,
    /// The delay shown by a manual schedule.
    pub manual_delay_days: i64,
    /// Whether accounts can only receive transfers, under the `recipient` service agreement.
    pub recipients_only: bool,
    /// The requirements of the persons of an account.
    pub people: &'static People,
}

pub(crate) const fn full(
    code: &'static str,
    currency: &'static str,
    issuing: bool,
    delay_days: i64,
    first_delay_days: i64,
    people: &'static People,
) -> Country {
    Country {
        code,
        currency,
        issuing,
        delay_days,
        first_delay_days,
        manual_delay_days: 1,
        recipients_only: false,
        people,
    }
}

pub(crate) const fn recipient(
    code: &'static str,
    currency: &'static str,
    manual_delay_days: i64,
    people: &'static People,
) -> Country {
    Country {
        code,
        currency,
        issuing: false,
        delay_days: 7,
        first_delay_days: 7,
        manual_delay_days,
        recipients_only: true,
        people,
    }
}

/// All countries whose accounts can have the full service agreement: those of `country_specs`.
pub static COUNTRIES: &[Country] = &[
    full("AE", "aed", false, 5, 5, &people::AE),
    full("AT", "eur", true, 3, 7, &people::EU),
    full("AU", "aud", false, 2, 2, &people::AU),
    full("BE", "eur", true, 3, 7, &people::EU),
    full("BG", "eur", false, 3, 7, &people::EU),
    full("BR", "brl", false, 30, 30, &people::STATES),
    full("CA", "cad", false, 3, 7, &people::CA),
    full("CH", "chf", false, 3, 7, &people::EU),
    full("CY", "eur", true, 3, 7, &people::EU),
    full("CZ", "czk", false, 3, 7, &people::EU),
    full("DE", "eur", true, 3, 7, &people::EU),
    full("DK", "dkk", false, 3, 7, &people::EU),
    full("EE", "eur", true, 3, 7, &people::EU),
    full("ES", "eur", true, 3, 7, &people::EU),
    full("FI", "eur", true, 3, 7, &people::EU),
    full("FR", "eur", true, 3, 7, &people::EU),
    full("GB", "gbp", true, 3, 7, &people::EU),
    full("GI", "gbp", false, 3, 7, &people::EU),
    full("GR", "eur", true, 3, 7, &people::EU),
    full("HK", "hkd", false, 7, 7, &people::HK),
    full("HR", "eur", true, 3, 7, &people::EU),
    full("HU", "huf", false, 3, 7, &people::EU),
    full("IE", "eur", true, 3, 7, &people::EU_STATES),
    full("IT", "eur", true, 3, 7, &people::EU_STATES),
    full("JP", "jpy", false, 4, 4, &people::JP),
    full("LI", "chf", false, 3, 7, &people::EU),
    full("LT", "eur", true, 3, 7, &people::EU),
    full("LU", "eur", true, 3, 7, &people::EU),
    full("LV", "eur", true, 3, 7, &people::EU),
    full("MT", "eur", true, 3, 7, &people::EU),
    full("MX", "mxn", false, 3, 7, &people::STATES),
    full("MY", "myr", false, 7, 7, &people::STATES),
    full("NL", "eur", true, 3, 7, &people::EU),
    full("NO", "nok", false, 3, 7, &people::EU),
    full("NZ", "nzd", false, 4, 4, &people::NZ),
    full("PL", "pln", false, 3, 7, &people::EU),
    full("PT", "eur", true, 3, 7, &people::EU),
    full("RO", "ron", false, 3, 7, &people::EU),
    full("SE", "sek", false, 3, 7, &people::EU),
    full("SG", "sgd", false, 7, 7, &people::SG),
    full("SI", "eur", true, 3, 7, &people::EU),
    full("SK", "eur", true, 3, 7, &people::EU),
    full("TH", "thb", false, 7, 7, &people::STATES),
    full("US", "usd", true, 2, 2, &people::US),
];

/// The countries whose accounts can only receive transfers from platforms in the US.
pub static RECIPIENTS: &[Country] = &[
    recipient("AG", "xcd", 0, &people::RECIPIENT),
    recipient("AL", "all", 0, &people::RECIPIENT),
    recipient("AM", "amd", 0, &people::RECIPIENT),
    recipient("AO", "aoa", 0, &people::RECIPIENT),
    recipient("AR", "ars", 0, &people::RECIPIENT),
    recipient("AZ", "azn", 0, &people::RECIPIENT),
    recipient("BA", "bam", 0, &people::RECIPIENT),
    recipient("BD", "bdt", 0, &people::RECIPIENT),
    recipient("BH", "bhd", 0, &people::RECIPIENT),
    recipient("BJ", "xof", 0, &people::RECIPIENT),
    recipient("BN", "bnd", 0, &people::RECIPIENT),
    recipient("BO", "bob", 0, &people::RECIPIENT_WITH_ID),
    recipient("BS", "bsd", 0, &people::RECIPIENT),
    recipient("BT", "btn", 0, &people::RECIPIENT),
    recipient("BW", "bwp", 0, &people::RECIPIENT),
    recipient("CI", "xof", 1, &people::RECIPIENT),
    recipient("CL", "clp", 0, &people::RECIPIENT),
    recipient("CO", "cop", 0, &people::RECIPIENT),
    recipient("CR", "crc", 1, &people::RECIPIENT_WITH_ID),
    recipient("DO", "dop", 1, &people::RECIPIENT),
    recipient("DZ", "dzd", 0, &people::RECIPIENT),
    recipient("EC", "usd", 0, &people::RECIPIENT),
    recipient("EG", "egp", 0, &people::RECIPIENT),
    recipient("ET", "etb", 0, &people::RECIPIENT),
    recipient("GA", "xaf", 0, &people::RECIPIENT),
    recipient("GH", "ghs", 0, &people::RECIPIENT),
    recipient("GM", "gmd", 0, &people::RECIPIENT),
    recipient("GT", "gtq", 0, &people::RECIPIENT_WITH_ID),
    recipient("GY", "gyd", 0, &people::RECIPIENT),
    recipient("ID", "idr", 0, &people::RECIPIENT),
    recipient("IL", "ils", 0, &people::RECIPIENT),
    recipient("IN", "inr", 1, &people::RECIPIENT),
    recipient("IS", "eur", 1, &people::RECIPIENT),
    recipient("JM", "jmd", 0, &people::RECIPIENT),
    recipient("JO", "jod", 0, &people::RECIPIENT),
    recipient("KE", "kes", 0, &people::RECIPIENT),
    recipient("KH", "khr", 0, &people::RECIPIENT),
    recipient("KR", "krw", 0, &people::RECIPIENT),
    recipient("KW", "kwd", 0, &people::RECIPIENT),
    recipient("KZ", "kzt", 0, &people::RECIPIENT),
    recipient("LA", "lak", 0, &people::RECIPIENT),
    recipient("LC", "xcd", 0, &people::RECIPIENT),
    recipient("LK", "lkr", 0, &people::RECIPIENT),
    recipient("MA", "mad", 0, &people::RECIPIENT),
    recipient("MC", "eur", 1, &people::RECIPIENT),
    recipient("MD", "mdl", 0, &people::RECIPIENT),
    recipient("MG", "mga", 0, &people::RECIPIENT),
    recipient("MK", "mkd", 0, &people::RECIPIENT),
    recipient("MN", "mnt", 0, &people::RECIPIENT),
    recipient("MO", "mop", 0, &people::RECIPIENT),
    recipient("MU", "mur", 0, &people::RECIPIENT),
    recipient("MZ", "mzn", 0, &people::RECIPIENT),
    recipient("NA", "nad", 0, &people::RECIPIENT),
    recipient("NE", "xof", 0, &people::RECIPIENT),
    recipient("NG", "ngn", 0, &people::RECIPIENT),
    recipient("OM", "omr", 0, &people::RECIPIENT),
    recipient("PA", "usd", 0, &people::RECIPIENT),
    recipient("PE", "pen", 0, &people::RECIPIENT),
    recipient("PH", "php", 0, &people::RECIPIENT),
    recipient("PK", "pkr", 0, &people::RECIPIENT_WITH_ID),
    recipient("PY", "pyg", 0, &people::RECIPIENT_WITH_ID),
    recipient("QA", "qar", 0, &people::RECIPIENT),
    recipient("RS", "rsd", 0, &people::RECIPIENT),
    recipient("RW", "rwf", 0, &people::RECIPIENT),
    recipient("SA", "sar", 0, &people::RECIPIENT),
    recipient("SM", "eur", 0, &people::RECIPIENT),
    recipient("SN", "xof", 1, &people::RECIPIENT),
    recipient("SV", "usd", 0, &people::RECIPIENT),
    recipient("TN", "tnd", 0, &people::RECIPIENT),
    recipient("TR", "try", 0, &people::RECIPIENT),
    recipient("TT", "ttd", 1, &people::RECIPIENT),
    recipient("TW", "twd", 0, &people::RECIPIENT),
    recipient("TZ", "tzs", 0, &people::RECIPIENT),
    recipient("UY", "uyu", 0, &people::RECIPIENT_WITH_ID),
    recipient("UZ", "uzs", 0, &people::RECIPIENT),
    recipient("VN", "vnd", 0, &people::RECIPIENT),
    recipient("ZA", "zar", 0, &people::RECIPIENT),
];

/// The country with this code.
pub fn find(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().chain(RECIPIENTS).find(|country| country.code == code)
}

/// The currency of a country's banks.
pub fn currency(code: &str) -> &'static str {
    find(code).map_or("eur", |country| country.currency)
}
