//! Credit reversals and debit reversals, which return received money.

use super::{Resource, entries, entry};
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::accounts::bank_accounts;
use crate::state::{About, AccountContext, Policy, RequestContext, Rule};
use serde_json::json;

/// The states of a credit reversal.
pub static CREDITS: StateMachine = StateMachine {
    object: "credit reversal",
    member: "status",
    steps: &[step("processing", "post", "posted")
        .emits(&["treasury.credit_reversal.posted"])
        .moves(&["credit_reversal_posting"])],
};
/// The states of a debit reversal.
pub static DEBITS: StateMachine = StateMachine {
    object: "debit reversal",
    member: "status",
    steps: &[
        step("processing", "succeed", "succeeded")
            .emits(&["treasury.debit_reversal.completed"])
            .moves(&["debit_reversal"]),
        step("processing", "fail", "failed").emits(&["treasury.debit_reversal.completed"]),
    ],
};
/// How long the network takes.
pub static SETTLE: Rule = Rule {
    name: "treasury_reversal.settle",
    default: Policy::days(1),
    about: About::Object(&[CREDIT, DEBIT]),
    task: settle,
};

const CREDIT: &str = "treasury.credit_reversal";
const DEBIT: &str = "treasury.debit_reversal";

pub(crate) static RESOURCE: Resource = Resource {
    name: "treasury_reversals",
    entries: &[
        entry(
            "PostTreasuryCreditReversals",
            credit,
            &["treasury.credit_reversal.created", "treasury.credit_reversal.posted"],
        ),
        entry("GetTreasuryCreditReversals", |call| call.list(CREDIT), &[]),
        entry("GetTreasuryCreditReversalsCreditReversal", |call| call.retrieve(CREDIT), &[]),
        entry(
            "PostTreasuryDebitReversals",
            debit,
            &["treasury.debit_reversal.created", "treasury.debit_reversal.completed"],
        ),
        entry("GetTreasuryDebitReversals", list_debits, &[]),
        entry("GetTreasuryDebitReversalsDebitReversal", |call| call.retrieve(DEBIT), &[]),
    ],
    machines: &[&CREDITS, &DEBITS],
    rules: &[&SETTLE],
};

/// The received credit or debit.
///
/// # Errors
/// If it cannot be reversed.
fn reversible(call: &RequestContext<'_>, name: &str) -> Result<Json, ApiError> {
    let id = call.text(name).unwrap_or_default();
    let received = call.get(&format!("treasury.{name}"), &id, name)?;
    let deadline = received.at("reversal_details.deadline").and_then(Json::as_i64);
    let reason = match received.text("reversal_details.restricted_reason") {
        "" if received.text("status") != "succeeded" => "it did not succeed",
        "" if deadline.is_some_and(|deadline| deadline < call.now()) => "the deadline has passed",
        "" => return Ok(received),
        "already_reversed" => "it was already reversed",
        _ => "its network or its source does not allow it",
    };
    Err(ApiError::invalid(format!("Invalid {name}: it cannot be reversed: {reason}.")).param(name))
}

/// Stores the reversal with the received flow.
fn link(context: &mut AccountContext<'_>, received: &Json, name: &str, id: &str) -> Result<(), ApiError> {
    let changed = context.change(received.text("id"), |object| {
        if let Some(flows) = object.get_mut("linked_flows") {
            set(flows, name, id);
        }
        if let Some(details) = object.get_mut("reversal_details") {
            set(details, "restricted_reason", "already_reversed");
        }
    });
    changed.map(drop)
}

fn credit(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let received = reversible(call, "received_credit")?;
    let (amount, account) = (received.int("amount"), received.text("financial_account").to_owned());
    if entries::cash(call, &account) < amount {
        return Err(ApiError::insufficient(
            "The balance of the financial account does not cover the reversal.",
        ));
    }
    let id = call.id("credrev");
    let flow =
        entries::Flow { kind: "credit_reversal", id: &id, account: &account, description: "Credit reversal" };
    let start = entries::Entry::new("credit_reversal", "open").cash(-amount).held(amount);
    let transaction = entries::open(call, &flow, -amount, &start)?;
    let object = json!({
        "id": id, "amount": amount, "currency": "usd", "financial_account": account, "metadata": call.metadata(),
        "network": received.text("network"), "received_credit": received.text("id"), "status": "processing",
        "status_transitions": { "posted_at": null }, "transaction": transaction,
    });
    let object = call.create(CREDIT, "credrev", object)?;
    link(call, &received, "credit_reversal", &id)?;
    call.emit("treasury.credit_reversal.created", &object)?;
    call.by_rule(&SETTLE, &id);
    Ok(object)
}

fn settle(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let is_credit = context.peek(id).is_some_and(|object| object.text("object") == CREDIT);
    if is_credit {
        return post(context, id);
    }
    let reversed =
        context.peek(id).map(|object| object.text("received_debit").to_owned()).unwrap_or_default();
    let number = context.notes(&reversed).text("account_number").to_owned();
    if bank_accounts::number_failure("US", &number).is_some() {
        fail(context, id)
    } else {
        succeed(context, id)
    }
}

/// Posts a credit reversal.
pub(crate) fn post(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let step = context.permit(&CREDITS, id, "post")?;
    let (object, now) = (context.get(CREDIT, id, "id")?, context.now());
    let posting = entries::Entry::new(step.money()?, "posted").held(-object.int("amount"));
    entries::add(context, object.id_at("transaction"), &posting)?;
    context.forget(id);
    context.take(step, |object| entries::stamp(object, "posted_at", now)).map(drop)
}

fn debit(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let received = reversible(call, "received_debit")?;
    let object = json!({
        "amount": received.int("amount"), "currency": "usd", "financial_account": received.text("financial_account"),
        "metadata": call.metadata(), "network": received.text("network"), "received_debit": received.text("id"),
        "status": "processing", "status_transitions": { "completed_at": null },
    });
    let object = call.create(DEBIT, "debrev", object)?;
    let id = object.text("id").to_owned();
    link(call, &received, "debit_reversal", &id)?;
    call.emit("treasury.debit_reversal.created", &object)?;
    call.by_rule(&SETTLE, &id);
    Ok(object)
}

/// Completes a debit reversal: the money is credited.
pub(crate) fn succeed(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let step = context.permit(&DEBITS, id, "succeed")?;
    let (object, now) = (context.get(DEBIT, id, "id")?, context.now());
    let amount = object.int("amount");
    let flow = entries::Flow {
        kind: "debit_reversal",
        id,
        account: object.text("financial_account"),
        description: "Debit reversal",
    };
    let back = entries::Entry::new(step.money()?, "posted").cash(amount);
    let transaction = entries::open(context, &flow, amount, &back)?;
    context.forget(id);
    context
        .take(step, |object| {
            set(object, "transaction", transaction);
            entries::stamp(object, "completed_at", now);
        })
        .map(drop)
}

/// Fails a debit reversal: the bank does not return the money.
pub(crate) fn fail(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let now = context.now();
    context.step(&DEBITS, id, "fail", |object| entries::stamp(object, "completed_at", now))?;
    context.forget(id);
    Ok(())
}

/// `resolution` is `won` for succeeded reversals and `lost` for failed ones.
fn list_debits(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let wanted =
        call.text("resolution").map(|resolution| if resolution == "won" { "succeeded" } else { "failed" });
    if let Json::Object(params) = &mut call.params {
        params.remove("resolution");
    }
    call.list_where(DEBIT, |debit| wanted.is_none_or(|wanted| debit.text("status") == wanted))
}
