//! Where an account is paid out to: `defaults.payout_methods` names a bank account of the vault, or an external account of
//! API v1, for each currency.

use super::vault;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::{bank_accounts, external_accounts, internal};
use crate::state::AccountContext;
use serde_json::json;

/// The note of an external account that was made from a bank account of the vault.
const VAULT: &str = "vault";

/// The payout method of each currency, by id.
pub(super) fn show(books: &AccountContext<'_>) -> Json {
    let mut shown = json!({});
    for external in internal::external_accounts(books).iter().filter(|each| each.flag("default_for_currency"))
    {
        let id = external.text("id");
        let notes = books.notes(id);
        let id = notes.at(VAULT).and_then(Json::as_str).unwrap_or(id);
        set(&mut shown, external.text("currency"), id);
    }
    shown
}

/// Pays an account out to what was sent for each currency. A bank account of the vault becomes an external account.
pub(super) fn choose(books: &mut AccountContext<'_>, sent: &Json) -> Result<(), ApiError> {
    for (currency, method) in sent.as_object().into_iter().flatten() {
        let param = format!("defaults[payout_methods][{currency}]");
        let Some(id) = method.as_str() else { continue };
        let all = internal::external_accounts(books);
        let made = |each: &&Json| books.notes(each.text("id")).text(VAULT) == id;
        let known = all.iter().find(|each| each.text("id") == id || made(each)).cloned();
        if let Some(known) = known {
            in_currency(known.text("currency"), currency, &param)?;
            external_accounts::prefer(books, known.text("id"))?;
            continue;
        }
        let (object, notes) = vault::as_external(books, id, &param)?;
        in_currency(object.text("currency"), currency, &param)?;
        let account = internal::account(books).unwrap_or_default();
        bank_accounts::belongs(account.text("country"), &object, &param)?;
        let put = external_accounts::put(books, object, notes, json!({}), true)?;
        books.emit("account.external_account.created", &put)?;
    }
    Ok(())
}

fn in_currency(has: &str, wanted: &str, param: &str) -> Result<(), ApiError> {
    if has == wanted {
        return Ok(());
    }
    Err(ApiError::invalid(format!("The payout method is in {has}, not in {wanted}.")).param(param))
}

/// Internal data about an external account that was created from the vault.
pub(super) fn made_from(vault: &str, number: &str) -> Json {
    json!({ "account_number": number, VAULT: vault })
}

/// The external account that was made from a bank account of the vault.
pub(super) fn made_of(books: &AccountContext<'_>, vault: &str) -> Option<Json> {
    let mut all = internal::external_accounts(books).into_iter();
    all.find(|external| books.notes(external.text("id")).text(VAULT) == vault)
}
