//! Transfers from the platform to its connected accounts, and their reversals.

use super::{balance, payments, source_types};
use crate::engine::{ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, LedgerEntry, Peek, Scope, set};
use crate::resources::accounts::{countries, embedded_lists, read};
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, Policy, RequestContext};
use serde_json::json;
use std::time::Duration;

pub(crate) static RESOURCE: Resource = Resource {
    name: "transfers",
    entries: &[
        entry("PostTransfers", create, &["transfer.created"]),
        entry("GetTransfers", |call| call.list("transfer"), &[]),
        entry("GetTransfersTransfer", |call| call.retrieve("transfer"), &[]),
        entry("PostTransfersTransfer", update, &["transfer.updated"]),
        entry("PostTransfersIdReversals", reverse, &["transfer.reversed"]),
        entry("GetTransfersIdReversals", reversals, &[]),
        entry("GetTransfersTransferReversalsId", reversal, &[]),
        entry("PostTransfersTransferReversalsId", update_reversal, &[]),
    ],
    machines: &[],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let currency = call.currency()?;
    let destination = destination(call)?;
    let charge = charge(call)?;
    if charge.is_none() && call.param("amount").is_none() {
        return Err(ApiError::invalid("Missing required param: amount.")
            .code("parameter_missing")
            .param("amount"));
    }
    let amount = match &charge {
        Some(charge) if call.param("amount").is_none() => charge.amount,
        _ => call.amount()?,
    };
    let source_type = match &charge {
        Some(charge) => charge.source_type.clone(),
        None => call.text("source_type").unwrap_or_else(|| "card".to_owned()),
    };
    // The money of a pending charge stays pending.
    let waiting = charge.as_ref().and_then(|charge| charge.waits);
    match &charge {
        Some(charge) if currency.as_str() != charge.currency => {
            let message = format!("Invalid currency: the charge is in {}.", charge.currency);
            return Err(ApiError::invalid(message).param("currency"));
        }
        Some(charge) if amount > charge.left => {
            let message =
                format!("Invalid amount: only {} of the charge are not transferred yet.", charge.left);
            return Err(ApiError::insufficient(message));
        }
        _ => {}
    }
    let kind = if waiting.is_some() { BalanceKind::Pending } else { source_types::kind(&source_type) };
    // Money of one source type cannot be sent while the platform owes as much in another.
    let held = call.balance(kind.clone(), currency);
    let held = if waiting.is_some() { held } else { held.min(source_types::spendable(call, currency)) };
    if charge.is_none() && held < amount {
        return Err(balance::lacking(call, &kind, currency, held));
    }
    let (id, payment) = (call.id("tr"), call.id("py"));
    let group = call
        .param("transfer_group")
        .or_else(|| charge.as_ref().map(|charge| json!(format!("group_{}", charge.id))));
    let transfer = json!({
        "id": id, "amount": amount, "amount_reversed": 0, "currency": currency.as_str(),
        "description": call.param("description"), "destination": destination, "destination_payment": payment,
        "metadata": call.metadata(), "reversed": false, "source_transaction": charge.as_ref().map(|charge| &charge.id),
        "source_type": source_type, "transfer_group": group,
        "reversals": { "data": [], "has_more": false, "total_count": 0, "url": format!("/v1/transfers/{id}/reversals") },
    });
    let from = call.purse(kind.clone(), currency);
    let to = call
        .of_account(&destination)
        .purse(if waiting.is_some() { BalanceKind::Pending } else { BalanceKind::Available }, currency);
    let described = call.text("description");
    let ours = LedgerEntry::new("transfer", &from, -amount)
        .source(id.as_str())
        .description(described.as_deref())
        .available_on(waiting);
    let theirs = LedgerEntry::new("payment", &to, amount).source(payment.as_str()).available_on(waiting);
    // Created first, so that an invalid reply cannot leave money moved.
    call.create("transfer", "tr", transfer)?;
    let posted = call.post(JournalEntry::between(from, to, amount).line(ours).line(theirs))?;
    let transfer =
        call.change(&id, |transfer| set(transfer, "balance_transaction", posted.first().cloned()))?.object;
    if let Some(charge) = &charge {
        send_on(call, &charge.id, amount, waiting.is_some(), posted.first());
    }
    receive(call, &destination, &payment, &transfer, waiting, posted.get(1).cloned());
    call.emit("transfer.created", &transfer)?;
    Ok(transfer)
}

/// The receiver's side: a payment, which is the source of its balance transaction.
fn receive(
    call: &mut RequestContext<'_>,
    destination: &str,
    payment: &str,
    transfer: &Json,
    waiting: Option<i64>,
    line: Option<String>,
) {
    let now = call.now();
    let mut books = call.of_account(destination);
    let scope = books.scope().clone();
    let object = json!({
        "id": payment, "object": "charge", "amount": transfer.int("amount"), "amount_refunded": 0, "created": now,
        "currency": transfer.text("currency"), "livemode": scope.live, "source_transfer": transfer.text("id"),
        "status": "succeeded",
    });
    books.state.keep(&scope, &object);
    if let Some(at) = waiting {
        let notes = json!({ "available_on": at, "pending": transfer.int("amount"), "source_type": "card", "lines": [line] });
        books.set_notes(payment, notes);
        if books.state.chosen(&payments::SETTLE) != Some(Policy::Manual) {
            books.later(Duration::from_secs(u64::try_from(at - now).unwrap_or(0)), payment, payments::settle);
        }
    }
}

fn destination(call: &RequestContext<'_>) -> Result<String, ApiError> {
    let id = call.text("destination").unwrap_or_default();
    if !call.is_platform() {
        return to_platform(call, id);
    }
    if id == *call.account() {
        return Err(ApiError::invalid("Invalid destination: a platform cannot transfer to itself.")
            .param("destination"));
    }
    if !call.state.is_connected(&id) {
        return Err(ApiError::missing("destination", &id, "destination"));
    }
    let to = Scope::new(id.as_str(), call.scope().live);
    if lacks_transfers(call, &to) {
        let message = "The destination needs an active `transfers` capability.";
        let refusal = ApiError::invalid(message).code("insufficient_capabilities_for_transfer");
        return Err(refusal.param("destination"));
    }
    within_borders(call, &to)?;
    Ok(id)
}

/// Whether the destination lacks an active `transfers` capability. In test mode accounts with the full Dashboard
/// receive transfers before a capability was requested.
fn lacks_transfers(call: &RequestContext<'_>, to: &Scope) -> bool {
    let unasked = call.state.options.standard_accounts_receive_unasked
        && !to.live
        && read::object(call.state, to).is_some_and(|account| {
            account.text("controller.stripe_dashboard.type") == "full"
                && account.at("capabilities.transfers").is_none()
        });
    !unasked && read::lacks(call.state, to, "transfers")
}

/// Checks that the country and the service agreement of an account allow transfers to it.
fn within_borders(call: &RequestContext<'_>, to: &Scope) -> Result<(), ApiError> {
    let Some(account) = read::object(call.state, to) else { return Ok(()) };
    let home = read::memory(call).text("country").to_owned();
    let country = account.text("country");
    let is_recipient = account.text("tos_acceptance.service_agreement") == "recipient";
    if countries::may_transfer(&home, country) || (is_recipient && home == "US") {
        return Ok(());
    }
    let agreement = if is_recipient { "recipient" } else { "full" };
    let message = format!(
        "Funds cannot be sent from {home} to accounts located in {country} under the {agreement} service agreement."
    );
    Err(ApiError::invalid(message).param("destination"))
}

/// A transfer from a connected account to its platform, the only other direction.
fn to_platform(call: &RequestContext<'_>, id: String) -> Result<String, ApiError> {
    if *id != *call.state.platform() {
        let message = "Invalid destination: a connected account can transfer to its platform only.";
        return Err(ApiError::invalid(message).param("destination"));
    }
    if call.text("source_transaction").is_some() {
        let message = "Invalid source_transaction: a transfer to the platform cannot have one.";
        return Err(ApiError::invalid(message).param("source_transaction"));
    }
    Ok(id)
}

/// The source charge of a transfer.
struct Charge {
    id: String,
    amount: i64,
    /// The amount that was neither refunded nor transferred.
    left: i64,
    currency: String,
    /// When its money becomes available; `None` if it already is.
    waits: Option<i64>,
    source_type: String,
}

fn charge(call: &RequestContext<'_>) -> Result<Option<Charge>, ApiError> {
    let Some(id) = call.text("source_transaction") else { return Ok(None) };
    let charge = call.get("charge", &id, "source_transaction")?;
    let notes = call.notes(&id);
    let amount = charge.int("amount");
    Ok(Some(Charge {
        amount,
        left: amount - charge.int("amount_refunded") - notes.int("transferred"),
        currency: charge.text("currency").to_owned(),
        waits: payments::waits_until(call, &id),
        source_type: notes.text("source_type").to_owned(),
        id,
    }))
}

/// Records that an amount of a charge was transferred, or returned (negative), pending or not.
fn send_on(context: &mut AccountContext<'_>, charge: &str, amount: i64, waits: bool, line: Option<&String>) {
    context.note(charge, |notes| {
        let transferred = notes.int("transferred") + amount;
        set(notes, "transferred", transferred);
    });
    if waits {
        payments::adjoin(context, charge, -amount, line);
    }
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let change = call.update("transfer", &["description"])?;
    call.emit_change("transfer.updated", &change)?;
    Ok(change.object)
}

fn reverse(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("id");
    let transfer = call.get("transfer", &id, "id")?;
    let left = transfer.int("amount") - transfer.int("amount_reversed");
    let amount = if call.param("amount").is_some() { call.amount()? } else { left };
    if left == 0 {
        return Err(ApiError::invalid("The transfer was already fully reversed."));
    }
    if amount > left {
        let message = format!("Invalid amount: only {left} of the transfer are not reversed yet.");
        return Err(ApiError::invalid(message).code("amount_too_large").param("amount"));
    }
    let currency = CurrencyCode::parse(transfer.text("currency"))
        .ok_or_else(|| ApiError::internal("A transfer has no currency."))?;
    let account = transfer.id_at("destination").to_owned();
    // The money of each side is pending as long as its payment is.
    let payment = transfer.text("destination_payment");
    let ours_waits = payments::waits_until(call, transfer.id_at("source_transaction"));
    let theirs_waits = payments::waits_until(&call.of_account(&account), payment);
    let ours = match ours_waits {
        Some(_) => BalanceKind::Pending,
        None => source_types::kind(transfer.text("source_type")),
    };
    let theirs = if theirs_waits.is_some() { BalanceKind::Pending } else { BalanceKind::Available };
    // Test mode (recorded in 2023, API 2023-10-16) reverses more than the account's balance where the platform is
    // liable for losses: the account owes the rest. Where Stripe is liable, the reference requires that the balance
    // covers the reversal.
    let liable = read::platform_is_liable(call.state, &Scope::new(account.as_str(), call.scope().live));
    let held = call.of_account(&account).balance(theirs.clone(), currency);
    if !liable && held < amount {
        let message = "The balance of the destination account does not cover the reversal.";
        return Err(ApiError::insufficient(message));
    }
    let (reversal_id, refund) = (call.id("trr"), call.id("pyr"));
    let reversal = json!({
        "id": reversal_id, "amount": amount, "currency": currency.as_str(), "destination_payment_refund": refund,
        "metadata": call.metadata(), "transfer": id,
    });
    call.create("transfer_reversal", "trr", reversal)?;
    let from = call.of_account(&account).purse(theirs, currency);
    let to = call.purse(ours, currency);
    let returned = LedgerEntry::new("transfer_refund", &to, amount)
        .source(reversal_id.as_str())
        .description(call.text("description").as_deref())
        .available_on(ours_waits);
    let given_back =
        LedgerEntry::new("payment_refund", &from, -amount).source(refund.as_str()).available_on(theirs_waits);
    let movement = JournalEntry::between(from, to, amount).line(returned).line(given_back);
    let posted = call.post(movement)?;
    let reversal = call
        .change(&reversal_id, |reversal| set(reversal, "balance_transaction", posted.first().cloned()))?
        .object;
    let charge = transfer.id_at("source_transaction");
    if !charge.is_empty() {
        send_on(call, charge, -amount, ours_waits.is_some(), posted.first());
    }
    let mut books = call.of_account(&account);
    if theirs_waits.is_some() {
        payments::adjoin(&mut books, payment, -amount, posted.get(1));
    }
    let refunded = transfer.int("amount_reversed") + amount;
    books.change(payment, |payment| set(payment, "amount_refunded", refunded))?;
    let scope = books.scope().clone();
    let refund = json!({
        "id": refund, "object": "refund", "amount": amount, "balance_transaction": posted.get(1),
        "charge": transfer.text("destination_payment"), "created": books.now(), "currency": currency.as_str(),
        "metadata": {}, "reason": null, "source_transfer_reversal": reversal_id, "status": "succeeded",
    });
    books.state.keep(&scope, &refund);
    let change = call.change(&id, |transfer| show(transfer, &reversal, amount))?;
    call.emit_change("transfer.reversed", &change)?;
    Ok(reversal)
}

/// Adds a reversal to the transfer.
fn show(transfer: &mut Json, reversal: &Json, amount: i64) {
    let reversed = transfer.int("amount_reversed") + amount;
    let whole = transfer.int("amount") == reversed;
    set(transfer, "amount_reversed", reversed);
    set(transfer, "reversed", whole);
    embedded_lists::add(transfer, "reversals", reversal);
}

fn reversals(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let id = call.in_path("id");
    call.get("transfer", &id, "id")?;
    call.list_where("transfer_reversal", |reversal| reversal.id_at("transfer") == id)
}

fn reversal(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let found = call.retrieve("transfer_reversal")?;
    if found.id_at("transfer") == call.in_path("transfer") {
        return Ok(found);
    }
    Err(ApiError::missing("transfer_reversal", found.text("id"), "id"))
}

fn update_reversal(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    reversal(call)?;
    let reversal = call.update("transfer_reversal", &[])?.object;
    let transfer = reversal.id_at("transfer").to_owned();
    call.change(&transfer, |transfer| embedded_lists::replace(transfer, "reversals", &reversal))?;
    Ok(reversal)
}
