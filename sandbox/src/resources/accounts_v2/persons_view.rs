//! Converts persons to API v2, and parameters of persons to API v1.

use super::fields::{self, PERSON, place};
use super::{memory, numbers};
use crate::engine::{ApiError, Json, Peek, date_time, set};
use crate::state::AccountContext;
use serde_json::json;

/// The `object` member of persons.
pub(super) const KIND: &str = "v2.core.account_person";

/// A person as API v2 shows it, without the members that are unset.
pub(super) fn show(books: &AccountContext<'_>, person: &Json, country: &str) -> Json {
    let id = person.text("id");
    let own = memory::of_person(books, id);
    let created = person.int("created");
    let updated = books.notes(id).at("updated").and_then(Json::as_i64).unwrap_or(created);
    let mut shown = json!({ "id": id, "object": KIND, "account": person.text("account"),
        "created": date_time(created), "updated": date_time(updated), "metadata": person.at("metadata") });
    fields::show(&PERSON, person, &mut shown);
    whole(&mut shown, "date_of_birth", &["day", "month", "year"]);
    documents(&mut shown, "documents");
    show_names(person, &mut shown);
    if let Some(address) = person.at("registered_address").filter(|address| has_values(address)) {
        let mut address = without_nulls(address);
        set(&mut address, "purpose", "registered");
        set(&mut shown, "additional_addresses", json!([address]));
    }
    if let Some(numbers) = numbers::show_person(person, own.at("id_numbers").unwrap_or(&Json::Null), country)
    {
        set(&mut shown, "id_numbers", numbers);
    }
    let mut own = own;
    if let Json::Object(members) = &mut own {
        members.remove("id_numbers");
        members.remove("additional_terms_of_service");
    }
    fields::merge(&mut shown, &own);
    shown
}

/// The names that a person has beside the usual one.
fn show_names(person: &Json, shown: &mut Json) {
    let aliases = person.items("full_name_aliases").iter();
    let aliases = aliases.map(|name| json!({ "purpose": "alias", "full_name": name }));
    let maiden = person.at("maiden_name").filter(|name| *name != "");
    let maiden = maiden.map(|name| json!({ "purpose": "maiden", "full_name": name }));
    let names: Vec<Json> = aliases.chain(maiden).collect();
    if !names.is_empty() {
        set(shown, "additional_names", names);
    }
}

/// The parameters of a person in the form of API v1, with those that only API v2 has.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) v1: Json,
    pub(super) own: Json,
    /// The types of the numbers.
    pub(super) numbers: Option<Json>,
    pub(super) metadata: Option<Json>,
}

/// Translates the parameters of a person.
pub(super) fn read(mut sent: Json) -> Result<Told, ApiError> {
    let mut v1 = fields::take(&PERSON, &mut sent)?;
    if v1.at("dob").and_then(Json::as_object).is_some_and(|dob| dob.values().all(|part| part == "")) {
        set(&mut v1, "dob", "");
    }
    let numbers = numbers::take_person(&mut sent, &mut v1);
    let mut take = |name: &str| sent.as_object_mut().and_then(|members| members.remove(name));
    if let Some(names) = take("additional_names") {
        let full = |name: &Json| match name.text("full_name") {
            "" => format!("{} {}", name.text("given_name"), name.text("surname")).trim().to_owned(),
            full => full.to_owned(),
        };
        let of = |purpose: &str| -> Vec<String> {
            let all = names.as_array().into_iter().flatten();
            all.filter(|name| name.text("purpose") == purpose).map(full).collect()
        };
        set(&mut v1, "full_name_aliases", of("alias"));
        set(&mut v1, "maiden_name", of("maiden").into_iter().next().unwrap_or_default());
    }
    if let Some(addresses) = take("additional_addresses") {
        set(&mut v1, "registered_address", address_for(&addresses, "registered"));
    }
    let metadata = take("metadata");
    for name in ["primary_verification", "secondary_verification"] {
        fields::drop_at(&mut sent, &format!("documents.{name}"));
    }
    Ok(Told { v1, own: sent, numbers, metadata })
}

/// The address for a purpose among additional ones, as API v1 has it; empty if there is none.
pub(super) fn address_for(addresses: &Json, purpose: &str) -> Json {
    let found = addresses.as_array().into_iter().flatten().find(|address| address.text("purpose") == purpose);
    found.map_or_else(
        || json!(""),
        |address| {
            let mut address = address.clone();
            if let Json::Object(members) = &mut address {
                members
                    .retain(|name, value| !matches!(name.as_str(), "purpose" | "town") && !value.is_null());
            }
            address
        },
    )
}

/// Whether an object has a member with a value.
pub(super) fn has_values(object: &Json) -> bool {
    object.as_object().is_some_and(|members| members.values().any(|value| !value.is_null()))
}

/// A copy without members that are `null`.
pub(super) fn without_nulls(object: &Json) -> Json {
    let members = object.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    members.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Leaves an object out unless it has all these members.
pub(super) fn whole(shown: &mut Json, path: &str, members: &[&str]) {
    let Some(found) = shown.at(path) else { return };
    if members.iter().any(|member| found.at(member).is_none()) {
        fields::drop_at(shown, path);
    }
}

/// Adds the type to documents with a front; a document without a front is left out.
pub(super) fn documents(shown: &mut Json, path: &str) {
    for name in ["primary_verification", "secondary_verification"] {
        let place_of = format!("{path}.{name}");
        if shown.at(&format!("{place_of}.front_back.front")).is_some() {
            place(shown, &format!("{place_of}.type"), json!("front_back"));
        } else {
            fields::drop_at(shown, &place_of);
        }
    }
    if shown.at(path).is_some_and(|documents| documents.as_object().is_some_and(serde_json::Map::is_empty)) {
        fields::drop_at(shown, path);
    }
}
