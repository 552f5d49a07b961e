//! Transfers from the platform to its connected accounts, and their reversals.

use super::{application_fees, balance, payments, source_types};
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
        entry("PostTransfersIdReversals", reverse, &["transfer.reversed", "application_fee.refunded"]),
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
    let charge = match call.text("source_transaction") {
        Some(id) => Some(charge(call, &id, "source_transaction")?),
        None => None,
    };
    if charge.is_none() && call.param("amount").is_none() {
        return Err(ApiError::invalid("Missing required param: amount.")
            .code("parameter_missing")
            .param("amount"));
    }
    let amount = match &charge {
        Some(charge) if call.param("amount").is_none() => charge.amount,
        _ => call.amount()?,
    };
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
    let plan = Plan {
        destination: &destination,
        amount,
        currency,
        source_type: call.text("source_type"),
        charge,
        group: call.text("transfer_group"),
        description: call.text("description"),
        metadata: call.metadata(),
        share: None,
    };
    send(call, plan).map(|sent| sent.transfer)
}

/// A transfer that is to be made.
pub(crate) struct Plan<'p> {
    pub(crate) destination: &'p str,
    pub(crate) amount: i64,
    pub(crate) currency: CurrencyCode,
    /// That of the charge, or cards, unless it was chosen.
    pub(crate) source_type: Option<String>,
    pub(crate) charge: Option<Charge>,
    /// That of the charge unless it was chosen.
    pub(crate) group: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Json,
    /// What an application keeps of the payment in the destination.
    pub(crate) share: Option<&'p payments::Share<'p>>,
}

/// A transfer that was made.
pub(crate) struct Sent {
    pub(crate) transfer: Json,
    /// The balance transaction of the application's share.
    pub(crate) share: Option<String>,
}

/// Moves money to another account, which gets a payment.
pub(crate) fn send(context: &mut AccountContext<'_>, plan: Plan<'_>) -> Result<Sent, ApiError> {
    let Plan { destination, amount, currency, charge, .. } = plan;
    let source_type = plan
        .source_type
        .or_else(|| charge.as_ref().map(|charge| charge.source_type.clone()))
        .unwrap_or_else(|| "card".to_owned());
    // The money of a charge goes on as it is: pending, if it is pending.
    let waiting = charge.as_ref().and_then(|charge| charge.waits);
    let kind = if waiting.is_some() { BalanceKind::Pending } else { source_types::kind(&source_type) };
    // Money of one source type cannot be sent while the platform owes as much in another.
    let held = context.balance(kind.clone(), currency);
    let held = if waiting.is_some() { held } else { held.min(source_types::spendable(context, currency)) };
    if charge.is_none() && held < amount {
        return Err(balance::lacking(context, &kind, currency, held));
    }
    let (id, payment) = (context.id("tr"), context.id("py"));
    let group = plan.group.or_else(|| charge.as_ref().map(Charge::group));
    let transfer = json!({
        "id": id, "amount": amount, "amount_reversed": 0, "currency": currency.as_str(),
        "description": plan.description, "destination": destination, "destination_payment": payment,
        "metadata": plan.metadata, "reversed": false, "source_transaction": charge.as_ref().map(|charge| &charge.id),
        "source_type": source_type, "transfer_group": group,
        "reversals": { "data": [], "has_more": false, "total_count": 0, "url": format!("/v1/transfers/{id}/reversals") },
    });
    let from = context.purse(kind, currency);
    let to = context
        .of_account(destination)
        .purse(if waiting.is_some() { BalanceKind::Pending } else { BalanceKind::Available }, currency);
    let ours = LedgerEntry::new("transfer", &from, -amount)
        .source(id.as_str())
        .description(plan.description.as_deref())
        .available_on(waiting);
    let mut theirs = LedgerEntry::new("payment", &to, amount).source(payment.as_str()).available_on(waiting);
    let kept = plan.share.map_or(0, |share| share.amount);
    let mut movement = JournalEntry::default().leg(from, -amount).leg(to, amount - kept).line(ours);
    if let Some(share) = plan.share {
        theirs = theirs.application_fee(share.amount, share.application);
        movement = with_share(context, movement, share, currency, waiting);
    }
    // Made first: a reply that does not fit must not leave money moved.
    context.create("transfer", "tr", transfer)?;
    let posted = context.post(movement.line(theirs))?;
    let transfer =
        context.change(&id, |transfer| set(transfer, "balance_transaction", posted.first().cloned()))?.object;
    if let Some(charge) = &charge {
        send_on(context, &charge.id, amount, waiting.is_some(), posted.first());
        if let Some(group) = &group {
            context.change(&charge.id, |charge| set(charge, "transfer_group", group.as_str()))?;
        }
    }
    receive(context, destination, &payment, &transfer, waiting, posted.last().cloned(), plan.share)?;
    context.emit("transfer.created", &transfer)?;
    let share = plan.share.and(posted.get(1)).cloned();
    Ok(Sent { transfer, share })
}

/// Adds what an application keeps of a transfer.
fn with_share(
    context: &mut AccountContext<'_>,
    movement: JournalEntry,
    share: &payments::Share<'_>,
    currency: CurrencyCode,
    waiting: Option<i64>,
) -> JournalEntry {
    let place = if waiting.is_some() { BalanceKind::Pending } else { BalanceKind::Available };
    let gains = context.of_platform().purse(place, currency);
    let earned =
        LedgerEntry::new("application_fee", &gains, share.amount).source(share.id).available_on(waiting);
    movement.leg(gains, share.amount).line(earned)
}

/// The receiver's side: a payment, which is the source of its balance transaction.
fn receive(
    context: &mut AccountContext<'_>,
    destination: &str,
    payment: &str,
    transfer: &Json,
    waiting: Option<i64>,
    line: Option<String>,
    share: Option<&payments::Share<'_>>,
) -> Result<(), ApiError> {
    let now = context.now();
    let amount = transfer.int("amount");
    let mut books = context.of_account(destination);
    let mut object = json!({
        "id": payment, "amount": amount, "amount_captured": amount, "amount_refunded": 0, "captured": true,
        "currency": transfer.text("currency"), "disputed": false, "paid": true, "refunded": false, "metadata": {},
        "billing_details": {}, "source_transfer": transfer.text("id"), "status": "succeeded", "balance_transaction": line,
        "transfer_group": transfer.at("transfer_group"),
    });
    if let Some(share) = share {
        set(&mut object, "application", share.application);
        set(&mut object, "application_fee", share.id);
        set(&mut object, "application_fee_amount", share.amount);
    }
    books.create("charge", "py", object)?;
    let kept = share.map_or(0, |share| share.amount);
    if let Some(at) = waiting {
        let notes =
            json!({ "available_on": at, "pending": amount - kept, "source_type": "card", "lines": [line] });
        books.set_notes(payment, notes);
        if books.state.chosen(&payments::SETTLE) != Some(Policy::Manual) {
            books.later(Duration::from_secs(u64::try_from(at - now).unwrap_or(0)), payment, payments::settle);
        }
    }
    Ok(())
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
pub(crate) fn lacks_transfers(call: &AccountContext<'_>, to: &Scope) -> bool {
    let unasked = call.state.options.standard_accounts_receive_unasked
        && !to.live
        && read::object(call.state, to).is_some_and(|account| {
            account.text("controller.stripe_dashboard.type") == "full"
                && account.at("capabilities.transfers").is_none()
        });
    !unasked && read::lacks(call.state, to, "transfers")
}

/// Checks that the country and the service agreement of an account allow transfers to it.
pub(crate) fn within_borders(call: &AccountContext<'_>, to: &Scope) -> Result<(), ApiError> {
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
pub(crate) struct Charge {
    id: String,
    amount: i64,
    /// The amount that was neither refunded nor transferred.
    left: i64,
    currency: String,
    /// When its money becomes available; `None` if it already is.
    waits: Option<i64>,
    source_type: String,
    group: String,
}

impl Charge {
    /// The group of its transfers: its own, or one that is named after its intent, or after itself.
    fn group(&self) -> String {
        self.group.clone()
    }
}

pub(crate) fn charge(context: &AccountContext<'_>, id: &str, param: &str) -> Result<Charge, ApiError> {
    let charge = context.get("charge", id, param)?;
    let notes = context.notes(id);
    if charge.text("status") != "succeeded" || !charge.flag("captured") {
        return Err(ApiError::invalid("Only a charge that was paid can be transferred.").param(param));
    }
    let amount = charge.int("amount_captured");
    let group = match (charge.text("transfer_group"), charge.id_at("payment_intent")) {
        ("", "") => format!("group_{id}"),
        ("", intent) => format!("group_{intent}"),
        (group, _) => group.to_owned(),
    };
    Ok(Charge {
        amount,
        left: charge.int("amount") - charge.int("amount_refunded") - notes.int("transferred"),
        currency: charge.text("currency").to_owned(),
        waits: payments::waits_until(context, id),
        source_type: notes.text("source_type").to_owned(),
        group,
        id: id.to_owned(),
    })
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
    let (metadata, description) = (call.metadata(), call.text("description"));
    let reversal = take_back(call, &transfer, amount, metadata, description.as_deref(), None)?;
    if call.flag("refund_application_fee") {
        let payment = transfer.text("destination_payment").to_owned();
        let account = transfer.id_at("destination").to_owned();
        let payment = call.of_account(&account).get("charge", &payment, "id")?;
        application_fees::give_back_part(call, &payment, amount)?;
    }
    Ok(reversal)
}

/// Moves an amount of a transfer back, because of a refund or without one. Returns the reversal.
pub(crate) fn take_back(
    context: &mut AccountContext<'_>,
    transfer: &Json,
    amount: i64,
    metadata: Json,
    description: Option<&str>,
    source_refund: Option<&str>,
) -> Result<Json, ApiError> {
    let id = transfer.text("id").to_owned();
    let currency = CurrencyCode::parse(transfer.text("currency"))
        .ok_or_else(|| ApiError::internal("A transfer has no currency."))?;
    let account = transfer.id_at("destination").to_owned();
    // The money of each side is pending as long as its payment is.
    let payment = transfer.text("destination_payment");
    let ours_waits = payments::waits_until(context, transfer.id_at("source_transaction"));
    let theirs_waits = payments::waits_until(&context.of_account(&account), payment);
    let ours = match ours_waits {
        Some(_) => BalanceKind::Pending,
        None => source_types::kind(transfer.text("source_type")),
    };
    let theirs = if theirs_waits.is_some() { BalanceKind::Pending } else { BalanceKind::Available };
    // Test mode (recorded in 2023, API 2023-10-16) reverses more than the account's balance where the platform is
    // liable for losses: the account owes the rest. Where Stripe is liable, the reference requires that the balance
    // covers the reversal.
    let liable = read::platform_is_liable(context.state, &Scope::new(account.as_str(), context.scope().live));
    let held = context.of_account(&account).balance(theirs.clone(), currency);
    if !liable && held < amount {
        let message = "The balance of the destination account does not cover the reversal.";
        return Err(ApiError::insufficient(message));
    }
    let (reversal_id, refund) = (context.id("trr"), context.id("pyr"));
    let reversal = json!({
        "id": reversal_id, "amount": amount, "currency": currency.as_str(), "destination_payment_refund": refund,
        "metadata": metadata, "transfer": id, "source_refund": source_refund,
    });
    context.create("transfer_reversal", "trr", reversal)?;
    let from = context.of_account(&account).purse(theirs, currency);
    let to = context.purse(ours, currency);
    let returned = LedgerEntry::new("transfer_refund", &to, amount)
        .source(reversal_id.as_str())
        .description(description)
        .available_on(ours_waits);
    let given_back =
        LedgerEntry::new("payment_refund", &from, -amount).source(refund.as_str()).available_on(theirs_waits);
    let movement = JournalEntry::between(from, to, amount).line(returned).line(given_back);
    let posted = context.post(movement)?;
    let reversal = context
        .change(&reversal_id, |reversal| set(reversal, "balance_transaction", posted.first().cloned()))?
        .object;
    let charge = transfer.id_at("source_transaction");
    if !charge.is_empty() {
        send_on(context, charge, -amount, ours_waits.is_some(), posted.first());
    }
    let mut books = context.of_account(&account);
    if theirs_waits.is_some() {
        payments::adjoin(&mut books, payment, -amount, posted.get(1));
    }
    let refunded = transfer.int("amount_reversed") + amount;
    books.change(payment, |payment| {
        set(payment, "amount_refunded", refunded);
        set(payment, "refunded", refunded == payment.int("amount"));
    })?;
    let refund = json!({
        "id": refund, "amount": amount, "balance_transaction": posted.get(1),
        "charge": payment, "currency": currency.as_str(),
        "metadata": {}, "reason": null, "source_transfer_reversal": reversal_id, "status": "succeeded",
    });
    books.create("refund", "pyr", refund)?;
    let change = context.change(&id, |transfer| show(transfer, &reversal, amount))?;
    context.emit_change("transfer.reversed", &change)?;
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
