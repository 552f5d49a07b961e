//! The members of accounts and persons in both versions of the API: one row each. State is kept as API v1 has it.

pub(super) use crate::engine::bracketed;
use crate::engine::{ApiError, Json, Peek, date_time, set, unix_seconds};
use serde_json::json;
use std::sync::LazyLock;

/// How a value is written in API v2, compared with v1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The same value.
    Same,
    /// A time as text instead of Unix seconds.
    Stamp,
    /// A decimal as text instead of a number.
    Decimal,
    /// A list instead of its only element.
    List,
}

use Form::{Decimal, List, Same, Stamp};

impl Form {
    fn in_v2(self, value: &Json) -> Json {
        match self {
            Same => value.clone(),
            Stamp => value.as_i64().map(date_time).into(),
            Decimal => value.as_f64().map(|share| share.to_string()).into(),
            List => json!([value]),
        }
    }

    fn in_v1(self, value: Json, path: &str) -> Result<Json, ApiError> {
        let wrong = |what: &str| ApiError::invalid(format!("{path} must be {what}.")).param(bracketed(path));
        match self {
            Same => Ok(value),
            Stamp => {
                let at = value.as_str().and_then(unix_seconds);
                at.map(Json::from).ok_or_else(|| wrong("a time in RFC 3339"))
            }
            Decimal => {
                let share = value.as_str().and_then(|text| text.parse::<f64>().ok());
                share.filter(|share| share.is_finite()).map(Json::from).ok_or_else(|| wrong("a decimal"))
            }
            List => Ok(value.get(0).cloned().unwrap_or_else(|| json!(""))),
        }
    }
}

/// A member in both versions.
#[derive(Debug)]
pub(super) struct Field {
    /// The path in API v2.
    pub(super) v2: String,
    /// The path in API v1.
    pub(super) v1: String,
    form: Form,
}

/// The members of addresses that both versions have.
const ADDRESS: [&str; 6] = ["city", "country", "line1", "line2", "postal_code", "state"];

fn table(rows: &[(&str, &str, Form)], addresses: &[(&str, &str)]) -> Vec<Field> {
    let rows = rows.iter().map(|(v2, v1, form)| ((*v2).to_owned(), (*v1).to_owned(), *form));
    let addresses = addresses.iter().flat_map(|(v2, v1)| {
        let town = v1.rsplit('.').next().is_some_and(|last| last.starts_with("address_ka")).then_some("town");
        let members = ADDRESS.into_iter().chain(town);
        members.map(move |member| (format!("{v2}.{member}"), format!("{v1}.{member}"), Same))
    });
    rows.chain(addresses).map(|(v2, v1, form)| Field { v2, v1, form }).collect()
}

/// The members of every account.
pub(super) static ACCOUNT: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let details = "identity.business_details";
    let terms = "identity.attestations.terms_of_service.account";
    table(
        &[
            ("contact_email", "email", Same),
            ("display_name", "settings.dashboard.display_name", Same),
            ("defaults.currency", "default_currency", Same),
            ("defaults.profile.business_url", "business_profile.url", Same),
            ("defaults.profile.doing_business_as", "business_profile.name", Same),
            ("defaults.profile.product_description", "business_profile.product_description", Same),
            ("identity.entity_type", "business_type", Same),
            (&format!("{terms}.date"), "tos_acceptance.date", Stamp),
            (&format!("{terms}.ip"), "tos_acceptance.ip", Same),
            (&format!("{terms}.user_agent"), "tos_acceptance.user_agent", Same),
            (
                &format!("{details}.annual_revenue.amount.value"),
                "business_profile.annual_revenue.amount",
                Same,
            ),
            (
                &format!("{details}.annual_revenue.amount.currency"),
                "business_profile.annual_revenue.currency",
                Same,
            ),
            (
                &format!("{details}.annual_revenue.fiscal_year_end"),
                "business_profile.annual_revenue.fiscal_year_end",
                Same,
            ),
            (
                &format!("{details}.monthly_estimated_revenue.amount.value"),
                "business_profile.monthly_estimated_revenue.amount",
                Same,
            ),
            (
                &format!("{details}.monthly_estimated_revenue.amount.currency"),
                "business_profile.monthly_estimated_revenue.currency",
                Same,
            ),
            (&format!("{details}.estimated_worker_count"), "business_profile.estimated_worker_count", Same),
        ],
        &[],
    )
});

/// The members of a business that is not an individual.
pub(super) static COMPANY: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let mut rows = table(
        &[
            ("registered_name", "name", Same),
            ("phone", "phone", Same),
            ("structure", "structure", Same),
            ("registration_date.day", "registration_date.day", Same),
            ("registration_date.month", "registration_date.month", Same),
            ("registration_date.year", "registration_date.year", Same),
            ("script_names.kana.registered_name", "name_kana", Same),
            ("script_names.kanji.registered_name", "name_kanji", Same),
            ("documents.primary_verification.front_back.front", "verification.document.front", Same),
            ("documents.primary_verification.front_back.back", "verification.document.back", Same),
        ],
        &[
            ("address", "address"),
            ("script_addresses.kana", "address_kana"),
            ("script_addresses.kanji", "address_kanji"),
        ],
    );
    for row in &mut rows {
        row.v2 = format!("identity.business_details.{}", row.v2);
    }
    let mut attestations = table(
        &[
            ("persons_provided.directors", "directors_provided", Same),
            ("persons_provided.executives", "executives_provided", Same),
            ("persons_provided.owners", "owners_provided", Same),
            ("persons_provided.ownership_exemption_reason", "ownership_exemption_reason", Same),
            ("directorship_declaration.date", "directorship_declaration.date", Stamp),
            ("directorship_declaration.ip", "directorship_declaration.ip", Same),
            ("directorship_declaration.user_agent", "directorship_declaration.user_agent", Same),
            ("ownership_declaration.date", "ownership_declaration.date", Stamp),
            ("ownership_declaration.ip", "ownership_declaration.ip", Same),
            ("ownership_declaration.user_agent", "ownership_declaration.user_agent", Same),
            ("representative_declaration.date", "representative_declaration.date", Stamp),
            ("representative_declaration.ip", "representative_declaration.ip", Same),
            ("representative_declaration.user_agent", "representative_declaration.user_agent", Same),
        ],
        &[],
    );
    for row in &mut attestations {
        row.v2 = format!("identity.attestations.{}", row.v2);
    }
    rows.extend(attestations);
    for row in &mut rows {
        row.v1 = format!("company.{}", row.v1);
    }
    rows
});

/// The settings of an account that takes payments.
pub(super) static MERCHANT: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let mut rows = table(
        &[
            ("mcc", "business_profile.mcc", Same),
            ("support.email", "business_profile.support_email", Same),
            ("support.phone", "business_profile.support_phone", Same),
            ("support.url", "business_profile.support_url", Same),
            ("statement_descriptor.descriptor", "settings.payments.statement_descriptor", Same),
            ("statement_descriptor.prefix", "settings.card_payments.statement_descriptor_prefix", Same),
            (
                "script_statement_descriptor.kana.descriptor",
                "settings.payments.statement_descriptor_kana",
                Same,
            ),
            (
                "script_statement_descriptor.kana.prefix",
                "settings.card_payments.statement_descriptor_prefix_kana",
                Same,
            ),
            (
                "script_statement_descriptor.kanji.descriptor",
                "settings.payments.statement_descriptor_kanji",
                Same,
            ),
            (
                "script_statement_descriptor.kanji.prefix",
                "settings.card_payments.statement_descriptor_prefix_kanji",
                Same,
            ),
            ("branding.icon", "settings.branding.icon", Same),
            ("branding.logo", "settings.branding.logo", Same),
            ("branding.primary_color", "settings.branding.primary_color", Same),
            ("branding.secondary_color", "settings.branding.secondary_color", Same),
            ("card_payments.decline_on.avs_failure", "settings.card_payments.decline_on.avs_failure", Same),
            ("card_payments.decline_on.cvc_failure", "settings.card_payments.decline_on.cvc_failure", Same),
            ("bacs_debit_payments.display_name", "settings.bacs_debit_payments.display_name", Same),
            (
                "bacs_debit_payments.service_user_number",
                "settings.bacs_debit_payments.service_user_number",
                Same,
            ),
            ("sepa_debit_payments.creditor_id", "settings.sepa_debit_payments.creditor_id", Same),
        ],
        &[("support.address", "business_profile.support_address")],
    );
    for row in &mut rows {
        row.v2 = format!("configuration.merchant.{}", row.v2);
    }
    rows
});

/// The members of a person.
pub(super) static PERSON: LazyLock<Vec<Field>> = LazyLock::new(|| {
    table(
        &[
            ("given_name", "first_name", Same),
            ("surname", "last_name", Same),
            ("email", "email", Same),
            ("phone", "phone", Same),
            ("date_of_birth.day", "dob.day", Same),
            ("date_of_birth.month", "dob.month", Same),
            ("date_of_birth.year", "dob.year", Same),
            ("legal_gender", "gender", Same),
            ("political_exposure", "political_exposure", Same),
            ("nationalities", "nationality", List),
            ("relationship.representative", "relationship.representative", Same),
            ("relationship.owner", "relationship.owner", Same),
            ("relationship.director", "relationship.director", Same),
            ("relationship.executive", "relationship.executive", Same),
            ("relationship.authorizer", "relationship.authorizer", Same),
            ("relationship.legal_guardian", "relationship.legal_guardian", Same),
            ("relationship.percent_ownership", "relationship.percent_ownership", Decimal),
            ("relationship.title", "relationship.title", Same),
            ("script_names.kana.given_name", "first_name_kana", Same),
            ("script_names.kana.surname", "last_name_kana", Same),
            ("script_names.kanji.given_name", "first_name_kanji", Same),
            ("script_names.kanji.surname", "last_name_kanji", Same),
            ("documents.primary_verification.front_back.front", "verification.document.front", Same),
            ("documents.primary_verification.front_back.back", "verification.document.back", Same),
            (
                "documents.secondary_verification.front_back.front",
                "verification.additional_document.front",
                Same,
            ),
            (
                "documents.secondary_verification.front_back.back",
                "verification.additional_document.back",
                Same,
            ),
        ],
        &[
            ("address", "address"),
            ("script_addresses.kana", "address_kana"),
            ("script_addresses.kanji", "address_kanji"),
        ],
    )
});

/// Copies the members that an object of API v1 has into one of API v2.
pub(super) fn show(fields: &[Field], v1: &Json, into: &mut Json) {
    for field in fields {
        // The empty text is how API v1 shows some members that are unset.
        if let Some(value) = v1.at(&field.v1).filter(|value| **value != "") {
            place(into, &field.v2, field.form.in_v2(value));
        }
    }
}

/// Moves the members that API v1 has out of the parameters of API v2. `null` becomes the empty text, which unsets.
pub(super) fn take(fields: &[Field], sent: &mut Json) -> Result<Json, ApiError> {
    let mut taken = json!({});
    for field in fields {
        let path: Vec<&str> = field.v2.split('.').collect();
        match remove(sent, &path) {
            Removed::Nothing => {}
            Removed::Null => place(&mut taken, &field.v1, json!("")),
            Removed::Value(value) => place(&mut taken, &field.v1, field.form.in_v1(value, &field.v2)?),
        }
    }
    Ok(taken)
}

/// The earlier value at a path.
enum Removed {
    Nothing,
    Null,
    Value(Json),
}

fn remove(object: &mut Json, path: &[&str]) -> Removed {
    let Json::Object(members) = object else { return Removed::Nothing };
    match path {
        [] => Removed::Nothing,
        [last] => match members.remove(*last) {
            None => Removed::Nothing,
            Some(Json::Null) => Removed::Null,
            Some(value) => Removed::Value(value),
        },
        [first, rest @ ..] => match members.get_mut(*first) {
            // The whole group is unset, and stays so for the other members.
            Some(Json::Null) => Removed::Null,
            Some(member) => remove(member, rest),
            None => Removed::Nothing,
        },
    }
}

/// Sets the value at a dotted path; objects on the way are made.
pub(super) fn place(object: &mut Json, path: &str, value: Json) {
    match path.split_once('.') {
        None => set(object, path, value),
        Some((first, rest)) => {
            if !object.get(first).is_some_and(Json::is_object) {
                set(object, first, json!({}));
            }
            if let Some(member) = object.get_mut(first) {
                place(member, rest, value);
            }
        }
    }
}

/// Merges parameters of API v2: objects are merged, `null` removes, other values replace. Empty objects are omitted.
pub(super) fn merge(known: &mut Json, sent: &Json) {
    let Json::Object(sent) = sent else { return };
    for (name, value) in sent {
        let Json::Object(members) = &mut *known else { return };
        match value {
            Json::Null => drop(members.remove(name)),
            Json::Object(_) => {
                let member = members.entry(name.clone()).or_insert_with(|| json!({}));
                if !member.is_object() {
                    *member = json!({});
                }
                merge(member, value);
                if member.as_object().is_some_and(serde_json::Map::is_empty) {
                    members.remove(name);
                }
            }
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
}

/// Removes the member at a dotted path.
pub(super) fn drop_at(object: &mut Json, path: &str) {
    let Json::Object(members) = object else { return };
    match path.split_once('.') {
        None => drop(members.remove(path)),
        Some((first, rest)) => {
            if let Some(member) = members.get_mut(first) {
                drop_at(member, rest);
            }
        }
    }
}

/// The path in API v2 of a member of a person in API v1.
pub(super) fn of_person(field: &str, country: &str) -> String {
    if let Some(known) = PERSON.iter().find(|known| known.v1 == field) {
        return known.v2.clone();
    }
    let (first, rest) = field.split_once('.').unwrap_or((field, ""));
    match (first, rest) {
        ("ssn_last_4", _) => "id_numbers.us_ssn_last_4".to_owned(),
        ("id_number", _) => match super::numbers::of_person(country) {
            Some(kind) => format!("id_numbers.{kind}"),
            None => "id_numbers".to_owned(),
        },
        ("dob", _) => "date_of_birth".to_owned(),
        ("verification", "document") => "documents.primary_verification".to_owned(),
        ("verification", "additional_document") => "documents.secondary_verification".to_owned(),
        ("full_name_aliases" | "maiden_name", _) => "additional_names".to_owned(),
        ("registered_address", "") => "additional_addresses".to_owned(),
        ("registered_address", rest) => format!("additional_addresses.{rest}"),
        _ => field.to_owned(),
    }
}

/// The path in API v2 of a member of an account in API v1, and the person whose member it is. What only API v1 has keeps
/// its name.
pub(super) fn of_account(field: &str, country: &str) -> (String, Option<String>) {
    let tables = [&*ACCOUNT, &*COMPANY, &*MERCHANT];
    if let Some(known) = tables.into_iter().flatten().find(|known| known.v1 == field) {
        return (known.v2.clone(), None);
    }
    let (first, rest) = field.split_once('.').unwrap_or((field, ""));
    let details = "identity.business_details";
    let path = match (first, rest) {
        ("individual", rest) => format!("identity.individual.{}", of_person(rest, country)),
        ("company", "tax_id" | "registration_number" | "vat_id") => {
            match super::numbers::of_company(country, rest == "vat_id") {
                Some(kind) => format!("{details}.id_numbers.{kind}"),
                None => format!("{details}.id_numbers"),
            }
        }
        ("company", "verification.document") => format!("{details}.documents.primary_verification"),
        ("company", rest) => format!("{details}.{rest}"),
        ("country", _) => "identity.country".to_owned(),
        ("tos_acceptance", _) => "identity.attestations.terms_of_service.account".to_owned(),
        (person, rest) if person.starts_with("person_") => {
            return (format!("{person}.{}", of_person(rest, country)), Some(person.to_owned()));
        }
        ("representative" | "owners" | "directors" | "executives", rest) => {
            format!("{first}.{}", of_person(rest, country))
        }
        _ => field.to_owned(),
    };
    (path, None)
}
