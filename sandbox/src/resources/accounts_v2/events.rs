//! Thin events about accounts: which parts changed follows from the account as API v2 shows it before and after.

use super::memory;
use super::persons_view;
use super::projection::{self, KIND};
use crate::engine::{ApiError, Json, Peek, Scope};
use crate::spec::ThinObject;
use crate::state::AccountContext;
use serde_json::json;
use std::collections::BTreeSet;

/// The events that a change of an account can cause.
pub(super) const CHANGES: &[&str] = &[
    "account.updated",
    "capability.updated",
    "v2.core.account.updated",
    "v2.core.account[configuration.customer].capability_status_updated",
    "v2.core.account[configuration.customer].updated",
    "v2.core.account[configuration.merchant].capability_status_updated",
    "v2.core.account[configuration.merchant].updated",
    "v2.core.account[configuration.recipient].capability_status_updated",
    "v2.core.account[configuration.recipient].updated",
    "v2.core.account[defaults].updated",
    "v2.core.account[identity].updated",
    "v2.core.account[requirements].updated",
];

/// Parts with a separate event.
const PARTS: [&str; 7] = [
    "configuration.merchant",
    "configuration.recipient",
    "configuration.customer",
    "identity",
    "defaults",
    "requirements",
    "future_requirements",
];

/// Whether anybody could see the events: the account is one of API v2, or there are destinations for them.
fn is_of_interest(books: &mut AccountContext<'_>) -> bool {
    let platform = Scope::new(books.state.platform(), books.scope().live);
    books.state.has_destinations(&platform) || memory::is_made_here(&memory::of_account(books))
}

/// The account and its persons as API v2 shows them; `null` if there are no event destinations.
pub(crate) fn look(books: &mut AccountContext<'_>) -> Json {
    if !is_of_interest(books) {
        return Json::Null;
    }
    let Some(account) = projection::account(books) else { return Json::Null };
    let country = account.text("identity.country").to_owned();
    let persons: Vec<Json> =
        books.all("person").map(|person| persons_view::show(books, person, &country)).collect();
    json!({ "account": account, "persons": persons })
}

/// An account was opened.
pub(crate) fn opened(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    if !is_of_interest(books) {
        return Ok(());
    }
    about_account(books, "v2.core.account.created", None, json!({}))
}

/// An account is closed: it stays readable with few members.
pub(crate) fn closing(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    let interest = is_of_interest(books);
    super::closing::remember(books)?;
    if interest { about_account(books, "v2.core.account.closed", None, json!({})) } else { Ok(()) }
}

/// An account was changed.
pub(crate) fn changed(books: &mut AccountContext<'_>, before: &Json) -> Result<(), ApiError> {
    let after = if before.is_null() { Json::Null } else { look(books) };
    let (Some(old), Some(new)) = (before.at("account"), after.at("account")) else { return Ok(()) };
    persons(books, before.items("persons"), after.items("persons"))?;
    // Which configurations are applied is told by the events of each.
    let parts = [
        "applied_configurations",
        "configuration",
        "identity",
        "defaults",
        "requirements",
        "future_requirements",
    ];
    let top = |account: &Json| {
        let mut account = account.clone();
        for part in parts {
            super::fields::drop_at(&mut account, part);
        }
        account
    };
    if top(old) != top(new) {
        about_account(books, "v2.core.account.updated", None, changes(&top(old), &top(new)))?;
    }
    for part in PARTS {
        let (was, is) =
            (old.at(part).cloned().unwrap_or_default(), new.at(part).cloned().unwrap_or_default());
        let settings = |part: &Json| {
            let mut settings = part.clone();
            let names = statuses(part).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
            super::fields::drop_at(&mut settings, "capabilities");
            (settings, names)
        };
        if settings(&was) != settings(&is) {
            let nested = |value: &Json| {
                let mut nested = json!({});
                super::fields::place(&mut nested, part, value.clone());
                nested
            };
            let kind = format!("v2.core.account[{part}].updated");
            about_account(books, &kind, Some(part), changes(&nested(&was), &nested(&is)))?;
        }
        let old_statuses = statuses(&was);
        for (path, status) in statuses(&is) {
            let was = old_statuses.iter().find(|(known, _)| *known == path);
            if was.is_some_and(|(_, was)| *was != status) {
                let kind = format!("v2.core.account[{part}].capability_status_updated");
                about_account(books, &kind, Some(part), json!({ "data": { "updated_capability": path } }))?;
            }
        }
    }
    Ok(())
}

/// The status of every capability of a configuration, by path.
fn statuses(configuration: &Json) -> Vec<(String, String)> {
    fn walk(value: &Json, path: &str, found: &mut Vec<(String, String)>) {
        if let Some(status) = value.get("status").and_then(Json::as_str) {
            found.push((path.to_owned(), status.to_owned()));
            return;
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            walk(member, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, found);
        }
    }
    let mut found = Vec::new();
    walk(configuration.at("capabilities").unwrap_or(&Json::Null), "", &mut found);
    found
}

fn changes(before: &Json, after: &Json) -> Json {
    json!({ "changes": { "before": before, "after": after } })
}

/// Persons that are new, other, or gone.
fn persons(books: &mut AccountContext<'_>, before: &[Json], after: &[Json]) -> Result<(), ApiError> {
    let of = |all: &[Json], id: &str| all.iter().find(|person| person.text("id") == id).cloned();
    let ids: BTreeSet<&str> = before.iter().chain(after).map(|person| person.text("id")).collect();
    for id in ids {
        let (was, is) = (of(before, id), of(after, id));
        let event = match (&was, &is) {
            (None, _) => "created",
            (_, None) => "deleted",
            (was, is) if was != is => "updated",
            _ => continue,
        };
        let account = books.account();
        let related = ThinObject {
            kind: persons_view::KIND.to_owned(),
            id: Some(id.to_owned()),
            url: format!("/v2/core/accounts/{account}/persons/{id}"),
        };
        let members =
            json!({ "data": { "account_id": &*account }, "changes": { "before": was, "after": is } });
        let kind = format!("v2.core.account_person.{event}");
        books.of_platform().emit_thin_with(&kind, Some(&related), members)?;
    }
    Ok(())
}

/// An event about the account, which is one of the platform: it goes to the platform's own destinations.
fn about_account(
    books: &mut AccountContext<'_>,
    kind: &str,
    part: Option<&str>,
    members: Json,
) -> Result<(), ApiError> {
    let id = books.account();
    let query = part.map(|part| format!("?include={part}")).unwrap_or_default();
    let related = ThinObject {
        kind: KIND.to_owned(),
        id: Some(id.to_string()),
        url: format!("/v2/core/accounts/{id}{query}"),
    };
    books.of_platform().emit_thin_with(kind, Some(&related), members).map(drop)
}
