//! Numbers that identify companies and persons. API v2 names their types; API v1 has one place for each kind.

use super::fields::place;
use crate::engine::{Json, Peek, set};
use crate::spec;
use serde_json::json;

/// The types of numbers that the document has at a place of an account.
fn types(place: &str) -> impl Iterator<Item = &'static str> {
    let account = spec::schema("v2.core.account").unwrap_or(&Json::Null);
    let place = place.replace('.', ".properties.");
    account
        .items(&format!(
            "properties.identity.properties.{place}.properties.id_numbers.items.properties.type.enum"
        ))
        .iter()
        .filter_map(Json::as_str)
}

/// The type of a person's number in a country, if API v2 has one.
pub(super) fn of_person(country: &str) -> Option<&'static str> {
    match country {
        "US" => Some("us_ssn"),
        "SG" => Some("sg_nric"),
        _ => in_country("individual", country, |_| true),
    }
}

/// The type of a company's number in a country, if API v2 has one.
pub(super) fn of_company(country: &str, vat: bool) -> Option<&'static str> {
    match country {
        "FR" if !vat => Some("fr_siren"),
        _ => in_country("business_details", country, |kind| kind.ends_with("_vat") == vat),
    }
}

fn in_country(place: &str, country: &str, fits: impl Fn(&str) -> bool) -> Option<&'static str> {
    let prefix = format!("{}_", country.to_ascii_lowercase());
    types(place).find(|kind| kind.starts_with(&prefix) && fits(kind))
}

/// Puts the numbers of a person where API v1 has them, and returns their types.
pub(super) fn take_person(sent: &mut Json, v1: &mut Json) -> Option<Json> {
    take(sent, |kind| if kind.ends_with("_last_4") { "ssn_last_4" } else { "id_number" }, v1)
}

/// Puts the numbers of a company where API v1 has them, and returns their types.
pub(super) fn take_company(details: &mut Json, v1: &mut Json) -> Option<Json> {
    if let Some(registrar) = details.at("id_numbers.0.registrar").cloned() {
        place(v1, "company.tax_id_registrar", registrar);
    }
    take(details, |kind| if kind.ends_with("_vat") { "company.vat_id" } else { "company.tax_id" }, v1)
}

fn take(sent: &mut Json, name: impl Fn(&str) -> &'static str, v1: &mut Json) -> Option<Json> {
    let numbers = sent.as_object_mut()?.remove("id_numbers")?;
    let Some(numbers) = numbers.as_array() else {
        // All of them are unset.
        for kind in ["us_ssn_last_4", "us_ssn", "at_vat"] {
            place(v1, name(kind), json!(""));
        }
        return Some(json!([]));
    };
    for number in numbers {
        place(v1, name(number.text("type")), number.at("value").cloned().unwrap_or_default());
    }
    Some(numbers.iter().map(|number| json!({ "type": number.text("type") })).collect())
}

/// The numbers of a person, without their values: those that were sent in API v2, otherwise the usual type of the country.
pub(super) fn show_person(v1: &Json, known: &Json, country: &str) -> Option<Json> {
    let (whole, last) = (v1.flag("id_number_provided"), v1.flag("ssn_last_4_provided"));
    let usual = if whole { of_person(country) } else { last.then_some("us_ssn_last_4") };
    show(known, whole || last, usual)
}

/// The numbers of a company, without their values.
pub(super) fn show_company(company: &Json, known: &Json, country: &str) -> Option<Json> {
    let mut shown = show(known, company.flag("tax_id_provided"), of_company(country, false));
    let vat = company.flag("vat_id_provided").then(|| of_company(country, true)).flatten();
    if let (Some(vat), None) = (vat, known.as_array()) {
        let mut all = shown.as_ref().and_then(Json::as_array).cloned().unwrap_or_default();
        all.push(json!({ "type": vat }));
        shown = Some(all.into());
    }
    if let (Some(registrar), Some(first)) =
        (company.at("tax_id_registrar"), shown.as_mut().and_then(|shown| shown.get_mut(0)))
    {
        set(first, "registrar", registrar.clone());
    }
    shown
}

fn show(known: &Json, provided: bool, usual: Option<&str>) -> Option<Json> {
    if !provided {
        return None;
    }
    match known.as_array() {
        Some(known) if !known.is_empty() => Some(known.clone().into()),
        _ => usual.map(|usual| json!([{ "type": usual }])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_the_usual_types_of_numbers() {
        for (country, company, vat, person) in [
            ("US", Some("us_ein"), None, Some("us_ssn")),
            ("GB", Some("gb_crn"), Some("gb_vat"), Some("gb_nino")),
            ("FR", Some("fr_siren"), Some("fr_vat"), Some("fr_nir")),
            ("DE", Some("de_hrn"), Some("de_vat"), Some("de_stn")),
        ] {
            assert_eq!(of_company(country, false), company, "{country}");
            assert_eq!(of_company(country, true), vat, "{country}");
            assert_eq!(of_person(country), person, "{country}");
        }
    }

    #[test]
    fn numbers_go_where_v1_has_them_and_their_types_are_kept() {
        let mut sent = json!({ "id_numbers": [{ "type": "us_itin", "value": "000000000" }] });
        let mut v1 = json!({});
        let types = take_person(&mut sent, &mut v1).unwrap();
        assert_eq!((sent, v1), (json!({}), json!({ "id_number": "000000000" })));
        let shown = show_person(&json!({ "id_number_provided": true }), &types, "US");
        assert_eq!(shown, Some(json!([{ "type": "us_itin" }])));
        assert_eq!(show_person(&json!({}), &types, "US"), None);
    }
}
