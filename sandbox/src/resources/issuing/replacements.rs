//! Replacement cards: what each reason requires of the old card, and what happens to it.

use super::{cards, required, shipping};
use crate::engine::{ApiError, Json, Peek};
use crate::state::{AccountContext, RequestContext};

/// A reason for a replacement.
struct Reason {
    name: &'static str,
    /// Whether only physical cards can be replaced for it.
    physical_only: bool,
    /// Whether the old card must first be canceled for the same reason. Otherwise the number is kept, and the old
    /// card works until the new one is activated.
    canceled_first: bool,
}

const REASONS: [Reason; 4] = [
    Reason { name: "damaged", physical_only: true, canceled_first: false },
    Reason { name: "expired", physical_only: false, canceled_first: false },
    Reason { name: "lost", physical_only: false, canceled_first: true },
    Reason { name: "stolen", physical_only: false, canceled_first: true },
];

fn reason(name: &str) -> Option<&'static Reason> {
    REASONS.iter().find(|reason| reason.name == name)
}

/// The card to be replaced, if the request names one.
///
/// # Errors
/// If it cannot be replaced for the given reason.
pub(super) fn old_card(call: &RequestContext<'_>, cardholder: &Json) -> Result<Option<Json>, ApiError> {
    let given = call.text("replacement_reason");
    let Some(id) = call.text("replacement_for") else {
        return if given.is_some() { Err(required("replacement_for")) } else { Ok(None) };
    };
    let old = call.get("issuing.card", &id, "replacement_for")?;
    let reason = given.as_deref().and_then(reason).ok_or_else(|| required("replacement_reason"))?;
    let refuse = |message: &str, param: &str| Err(ApiError::invalid(message).param(param));
    if old.at("replaced_by").is_some() {
        return refuse("The card was already replaced.", "replacement_for");
    }
    if old.id_at("cardholder") != cardholder.text("id") {
        return refuse(
            "A replacement must have the same cardholder as the card that it replaces.",
            "replacement_for",
        );
    }
    if old.text("type") != call.text("type").unwrap_or_default() {
        return refuse(
            "A replacement must have the same type as the card that it replaces.",
            "replacement_for",
        );
    }
    if reason.physical_only && old.text("type") != "physical" {
        return refuse("The reason `damaged` is allowed only for physical cards.", "replacement_reason");
    }
    if reason.canceled_first && old.text("cancellation_reason") != reason.name {
        let name = reason.name;
        let message = format!("The old card must first be canceled with `cancellation_reason` {name}.");
        return refuse(&message, "replacement_for");
    }
    Ok(Some(old))
}

/// The number and the CVC of a replacement. The number of a lost or stolen card is not reused.
pub(super) fn secrets(call: &mut RequestContext<'_>, old: &Json) -> Result<(String, String), ApiError> {
    let known = call.notes(old.text("id"));
    let keeps =
        call.text("replacement_reason").as_deref().and_then(reason).is_some_and(|r| !r.canceled_first);
    let number = if keeps { known.text("number").to_owned() } else { cards::number(call) };
    let mut cvc = call.state.ids.digits(3);
    while cvc == known.text("cvc") {
        cvc = call.state.ids.digits(3);
    }
    Ok((number, cvc))
}

/// Cancels the old card when its replacement is activated, unless it was canceled before.
pub(super) fn retire_old_card(context: &mut AccountContext<'_>, card: &Json) -> Result<(), ApiError> {
    let Some(old) = context.peek(card.id_at("replacement_for")).cloned() else { return Ok(()) };
    if old.text("status") == "canceled" {
        return Ok(());
    }
    let id = old.text("id").to_owned();
    let step = cards::permit(context, &id, "cancel")?;
    let mut after = old;
    if after.text("shipping.status") == "pending" {
        shipping::call_off(&mut after)?;
        context.forget(&id);
    }
    context.take(step, |card| *card = after).map(drop)
}
