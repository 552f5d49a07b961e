//! Bank accounts of the vault: kept once, and used as payout methods. Their numbers are never shown.

pub(crate) mod gb;
pub(crate) mod us;

use super::errors::refuse;
use super::payout_methods;
use super::projection::completed;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::{bank_accounts, external_accounts, revision};
use crate::resources::events::v2::page;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The notes of a bank account: its whole number.
const NUMBER: &str = "account_number";

fn list(call: &mut RequestContext<'_>, kind: &str, keep: impl Fn(&Json) -> bool) -> Result<Json, ApiError> {
    let found: Result<Vec<Json>, ApiError> =
        call.all(kind).filter(|found| keep(found)).map(|found| completed(kind, found.clone())).collect();
    page(call, found?)
}

fn retrieve(call: &mut RequestContext<'_>, kind: &str) -> Result<Json, ApiError> {
    completed(kind, call.retrieve(kind)?)
}

/// Archives a bank account, or takes it out of the archive. An archived one is paid out to no more.
fn archive(call: &mut RequestContext<'_>, kind: &str, archived: bool) -> Result<Json, ApiError> {
    let id = call.retrieve(kind)?.text("id").to_owned();
    let kept = call.change(&id, |found| set(found, "archived", archived))?.object;
    if archived {
        let context: &mut AccountContext<'_> = call;
        if let Some(external) = payout_methods::made_of(context, &id) {
            revision::revise(context, |books| external_accounts::remove(books, &external))?;
            context.emit("account.external_account.deleted", &external)?;
        }
    }
    completed(kind, kept)
}

/// The external account of API v1 for a bank account of the vault, and what is remembered of it.
pub(super) fn as_external(
    books: &mut AccountContext<'_>,
    id: &str,
    param: &str,
) -> Result<(Json, Json), ApiError> {
    let found = books.peek(id).cloned().unwrap_or_default();
    let (country, routing) = match found.text("object") {
        us::KIND => ("US", found.text("routing_number")),
        gb::KIND => ("GB", found.text("sort_code")),
        _ => return Err(ApiError::missing("payout method", id, param)),
    };
    if found.flag("archived") {
        let message = "The bank account is archived and cannot receive payouts.";
        return Err(refuse("invalid_payout_method", message).param(param));
    }
    if routing.is_empty() {
        let message = "The bank account has no routing number yet.";
        return Err(refuse("invalid_payout_method", message).param(param));
    }
    let number = books.notes(id).text(NUMBER).to_owned();
    let currency = found.text("supported_currencies.0");
    let given = json!({ "country": country, "currency": currency, "account_number": number, "routing_number": routing });
    let (object, number) = bank_accounts::of(books, &given, param)?;
    Ok((object, payout_methods::made_from(id, &number)))
}

/// The refusal of a number, with the parameter as requests to the vault name it.
fn renamed(refusal: ApiError, names: &[(&str, &str)]) -> ApiError {
    let param = refusal.param.as_deref().unwrap_or_default().to_owned();
    let inner = param.rsplit('[').next().unwrap_or_default().trim_end_matches(']').to_owned();
    let name = names.iter().find(|(known, _)| *known == inner).map_or(inner.as_str(), |(_, name)| *name);
    refusal.param(name)
}

/// Refuses a currency that the banks of a country do not have.
fn in_currency(call: &RequestContext<'_>, only: &str) -> Result<(), ApiError> {
    match call.text("currency").unwrap_or_default() {
        sent if sent == only => Ok(()),
        sent => {
            let message = format!("Invalid currency: these bank accounts must be in {only}, not in {sent}.");
            Err(refuse("parameter_invalid", message).param("currency"))
        }
    }
}
