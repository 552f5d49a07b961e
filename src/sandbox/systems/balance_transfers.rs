//! Balance transfers: money moved between the payments and the Issuing balance of one account.

use super::{System, entry, source_types};
use crate::sandbox::core::{Json, Kind, Line, Movement, Peek, Refusal, set};
use crate::sandbox::world::{Action, Work};
use serde_json::json;

pub(super) static SYSTEM: System = System {
    name: "balance_transfers",
    entries: &[entry("PostBalanceTransfers", create, &[])],
    machines: &[],
    rules: &[],
};

fn create(call: &mut Action<'_>) -> Result<Json, Refusal> {
    let (amount, currency) = (call.amount()?, call.currency()?);
    if !source_types::ISSUING.contains(&currency.as_str()) {
        let message = format!("Issuing balances are in eur, gbp or usd, not in {currency}.");
        return Err(Refusal::invalid(message).param("currency"));
    }
    let ends = [call.text("source_balance.type"), call.text("destination_balance.type")]
        .map(Option::unwrap_or_default);
    let (from, to) = match ends.each_ref().map(String::as_str) {
        ["payments", "issuing"] => (Kind::Available, Kind::Issuing),
        ["issuing", "payments"] => (Kind::Issuing, Kind::Available),
        ["allocated_funds", _] => {
            let message = "Funds are allocated by charges; the sandbox has none of that kind.";
            return Err(Refusal::invalid(message).param("source_balance[allocated_funds]"));
        }
        _ => {
            let message = "Money moves between two different balances: from payments to issuing, or back.";
            return Err(Refusal::invalid(message).param("destination_balance[type]"));
        }
    };
    let held = call.balance(from.clone(), currency);
    let held = if from == Kind::Available { held.min(source_types::spendable(call, currency)) } else { held };
    if held < amount {
        let message = format!("The {} balance holds less {currency} than that.", ends[0]);
        return Err(Refusal::insufficient(message));
    }
    let transfer = json!({
        "amount": amount, "currency": currency.as_str(), "metadata": call.metadata(),
        "source_balance": { "type": ends[0] }, "destination_balance": { "type": ends[1] },
    });
    let transfer = call.create("balance_transfer", "btr", transfer)?;
    let id = transfer.text("id").to_owned();
    let (from, to) = (call.purse(from, currency), call.purse(to, currency));
    let kind = call.world.options.balance_transfer_line;
    let movement = Movement::between(from.clone(), to.clone(), amount)
        .line(Line::new(kind, &from, -amount).source(id.as_str()))
        .line(Line::new(kind, &to, amount).source(id.as_str()));
    let lines = call.post(movement)?;
    for (end, line) in ["source_balance", "destination_balance"].into_iter().zip(lines) {
        set_side(call, &id, end, &line)?;
    }
    call.get("balance_transfer", &id, "balance_transfer")
}

/// Names the balance transaction on one side.
fn set_side(work: &mut Work<'_>, id: &str, end: &str, line: &str) -> Result<(), Refusal> {
    let changed = work.change(id, |transfer| {
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
