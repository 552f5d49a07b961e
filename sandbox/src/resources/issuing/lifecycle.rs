//! Cards that cancel themselves after a number of payments.

use super::card_state;
use crate::engine::{ApiError, Json, Peek, set};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// Up to this amount, in minor units, an authorization may be a test of the card: it counts when it is captured.
const TEST_AMOUNT: i64 = 100;

/// Where the notes of a card have the number of payments, and those of an authorization that it counted.
const PAYMENTS: &str = "payments";
const COUNTED: &str = "counted";

/// What the request says about the end of the card; `null` if nothing.
pub(crate) fn read(call: &RequestContext<'_>, physical: bool) -> Result<Json, ApiError> {
    let Some(sent) = call.param("lifecycle_controls") else { return Ok(Json::Null) };
    if physical {
        let message = "Only virtual cards are canceled after a number of payments.";
        return Err(ApiError::invalid(message).param("lifecycle_controls"));
    }
    let count = sent.int("cancel_after.payment_count");
    if count < 1 {
        let param = "lifecycle_controls[cancel_after][payment_count]";
        let message = format!("Invalid integer: {param} must be 1 or more.");
        return Err(ApiError::invalid(message).code("parameter_invalid_integer").param(param));
    }
    Ok(json!({ "cancel_after": { "payment_count": count } }))
}

/// An authorization was approved.
pub(crate) fn approved(context: &mut AccountContext<'_>, authorization: &Json) -> Result<(), ApiError> {
    if authorization.int("amount") > TEST_AMOUNT { count_once(context, authorization) } else { Ok(()) }
}

/// Money was captured of an authorization.
pub(crate) fn captured(context: &mut AccountContext<'_>, authorization: &Json) -> Result<(), ApiError> {
    count_once(context, authorization)
}

fn count_once(context: &mut AccountContext<'_>, authorization: &Json) -> Result<(), ApiError> {
    let id = authorization.text("id");
    if limit(context, authorization.id_at("card")).is_none() || context.notes(id).flag(COUNTED) {
        return Ok(());
    }
    context.note(id, |notes| set(notes, COUNTED, true));
    count(context, authorization.id_at("card"))
}

/// A payment was made with a card; after the last one it is canceled.
pub(crate) fn count(context: &mut AccountContext<'_>, card: &str) -> Result<(), ApiError> {
    let Some(limit) = limit(context, card) else { return Ok(()) };
    let payments = context.notes(card).int(PAYMENTS).saturating_add(1);
    context.note(card, |notes| set(notes, PAYMENTS, payments));
    let canceled = context.get("issuing.card", card, "card")?.text("status") == "canceled";
    if payments < limit || canceled {
        return Ok(());
    }
    let step = card_state::permit(context, card, "cancel")?;
    context.take(step, |_| {}).map(drop)
}

/// How many payments a card is for, if it says so.
fn limit(context: &AccountContext<'_>, card: &str) -> Option<i64> {
    context.peek(card)?.at("lifecycle_controls.cancel_after.payment_count").and_then(Json::as_i64)
}
