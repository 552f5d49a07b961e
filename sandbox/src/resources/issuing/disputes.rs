//! Disputes of captures.

use super::balance::Funds;
use super::{merchants, required, set_within, transactions};
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::accounts::files;
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{About, AccountContext, PendingTransition, Policy, RequestContext, Rule};
use serde_json::json;
use std::time::Duration;

/// The states of a dispute. Its money moves independently: it can be returned before the decision (`reinstate`), or
/// with it.
pub static MACHINE: StateMachine = StateMachine {
    object: "dispute",
    member: "status",
    steps: &[
        step("unsubmitted", "submit", "submitted").emits(&["issuing_dispute.submitted"]),
        step("unsubmitted", "expire", "expired").emits(&["issuing_dispute.closed"]),
        step("submitted", "win", "won").emits(&["issuing_dispute.closed"]),
        step("submitted", "lose", "lost").emits(&["issuing_dispute.closed"]),
    ],
};

/// The deadline for submitting a dispute, from its transaction.
pub static EXPIRE: Rule = Rule {
    name: "dispute.expire",
    default: Policy::days(110),
    about: About::Object(&["issuing.dispute"]),
    task: expire,
};

/// When a submitted dispute is won. In test mode disputes are not decided automatically, so it is manual.
pub static WIN: Rule = Rule {
    name: "dispute.win",
    default: Policy::Manual,
    about: About::Object(&["issuing.dispute"]),
    task: win,
};

pub(crate) static RESOURCE: Resource = Resource {
    name: "issuing_disputes",
    entries: &[
        entry(
            "PostIssuingDisputes",
            create,
            &["issuing_dispute.created", "issuing_dispute.closed", "issuing_transaction.updated"],
        ),
        entry("GetIssuingDisputes", list, &[]),
        entry("GetIssuingDisputesDispute", retrieve, &[]),
        entry("PostIssuingDisputesDispute", update, &["issuing_dispute.updated"]),
        entry(
            "PostIssuingDisputesDisputeSubmit",
            submit,
            &[
                "issuing_dispute.submitted",
                "issuing_dispute.closed",
                "issuing_dispute.funds_reinstated",
                "issuing_dispute.funds_rescinded",
            ],
        ),
    ],
    machines: &[&MACHINE],
    rules: &[&EXPIRE, &WIN],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let transaction = disputed(call)?;
    let id = transaction.text("id").to_owned();
    disputable(call, &transaction)?;
    let amount = amount(call, &transaction, -transaction.int("amount"))?;
    check_files(call)?;
    let evidence = evidence(call, &json!({ "reason": "fraudulent" }));
    let dispute = json!({
        "amount": amount, "currency": transaction.text("currency"), "evidence": evidence, "metadata": call.metadata(),
        "status": "unsubmitted", "transaction": id, "treasury": treasury(&transaction), "balance_transactions": [],
    });
    let dispute = call.create("issuing.dispute", "idp", dispute)?;
    let dispute_id = dispute.text("id").to_owned();
    let change = call.change(&id, |transaction| set(transaction, "dispute", dispute_id.as_str()))?;
    call.emit("issuing_dispute.created", &dispute)?;
    call.emit_change("issuing_transaction.updated", &change)?;
    if let Some(wait) = call.policy(&EXPIRE).wait() {
        let rest = wait.saturating_sub(age(call, &transaction));
        call.later(rest, &dispute_id, expire);
    }
    Ok(dispute)
}

/// The transaction that the request names, directly or by the received debit of the financial account.
fn disputed(call: &RequestContext<'_>) -> Result<Json, ApiError> {
    const DEBIT: &str = "treasury[received_debit]";
    let named = call.text("transaction").map(|id| call.get("issuing.transaction", &id, "transaction"));
    let named = named.transpose()?;
    let Some(debit) = call.text("treasury.received_debit") else {
        return named.ok_or_else(|| required("transaction"));
    };
    let debit = call.get("treasury.received_debit", &debit, DEBIT)?;
    let paid = debit.id_at("linked_flows.issuing_transaction");
    if paid.is_empty() {
        let message = "Only the debit of a card payment can be disputed.";
        return Err(ApiError::invalid(message).param(DEBIT));
    }
    if named.as_ref().is_some_and(|named| named.text("id") != paid) {
        return Err(ApiError::invalid("The debit belongs to another transaction.").param(DEBIT));
    }
    call.get("issuing.transaction", paid, DEBIT)
}

/// The received debit of a transaction that a financial account paid.
fn treasury(transaction: &Json) -> Json {
    let debit = transaction.at("treasury.received_debit");
    debit.map_or(Json::Null, |debit| json!({ "received_debit": debit }))
}

fn age(context: &AccountContext<'_>, transaction: &Json) -> Duration {
    Duration::from_secs(u64::try_from(context.now() - transaction.int("created")).unwrap_or_default())
}

/// Checks that a transaction is a capture, not of cash, not refunded, not too old, and not disputed.
fn disputable(context: &AccountContext<'_>, transaction: &Json) -> Result<(), ApiError> {
    let earlier = context.peek(transaction.id_at("dispute")).map(|dispute| dispute.text("status"));
    let old = context.policy(&EXPIRE).wait().is_some_and(|wait| age(context, transaction) > wait);
    let message = if transaction.text("type") != "capture" {
        "Only captures can be disputed."
    } else if merchants::is_cash(transaction.text("merchant_data.category")) {
        "Cash withdrawals cannot be disputed."
    } else if transactions::refundable(context, transaction) != -transaction.int("amount") {
        "A refunded transaction cannot be disputed."
    } else if earlier.is_some_and(|status| status != "expired") {
        "The transaction is already disputed."
    } else if old {
        "The transaction is too old to be disputed."
    } else {
        return Ok(());
    };
    Err(ApiError::invalid(message).param("transaction"))
}

fn amount(call: &RequestContext<'_>, transaction: &Json, usual: i64) -> Result<i64, ApiError> {
    let most = -transaction.int("amount");
    match call.int("amount").unwrap_or(usual) {
        amount if (1..=most).contains(&amount) => Ok(amount),
        _ => Err(ApiError::invalid(format!("Invalid amount: must be from 1 to {most}.")).param("amount")),
    }
}

/// The evidence after this request: merged member by member for each reason, `""` clears.
fn evidence(call: &RequestContext<'_>, before: &Json) -> Json {
    let mut evidence = before.clone();
    let sent = call.param("evidence").unwrap_or_default();
    for (name, value) in sent.as_object().into_iter().flatten() {
        let Some(members) = value.as_object() else {
            if value == "" {
                if let Json::Object(evidence) = &mut evidence {
                    evidence.remove(name);
                }
            } else {
                set(&mut evidence, name, value.clone());
            }
            continue;
        };
        if evidence.at(name).is_none() {
            set(&mut evidence, name, json!({}));
        }
        for (member, value) in members {
            let value = if value == "" { Json::Null } else { value.clone() };
            set_within(&mut evidence, name, member, value);
        }
    }
    evidence
}

/// The members of evidence that are files.
const FILES: [&str; 4] = ["additional_documentation", "card_statement", "cash_receipt", "check_image"];

/// Checks that the files in the evidence were uploaded as dispute evidence.
fn check_files(call: &mut RequestContext<'_>) -> Result<(), ApiError> {
    let sent = call.param("evidence").unwrap_or_default();
    for (reason, members) in sent.as_object().into_iter().flatten() {
        for name in FILES {
            if let Some(id) = members.at(name).and_then(Json::as_str) {
                files::usable(call, id, &["dispute_evidence"], || format!("evidence[{reason}][{name}]"))?;
            }
        }
    }
    Ok(())
}

/// The evidence required to submit a dispute for a reason.
fn needed(reason: &str) -> &'static [&'static str] {
    match reason {
        "canceled" => &[
            "canceled_at",
            "cancellation_policy_provided",
            "cancellation_reason",
            "expected_at",
            "explanation",
            "product_type",
        ],
        "duplicate" => &["original_transaction"],
        "merchandise_not_as_described" => &["explanation", "received_at", "return_status"],
        "not_received" => &["expected_at", "explanation", "product_type"],
        "other" => &["explanation", "product_type"],
        "service_not_as_described" => &["canceled_at", "cancellation_reason", "explanation", "received_at"],
        _ => &["explanation"],
    }
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let before = call.retrieve("issuing.dispute")?;
    let id = before.text("id").to_owned();
    let edits = call.param("evidence").is_some() || call.param("amount").is_some();
    if edits && before.text("status") != "unsubmitted" {
        return Err(ApiError::invalid("A submitted dispute cannot be changed."));
    }
    check_files(call)?;
    let mut after = before.clone();
    if edits {
        let transaction = call.get("issuing.transaction", before.id_at("transaction"), "transaction")?;
        set(&mut after, "amount", amount(call, &transaction, before.int("amount"))?);
        let empty = json!({});
        set(&mut after, "evidence", evidence(call, before.at("evidence").unwrap_or(&empty)));
    }
    if let Some(metadata) = call.merged_metadata(&before)? {
        set(&mut after, "metadata", metadata);
    }
    let after = call.build("issuing.dispute", "idp", after)?;
    let change = call.change_shown(&id, show, |dispute| *dispute = after)?;
    call.emit_change("issuing_dispute.updated", &change)?;
    Ok(change.object)
}

fn submit(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("dispute");
    let before = call.get("issuing.dispute", &id, "dispute")?;
    let step = permit(call, &id, "submit")?;
    let transaction = call.get("issuing.transaction", before.id_at("transaction"), "transaction")?;
    if transactions::refundable(call, &transaction) != -transaction.int("amount") {
        return Err(ApiError::invalid("The transaction was refunded since the dispute was created."));
    }
    let reason = before.text("evidence.reason");
    let missing =
        needed(reason).iter().find(|name| before.at(&format!("evidence.{reason}.{name}")).is_none());
    if let Some(name) = missing {
        return Err(required(&format!("evidence[{reason}][{name}]")));
    }
    let metadata = call.merged_metadata(&before)?;
    call.forget(&id);
    call.by_rule(&WIN, &id);
    call.take(step, |dispute| {
        if let Some(metadata) = metadata {
            set(dispute, "metadata", metadata);
        }
    })
}

fn expire(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let step = permit(context, id, "expire")?;
    context.take(step, |_| {}).map(drop)
}

/// Provisionally returns the money while the dispute is open.
pub(crate) fn reinstate(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let dispute = context.get("issuing.dispute", id, "dispute")?;
    context.allow(&MACHINE, id, "win")?;
    if context.notes(id).flag("reinstated") {
        return Err(ApiError::invalid("The money of this dispute was already returned."));
    }
    move_funds(context, &dispute, true)
}

/// Decides for the cardholder.
pub(crate) fn win(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let dispute = context.get("issuing.dispute", id, "dispute")?;
    let step = permit(context, id, "win")?;
    context.forget(id);
    context.take(step, |_| {})?;
    if context.notes(id).flag("reinstated") { Ok(()) } else { move_funds(context, &dispute, true) }
}

/// Decides for the merchant, with one of Stripe's loss reasons.
pub(crate) fn lose(context: &mut AccountContext<'_>, id: &str, reason: &str) -> Result<(), ApiError> {
    spec::listed("issuing.dispute", "loss_reason", reason, "loss_reason")?;
    let dispute = context.get("issuing.dispute", id, "dispute")?;
    let step = permit(context, id, "lose")?;
    context.forget(id);
    context.take(step, |dispute| set(dispute, "loss_reason", reason))?;
    if context.notes(id).flag("reinstated") { move_funds(context, &dispute, false) } else { Ok(()) }
}

fn move_funds(context: &mut AccountContext<'_>, dispute: &Json, back: bool) -> Result<(), ApiError> {
    let id = dispute.text("id").to_owned();
    let transaction = context.get("issuing.transaction", dispute.id_at("transaction"), "transaction")?;
    let card = context.get("issuing.card", transaction.id_at("card"), "card")?;
    let amount = if back { dispute.int("amount") } else { -dispute.int("amount") };
    let line = Funds::of(&card)?.dispute(context, &id, amount)?;
    let mut lines = context.notes(&id).items("lines").to_vec();
    lines.extend(line.map(Json::from));
    context.set_notes(&id, json!({ "reinstated": back, "lines": lines }));
    let now = context.get("issuing.dispute", &id, "dispute")?;
    let shown = show(context, now)?;
    context.emit(
        if back { "issuing_dispute.funds_reinstated" } else { "issuing_dispute.funds_rescinded" },
        &shown,
    )
}

/// A dispute with its current balance transactions.
pub(crate) fn show(context: &AccountContext<'_>, mut dispute: Json) -> Result<Json, ApiError> {
    let notes = context.notes(dispute.text("id"));
    let lines: Result<Vec<Json>, ApiError> = notes
        .items("lines")
        .iter()
        .filter_map(|id| context.state.ledger.line(context.scope(), id.as_str()?))
        .map(|line| spec::complete("balance_transaction", line.object(context.now())))
        .collect();
    set(&mut dispute, "balance_transactions", lines?);
    Ok(dispute)
}

/// A transition of a dispute, which events show with its balance transactions.
fn permit(context: &AccountContext<'_>, id: &str, event: &str) -> Result<PendingTransition, ApiError> {
    context.permit(&MACHINE, id, event)?.shown(context, show)
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let dispute = call.retrieve("issuing.dispute")?;
    show(call, dispute)
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut page = call.list("issuing.dispute")?;
    if let Some(Json::Array(disputes)) = page.get_mut("data") {
        for dispute in disputes {
            *dispute = show(call, dispute.take())?;
        }
    }
    Ok(page)
}
