//! Tokens: cards in wallets.

use super::card_state;
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The states of a token. `deleted` is final.
pub static MACHINE: StateMachine = StateMachine {
    object: "token",
    member: "status",
    steps: &[
        step("requested", "activate", "active").emits(&["issuing_token.updated"]),
        step("requested", "delete", "deleted").emits(&["issuing_token.updated"]),
        step("active", "suspend", "suspended").emits(&["issuing_token.updated"]),
        step("active", "delete", "deleted").emits(&["issuing_token.updated"]),
        step("suspended", "activate", "active").emits(&["issuing_token.updated"]),
        step("suspended", "delete", "deleted").emits(&["issuing_token.updated"]),
    ],
};

pub(crate) static RESOURCE: Resource = Resource {
    name: "issuing_tokens",
    entries: &[
        entry("GetIssuingTokens", list, &[]),
        entry("GetIssuingTokensToken", |call| call.retrieve("issuing.token"), &[]),
        entry("PostIssuingTokensToken", update, &["issuing_token.updated"]),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    call.get("issuing.card", &call.text("card").unwrap_or_default(), "card")?;
    call.list("issuing.token")
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let token = call.retrieve("issuing.token")?;
    let event = match call.text("status").as_deref() {
        Some(status) if status == token.text("status") => return Ok(token),
        Some("active") => "activate",
        Some("suspended") => "suspend",
        _ => "delete",
    };
    let now = call.now();
    let id = token.text("id").to_owned();
    call.step(&MACHINE, &id, event, |token| set(token, "network_updated_at", now))
}

/// Adds a card to a wallet (`apple_pay`, `google_pay`, `samsung_pay`). Returns the token's id.
pub(crate) fn add_to_wallet(
    context: &mut AccountContext<'_>,
    card: &str,
    wallet: &str,
) -> Result<String, ApiError> {
    let id = ask(context, card, wallet)?;
    context.step(&MACHINE, &id, "activate", |_| {})?;
    Ok(id)
}

/// Requests a token for a wallet; it is not active yet.
pub(crate) fn ask(context: &mut AccountContext<'_>, card: &str, wallet: &str) -> Result<String, ApiError> {
    let found = card_state::show(context, context.get("issuing.card", card, "card")?);
    if found.text("status") != "active" {
        return Err(ApiError::invalid("Only an active card can be added to a wallet."));
    }
    spec::listed("issuing.token", "wallet_provider", wallet, "wallet")?;
    // Cards have no eligibility for Samsung's wallet.
    if let Some(reason) = found.at(&format!("wallets.{wallet}.ineligible_reason")).and_then(Json::as_str) {
        let message = format!("The card cannot be added to {wallet}: {reason}.");
        return Err(ApiError::invalid(message).param("wallet"));
    }
    issue(context, card, wallet, "requested")
}

/// The active token of a card in a wallet. It is created if missing, since a purchase by wallet implies it.
pub(crate) fn of_wallet(
    context: &mut AccountContext<'_>,
    card: &str,
    wallet: &str,
) -> Result<String, ApiError> {
    let fits = |token: &&Json| {
        token.id_at("card") == card
            && token.text("status") == "active"
            && token.text("wallet_provider") == wallet
    };
    let found = context.all("issuing.token").find(fits).map(|token| token.text("id").to_owned());
    match found {
        Some(token) => Ok(token),
        None => issue(context, card, wallet, "active"),
    }
}

fn issue(
    context: &mut AccountContext<'_>,
    card: &str,
    wallet: &str,
    status: &str,
) -> Result<String, ApiError> {
    let (last4, reference) = (context.state.ids.digits(4), context.state.ids.text(20));
    let token = json!({
        "card": card, "last4": last4, "network": "visa", "network_updated_at": context.now(), "status": status,
        "wallet_provider": wallet, "device_fingerprint": context.state.ids.text(16),
        "network_data": { "type": "visa", "device": { "name": "Sandbox phone", "type": "phone" },
            "visa": { "card_reference_id": reference, "token_reference_id": reference, "token_requestor_id": "40010030273" },
            "wallet_provider": { "card_number_source": "app", "suggested_decision": "approve" } },
    });
    let token = context.create("issuing.token", "intok", token)?;
    let id = token.text("id").to_owned();
    context.emit("issuing_token.created", &token)?;
    Ok(id)
}
