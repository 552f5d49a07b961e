//! The shipping of physical cards.

use super::{card_state, required, set_within};
use crate::engine::calendar::DAY;
use crate::engine::{ApiError, Json, Peek, StateMachine, step};
use crate::resources::accounts::formats;
use crate::resources::{Resource, entry};
use crate::state::{About, AccountContext, Policy, RequestContext, Rule};
use serde_json::json;

/// The states of a shipment, inside the card. It is canceled with its card, in the same event.
pub static MACHINE: StateMachine = StateMachine {
    object: "shipment",
    member: "shipping.status",
    steps: &[
        step("pending", "submit", "submitted").emits(&["issuing_card.updated"]),
        step("pending", "cancel", "canceled"),
        step("submitted", "ship", "shipped").emits(&["issuing_card.updated"]),
        step("submitted", "fail", "failure").emits(&["issuing_card.updated"]),
        step("shipped", "deliver", "delivered").emits(&["issuing_card.updated"]),
        step("shipped", "return", "returned").emits(&["issuing_card.updated"]),
        step("shipped", "fail", "failure").emits(&["issuing_card.updated"]),
    ],
};

/// When a new card is submitted for production. In test mode no card is produced, so it is manual.
pub static SUBMIT: Rule = Rule {
    name: "card.shipping.submit",
    default: Policy::Manual,
    about: About::Object(&["issuing.card"]),
    task: submit,
};
/// The duration of the production.
pub static SHIP: Rule = Rule {
    name: "card.shipping.ship",
    default: Policy::Manual,
    about: About::Object(&["issuing.card"]),
    task: ship,
};
/// The duration of the delivery.
pub static DELIVER: Rule = Rule {
    name: "card.shipping.deliver",
    default: Policy::Manual,
    about: About::Object(&["issuing.card"]),
    task: deliver,
};

const UPDATED: &[&str] = &["issuing_card.updated"];

pub(crate) static RESOURCE: Resource = Resource {
    name: "issuing_card_shipping",
    entries: &[
        entry("PostTestHelpersIssuingCardsCardShippingSubmit", |call| by_helper(call, submit), UPDATED),
        entry("PostTestHelpersIssuingCardsCardShippingShip", |call| by_helper(call, ship), UPDATED),
        entry("PostTestHelpersIssuingCardsCardShippingDeliver", |call| by_helper(call, deliver), UPDATED),
        entry("PostTestHelpersIssuingCardsCardShippingReturn", |call| by_helper(call, give_back), UPDATED),
        entry("PostTestHelpersIssuingCardsCardShippingFail", |call| by_helper(call, fail), UPDATED),
    ],
    machines: &[&MACHINE],
    rules: &[&SUBMIT, &SHIP, &DELIVER],
};

/// The shipping of the request; `null` for a virtual card.
pub(crate) fn read(call: &RequestContext<'_>, physical: bool) -> Result<Json, ApiError> {
    let Some(sent) = call.param("shipping") else {
        return if physical { Err(required("shipping")) } else { Ok(Json::Null) };
    };
    if !physical {
        return Err(ApiError::invalid("Invalid shipping: virtual cards are not shipped.").param("shipping"));
    }
    formats::check(&json!({ "shipping": sent }), sent.text("address.country"), "")?;
    let service = if sent.text("service").is_empty() { "standard" } else { sent.text("service") };
    let days = match service {
        "express" => 4,
        "priority" => 2,
        _ => 10,
    };
    let validation = sent.at("address_validation").map(|validation| match validation.text("mode") {
        "disabled" => json!({ "mode": "disabled" }),
        mode => {
            json!({ "mode": mode, "normalized_address": sent.at("address"), "result": "likely_deliverable" })
        }
    });
    Ok(json!({
        "address": sent.at("address"), "address_validation": validation, "customs": sent.at("customs"),
        "business_name": sent.at("business_name"), "eta": call.now() + days * DAY, "name": sent.at("name"), "phone_number": sent.at("phone_number"),
        "require_signature": sent.at("require_signature"), "service": service, "status": "pending",
        "type": if sent.text("type").is_empty() { "individual" } else { sent.text("type") },
    }))
}

fn by_helper(
    call: &mut RequestContext<'_>,
    transition: fn(&mut AccountContext<'_>, &str) -> Result<(), ApiError>,
) -> Result<Json, ApiError> {
    let card = call.get("issuing.card", &call.in_path("card"), "card")?;
    transition(call, card.text("id"))?;
    Ok(card_state::show(call, call.get("issuing.card", card.text("id"), "card")?))
}

fn take(context: &mut AccountContext<'_>, id: &str, event: &str) -> Result<(), ApiError> {
    let card = context.get("issuing.card", id, "card")?;
    if card.text("type") != "physical" {
        return Err(ApiError::invalid("Only physical cards can be shipped."));
    }
    let step = context.permit(&MACHINE, id, event)?.shown(context, card_state::in_events)?;
    let (carrier, tracking) = match card.text("shipping.address.country") {
        "US" => ("usps", format!("94{}", context.state.ids.digits(20))),
        "GB" => ("royal_mail", format!("RM{}GB", context.state.ids.digits(9))),
        _ => ("dhl", context.state.ids.digits(10)),
    };
    context.forget(id);
    let now = context.now();
    let change = |card: &mut Json| match event {
        "ship" => {
            set_within(card, "shipping", "carrier", carrier);
            set_within(card, "shipping", "tracking_number", tracking);
            set_within(card, "shipping", "shipped_at", now);
        }
        "deliver" => set_within(card, "shipping", "delivered_at", now),
        _ => {}
    };
    context.take(step, change).map(drop)
}

/// Cancels the shipment of a card that is being canceled.
pub(crate) fn call_off(card: &mut Json) -> Result<(), ApiError> {
    let step = MACHINE.step(MACHINE.state(card), "cancel")?;
    MACHINE.write(card, step.to);
    Ok(())
}

/// Submits the card for production.
pub(crate) fn submit(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    take(context, id, "submit")?;
    context.by_rule(&SHIP, id);
    Ok(())
}

/// Ships the card.
pub(crate) fn ship(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    take(context, id, "ship")?;
    context.by_rule(&DELIVER, id);
    Ok(())
}

/// Delivers the card.
pub(crate) fn deliver(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    take(context, id, "deliver")
}

/// Returns the card to the sender.
pub(crate) fn give_back(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    take(context, id, "return")
}

/// Fails the shipment: the card is lost or could not be produced.
pub(crate) fn fail(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    take(context, id, "fail")
}
