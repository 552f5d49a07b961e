//! Refunds of charges.

use super::charges;
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::accounts::embedded_lists;
use crate::resources::money::payments::{self, Adjustment};
use crate::resources::money::{application_fees, transfers};
use crate::resources::{Resource, entry};
use crate::state::{About, AccountContext, Policy, RequestContext, Rule};
use serde_json::json;

/// The states of a refund.
pub static MACHINE: StateMachine = StateMachine {
    object: "refund",
    member: "status",
    steps: &[
        step("pending", "succeed", "succeeded").emits(&["refund.updated", "charge.refund.updated"]),
        step("pending", "fail", "failed").emits(FAILED).moves(&["refund_failure"]),
        step("succeeded", "fail", "failed").emits(FAILED).moves(&["refund_failure"]),
    ],
};

const FAILED: &[&str] = &["refund.failed", "refund.updated", "charge.refund.updated"];

/// When a refund of the cards 4000000000007726 and 4000000000005126 ends.
pub static FINISH: Rule =
    Rule { name: "refund.finish", default: Policy::days(1), about: About::Object(&["refund"]), task: finish };

pub(crate) static RESOURCE: Resource = Resource {
    name: "refunds",
    entries: &[
        entry(
            "PostRefunds",
            create,
            &[
                "refund.created",
                "charge.refunded",
                "transfer.reversed",
                "application_fee.refunded",
                "refund.updated",
                "refund.failed",
            ],
        ),
        entry("GetRefunds", |call| call.list("refund"), &[]),
        entry("GetRefundsRefund", |call| call.retrieve("refund"), &[]),
        entry("PostRefundsRefund", update, &["refund.updated", "charge.refund.updated"]),
        entry("PostRefundsRefundCancel", cancel, &[]),
    ],
    machines: &[&MACHINE],
    rules: &[&FINISH],
};

/// The additional effects of a refund.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) amount: Option<i64>,
    pub(crate) reason: Option<String>,
    pub(crate) metadata: Json,
    pub(crate) reverses_transfer: bool,
    pub(crate) refunds_fee: bool,
    pub(crate) email: Option<String>,
}

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let charge = charge_of(call)?;
    let amount = match call.param("amount") {
        Some(_) => Some(call.amount()?),
        None => None,
    };
    if let Some(origin) = call.text("origin") {
        let message = format!("The sandbox refunds charges, not a `{origin}`.");
        return Err(ApiError::invalid(message).param("origin"));
    }
    let asked = Asked {
        amount,
        reason: call.text("reason"),
        metadata: call.metadata(),
        reverses_transfer: call.flag("reverse_transfer"),
        refunds_fee: call.flag("refund_application_fee"),
        email: call.text("instructions_email"),
    };
    refund(call, &charge, &asked)
}

fn charge_of(call: &RequestContext<'_>) -> Result<String, ApiError> {
    match (call.text("charge"), call.text("payment_intent")) {
        (Some(_), Some(_)) => {
            let message = "Send `charge` or `payment_intent`, not both.";
            Err(ApiError::invalid(message).code("parameters_exclusive").param("payment_intent"))
        }
        (Some(charge), None) => call.get("charge", &charge, "charge").map(|_| charge),
        (None, Some(intent)) => {
            let intent = call.get("payment_intent", &intent, "payment_intent")?;
            match intent.id_at("latest_charge") {
                "" => Err(ApiError::invalid("The payment intent has no charge that could be refunded.")
                    .param("payment_intent")),
                charge => Ok(charge.to_owned()),
            }
        }
        (None, None) => {
            let message = "Missing required param: charge.";
            Err(ApiError::invalid(message).code("parameter_missing").param("charge"))
        }
    }
}

/// Gives a customer money of a charge back. The balance may become negative.
pub(crate) fn refund(
    context: &mut AccountContext<'_>,
    charge_id: &str,
    asked: &Asked,
) -> Result<Json, ApiError> {
    charges::complete(context, charge_id)?;
    let charge = context.get("charge", charge_id, "charge")?;
    let left = refundable(context, &charge)?;
    let amount = asked.amount.unwrap_or(left);
    if amount < 1 {
        let message = "Invalid integer: amount must be 1 or more.";
        return Err(ApiError::invalid(message).code("parameter_invalid_integer").param("amount"));
    }
    if amount > left {
        let message = format!("Invalid amount: from 1 to {left} of this charge can be refunded.");
        return Err(ApiError::invalid(message).param("amount"));
    }
    let goes_on = charge.at("transfer").is_some();
    if asked.refunds_fee && goes_on && !asked.reverses_transfer {
        let message = "The fee of a destination charge is refunded only with `reverse_transfer`.";
        return Err(ApiError::invalid(message).param("refund_application_fee"));
    }
    if asked.reverses_transfer && !goes_on {
        return Err(ApiError::invalid("The charge has no transfer to reverse.").param("reverse_transfer"));
    }
    let (prefix, kind) = match charge_id.starts_with("py_") {
        true => ("pyr", "payment_refund"),
        false => ("re", "refund"),
    };
    let id = context.id(prefix);
    let description = described("REFUND", &charge);
    let adjustment = Adjustment { kind, amount: -amount, fee: 0, source: &id, description: &description };
    let line = payments::adjust(context, charge_id, &adjustment)?;
    let plan = context.notes(charge_id).text("refunds").to_owned();
    let status = if plan == "later" { "pending" } else { "succeeded" };
    let mut refund = json!({
        "id": id, "amount": amount, "balance_transaction": line, "charge": charge_id, "currency": charge.text("currency"),
        "metadata": asked.metadata, "payment_intent": charge.at("payment_intent"), "reason": asked.reason, "status": status,
    });
    if status == "pending" {
        set(&mut refund, "pending_reason", "processing");
    }
    if let Some(email) = &asked.email {
        set(&mut refund, "instructions_email", email.as_str());
    }
    if charge.text("payment_method_details.type") == "card" {
        let details = json!({ "type": "card", "card": { "reference_status": "pending",
            "reference_type": "acquirer_reference_number", "type": "refund" } });
        set(&mut refund, "destination_details", details);
    }
    let refund = context.create("refund", prefix, refund)?;
    let before = charge.int("amount_refunded");
    let change = context.change(charge_id, |charge| {
        set(charge, "amount_refunded", before + amount);
        set(charge, "refunded", amount == left);
        embedded_lists::add(charge, "refunds", &refund);
    })?;
    let refund = also(context, &change.object, &refund, asked)?;
    context.emit("refund.created", &refund)?;
    context.emit_change("charge.refunded", &change)?;
    if !plan.is_empty() {
        context.by_rule(&FINISH, &id);
    }
    Ok(refund)
}

/// The description of a balance transaction that gives money of a charge back, with that of the charge.
fn described(what: &str, charge: &Json) -> String {
    let kind = if charge.text("id").starts_with("py_") { "PAYMENT" } else { "CHARGE" };
    match charge.text("description") {
        "" => format!("{what} FOR {kind}"),
        description => format!("{what} FOR {kind} ({description})"),
    }
}

/// How much of a charge can still be refunded.
fn refundable(context: &AccountContext<'_>, charge: &Json) -> Result<i64, ApiError> {
    let id = charge.text("id");
    if charge.flag("refunded") {
        let message = format!("The charge {id} has already been refunded.");
        return Err(ApiError::invalid(message).code("charge_already_refunded"));
    }
    if charge.text("status") != "succeeded" {
        return Err(ApiError::invalid("Only a charge that succeeded can be refunded.").param("charge"));
    }
    if !charge.flag("captured") {
        let message = "The charge was not captured; cancel its payment intent instead.";
        return Err(ApiError::invalid(message).param("charge"));
    }
    let open = context
        .all("dispute")
        .find(|dispute| dispute.id_at("charge") == id && !dispute.flag("is_charge_refundable"));
    if charge.flag("disputed") && open.is_some_and(|dispute| dispute.text("status") != "won") {
        let message = "The charge is disputed; its money cannot be refunded.";
        return Err(ApiError::invalid(message).code("charge_disputed").param("charge"));
    }
    Ok(charge.int("amount") - charge.int("amount_refunded"))
}

/// Reverses the transfer and refunds the fee in the same proportion, if that was asked for.
fn also(
    context: &mut AccountContext<'_>,
    charge: &Json,
    refund: &Json,
    asked: &Asked,
) -> Result<Json, ApiError> {
    let (amount, whole) = (refund.int("amount"), charge.int("amount_captured"));
    let mut payment = charge.clone();
    if asked.reverses_transfer {
        let transfer = context.get("transfer", charge.id_at("transfer"), "transfer")?;
        let left = transfer.int("amount") - transfer.int("amount_reversed");
        let part = application_fees::share_of(transfer.int("amount"), amount, whole).min(left);
        let part = if charge.flag("refunded") { left } else { part };
        if part > 0 {
            let id = refund.text("id").to_owned();
            let reversal = transfers::take_back(context, &transfer, part, json!({}), None, Some(&id))?;
            context.change(&id, |refund| set(refund, "transfer_reversal", reversal.text("id")))?;
        }
        let (account, theirs) = (transfer.id_at("destination"), transfer.text("destination_payment"));
        payment = context.of_account(account).get("charge", theirs, "charge")?;
        if asked.refunds_fee {
            application_fees::give_back_part(&mut context.of_platform(), &payment, part)?;
        }
    } else if asked.refunds_fee {
        application_fees::give_back_part(&mut context.of_platform(), &payment, amount)?;
    }
    context.get("refund", refund.text("id"), "refund")
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let change = call.update("refund", &[])?;
    show_in_charge(call, &change.object)?;
    call.emit_change("refund.updated", &change)?;
    call.emit_change("charge.refund.updated", &change)?;
    Ok(change.object)
}

/// The refund as its charge lists it.
fn show_in_charge(context: &mut AccountContext<'_>, refund: &Json) -> Result<(), ApiError> {
    let charge = refund.id_at("charge").to_owned();
    context.change(&charge, |charge| embedded_lists::replace(charge, "refunds", refund)).map(drop)
}

/// Refunds to cards and bank accounts wait for nothing that the customer has to do, so none can be canceled by request.
fn cancel(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let refund = call.retrieve("refund")?;
    let message = format!(
        "A refund with status `{}` cannot be canceled, only one with `requires_action`.",
        refund.text("status")
    );
    Err(ApiError::invalid(message))
}

fn finish(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let charge = context.get("refund", id, "refund")?.id_at("charge").to_owned();
    match context.notes(&charge).text("refunds") {
        "fail" => fail(context, id, "expired_or_canceled_card").map(drop),
        _ => succeed(context, id).map(drop),
    }
}

/// A pending refund reaches the customer.
pub(crate) fn succeed(context: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let refund = context.step(&MACHINE, id, "succeed", |refund| {
        if let Json::Object(members) = refund {
            members.remove("pending_reason");
        }
    })?;
    show_in_charge(context, &refund)?;
    Ok(refund)
}

/// The customer's bank does not take a refund: the money comes back to the account.
pub(crate) fn fail(context: &mut AccountContext<'_>, id: &str, reason: &str) -> Result<Json, ApiError> {
    let step = context.permit(&MACHINE, id, "fail")?;
    let refund = context.get("refund", id, "refund")?;
    let charge = refund.id_at("charge").to_owned();
    let amount = refund.int("amount");
    let description = described("REFUND FAILURE", context.peek(&charge).unwrap_or(&Json::Null));
    let adjustment =
        Adjustment { kind: step.money()?, amount, fee: 0, source: id, description: &description };
    let line = payments::adjust(context, &charge, &adjustment)?;
    context.forget(id);
    context.change(&charge, |charge| {
        let refunded = charge.int("amount_refunded") - amount;
        set(charge, "amount_refunded", refunded);
        set(charge, "refunded", false);
    })?;
    let refund = context.take(step, |refund| {
        set(refund, "failure_balance_transaction", line);
        set(refund, "failure_reason", reason);
        if let Json::Object(members) = refund {
            members.remove("pending_reason");
        }
    })?;
    show_in_charge(context, &refund)?;
    Ok(refund)
}
