//! An account as API v2 shows it: computed from the account object of API v1 and what only API v2 knows.

use super::fields::{self, ACCOUNT, COMPANY, MERCHANT, place};
use super::persons_view::{documents, has_values, show as person, whole, without_nulls};
use super::{capabilities, memory, numbers, payout_methods, requirements};
use crate::engine::{ApiError, Json, Peek, date_time, set};
use crate::resources::accounts::internal;
use crate::spec;
use crate::state::AccountContext;
use serde_json::json;

/// The `object` member of accounts.
pub(super) const KIND: &str = "v2.core.account";

/// The parts of an account that are only shown when a request includes them.
pub(super) const INCLUDABLE: [&str; 7] = [
    "configuration.customer",
    "configuration.merchant",
    "configuration.recipient",
    "defaults",
    "future_requirements",
    "identity",
    "requirements",
];

/// The whole account, without the members that are unset; `None` if the account has no object.
pub(super) fn account(books: &mut AccountContext<'_>) -> Option<Json> {
    let v1 = internal::account(books)?;
    let memory = memory::of_account(books);
    let own = memory.at("own").cloned().unwrap_or_else(|| json!({}));
    let mut shown = json!({
        "id": v1.text("id"), "object": KIND, "applied_configurations": memory::applied(books, &memory),
        "closed": false, "created": date_time(v1.int("created")), "livemode": books.scope().live,
        "metadata": v1.at("metadata"),
    });
    if !memory::is_unset(&memory, "dashboard") {
        set(&mut shown, "dashboard", v1.at("controller.stripe_dashboard.type").cloned().unwrap_or_default());
    }
    fields::show(&ACCOUNT, &v1, &mut shown);
    set(&mut shown, "requirements", requirements::show(books, &v1));
    set(&mut shown, "future_requirements", json!({ "entries": [] }));
    place(&mut shown, "defaults.responsibilities", responsibilities(&v1, &memory));
    let methods = payout_methods::show(books);
    if has_values(&methods) {
        place(&mut shown, "defaults.payout_methods", methods);
    }
    identity(books, &v1, &memory, &mut shown);
    merge_own(&mut shown, &own);
    configurations(books, &v1, &memory, &mut shown);
    drop_incomplete(&mut shown);
    Some(shown)
}

fn responsibilities(v1: &Json, memory: &Json) -> Json {
    let collector =
        if v1.text("controller.requirement_collection") == "application" { "application" } else { "stripe" };
    let mut shown = json!({ "requirements_collector": collector });
    if !memory::is_unset(memory, "responsibilities") {
        let fees = match v1.text("controller.fees.payer") {
            "" | "account" => "stripe",
            payer => payer,
        };
        let losses = v1.text("controller.losses.payments");
        set(&mut shown, "fees_collector", fees);
        set(&mut shown, "losses_collector", if losses.is_empty() { "stripe" } else { losses });
    }
    shown
}

fn identity(books: &mut AccountContext<'_>, v1: &Json, memory: &Json, shown: &mut Json) {
    let country = v1.text("country");
    if !memory::is_unset(memory, "country") {
        place(shown, "identity.country", country.into());
    }
    if v1.text("business_type") == "individual" {
        // The platform sees the holder of an account as far as API v1 shows it.
        let known = v1.text("individual.id").to_owned();
        if let Some(individual) = books.peek(&known).cloned() {
            place(shown, "identity.individual", person(books, &individual, country));
        }
        let notes = internal::notes(books);
        for role in ["directors", "executives", "owners"] {
            let told = notes.flag(&format!("company.{role}_provided"));
            place(shown, &format!("identity.attestations.persons_provided.{role}"), told.into());
        }
        return;
    }
    for role in ["directors", "executives", "owners"] {
        place(shown, &format!("identity.attestations.persons_provided.{role}"), false.into());
    }
    fields::show(&COMPANY, v1, shown);
    let company = v1.at("company").cloned().unwrap_or_default();
    let details = "identity.business_details";
    let known = memory.at("id_numbers").unwrap_or(&Json::Null);
    if let Some(numbers) = numbers::show_company(&company, known, country) {
        place(shown, &format!("{details}.id_numbers"), numbers);
    }
    let mut addresses = Vec::new();
    for (purpose, member) in ADDRESSES {
        if let Some(address) = company.at(member).filter(|address| has_values(address)) {
            let mut address = without_nulls(address);
            set(&mut address, "purpose", purpose);
            addresses.push(address);
        }
    }
    if !addresses.is_empty() {
        place(shown, &format!("{details}.additional_addresses"), addresses.into());
    }
    documents(shown, &format!("{details}.documents"));
}

/// The additional addresses of a company: the purpose, and the member in API v1.
pub(super) const ADDRESSES: [(&str, &str); 2] = [
    ("administrative", "administrative_address"),
    ("principal_place_of_business", "principal_place_of_business"),
];

/// Adds what only API v2 knows, but for what it takes and never shows.
fn merge_own(shown: &mut Json, own: &Json) {
    let mut own = own.clone();
    for path in [
        "identity.attestations.terms_of_service.money_manager",
        "identity.attestations.terms_of_service.crypto_money_manager",
        "configuration",
    ] {
        fields::drop_at(&mut own, path);
    }
    fields::merge(shown, &own);
}

fn configurations(books: &AccountContext<'_>, v1: &Json, memory: &Json, shown: &mut Json) {
    let requested = capabilities::requested(books);
    let all = memory::configurations(books, memory);
    set(shown, "configuration", json!({}));
    for (name, applied) in all {
        let path = format!("configuration.{name}");
        place(shown, &path, json!({ "applied": applied }));
        if let Some(own) = memory.at(&format!("own.{path}")) {
            let mut all = json!({ "configuration": { name: own } });
            for param in ["capabilities", "automatic_indirect_tax.validate_location"] {
                fields::drop_at(&mut all, &format!("{path}.{param}"));
            }
            fields::merge(shown, &all);
        }
        match name {
            "merchant" => fields::show(&MERCHANT, v1, shown),
            "customer" => {
                if memory.flag("taxes") {
                    let customer = shown.at(&path).cloned().unwrap_or_default();
                    let standing = capabilities::of_customer(&customer);
                    place(shown, &format!("{path}.capabilities.automatic_indirect_tax"), standing);
                }
                continue;
            }
            _ => {}
        }
        place(shown, &format!("{path}.capabilities"), capabilities::show(&requested, name, v1));
    }
}

/// Leaves out what API v1 has in part and API v2 only has whole.
fn drop_incomplete(shown: &mut Json) {
    let details = "identity.business_details";
    whole(shown, &format!("{details}.registration_date"), &["day", "month", "year"]);
    for revenue in ["annual_revenue", "monthly_estimated_revenue"] {
        whole(shown, &format!("{details}.{revenue}.amount"), &["value", "currency"]);
    }
    if shown.at(details).is_some_and(|details| details.as_object().is_some_and(serde_json::Map::is_empty)) {
        fields::drop_at(shown, details);
    }
}

/// A reply: the account with the parts that the request includes, and `null` for all that is unset.
pub(super) fn reply(mut account: Json, included: &[Json]) -> Result<Json, ApiError> {
    let wanted = |path: &str| included.iter().any(|included| included == path);
    for path in INCLUDABLE.into_iter().filter(|path| !wanted(path)) {
        fields::drop_at(&mut account, path);
    }
    if !INCLUDABLE.iter().any(|path| path.starts_with("configuration.") && wanted(path)) {
        fields::drop_at(&mut account, "configuration");
    }
    completed(KIND, account)
}

/// An object as the document has it, and `null` for all that is unset.
pub(super) fn completed(schema: &str, object: Json) -> Result<Json, ApiError> {
    let mut object = spec::complete(schema, object)?;
    spec::fill_nulls(schema, &mut object);
    Ok(object)
}
