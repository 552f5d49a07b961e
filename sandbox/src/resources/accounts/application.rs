//! The platform as an application, authorized by the holders of accounts with a Dashboard.

use super::{bank_accounts, internal};
use crate::engine::{ApiError, Json, Peek};
use crate::state::AccountContext;
use serde_json::json;

/// The note whether the account holder has authorized the platform.
const AUTHORIZED: &str = "authorized";

/// The id of the platform's application.
pub(crate) fn id(platform: &AccountContext<'_>) -> String {
    format!("ca_{}", bank_accounts::fingerprint(&platform.account(), "application"))
}

/// The application that acts in a connected account; `null` if the platform acts for itself.
pub(crate) fn acting(context: &mut AccountContext<'_>) -> Json {
    if context.is_platform() { Json::Null } else { id(&context.of_platform()).into() }
}

/// Authorizes the platform when the holder completes Stripe's pages for the first time.
pub(crate) fn authorize(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    if !has_dashboard(books) || internal::notes(books).flag(AUTHORIZED) {
        return Ok(());
    }
    internal::remember(books, AUTHORIZED, true);
    emit(books, "account.application.authorized")
}

/// Withdraws the authorization when the account is disconnected.
pub(crate) fn deauthorize(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    if has_dashboard(books) { emit(books, "account.application.deauthorized") } else { Ok(()) }
}

/// Only holders with a Stripe Dashboard can see and end connections.
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
