//! The money of financial accounts: every change of a balance is an entry of a transaction.

use crate::engine::{ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, Peek, set};
use crate::state::AccountContext;
use crate::state::RequestContext;
use serde_json::json;

/// The subject of a transaction.
pub(crate) struct Flow<'f> {
    /// Its type, such as `outbound_payment`.
    pub(crate) kind: &'static str,
    /// The id of the object.
    pub(crate) id: &'f str,
    /// The financial account.
    pub(crate) account: &'f str,
    /// The human-readable description.
    pub(crate) description: &'f str,
}

/// An entry: its type, its changes of the available, inbound and held money, and the resulting state of the
/// transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    kind: &'static str,
    cash: i64,
    inbound: i64,
    held: i64,
    leads_to: &'static str,
}

impl Entry {
    /// Creates an entry without changes, with the resulting state of the transaction.
    pub(crate) fn new(kind: &'static str, leads_to: &'static str) -> Self {
        Self { kind, cash: 0, inbound: 0, held: 0, leads_to }
    }

    /// Sets the change of the available money, in cents.
    pub(crate) fn cash(self, cash: i64) -> Self {
        Self { cash, ..self }
    }

    /// Sets the change of the inbound money, in cents.
    pub(crate) fn inbound(self, inbound: i64) -> Self {
        Self { inbound, ..self }
    }

    /// Sets the change of the money held for outbound flows, in cents.
    pub(crate) fn held(self, held: i64) -> Self {
        Self { held, ..self }
    }

    fn impact(&self) -> [(&'static str, i64); 3] {
        [("cash", self.cash), ("inbound_pending", self.inbound), ("outbound_pending", self.held)]
    }
}

/// The available money of a financial account, in cents.
pub(crate) fn cash(context: &AccountContext<'_>, account: &str) -> i64 {
    context.balance(BalanceKind::Financial(account.into()), CurrencyCode::USD)
}

/// The money held for outbound flows, in cents.
pub(crate) fn held(context: &AccountContext<'_>, account: &str) -> i64 {
    context.balance(BalanceKind::FinancialOutbound(account.into()), CurrencyCode::USD)
}

/// The inbound pending money, in cents.
pub(crate) fn inbound(context: &AccountContext<'_>, account: &str) -> i64 {
    context.balance(BalanceKind::FinancialInbound(account.into()), CurrencyCode::USD)
}

/// Creates a transaction with its first entry. Returns its id.
pub(crate) fn open(
    context: &mut AccountContext<'_>,
    flow: &Flow<'_>,
    amount: i64,
    entry: &Entry,
) -> Result<String, ApiError> {
    let transaction = json!({
        "amount": amount, "currency": "usd", "description": flow.description, "financial_account": flow.account,
        "flow": flow.id, "flow_type": flow.kind, "status": "open",
        "balance_impact": { "cash": 0, "inbound_pending": 0, "outbound_pending": 0 },
        "status_transitions": { "posted_at": null, "void_at": null },
    });
    let id = context.create("treasury.transaction", "trxn", transaction)?.text("id").to_owned();
    add(context, &id, entry)?;
    Ok(id)
}

/// Adds an entry to a transaction and moves its money.
pub(crate) fn add(context: &mut AccountContext<'_>, id: &str, entry: &Entry) -> Result<(), ApiError> {
    let transaction = context.get("treasury.transaction", id, "transaction")?;
    let (now, account) = (context.now(), transaction.text("financial_account").to_owned());
    let impact: Json =
        entry.impact().into_iter().map(|(name, change)| (name.to_owned(), Json::from(change))).collect();
    let made = json!({
        "balance_impact": impact, "currency": "usd", "effective_at": now, "financial_account": account,
        "flow": transaction.text("flow"), "flow_type": transaction.text("flow_type"), "transaction": id,
        "type": entry.kind,
    });
    context.create("treasury.transaction_entry", "trxne", made)?;
    let purse = |kind: BalanceKind| context.purse(kind, CurrencyCode::USD);
    let movement = JournalEntry::default()
        .leg(purse(BalanceKind::Financial(account.as_str().into())), entry.cash)
        .leg(purse(BalanceKind::FinancialInbound(account.as_str().into())), entry.inbound)
        .leg(purse(BalanceKind::FinancialOutbound(account.as_str().into())), entry.held)
        .leg(purse(BalanceKind::Outside), -entry.cash - entry.inbound - entry.held);
    context.post(movement)?;
    let changed = context.change(id, |transaction| {
        if let Some(total) = transaction.get_mut("balance_impact") {
            for (name, change) in entry.impact() {
                let sum = total.int(name).saturating_add(change);
                set(total, name, sum);
            }
        }
        if transaction.text("status") == "open" && entry.leads_to != "open" {
            set(transaction, "status", entry.leads_to);
            let stamp = if entry.leads_to == "void" { "void_at" } else { "posted_at" };
            if let Some(transitions) = transaction.get_mut("status_transitions") {
                set(transitions, stamp, now);
            }
        }
    });
    changed.map(drop)
}

/// Sets the time of a state: `posted_at` and similar members of `status_transitions`.
pub(crate) fn stamp(object: &mut Json, name: &str, now: i64) {
    if let Some(transitions) = object.get_mut("status_transitions") {
        set(transitions, name, now);
    }
}

/// Financial accounts hold USD only.
pub(crate) fn in_dollars(call: &RequestContext<'_>) -> Result<(), ApiError> {
    match call.currency()?.as_str() {
        "usd" => Ok(()),
        other => {
            let message = format!("Invalid currency: financial accounts are in usd, not in {other}.");
            Err(ApiError::invalid(message).param("currency"))
        }
    }
}

/// The billing details of a payment method, as far as the request contains them.
pub(crate) fn billing(said: Option<&Json>) -> Json {
    let text = |path: &str| said.and_then(|said| said.at(path)).cloned().unwrap_or_default();
    let address = ["city", "country", "line1", "line2", "postal_code", "state"]
        .map(|name| (name.to_owned(), text(&format!("address.{name}"))));
    json!({ "name": text("name"), "email": text("email"), "address": Json::Object(address.into_iter().collect()) })
}
