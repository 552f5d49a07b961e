//! Disputes of charges: the customer's bank takes the money back, and the account answers with evidence.

use crate::engine::{ApiError, CurrencyCode, Json, Peek, StateMachine, set, step};
use crate::resources::money::payments::{self, Adjustment};
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{About, AccountContext, Policy, RequestContext, Rule};
use serde_json::json;

/// The states of a dispute of a charge.
pub static MACHINE: StateMachine = StateMachine {
    object: "charge dispute",
    member: "status",
    steps: &[
        step("warning_needs_response", "submit", "warning_under_review").emits(&["charge.dispute.updated"]),
        step("warning_needs_response", "escalate", "needs_response").emits(ESCALATED).moves(&["adjustment"]),
        step("warning_needs_response", "lose", "warning_closed").asked("close").emits(CLOSED),
        step("warning_under_review", "escalate", "needs_response").emits(ESCALATED).moves(&["adjustment"]),
        step("warning_under_review", "win", "warning_closed").emits(CLOSED),
        step("warning_under_review", "lose", "warning_closed").asked("close").emits(CLOSED),
        step("needs_response", "submit", "under_review").emits(&["charge.dispute.updated"]),
        step("needs_response", "lose", "lost").asked("close").emits(CLOSED),
        step("under_review", "win", "won")
            .emits(&["charge.dispute.funds_reinstated", "charge.dispute.closed"])
            .moves(&["adjustment"]),
        step("under_review", "lose", "lost").asked("close").emits(CLOSED),
    ],
};

const CLOSED: &[&str] = &["charge.dispute.closed"];
const ESCALATED: &[&str] = &["charge.dispute.updated", "charge.dispute.funds_withdrawn"];

/// When a charge with a card that is disputed gets its dispute.
pub static OPEN: Rule = Rule {
    name: "charge_dispute.open",
    default: Policy::Immediate,
    about: About::Object(&["charge"]),
    task: open_planned,
};

/// When an unanswered dispute is lost, or an inquiry is closed.
pub static EXPIRE: Rule = Rule {
    name: "charge_dispute.expire",
    default: Policy::days(9),
    about: About::Object(&["dispute"]),
    task: expire,
};

/// When the bank decides about evidence that says how: `winning_evidence`, `losing_evidence`.
pub static DECIDE: Rule = Rule {
    name: "charge_dispute.decide",
    default: Policy::Immediate,
    about: About::Object(&["dispute"]),
    task: decide,
};

pub(crate) static RESOURCE: Resource = Resource {
    name: "disputes",
    entries: &[
        entry("GetDisputes", |call| call.list("dispute"), &[]),
        entry("GetDisputesDispute", |call| call.retrieve("dispute"), &[]),
        entry(
            "PostDisputesDispute",
            update,
            &[
                "charge.dispute.updated",
                "charge.dispute.funds_withdrawn",
                "charge.dispute.funds_reinstated",
                "charge.dispute.closed",
            ],
        ),
        entry("PostDisputesDisputeClose", close, CLOSED),
    ],
    machines: &[&MACHINE],
    rules: &[&OPEN, &EXPIRE, &DECIDE],
};

fn open_planned(context: &mut AccountContext<'_>, charge: &str) -> Result<(), ApiError> {
    let notes = context.notes(charge);
    open(context, charge, notes.text("disputed"), notes.flag("inquiry")).map(drop)
}

/// The bank of a customer disputes a charge, or inquires about it first. Returns the dispute.
pub(crate) fn open(
    context: &mut AccountContext<'_>,
    charge: &str,
    reason: &str,
    inquiry: bool,
) -> Result<Json, ApiError> {
    let object = context.get("charge", charge, "charge")?;
    if object.flag("disputed") {
        return Err(ApiError::invalid("The charge is already disputed.")
            .code("charge_disputed")
            .param("charge"));
    }
    let amount = object.int("amount_captured") - refunded(&object);
    if object.text("status") != "succeeded" || object.at("balance_transaction").is_none() || amount < 1 {
        return Err(ApiError::invalid("Only a charge that was paid can be disputed.").param("charge"));
    }
    let due = context.policy(&EXPIRE).wait().map(|wait| context.state.clock.day_after(wait));
    let status = if inquiry { "warning_needs_response" } else { "needs_response" };
    let card = object.at("payment_method_details.card");
    let mut dispute = json!({
        "amount": amount, "charge": charge, "currency": object.text("currency"), "balance_transactions": [],
        "evidence": {}, "enhanced_eligibility_types": [], "is_charge_refundable": inquiry, "metadata": {},
        "payment_intent": object.at("payment_intent"), "reason": reason, "status": status,
        "evidence_details": { "due_by": due, "has_evidence": false, "past_due": false, "submission_count": 0, "enhanced_eligibility": {} },
    });
    if let Some(card) = card {
        let case = if inquiry { "inquiry" } else { "chargeback" };
        let details = json!({ "type": "card", "card": { "brand": card.text("brand"), "case_type": case,
            "network_reason_code": network_reason(reason, inquiry) } });
        set(&mut dispute, "payment_method_details", details);
    }
    let mut dispute = context.create("dispute", "du", dispute)?;
    let id = dispute.text("id").to_owned();
    context.change(charge, |charge| set(charge, "disputed", true))?;
    if !inquiry {
        withdraw(context, &id, "adjustment")?;
        dispute = context.get("dispute", &id, "dispute")?;
    }
    context.emit("charge.dispute.created", &dispute)?;
    if !inquiry {
        context.emit("charge.dispute.funds_withdrawn", &dispute)?;
    }
    context.by_rule(&EXPIRE, &id);
    Ok(dispute)
}

/// The reason in the terms of the card network.
fn network_reason(reason: &str, inquiry: bool) -> &'static str {
    match reason {
        _ if inquiry => "10",
        "product_not_received" => "13.1",
        "fraudulent" => "10.4",
        _ => "10",
    }
}

/// What was given back of the money of a charge: not what was released when it was captured in part.
fn refunded(charge: &Json) -> i64 {
    let released =
        if charge.flag("captured") { charge.int("amount") - charge.int("amount_captured") } else { 0 };
    charge.int("amount_refunded") - released
}

/// Takes the disputed money, and the fee of the dispute.
fn withdraw(context: &mut AccountContext<'_>, id: &str, kind: &'static str) -> Result<(), ApiError> {
    let dispute = context.get("dispute", id, "dispute")?;
    let fee = context.state.options.payment_fees.dispute;
    let billed = fee > 0 && payments::platform_pays_dispute_fees(context);
    move_money(context, &dispute, kind, -dispute.int("amount"), if billed { 0 } else { fee })?;
    match CurrencyCode::parse(dispute.text("currency")).filter(|_| billed) {
        Some(currency) => {
            payments::bill_platform(context, dispute.id_at("charge"), fee, currency, "Dispute fee")
        }
        None => Ok(()),
    }
}

fn move_money(
    context: &mut AccountContext<'_>,
    dispute: &Json,
    kind: &'static str,
    amount: i64,
    fee: i64,
) -> Result<(), ApiError> {
    let id = dispute.text("id");
    let charge = dispute.id_at("charge");
    let what = if amount < 0 { "withdrawal" } else { "reversal" };
    let description = format!("Chargeback {what} for {charge}");
    let adjustment = Adjustment { kind, amount, fee, source: id, description: &description };
    let line = payments::adjust(context, charge, &adjustment)?;
    let now = context.now();
    let shown = context.state.ledger.line(context.scope(), &line).map(|line| line.object(now));
    let shown = spec::complete("balance_transaction", shown.unwrap_or_default())?;
    context
        .change(id, |dispute| {
            if let Some(Json::Array(lines)) = dispute.get_mut("balance_transactions") {
                lines.push(shown);
            }
        })
        .map(drop)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let dispute = call.retrieve("dispute")?;
    let id = dispute.text("id").to_owned();
    let evidence = call.param("evidence");
    if evidence.is_some() && !is_open(&dispute) {
        return Err(ApiError::invalid("The dispute is already closed; evidence can no longer be submitted."));
    }
    let mut change = call.update("dispute", &[])?;
    if let Some(evidence) = evidence {
        let merged = merge(call, &dispute, &evidence)?;
        let has = merged.as_object().is_some_and(|members| members.values().any(|value| !is_empty(value)));
        change = call.change(&id, |dispute| {
            set(dispute, "evidence", merged);
            if let Some(details) = dispute.get_mut("evidence_details") {
                set(details, "has_evidence", has);
            }
        })?;
    }
    let submits = call.param("submit").map_or(call.param("evidence").is_some(), |submit| submit == true);
    if !submits {
        call.emit_change("charge.dispute.updated", &change)?;
        return Ok(change.object);
    }
    let shown = call.step(&MACHINE, &id, "submit", |dispute| {
        if let Some(details) = dispute.get_mut("evidence_details") {
            let count = details.int("submission_count") + 1;
            set(details, "submission_count", count);
        }
    })?;
    call.forget(&id);
    call.by_rule(&EXPIRE, &id);
    if outcome(&shown).is_some() {
        call.by_rule(&DECIDE, &id);
    }
    Ok(shown)
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

/// Merges new evidence into that of a dispute: an empty text clears.
fn merge(call: &RequestContext<'_>, dispute: &Json, sent: &Json) -> Result<Json, ApiError> {
    let mut merged = dispute.at("evidence").cloned().unwrap_or_else(|| json!({}));
    for (name, value) in sent.as_object().into_iter().flatten() {
        let is_file = value.as_str().is_some_and(|id| id.starts_with("file_"));
        if is_file {
            let platform = crate::engine::Scope::new(call.state.platform(), call.scope().live);
            let id = value.as_str().unwrap_or_default();
            if call.state.find(call.scope(), id).is_none() && call.state.find(&platform, id).is_none() {
                return Err(ApiError::missing("file upload", id, &format!("evidence[{name}]")));
            }
        }
        set(&mut merged, name, if value == "" { Json::Null } else { value.clone() });
    }
    Ok(merged)
}

fn is_open(dispute: &Json) -> bool {
    MACHINE.steps.iter().any(|step| step.from == dispute.text("status"))
}

fn close(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let dispute = call.retrieve("dispute")?;
    if !is_open(&dispute) {
        return Err(ApiError::invalid("The dispute is already closed."));
    }
    lose(call, dispute.text("id"))
}

/// The decision that test mode derives from the evidence.
fn outcome(dispute: &Json) -> Option<&'static str> {
    match dispute.text("evidence.uncategorized_text") {
        "winning_evidence" => Some("win"),
        "losing_evidence" => Some("lose"),
        "escalate_inquiry_evidence" if dispute.text("status").starts_with("warning") => Some("escalate"),
        _ => None,
    }
}

fn decide(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let dispute = context.get("dispute", id, "dispute")?;
    match outcome(&dispute) {
        Some("win") => win(context, id).map(drop),
        Some("lose") => lose(context, id).map(drop),
        Some("escalate") => escalate(context, id).map(drop),
        _ => Err(ApiError::invalid("The evidence does not say how the dispute ends.").param("dispute")),
    }
}

fn expire(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let dispute = context.get("dispute", id, "dispute")?;
    if !dispute.text("status").ends_with("needs_response") {
        return Ok(());
    }
    context.change(id, |dispute| {
        if let Some(details) = dispute.get_mut("evidence_details") {
            set(details, "past_due", true);
        }
    })?;
    lose(context, id).map(drop)
}

/// The bank decides for the account: the money comes back.
pub(crate) fn win(context: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let step = context.permit(&MACHINE, id, "win")?;
    let dispute = context.get("dispute", id, "dispute")?;
    if !step.moves().is_empty() {
        give_back(context, &dispute, step.money()?)?;
    }
    context.forget(id);
    context.take(step, |dispute| set(dispute, "is_charge_refundable", true))
}

/// Gives back the money of a dispute, and its fee if that is returned: to the account or the platform that paid it.
fn give_back(context: &mut AccountContext<'_>, dispute: &Json, kind: &'static str) -> Result<(), ApiError> {
    let options = &context.state.options;
    let returned = if options.won_disputes_return_fee { options.payment_fees.dispute } else { 0 };
    let billed = payments::platform_pays_dispute_fees(context);
    move_money(context, dispute, kind, dispute.int("amount"), if billed { 0 } else { -returned })?;
    match CurrencyCode::parse(dispute.text("currency")).filter(|_| billed && returned > 0) {
        Some(currency) => payments::bill_platform(
            context,
            dispute.id_at("charge"),
            -returned,
            currency,
            "Dispute fee returned",
        ),
        None => Ok(()),
    }
}

/// The bank decides against the account, or the account accepts the dispute. Final.
pub(crate) fn lose(context: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let step = context.permit(&MACHINE, id, "lose")?;
    context.forget(id);
    context.take(step, |_| {})
}

/// An inquiry becomes a dispute: now the money is taken.
pub(crate) fn escalate(context: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let step = context.permit(&MACHINE, id, "escalate")?;
    withdraw(context, id, step.money()?)?;
    context.forget(id);
    context.by_rule(&EXPIRE, id);
    context.take(step, |dispute| set(dispute, "is_charge_refundable", false))
}
