//! Closed accounts: API v1 no longer has them, API v2 shows their remains.

use super::fields;
use super::projection::{self, INCLUDABLE};
use crate::engine::{ApiError, Json, Peek, set};
use crate::state::AccountContext;
use serde_json::json;

/// The internal object of a closed account, which no request can retrieve by this name.
const REMAINS: &str = "sandbox.closed_account";

/// Keeps what stays of an account that is closed now.
pub(super) fn remember(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    let Some(mut account) = projection::account(books) else { return Ok(()) };
    for part in INCLUDABLE.into_iter().chain(["configuration"]) {
        fields::drop_at(&mut account, part);
    }
    set(&mut account, "closed", true);
    let remains =
        json!({ "id": format!("closed {}", account.text("id")), "object": REMAINS, "account": account });
    let platform = books.of_platform();
    let scope = platform.scope().clone();
    platform.state.keep(&scope, &remains);
    Ok(())
}

/// The remains of a closed account.
pub(super) fn of(platform: &AccountContext<'_>, id: &str) -> Option<Json> {
    platform.peek(&format!("closed {id}"))?.at("account").cloned()
}

/// The closed accounts, newest first.
pub(super) fn all(platform: &AccountContext<'_>) -> Vec<Json> {
    platform.all(REMAINS).filter_map(|remains| remains.at("account").cloned()).collect()
}
