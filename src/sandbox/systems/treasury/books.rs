//! The money of financial accounts: every change of a balance is an entry of a transaction.

use crate::sandbox::core::{CurrencyCode, Json, Kind, Movement, Peek, Refusal, set};
use crate::sandbox::world::Work;
use serde_json::json;

/// What a transaction is about.
pub(super) struct Flow<'f> {
    /// Its type, such as `outbound_payment`.
    pub(super) kind: &'static str,
    /// The id of the object.
    pub(super) id: &'f str,
    /// The financial account.
    pub(super) account: &'f str,
    /// For people.
    pub(super) description: &'f str,
}

/// An entry: its type, what it changes of the money that can be spent and of the money that is held for flows out, and
/// what becomes of its transaction.
pub(super) struct Entry {
    pub(super) kind: &'static str,
    pub(super) cash: i64,
    pub(super) held: i64,
    pub(super) leads_to: &'static str,
}

/// What can be spent in a financial account, in cents.
pub(super) fn cash(work: &Work<'_>, account: &str) -> i64 {
    work.balance(Kind::Financial(account.into()), CurrencyCode::USD)
}

/// What is held for flows out.
pub(super) fn held(work: &Work<'_>, account: &str) -> i64 {
    work.balance(Kind::FinancialOutbound(account.into()), CurrencyCode::USD)
}

/// Begins a transaction with its first entry. Gives its id.
pub(super) fn open(
    work: &mut Work<'_>,
    flow: &Flow<'_>,
    amount: i64,
    entry: &Entry,
) -> Result<String, Refusal> {
    let transaction = json!({
        "amount": amount, "currency": "usd", "description": flow.description, "financial_account": flow.account,
        "flow": flow.id, "flow_type": flow.kind, "status": "open",
        "balance_impact": { "cash": 0, "inbound_pending": 0, "outbound_pending": 0 },
        "status_transitions": { "posted_at": null, "void_at": null },
    });
    let id = work.create("treasury.transaction", "trxn", transaction)?.text("id").to_owned();
    let transaction = work.get("treasury.transaction", &id, "transaction")?;
    work.emit("treasury.transaction.created", &transaction)?;
    add(work, &id, entry)?;
    Ok(id)
}

/// Adds an entry to a transaction and moves its money.
pub(super) fn add(work: &mut Work<'_>, id: &str, entry: &Entry) -> Result<(), Refusal> {
    let transaction = work.get("treasury.transaction", id, "transaction")?;
    let (now, account) = (work.now(), transaction.text("financial_account").to_owned());
    let impact = json!({ "cash": entry.cash, "inbound_pending": 0, "outbound_pending": entry.held });
    let made = json!({
        "balance_impact": impact, "currency": "usd", "effective_at": now, "financial_account": account,
        "flow": transaction.text("flow"), "flow_type": transaction.text("flow_type"), "transaction": id,
        "type": entry.kind,
    });
    let made = work.create("treasury.transaction_entry", "trxne", made)?;
    let purse = |kind: Kind| work.purse(kind, CurrencyCode::USD);
    let movement = Movement::default()
        .leg(purse(Kind::Financial(account.as_str().into())), entry.cash)
        .leg(purse(Kind::FinancialOutbound(account.as_str().into())), entry.held)
        .leg(purse(Kind::Outside), -entry.cash - entry.held);
    work.post(movement)?;
    work.emit("treasury.transaction_entry.created", &made)?;
    let change = work.change(id, |transaction| {
        let sums = ["cash", "outbound_pending"].map(|name| transaction.int(&format!("balance_impact.{name}")));
        set(
            transaction,
            "balance_impact",
            json!({ "cash": sums[0] + entry.cash, "inbound_pending": 0, "outbound_pending": sums[1] + entry.held }),
        );
        if transaction.text("status") == "open" && entry.leads_to != "open" {
            set(transaction, "status", entry.leads_to);
            let stamp = if entry.leads_to == "void" { "void_at" } else { "posted_at" };
            if let Some(transitions) = transaction.get_mut("status_transitions") {
                set(transitions, stamp, now);
            }
        }
    })?;
    if change.previous.at("status").is_some() {
        work.emit_change("treasury.transaction.updated", &change)?;
    }
    Ok(())
}

/// Sets when an object came into a state: `posted_at` and the like in its `status_transitions`.
pub(super) fn stamp(object: &mut Json, name: &str, now: i64) {
    if let Some(transitions) = object.get_mut("status_transitions") {
        set(transitions, name, now);
    }
}
