//! Changes of an account with all their effects: requirements, capabilities, events.

use super::internal;
use crate::engine::{ApiError, Json, Peek, changed};
use crate::state::{AccountContext, Change};

/// Changes an account and applies all effects.
pub(crate) fn revise<T>(
    books: &mut AccountContext<'_>,
    change: impl FnOnce(&mut AccountContext<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let hooks = books.state.account_hooks();
    let seen = (hooks.look)(books);
    let account = internal::account(books);
    let persons: Vec<Json> = books.all("person").cloned().collect();
    let before: Vec<Json> = books.all("capability").cloned().collect();
    let out = change(books)?;
    refresh(books)?;
    let Some(old) = account else { return Ok(out) };
    tell(books, "person", &persons)?;
    tell(books, "capability", &before)?;
    if let Some(object) = internal::account(books) {
        let schedule_changed = old.at("settings.payouts.schedule") != object.at("settings.payouts.schedule");
        let previous = changed(&old, &object);
        books.emit_change("account.updated", &Change { object, previous })?;
        if schedule_changed {
            (hooks.schedule_changed)(books);
        }
    }
    (hooks.changed)(books, &seen)?;
    Ok(out)
}

/// Emits events about the objects of a kind that were created, updated or deleted.
pub(crate) fn tell(books: &mut AccountContext<'_>, kind: &str, before: &[Json]) -> Result<(), ApiError> {
    let mut now: Vec<Json> = books.all(kind).cloned().collect();
    now.reverse();
    for object in now.iter().cloned() {
        match before.iter().find(|old| old.text("id") == object.text("id")) {
            Some(old) => {
                let previous = changed(old, &object);
                books.emit_change(&format!("{kind}.updated"), &Change { object, previous })?;
            }
            None if kind == "capability" => books.emit("capability.updated", &object)?,
            None => books.emit(&format!("{kind}.created"), &object)?,
        }
    }
    for gone in before.iter().filter(|old| !now.iter().any(|object| object.text("id") == old.text("id"))) {
        books.emit(&format!("{kind}.deleted"), gone)?;
    }
    Ok(())
}

/// Recomputes the account object without events.
pub(crate) fn refresh(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    (books.state.account_hooks().review)(books)
}
