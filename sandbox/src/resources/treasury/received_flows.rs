//! Received credits and received debits of a financial account.

use super::{Resource, entries, entry};
use crate::engine::calendar::DAY;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::bank_accounts;
use crate::resources::treasury::access;
use crate::resources::treasury::entries::billing;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

pub(crate) const CREDIT: &str = "treasury.received_credit";
pub(crate) const DEBIT: &str = "treasury.received_debit";
/// How long a credit or debit can be reversed, in seconds.
const REVERSIBLE: i64 = 2 * DAY;

pub(crate) static RESOURCE: Resource = Resource {
    name: "received_flows",
    entries: &[
        entry(
            "PostTestHelpersTreasuryReceivedCredits",
            credit,
            &[
                "treasury.received_credit.created",
                "treasury.received_credit.succeeded",
                "treasury.received_credit.failed",
            ],
        ),
        entry("GetTreasuryReceivedCredits", list_credits, &[]),
        entry("GetTreasuryReceivedCreditsId", |call| call.retrieve(CREDIT), &[]),
        entry("PostTestHelpersTreasuryReceivedDebits", debit, &["treasury.received_debit.created"]),
        entry("GetTreasuryReceivedDebits", |call| call.list(DEBIT), &[]),
        entry("GetTreasuryReceivedDebitsId", |call| call.retrieve(DEBIT), &[]),
    ],
    machines: &[],
    rules: &[],
};

/// The members shared by credits and debits.
fn received(call: &mut RequestContext<'_>, words: &str) -> Result<Json, ApiError> {
    let amount = call.amount()?;
    entries::in_dollars(call)?;
    let given = call.param("initiating_payment_method_details.us_bank_account").unwrap_or_default();
    let number = given.at("account_number").and_then(Json::as_str).unwrap_or("000123456789");
    let routing = given.at("routing_number").and_then(Json::as_str).unwrap_or("110000000");
    let initiator = json!({ "type": "us_bank_account",
        "billing_details": billing(Some(&json!({ "name": given.at("account_holder_name") }))),
        "us_bank_account": { "bank_name": bank_accounts::bank_name("US"), "routing_number": routing,
            "last4": number.get(number.len().saturating_sub(4)..) } });
    Ok(json!({
        "amount": amount, "currency": "usd", "description": call.text("description").unwrap_or_else(|| words.to_owned()),
        "financial_account": call.param("financial_account"), "initiating_payment_method_details": initiator,
        "linked_flows": {}, "network": call.param("network"),
        "reversal_details": { "deadline": call.now() + REVERSIBLE, "restricted_reason": null },
    }))
}

fn credit(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut object = received(call, "Received credit")?;
    let open = open_to_banks(call, object.text("financial_account"))?;
    if call.text("network").as_deref() == Some("us_domestic_wire") {
        set(
            &mut object,
            "reversal_details",
            json!({ "deadline": null, "restricted_reason": "network_restricted" }),
        );
    }
    arrive(call, object, open)
}

/// Whether an account is open. An open one that has no number cannot be credited or debited by banks.
fn open_to_banks(call: &RequestContext<'_>, account: &str) -> Result<bool, ApiError> {
    let open = access::is_open(call, account)?;
    if open {
        access::usable(call, account, "financial_addresses.aba")?;
    }
    Ok(open)
}

/// Stores a credit, and credits its money to an open account.
fn arrive(context: &mut AccountContext<'_>, mut object: Json, open: bool) -> Result<Json, ApiError> {
    let id = context.id("rc");
    set(&mut object, "id", id.as_str());
    set(&mut object, "status", if open { "succeeded" } else { "failed" });
    if open {
        let line = move_cash(context, &object, "received_credit", 1)?;
        set(&mut object, "transaction", line);
    } else {
        set(&mut object, "failure_code", "account_closed");
    }
    let object = context.create(CREDIT, "rc", object)?;
    context.emit("treasury.received_credit.created", &object)?;
    context.emit(&format!("treasury.received_credit.{}", object.text("status")), &object)?;
    Ok(object)
}

fn move_cash(
    context: &mut AccountContext<'_>,
    object: &Json,
    kind: &'static str,
    sign: i64,
) -> Result<String, ApiError> {
    let flow = entries::Flow {
        kind,
        id: object.text("id"),
        account: object.text("financial_account"),
        description: object.text("description"),
    };
    let amount = sign * object.int("amount");
    entries::open(context, &flow, amount, &entries::Entry::new(kind, "posted").cash(amount))
}

/// The bank takes the money of an inbound transfer back: a received debit, of which there is a transaction with an entry of
/// this kind. Gives it; there is no event yet.
pub(crate) fn returned(
    context: &mut AccountContext<'_>,
    transfer: &Json,
    kind: &'static str,
) -> Result<Json, ApiError> {
    let (id, amount) = (context.id("rd"), transfer.int("amount"));
    let description = "Returned inbound transfer";
    let account = transfer.text("financial_account");
    let flow = entries::Flow { kind: "received_debit", id: &id, account, description };
    let transaction =
        entries::open(context, &flow, -amount, &entries::Entry::new(kind, "posted").cash(-amount))?;
    let bank = transfer.at("origin_payment_method_details.us_bank_account").unwrap_or(&Json::Null);
    let debit = json!({
        "id": id, "amount": amount, "currency": "usd", "description": description, "financial_account": account,
        "failure_code": null, "network": "ach", "status": "succeeded", "transaction": transaction,
        "initiating_payment_method_details": { "type": "us_bank_account", "billing_details": billing(None),
            "us_bank_account": { "bank_name": bank.at("bank_name"), "last4": bank.at("last4"),
                "routing_number": bank.at("routing_number") } },
        "linked_flows": { "inbound_transfer": transfer.text("id") },
        "reversal_details": { "deadline": null, "restricted_reason": "source_flow_restricted" },
    });
    context.create(DEBIT, "rd", debit)
}

/// Whether a financial account of any account is open.
pub(crate) fn is_open(context: &AccountContext<'_>, id: &str) -> bool {
    let Some(scope) = context.state.owner(id) else { return false };
    context.state.find(&scope, id).is_some_and(|account| account.text("status") == "open")
}

/// A payout of the payments or the Issuing balance arrives in a financial account.
///
/// # Errors
/// If the financial account is closed.
pub(crate) fn paid_out(context: &mut AccountContext<'_>, payout: &Json, to: &str) -> Result<(), ApiError> {
    if !is_open(context, to) {
        return Err(ApiError::invalid("The financial account that the payout goes to is closed."));
    }
    let Some(owner) = context.state.owner(to) else { return Ok(()) };
    let object = json!({
        "amount": payout.int("amount"), "currency": "usd", "financial_account": to, "network": "stripe",
        "description": payout.at("statement_descriptor").and_then(Json::as_str).unwrap_or("Payout"),
        "initiating_payment_method_details": { "type": "balance", "balance": "payments", "billing_details": billing(None) },
        "linked_flows": { "source_flow": payout.text("id"), "source_flow_type": "payout",
            "source_flow_details": { "type": "payout", "payout": payout } },
        "reversal_details": { "deadline": null, "restricted_reason": "source_flow_restricted" },
    });
    arrive(&mut context.of_account(&owner.account), object, true).map(drop)
}

/// The receiving side of an outbound flow to a financial account.
pub(crate) fn within_stripe(
    context: &mut AccountContext<'_>,
    from: &Json,
    to: &str,
    flow: &str,
) -> Result<(), ApiError> {
    let owner = context
        .state
        .owner(to)
        .ok_or_else(|| ApiError::missing("financial account", to, "financial_account"))?;
    let mut details = json!({ "type": flow });
    set(&mut details, flow, from.clone());
    let object = json!({
        "amount": from.int("amount"), "currency": "usd", "description": from.text("statement_descriptor"),
        "financial_account": to, "network": "stripe",
        "initiating_payment_method_details": { "type": "financial_account", "billing_details": billing(None),
            "financial_account": { "id": from.text("financial_account"), "network": "stripe" } },
        "linked_flows": { "source_flow": from.text("id"), "source_flow_type": flow, "source_flow_details": details },
        "reversal_details": { "deadline": null, "restricted_reason": "source_flow_restricted" },
    });
    let mut books = context.of_account(&owner.account);
    // The sender was rejected if the account is closed; its state cannot change in between.
    let open = access::is_open(&books, to)?;
    arrive(&mut books, object, open).map(drop)
}

fn list_credits(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let wanted = call.text("linked_flows.source_flow_type");
    if let Json::Object(params) = &mut call.params {
        params.remove("linked_flows");
    }
    call.list_where(CREDIT, |credit| {
        wanted.as_deref().is_none_or(|wanted| credit.text("linked_flows.source_flow_type") == wanted)
    })
}

/// Debits money; the debit fails if the balance is insufficient.
fn debit(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut object = received(call, "Received debit")?;
    let account = object.text("financial_account").to_owned();
    let id = call.id("rd");
    set(&mut object, "id", id);
    let failure = if !open_to_banks(call, &account)? {
        Some("account_closed")
    } else if entries::cash(call, &account) < object.int("amount") {
        Some("insufficient_funds")
    } else {
        None
    };
    set(&mut object, "failure_code", failure);
    set(&mut object, "status", if failure.is_some() { "failed" } else { "succeeded" });
    if failure.is_none() {
        let line = move_cash(call, &object, "received_debit", -1)?;
        set(&mut object, "transaction", line);
    }
    let object = call.create(DEBIT, "rd", object)?;
    // The bank account number determines the result of a reversal.
    let number = call.param("initiating_payment_method_details.us_bank_account.account_number");
    call.set_notes(object.text("id"), json!({ "account_number": number }));
    call.emit("treasury.received_debit.created", &object)?;
    Ok(object)
}
