//! Transactions: captures from and refunds to a card's balance.

use super::authorizations;
use super::balance::Funds;
use super::{lifecycle, required, set_within, spending_controls};
use crate::engine::{ApiError, Json, Peek, date_time, set};
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

const CAPTURED: &[&str] = &[
    "issuing_transaction.created",
    "issuing_transaction.purchase_details_receipt_updated",
    "treasury.received_debit.created",
];
const REFUNDED: &[&str] = &[
    "issuing_transaction.created",
    "issuing_transaction.purchase_details_receipt_updated",
    "issuing_authorization.updated",
    "treasury.received_credit.created",
    "treasury.received_credit.succeeded",
];

pub(crate) static RESOURCE: Resource = Resource {
    name: "issuing_transactions",
    entries: &[
        entry("GetIssuingTransactions", |call| call.list("issuing.transaction"), &[]),
        entry("GetIssuingTransactionsTransaction", |call| call.retrieve("issuing.transaction"), &[]),
        entry("PostIssuingTransactionsTransaction", update, &["issuing_transaction.updated"]),
        entry("PostTestHelpersIssuingTransactionsCreateForceCapture", force_capture, CAPTURED),
        entry("PostTestHelpersIssuingTransactionsCreateUnlinkedRefund", unlinked_refund, REFUNDED),
        entry("PostTestHelpersIssuingTransactionsTransactionRefund", refund, REFUNDED),
    ],
    machines: &[],
    rules: &[],
};

/// The type of a balance transaction that belongs to no transition of an authorization.
const LINE: &str = "issuing_transaction";

/// A movement of money between a card and a merchant.
pub(crate) struct Capture<'a> {
    pub(crate) card: &'a Json,
    pub(crate) authorization: Option<&'a Json>,
    pub(crate) merchant: Json,
    pub(crate) details: Json,
    /// `capture` or `refund`.
    pub(crate) kind: &'static str,
    /// The type of the balance transaction.
    pub(crate) line: &'static str,
    /// The exchange rate to the merchant's currency; `None` if it is the card's.
    pub(crate) rate: Option<Rate>,
}

/// The exchange rate between the card's currency and the merchant's.
#[derive(Debug, Clone)]
pub(crate) struct Rate {
    ours: i64,
    theirs: i64,
    currency: String,
}

impl Rate {
    /// The exchange rate at which the requests of an authorization were approved.
    pub(crate) fn of_authorization(authorization: &Json) -> Option<Self> {
        let history = authorization.items("request_history").iter();
        let approved: Vec<&Json> = history.filter(|entry| entry.flag("approved")).collect();
        let sum = |name: &str| approved.iter().map(|entry| entry.int(name)).fold(0, i64::saturating_add);
        Self::new(authorization, sum("amount"), sum("merchant_amount"))
    }

    fn of_transaction(transaction: &Json) -> Option<Self> {
        Self::new(transaction, transaction.int("amount"), transaction.int("merchant_amount"))
    }

    /// Converts an amount in the card's currency to the merchant's.
    pub(crate) fn of(&self, amount: i64) -> i64 {
        portion(self.theirs, amount, self.ours)
    }

    fn new(object: &Json, ours: i64, theirs: i64) -> Option<Self> {
        let currency = object.text("merchant_currency");
        (currency != object.text("currency")).then(|| Self { ours, theirs, currency: currency.to_owned() })
    }
}

impl Capture<'_> {
    /// The merchant's currency and the amount in it, at the rate at which the purchase was approved.
    fn foreign(&self, amount: i64) -> (String, i64) {
        match &self.rate {
            Some(rate) => (rate.currency.clone(), rate.of(amount)),
            None => (self.card.text("currency").to_owned(), amount),
        }
    }

    /// Moves the money and creates the transaction, without emitting its event; `amount` is negative when the card
    /// pays.
    pub(crate) fn record(self, context: &mut AccountContext<'_>, amount: i64) -> Result<Json, ApiError> {
        let authorization = self.authorization.unwrap_or(&Json::Null);
        let currency = self.card.text("currency");
        let (foreign, foreign_amount) = self.foreign(amount);
        let treasury = self.card.at("financial_account").map(|_| json!({}));
        let transaction = json!({
            "amount": amount, "currency": currency, "merchant_amount": foreign_amount, "merchant_currency": foreign,
            "card": self.card.text("id"), "cardholder": self.card.id_at("cardholder"), "type": self.kind,
            "authorization": authorization.at("id"), "merchant_data": self.merchant, "metadata": {},
            "purchase_details": self.details, "token": authorization.at("token"), "wallet": authorization.at("wallet"),
            "amount_details": authorization.at("amount_details"), "treasury": treasury,
            "network_data": { "authorization_code": approval_code(authorization),
                "processing_date": date_time(context.now()).get(..10),
                "transaction_id": authorization.at("network_data.transaction_id") },
        });
        let transaction = context.create("issuing.transaction", "ipi", transaction)?;
        let id = transaction.text("id").to_owned();
        let funds = match self.authorization {
            Some(authorization) => Funds::of_authorization(context, authorization)?,
            None => Funds::of(self.card)?,
        };
        let settled = funds.settle(context, self.line, &transaction, amount)?;
        let change = context.change(&id, |transaction| {
            set(transaction, "balance_transaction", settled.line);
            if let Some(treasury) = transaction.get_mut("treasury") {
                set(treasury, if amount < 0 { "received_debit" } else { "received_credit" }, settled.flow);
            }
        })?;
        if self.kind == "capture" && self.authorization.is_none() {
            spending_controls::count(context, &change.object, -amount);
        }
        Ok(change.object)
    }

    /// As [`Capture::record`], where it is not a transition of an authorization. The authorization, if any, lists it.
    fn record_alone(self, context: &mut AccountContext<'_>, amount: i64) -> Result<Json, ApiError> {
        let before =
            self.authorization.map(|authorization| authorizations::show(context, authorization.clone()));
        let before = before.transpose()?;
        let transaction = self.record(context, amount)?;
        if let Some(before) = &before {
            let id = transaction.text("id").to_owned();
            authorizations::remember(context, before.text("id"), 0, 0, Vec::new(), Some(id));
        }
        context.emit("issuing_transaction.created", &transaction)?;
        if let Some(before) = &before {
            authorizations::tell_changed(context, before)?;
        }
        if has_receipt(&transaction) {
            tell_receipt(context, &transaction)?;
        }
        Ok(transaction)
    }
}

/// Whether the merchant has sent a receipt.
pub(crate) fn has_receipt(transaction: &Json) -> bool {
    !transaction.items("purchase_details.receipt").is_empty()
}

/// Emits the event that a receipt was received. The receipt is shown only on request, so the event has no previous
/// attributes.
pub(crate) fn tell_receipt(context: &mut AccountContext<'_>, transaction: &Json) -> Result<(), ApiError> {
    context.emit("issuing_transaction.purchase_details_receipt_updated", transaction)
}

/// The code of the latest approval.
fn approval_code(authorization: &Json) -> Json {
    let approved = authorization.items("request_history").iter().rfind(|entry| entry.flag("approved"));
    approved.and_then(|entry| entry.at("authorization_code")).cloned().unwrap_or_default()
}

/// Scales `of` by `part / whole`, rounded to minor units.
pub(crate) fn portion(of: i64, part: i64, whole: i64) -> i64 {
    let exact = (i128::from(of) * i128::from(part)).checked_div(i128::from(whole)).unwrap_or_default();
    i64::try_from(exact).unwrap_or(of)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let change = call.update("issuing.transaction", &[])?;
    call.emit_change("issuing_transaction.updated", &change)?;
    Ok(change.object)
}

/// A capture without a prior authorization. It cannot be declined, and the balance may become negative.
fn force_capture(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let amount = call.amount()?;
    alone(call, "capture", -amount)
}

/// A refund that belongs to no purchase.
fn unlinked_refund(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let amount = call.amount()?;
    alone(call, "refund", amount)
}

fn alone(call: &mut RequestContext<'_>, kind: &'static str, amount: i64) -> Result<Json, ApiError> {
    let card = call.get("issuing.card", &call.text("card").unwrap_or_default(), "card")?;
    if call.text("currency").is_some_and(|sent| sent != card.text("currency")) {
        let message = format!("Invalid currency: the card's currency is {}.", card.text("currency"));
        return Err(ApiError::invalid(message).param("currency"));
    }
    let merchant = authorizations::merchant_data(call, "US");
    let details = purchase_details(call);
    let transaction =
        Capture { card: &card, authorization: None, merchant, details, kind, line: LINE, rate: None }
            .record_alone(call, amount)?;
    if kind == "capture" {
        lifecycle::count(call, card.text("id"))?;
    }
    Ok(transaction)
}

/// The part of a capture that was not refunded yet, in minor units.
pub(crate) fn refundable(context: &AccountContext<'_>, transaction: &Json) -> i64 {
    (-transaction.int("amount")).saturating_sub(context.notes(transaction.text("id")).int("refunded"))
}

fn refund(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let original = call.get("issuing.transaction", &call.in_path("transaction"), "transaction")?;
    if original.text("type") != "capture" {
        return Err(
            ApiError::invalid("Invalid transaction: only a capture can be refunded.").param("transaction")
        );
    }
    let rest = refundable(call, &original);
    let amount = call.int("refund_amount").unwrap_or(rest);
    if amount < 1 || amount > rest {
        let message = format!("Invalid refund_amount: at most {rest} of this capture can be refunded.");
        return Err(ApiError::invalid(message).param("refund_amount"));
    }
    let card = call.get("issuing.card", original.id_at("card"), "card")?;
    let authorization = call.peek(original.id_at("authorization")).cloned();
    let merchant = original.at("merchant_data").cloned().ok_or_else(|| required("merchant_data"))?;
    let capture = Capture {
        card: &card,
        authorization: authorization.as_ref(),
        merchant,
        details: Json::Null,
        kind: "refund",
        line: LINE,
        rate: Rate::of_transaction(&original),
    };
    let refund = capture.record_alone(call, amount)?;
    let mut notes = call.notes(original.text("id"));
    let refunded = notes.int("refunded").saturating_add(amount);
    notes = json!({ "refunded": refunded });
    call.set_notes(original.text("id"), notes);
    Ok(refund)
}

/// A receipt line that a merchant sends after the purchase.
pub(crate) struct ReceiptLine<'a> {
    pub(crate) description: &'a str,
    pub(crate) quantity: u32,
    /// In minor units.
    pub(crate) unit_cost: i64,
}

/// Adds a line to the receipt of a transaction.
pub(crate) fn add_receipt_line(
    context: &mut AccountContext<'_>,
    id: &str,
    line: &ReceiptLine<'_>,
) -> Result<(), ApiError> {
    let mut transaction = context.get("issuing.transaction", id, "transaction")?;
    let mut receipt = transaction.items("purchase_details.receipt").to_vec();
    receipt.push(json!({
        "description": line.description, "quantity": f64::from(line.quantity), "unit_cost": line.unit_cost,
        "total": line.unit_cost.saturating_mul(line.quantity.into()),
    }));
    if transaction.at("purchase_details").is_none() {
        set(&mut transaction, "purchase_details", json!({}));
    }
    set_within(&mut transaction, "purchase_details", "receipt", receipt);
    let transaction = context.build("issuing.transaction", "ipi", transaction)?;
    let change = context.change(id, |kept| *kept = transaction)?;
    tell_receipt(context, &change.object)
}

/// The purchase details of the request. Quantities are sent as text and shown as numbers.
pub(crate) fn purchase_details(call: &RequestContext<'_>) -> Json {
    let Some(mut details) = call.param("purchase_details") else { return Json::Null };
    if let Some(Json::Array(receipt)) = details.get_mut("receipt") {
        for item in receipt {
            let quantity = item.text("quantity").parse::<f64>().ok();
            set(item, "quantity", quantity);
        }
    }
    if let Some(fuel) = details.get_mut("fuel") {
        for (name, usual) in [("type", "other"), ("unit", "other"), ("unit_cost_decimal", "0")] {
            if fuel.at(name).is_none() {
                set(fuel, name, usual);
            }
        }
    }
    details
}
