//! The persons of an account. Identifying details are stored separately and never shown.

use super::internal;
use super::requirements;
use super::requirements::{Facts, Person};
use super::{derived, formats, test_values, tokens};
use crate::engine::calendar;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts;
use crate::resources::accounts::deadlines::Due;
use crate::resources::accounts::revision;
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The details of a person that are never shown.
const HIDDEN: [&str; 6] =
    ["id_number", "id_number_secondary", "ssn_last_4", "documents", "person_token", "verification"];

/// The minimum age of a person, in years.
const YOUNGEST: i64 = 13;

const CREATED: &[&str] = &["person.created", "person.updated", "account.updated", "capability.updated"];
const UPDATED: &[&str] = &["person.updated", "account.updated", "capability.updated"];
const DELETED: &[&str] = &["person.deleted", "account.updated", "capability.updated"];

pub(crate) static RESOURCE: Resource = Resource {
    name: "persons",
    entries: &[
        entry("PostAccountsAccountPersons", create, CREATED),
        entry("GetAccountsAccountPersons", list, &[]),
        entry("GetAccountsAccountPersonsPerson", retrieve, &[]),
        entry("PostAccountsAccountPersonsPerson", update, UPDATED),
        entry("DeleteAccountsAccountPersonsPerson", delete, DELETED),
    ],
    machines: &[],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let sent = sent(call)?;
    let metadata = call.metadata();
    let mut books = call.account_in_path()?;
    accounts::may_see_holder(&mut books)?;
    check(&mut books, &sent, "", None)?;
    let id = revision::revise(&mut books, |books| add(books, &sent, metadata))?;
    books.get("person", &id, "person")
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let roles = call.param("relationship").unwrap_or_default();
    if let Json::Object(params) = &mut call.params {
        params.remove("relationship");
    }
    let mut books = call.account_in_path()?;
    accounts::may_see_holder(&mut books)?;
    let fits = |person: &Json| {
        roles
            .as_object()
            .into_iter()
            .flatten()
            .all(|(role, wanted)| Some(person.flag(&format!("relationship.{role}"))) == wanted.as_bool())
    };
    let found = books.all("person").filter(|person| fits(person)).cloned().collect();
    call.page(found)
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("person");
    let mut books = call.account_in_path()?;
    accounts::may_see_holder(&mut books)?;
    books.get("person", &id, "person")
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let person = retrieve(call)?;
    let (id, sent) = (person.text("id").to_owned(), sent(call)?);
    let metadata = call.merged_metadata(&person)?;
    let mut books = call.account_in_path()?;
    check(&mut books, &sent, "", Some(&id))?;
    revision::revise(&mut books, |books| change(books, &id, &sent, metadata))?;
    books.get("person", &id, "person")
}

fn delete(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let person = retrieve(call)?;
    if person.flag("relationship.representative") {
        let message = "The representative of an account cannot be deleted; set another representative first.";
        return Err(ApiError::invalid(message).param("person"));
    }
    remove(&mut call.account_in_path()?, person.text("id"))
}

/// Removes a person and returns what is left of it.
pub(crate) fn remove(books: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    revision::revise(books, |books| {
        books.forget(id);
        books.delete("deleted_person", id)
    })
}

/// The parameters of the person, including those of a token.
fn sent(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut sent = match call.text("person_token") {
        Some(token) => tokens::redeem(call, &token, "person", "person_token")?,
        None => json!({}),
    };
    let given = internal::without(&call.params, &["expand", "metadata", "person_token"]);
    internal::merge(&mut sent, &given);
    tokens::reveal(call, &mut sent)?;
    Ok(sent)
}

/// Validates the parameters of a person. `place` is the position of the person in the request; `id` is the changed
/// person.
pub(crate) fn check(
    books: &mut AccountContext<'_>,
    sent: &Json,
    place: &str,
    id: Option<&str>,
) -> Result<(), ApiError> {
    let param = |name: &str| match (place, name.split_once('[')) {
        ("", _) => name.to_owned(),
        (place, Some((first, rest))) => format!("{place}[{first}][{rest}"),
        (place, None) => format!("{place}[{name}]"),
    };
    let country =
        internal::account(books).map(|account| account.text("country").to_owned()).unwrap_or_default();
    if place.is_empty() {
        formats::check(sent, &country, "")?;
    }
    if let Some(dob) = sent.at("dob").filter(|dob| dob.is_object()) {
        let Some(born) = calendar::day(dob.int("year"), dob.int("month"), dob.int("day"))
            .filter(|_| dob.int("year") >= 1900)
        else {
            return Err(
                ApiError::invalid("Invalid date of birth: must be a date that exists.").param(param("dob"))
            );
        };
        if calendar::years_between(born, books.now().div_euclid(calendar::DAY)) < YOUNGEST {
            let message = "Invalid date of birth: the person must be at least 13 years old.";
            return Err(ApiError::invalid(message).param(param("dob[year]")));
        }
    }
    let share = sent.at("relationship.percent_ownership").and_then(Json::as_f64);
    if share.is_some_and(|share| !(0.0..=100.0).contains(&share)) {
        let message = "Invalid percent_ownership: must be from 0 to 100.";
        return Err(ApiError::invalid(message).param(param("relationship[percent_ownership]")));
    }
    let others: f64 = books
        .all("person")
        .filter(|other| id != Some(other.text("id")))
        .filter_map(|other| other.at("relationship.percent_ownership").and_then(Json::as_f64))
        .sum();
    if share.is_some_and(|share| share + others > 100.0) {
        let message = "Invalid percent_ownership: the sum of all owners exceeds 100.";
        return Err(ApiError::invalid(message).param(param("relationship[percent_ownership]")));
    }
    let taken = books
        .all("person")
        .any(|other| id != Some(other.text("id")) && other.flag("relationship.representative"));
    if sent.flag("relationship.representative") && taken {
        let message = "The account already has a representative.";
        return Err(ApiError::invalid(message).param(param("relationship[representative]")));
    }
    for side in ["document.front", "document.back", "additional_document.front", "additional_document.back"] {
        if let Some(file) = sent.at(&format!("verification.{side}")).and_then(Json::as_str) {
            crate::resources::accounts::files::usable(
                books,
                file,
                &["identity_document", "additional_verification"],
                || param(&format!("verification[{}]", side.replace('.', "]["))),
            )?;
        }
    }
    accounts::documents::check_documents(books, sent, param)
}

/// Creates a person.
pub(crate) fn add(books: &mut AccountContext<'_>, sent: &Json, metadata: Json) -> Result<String, ApiError> {
    let account = books.account();
    let bare =
        json!({ "account": &*account, "verification": { "status": "unverified" }, "metadata": metadata });
    let person = books.create("person", "person", bare)?;
    let id = person.text("id").to_owned();
    books.set_notes(&id, json!({ "sent": {} }));
    change(books, &id, sent, None)?;
    Ok(id)
}

/// Applies the parameters of a person.
pub(crate) fn change(
    books: &mut AccountContext<'_>,
    id: &str,
    sent: &Json,
    metadata: Option<Json>,
) -> Result<(), ApiError> {
    let mut notes = books.notes(id);
    let mut known = notes.at("sent").cloned().unwrap_or_else(|| json!({}));
    internal::merge(&mut known, sent);
    let speaks = known.flag("relationship.representative");
    set(&mut notes, "sent", known);
    set(&mut notes, "updated", books.now());
    books.set_notes(id, notes);
    let names: &[&str] = if speaks { &[id, "individual", "representative"] } else { &[id] };
    accounts::requested_information::supply(books, sent, names);
    if let Some(metadata) = metadata {
        books.change(id, |person| set(person, "metadata", metadata))?;
    }
    Ok(())
}

/// The person object.
pub(crate) fn show(
    books: &mut AccountContext<'_>,
    facts: &Facts,
    person: &Person,
    due: &Due,
) -> Result<(), ApiError> {
    let Some(old) = books.peek(&person.id).cloned() else { return Ok(()) };
    let mut object = internal::without(&person.sent, &HIDDEN);
    for name in ["id", "account", "created", "metadata"] {
        set(&mut object, name, old.at(name).cloned().unwrap_or_default());
    }
    for name in ["id_number", "id_number_secondary", "ssn_last_4"] {
        let given =
            person.sent.at(name).is_some() || (name == "ssn_last_4" && person.sent.at("id_number").is_some());
        set(&mut object, &format!("{name}_provided"), given);
    }
    let country = facts.account.text("country");
    derived::phone(&mut object, country);
    set(&mut object, "additional_tos_acceptances", json!({ "account": {} }));
    if object.at("address.country").is_none()
        && let Some(address) = object.get_mut("address").filter(|address| address.is_object())
    {
        set(address, "country", country);
    }
    for name in ["address", "dob", "relationship"] {
        if object.at(name).is_none() {
            set(&mut object, name, json!({}));
        }
    }
    if let Some(relationship) = object.pointer_mut("/relationship") {
        for role in ["authorizer", "director", "executive", "legal_guardian", "owner", "representative"] {
            let has = relationship.flag(role);
            set(relationship, role, has);
        }
    }
    if let Some(names) = object.get_mut("full_name_aliases").and_then(Json::as_array_mut) {
        names.retain(|name| name != "");
    }
    let prefix = format!("{}.", facts.prefix(person));
    let strip = |field: &str| field.strip_prefix(&prefix).unwrap_or(field).to_owned();
    let fields: Vec<String> =
        due.deadlines.keys().filter(|field| field.starts_with(&prefix)).cloned().collect();
    let mut requirements = due.requirements(facts, &fields, strip);
    if let Json::Object(members) = &mut requirements {
        members.remove("current_deadline");
    }
    let mine = |all: Vec<String>| {
        all.iter().filter(|field| field.starts_with(&prefix)).map(|field| strip(field)).collect()
    };
    let pending: Vec<String> = mine(requirements::pending(facts));
    let later: Vec<String> = mine(requirements::later(facts));
    let eventually: Vec<String> = fields.iter().map(|field| strip(field)).chain(later).collect();
    set(&mut requirements, "pending_verification", pending);
    set(&mut requirements, "eventually_due", eventually);
    set(&mut object, "requirements", requirements);
    let named = |field: &str| field.starts_with(&prefix).then(|| strip(field));
    set(&mut object, "future_requirements", person_future(facts, named));
    set(&mut object, "verification", verification(person, facts));
    let object = spec::complete("person", object)?;
    books.change(&person.id, |old| *old = object).map(drop)
}

/// The future requirements of a person, which have no deadline of their own.
fn person_future(facts: &Facts, name: impl Fn(&str) -> Option<String>) -> Json {
    internal::without(&requirements::future(facts, name), &["current_deadline"])
}

fn verification(person: &Person, facts: &Facts) -> Json {
    let status = match person.check.text("state") {
        // Without a document, the person is shown as verified when the complete account is.
        "verified"
            if facts.is_reviewed(person)
                && !requirements::has_told(&person.sent, "verification.document") =>
        {
            "pending"
        }
        "verified" => "verified",
        "pending" => "pending",
        // The number is verified even while other details are missing.
        "" if facts.looks_at_numbers() && requirements::has_told(&person.sent, "id_number") => "pending",
        _ => "unverified",
    };
    let part =
        |name: &str| person.sent.at(&format!("verification.{name}")).cloned().unwrap_or_else(|| json!({}));
    let (mut document, mut additional) = (part("document"), part("additional_document"));
    let mut out = json!({ "status": status });
    if let Some(code) = person.check.at("code").and_then(Json::as_str) {
        let (details, short) = (test_values::reason(code), code.trim_start_matches("verification_"));
        let place = match person.check.text("remedy.0") {
            _ if !code.contains("document") => &mut out,
            "verification.additional_document" => &mut additional,
            _ => &mut document,
        };
        set(place, "details", details);
        set(place, "details_code", short);
    }
    set(&mut out, "document", document);
    set(&mut out, "additional_document", additional);
    out
}
