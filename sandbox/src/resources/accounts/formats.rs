//! Formats of texts in accounts and persons: email addresses, URLs, phone numbers, ids, postal codes. A table assigns
//! formats to fields, and a single pass validates all parameters.

use crate::engine::{ApiError, Json, Peek, bracketed};
use email_address::EmailAddress;
use phonelib::PhoneNumber;
use std::net::IpAddr;
use url::Url;

/// A format of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Email,
    Url,
    Phone,
    /// A phone number that need not be one of a network, as long as it is written in the international form.
    AnyPhone,
    /// The merchant category code: four digits.
    Mcc,
    PostalCode,
    State,
    Country,
    Ip,
    /// The last four digits of a social security number.
    LastDigits,
    /// The tax id of a person or a company.
    TaxId,
    /// A number of a register or of a tax that has another form in each country.
    Register,
}

/// The fields of an account and of a person with their formats. A name applies to all fields that end with it.
const FIELDS: [(&str, Format); 28] = [
    ("email", Format::Email),
    ("support_email", Format::Email),
    ("url", Format::Url),
    ("support_url", Format::Url),
    ("phone", Format::Phone),
    ("support_phone", Format::Phone),
    ("mcc", Format::Mcc),
    ("address.postal_code", Format::PostalCode),
    ("registered_address.postal_code", Format::PostalCode),
    ("support_address.postal_code", Format::PostalCode),
    ("address.state", Format::State),
    ("registered_address.state", Format::State),
    ("address.country", Format::Country),
    ("registered_address.country", Format::Country),
    ("support_address.country", Format::Country),
    ("nationality", Format::Country),
    ("tos_acceptance.ip", Format::Ip),
    ("ownership_declaration.ip", Format::Ip),
    ("ssn_last_4", Format::LastDigits),
    ("id_number", Format::TaxId),
    ("tax_id", Format::TaxId),
    ("id_number_secondary", Format::Register),
    ("vat_id", Format::Register),
    ("business_vat_id_number", Format::Register),
    ("registration_number", Format::Register),
    ("user_terms_acceptance.ip", Format::Ip),
    ("phone_number", Format::AnyPhone),
    ("directorship_declaration.ip", Format::Ip),
];

/// Phone numbers of test mode, which are not in use.
const TEST_PHONES: [&str; 2] = ["0000000000", "+00000000000"];

/// Postal codes by country: `9` is a digit, `A` a letter, `X` either; `_` is an optional space or dash.
const POSTAL_CODES: [(&str, &[&str]); 39] = [
    ("AT", &["9999"]),
    ("AU", &["9999"]),
    ("BE", &["9999"]),
    ("BG", &["9999"]),
    ("BR", &["99999_999"]),
    ("CA", &["A9A_9A9"]),
    ("CH", &["9999"]),
    ("CY", &["9999"]),
    ("CZ", &["999_99"]),
    ("DE", &["99999"]),
    ("DK", &["9999"]),
    ("EE", &["99999"]),
    ("ES", &["99999"]),
    ("FI", &["99999"]),
    ("FR", &["99999"]),
    ("GB", &["A9_9AA", "A99_9AA", "AA9_9AA", "AA99_9AA", "A9A_9AA", "AA9A_9AA"]),
    ("GI", &["AA99_9AA"]),
    ("GR", &["999_99"]),
    ("HR", &["99999"]),
    ("HU", &["9999"]),
    ("IN", &["999_999"]),
    ("IT", &["99999"]),
    ("JP", &["999_9999"]),
    ("LI", &["9999"]),
    ("LU", &["9999"]),
    ("MX", &["99999"]),
    ("MY", &["99999"]),
    ("NL", &["9999 AA"]),
    ("NO", &["9999"]),
    ("NZ", &["9999"]),
    ("PL", &["99_999"]),
    ("PT", &["9999_999", "9999"]),
    ("RO", &["999999"]),
    ("SE", &["999_99"]),
    ("SG", &["999999"]),
    ("SI", &["9999"]),
    ("SK", &["999_99"]),
    ("TH", &["99999"]),
    ("US", &["99999", "99999_9999"]),
];

/// The states of the US, by code and by name.
pub(crate) const STATES: [(&str, &str); 51] = [
    ("AK", "Alaska"),
    ("AL", "Alabama"),
    ("AR", "Arkansas"),
    ("AZ", "Arizona"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DC", "District of Columbia"),
    ("DE", "Delaware"),
    ("FL", "Florida"),
    ("GA", "Georgia"),
    ("HI", "Hawaii"),
    ("IA", "Iowa"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("MA", "Massachusetts"),
    ("MD", "Maryland"),
    ("ME", "Maine"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MO", "Missouri"),
    ("MS", "Mississippi"),
    ("MT", "Montana"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("NE", "Nebraska"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NV", "Nevada"),
    ("NY", "New York"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VA", "Virginia"),
    ("VT", "Vermont"),
    ("WA", "Washington"),
    ("WI", "Wisconsin"),
    ("WV", "West Virginia"),
    ("WY", "Wyoming"),
];

/// Territories of the US whose businesses Stripe does not support.
const TERRITORIES: [&str; 6] = ["AS", "FM", "GU", "MP", "PW", "VI"];

/// A placeholder for a number.
const PLACEHOLDER: &str = "123456789";

/// Validates the parameters of an account or a person in a country. `place` is their position in the request.
pub(crate) fn check(sent: &Json, country: &str, place: &str) -> Result<(), ApiError> {
    walk(sent, country, place)
}

fn walk(value: &Json, country: &str, path: &str) -> Result<(), ApiError> {
    let Json::Object(members) = value else { return Ok(()) };
    // The members of an address are validated by its country.
    let country =
        value.at("country").and_then(Json::as_str).filter(|_| path.ends_with("address")).unwrap_or(country);
    for (name, member) in members {
        // Country-specific details have separate modules, and metadata is free.
        if matches!(name.as_str(), "metadata" | "external_account" | "bank_account") {
            continue;
        }
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match member.as_str().filter(|text| !text.is_empty()) {
            Some(text) => text_fits(&inner, text, country)?,
            None => walk(member, country, &inner)?,
        }
    }
    Ok(())
}

fn text_fits(path: &str, text: &str, country: &str) -> Result<(), ApiError> {
    let ends = |name: &str| path == name || path.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    let Some((_, format)) = FIELDS.iter().find(|(name, _)| ends(name)) else { return Ok(()) };
    match problem(*format, text, country) {
        None => Ok(()),
        Some((code, message)) => {
            let refusal = ApiError::invalid(message).param(bracketed(path));
            Err(match code {
                "" => refusal,
                code => refusal.code(code),
            })
        }
    }
}

/// The error code (may be empty) and the message for an invalid text.
fn problem(format: Format, text: &str, country: &str) -> Option<(&'static str, String)> {
    let digits = |count: usize| text.len() == count && text.chars().all(|c| c.is_ascii_digit());
    let (fits, code, message) = match format {
        Format::Email => (is_email(text), "email_invalid", format!("Invalid email address: {text}")),
        Format::Url => (is_url(text), "url_invalid", format!("Not a valid URL: {text}")),
        Format::Phone => {
            (e164(text, country).is_some(), "", format!("\"{text}\" is not a valid phone number."))
        }
        Format::AnyPhone => (
            e164(text, country).is_some() || is_international(text),
            "",
            format!("\"{text}\" is not a valid phone number."),
        ),
        Format::Mcc => (digits(4), "", format!("Not a merchant category code: {text}")),
        Format::PostalCode => (
            is_postal_code(text, country),
            "postal_code_invalid",
            format!("Invalid postal code for {country}: {text}"),
        ),
        Format::State if country == "US" && TERRITORIES.contains(&text) => {
            (false, "state_unsupported", format!("Unsupported state: {text}"))
        }
        Format::State => (country != "US" || is_state(text), "", format!("Invalid US state: {text}")),
        Format::Country => (
            phonelib::country_by_code(text).is_some() && text.len() == 2,
            "country_code_invalid",
            format!("Invalid country code: {text}"),
        ),
        Format::Ip => (text.parse::<IpAddr>().is_ok(), "", "This is not an IP address.".to_owned()),
        Format::LastDigits => (digits(4), "", "ssn_last_4 has four digits.".to_owned()),
        Format::TaxId | Format::Register if text.starts_with("pii_") => return None,
        Format::Register => (is_register_number(text), "tax_id_invalid", not_a_number(text)),
        Format::TaxId if country != "US" => (is_register_number(text), "tax_id_invalid", not_a_number(text)),
        Format::TaxId if text == PLACEHOLDER => (false, "", "This number is a placeholder.".to_owned()),
        Format::TaxId => (
            text.chars().filter(|c| !matches!(c, '-' | ' ')).count() == 9
                && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ')),
            "tax_id_invalid",
            "Invalid number: must have nine digits".to_owned(),
        ),
    };
    (!fits).then_some((code, message))
}

/// Whether a text is an email address whose domain has a dot.
pub(crate) fn is_email(text: &str) -> bool {
    EmailAddress::is_valid(text) && text.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.'))
}

/// Whether a text is the address of a website, with or without a scheme (`www.example.com`).
fn is_url(text: &str) -> bool {
    let absolute = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let doubled = absolute.matches("://").count() > 1;
    let parsed = Url::parse(&absolute).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
    !doubled && host != "localhost" && host.contains('.') && !text.contains(char::is_whitespace)
}

/// A phone number in the stored, international format; `None` if it is invalid. A number without a prefix belongs to
/// the country.
pub(crate) fn e164(text: &str, country: &str) -> Option<String> {
    match text {
        "0000000000" => return Some("+10000000000".to_owned()),
        text if TEST_PHONES.contains(&text) || text == "+10000000000" => return Some(text.to_owned()),
        _ => {}
    }
    let local = || PhoneNumber::parse_with_country(text, country);
    let found = if text.starts_with('+') { PhoneNumber::parse(text) } else { local() };
    Some(found?.e164().to_owned())
}

/// Whether a text has the form of a phone number with the code of its country.
fn is_international(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('+') else { return false };
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    (7..=15).contains(&digits)
        && rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')'))
}

fn not_a_number(text: &str) -> String {
    format!("Not the number of a person or a business: {text}")
}

/// Whether a text can be a number of a register or of a tax: letters, of which most are digits in most countries.
fn is_register_number(text: &str) -> bool {
    let counts = text.chars().filter(char::is_ascii_alphanumeric).count();
    (4..=20).contains(&counts)
        && text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/' | ' '))
}

fn is_postal_code(text: &str, country: &str) -> bool {
    let Some((_, shapes)) = POSTAL_CODES.iter().find(|(known, _)| *known == country) else { return true };
    shapes.iter().any(|shape| has_shape(text, shape))
}

fn has_shape(text: &str, shape: &str) -> bool {
    let mut rest = text.chars().peekable();
    for c in shape.chars() {
        let fits = match c {
            '_' => {
                rest.next_if(|c| matches!(c, ' ' | '-'));
                continue;
            }
            '9' => rest.next().is_some_and(|c| c.is_ascii_digit()),
            'A' => rest.next().is_some_and(|c| c.is_ascii_alphabetic()),
            'X' => rest.next().is_some_and(|c| c.is_ascii_alphanumeric()),
            other => rest.next() == Some(other),
        };
        if !fits {
            return false;
        }
    }
    rest.next().is_none()
}

fn is_state(text: &str) -> bool {
    let same = |known: &str| known.eq_ignore_ascii_case(text);
    STATES.iter().any(|(code, name)| same(code) || same(name)) || text == "PR"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_format_accepts_and_rejects_texts() {
        for (format, country, good, bad) in [
            (
                Format::Email,
                "US",
                &["a@example.com", "a+b@example.co.uk"][..],
                &["a", "a@b", "@example.com", "a b@example.com"][..],
            ),
            (
                Format::Url,
                "US",
                &["https://example.com", "http://a.test/x", "www.example.com"],
                &["example", "https://localhost", "https://https://a.test", "ftp://a.test", "a b.test"],
            ),
            (Format::Phone, "US", &["0000000000", "+14155552671", "4155552671"], &["555", "phone", "+1415"]),
            (Format::AnyPhone, "US", &["+15555550100", "4155552671"], &["call me", "+1555", "5555550100"]),
            (Format::Phone, "DE", &["+4915112345678", "0000000000"], &["12"]),
            (Format::Mcc, "US", &["5734"], &["573", "57345", "abcd"]),
            (Format::PostalCode, "US", &["94107", "94107-1234"], &["9410", "not-a-zip", "941071"]),
            (Format::PostalCode, "NL", &["1234 AB"], &["1234AB", "12345"]),
            (Format::PostalCode, "LU", &["1234"], &["L-1234"]),
            (Format::PostalCode, "GB", &["SW1A 1AA", "EC1Y8SY", "M1 1AE"], &["12345"]),
            (Format::PostalCode, "CA", &["K1A 0B1", "K1A0B1"], &["12345"]),
            (Format::PostalCode, "HK", &["", "anything"], &[]),
            (Format::State, "US", &["CA", "California", "ny"], &["Bavaria", "GU"]),
            (Format::State, "DE", &["Bavaria"], &[]),
            (Format::Country, "US", &["US", "SG"], &["XX", "usa"]),
            (Format::Ip, "US", &["127.0.0.1", "::1"], &["127.0.0", "here"]),
            (Format::LastDigits, "US", &["0000"], &["000", "abcd"]),
            (Format::TaxId, "US", &["000000000", "00-0000000"], &["00000000", "123456789", "abcdefghi"]),
            (Format::TaxId, "DE", &["DE123", "000000000", "HRB 1234"], &["number", "12", "1?34567"]),
            (Format::TaxId, "CO", &["1.123.123.123"], &["...."]),
            (Format::Register, "AE", &["000000000"], &["none"]),
        ] {
            for text in good {
                assert_eq!(problem(format, text, country), None, "{format:?} {country} {text}");
            }
            for text in bad {
                assert!(problem(format, text, country).is_some(), "{format:?} {country} {text}");
            }
        }
    }

    #[test]
    fn every_field_is_validated_at_its_position() {
        let wrong = |format| match format {
            Format::Email | Format::Url | Format::Phone | Format::AnyPhone | Format::Mcc | Format::Ip => "?",
            Format::PostalCode => "not-a-zip",
            Format::State => "Bavaria",
            Format::Country => "XX",
            Format::LastDigits | Format::TaxId | Format::Register => "x",
        };
        for (field, format) in FIELDS {
            for place in ["", "individual."] {
                let path = format!("{place}{field}");
                let sent = path.rsplit('.').fold(json!(wrong(format)), |inner, name| json!({ name: inner }));
                let refusal = check(&sent, "US", "").unwrap_err();
                assert_eq!(refusal.param.as_deref(), Some(&*bracketed(&path)), "{path}");
            }
        }
        assert!(check(&json!({ "metadata": { "email": "?" } }), "US", "").is_ok());
    }

    #[test]
    fn phone_numbers_are_stored_in_international_format() {
        for (text, country, kept) in [
            ("0000000000", "US", "+10000000000"),
            ("4155552671", "US", "+14155552671"),
            ("(415) 555-2671", "US", "+14155552671"),
            ("+14155552671", "DE", "+14155552671"),
        ] {
            assert_eq!(e164(text, country).as_deref(), Some(kept), "{text}");
        }
    }
}
