//! Single-use tokens of bank accounts, cards, accounts, persons and personal ids.

use super::{bank_accounts, debit_cards};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
    name: "tokens",
    entries: &[entry("PostTokens", create, &[]), entry("GetTokensToken", |call| call.retrieve("token"), &[])],
    machines: &[],
    rules: &[],
};

/// The kinds of tokens whose content is stored but never shown, with the prefix of their ids.
const SEALED: [(&str, &str); 3] = [("account", "ct"), ("person", "cpt"), ("pii", "pii")];

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    if call.param("bank_account").is_some() {
        let (bank_account, number) = bank_accounts::read(call, "bank_account")?;
        let token = json!({ "type": "bank_account", "used": false, "bank_account": bank_account });
        return keep(call, "btok", token, json!({ "account_number": number }));
    }
    if let Some(given) = call.param("card") {
        let (card, notes) = if given.is_string() {
            let message = "Invalid card: send the details of the card, not its id.";
            return Err(ApiError::invalid(message).param("card"));
        } else {
            debit_cards::build(call, &given, "card")?
        };
        return keep(call, "tok", json!({ "type": "card", "used": false, "card": card }), notes);
    }
    for (kind, prefix) in SEALED {
        if let Some(sealed) = call.param(kind) {
            let token = json!({ "type": kind, "used": false });
            return keep(call, prefix, token, json!({ "sealed": sealed }));
        }
    }
    for name in ["cvc_update", "customer"] {
        if call.param(name).is_some() {
            let message = format!("The sandbox does not support tokens for `{name}`.");
            return Err(ApiError::not_implemented(message).param(name));
        }
    }
    let message = "Send exactly one of: bank_account, card, account, person, pii.";
    Err(ApiError::invalid(message).code("parameter_missing").param("bank_account"))
}

fn keep(call: &mut RequestContext<'_>, prefix: &str, token: Json, notes: Json) -> Result<Json, ApiError> {
    let token = call.create("token", prefix, token)?;
    call.set_notes(token.text("id"), notes);
    Ok(token)
}

/// Consumes a token. Returns the member that it shows.
pub(crate) fn take(
    context: &mut AccountContext<'_>,
    token: &str,
    member: &str,
    param: &str,
) -> Result<Json, ApiError> {
    let found = usable(context, token, param)?;
    let content = found.at(member).cloned();
    let content = content.ok_or_else(|| {
        ApiError::invalid(format!("The token is not for a {}.", member.replace('_', " "))).param(param)
    })?;
    context.change(token, |token| set(token, "used", true))?;
    Ok(content)
}

/// Consumes a token of an account or a person. Returns its content.
pub(crate) fn redeem(
    context: &mut AccountContext<'_>,
    token: &str,
    kind: &str,
    param: &str,
) -> Result<Json, ApiError> {
    let found = usable(context, token, param)?;
    if found.text("type") != kind {
        return Err(ApiError::invalid(format!(
            "The token is for a {}, not for a {kind}.",
            found.text("type")
        ))
        .param(param));
    }
    let sealed = context.notes(token).at("sealed").cloned().unwrap_or_else(|| json!({}));
    context.change(token, |token| set(token, "used", true))?;
    let mut sent = crate::resources::accounts::internal::without(
        &sealed,
        &["tos_shown_and_accepted", "metadata", "documents"],
    );
    if sealed.flag("tos_shown_and_accepted") {
        let now = context.now();
        set(&mut sent, "tos_acceptance", json!({ "date": now, "ip": "127.0.0.1" }));
    }
    if let Some(company) = sent.get_mut("company") {
        *company = crate::resources::accounts::internal::without(
            company,
            &["ownership_declaration_shown_and_signed"],
        );
    }
    Ok(sent)
}

/// Replaces tokens of personal ids by the numbers.
pub(crate) fn reveal(context: &mut AccountContext<'_>, person: &mut Json) -> Result<(), ApiError> {
    for name in ["id_number", "id_number_secondary"] {
        let Some(token) = person.at(name).and_then(Json::as_str).filter(|value| value.starts_with("pii_"))
        else {
            continue;
        };
        let token = token.to_owned();
        let sealed = redeem(context, &token, "pii", name)?;
        set(person, name, sealed.text("id_number"));
    }
    Ok(())
}

fn usable(context: &AccountContext<'_>, token: &str, param: &str) -> Result<Json, ApiError> {
    let found = context.get("token", token, param)?;
    if found.flag("used") {
        let message = "The token was already used.";
        return Err(ApiError::invalid(message).code("token_already_used").param(param));
    }
    Ok(found)
}
