//! All details of an account, shown or not: the account object and its notes are among the platform's objects;
//! persons, capabilities and external accounts among the account's.

use super::requirements::{Announced, Facts, Person};
use crate::engine::{ApiError, Json, Peek, Scope, set};
use crate::state::AccountContext;
use serde_json::json;

/// The note with the reason of a rejection by the platform, and whether payouts stay enabled.
pub(crate) const REJECTED: &str = "rejected";
pub(crate) const PAID_OUT: &str = "paid_out_though_rejected";

/// The note that has the requirements that a test card brought forward, with what each stops.
pub(crate) const BROUGHT: &str = "brought_forward";

/// The account object; `None` for an account that was connected without one.
pub(crate) fn account(books: &AccountContext<'_>) -> Option<Json> {
    let platform = Scope::new(books.state.platform(), books.scope().live);
    books.state.store(&platform)?.find("account", &books.account()).cloned()
}

/// The internal data of the account.
pub(crate) fn notes(books: &mut AccountContext<'_>) -> Json {
    let id = books.account();
    match books.of_platform().notes(&id) {
        Json::Null => json!({}),
        notes => notes,
    }
}

/// Changes the internal data of the account.
pub(crate) fn remember(books: &mut AccountContext<'_>, name: &str, value: impl Into<Json>) {
    let mut all = notes(books);
    set(&mut all, name, value);
    let id = books.account();
    books.of_platform().set_notes(&id, all);
}

/// Replaces the account object.
pub(crate) fn keep(books: &mut AccountContext<'_>, object: Json) -> Result<(), ApiError> {
    let id = books.account();
    books.of_platform().change(&id, |old| *old = object).map(drop)
}

/// The bank accounts and cards for payouts, newest first.
pub(crate) fn external_accounts(books: &AccountContext<'_>) -> Vec<Json> {
    let cards = books.all("card").filter(|card| card.at("account").is_some());
    books.all("bank_account").chain(cards).cloned().collect()
}

/// All details for computing the requirements.
pub(crate) fn facts(books: &mut AccountContext<'_>) -> Option<Facts> {
    let account = account(books)?;
    let notes = notes(books);
    let persons = books.all("person").map(|person| {
        let id = person.text("id").to_owned();
        let known = books.notes(&id);
        let member = |name: &str| known.at(name).cloned().unwrap_or_default();
        Person { sent: member("sent"), check: member("check"), id }
    });
    let persons = persons.collect();
    let answered = notes.at("answered").and_then(Json::as_object).into_iter().flatten();
    let answered = answered.map(|(field, _)| field.clone());
    let texts = |part: &str| -> Vec<(String, String)> {
        let members = notes.at(part).and_then(Json::as_object).into_iter().flatten();
        members.map(|(field, value)| (field.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
    };
    let announced = notes.at("announced").and_then(Json::as_object).into_iter().flatten();
    let announced = announced.map(|(field, entry)| Announced {
        field: field.clone(),
        code: entry.text("code").to_owned(),
        deadline: entry.at("deadline").and_then(Json::as_i64),
    });
    Some(Facts {
        announced: announced.collect(),
        answered: answered.collect(),
        brought: texts(BROUGHT),
        reviewed: notes.flag("reviewed"),
        company: notes.at("company").cloned().unwrap_or_else(|| json!({})),
        company_check: notes.at("company_check").cloned().unwrap_or_default(),
        has_external_account: !external_accounts(books).is_empty(),
        asked: texts("asked"),
        persons,
        account,
    })
}

/// Texts that may be empty.
const EMPTY: [&str; 1] = ["product_description"];

/// Merges parameters: objects member by member, other values as a whole; an empty text removes the member, unless it
/// may be empty.
pub(crate) fn merge(into: &mut Json, sent: &Json) {
    let (Json::Object(members), Json::Object(sent)) = (&mut *into, sent) else {
        *into = sent.clone();
        return;
    };
    for (name, value) in sent {
        if value == "" && !EMPTY.contains(&name.as_str()) {
            members.remove(name);
        } else if value.is_object() {
            let member = members.entry(name.clone()).or_insert_with(|| json!({}));
            if !member.is_object() {
                *member = json!({});
            }
            merge(member, value);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
}

/// A copy without some members.
pub(crate) fn without(object: &Json, names: &[&str]) -> Json {
    let mut copy = object.clone();
    if let Json::Object(members) = &mut copy {
        members.retain(|name, _| !names.contains(&name.as_str()));
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_merged_and_empty_texts_remove() {
        let mut known = json!({ "address": { "line1": "a", "city": "b" }, "name": "x", "dob": null });
        merge(
            &mut known,
            &json!({ "address": { "line1": "c" }, "name": "", "dob": { "day": 1 }, "tags": ["t"] }),
        );
        assert_eq!(
            known,
            json!({ "address": { "line1": "c", "city": "b" }, "dob": { "day": 1 }, "tags": ["t"] })
        );
    }
}
