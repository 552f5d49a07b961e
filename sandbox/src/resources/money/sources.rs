//! Sources: bank accounts that are debited by top-ups, verified by two microdeposits, and virtual accounts that
//! receive transfers.

use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::accounts::{bank_accounts, formats};
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The states of a source.
pub static MACHINE: StateMachine = StateMachine {
    object: "source",
    member: "status",
    steps: &[
        step("pending", "verify", "chargeable").emits(&["source.chargeable"]),
        step("pending", "fail", "failed").emits(&["source.failed"]),
        step("pending", "cancel", "canceled").emits(&["source.canceled"]),
        step("chargeable", "consume", "consumed"),
        step("chargeable", "fail", "failed").emits(&["source.failed"]),
        step("chargeable", "cancel", "canceled").emits(&["source.canceled"]),
    ],
};

/// The amounts of the two microdeposits in test mode, in cents.
const DEPOSITS: [i64; 2] = [32, 45];

pub(crate) static RESOURCE: Resource = Resource {
    name: "sources",
    entries: &[
        entry("PostSources", create, &["source.chargeable", "source.transaction.created"]),
        entry("GetSourcesSource", retrieve, &[]),
        entry("PostSourcesSource", update, &[]),
        entry("PostSourcesSourceVerify", verify, &["source.chargeable", "source.failed"]),
        entry("GetSourcesSourceSourceTransactions", transactions, &[]),
        entry("GetSourcesSourceSourceTransactionsSourceTransaction", transaction, &[]),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    formats::check(&json!({ "owner": call.param("owner") }), "US", "")?;
    match call.text("type").as_deref() {
        Some("ach_debit") => debit(call),
        Some("ach_credit_transfer") => credit_transfer(call),
        None => {
            Err(ApiError::invalid("Missing required param: type.").code("parameter_missing").param("type"))
        }
        Some(other) => {
            let message = format!("The sandbox does not support sources of type {other}.");
            Err(ApiError::not_implemented(message).param("type"))
        }
    }
}

/// The members that all sources have.
fn common(call: &mut RequestContext<'_>, flow: &str, status: &str) -> Json {
    let client_secret = format!("src_client_secret_{}", call.state.ids.text(24));
    let owner = call.param("owner").unwrap_or_else(|| json!({}));
    json!({
        "amount": call.param("amount"), "client_secret": client_secret, "currency": "usd", "flow": flow,
        "metadata": call.metadata(), "owner": owner, "status": status, "type": call.text("type"),
        "statement_descriptor": call.param("statement_descriptor"),
        "usage": call.text("usage").unwrap_or_else(|| "reusable".to_owned()),
    })
}

fn in_dollars(call: &RequestContext<'_>) -> Result<(), ApiError> {
    match call.text("currency").as_deref().unwrap_or("usd") {
        "usd" => Ok(()),
        other => {
            let message = format!("Invalid currency: US bank accounts must be in usd, not {other}.");
            Err(ApiError::invalid(message).param("currency"))
        }
    }
}

/// A bank account that can be debited after its owner has verified it.
fn debit(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    in_dollars(call)?;
    let Some(token) = call.text("token") else {
        return Err(ApiError::invalid("Missing required param: token.")
            .code("parameter_missing")
            .param("token"));
    };
    let known = bank_accounts::token_failure(&token);
    let (last4, routing, holder, number) = match known {
        Some(failure) => ("6789".to_owned(), "110000000".to_owned(), None, test_number(failure).to_owned()),
        None => {
            let (account, notes) = bank_accounts::redeem(call, &token, "token")?;
            let number = notes.text("account_number").to_owned();
            let text = |name: &str| account.text(name).to_owned();
            (text("last4"), text("routing_number"), account.at("account_holder_type").cloned(), number)
        }
    };
    let attempts = call.state.options.verification_attempts;
    let verified = known.is_some();
    let mut source = common(
        call,
        if verified { "none" } else { "code_verification" },
        if verified { "chargeable" } else { "pending" },
    );
    let details = json!({
        "bank_name": bank_accounts::bank_name("US"), "country": "US", "fingerprint": bank_accounts::fingerprint(&number, &routing),
        "last4": last4, "routing_number": routing, "type": holder.unwrap_or_else(|| "individual".into()),
    });
    set(&mut source, "ach_debit", details);
    if !verified {
        set(&mut source, "code_verification", json!({ "attempts_remaining": attempts, "status": "pending" }));
    }
    let source = call.create("source", "src", source)?;
    let notes = json!({ "account_number": number, "mandate": call.param("mandate") });
    call.set_notes(source.text("id"), notes);
    if verified {
        call.emit("source.chargeable", &source)?;
    }
    Ok(source)
}

/// The test account number with this failure.
fn test_number(failure: Option<&str>) -> &'static str {
    match failure {
        Some("no_account") => "000111111116",
        Some("account_closed") => "000111111113",
        Some("insufficient_funds") => "000222222227",
        Some("debit_not_authorized") => "000333333335",
        Some("invalid_currency") => "000444444440",
        _ => "000123456789",
    }
}

/// A virtual account number that receives transfers. An owner with the address `amount_…@…` sends that amount
/// immediately.
fn credit_transfer(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    in_dollars(call)?;
    let mut source = common(call, "receiver", "pending");
    let number = format!("test_{}", call.state.ids.text(12).to_lowercase());
    let details = json!({
        "account_number": number, "bank_name": "TEST BANK", "fingerprint": bank_accounts::fingerprint(&number, "110000000"),
        "routing_number": "110000000", "swift_code": "TSTEZ122",
    });
    set(&mut source, "ach_credit_transfer", details);
    let attributes = call.text("receiver.refund_attributes_method").unwrap_or_else(|| "email".to_owned());
    let receiver = json!({
        "address": format!("110000000-{number}"), "amount_charged": 0, "amount_received": 0, "amount_returned": 0,
        "refund_attributes_method": attributes, "refund_attributes_status": "missing",
    });
    set(&mut source, "receiver", receiver);
    let source = call.create("source", "src", source)?;
    let id = source.text("id").to_owned();
    let email = call.text("owner.email").unwrap_or_default();
    let sent = email.split('@').next().and_then(|name| name.strip_prefix("amount_")?.parse::<i64>().ok());
    if let Some(amount) = sent {
        receive(call, &id, amount)?;
    }
    call.get("source", &id, "source")
}

/// Receives money on a virtual account; the source becomes chargeable with the first payment.
pub(crate) fn receive(context: &mut AccountContext<'_>, id: &str, amount: i64) -> Result<String, ApiError> {
    let source = context.get("source", id, "source")?;
    if source.text("type") != "ach_credit_transfer" || amount < 1 {
        return Err(ApiError::invalid(
            "Invalid source: only a virtual account can receive money, at least 1 cent.",
        )
        .param("source"));
    }
    let transaction = json!({
        "amount": amount, "currency": "usd", "source": id, "status": "succeeded", "type": "ach_credit_transfer",
        "ach_credit_transfer": { "customer_data": "Incoming transfer", "fingerprint": bank_accounts::fingerprint(id, "sender"),
            "last4": "6789", "routing_number": "110000000" },
    });
    let transaction = context.create("source_transaction", "srctxn", transaction)?;
    context.emit("source.transaction.created", &transaction)?;
    let received = source.int("receiver.amount_received") + amount;
    let count = |source: &mut Json| {
        if let Some(receiver) = source.get_mut("receiver") {
            set(receiver, "amount_received", received);
        }
    };
    if source.text("status") == "pending" {
        context.step(&MACHINE, id, "verify", count)?;
    } else {
        context.change(id, count)?;
    }
    Ok(transaction.text("id").to_owned())
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let source = call.retrieve("source")?;
    match call.text("client_secret") {
        Some(secret) if secret != source.text("client_secret") => {
            Err(ApiError::invalid("Invalid client_secret: it does not belong to the source.")
                .param("client_secret"))
        }
        _ => Ok(source),
    }
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let source = call.retrieve("source")?;
    let id = source.text("id").to_owned();
    if let Some(mandate) = call.param("mandate") {
        let mut notes = call.notes(&id);
        set(&mut notes, "mandate", mandate);
        call.set_notes(&id, notes);
    }
    let mut owner = source.at("owner").cloned().unwrap_or_else(|| json!({}));
    for (name, value) in call.param("owner").as_ref().and_then(Json::as_object).into_iter().flatten() {
        set(&mut owner, name, value.clone());
    }
    // Completed by the schema, so that a partial address has all members.
    let owner = spec::complete("source_owner", owner)?;
    call.update("source", &["amount"])?;
    Ok(call.change(&id, |source| set(source, "owner", owner))?.object)
}

/// Verifies the microdeposit amounts. Too many wrong attempts fail the source.
fn verify(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let source = call.retrieve("source")?;
    let id = source.text("id").to_owned();
    if source.text("flow") != "code_verification" {
        return Err(ApiError::invalid("Invalid source: it is not verified by microdeposits.").param("source"));
    }
    let step = call.permit(&MACHINE, &id, "verify")?;
    let mut values: Vec<Option<i64>> =
        call.params.items("values").iter().map(|value| value.as_str()?.trim().parse().ok()).collect();
    values.sort_unstable();
    if values == DEPOSITS.map(Some) {
        return call.take(step, |source| verification(source, None, "succeeded"));
    }
    let left = source.int("code_verification.attempts_remaining") - 1;
    if left > 0 {
        call.change(&id, |source| verification(source, Some(left), "pending"))?;
    } else {
        call.step(&MACHINE, &id, "fail", |source| verification(source, Some(0), "failed"))?;
    }
    let message = format!(
        "Invalid values: the amounts of the two microdeposits are different; {} attempts are left.",
        left.max(0)
    );
    Err(ApiError::invalid(message).code("bank_account_verification_failed").param("values").lasting())
}

fn verification(source: &mut Json, left: Option<i64>, status: &str) {
    if let Some(verification) = source.get_mut("code_verification") {
        set(verification, "status", status);
        if let Some(left) = left {
            set(verification, "attempts_remaining", left);
        }
    }
}

/// Charges a source; a single-use source is consumed.
pub(crate) fn spend(context: &mut AccountContext<'_>, id: &str) -> Result<Json, ApiError> {
    let source = context.get("source", id, "source")?;
    if source.text("usage") != "single_use" {
        return Ok(source);
    }
    context.step(&MACHINE, id, "consume", |_| {})
}

/// Fails a source from outside, as its bank or Stripe would.
pub(crate) fn fail(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    context.step(&MACHINE, id, "fail", |_| {}).map(drop)
}

/// Cancels a source that was not completed.
pub(crate) fn cancel(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    context.step(&MACHINE, id, "cancel", |_| {}).map(drop)
}

fn transactions(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let source = call.in_path("source");
    call.get("source", &source, "source")?;
    call.list_where("source_transaction", |transaction| transaction.text("source") == source)
}

fn transaction(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let found = call.retrieve("source_transaction")?;
    if found.text("source") == call.in_path("source") {
        return Ok(found);
    }
    Err(ApiError::missing("source_transaction", found.text("id"), "source_transaction"))
}
