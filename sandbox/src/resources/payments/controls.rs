//! Actions of a test on payments, through the same code as the requests.

use super::charges::{self, Attempt};
use super::refunds::{self, Asked};
use super::{attempts, setup_intents};
use crate::engine::{ApiError, CurrencyCode, Json, Peek, set};
use crate::state::AccountContext;
use serde_json::json;

/// A customer pays. Returns the id of the charge.
pub(crate) fn receive(
    context: &mut AccountContext<'_>,
    amount: i64,
    currency: CurrencyCode,
    source_type: &str,
) -> Result<String, ApiError> {
    charge(context, amount, 0, currency, source_type)
}

/// A customer pays an account, and the platform takes a fee. Returns the id of the fee.
pub(crate) fn charge_with_fee(
    context: &mut AccountContext<'_>,
    amount: i64,
    fee: i64,
    currency: CurrencyCode,
) -> Result<String, ApiError> {
    if fee < 1 || fee > amount {
        let message = "Invalid fee: must be from 1 minor unit to the amount of the payment.";
        return Err(ApiError::invalid(message)
            .code("application_fee_invalid")
            .param("application_fee_amount"));
    }
    let charge = charge(context, amount, fee, currency, "card")?;
    Ok(context.get("charge", &charge, "charge")?.text("application_fee").to_owned())
}

fn charge(
    context: &mut AccountContext<'_>,
    amount: i64,
    fee: i64,
    currency: CurrencyCode,
    source_type: &str,
) -> Result<String, ApiError> {
    if amount < 1 {
        return Err(ApiError::invalid("Invalid amount: must be at least 1 minor unit.").param("amount"));
    }
    let mut terms = json!({ "amount": amount, "currency": currency.as_str() });
    if fee > 0 {
        set(&mut terms, "application_fee_amount", fee);
    }
    let charge = charges::make(context, &terms, None, Attempt::Paid, |_| ())?;
    let id = charge.text("id").to_owned();
    context.set_notes(&id, json!({ "source_type": source_type }));
    charges::collect(context, &id)?;
    let charge = context.get("charge", &id, "charge")?;
    context.emit("charge.succeeded", &charge)?;
    Ok(id)
}

/// Gives a customer an amount of a charge back.
pub(crate) fn refund(context: &mut AccountContext<'_>, charge: &str, amount: i64) -> Result<(), ApiError> {
    let asked = Asked { amount: Some(amount), metadata: json!({}), ..Asked::default() };
    refunds::refund(context, charge, &asked).map(drop)
}

/// A customer does what an intent in `requires_action` waits for: authenticates, or proves that a bank account is theirs.
pub(crate) fn authenticate(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    match kind(context, id)?.as_str() {
        "setup_intent" => setup_intents::authenticate(context, id),
        _ => attempts::authenticate(context, id),
    }
    .map(drop)
}

/// A customer fails to do it.
pub(crate) fn fail_authentication(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    match kind(context, id)?.as_str() {
        "setup_intent" => setup_intents::fail_authentication(context, id),
        _ => attempts::fail_authentication(context, id),
    }
    .map(drop)
}

fn kind(context: &AccountContext<'_>, id: &str) -> Result<String, ApiError> {
    let found: Option<&Json> = context.peek(id);
    found
        .map(|object| object.text("object").to_owned())
        .ok_or_else(|| ApiError::missing("payment_intent", id, "intent"))
}
