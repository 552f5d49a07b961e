//! Application fees: what a platform takes of the payments of its accounts, and what it gives back of that.

use super::{System, entry};
use crate::sandbox::core::{CurrencyCode, Json, Kind, Line, Movement, Peek, Refusal, set};
use crate::sandbox::world::{Action, Work};
use serde_json::json;

pub(super) static SYSTEM: System = System {
    name: "application_fees",
    entries: &[
        entry("GetApplicationFees", |call| call.list("application_fee"), &[]),
        entry("GetApplicationFeesId", |call| call.retrieve("application_fee"), &[]),
        entry("PostApplicationFeesIdRefunds", refund, &["application_fee.refunded"]),
        entry("GetApplicationFeesIdRefunds", list_refunds, &[]),
        entry("GetApplicationFeesFeeRefundsId", retrieve_refund, &[]),
        entry("PostApplicationFeesFeeRefundsId", update_refund, &["application_fee.refund.updated"]),
    ],
    machines: &[],
    rules: &[],
};

/// A payment reaches a connected account and the platform takes its fee of it. Gives the fee's id.
pub(crate) fn charge(
    books: &mut Work<'_>,
    amount: i64,
    fee: i64,
    currency: CurrencyCode,
) -> Result<String, Refusal> {
    if fee < 1 || fee > amount {
        let message = "A fee is from 1 minor unit up to the whole payment.";
        return Err(Refusal::invalid(message)
            .code("application_fee_invalid")
            .param("application_fee_amount"));
    }
    let account = books.account();
    let payment = books.id("ch");
    let (to, outside) = (books.purse(Kind::Available, currency), books.purse(Kind::Outside, currency));
    let mut platform = books.of_platform();
    let (id, application) = (platform.id("fee"), platform.id("ca"));
    let gains = platform.purse(Kind::Available, currency);
    let earned = Line::new("application_fee", &gains, fee).source(id.as_str());
    let paid = Line::new("charge", &to, amount).application_fee(fee, &application).source(payment.as_str());
    let movement = Movement::between(outside.clone(), to, amount - fee).leg(outside, -fee).leg(gains, fee);
    let lines = platform.post(movement.line(earned).line(paid))?;
    let object = json!({
        "id": id, "account": &*account, "amount": fee, "amount_refunded": 0, "application": application,
        "balance_transaction": lines.first(), "charge": payment, "currency": currency.as_str(), "refunded": false,
        "fee_source": { "type": "charge", "charge": payment },
        "refunds": { "object": "list", "data": [], "has_more": false, "url": format!("/v1/application_fees/{id}/refunds") },
    });
    let object = platform.create("application_fee", "fee", object)?;
    platform.emit("application_fee.created", &object)?;
    Ok(id)
}

fn refund(call: &mut Action<'_>) -> Result<Json, Refusal> {
    let fee = call.retrieve("application_fee")?;
    let left = fee.int("amount") - fee.int("amount_refunded");
    let amount = call.int("amount").unwrap_or(left);
    if amount < 1 || amount > left {
        let message = format!("Of this fee {left} minor units can still be given back.");
        return Err(Refusal::invalid(message).code("amount_too_large").param("amount"));
    }
    let currency = CurrencyCode::parse(fee.text("currency"))
        .ok_or_else(|| Refusal::internal("An application fee has no currency."))?;
    if call.balance(Kind::Available, currency) < amount {
        return Err(Refusal::insufficient("The balance of the platform does not cover the refund."));
    }
    let (id, metadata) = (call.id("fr"), call.metadata());
    let from = call.purse(Kind::Available, currency);
    let account = fee.id_at("account").to_owned();
    let to = call.of_account(&account).purse(Kind::Available, currency);
    let given = Line::new("application_fee_refund", &from, -amount).source(id.as_str());
    let got = Line::new("application_fee_refund", &to, amount).source(id.as_str());
    let lines = call.post(Movement::between(from, to, amount).line(given).line(got))?;
    let object = json!({ "id": id, "amount": amount, "currency": currency.as_str(), "fee": fee.text("id"),
        "balance_transaction": lines.first(), "metadata": metadata });
    let object = call.create("fee_refund", "fr", object)?;
    let change = call.change(fee.text("id"), |fee| {
        set(fee, "amount_refunded", fee.int("amount_refunded") + amount);
        set(fee, "refunded", amount == left);
        if let Some(Json::Array(refunds)) = fee.pointer_mut("/refunds/data") {
            refunds.insert(0, object.clone());
        }
    })?;
    call.emit_change("application_fee.refunded", &change)?;
    Ok(object)
}

fn list_refunds(call: &mut Action<'_>) -> Result<Json, Refusal> {
    let fee = call.retrieve("application_fee")?;
    call.list_where("fee_refund", |refund| refund.id_at("fee") == fee.text("id"))
}

fn retrieve_refund(call: &mut Action<'_>) -> Result<Json, Refusal> {
    let refund = call.retrieve("fee_refund")?;
    if refund.id_at("fee") != call.in_path("fee") {
        return Err(Refusal::missing("fee refund", refund.text("id"), "id"));
    }
    Ok(refund)
}

fn update_refund(call: &mut Action<'_>) -> Result<Json, Refusal> {
    let refund = retrieve_refund(call)?;
    let change = call.update("fee_refund", &[])?;
    call.change(refund.id_at("fee"), |fee| {
        for listed in fee.pointer_mut("/refunds/data").and_then(Json::as_array_mut).into_iter().flatten() {
            if listed.text("id") == change.object.text("id") {
                *listed = change.object.clone();
            }
        }
    })?;
    call.emit_change("application_fee.refund.updated", &change)?;
    Ok(change.object)
}
