//! Application fees: the platform's share of its accounts' payments, and their refunds.

use super::payments;
use crate::engine::{ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, LedgerEntry, Peek, set};
use crate::resources::accounts::{application, embedded_lists};
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
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

/// The fee that a platform takes of a payment.
#[derive(Debug)]
pub(crate) struct NewFee<'f> {
    pub(crate) id: &'f str,
    /// Whose payment it is taken of.
    pub(crate) account: &'f str,
    pub(crate) amount: i64,
    pub(crate) currency: CurrencyCode,
    /// The payment, in that account.
    pub(crate) charge: &'f str,
    /// The charge of the platform that the payment was made of.
    pub(crate) originating: Option<&'f str>,
    pub(crate) balance_transaction: Option<String>,
    /// Whether it is spendable already.
    pub(crate) settled: bool,
}

/// Keeps the fee that was taken with a payment. It settles with that.
pub(crate) fn keep(platform: &mut AccountContext<'_>, fee: &NewFee<'_>) -> Result<(), ApiError> {
    let NewFee { id, amount, charge, .. } = *fee;
    let application = application::id(platform);
    let object = json!({
        "id": id, "account": fee.account, "amount": amount, "amount_refunded": 0, "application": application,
        "balance_transaction": fee.balance_transaction, "charge": charge, "currency": fee.currency.as_str(),
        "refunded": false, "originating_transaction": fee.originating,
        "fee_source": { "type": "charge", "charge": charge },
        "refunds": { "object": "list", "data": [], "has_more": false, "url": format!("/v1/application_fees/{id}/refunds") },
    });
    let object = platform.create("application_fee", "fee", object)?;
    if !fee.settled {
        let lines = json!([fee.balance_transaction]);
        platform.set_notes(id, json!({ "pending": amount, "source_type": "card", "lines": lines }));
    }
    platform.emit("application_fee.created", &object)
}

fn refund(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let fee = call.retrieve("application_fee")?;
    let left = fee.int("amount") - fee.int("amount_refunded");
    let amount = if call.param("amount").is_some() { call.amount()? } else { left };
    if left == 0 || amount > left {
        let message = format!("Invalid amount: at most {left} minor units of this fee can be refunded.");
        return Err(ApiError::invalid(message).code("amount_too_large").param("amount"));
    }
    let metadata = call.metadata();
    give_back(call, &fee, amount, metadata, true)
}

/// Gives back of a payment's fee what a part of the payment is of it: all that is left with the last part.
pub(crate) fn give_back_part(
    platform: &mut AccountContext<'_>,
    payment: &Json,
    part: i64,
) -> Result<(), ApiError> {
    let Some(id) = payment.at("application_fee").map(|_| payment.id_at("application_fee").to_owned()) else {
        return Ok(());
    };
    let fee = platform.get("application_fee", &id, "application_fee")?;
    let left = fee.int("amount") - fee.int("amount_refunded");
    // The payment shows the refund of this part already.
    let whole = payment.int("amount_refunded") >= payment.int("amount");
    let amount =
        if whole { left } else { share_of(fee.int("amount"), part, payment.int("amount")).min(left) };
    if amount > 0 {
        give_back(platform, &fee, amount, json!({}), false)?;
    }
    Ok(())
}

/// Scales an amount by `part / whole`, rounded to minor units.
pub(crate) fn share_of(amount: i64, part: i64, whole: i64) -> i64 {
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole.max(1)));
    i64::try_from((2 * amount * part + whole) / (2 * whole)).unwrap_or(i64::MAX)
}

/// Gives back an amount of a fee. `covered`: only what the platform has.
fn give_back(
    call: &mut AccountContext<'_>,
    fee: &Json,
    amount: i64,
    metadata: Json,
    covered: bool,
) -> Result<Json, ApiError> {
    let left = fee.int("amount") - fee.int("amount_refunded");
    let currency = CurrencyCode::parse(fee.text("currency"))
        .ok_or_else(|| ApiError::internal("An application fee has no currency."))?;
    // Pending money is used first, as for refunds of charges.
    let pending = call.notes(fee.text("id")).int("pending").min(amount);
    let rest = amount - pending;
    if covered && rest > 0 && call.balance(BalanceKind::Available, currency) < rest {
        return Err(ApiError::insufficient("The balance of the platform does not cover the refund."));
    }
    let id = call.id("fr");
    let (waiting, spendable) =
        (call.purse(BalanceKind::Pending, currency), call.purse(BalanceKind::Available, currency));
    let books = call.of_account(fee.id_at("account"));
    // The account is credited where the rest of the payment is. Both sides are pending until the charge settles.
    let charge = fee.id_at("charge");
    let waits = payments::waits_until(&books, charge);
    let to =
        books.purse(if waits.is_some() { BalanceKind::Pending } else { BalanceKind::Available }, currency);
    let given = LedgerEntry::new("application_fee_refund", &spendable, -amount).source(id.as_str());
    let got = LedgerEntry::new("application_fee_refund", &to, amount).source(id.as_str());
    let [given, got] = [given, got].map(|line| line.available_on(waits));
    let movement = JournalEntry::default().leg(waiting, -pending).leg(spendable, -rest).leg(to, amount);
    let lines = call.post(movement.line(given).line(got))?;
    if waits.is_some() {
        payments::adjoin(call, fee.text("id"), -pending, lines.first());
        payments::adjoin(&mut call.of_account(fee.id_at("account")), charge, amount, lines.get(1));
    }
    let object = json!({ "id": id, "amount": amount, "currency": currency.as_str(), "fee": fee.text("id"),
        "balance_transaction": lines.first(), "metadata": metadata });
    let object = call.create("fee_refund", "fr", object)?;
    let change = call.change(fee.text("id"), |fee| {
        set(fee, "amount_refunded", fee.int("amount_refunded") + amount);
        set(fee, "refunded", amount == left);
        embedded_lists::add(fee, "refunds", &object);
    })?;
    call.emit_change("application_fee.refunded", &change)?;
    Ok(object)
}

fn list_refunds(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let fee = call.retrieve("application_fee")?;
    call.list_where("fee_refund", |refund| refund.id_at("fee") == fee.text("id"))
}

fn retrieve_refund(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let refund = call.retrieve("fee_refund")?;
    if refund.id_at("fee") != call.in_path("fee") {
        return Err(ApiError::missing("fee refund", refund.text("id"), "id"));
    }
    Ok(refund)
}

fn update_refund(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let refund = retrieve_refund(call)?;
    let change = call.update("fee_refund", &[])?;
    call.change(refund.id_at("fee"), |fee| embedded_lists::replace(fee, "refunds", &change.object))?;
    call.emit_change("application_fee.refund.updated", &change)?;
    Ok(change.object)
}
