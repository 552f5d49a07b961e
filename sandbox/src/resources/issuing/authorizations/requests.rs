//! Requests of merchants: a new authorization, or an increment of an approved one.

use super::decision;
use super::decision::Verdict;
use super::{MACHINE, checks, complete, remember, require_approved, show};
use crate::engine::{ApiError, CurrencyCode, Json, Peek, set};
use crate::resources::issuing::balance::Funds;
use crate::resources::issuing::transactions::Rate;
use crate::resources::issuing::{currency_of, merchants, required, tokens};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

pub(crate) fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let card = call.get("issuing.card", &call.text("card").unwrap_or_default(), "card")?;
    let currency = currency_of(&card)?;
    let asked = Asked::read(call, currency)?;
    check_details(call, asked.amount)?;
    let merchant = merchant(call, currency);
    let verified = decision::verified_before(call, card.text("id"), &merchant).then_some(true);
    let usual = if card.text("type") == "virtual" { "online" } else { "chip" };
    let method = call.text("authorization_method").unwrap_or_else(|| usual.to_owned());
    let presence = if matches!(method.as_str(), "keyed_in" | "online") { "not_present" } else { "present" };
    let card_account = card.at("financial_account").cloned();
    let transaction_id = call.state.ids.digits(15);
    let wallet = call.text("wallet");
    let token = match &wallet {
        Some(wallet) => Some(tokens::of_wallet(call, card.text("id"), wallet)?),
        None => None,
    };
    let authorization = json!({
        "amount": 0, "approved": false, "status": "pending", "currency": currency.as_str(), "card": card,
        "cardholder": card.id_at("cardholder"), "merchant_amount": 0,
        "merchant_currency": asked.merchant_currency, "merchant_data": merchant, "metadata": {},
        "authorization_method": method, "card_presence": presence,
        "amount_details": call.param("amount_details"), "fleet": call.param("fleet"), "fuel": call.param("fuel"),
        "network_data": { "acquiring_institution_id": call.param("network_data.acquiring_institution_id"),
            "transaction_id": transaction_id },
        "verification_data": verification(call), "wallet": wallet, "token": token,
        "verified_by_fraud_challenge": verified, "treasury": treasury(&card),
    });
    let authorization = call.create("issuing.authorization", "iauth", authorization)?;
    let id = authorization.text("id").to_owned();
    remember(call, &id, 0, 0, Vec::new(), None);
    if let Some(account) = card_account {
        call.note(&id, |notes| set(notes, Funds::NOTE, account));
    }
    ask(call, &id, &asked)?;
    let authorization = call.get("issuing.authorization", &id, "authorization")?;
    show(call, authorization)
}

/// The ATM fee and the cashback are parts of the amount.
fn check_details(call: &RequestContext<'_>, amount: i64) -> Result<(), ApiError> {
    let mut rest = amount;
    for name in ["atm_fee", "cashback_amount"] {
        let part = call.int(&format!("amount_details.{name}")).unwrap_or_default();
        if !(0..=rest).contains(&part) {
            let message = format!("Invalid {name}: it is a part of the amount and must be from 0 to {rest}.");
            return Err(ApiError::invalid(message).param(format!("amount_details[{name}]")));
        }
        rest -= part;
    }
    Ok(())
}

/// The older path of the same helper, used by Stripe's CLI: the card is in the path, and the amount has another name.
pub(crate) fn create_by_card(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let card = call.in_path("card");
    call.get("issuing.card", &card, "card")?;
    let mut params = json!({ "card": card });
    for (name, older) in [
        ("amount", "held_amount"),
        ("currency", "held_currency"),
        ("authorization_method", "authorization_method"),
        ("is_amount_controllable", "is_held_amount_controllable"),
    ] {
        if let Some(value) = call.param(older) {
            set(&mut params, name, value);
        }
    }
    call.params = params;
    create(call)
}

pub(crate) fn increment(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("authorization");
    let authorization = call.get("issuing.authorization", &id, "authorization")?;
    call.allow(&MACHINE, &id, "raise")?;
    require_approved(&authorization)?;
    let amount = positive(call, "increment_amount")?;
    let rate = Rate::of_authorization(&authorization);
    let asked = Asked {
        amount,
        merchant_amount: rate.map_or(amount, |rate| rate.of(amount)),
        merchant_currency: authorization.text("merchant_currency").to_owned(),
        controllable: call.flag("is_amount_controllable"),
    };
    ask(call, &id, &asked)?;
    let authorization = call.get("issuing.authorization", &id, "authorization")?;
    show(call, authorization)
}

/// A required parameter of at least 1.
pub(crate) fn positive(call: &RequestContext<'_>, name: &str) -> Result<i64, ApiError> {
    match call.int(name) {
        Some(amount) if amount > 0 => Ok(amount),
        Some(_) => {
            let message = format!("Invalid integer: {name} must be 1 or more.");
            Err(ApiError::invalid(message).code("parameter_invalid_integer").param(name))
        }
        None => Err(required(name)),
    }
}

/// The request of a merchant.
struct Asked {
    /// In minor units of the card's currency.
    amount: i64,
    merchant_amount: i64,
    merchant_currency: String,
    controllable: bool,
}

impl Asked {
    /// A purchase in another currency must contain both amounts, since the sandbox has no exchange rates.
    fn read(call: &RequestContext<'_>, currency: CurrencyCode) -> Result<Self, ApiError> {
        if call.text("currency").is_some_and(|sent| sent != currency.as_str()) {
            let message = format!(
                "Invalid currency: the card's currency is {currency}; send another currency as `merchant_currency`."
            );
            return Err(ApiError::invalid(message).param("currency"));
        }
        let merchant_currency =
            call.text("merchant_currency").unwrap_or_else(|| currency.as_str().to_owned());
        let (amount, merchant_amount) = match (call.int("amount"), call.int("merchant_amount")) {
            (Some(amount), Some(merchant)) => (amount, merchant),
            (Some(amount), None) => (amount, amount),
            (None, Some(merchant)) if merchant_currency == currency.as_str() => (merchant, merchant),
            (None, Some(_)) => {
                let message = "Missing amount: send `amount` in the card's currency as well; the sandbox has no exchange rates.";
                return Err(ApiError::invalid(message).param("amount"));
            }
            (None, None) => return Err(required("amount")),
        };
        Ok(Self {
            amount,
            merchant_amount,
            merchant_currency,
            controllable: call.flag("is_amount_controllable"),
        })
    }
}

/// Runs Stripe's checks, then requests the platform's decision; without a listener the request is approved.
fn ask(context: &mut AccountContext<'_>, id: &str, asked: &Asked) -> Result<(), ApiError> {
    let authorization = context.get("issuing.authorization", id, "authorization")?;
    let before = authorization.int("amount");
    let request = json!({
        "amount": asked.amount, "currency": authorization.text("currency"), "merchant_amount": asked.merchant_amount,
        "merchant_currency": asked.merchant_currency, "is_amount_controllable": asked.controllable,
        "amount_details": authorization.at("amount_details"),
    });
    let mut with_request = authorization.clone();
    set(&mut with_request, "pending_request", request);
    let with_request = complete(context, with_request)?;
    context.change(id, |authorization| *authorization = with_request)?;
    decision::note_request(context, id);
    if let Some(reason) = checks::objection(context, &authorization, asked.amount, before)? {
        return decision::conclude(context, id, &Verdict::declined(reason));
    }
    if !decision::is_wanted(context) {
        return decision::conclude(context, id, &Verdict::approved("card_active", asked.amount));
    }
    decision::ask(context, id)
}

fn merchant(call: &RequestContext<'_>, currency: CurrencyCode) -> Json {
    let country = match currency.as_str() {
        "gbp" => "GB",
        "eur" => "DE",
        _ => "US",
    };
    merchant_data(call, country)
}

/// The merchant in the request, with the sandbox's default merchant for missing members.
pub(crate) fn merchant_data(call: &RequestContext<'_>, country: &str) -> Json {
    let mut merchant = json!({
        "category": "computer_software_stores", "city": "Sandbox City", "country": country, "name": "Sandbox Shop",
        "network_id": "1234567890", "postal_code": "94103", "state": "CA", "terminal_id": "99999999",
    });
    for (name, value) in call.params.at("merchant_data").and_then(Json::as_object).into_iter().flatten() {
        set(&mut merchant, name, value.clone());
    }
    let code = merchants::code(merchant.text("category"));
    set(&mut merchant, "category_code", code);
    merchant
}

fn verification(call: &RequestContext<'_>) -> Json {
    let mut data = json!({});
    for name in ["address_line1_check", "address_postal_code_check", "cvc_check", "expiry_check"] {
        let sent = call.text(&format!("verification_data.{name}"));
        set(&mut data, name, sent.unwrap_or_else(|| "not_provided".to_owned()));
    }
    for name in ["authentication_exemption", "three_d_secure"] {
        set(&mut data, name, call.param(&format!("verification_data.{name}")).unwrap_or_default());
    }
    data
}

fn treasury(card: &Json) -> Json {
    match card.at("financial_account") {
        Some(_) => json!({ "received_credits": [], "received_debits": [], "transaction": null }),
        None => Json::Null,
    }
}
