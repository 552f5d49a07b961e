//! Inbound transfers: money debited from the holder's external bank account.

use super::test_methods::{self, Fate};
use super::{Resource, entries, entry, received_flows};
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::accounts::bank_accounts;
use crate::resources::treasury::access;
use crate::resources::treasury::entries::billing;
use crate::state::{About, AccountContext, Policy, RequestContext, Rule};
use serde_json::json;

/// The states of an inbound transfer. A returned one stays succeeded and has the flag `returned`.
pub static MACHINE: StateMachine = StateMachine {
    object: "inbound transfer",
    member: "status",
    steps: &[
        step("processing", "succeed", "succeeded")
            .emits(&["treasury.inbound_transfer.succeeded"])
            .moves(&["inbound_transfer"]),
        step("processing", "fail", "failed")
            .emits(&["treasury.inbound_transfer.failed"])
            .moves(&["inbound_transfer_return"]),
        step("processing", "cancel", "canceled")
            .emits(&["treasury.inbound_transfer.canceled"])
            .moves(&["inbound_transfer_return"]),
        step("succeeded", "return", "succeeded")
            .emits(&["treasury.inbound_transfer.failed"])
            .moves(&["inbound_transfer_return"]),
    ],
};
/// How long the bank takes.
pub static SETTLE: Rule = Rule {
    name: "inbound_transfer.settle",
    default: Policy::days(4),
    about: About::Object(&[KIND]),
    task: settle,
};

const KIND: &str = "treasury.inbound_transfer";
const FLOW: &str = "inbound_transfer";

pub(crate) static RESOURCE: Resource = Resource {
    name: "inbound_transfers",
    entries: &[
        entry(
            "PostTreasuryInboundTransfers",
            create,
            &["treasury.inbound_transfer.created", "treasury.inbound_transfer.succeeded"],
        ),
        entry("GetTreasuryInboundTransfers", |call| call.list(KIND), &[]),
        entry("GetTreasuryInboundTransfersId", |call| call.retrieve(KIND), &[]),
        entry(
            "PostTreasuryInboundTransfersInboundTransferCancel",
            cancel,
            &["treasury.inbound_transfer.canceled"],
        ),
        entry(
            "PostTestHelpersTreasuryInboundTransfersIdSucceed",
            |call| by_test(call, succeed),
            &["treasury.inbound_transfer.succeeded"],
        ),
        entry(
            "PostTestHelpersTreasuryInboundTransfersIdFail",
            fail_by_test,
            &["treasury.inbound_transfer.failed"],
        ),
        entry(
            "PostTestHelpersTreasuryInboundTransfersIdReturn",
            |call| by_test(call, give_back),
            &["treasury.inbound_transfer.failed", "treasury.received_debit.created"],
        ),
    ],
    machines: &[&MACHINE],
    rules: &[&SETTLE],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let amount = call.amount()?;
    entries::in_dollars(call)?;
    let account = call.text("financial_account").unwrap_or_default();
    access::usable(call, &account, "inbound_transfers.ach")?;
    let method = call.text("origin_payment_method").unwrap_or_default();
    let fate = test_methods::inbound(call, &method, "origin_payment_method")?;
    let origin = json!({ "type": "us_bank_account", "billing_details": billing(None), "us_bank_account": {
        "account_holder_type": "individual", "account_type": "checking", "bank_name": bank_accounts::bank_name("US"),
        "fingerprint": bank_accounts::fingerprint("000123456789", "110000000"), "last4": "6789", "network": "ach",
        "routing_number": "110000000" } });
    let id = call.id("ibt");
    let description = call.text("description").unwrap_or_default();
    let flow = entries::Flow { kind: FLOW, id: &id, account: &account, description: &description };
    let start = entries::Entry::new(FLOW, "open").inbound(amount);
    let transaction = entries::open(call, &flow, amount, &start)?;
    let transfer = json!({
        "id": id, "amount": amount, "cancelable": true, "transaction": transaction, "currency": "usd", "description": call.param("description"),
        "financial_account": account, "metadata": call.metadata(), "linked_flows": { "received_debit": null },
        "origin_payment_method": call.param("origin_payment_method"), "origin_payment_method_details": origin,
        "returned": false, "status": "processing",
        "statement_descriptor": call.text("statement_descriptor").unwrap_or_else(|| "transfer".to_owned()),
        "status_transitions": { "canceled_at": null, "failed_at": null, "succeeded_at": null },
    });
    let transfer = call.create(KIND, "ibt", transfer)?;
    call.emit("treasury.inbound_transfer.created", &transfer)?;
    let said = match fate {
        Fate::Stays => return Ok(transfer),
        Fate::Fails(code) => json!({ "failure": code }),
        Fate::Returned(_) => json!({ "returned": true }),
        Fate::Arrives | Fate::Canceled => json!({}),
    };
    call.set_notes(transfer.text("id"), said);
    call.by_rule(&SETTLE, transfer.text("id"));
    Ok(transfer)
}

fn by_test(
    call: &mut RequestContext<'_>,
    step: fn(&mut AccountContext<'_>, &str) -> Result<(), ApiError>,
) -> Result<Json, ApiError> {
    let id = call.retrieve(KIND)?.text("id").to_owned();
    step(call, &id)?;
    call.retrieve(KIND)
}

fn fail_by_test(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.retrieve(KIND)?.text("id").to_owned();
    let code = call.text("failure_details.code").unwrap_or_else(|| "other".to_owned());
    fail(call, &id, &code)?;
    call.retrieve(KIND)
}

fn cancel(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.retrieve(KIND)?.text("id").to_owned();
    end(call, &id, "cancel", |_| {})?;
    call.retrieve(KIND)
}

/// Completes the transfer as the test payment method defines.
fn settle(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let notes = context.notes(id);
    match notes.text("failure") {
        "" => succeed(context, id)?,
        code => fail(context, id, code)?,
    }
    if notes.flag("returned") { give_back(context, id) } else { Ok(()) }
}

/// Credits the money.
pub(crate) fn succeed(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    end(context, id, "succeed", |_| {})
}

/// Fails the transfer.
pub(crate) fn fail(context: &mut AccountContext<'_>, id: &str, code: &str) -> Result<(), ApiError> {
    end(context, id, "fail", |transfer| set(transfer, "failure_details", json!({ "code": code })))
}

/// Returns the money of a succeeded transfer to the bank; the balance may become negative.
pub(crate) fn give_back(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let step = context.permit(&MACHINE, id, "return")?;
    let transfer = context.get(KIND, id, "id")?;
    if transfer.flag("returned") {
        return Err(ApiError::invalid("The inbound transfer was already returned."));
    }
    let debit = received_flows::returned(context, &transfer, step.money()?)?;
    let linked = json!({ "received_debit": debit.text("id") });
    context.take(step, |transfer| {
        set(transfer, "returned", true);
        set(transfer, "linked_flows", linked);
    })?;
    context.emit("treasury.received_debit.created", &debit)
}

fn end(
    context: &mut AccountContext<'_>,
    id: &str,
    event: &str,
    more: impl FnOnce(&mut Json),
) -> Result<(), ApiError> {
    let step = context.permit(&MACHINE, id, event)?;
    let (now, transfer) = (context.now(), context.get(KIND, id, "id")?);
    let amount = transfer.int("amount");
    let arrival = match event {
        "succeed" => entries::Entry::new(step.money()?, "posted").cash(amount).inbound(-amount),
        _ => entries::Entry::new(step.money()?, "void").inbound(-amount),
    };
    entries::add(context, transfer.id_at("transaction"), &arrival)?;
    context.forget(id);
    let stamp = format!("{}_at", step.to());
    context
        .take(step, |transfer| {
            set(transfer, "cancelable", false);
            entries::stamp(transfer, &stamp, now);
            more(transfer);
        })
        .map(drop)
}
