//! Customers' payments, as far as balances, transfers and payouts need them: money that arrives pending, becomes
//! available later, and may be refunded. Charges are not part of the sandbox's API.

use super::{balance, source_types};
use crate::engine::{ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, LedgerEntry, Peek, set};
use crate::resources::Resource;
use crate::resources::accounts::read;
use crate::state::{About, AccountContext, Policy, Rule};
use serde_json::json;
use std::time::Duration;

/// The `available_on` of money without a date: the maximum of 32 bits.
const NEVER: i64 = 4_294_967_295;

/// When the money of a payment becomes available, unless the account's payout schedule defines it.
pub static SETTLE: Rule = Rule {
    name: "payment.settle",
    default: Policy::days(2),
    about: About::Object(&["charge"]),
    task: settle,
};

pub(crate) static RESOURCE: Resource =
    Resource { name: "payments", entries: &[], machines: &[], rules: &[&SETTLE] };

/// Receives a payment. Returns the id of the charge.
pub(crate) fn receive(
    context: &mut AccountContext<'_>,
    amount: i64,
    currency: CurrencyCode,
    source_type: &str,
) -> Result<String, ApiError> {
    take(context, amount, currency, source_type, None).map(|taken| taken.charge)
}

/// The platform's share of a payment.
#[derive(Debug)]
pub(crate) struct Share<'s> {
    /// The id of its application fee.
    pub(crate) id: &'s str,
    pub(crate) amount: i64,
    pub(crate) application: &'s str,
}

/// A received payment.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The id of the charge.
    pub(crate) charge: String,
    /// The balance transaction of the platform's share.
    pub(crate) share: Option<String>,
}

/// Receives a payment, optionally with a share for the platform. Both are pending first, and become available
/// together.
pub(crate) fn take(
    context: &mut AccountContext<'_>,
    amount: i64,
    currency: CurrencyCode,
    source_type: &str,
    share: Option<&Share<'_>>,
) -> Result<Taken, ApiError> {
    if amount < 1 {
        return Err(ApiError::invalid("Invalid amount: must be at least 1 minor unit.").param("amount"));
    }
    let id = context.id("ch");
    let wait = wait(context);
    let available_on = wait.map_or(NEVER, |wait| {
        context.now().saturating_add(i64::try_from(wait.as_secs()).unwrap_or(NEVER)).min(NEVER)
    });
    let kept = share.map_or(0, |share| share.amount);
    let (pending, outside) =
        (context.purse(BalanceKind::Pending, currency), context.purse(BalanceKind::Outside, currency));
    let mut line =
        LedgerEntry::new("charge", &pending, amount).source(id.as_str()).available_on(available_on);
    let mut movement = JournalEntry::between(outside.clone(), pending, amount - kept);
    let scope = context.scope().clone();
    let mut charge = json!({
        "id": id, "object": "charge", "amount": amount, "amount_refunded": 0, "created": context.now(),
        "currency": currency.as_str(), "livemode": scope.live, "status": "succeeded",
    });
    if let Some(share) = share {
        line = line.application_fee(share.amount, share.application);
        let gains = context.of_platform().purse(BalanceKind::Pending, currency);
        let earned = LedgerEntry::new("application_fee", &gains, share.amount)
            .source(share.id)
            .available_on(available_on);
        movement = movement.leg(outside, -share.amount).leg(gains, share.amount).line(earned);
        set(&mut charge, "application", share.application);
        set(&mut charge, "application_fee", share.id);
        set(&mut charge, "application_fee_amount", share.amount);
    }
    let mut lines = context.post(movement.line(line))?;
    let line = lines.pop();
    set(&mut charge, "balance_transaction", line.clone());
    context.state.keep(&scope, &charge);
    let notes = json!({ "available_on": available_on, "pending": amount - kept, "source_type": source_type,
        "transferred": 0, "lines": [line] });
    context.set_notes(&id, notes);
    if let Some(wait) = wait {
        context.later(wait, &id, settle);
    }
    Ok(Taken { charge: id, share: lines.pop() })
}

/// When the money of a payment becomes available; `None` if it already is.
pub(crate) fn waits_until(context: &AccountContext<'_>, id: &str) -> Option<i64> {
    let notes = context.notes(id);
    notes.at("available_on").and_then(Json::as_i64).filter(|_| !notes.flag("settled"))
}

/// Adds pending money to a payment, or removes it (negative). Its balance transaction becomes available together with
/// the payment.
pub(crate) fn adjoin(context: &mut AccountContext<'_>, id: &str, amount: i64, line: Option<&String>) {
    context.note(id, |notes| {
        let pending = notes.int("pending") + amount;
        set(notes, "pending", pending);
        if let (Some(Json::Array(lines)), Some(line)) = (notes.get_mut("lines"), line) {
            lines.push(line.as_str().into());
        }
    });
}

/// How long money is pending; `None` if the policy is manual. A policy that was set has precedence over the account's
/// schedule.
fn wait(context: &AccountContext<'_>) -> Option<Duration> {
    if let Some(policy) = context.state.chosen(&SETTLE) {
        return policy.wait();
    }
    let days = read::payout_settings(context).at("schedule.delay_days").and_then(Json::as_u64);
    days.map_or(SETTLE.default, Policy::days).wait()
}

/// Makes the pending money of a charge, or of a transfer from one, available.
pub(crate) fn settle(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let mut notes = context.notes(id);
    let currency = match notes.at("currency").or_else(|| context.peek(id)?.at("currency")) {
        Some(code) => CurrencyCode::parse(code.as_str().unwrap_or_default()),
        None => None,
    };
    let currency = currency.ok_or_else(|| ApiError::missing("charge", id, "charge"))?;
    let amount = notes.int("pending");
    set(&mut notes, "pending", 0);
    // Also if nothing is left: later refunds do not wait.
    set(&mut notes, "settled", true);
    context.forget(id);
    let now = context.now();
    for line in notes.items("lines").iter().filter_map(Json::as_str) {
        context.state.ledger.mature(line, now);
    }
    let to = context.purse(source_types::kind(notes.text("source_type")), currency);
    context.set_notes(id, notes);
    // The platform's share was pending for the same time.
    let share = context.peek(id).and_then(|charge| charge.at("application_fee")).and_then(Json::as_str);
    if let Some(share) = share.map(str::to_owned) {
        settle(&mut context.of_platform(), &share)?;
    }
    if amount == 0 {
        return Ok(());
    }
    let from = context.purse(BalanceKind::Pending, currency);
    context.post(JournalEntry::between(from, to, amount))?;
    balance::announce(context)
}

/// Refunds a customer. The balance may become negative.
pub(crate) fn refund(context: &mut AccountContext<'_>, id: &str, amount: i64) -> Result<(), ApiError> {
    let charge = context.get("charge", id, "charge")?;
    let left = charge.int("amount") - charge.int("amount_refunded");
    if amount < 1 || amount > left {
        let message = format!("Invalid amount: from 1 to {left} of this charge can be refunded.");
        return Err(ApiError::invalid(message).param("amount"));
    }
    let currency = CurrencyCode::parse(charge.text("currency"));
    let currency = currency.ok_or_else(|| ApiError::internal("A charge has no currency."))?;
    // The refund is taken from where the charge is: pending if the charge is pending.
    let waits = waits_until(context, id);
    let kind = match waits {
        Some(_) => BalanceKind::Pending,
        None => source_types::kind(context.notes(id).text("source_type")),
    };
    let (from, outside) = (context.purse(kind, currency), context.purse(BalanceKind::Outside, currency));
    let line = LedgerEntry::new("refund", &from, -amount).source(id).available_on(waits);
    let line = context.post_one(JournalEntry::between(from, outside, amount).line(line))?;
    if waits.is_some() {
        adjoin(context, id, -amount, Some(&line));
    }
    let refunded = charge.int("amount_refunded") + amount;
    context.change(id, |charge| set(charge, "amount_refunded", refunded)).map(drop)
}
