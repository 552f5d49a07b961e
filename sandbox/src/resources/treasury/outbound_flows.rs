//! Outbound payments (to others) and outbound transfers (to own external accounts), which only differ in names.

use super::test_methods::{self, Fate};
use super::{Resource, entries, entry, received_flows};
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::accounts::{bank_accounts, formats};
use crate::resources::treasury::access;
use crate::resources::treasury::entries::billing;
use crate::resources::treasury::entries::in_dollars;
use crate::state::{About, AccountContext, Policy, RequestContext, Rule};
use serde_json::json;

/// The states of an outbound payment.
pub static PAYMENTS: StateMachine = StateMachine {
    object: "outbound payment",
    member: "status",
    steps: &[
        step("processing", "post", "posted")
            .emits(&["treasury.outbound_payment.posted"])
            .moves(&["outbound_payment_posting"]),
        step("processing", "fail", "failed")
            .emits(&["treasury.outbound_payment.failed"])
            .moves(&["outbound_payment_failure"]),
        step("processing", "cancel", "canceled")
            .emits(&["treasury.outbound_payment.canceled"])
            .moves(&["outbound_payment_cancellation"]),
        step("posted", "return", "returned")
            .emits(&["treasury.outbound_payment.returned"])
            .moves(&["outbound_payment_return"]),
    ],
};
/// The states of an outbound transfer.
pub static TRANSFERS: StateMachine = StateMachine {
    object: "outbound transfer",
    member: "status",
    steps: &[
        step("processing", "post", "posted")
            .emits(&["treasury.outbound_transfer.posted"])
            .moves(&["outbound_transfer_posting"]),
        step("processing", "fail", "failed")
            .emits(&["treasury.outbound_transfer.failed"])
            .moves(&["outbound_transfer_failure"]),
        step("processing", "cancel", "canceled")
            .emits(&["treasury.outbound_transfer.canceled"])
            .moves(&["outbound_transfer_cancellation"]),
        step("posted", "return", "returned")
            .emits(&["treasury.outbound_transfer.returned"])
            .moves(&["outbound_transfer_return"]),
    ],
};
/// When an outbound flow is posted. Flows within Stripe are posted immediately.
pub static POST: Rule = Rule {
    name: "outbound.post",
    default: Policy::days(1),
    about: About::Object(&["treasury.outbound_payment", "treasury.outbound_transfer"]),
    task: post_any,
};

/// One of the two kinds of flows.
struct Family {
    kind: &'static str,
    flow: &'static str,
    prefix: &'static str,
    machine: &'static StateMachine,
}

static PAYMENT: Family =
    Family { kind: "treasury.outbound_payment", flow: "outbound_payment", prefix: "obp", machine: &PAYMENTS };
static TRANSFER: Family = Family {
    kind: "treasury.outbound_transfer",
    flow: "outbound_transfer",
    prefix: "obt",
    machine: &TRANSFERS,
};

pub(crate) static RESOURCE: Resource = Resource {
    name: "outbound_flows",
    entries: &[
        entry(
            "PostTreasuryOutboundPayments",
            |call| create(call, &PAYMENT),
            &["treasury.outbound_payment.created", "treasury.outbound_payment.posted"],
        ),
        entry("GetTreasuryOutboundPayments", |call| call.list(PAYMENT.kind), &[]),
        entry("GetTreasuryOutboundPaymentsId", |call| call.retrieve(PAYMENT.kind), &[]),
        entry(
            "PostTreasuryOutboundPaymentsIdCancel",
            |call| done(call, &PAYMENT, cancel),
            &["treasury.outbound_payment.canceled"],
        ),
        entry(
            "PostTestHelpersTreasuryOutboundPaymentsId",
            |call| track(call, &PAYMENT),
            &["treasury.outbound_payment.tracking_details_updated"],
        ),
        entry(
            "PostTestHelpersTreasuryOutboundPaymentsIdPost",
            |call| done(call, &PAYMENT, post),
            &["treasury.outbound_payment.posted"],
        ),
        entry(
            "PostTestHelpersTreasuryOutboundPaymentsIdFail",
            |call| done(call, &PAYMENT, fail),
            &["treasury.outbound_payment.failed"],
        ),
        entry(
            "PostTestHelpersTreasuryOutboundPaymentsIdReturn",
            |call| give_back(call, &PAYMENT),
            &["treasury.outbound_payment.returned"],
        ),
        entry(
            "PostTreasuryOutboundTransfers",
            |call| create(call, &TRANSFER),
            &["treasury.outbound_transfer.created", "treasury.outbound_transfer.posted"],
        ),
        entry("GetTreasuryOutboundTransfers", |call| call.list(TRANSFER.kind), &[]),
        entry("GetTreasuryOutboundTransfersOutboundTransfer", |call| call.retrieve(TRANSFER.kind), &[]),
        entry(
            "PostTreasuryOutboundTransfersOutboundTransferCancel",
            |call| done(call, &TRANSFER, cancel),
            &["treasury.outbound_transfer.canceled"],
        ),
        entry(
            "PostTestHelpersTreasuryOutboundTransfersOutboundTransfer",
            |call| track(call, &TRANSFER),
            &["treasury.outbound_transfer.tracking_details_updated"],
        ),
        entry(
            "PostTestHelpersTreasuryOutboundTransfersOutboundTransferPost",
            |call| done(call, &TRANSFER, post),
            &["treasury.outbound_transfer.posted"],
        ),
        entry(
            "PostTestHelpersTreasuryOutboundTransfersOutboundTransferFail",
            |call| done(call, &TRANSFER, fail),
            &["treasury.outbound_transfer.failed"],
        ),
        entry(
            "PostTestHelpersTreasuryOutboundTransfersOutboundTransferReturn",
            |call| give_back(call, &TRANSFER),
            &["treasury.outbound_transfer.returned"],
        ),
    ],
    machines: &[&PAYMENTS, &TRANSFERS],
    rules: &[&POST],
};

fn create(call: &mut RequestContext<'_>, family: &'static Family) -> Result<Json, ApiError> {
    let amount = call.amount()?;
    in_dollars(call)?;
    let account = call.text("financial_account").unwrap_or_default();
    let to = call.text("destination_payment_method_data.financial_account");
    let network = call
        .text("destination_payment_method_options.us_bank_account.network")
        .unwrap_or_else(|| "ach".to_owned());
    let feature = match &to {
        Some(_) => "intra_stripe_flows".to_owned(),
        None => format!("{}s.{network}", family.flow),
    };
    access::usable(call, &account, &feature)?;
    let given = call.param("destination_payment_method_data.billing_details");
    let given = json!({ "destination_payment_method_data": { "billing_details": given } });
    formats::check(&given, "US", "")?;
    let details = destination(call, to.as_deref(), &network)?;
    let fate = fate(call, &network)?;
    if entries::cash(call, &account) < amount {
        return Err(ApiError::insufficient(
            "The balance of the financial account does not cover the amount.",
        ));
    }
    let descriptor = if family.flow == "outbound_payment" { "payment" } else { "transfer" };
    let mut said = json!({
        "description": call.param("description"), "metadata": call.metadata(),
        "destination_payment_method": call.param("destination_payment_method"),
        "destination_payment_method_details": details,
        "statement_descriptor": call.text("statement_descriptor").unwrap_or_else(|| descriptor.to_owned()),
    });
    if family.flow == "outbound_payment" {
        set(&mut said, "customer", call.param("customer"));
        set(&mut said, "end_user_details", call.param("end_user_details"));
    }
    let id = begin(call, family, &account, amount, said)?;
    if to.is_some() {
        post(call, family, &id)?;
    } else {
        plan(call, &id, fate);
    }
    call.get(family.kind, &id, "id")
}

/// The result of the requested flow. A wire requires the name and address of the recipient.
fn fate(call: &RequestContext<'_>, network: &str) -> Result<Fate, ApiError> {
    if let Some(method) = call.text("destination_payment_method") {
        return test_methods::outbound(call, &method, "destination_payment_method");
    }
    let data = call.param("destination_payment_method_data").unwrap_or_default();
    let Some(bank) = data.at("us_bank_account") else { return Ok(Fate::Arrives) };
    let place = "destination_payment_method_data";
    let fate = test_methods::outbound_to(bank, &format!("{place}[us_bank_account]"))?;
    let needed = ["name", "address.line1", "address.city", "address.postal_code"];
    let missing = needed.iter().find(|name| data.text(&format!("billing_details.{name}")).is_empty());
    match missing.filter(|_| network == "us_domestic_wire") {
        None => Ok(fate),
        Some(name) => {
            let place = format!("{place}[billing_details][{}]", name.replace('.', "]["));
            let message = format!(
                "Missing required param: {place}. A wire requires the name and the address of the recipient."
            );
            Err(ApiError::invalid(message).code("parameter_missing").param(place))
        }
    }
}

/// Schedules the result of a flow.
fn plan(context: &mut AccountContext<'_>, id: &str, fate: Fate) {
    let said = match fate {
        Fate::Arrives => json!({}),
        Fate::Stays => return,
        Fate::Canceled => json!({ "event": "cancel" }),
        Fate::Fails(_) => json!({ "event": "fail" }),
        Fate::Returned(code) => json!({ "returned": code }),
    };
    context.set_notes(id, said);
    context.by_rule(&POST, id);
}

/// Debits a financial account and holds the amount until the flow ends. Returns the id of the flow.
fn begin(
    context: &mut AccountContext<'_>,
    family: &'static Family,
    account: &str,
    amount: i64,
    mut object: Json,
) -> Result<String, ApiError> {
    let arrival = context.state.clock.day_after(context.policy(&POST).wait().unwrap_or_default());
    let id = context.id(family.prefix);
    let description = object.text("description").to_owned();
    let flow = entries::Flow { kind: family.flow, id: &id, account, description: &description };
    let start = entries::Entry::new(family.flow, "open").cash(-amount).held(amount);
    let transaction = entries::open(context, &flow, -amount, &start)?;
    let stamps = json!({ "canceled_at": null, "failed_at": null, "posted_at": null, "returned_at": null });
    for (member, value) in [
        ("id", json!(id)),
        ("amount", json!(amount)),
        ("cancelable", json!(true)),
        ("currency", json!("usd")),
        ("expected_arrival_date", json!(arrival)),
        ("financial_account", json!(account)),
        ("status", json!("processing")),
        ("status_transitions", stamps),
        ("transaction", json!(transaction)),
    ] {
        set(&mut object, member, value);
    }
    let object = context.create(family.kind, family.prefix, object)?;
    context.emit(&format!("{}.created", family.kind), &object)?;
    Ok(id)
}

/// Sends the remaining money of a closing account to its holder's account: an outbound transfer that is posted
/// immediately.
pub(crate) fn forward(call: &mut RequestContext<'_>, account: &str) -> Result<(), ApiError> {
    let kind = call.text("forwarding_settings.type").unwrap_or_default();
    let place = format!("forwarding_settings[{kind}]");
    let Some(target) = call.text(&format!("forwarding_settings.{kind}")) else {
        let message = format!("Missing required param: {place}.");
        return Err(ApiError::invalid(message).code("parameter_missing").param(place));
    };
    let (method, details) = match kind.as_str() {
        "financial_account" => (None, financial_account(call, &target, account, billing(None), &place)?),
        _ => (Some(known(call, target, &place)?), bank_account(&json!({}), billing(None), "ach")),
    };
    let amount = entries::cash(call, account);
    if amount < 0 {
        let message = "The balance of the financial account is negative and must be settled first.";
        return Err(ApiError::invalid(message));
    }
    if amount == 0 {
        return Ok(());
    }
    let said = json!({
        "description": "Remaining balance of a closed financial account", "destination_payment_method": method, "metadata": {},
        "destination_payment_method_details": details, "statement_descriptor": "transfer",
    });
    let id = begin(call, &TRANSFER, account, amount, said)?;
    post(call, &TRANSFER, &id)
}

/// Checks that a payment method exists.
fn known(context: &AccountContext<'_>, method: String, place: &str) -> Result<String, ApiError> {
    test_methods::outbound(context, &method, place).map(|_| method)
}

/// The destination: another financial account of the platform, a bank account, or that of a payment method.
fn destination(call: &RequestContext<'_>, to: Option<&str>, network: &str) -> Result<Json, ApiError> {
    let holder = billing(call.param("destination_payment_method_data.billing_details").as_ref());
    if let Some(id) = to {
        let from = call.text("financial_account").unwrap_or_default();
        let place = "destination_payment_method_data[financial_account]";
        return financial_account(call, id, &from, holder, place);
    }
    let given = call.param("destination_payment_method_data.us_bank_account");
    if given.is_none() && call.text("destination_payment_method").is_none() {
        let message =
            "Missing destination: send `destination_payment_method` or `destination_payment_method_data`.";
        return Err(ApiError::invalid(message).code("parameter_missing").param("destination_payment_method"));
    }
    Ok(bank_account(&given.unwrap_or_default(), holder, network))
}

/// The receiving financial account of the platform, which must be open.
fn financial_account(
    context: &AccountContext<'_>,
    id: &str,
    from: &str,
    holder: Json,
    place: &str,
) -> Result<Json, ApiError> {
    let found = context.state.owner(id).filter(|scope| scope.live == context.scope().live);
    let found = found.and_then(|scope| context.state.store(&scope)?.find("treasury.financial_account", id));
    match found {
        Some(account) if account.text("status") != "open" => {
            Err(ApiError::invalid("Invalid destination: the financial account is closed.").param(place))
        }
        Some(_) if from != id => Ok(json!({ "type": "financial_account", "billing_details": holder,
            "financial_account": { "id": id, "network": "stripe" } })),
        _ => Err(ApiError::missing("financial account", id, place)),
    }
}

/// The described bank account, with the working test account for missing members.
fn bank_account(given: &Json, holder: Json, network: &str) -> Json {
    let or = |name: &str, other: &str| given.at(name).and_then(Json::as_str).unwrap_or(other).to_owned();
    let (number, routing) = (or("account_number", "000123456789"), or("routing_number", "110000000"));
    let last4 = number.get(number.len().saturating_sub(4)..).unwrap_or_default();
    json!({ "type": "us_bank_account", "billing_details": holder, "us_bank_account": {
        "account_holder_type": or("account_holder_type", "individual"), "account_type": or("account_type", "checking"),
        "bank_name": bank_accounts::bank_name("US"), "fingerprint": bank_accounts::fingerprint(&number, &routing), "last4": last4,
        "network": network, "routing_number": routing } })
}

type Move = fn(&mut AccountContext<'_>, &'static Family, &str) -> Result<(), ApiError>;

fn done(call: &mut RequestContext<'_>, family: &'static Family, step: Move) -> Result<Json, ApiError> {
    let id = call.retrieve(family.kind)?.text("id").to_owned();
    step(call, family, &id)?;
    call.retrieve(family.kind)
}

fn track(call: &mut RequestContext<'_>, family: &'static Family) -> Result<Json, ApiError> {
    let id = call.retrieve(family.kind)?.text("id").to_owned();
    let details = call.param("tracking_details");
    let change = call.change(&id, |object| set(object, "tracking_details", details))?;
    call.emit_change(&format!("{}.tracking_details_updated", family.kind), &change)?;
    Ok(change.object)
}

fn post_any(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let is_payment = context.peek(id).is_some_and(|object| object.text("object") == PAYMENT.kind);
    let family = if is_payment { &PAYMENT } else { &TRANSFER };
    let notes = context.notes(id);
    match notes.text("event") {
        "" => post(context, family, id)?,
        event => end(context, family, id, event).map(drop)?,
    }
    match notes.text("returned") {
        "" => Ok(()),
        code => come_back(context, family, id, code).map(drop),
    }
}

/// Posts a flow; within Stripe the money arrives in the other account at the same time.
fn post(context: &mut AccountContext<'_>, family: &'static Family, id: &str) -> Result<(), ApiError> {
    let object = end(context, family, id, "post")?;
    let Some(to) = object.at("destination_payment_method_details.financial_account.id") else {
        return Ok(());
    };
    received_flows::within_stripe(context, &object, to.as_str().unwrap_or_default(), family.flow)
}

fn fail(context: &mut AccountContext<'_>, family: &'static Family, id: &str) -> Result<(), ApiError> {
    end(context, family, id, "fail").map(drop)
}

fn cancel(context: &mut AccountContext<'_>, family: &'static Family, id: &str) -> Result<(), ApiError> {
    end(context, family, id, "cancel").map(drop)
}

/// Ends a processing flow: releases the hold, and returns the money unless it is posted.
fn end(
    context: &mut AccountContext<'_>,
    family: &'static Family,
    id: &str,
    event: &str,
) -> Result<Json, ApiError> {
    let step = context.permit(family.machine, id, event)?;
    let (now, object) = (context.now(), context.get(family.kind, id, "id")?);
    let amount = object.int("amount");
    let entry = match event {
        "post" => entries::Entry::new(step.money()?, "posted"),
        _ => entries::Entry::new(step.money()?, "void").cash(amount),
    };
    entries::add(context, object.id_at("transaction"), &entry.held(-amount))?;
    context.forget(id);
    let stamp = format!("{}_at", step.to());
    context.take(step, |object| {
        set(object, "cancelable", false);
        entries::stamp(object, &stamp, now);
    })
}

/// Returns posted money from the receiving bank, in a separate transaction.
fn give_back(call: &mut RequestContext<'_>, family: &'static Family) -> Result<Json, ApiError> {
    let object = call.retrieve(family.kind)?;
    let id = object.text("id").to_owned();
    if object.at("destination_payment_method_details.financial_account").is_some() {
        return Err(ApiError::invalid("A flow within Stripe cannot be returned."));
    }
    access::require_open(call, object.text("financial_account"))?;
    // A bank can only return money that it received, so the flow is posted first.
    if object.text("status") == "processing" {
        post(call, family, &id)?;
    }
    let code = call.text("returned_details.code").unwrap_or_else(|| "other".to_owned());
    come_back(call, family, &id, &code)
}

/// Credits the money of a returned flow.
fn come_back(
    context: &mut AccountContext<'_>,
    family: &'static Family,
    id: &str,
    code: &str,
) -> Result<Json, ApiError> {
    let object = context.get(family.kind, id, "id")?;
    let step = context.permit(family.machine, id, "return")?;
    let (now, amount) = (context.now(), object.int("amount"));
    let flow = entries::Flow {
        kind: family.flow,
        id,
        account: object.text("financial_account"),
        description: object.text("description"),
    };
    let back = entries::Entry::new(step.money()?, "posted").cash(amount);
    let transaction = entries::open(context, &flow, amount, &back)?;
    context.take(step, |object| {
        set(object, "returned_details", json!({ "code": code, "transaction": transaction }));
        entries::stamp(object, "returned_at", now);
    })
}
