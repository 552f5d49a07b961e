//! Cards: created, activated, replaced, canceled. Their secrets are shown only in a retrieval that expands them.

use super::card_number::number;
use super::card_state::{MACHINE, in_events, permit, show, wallets};
use super::replacements;
use super::{cardholders, lifecycle, require_issuing, required, shipping, spending_controls};
use crate::engine::{ApiError, CurrencyCode, Json, Peek, set};
use crate::resources::accounts::country_table;
use crate::resources::treasury::access;
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
    name: "issuing_cards",
    entries: &[
        entry("PostIssuingCards", create, &["issuing_card.created", "issuing_card.updated"]),
        entry("GetIssuingCards", list, &[]),
        entry("GetIssuingCardsCard", retrieve, &[]),
        entry("PostIssuingCardsCard", update, &["issuing_card.updated"]),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

/// The default validity of cards in years.
const YEARS: i64 = 4;

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    require_issuing(call)?;
    let currency = call.currency()?;
    of_country(call, currency)?;
    let cardholder = cardholder(call)?;
    let old = replacements::old_card(call, &cardholder)?;
    let physical = call.text("type").as_deref() == Some("physical");
    let shipping = shipping::read(call, physical)?;
    let design = design(call, physical)?;
    if !physical && call.text("second_line").is_some_and(|line| !line.is_empty()) {
        return Err(
            ApiError::invalid("Invalid second_line: only a physical card has one.").param("second_line")
        );
    }
    let status = call.text("status").unwrap_or_else(|| "inactive".to_owned());
    if status == "active" {
        require_verified(&cardholder)?;
        cardholders::require_phone(call, &cardholder)?;
    }
    let (exp_month, exp_year) = expiry(call, old.as_ref())?;
    let (number, cvc) = match &old {
        Some(old) => replacements::secrets(call, old)?,
        None => (number(call), call.state.ids.digits(3)),
    };
    let mut card = json!({
        "brand": "Visa", "cardholder": cardholder, "currency": currency.as_str(), "exp_month": exp_month,
        "exp_year": exp_year, "last4": number.get(12..), "metadata": call.metadata(), "status": status,
        "type": call.param("type"), "shipping": shipping, "personalization_design": design,
        "spending_controls": spending_controls::read(call, None)?, "wallets": Json::from_iter(wallets(&cardholder)),
        "replacement_for": call.param("replacement_for"), "replacement_reason": call.param("replacement_reason"),
        "financial_account": financial_account(call)?, "lifecycle_controls": lifecycle::read(call, physical)?,
        "second_line": call.text("second_line").filter(|line| !line.is_empty()),
    });
    spending_controls::add_default_limit(call, &mut card);
    let card = call.create("issuing.card", "ic", card)?;
    let id = card.text("id").to_owned();
    let pin = call.param("pin.encrypted_number");
    call.set_notes(&id, json!({ "number": number, "cvc": cvc, "pin": pin }));
    if let Some(old) = old {
        changed(call, old.text("id"), |card| set(card, "replaced_by", id.as_str()))?;
    }
    call.emit("issuing_card.created", &card)?;
    if card.text("status") == "active" {
        replacements::retire_old_card(call, &card)?;
    }
    if physical {
        call.by_rule(&shipping::SUBMIT, &id);
    }
    Ok(card)
}

/// Refuses a currency that is not that of the account's country.
fn of_country(call: &RequestContext<'_>, currency: CurrencyCode) -> Result<(), ApiError> {
    let home = super::country(call);
    let Some(found) = country_table::find(&home).filter(|country| country.issuing) else {
        let message = format!("Accounts in {home} cannot issue cards.");
        return Err(ApiError::invalid(message).param("currency"));
    };
    if found.currency == currency.as_str() {
        return Ok(());
    }
    let message = format!("Accounts in {home} issue cards in {}, not in {currency}.", found.currency);
    Err(ApiError::invalid(message).param("currency"))
}

fn cardholder(call: &RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.text("cardholder").ok_or_else(|| required("cardholder"))?;
    let cardholder = call.get("issuing.cardholder", &id, "cardholder")?;
    if cardholder.text("status") == "blocked" {
        return Err(ApiError::invalid("Invalid cardholder: a blocked cardholder cannot get a card.")
            .param("cardholder"));
    }
    Ok(cardholder)
}

/// Checks that the cardholder has no open requirements, as an active card needs.
fn require_verified(cardholder: &Json) -> Result<(), ApiError> {
    if cardholder.at("requirements.disabled_reason").is_none() {
        return Ok(());
    }
    let missing: Vec<&str> =
        cardholder.items("requirements.past_due").iter().filter_map(Json::as_str).collect();
    let message = format!(
        "The card cannot be activated, because its cardholder has open requirements ({}): {}.",
        cardholder.text("requirements.disabled_reason"),
        missing.join(", ")
    );
    Err(ApiError::invalid(message).param("status"))
}

/// The design of a physical card: the requested one, or the account's default.
fn design(call: &RequestContext<'_>, physical: bool) -> Result<Json, ApiError> {
    let Some(id) = call.text("personalization_design") else {
        let mut designs = call.all("issuing.personalization_design").filter(|_| physical);
        let default =
            designs.find(|design| design.flag("preferences.is_default") && design.text("status") == "active");
        return Ok(default.map_or(Json::Null, |design| design.text("id").into()));
    };
    let refuse = |message: &str| Err(ApiError::invalid(message).param("personalization_design"));
    if !physical {
        return refuse("Invalid personalization_design: only physical cards have one.");
    }
    let design = call.get("issuing.personalization_design", &id, "personalization_design")?;
    match design.text("status") {
        "active" | "review" => Ok(id.into()),
        status => {
            refuse(&format!("Invalid personalization_design: its status is {status}, but must be active."))
        }
    }
}

fn financial_account(call: &RequestContext<'_>) -> Result<Json, ApiError> {
    let Some(id) = call.text("financial_account") else { return Ok(Json::Null) };
    access::usable(call, &id, "card_issuing")?;
    if call.currency()? != CurrencyCode::USD {
        return Err(ApiError::invalid("Invalid currency: cards of a financial account must be in usd.")
            .param("currency"));
    }
    Ok(id.into())
}

/// The new financial account of a card. Earlier authorizations stay with the account that holds them.
fn other_account(call: &RequestContext<'_>, card: &Json) -> Result<Option<String>, ApiError> {
    let Some(id) = call.text("financial_account") else { return Ok(None) };
    if card.at("financial_account").is_none() {
        let message = "Invalid financial_account: the card spends from the Issuing balance.";
        return Err(ApiError::invalid(message).param("financial_account"));
    }
    access::usable(call, &id, "card_issuing")?;
    Ok(Some(id))
}

/// The month and year of expiry: from the request, or some years from now, and later than that of a replaced card.
fn expiry(call: &RequestContext<'_>, old: Option<&Json>) -> Result<(i64, i64), ApiError> {
    let (month, year) = spending_controls::month_and_year(call.now());
    let mut usual = (month, year + YEARS);
    if let Some(old) = old.filter(|old| (old.int("exp_year"), old.int("exp_month")) >= (usual.1, usual.0)) {
        let (month, year) = (old.int("exp_month"), old.int("exp_year"));
        usual = if month < 12 { (month + 1, year) } else { (1, year + 1) };
    }
    let wanted = (call.int("exp_month").unwrap_or(usual.0), call.int("exp_year").unwrap_or(usual.1));
    if !(1..=12).contains(&wanted.0) {
        return Err(ApiError::invalid("Invalid exp_month: must be from 1 to 12.").param("exp_month"));
    }
    if (wanted.1, wanted.0) < (year, month) || wanted.1 > year + 50 {
        return Err(
            ApiError::invalid("Invalid exp_year: in the past or too far in the future.").param("exp_year")
        );
    }
    Ok(wanted)
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut page = call.list("issuing.card")?;
    if let Some(Json::Array(cards)) = page.get_mut("data") {
        for card in cards {
            *card = show(call, card.take());
        }
    }
    Ok(page)
}

/// The only reply that shows the number, and only if it is expanded.
fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut card = show(call, call.retrieve("issuing.card")?);
    if card.text("type") == "virtual" {
        let notes = call.notes(card.text("id"));
        for name in ["number", "cvc"] {
            if call.expands(name) {
                set(&mut card, name, notes.text(name));
            }
        }
    }
    Ok(card)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let before = show(call, call.retrieve("issuing.card")?);
    let id = before.text("id").to_owned();
    let wanted = call.text("status").unwrap_or_else(|| before.text("status").to_owned());
    let moved = wanted != before.text("status");
    let mut after = before.clone();
    let mut step = None;
    if moved {
        let event = match wanted.as_str() {
            "active" => "activate",
            "inactive" => "deactivate",
            _ => "cancel",
        };
        step = Some(permit(call, &id, event)?);
        if event == "activate" {
            let cardholder = before.at("cardholder").cloned().unwrap_or_default();
            require_verified(&cardholder)?;
            cardholders::require_phone(call, &cardholder)?;
        }
    }
    if let Some(reason) = call.text("cancellation_reason") {
        if wanted != "canceled" {
            let message = "Invalid cancellation_reason: allowed only with `status` canceled.";
            return Err(ApiError::invalid(message).param("cancellation_reason"));
        }
        set(&mut after, "cancellation_reason", reason);
    }
    let waiting = before.text("shipping.status") == "pending";
    let physical = before.text("type") == "physical";
    if call.param("shipping").is_some() {
        if physical && !waiting {
            return Err(
                ApiError::invalid("Invalid shipping: the card is already being shipped.").param("shipping")
            );
        }
        set(&mut after, "shipping", shipping::read(call, physical)?);
    }
    if call.param("personalization_design").is_some() {
        if physical && !waiting {
            return Err(ApiError::invalid("Invalid personalization_design: the card is already produced.")
                .param("personalization_design"));
        }
        set(&mut after, "personalization_design", design(call, physical)?);
    }
    if moved && wanted == "canceled" && waiting {
        shipping::call_off(&mut after)?;
        call.forget(&id);
    }
    set(&mut after, "spending_controls", spending_controls::read(call, before.at("spending_controls"))?);
    if let Some(id) = other_account(call, &before)? {
        set(&mut after, "financial_account", id);
    }
    if let Some(metadata) = call.merged_metadata(&before)? {
        set(&mut after, "metadata", metadata);
    }
    let after = call.build("issuing.card", "ic", after)?;
    if let Some(pin) = call.text("pin.encrypted_number") {
        call.note(&id, |notes| {
            set(notes, "pin", pin);
            set(notes, "pin_blocked", false);
        });
    }
    let Some(step) = step else { return changed(call, &id, |card| *card = after) };
    let card = call.take(step, |card| *card = after)?;
    if wanted == "active" {
        replacements::retire_old_card(call, &card)?;
    }
    Ok(card)
}

/// Changes a card, emits the event and returns the card as shown.
fn changed(
    context: &mut AccountContext<'_>,
    id: &str,
    change: impl FnOnce(&mut Json),
) -> Result<Json, ApiError> {
    let change = context.change_shown(id, in_events, change)?;
    context.emit_change("issuing_card.updated", &change)?;
    Ok(change.object)
}

/// The note with the reason of the planned decline.
const DECLINE_NEXT: &str = "decline_next";

/// Plans a decline of the card's next authorization, for a reason that the document lists.
pub(crate) fn decline_next(context: &mut AccountContext<'_>, id: &str, reason: &str) -> Result<(), ApiError> {
    spec::one_of(&decline_reasons(), reason, "reason")?;
    context.get("issuing.card", id, "card")?;
    context.note(id, |notes| set(notes, DECLINE_NEXT, reason));
    Ok(())
}

/// Takes the planned decline of a card.
pub(crate) fn planned_decline(context: &mut AccountContext<'_>, id: &str) -> Option<&'static str> {
    let planned = context.notes(id).text(DECLINE_NEXT).to_owned();
    let reason = decline_reasons().into_iter().find(|reason| *reason == planned)?;
    context.note(id, |notes| set(notes, DECLINE_NEXT, Json::Null));
    Some(reason)
}

/// The decline reasons in the document.
fn decline_reasons() -> Vec<&'static str> {
    let listed =
        spec::schema("issuing_authorization_request").map_or(&[][..], |s| s.items("properties.reason.enum"));
    let reasons = listed.iter().filter_map(Json::as_str);
    reasons.filter(|reason| !matches!(*reason, "card_active" | "webhook_approved")).collect()
}

/// Blocks the PIN: chip and swipe purchases are declined until a new PIN is set.
pub(crate) fn block_pin(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    context.get("issuing.card", id, "card")?;
    context.note(id, |notes| set(notes, "pin_blocked", true));
    Ok(())
}
