//! Requests about charges. Charges without an intent are the old way to pay, by token.

use super::charges::{self, Attempt};
use super::intent_params::{apply, check, check_parts};
use super::methods::{self, Behaviour, Method, Use};
use super::{customers, declines};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
    name: "charges",
    entries: &[
        entry(
            "PostCharges",
            create,
            &[
                "charge.succeeded",
                "charge.failed",
                "transfer.created",
                "application_fee.created",
                "charge.dispute.created",
                "charge.dispute.funds_withdrawn",
                "balance.available",
            ],
        ),
        entry("GetCharges", |call| call.list("charge"), &[]),
        entry("GetChargesCharge", |call| call.retrieve("charge"), &[]),
        entry("PostChargesCharge", update, &["charge.updated"]),
        entry(
            "PostChargesChargeCapture",
            capture,
            &["charge.captured", "transfer.created", "application_fee.created"],
        ),
    ],
    machines: &[],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    call.currency()?;
    for old in ["application_fee", "card", "destination"] {
        if call.param(old).is_some() {
            let message = format!("The sandbox does not support the outdated parameter `{old}`.");
            return Err(ApiError::invalid(message).param(old));
        }
    }
    let mut terms = json!({ "metadata": call.metadata() });
    apply(call, &mut terms)?;
    check(call, &terms)?;
    let method = payer(call, &terms)?;
    let capture = call.param("capture").is_none_or(|capture| capture == true);
    let (method, declined) = methods::present(call, &method, Use::Pay)?;
    let asks = method.authentication(false, false, false).is_some();
    if method.behaviour == Behaviour::Described {
        return Err(methods::not_payable(&method));
    }
    if let Some(reason) = declined.or(asks.then_some(&declines::AUTHENTICATION_REQUIRED)) {
        let attempt = Attempt::Failed;
        let charge = charges::make(call, &terms, Some(&method), attempt, |charge| reason.show(charge))?;
        call.emit("charge.failed", &charge)?;
        return Err(reason.error(reason.members(Some(charge.text("id")), &method.object)));
    }
    let attempt = if capture { Attempt::Paid } else { Attempt::Held };
    let mut charge = charges::make(call, &terms, Some(&method), attempt, |_| ())?;
    if capture {
        charge = charges::collect(call, charge.text("id"))?.object;
    }
    call.emit("charge.succeeded", &charge)?;
    Ok(charge)
}

/// The card of a token, or of a customer.
fn payer(call: &mut RequestContext<'_>, terms: &Json) -> Result<Method, ApiError> {
    if let Some(token) = call.text("source") {
        if token.starts_with("pm_") || token.starts_with("card_") {
            return methods::find(call, &token, "source");
        }
        return methods::of_token(call, &token, &Json::Null, json!({}), "source");
    }
    let customer = terms.id_at("customer").to_owned();
    if customer.is_empty() {
        let message = "Missing required param: source.";
        return Err(ApiError::invalid(message).code("parameter_missing").param("source"));
    }
    match customers::default_method(call, &customer) {
        Some(id) => methods::find(call, &id, "source"),
        None => Err(ApiError::new(402, "card_error", "The customer has no card to charge.")
            .code("missing")
            .param("card")),
    }
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    if let Some(customer) = call.text("customer") {
        call.get("customer", &customer, "customer")?;
    }
    let members = ["customer", "description", "receipt_email", "shipping", "transfer_group"];
    let before = call.retrieve("charge")?;
    if call.param("transfer_group").is_some() && before.at("transfer_group").is_some() {
        let message = "The transfer group of this charge is already set and cannot be changed.";
        return Err(ApiError::invalid(message).param("transfer_group"));
    }
    let mut change = call.update("charge", &members)?;
    if let Some(details) = call.param("fraud_details") {
        change = call.change(before.text("id"), |charge| set(charge, "fraud_details", details))?;
    }
    change.previous = crate::engine::changed(&before, &change.object);
    call.emit_change("charge.updated", &change)?;
    Ok(change.object)
}

fn capture(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let charge = call.retrieve("charge")?;
    let id = charge.text("id").to_owned();
    refuse_captured(call, &charge)?;
    let whole = charge.int("amount");
    let amount = if call.param("amount").is_some() { call.amount()? } else { whole };
    if amount > whole {
        let message = format!("Invalid amount: from 1 to {whole} of this charge can be captured.");
        return Err(ApiError::invalid(message).code("amount_too_large").param("amount"));
    }
    let mut terms = charge.clone();
    apply(call, &mut terms)?;
    set(&mut terms, "amount", amount);
    if call.param("application_fee_amount").is_none() && terms.int("application_fee_amount") > amount {
        set(&mut terms, "application_fee_amount", amount);
    }
    check_parts(call, &terms)?;
    let captured = charges::capture(call, &id, amount, |charge| {
        for name in
            ["application_fee_amount", "receipt_email", "statement_descriptor_suffix", "transfer_group"]
        {
            set(charge, name, terms.at(name).cloned().unwrap_or_default());
        }
    })?;
    call.emit("charge.captured", &captured)?;
    Ok(captured)
}

fn refuse_captured(context: &AccountContext<'_>, charge: &Json) -> Result<(), ApiError> {
    let message = if charge.flag("captured") {
        "The charge was captured before."
    } else if charge.flag("refunded") || charge.text("status") != "succeeded" {
        "The charge is not authorised any more."
    } else if context.peek(charge.id_at("payment_intent")).is_some() {
        "The charge belongs to a payment intent; capture that."
    } else {
        return Ok(());
    };
    Err(ApiError::invalid(message).code("charge_already_captured").param("charge"))
}
