//! Stripe's checks before the platform decides, in order.

use crate::engine::{ApiError, Json, Peek};
use crate::resources::issuing::balance::Funds;
use crate::resources::issuing::{cards, may_issue, spending_controls};
use crate::state::AccountContext;

/// Why a request is declined immediately: the `reason` in the history. A decline planned by a test comes first, then
/// balance, card, cardholder, verification and spending controls. `amount` is requested in addition to `before`.
pub(crate) fn objection(
    context: &mut AccountContext<'_>,
    authorization: &Json,
    amount: i64,
    before: i64,
) -> Result<Option<&'static str>, ApiError> {
    let planned = cards::planned_decline(context, authorization.id_at("card"));
    if planned.is_some() {
        return Ok(planned);
    }
    if !may_issue(context) {
        return Ok(Some("account_disabled"));
    }
    let card = context.get("issuing.card", authorization.id_at("card"), "card")?;
    let cardholder = context.get("issuing.cardholder", card.id_at("cardholder"), "cardholder")?;
    if Funds::of(&card)?.spendable(context) < amount {
        return Ok(Some("insufficient_funds"));
    }
    let plain = of_card(context, &card, authorization)
        .or_else(|| of_cardholder(&cardholder))
        .or_else(|| of_verification(authorization));
    if plain.is_some() {
        return Ok(plain);
    }
    let merchant = authorization.at("merchant_data").unwrap_or(&Json::Null);
    let presence = authorization.text("card_presence");
    let purchase = spending_controls::Purchase {
        card: &card,
        cardholder: &cardholder,
        merchant,
        presence,
        amount,
        before,
    };
    Ok(spending_controls::refuse(context, &purchase).then_some("spending_controls"))
}

fn of_card(context: &AccountContext<'_>, card: &Json, authorization: &Json) -> Option<&'static str> {
    match card.text("status") {
        "canceled" => return Some("card_canceled"),
        "inactive" => return Some("card_inactive"),
        _ => {}
    }
    let (month, year) = spending_controls::month_and_year(context.now());
    if (card.int("exp_year"), card.int("exp_month")) < (year, month) {
        return Some("card_expired");
    }
    let by_pin = matches!(authorization.text("authorization_method"), "chip" | "swipe");
    (by_pin && context.notes(card.text("id")).flag("pin_blocked")).then_some("pin_blocked")
}

fn of_cardholder(cardholder: &Json) -> Option<&'static str> {
    match cardholder.text("status") {
        "blocked" => Some("cardholder_blocked"),
        "inactive" => Some("cardholder_inactive"),
        _ if cardholder.at("requirements.disabled_reason").is_some() => {
            Some("cardholder_verification_required")
        }
        _ => None,
    }
}

fn of_verification(authorization: &Json) -> Option<&'static str> {
    let wrong = |name: &str| authorization.text(&format!("verification_data.{name}")) == "mismatch";
    (wrong("cvc_check") || wrong("expiry_check")).then_some("verification_failed")
}
