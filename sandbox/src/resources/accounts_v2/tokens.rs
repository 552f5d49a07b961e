//! Account tokens and person tokens: what a browser sends about an account or a person, used once by the platform.

use super::errors::refuse;
use super::handlers::books;
use super::projection::completed;
use crate::engine::{ApiError, Json, Peek, date_time, set, unix_seconds};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// Tokens of accounts.
pub(super) const ACCOUNT: &str = "v2.core.account_token";
/// Tokens of persons.
pub(super) const PERSON: &str = "v2.core.account_person_token";

/// How long a token can be used, in seconds.
const LIFETIME: i64 = 600;

/// The number of random characters of an id.
const LENGTH: usize = 42;

pub(super) fn create_account(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let sealed = call.params.clone();
    create(call, ACCOUNT, "accttok", json!({ "sealed": sealed }))
}

pub(super) fn create_person(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let account = call.in_path("account_id");
    books(call, "account_id")?;
    let sealed = call.params.clone();
    create(call, PERSON, "perstok", json!({ "sealed": sealed, "account": account }))
}

fn create(call: &mut RequestContext<'_>, kind: &str, prefix: &str, notes: Json) -> Result<Json, ApiError> {
    if call.scope().live {
        let message = "In live mode, tokens must be created in the browser with a publishable key.";
        return Err(refuse("token_must_be_created_with_publishable_key", message));
    }
    let id = format!("{prefix}_61{}", call.state.ids.text(LENGTH));
    let now = call.now();
    let token = json!({ "id": id, "created": date_time(now), "expires_at": date_time(now + LIFETIME), "used": false });
    let token = call.create(kind, prefix, token)?;
    call.set_notes(&id, notes);
    completed(kind, token)
}

pub(super) fn retrieve_account(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    call.retrieve(ACCOUNT)
}

pub(super) fn retrieve_person(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let account = call.in_path("account_id");
    books(call, "account_id")?;
    let token = call.retrieve(PERSON)?;
    if call.notes(token.text("id")).text("account") == account {
        return Ok(token);
    }
    Err(ApiError::missing("person token", token.text("id"), "id"))
}

/// Uses a token up and returns what it stands for.
pub(super) fn redeem(
    call: &mut RequestContext<'_>,
    id: &str,
    kind: &str,
    param: &str,
) -> Result<Json, ApiError> {
    let refuse = |code, message: &str| Err(refuse(code, message).param(param));
    let context: &mut AccountContext<'_> = call;
    let found = context.peek(id).cloned().unwrap_or_default();
    match found.text("object") {
        found if found == kind => {}
        "token" => return refuse("v1_token_invalid_in_v2", "Tokens of API v1 are not tokens of API v2."),
        ACCOUNT | PERSON => return refuse("incorrect_token_wrong_type", "The token is of another type."),
        _ if kind == PERSON => {
            let refusal = ApiError::new(403, "invalid_request_error", "There is no such token.");
            return Err(refusal.code("invalid_person_token").param(param));
        }
        _ => return refuse("invalid_account_token", "There is no such token."),
    }
    if found.flag("used") {
        return refuse("token_already_used", "A token is used once; this one was used before.");
    }
    if unix_seconds(found.text("expires_at")).is_none_or(|end| end <= context.now()) {
        return refuse("token_expired", "The token has expired.");
    }
    let notes = context.notes(id);
    if kind == PERSON && notes.text("account") != call.in_path("account_id") {
        return refuse("incorrect_account_for_person_token", "The token is for a person of another account.");
    }
    call.change(id, |token| set(token, "used", true))?;
    let mut sealed = notes.at("sealed").cloned().unwrap_or_else(|| json!({}));
    accept(&mut sealed, call.now());
    Ok(sealed)
}

/// What was shown and accepted in a browser, was accepted when the token was used.
fn accept(sealed: &mut Json, now: i64) {
    let Some(Json::Object(attestations)) = sealed.pointer_mut("/identity/attestations") else { return };
    let accepted = json!({ "date": date_time(now), "ip": "127.0.0.1" });
    for name in ["directorship_declaration", "ownership_declaration", "representative_declaration"] {
        if let Some(declaration) = attestations.remove(name)
            && declaration.flag("attested")
        {
            attestations.insert(name.to_owned(), accepted.clone());
        }
    }
    if let Some(terms) = attestations.remove("terms_of_service")
        && terms.flag("account.shown_and_accepted")
    {
        attestations.insert("terms_of_service".to_owned(), json!({ "account": accepted }));
    }
}
