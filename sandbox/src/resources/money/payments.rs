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

/// The platform's share of a payment.
#[derive(Debug)]
pub(crate) struct Share<'s> {
    /// The id of its application fee.
    pub(crate) id: &'s str,
    pub(crate) amount: i64,
    pub(crate) application: &'s str,
}

/// When the money of a payment can be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing<'t> {
    /// At once.
    Now,
    /// As the schedule of this account says.
    LikeAccount(&'t str),
}

/// A received payment.
#[derive(Debug)]
pub(crate) struct Payment<'p> {
    pub(crate) charge: &'p str,
    /// The type of its balance transaction.
    pub(crate) kind: &'static str,
    pub(crate) amount: i64,
    pub(crate) currency: CurrencyCode,
    pub(crate) source_type: &'p str,
    /// The fee that Stripe takes of it.
    pub(crate) fee: i64,
    pub(crate) share: Option<&'p Share<'p>>,
    pub(crate) timing: Timing<'p>,
    pub(crate) description: Option<&'p str>,
}

/// The balance transactions of a payment.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) line: String,
    /// That of the application's share.
    pub(crate) share: Option<String>,
}

/// Receives a payment, optionally with a share for the platform. Both are pending first, and become available
/// together.
pub(crate) fn take(context: &mut AccountContext<'_>, payment: &Payment<'_>) -> Result<Posted, ApiError> {
    let Payment { charge: id, amount, currency, .. } = *payment;
    let wait = match payment.timing {
        Timing::Now => Some(Duration::ZERO),
        Timing::LikeAccount(account) => wait(&context.of_account(account)),
    };
    let at_once = payment.timing == Timing::Now;
    let available_on = wait.map_or(NEVER, |wait| {
        context.now().saturating_add(i64::try_from(wait.as_secs()).unwrap_or(NEVER)).min(NEVER)
    });
    let kept = payment.share.map_or(0, |share| share.amount);
    let net = amount - kept - payment.fee;
    let spendable = source_types::kind(payment.source_type);
    let place =
        |at_once: bool, spendable: BalanceKind| if at_once { spendable } else { BalanceKind::Pending };
    let to = context.purse(place(at_once, spendable), currency);
    let outside = context.purse(BalanceKind::Outside, currency);
    let mut line = LedgerEntry::new(payment.kind, &to, amount)
        .source(id)
        .fee(payment.fee)
        .description(payment.description)
        .available_on(available_on);
    let mut movement = JournalEntry::between(outside.clone(), to, net);
    if let Some(share) = payment.share {
        line = line.application_fee(share.amount, share.application);
        let gains = context.of_platform().purse(place(at_once, BalanceKind::Available), currency);
        let earned = LedgerEntry::new("application_fee", &gains, share.amount)
            .source(share.id)
            .available_on(available_on);
        movement = movement.leg(outside, -share.amount).leg(gains, share.amount).line(earned);
    }
    let mut lines = context.post(movement.line(line))?;
    let line = lines
        .pop()
        .ok_or_else(|| ApiError::internal("A payment of the sandbox has no balance transaction."))?;
    let source_type = payment.source_type.to_owned();
    context.note(id, |notes| {
        set(notes, "available_on", available_on);
        set(notes, "pending", if at_once { 0 } else { net });
        set(notes, "settled", at_once);
        set(notes, "source_type", source_type);
        set(notes, "transferred", 0);
        set(notes, "lines", json!([line]));
    });
    match wait {
        Some(wait) if at_once => context.later(wait, id, |context, _| balance::announce(context)),
        Some(wait) => context.later(wait, id, settle),
        None => {}
    }
    Ok(Posted { line, share: lines.pop() })
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
    let share = context.peek(id).filter(|charge| is_share_of(context, charge));
    let share = share.and_then(|charge| charge.at("application_fee")).and_then(Json::as_str);
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

/// Whether the fee that a charge names is a share of its own money: that of a destination charge is one of the payment
/// in the other account.
fn is_share_of(context: &AccountContext<'_>, charge: &Json) -> bool {
    !context.is_platform() || charge.at("transfer_data").is_none()
}

/// Money of a charge that leaves again (negative) or comes back.
#[derive(Debug)]
pub(crate) struct Adjustment<'a> {
    /// The type of its balance transaction.
    pub(crate) kind: &'static str,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    /// The id of its refund or dispute.
    pub(crate) source: &'a str,
    pub(crate) description: &'a str,
}

/// Books an adjustment of a charge. It is taken from where the charge is, which may
/// become negative: what is taken of a charge that waits, waits with it. Returns the balance transaction.
pub(crate) fn adjust(
    context: &mut AccountContext<'_>,
    charge: &str,
    adjustment: &Adjustment<'_>,
) -> Result<String, ApiError> {
    let Adjustment { kind, amount, fee, source, description } = *adjustment;
    let currency = context.peek(charge).and_then(|charge| CurrencyCode::parse(charge.text("currency")));
    let currency = currency.ok_or_else(|| ApiError::missing("charge", charge, "charge"))?;
    let waits = waits_until(context, charge);
    let place = match waits {
        Some(_) => BalanceKind::Pending,
        None => source_types::kind(context.notes(charge).text("source_type")),
    };
    let (ours, outside) = (context.purse(place, currency), context.purse(BalanceKind::Outside, currency));
    let line = LedgerEntry::new(kind, &ours, amount).source(source).fee(fee).available_on(waits);
    let line = line.description(Some(description));
    let net = line.net();
    let line = context.post_one(JournalEntry::between(outside, ours, net).line(line))?;
    if waits.is_some() {
        adjoin(context, charge, net, Some(&line));
    }
    Ok(line)
}

/// Whether the fees that Stripe takes of the account's charges are billed to its platform.
pub(crate) fn platform_pays_fees(context: &AccountContext<'_>) -> bool {
    !context.is_platform()
        && read::object(context.state, context.scope())
            .is_some_and(|account| account.text("controller.fees.payer") != "account")
}

/// Whether the fees of disputes are billed to the platform: it pays the fees and answers for the losses.
pub(crate) fn platform_pays_dispute_fees(context: &AccountContext<'_>) -> bool {
    platform_pays_fees(context)
        && read::object(context.state, context.scope())
            .is_some_and(|account| account.text("controller.losses.payments") == "application")
}

/// Bills a fee of Stripe for a charge of another account to the platform, or returns one (negative).
pub(crate) fn bill_platform(
    context: &mut AccountContext<'_>,
    charge: &str,
    fee: i64,
    currency: CurrencyCode,
    description: &str,
) -> Result<(), ApiError> {
    let mut platform = context.of_platform();
    let (ours, outside) =
        (platform.purse(BalanceKind::Available, currency), platform.purse(BalanceKind::Outside, currency));
    let line = LedgerEntry::new("stripe_fee", &ours, -fee).source(charge).description(Some(description));
    let (from, to) = if fee < 0 { (outside, ours) } else { (ours, outside) };
    platform.post(JournalEntry::between(from, to, fee.abs()).line(line)).map(drop)
}
