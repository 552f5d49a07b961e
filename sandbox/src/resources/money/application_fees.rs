//! Application fees: the platform's share of its accounts' payments, and their refunds.

use super::payments;
use super::payments::{Share, Taken};
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

/// Receives a payment of a connected account with a fee for the platform. Returns the fee's id.
pub(crate) fn charge(
    books: &mut AccountContext<'_>,
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
    let account = books.account();
    let mut platform = books.of_platform();
    let (id, application) = (platform.id("fee"), application::id(&platform));
    let share = Share { id: &id, amount: fee, application: &application };
    let Taken { charge, share } = payments::take(books, amount, currency, "card", Some(&share))?;
    let mut platform = books.of_platform();
    let object = json!({
        "id": id, "account": &*account, "amount": fee, "amount_refunded": 0, "application": application,
        "balance_transaction": share, "charge": charge, "currency": currency.as_str(), "refunded": false,
        "fee_source": { "type": "charge", "charge": charge },
        "refunds": { "object": "list", "data": [], "has_more": false, "url": format!("/v1/application_fees/{id}/refunds") },
    });
    let object = platform.create("application_fee", "fee", object)?;
    // It settles with the charge.
    platform.set_notes(&id, json!({ "pending": fee, "source_type": "card", "lines": [share] }));
    platform.emit("application_fee.created", &object)?;
    Ok(id)
}

fn refund(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let fee = call.retrieve("application_fee")?;
    let left = fee.int("amount") - fee.int("amount_refunded");
    let amount = if call.param("amount").is_some() { call.amount()? } else { left };
    if left == 0 || amount > left {
        let message = format!("Invalid amount: at most {left} minor units of this fee can be refunded.");
        return Err(ApiError::invalid(message).code("amount_too_large").param("amount"));
    }
    let currency = CurrencyCode::parse(fee.text("currency"))
        .ok_or_else(|| ApiError::internal("An application fee has no currency."))?;
    // Pending money is used first, as for refunds of charges.
    let pending = call.notes(fee.text("id")).int("pending").min(amount);
    let rest = amount - pending;
    if rest > 0 && call.balance(BalanceKind::Available, currency) < rest {
        return Err(ApiError::insufficient("The platform's balance does not cover the refund."));
    }
    let (id, metadata) = (call.id("fr"), call.metadata());
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
