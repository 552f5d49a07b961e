//! Cards that are canceled after a number of payments.

use super::card_state;
use crate::engine::{ApiError, Json, Peek, set};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// Authorizations up to this amount, in minor units, may be a test of the card: they count when they are captured.
const TEST_AMOUNT: i64 = 100;

/// The note with the number of payments of a card, and of an authorization whether it was counted.
const PAYMENTS: &str = "payments";
const COUNTED: &str = "counted";

/// The lifecycle controls of the request; `null` if there are none.
pub(crate) fn read(call: &RequestContext<'_>, physical: bool) -> Result<Json, ApiError> {
    let Some(sent) = call.param("lifecycle_controls") else { return Ok(Json::Null) };
    if physical {
        let message = "Invalid lifecycle_controls: only virtual cards have them.";
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

/// Counts an approved authorization.
pub(crate) fn approved(context: &mut AccountContext<'_>, authorization: &Json) -> Result<(), ApiError> {
    if authorization.int("amount") > TEST_AMOUNT { count_once(context, authorization) } else { Ok(()) }
}

/// Counts a captured authorization.
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

/// Counts a payment; the card is canceled after the last one.
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

/// The number of payments after which a card is canceled, if set.
fn limit(context: &AccountContext<'_>, card: &str) -> Option<i64> {
    context.peek(card)?.at("lifecycle_controls.cancel_after.payment_count").and_then(Json::as_i64)
}
