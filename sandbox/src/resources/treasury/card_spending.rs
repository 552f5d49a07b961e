//! Card spending of a financial account: holds are transactions of the authorization, captures received debits,
//! refunds received credits.

use super::entries;
use super::entries::{Entry, Flow};
use super::received_flows::{CREDIT, DEBIT};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::treasury::access;
use crate::state::AccountContext;
use serde_json::json;

const FLOW: &str = "issuing_authorization";

/// The available money of a financial account, in cents.
pub(crate) fn spendable(context: &AccountContext<'_>, account: &str) -> i64 {
    entries::cash(context, account)
}

/// Holds an amount for an authorization, or increases the hold. Returns the id of the transaction.
pub(crate) fn hold(
    context: &mut AccountContext<'_>,
    kind: &'static str,
    account: &str,
    authorization: &str,
    amount: i64,
) -> Result<String, ApiError> {
    let entry = Entry::new(kind, "open").cash(-amount).held(amount);
    let before = context.peek(authorization);
    let known = before.map(|before| before.text("treasury.transaction").to_owned()).unwrap_or_default();
    if !known.is_empty() {
        entries::add(context, &known, &entry)?;
        resize(context, &known)?;
        return Ok(known);
    }
    let shop = before.map(|before| before.text("merchant_data.name").to_owned()).unwrap_or_default();
    let flow = Flow { kind: FLOW, id: authorization, account, description: &shop };
    let transaction = entries::open(context, &flow, -amount, &entry)?;
    note(context, authorization, |treasury| set(treasury, "transaction", transaction.as_str()))?;
    Ok(transaction)
}

/// Releases a part of a hold. `rest` remains held; if it is zero, the transaction ends.
pub(crate) fn release(
    context: &mut AccountContext<'_>,
    kind: &'static str,
    authorization: &str,
    amount: i64,
    (rest, captured): (i64, bool),
) -> Result<(), ApiError> {
    let transaction = held_by(context, authorization);
    let leads_to = match (rest, captured) {
        (0, true) => "posted",
        (0, false) => "void",
        _ => "open",
    };
    let entry = Entry::new(kind, leads_to).cash(amount).held(-amount);
    entries::add(context, &transaction, &entry)?;
    if leads_to == "void" { Ok(()) } else { resize(context, &transaction) }
}

/// Pays the merchant (negative) or receives money from it; the balance may become negative. Returns the id of the
/// received debit or credit.
pub(crate) fn settle(
    context: &mut AccountContext<'_>,
    account: &str,
    spent: &Json,
    amount: i64,
) -> Result<String, ApiError> {
    access::require_open(context, account)?;
    let (kind, prefix, flow) =
        if amount < 0 { (DEBIT, "rd", "received_debit") } else { (CREDIT, "rc", "received_credit") };
    let id = context.id(prefix);
    let authorization = spent.id_at("authorization").to_owned();
    let shop = spent.text("merchant_data.name");
    let entry = Entry::new(flow, "posted").cash(amount);
    let held = held_by(context, &authorization);
    let transaction = if amount < 0 && !held.is_empty() {
        entries::add(context, &held, &entry)?;
        resize(context, &held)?;
        held
    } else {
        entries::open(context, &Flow { kind: flow, id: &id, account, description: shop }, amount, &entry)?
    };
    let object = json!({
        "id": id, "amount": amount.abs(), "currency": "usd", "description": shop, "financial_account": account,
        "initiating_payment_method_details": { "type": "issuing_card", "issuing_card": spent.id_at("card"),
            "billing_details": entries::billing(None) },
        "linked_flows": { "issuing_authorization": spent.at("authorization"), "issuing_transaction": spent.text("id") },
        "network": "card", "reversal_details": { "deadline": null, "restricted_reason": "network_restricted" },
        "status": "succeeded", "transaction": transaction,
    });
    let object = context.create(kind, prefix, object)?;
    context.emit(&format!("{kind}.created"), &object)?;
    if amount > 0 {
        context.emit("treasury.received_credit.succeeded", &object)?;
    }
    if !authorization.is_empty() {
        let list = if amount < 0 { "received_debits" } else { "received_credits" };
        note(context, &authorization, |treasury| {
            if let Some(ids) = treasury.get_mut(list).and_then(Json::as_array_mut) {
                ids.push(id.as_str().into());
            }
        })?;
    }
    Ok(id)
}

/// Credits a disputed amount, or debits it again.
pub(crate) fn disputed(
    context: &mut AccountContext<'_>,
    account: &str,
    dispute: &str,
    amount: i64,
) -> Result<(), ApiError> {
    let flow = Flow { kind: "other", id: dispute, account, description: "Dispute" };
    entries::open(context, &flow, amount, &Entry::new("other", "posted").cash(amount)).map(drop)
}

/// The transaction that holds the money of an authorization.
fn held_by(context: &AccountContext<'_>, authorization: &str) -> String {
    context.peek(authorization).map(|found| found.text("treasury.transaction").to_owned()).unwrap_or_default()
}

/// Sets the amount of a transaction to the sum of its entries, spent or held.
fn resize(context: &mut AccountContext<'_>, transaction: &str) -> Result<(), ApiError> {
    let changed = context.change(transaction, |transaction| {
        let total = transaction.int("balance_impact.cash");
        set(transaction, "amount", total);
    });
    changed.map(drop)
}

fn note(
    context: &mut AccountContext<'_>,
    authorization: &str,
    change: impl FnOnce(&mut Json),
) -> Result<(), ApiError> {
    let changed = context.change(authorization, |authorization| {
        if let Some(treasury) = authorization.get_mut("treasury") {
            change(treasury);
        }
    });
    changed.map(drop)
}
