//! What Stripe asks of an account beyond the usual, such as a document after an old one has expired. A field that is
//! supplied is checked for a while. Then it is done, or it is asked for again.

use super::verification::VERIFY;
use super::{bank_numbers, internal, requirements};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::revision;
use crate::resources::accounts::test_values::document_failure;
use crate::spec;
use crate::state::AccountContext;
use serde_json::json;
use std::time::Duration;

/// How the subjects of checks of such fields begin.
const CHECK: &str = "asked ";

/// How requirements call persons of roles, of whom there may be none yet.
const ROLES: [&str; 4] = ["representative", "owners", "directors", "executives"];

/// Asks for one more field, as Stripe does when it looks closer.
pub(crate) fn require(books: &mut AccountContext<'_>, field: &str, code: &str) -> Result<(), ApiError> {
    spec::listed("account_requirements_error", "code", code, "code")?;
    exists(books, field)?;
    revision::revise(books, |books| {
        forget(books, field);
        note(books, "asked", |asked| set(asked, field, code));
        Ok(())
    })
}

/// The subject of the agenda when a requirement that was announced becomes one.
const COMES: &str = "announced ";

/// Announces a requirement: it is among the `future_requirements` until it becomes one after a time, or for good if no time
/// is given. What is supplied meanwhile is checked and is not asked for.
pub(crate) fn announce(
    books: &mut AccountContext<'_>,
    field: &str,
    code: &str,
    after: Option<Duration>,
) -> Result<(), ApiError> {
    spec::listed("account_requirements_error", "code", code, "code")?;
    exists(books, field)?;
    let deadline = after.map(|after| books.now() + i64::try_from(after.as_secs()).unwrap_or(i64::MAX / 4));
    revision::revise(books, |books| {
        forget(books, field);
        let entry = json!({ "code": code, "deadline": deadline });
        note(books, ANNOUNCED, |announced| set(announced, field, entry));
        Ok(())
    })?;
    if let Some(after) = after {
        books.later(after, &format!("{COMES}{field}"), come_due);
    }
    Ok(())
}

const ANNOUNCED: &str = "announced";

/// What was announced is asked for from now on.
fn come_due(books: &mut AccountContext<'_>, subject: &str) -> Result<(), ApiError> {
    let field = subject.strip_prefix(COMES).unwrap_or(subject);
    let notes = internal::notes(books);
    let Some(entry) = notes.at(ANNOUNCED).and_then(|announced| announced.get(field)) else { return Ok(()) };
    require(books, field, entry.text("code"))
}

/// Begins the check of who has a bank account with a test number, if it is one of those: one passes, and the other one needs
/// documents.
pub(crate) fn check_ownership(books: &mut AccountContext<'_>, number: &str) {
    let [passes, needs_documents] = bank_numbers::OWNERSHIP;
    if number == passes {
        let notes = internal::notes(books);
        check(books, requirements::OWNERSHIP, &json!({ "bank_account": "verified" }), &notes);
    } else if number == needs_documents {
        note(books, "asked", |asked| set(asked, requirements::OWNERSHIP, "information_missing"));
    }
}

/// Refuses a field that is not one of accounts or persons. What only Stripe's own pages can collect is called by the id of an
/// intervention (`interv_`) and can be anything.
fn exists(books: &AccountContext<'_>, field: &str) -> Result<(), ApiError> {
    let (first, inner) = field.split_once('.').unwrap_or((field, ""));
    if first.starts_with("interv_") {
        return Ok(());
    }
    if first.starts_with("person_") {
        books.get("person", first, "field")?;
    }
    let of_person = first.starts_with("person_") || ROLES.contains(&first);
    let (path, name) = if of_person {
        ("/v1/accounts/account/persons/person", inner)
    } else {
        ("/v1/accounts/account", field)
    };
    spec::parameter(spec::post(path)?.0, name)
}

/// Takes back what was asked for, as if it was supplied in a way that no request has.
pub(crate) fn fulfil(books: &mut AccountContext<'_>, field: &str) -> Result<(), ApiError> {
    let notes = internal::notes(books);
    if let Some(person) = person_without_liveness(books, field) {
        let proof = json!({ "sent": { "verification": { "proof_of_liveness": "given" } } });
        return revision::revise(books, |books| {
            let mut notes = books.notes(&person);
            internal::merge(&mut notes, &proof);
            books.set_notes(&person, notes);
            Ok(())
        });
    }
    let members = ["asked", "answered", ANNOUNCED].map(|part| notes.at(part).and_then(Json::as_object));
    let open: Vec<&str> =
        members.into_iter().flatten().flat_map(|part| part.keys().map(String::as_str)).collect();
    if !open.contains(&field) {
        let open = if open.is_empty() { "nothing is".to_owned() } else { spec::choices(&open, field) };
        let message = format!("'{field}' was not asked for beyond the usual; open by now: {open}.");
        return Err(ApiError::invalid(message).param("field"));
    }
    revision::revise(books, |books| {
        forget(books, field);
        Ok(())
    })
}

/// The person who has to prove to be alive, if that is what the field is about.
fn person_without_liveness(books: &mut AccountContext<'_>, field: &str) -> Option<String> {
    let facts = internal::facts(books)?;
    let due = requirements::for_payouts(&facts).0;
    field.ends_with(requirements::LIVENESS).then_some(())?;
    due.iter().find(|known| *known == field)?;
    let speaker = facts.persons.into_iter().find(|person| person.sent.flag("relationship.representative"));
    speaker.map(|person| person.id)
}

/// What was asked for and is among what was sent is checked from now on. `names` are the names that requirements have for
/// what was sent: none for an account, those of a person for a person.
pub(crate) fn supply(books: &mut AccountContext<'_>, sent: &Json, names: &[&str]) {
    let notes = internal::notes(books);
    let open = |part: &str| notes.at(part).and_then(Json::as_object).cloned().unwrap_or_default();
    for field in open("asked").keys().chain(open("answered").keys()).chain(open(ANNOUNCED).keys()) {
        let place = if names.is_empty() {
            Some(field.as_str())
        } else {
            names.iter().find_map(|name| field.strip_prefix(name)?.strip_prefix('.'))
        };
        if let Some(answer) = place.and_then(|place| sent.at(place)).filter(|answer| says_something(answer)) {
            check(books, field, answer, &notes);
        }
    }
}

/// Whether a value is so, or one inside of a group or a list.
fn any(value: &Json, is_so: fn(&Json) -> bool) -> bool {
    match value {
        Json::Object(members) => members.values().any(|member| any(member, is_so)),
        Json::Array(items) => items.iter().any(|item| any(item, is_so)),
        value => is_so(value),
    }
}

/// Whether a value tells anything.
fn says_something(value: &Json) -> bool {
    any(value, |value| !matches!(value, Json::Null | Json::Bool(false)) && value != "")
}

/// How the check of a document fails that a value is or has.
fn bad_document(value: &Json) -> Option<&'static str> {
    match value {
        Json::Object(members) => members.values().find_map(bad_document),
        Json::Array(items) => items.iter().find_map(bad_document),
        Json::String(file) => document_failure(file),
        _ => None,
    }
}

/// Begins the check of what was sent for a field, with what was sent for it before. Its deadline is remembered: an answer
/// that is of no use does not move it.
fn check(books: &mut AccountContext<'_>, field: &str, answer: &Json, notes: &Json) {
    let member = |part: &str| notes.at(part).and_then(|part| part.get(field)).cloned();
    let mut entry = member("answered").unwrap_or_else(
        || json!({ "code": member("asked").unwrap_or_default(), "deadline": member("deadlines").unwrap_or_default() }),
    );
    internal::merge(&mut entry, &json!({ "answer": answer }));
    forget(books, field);
    note(books, "answered", |answered| set(answered, field, entry));
    books.by_rule(&VERIFY, &format!("{CHECK}{field}"));
}

/// The field that a subject of the agenda is about, if it is one of these.
pub(crate) fn subject(about: &str) -> Option<&str> {
    about.strip_prefix(CHECK)
}

/// The check of a field ends.
pub(crate) fn end(books: &mut AccountContext<'_>, field: &str) -> Result<(), ApiError> {
    let notes = internal::notes(books);
    let entry = notes.at("answered").and_then(|answered| answered.get(field)).cloned().unwrap_or_default();
    let failed = entry.at("answer").and_then(bad_document);
    revision::revise(books, |books| {
        forget(books, field);
        if let Some(code) = failed {
            note(books, "asked", |asked| set(asked, field, code));
            if let Some(deadline) = entry.at("deadline").cloned() {
                note(books, "deadlines", |deadlines| set(deadlines, field, deadline));
            }
        }
        Ok(())
    })
}

/// All checks of such fields that are under way end.
pub(crate) fn end_all(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    let notes = internal::notes(books);
    let fields = notes.at("answered").and_then(Json::as_object).cloned().unwrap_or_default();
    fields.keys().try_for_each(|field| end(books, field))
}

/// The field is neither asked for nor checked.
fn forget(books: &mut AccountContext<'_>, field: &str) {
    for part in ["asked", "answered", ANNOUNCED] {
        note(books, part, |members| *members = internal::without(members, &[field]));
    }
    books.forget(&format!("{CHECK}{field}"));
    books.forget(&format!("{COMES}{field}"));
}

fn note(books: &mut AccountContext<'_>, part: &str, change: impl FnOnce(&mut Json)) {
    let mut members = internal::notes(books).at(part).cloned().unwrap_or_else(|| json!({}));
    change(&mut members);
    internal::remember(books, part, members);
}
