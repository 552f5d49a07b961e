//! Issuing: cardholders, cards, purchases and disputes.

pub mod authorizations;
pub(crate) mod balance;
pub(crate) mod card_number;
pub(crate) mod card_state;
pub mod cardholders;
pub mod cards;
pub mod disputes;
pub mod ephemeral_keys;
pub(crate) mod lifecycle;
pub mod merchants;
pub mod personalization_designs;
pub(crate) mod replacements;
pub mod settlements;
pub mod shipping;
pub mod spending_controls;
pub(crate) mod spending_intervals;
pub mod tokens;
pub mod transactions;

use super::accounts::{capabilities, read};
use crate::engine::{ApiError, CurrencyCode, Json, Peek, set};
use crate::state::AccountContext;

/// The country of the account, which determines the requirements of its cardholders; US if unknown.
fn country(context: &AccountContext<'_>) -> String {
    read::country(context)
}

/// Whether the account may issue cards. Card issuing closed by Stripe stays closed; apart from that, only a connected
/// account in a strict sandbox needs the capability.
fn may_issue(context: &mut AccountContext<'_>) -> bool {
    if read::is_rejected(context.state, context.scope()) || capabilities::is_closed(context) {
        return false;
    }
    if !context.state.options.strict_capabilities || context.is_platform() {
        return true;
    }
    let account = context.account();
    let books = context.of_platform();
    books.peek(&account).is_none_or(|account| account.text("capabilities.card_issuing") == "active")
}

/// Deactivates all active cards of an account, because its card issuing was closed.
pub(crate) fn deactivate_cards(context: &mut AccountContext<'_>) -> Result<(), ApiError> {
    let active = context.all("issuing.card").filter(|card| card.text("status") == "active");
    let active: Vec<String> = active.map(|card| card.text("id").to_owned()).collect();
    active.iter().try_for_each(|id| context.step(&card_state::MACHINE, id, "deactivate", |_| {}).map(drop))
}

fn require_issuing(context: &mut AccountContext<'_>) -> Result<(), ApiError> {
    if may_issue(context) {
        return Ok(());
    }
    Err(ApiError::invalid("The account has no active `card_issuing` capability."))
}

/// The currency of an object.
fn currency_of(object: &Json) -> Result<CurrencyCode, ApiError> {
    CurrencyCode::parse(object.text("currency"))
        .ok_or_else(|| ApiError::internal("An object of Issuing has no currency."))
}

/// Sets a member of a nested object.
fn set_within(object: &mut Json, member: &str, name: &str, value: impl Into<Json>) {
    if let Some(inner) = object.get_mut(member) {
        set(inner, name, value);
    }
}

/// 400: a required parameter is missing, by a rule that the document does not contain.
fn required(param: &str) -> ApiError {
    ApiError::invalid(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
}
