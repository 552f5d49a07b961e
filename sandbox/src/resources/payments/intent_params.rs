//! The parameters of payment intents and of charges without one, and their rules.

use crate::engine::{ApiError, CurrencyCode, Json, Peek, Scope, set};
use crate::resources::accounts::read;
use crate::resources::money::transfers;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The greatest amount of one payment, in minor units.
const GREATEST: i64 = 99_999_999;

/// The least amount of a payment by currency, in minor units; other currencies have none here.
const LEAST: [(&str, i64); 24] = [
    ("aed", 200),
    ("aud", 50),
    ("bgn", 100),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("czk", 1500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17_500),
    ("inr", 50),
    ("jpy", 50),
    ("mxn", 1000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("pln", 200),
    ("ron", 200),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1000),
    ("usd", 50),
];

/// The members that requests set as they are.
pub(crate) const PLAIN: [&str; 8] = [
    "description",
    "on_behalf_of",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];

/// Takes over the parameters of a request into an intent, or the terms of a charge; `""` clears.
pub(crate) fn apply(call: &RequestContext<'_>, terms: &mut Json) -> Result<(), ApiError> {
    for name in PLAIN {
        if let Some(value) = call.params.get(name) {
            set(terms, name, if value == "" { Json::Null } else { value.clone() });
        }
    }
    if let Some(value) = call.param("amount") {
        set(terms, "amount", value);
    }
    if let Some(currency) = call.text("currency") {
        set(terms, "currency", currency.to_lowercase());
    }
    if let Some(fee) = call.params.get("application_fee_amount") {
        set(terms, "application_fee_amount", fee.as_i64());
    }
    if let Some(customer) = call.text("customer") {
        let customer = (!customer.is_empty()).then_some(customer);
        if let Some(id) = &customer {
            call.get("customer", id, "customer")?;
        }
        set(terms, "customer", customer);
    }
    if let Some(sent) = call.param("transfer_data") {
        let mut data = terms.at("transfer_data").cloned().unwrap_or_else(|| json!({}));
        for (name, value) in sent.as_object().into_iter().flatten() {
            set(&mut data, name, value.clone());
        }
        set(terms, "transfer_data", data);
    }
    Ok(())
}

/// Refuses terms that cannot be: of a new intent, of a changed one, or of a charge.
pub(crate) fn check(context: &mut AccountContext<'_>, terms: &Json) -> Result<(), ApiError> {
    amount(terms)?;
    fee(context, terms)?;
    destination(context, terms)?;
    behalf(context, terms)
}

/// Refuses parts of a capture that are more than the capture.
pub(crate) fn check_parts(context: &mut AccountContext<'_>, terms: &Json) -> Result<(), ApiError> {
    fee(context, terms)?;
    destination(context, terms)
}

fn amount(terms: &Json) -> Result<(), ApiError> {
    let amount = terms.int("amount");
    let refusal = |message: String, code| Err(ApiError::invalid(message).code(code).param("amount"));
    if amount < 1 {
        return refusal("Invalid integer: amount must be 1 or more.".into(), "parameter_invalid_integer");
    }
    let code = terms.text("currency");
    let least = LEAST.iter().find(|(currency, _)| *currency == code).map_or(1, |(_, least)| *least);
    if amount < least {
        return refusal(format!("A payment in {code} is at least {least} minor units."), "amount_too_small");
    }
    if amount > GREATEST {
        return refusal(format!("A payment is at most {GREATEST} minor units."), "amount_too_large");
    }
    match CurrencyCode::parse(code) {
        Some(currency) => RequestContext::whole(amount, currency, currency.step()),
        None => Ok(()),
    }
}

/// A fee is taken of a payment of a connected account, or of what a destination gets.
fn fee(context: &AccountContext<'_>, terms: &Json) -> Result<(), ApiError> {
    let Some(fee) = terms.at("application_fee_amount").and_then(Json::as_i64) else { return Ok(()) };
    let refusal = |message: String| Err(ApiError::invalid(message).param("application_fee_amount"));
    if fee < 0 {
        return refusal("An application fee is not negative.".into());
    }
    let amount = terms.int("amount");
    if fee > amount {
        return refusal(format!("The application fee is at most the amount of the payment, {amount}."));
    }
    if terms.at("transfer_data.amount").is_some() {
        return refusal("Send an application fee or an amount in `transfer_data`, not both.".into());
    }
    if context.is_platform() && terms.at("transfer_data").is_none() {
        let message =
            "An application fee needs a connected account: `Stripe-Account` or `transfer_data[destination]`.";
        return refusal(message.into());
    }
    Ok(())
}

fn destination(context: &mut AccountContext<'_>, terms: &Json) -> Result<(), ApiError> {
    if terms.at("transfer_data").is_none() {
        return Ok(());
    }
    let param = "transfer_data[destination]";
    let id = terms.text("transfer_data.destination");
    if id.is_empty() {
        return Err(ApiError::invalid(format!("Missing required param: {param}."))
            .code("parameter_missing")
            .param(param));
    }
    if !context.state.is_connected(id) {
        return Err(ApiError::missing("destination", id, param));
    }
    if !context.is_platform() {
        return Err(ApiError::invalid("Only a platform can name a destination.").param(param));
    }
    let to = Scope::new(id, context.scope().live);
    if transfers::lacks_transfers(context, &to) {
        let message = "The destination needs an active `transfers` capability.";
        return Err(ApiError::invalid(message).code("insufficient_capabilities_for_transfer").param(param));
    }
    if let Some(amount) = terms.at("transfer_data.amount").and_then(Json::as_i64)
        && !(0..=terms.int("amount")).contains(&amount)
    {
        let message = "Invalid amount: the destination receives at most the amount of the payment.";
        return Err(ApiError::invalid(message).param("transfer_data[amount]"));
    }
    transfers::within_borders(context, &to).map_err(|refusal| refusal.param(param))
}

/// Who takes payments, for itself or through the platform, needs the capability for it.
fn behalf(context: &AccountContext<'_>, terms: &Json) -> Result<(), ApiError> {
    let id = terms.id_at("on_behalf_of");
    if !id.is_empty() && !context.state.is_connected(id) && *id != *context.account() {
        return Err(ApiError::missing("account", id, "on_behalf_of"));
    }
    let merchant = if id.is_empty() { context.scope().clone() } else { Scope::new(id, context.scope().live) };
    if merchant.account != context.state.platform() && read::lacks(context.state, &merchant, "card_payments")
    {
        let message =
            format!("The account {} needs the capability `card_payments`, active.", merchant.account);
        let refusal = ApiError::invalid(message).code("account_invalid");
        return Err(if id.is_empty() { refusal } else { refusal.param("on_behalf_of") });
    }
    Ok(())
}
