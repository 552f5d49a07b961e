//! Balance transfers between the payments and the Issuing balance of an account.

use super::{balance, source_types};
use crate::engine::{ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, LedgerEntry, Peek, set};
use crate::resources::{Resource, entry};
use crate::state::{About, AccountContext, Policy, RequestContext, Rule};
use serde_json::json;

/// When EUR and GBP arrive in the Issuing balance, in business days. USD arrives immediately, as do transfers back.
pub static SETTLE: Rule = Rule {
    name: "balance_transfer.settle",
    default: Policy::days(1),
    about: About::Object(&["balance_transfer"]),
    task: settle,
};

pub(crate) static RESOURCE: Resource = Resource {
    name: "balance_transfers",
    entries: &[entry("PostBalanceTransfers", create, &[])],
    machines: &[],
    rules: &[&SETTLE],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let (amount, currency) = (call.amount()?, call.currency()?);
    if !source_types::ISSUING.contains(&currency.as_str()) {
        let message =
            format!("Invalid currency: Issuing balances are in eur, gbp or usd, not in {currency}.");
        return Err(ApiError::invalid(message).param("currency"));
    }
    let ends = [call.text("source_balance.type"), call.text("destination_balance.type")]
        .map(Option::unwrap_or_default);
    let (from, to) = match ends.each_ref().map(String::as_str) {
        ["payments", "issuing"] => (BalanceKind::Available, BalanceKind::Issuing),
        ["issuing", "payments"] => (BalanceKind::Issuing, BalanceKind::Available),
        ["allocated_funds", _] => {
            let message = "The sandbox does not support allocated funds.";
            return Err(ApiError::invalid(message).param("source_balance[allocated_funds]"));
        }
        _ => {
            let message = "Invalid balances: a transfer is from payments to issuing, or back.";
            return Err(ApiError::invalid(message).param("destination_balance[type]"));
        }
    };
    let held = call.balance(from.clone(), currency);
    let held =
        if from == BalanceKind::Available { held.min(source_types::spendable(call, currency)) } else { held };
    if held < amount {
        return Err(balance::lacking(call, &from, currency, held));
    }
    let transfer = json!({
        "amount": amount, "currency": currency.as_str(), "metadata": call.metadata(),
        "source_balance": { "type": ends[0] }, "destination_balance": { "type": ends[1] },
    });
    let transfer = call.create("balance_transfer", "btr", transfer)?;
    let id = transfer.text("id").to_owned();
    let waits = to == BalanceKind::Issuing && currency != CurrencyCode::USD;
    let kind = call.state.options.balance_transfer_line;
    let (source, target) = (call.purse(from, currency), call.purse(to, currency));
    let line = LedgerEntry::new(kind, &source, -amount).source(id.as_str());
    if waits {
        let incoming = call.purse(BalanceKind::IssuingIncoming, currency);
        let line = call.post_one(JournalEntry::between(source, incoming, amount).line(line))?;
        set_side(call, &id, "source_balance", Some(line.as_str()))?;
        set_side(call, &id, "destination_balance", None)?;
        call.by_rule_on_business_days(&SETTLE, &id);
    } else {
        let arrival = LedgerEntry::new(kind, &target, amount).source(id.as_str());
        let lines = call.post(JournalEntry::between(source, target, amount).line(line).line(arrival))?;
        for (end, line) in ["source_balance", "destination_balance"].into_iter().zip(lines) {
            set_side(call, &id, end, Some(line.as_str()))?;
        }
    }
    call.get("balance_transfer", &id, "balance_transfer")
}

/// Credits the money of a pending transfer to the Issuing balance.
pub(crate) fn settle(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let transfer = context.get("balance_transfer", id, "balance_transfer")?;
    let known = transfer.at("destination_balance.issuing.balance_transaction");
    if known.is_some() || transfer.text("destination_balance.type") != "issuing" {
        return Err(ApiError::invalid("The balance transfer is already settled."));
    }
    let currency = CurrencyCode::parse(transfer.text("currency"))
        .ok_or_else(|| ApiError::internal("A balance transfer has no currency."))?;
    let amount = transfer.int("amount");
    let (incoming, issuing) = (
        context.purse(BalanceKind::IssuingIncoming, currency),
        context.purse(BalanceKind::Issuing, currency),
    );
    let line = LedgerEntry::new(context.state.options.balance_transfer_line, &issuing, amount).source(id);
    let line = context.post_one(JournalEntry::between(incoming, issuing, amount).line(line))?;
    context.forget(id);
    set_side(context, id, "destination_balance", Some(line.as_str()))
}

/// Sets the balance transaction of one side, if there is one.
fn set_side(
    context: &mut AccountContext<'_>,
    id: &str,
    end: &str,
    line: Option<&str>,
) -> Result<(), ApiError> {
    let changed = context.change(id, |transfer| {
        let Some(end) = transfer.get_mut(end) else { return };
        let kind = end.text("type").to_owned();
        let mut side = json!({ "balance_transaction": line });
        if kind == "payments" {
            set(&mut side, "source_type", "card");
        }
        set(end, &kind, side);
    });
    changed.map(drop)
}
