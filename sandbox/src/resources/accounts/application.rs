//! The platform as an application that the holders of accounts with a Dashboard authorize.

use super::{bank_accounts, internal};
use crate::engine::{ApiError, Json, Peek};
use crate::state::AccountContext;
use serde_json::json;

/// Where the notes of an account say that its holder has authorized the platform.
const AUTHORIZED: &str = "authorized";

/// The id of the platform's application.
pub(crate) fn id(platform: &AccountContext<'_>) -> String {
    format!("ca_{}", bank_accounts::fingerprint(&platform.account(), "application"))
}

/// The holder has come through Stripe's pages: the first time that authorizes the platform.
pub(crate) fn authorize(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    if !has_dashboard(books) || internal::notes(books).flag(AUTHORIZED) {
        return Ok(());
    }
    internal::remember(books, AUTHORIZED, true);
    emit(books, "account.application.authorized")
}

/// The account is not the platform's any more.
pub(crate) fn deauthorize(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    if has_dashboard(books) { emit(books, "account.application.deauthorized") } else { Ok(()) }
}

/// Only who has a Dashboard of Stripe can look at what is connected, and end it.
fn has_dashboard(books: &AccountContext<'_>) -> bool {
    let kind =
        internal::account(books).unwrap_or_default().text("controller.stripe_dashboard.type").to_owned();
    matches!(kind.as_str(), "full" | "express")
}

fn emit(books: &mut AccountContext<'_>, kind: &str) -> Result<(), ApiError> {
    let id = id(&books.of_platform());
    let application: Json = json!({ "id": id, "object": "application", "name": "Sandbox platform" });
    books.emit(kind, &application)
}
