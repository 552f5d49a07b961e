//! The states of a card, and a card as replies and events show it.

use super::set_within;
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::state::{AccountContext, PendingTransition};
use serde_json::json;

/// The states of a card. `canceled` is final.
pub static MACHINE: StateMachine = StateMachine {
    object: "card",
    member: "status",
    steps: &[
        step("inactive", "activate", "active").emits(&["issuing_card.updated"]),
        step("active", "deactivate", "inactive").emits(&["issuing_card.updated"]),
        step("inactive", "cancel", "canceled").emits(&["issuing_card.updated"]),
        step("active", "cancel", "canceled").emits(&["issuing_card.updated"]),
    ],
};

/// Wallets require a phone number or email address of the cardholder.
pub(super) fn wallets(cardholder: &Json) -> [(&'static str, Json); 2] {
    let reachable = cardholder.at("email").is_some() || cardholder.at("phone_number").is_some();
    let reason = if reachable { Json::Null } else { "missing_cardholder_contact".into() };
    let wallet = json!({ "eligible": reachable, "ineligible_reason": reason });
    [("apple_pay", wallet.clone()), ("google_pay", wallet)]
}

/// A card as shown: with its current cardholder and its eligibility for wallets.
pub(crate) fn show(context: &AccountContext<'_>, mut card: Json) -> Json {
    if let Some(cardholder) = context.peek(card.id_at("cardholder")).cloned() {
        for (wallet, now) in wallets(&cardholder) {
            set_within(&mut card, "wallets", wallet, now);
        }
        set(&mut card, "cardholder", cardholder);
    }
    card
}

/// A transition of a card, which events show with its cardholder.
pub(crate) fn permit(
    context: &AccountContext<'_>,
    id: &str,
    event: &str,
) -> Result<PendingTransition, ApiError> {
    context.permit(&MACHINE, id, event)?.shown(context, in_events)
}

/// A card as shown in events.
pub(crate) fn in_events(context: &AccountContext<'_>, card: Json) -> Result<Json, ApiError> {
    Ok(show(context, card))
}
