//! Charges: one attempt of a customer to pay, and the money that comes of it.

use super::disputes;
use super::methods::{self, Behaviour, Method};
use super::test_cards::Effect;
use super::test_debits::DebitEnd;
use crate::engine::{ApiError, CurrencyCode, Json, Peek, set};
use crate::resources::accounts::{application, read};
use crate::resources::money::application_fees::{self, NewFee};
use crate::resources::money::payments::{self, Payment, Share, Timing};
use crate::resources::money::transfers::{self, Plan};
use crate::state::{About, AccountContext, Change, Policy, Rule};
use serde_json::json;

/// When the money of a charge with `capture_method` `automatic_async` is booked: until then the charge has no balance
/// transaction, fee and transfer.
pub static CAPTURE: Rule = Rule {
    name: "charge.capture",
    default: Policy::Immediate,
    about: About::Object(&["charge"]),
    task: collect_and_tell,
};

/// The members that a charge takes over from its intent, or from the parameters that it is made with.
const TERMS: [&str; 12] = [
    "amount",
    "application_fee_amount",
    "currency",
    "customer",
    "description",
    "on_behalf_of",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
    "metadata",
];

/// How an attempt to pay went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Paid and captured.
    Paid,
    /// Authorised, to be captured later.
    Held,
    /// On its way from a bank.
    Pending,
    /// Declined; the caller shows why.
    Failed,
}

/// Makes a charge of `terms` (an intent, or parameters with the same names), without its money.
pub(crate) fn make(
    context: &mut AccountContext<'_>,
    terms: &Json,
    method: Option<&Method>,
    attempt: Attempt,
    show: impl FnOnce(&mut Json),
) -> Result<Json, ApiError> {
    let mut charge = json!({ "amount_refunded": 0, "disputed": false, "refunded": false, "metadata": {},
        "fraud_details": {}, "payment_method_details": null, "radar_options": {}, "status": "succeeded" });
    set(&mut charge, "application", application::acting(context));
    for name in TERMS {
        if let Some(value) = terms.at(name) {
            set(&mut charge, name, value.clone());
        }
    }
    let amount = charge.int("amount");
    let captured = matches!(attempt, Attempt::Paid | Attempt::Pending);
    set(&mut charge, "captured", captured);
    set(&mut charge, "amount_captured", if captured { amount } else { 0 });
    set(&mut charge, "paid", attempt != Attempt::Pending);
    if attempt == Attempt::Pending {
        set(&mut charge, "status", "pending");
    }
    if terms.text("object") == "payment_intent" {
        set(&mut charge, "payment_intent", terms.text("id"));
    }
    if let Some(destination) = terms.at("transfer_data.destination") {
        let amount = terms.at("transfer_data.amount").cloned().unwrap_or_default();
        set(&mut charge, "transfer_data", json!({ "destination": destination, "amount": amount }));
    }
    set(&mut charge, "outcome", authorized(method));
    set(
        &mut charge,
        "billing_details",
        method.map_or_else(|| methods::billing_details(&Json::Null), billing),
    );
    if let Some(method) = method {
        set(&mut charge, "payment_method", method.id());
        set(&mut charge, "payment_method_details", details(method, amount, attempt));
    }
    let descriptor = descriptor(context, &charge);
    set(&mut charge, "calculated_statement_descriptor", descriptor);
    show(&mut charge);
    let prefix = if method.is_none_or(Method::is_card) { "ch" } else { "py" };
    let id = context.id(prefix);
    let refunds = json!({ "object": "list", "data": [], "has_more": false, "url": format!("/v1/charges/{id}/refunds") });
    set(&mut charge, "id", id.as_str());
    set(&mut charge, "refunds", refunds);
    let charge = context.create("charge", prefix, charge)?;
    if let Some(method) = method {
        context.set_notes(&id, plan(method));
    }
    Ok(charge)
}

fn billing(method: &Method) -> Json {
    method.object.at("billing_details").cloned().unwrap_or_default()
}

fn authorized(method: Option<&Method>) -> Json {
    let risky = method.is_some_and(|method| method.behaviour == Behaviour::Card(Effect::Risky));
    let level = if risky { "elevated" } else { "normal" };
    json!({ "network_status": "approved_by_network", "reason": if risky { json!("elevated_risk_level") } else { Json::Null },
        "risk_level": level, "risk_score": if risky { 68 } else { 20 }, "seller_message": "Payment complete.", "type": "authorized" })
}

/// The planned result of a charge, by the number of the card or bank account.
fn plan(method: &Method) -> Json {
    let mut plan = json!({});
    match method.behaviour {
        Behaviour::Card(Effect::SettlesAtOnce) => set(&mut plan, "at_once", true),
        Behaviour::Card(Effect::Disputes(reason)) => set(&mut plan, "disputed", reason),
        Behaviour::Card(Effect::Inquires) => {
            set(&mut plan, "disputed", "fraudulent");
            set(&mut plan, "inquiry", true);
        }
        Behaviour::Card(Effect::RefundsLater) => set(&mut plan, "refunds", "later"),
        Behaviour::Card(Effect::RefundsFail) => set(&mut plan, "refunds", "fail"),
        Behaviour::Debit { end, .. } => {
            // Money of test bank accounts does not wait once it came.
            set(&mut plan, "at_once", true);
            if end == DebitEnd::Disputed {
                set(&mut plan, "disputed", "debit_not_authorized");
            }
        }
        Behaviour::Card(_) | Behaviour::Described => {}
    }
    plan
}

/// How the charge shows what it was paid with.
fn details(method: &Method, amount: i64, attempt: Attempt) -> Json {
    let kind = method.kind();
    let mut shown = method.object.at(kind).cloned().unwrap_or_default();
    if kind == "card" {
        let network = shown.text("brand").to_owned();
        for hidden in ["generated_from", "networks", "three_d_secure_usage", "display_brand"] {
            if let Json::Object(members) = &mut shown {
                members.remove(hidden);
            }
        }
        let authorized = attempt != Attempt::Failed;
        for (name, value) in [
            ("amount_authorized", json!(authorized.then_some(amount))),
            ("authorization_code", json!(authorized.then_some("123456"))),
            ("extended_authorization", json!({ "status": "disabled" })),
            ("incremental_authorization", json!({ "status": "unavailable" })),
            ("multicapture", json!({ "status": "unavailable" })),
            ("overcapture", json!({ "maximum_amount_capturable": amount, "status": "unavailable" })),
            ("installments", Json::Null),
            ("mandate", Json::Null),
            ("network", json!(network)),
            ("network_token", json!({ "used": false })),
            ("network_transaction_id", json!("104557651805572")),
            ("three_d_secure", Json::Null),
        ] {
            set(&mut shown, name, value);
        }
    }
    json!({ "type": kind, kind: shown })
}

/// The text on the customer's statement: the account's descriptor with the suffix of the charge.
fn descriptor(context: &AccountContext<'_>, charge: &Json) -> Json {
    let account = read::object(context.state, context.scope());
    let own = account.map_or("", |account| account.text("settings.payments.statement_descriptor"));
    let text = match (own, charge.text("statement_descriptor_suffix")) {
        ("", "") => return Json::Null,
        (own, "") => own.to_owned(),
        ("", suffix) => suffix.to_owned(),
        (own, suffix) => format!("{own}* {suffix}"),
    };
    text.to_uppercase().chars().take(22).collect::<String>().into()
}

fn collect_and_tell(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let change = collect(context, id)?;
    context.emit_change("charge.updated", &change)
}

/// Books the money of a charge if that is still to come.
pub(crate) fn complete(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let charge = context.get("charge", id, "charge")?;
    let waits = charge.text("status") == "succeeded"
        && charge.flag("captured")
        && charge.at("balance_transaction").is_none();
    if waits { collect_and_tell(context, id) } else { Ok(()) }
}

/// Books the money of a charge that was captured: the account's part, the application's fee, and the transfer to the
/// destination.
pub(crate) fn collect(context: &mut AccountContext<'_>, id: &str) -> Result<Change, ApiError> {
    let charge = context.get("charge", id, "charge")?;
    if charge.at("balance_transaction").is_some() {
        return Err(ApiError::invalid("The money of this charge was booked before.").param("charge"));
    }
    let currency = CurrencyCode::parse(charge.text("currency"))
        .ok_or_else(|| ApiError::internal("A charge has no currency."))?;
    let notes = context.notes(id);
    let amount = charge.int("amount_captured");
    let asked_fee = charge.int("application_fee_amount").min(amount);
    let goes_on = charge.at("transfer_data").is_some();
    let fee_id = (asked_fee > 0).then(|| context.id("fee"));
    let app = application::id(&context.of_platform());
    let share = fee_id.as_deref().map(|id| Share { id, amount: asked_fee, application: &app });
    let account = context.account();
    let settles_like = match charge.id_at("on_behalf_of") {
        "" => &*account,
        other => other,
    };
    let at_once = notes.flag("at_once");
    let stripe_fee = context.state.options.payment_fees.of(amount);
    let own_fee = if payments::platform_pays_fees(context) { 0 } else { stripe_fee };
    let source_type = if notes.text("source_type").is_empty() { "card" } else { notes.text("source_type") };
    let posted = payments::take(
        context,
        &Payment {
            charge: id,
            kind: if id.starts_with("py_") { "payment" } else { "charge" },
            amount,
            currency,
            source_type,
            fee: own_fee,
            share: share.as_ref().filter(|_| !goes_on),
            timing: if at_once { Timing::Now } else { Timing::LikeAccount(settles_like) },
            description: charge.at("description").and_then(Json::as_str),
        },
    )?;
    if stripe_fee > own_fee {
        payments::bill_platform(context, id, stripe_fee, currency, "Fee of a payment")?;
    }
    let line = posted.line;
    context.change(id, |charge| set(charge, "balance_transaction", line.as_str()))?;
    let mut fee_of = (account.to_string(), id.to_owned(), posted.share);
    let mut transfer_id = None;
    if goes_on {
        let destination = charge.id_at("transfer_data.destination").to_owned();
        let part = charge.at("transfer_data.amount").and_then(Json::as_i64).unwrap_or(amount).min(amount);
        let plan = Plan {
            destination: &destination,
            amount: part,
            currency,
            source_type: None,
            charge: Some(transfers::charge(context, id, "charge")?),
            group: None,
            description: None,
            metadata: json!({}),
            share: share.as_ref(),
        };
        let sent = transfers::send(context, plan)?;
        fee_of = (destination, sent.transfer.text("destination_payment").to_owned(), sent.share);
        transfer_id = Some(sent.transfer.text("id").to_owned());
    }
    if let Some(fee_id) = &fee_id {
        let (payer, payment, line) = fee_of;
        let fee = NewFee {
            id: fee_id,
            account: &payer,
            amount: asked_fee,
            currency,
            charge: &payment,
            originating: goes_on.then_some(id),
            balance_transaction: line,
            settled: at_once,
        };
        application_fees::keep(&mut context.of_platform(), &fee)?;
    }
    if notes.at("disputed").is_some() {
        context.by_rule(&disputes::OPEN, id);
    }
    let previous = charge;
    let object = context
        .change(id, |charge| {
            if let Some(fee_id) = &fee_id {
                set(charge, "application_fee", fee_id.as_str());
                set(charge, "application_fee_amount", asked_fee);
            }
            if let Some(transfer) = transfer_id {
                set(charge, "transfer", transfer);
            }
        })?
        .object;
    Ok(Change { previous: crate::engine::changed(&previous, &object), object })
}

/// Captures an authorised charge, or a part of it: the rest is released.
pub(crate) fn capture(
    context: &mut AccountContext<'_>,
    id: &str,
    amount: i64,
    more: impl FnOnce(&mut Json),
) -> Result<Json, ApiError> {
    context.change(id, |charge| {
        let rest = charge.int("amount") - amount;
        set(charge, "captured", true);
        set(charge, "amount_captured", amount);
        set(charge, "amount_refunded", rest);
        more(charge);
    })?;
    collect(context, id).map(|change| change.object)
}

/// Releases an uncaptured charge.
pub(crate) fn release(context: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let change = context.change(id, |charge| {
        let amount = charge.int("amount");
        set(charge, "amount_refunded", amount);
        set(charge, "refunded", true);
    })?;
    Ok(change.object)
}
