//! Members that only API v2 has, stored next to the account object, which has all members of both versions.

use super::capabilities;
use super::fields::merge;
use crate::engine::{Json, Peek, set};
use crate::resources::accounts::internal;
use crate::state::AccountContext;
use serde_json::json;

/// The note of an account, and of a person, that has what only API v2 knows.
const NOTE: &str = "v2";

/// The configurations, in the order in which they are shown unless they were applied in another one.
pub(super) const CONFIGURATIONS: [&str; 3] = ["merchant", "recipient", "customer"];

/// Members of the account that only API v2 has.
pub(super) fn of_account(books: &mut AccountContext<'_>) -> Json {
    internal::notes(books).at(NOTE).cloned().unwrap_or_else(|| json!({}))
}

/// Replaces it.
pub(super) fn keep(books: &mut AccountContext<'_>, memory: Json) {
    internal::remember(books, NOTE, memory);
}

/// The notes of an account that API v2 opens, with the members of the account itself that only API v2 knows.
pub(super) fn opened(own: Json) -> Json {
    json!({ NOTE: { "made": true, "own": own } })
}

/// Whether API v2 opened the account.
pub(super) fn is_made_here(memory: &Json) -> bool {
    memory.flag("made")
}

/// Whether something that API v1 always has was not chosen yet.
pub(super) fn is_unset(memory: &Json, name: &str) -> bool {
    memory.items("unset").iter().any(|unset| unset == name)
}

/// Members of a person that only API v2 has.
pub(super) fn of_person(books: &AccountContext<'_>, id: &str) -> Json {
    books.notes(id).at(NOTE).cloned().unwrap_or_else(|| json!({}))
}

/// Takes over what only API v2 knows of a person.
pub(super) fn merge_person(books: &mut AccountContext<'_>, id: &str, own: &Json, numbers: Option<Json>) {
    let mut notes = books.notes(id);
    let mut known = notes.at(NOTE).cloned().unwrap_or_else(|| json!({}));
    merge(&mut known, own);
    if let Some(numbers) = numbers {
        set(&mut known, "id_numbers", numbers);
    }
    set(&mut notes, NOTE, known);
    books.set_notes(id, notes);
}

/// The configurations of an account in the order in which they were applied, and whether each still is: by API v2, or
/// because API v1 asked for a capability of it.
pub(super) fn configurations(books: &AccountContext<'_>, memory: &Json) -> Vec<(&'static str, bool)> {
    let requested = capabilities::requested(books);
    let by_capability = |name: &str| requested.iter().any(|(configuration, ..)| *configuration == name);
    let order = memory.items("order").iter().filter_map(Json::as_str);
    let known = order.filter_map(|name| CONFIGURATIONS.into_iter().find(|each| *each == name));
    let mut all: Vec<&str> = known.collect();
    let more: Vec<&str> =
        CONFIGURATIONS.into_iter().filter(|name| !all.contains(name) && by_capability(name)).collect();
    all.extend(more);
    let off = |name: &str| memory.items("off").iter().any(|off| off == name);
    all.into_iter().map(|name| (name, by_capability(name) || !off(name))).collect()
}

/// The names of those that are applied.
pub(super) fn applied(books: &AccountContext<'_>, memory: &Json) -> Vec<&'static str> {
    configurations(books, memory).into_iter().filter(|(_, applied)| *applied).map(|(name, _)| name).collect()
}

/// Applies a configuration, or deactivates it.
pub(super) fn turn(memory: &mut Json, name: &str, on: bool) {
    for (list, is_in) in [("order", true), ("off", !on)] {
        let mut names: Vec<Json> = memory.items(list).to_vec();
        if !is_in {
            names.retain(|known| known != name);
        } else if !names.iter().any(|known| known == name) {
            names.push(name.into());
        }
        set(memory, list, names);
    }
}
