//! Payouts: money sent from the payments or the Issuing balance to a bank account.

use super::{balance, source_types};
use crate::engine::calendar::DAY;
use crate::engine::{
    ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, LedgerEntry, Peek, StateMachine, set, step,
};
use crate::resources::accounts::payout_destinations;
use crate::resources::accounts::{bank_accounts, debit_cards, read};
use crate::resources::money::reserve;
use crate::resources::treasury::received_flows;
use crate::resources::{Resource, entry};
use crate::state::{About, AccountContext, Policy, RequestContext, Rule};
use serde_json::json;

/// The states of a payout. A paid one can still fail, when the bank returns the money.
pub static MACHINE: StateMachine = StateMachine {
    object: "payout",
    member: "status",
    steps: &[
        step("pending", "cancel", "canceled").emits(&["payout.canceled"]).moves(&["payout_cancel"]),
        step("pending", "send", "in_transit").emits(&["payout.updated"]),
        step("pending", "fail", "failed").emits(&["payout.failed"]).moves(&["payout_failure"]),
        step("in_transit", "pay", "paid").emits(&["payout.paid"]),
        step("in_transit", "fail", "failed").emits(&["payout.failed"]).moves(&["payout_failure"]),
        step("paid", "fail", "failed").emits(&["payout.failed"]).moves(&["payout_failure"]),
    ],
};

/// When a payout is sent to the bank.
pub static SEND: Rule =
    Rule { name: "payout.send", default: Policy::days(1), about: About::Object(&["payout"]), task: send };
/// How long the bank takes after that.
pub static PAY: Rule =
    Rule { name: "payout.pay", default: Policy::days(1), about: About::Object(&["payout"]), task: arrive };
/// The total duration of an instant payout.
pub static INSTANT: Rule = Rule {
    name: "payout.instant",
    default: Policy::After(std::time::Duration::from_secs(1800)),
    about: About::Object(&["payout"]),
    task: rush,
};

pub(crate) static RESOURCE: Resource = Resource {
    name: "payouts",
    entries: &[
        entry(
            "PostPayouts",
            create,
            &[
                "payout.created",
                "payout.updated",
                "payout.paid",
                "payout.failed",
                "payout.reconciliation_completed",
            ],
        ),
        entry("GetPayouts", |call| call.list("payout"), &[]),
        entry("GetPayoutsPayout", |call| call.retrieve("payout"), &[]),
        entry("PostPayoutsPayout", update, &["payout.updated"]),
        entry("PostPayoutsPayoutCancel", cancel, &["payout.canceled"]),
        entry("PostPayoutsPayoutReverse", reverse, &["payout.created", "payout.updated", "payout.paid"]),
    ],
    machines: &[&MACHINE],
    rules: &[&SEND, &PAY, &INSTANT],
};

/// The maximum instant payout to a bank account: 9,999.00 USD.
const MOST_AT_ONCE: i64 = 999_900;

/// The maximum time, in seconds, that money is pending before it can be paid out: schedules have at most 31 days.
const LONGEST_DELAY: i64 = 62 * DAY;

/// The parameters of a payout, requested or automatic.
struct Order {
    amount: i64,
    currency: CurrencyCode,
    from: BalanceKind,
    source_type: String,
    destination: Json,
    instant: bool,
}

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let (amount, currency) = (call.amount()?, call.currency()?);
    RequestContext::whole(amount, currency, currency.payout_step())?;
    let issuing = call.text("source_balance").is_some();
    let source_type = call.text("source_type").unwrap_or_else(|| "card".to_owned());
    let from = if issuing { BalanceKind::Issuing } else { source_types::kind(&source_type) };
    // Money of one source type cannot be spent while the account owes it in another.
    let held = call.balance(from.clone(), currency);
    let held = if issuing { held } else { held.min(source_types::spendable(call, currency)) };
    if held < amount {
        return Err(balance::lacking(call, &from, currency, held));
    }
    if read::payouts_stopped(call) {
        let message = "Payouts are not enabled for this account; see its requirements.";
        return Err(ApiError::invalid(message).code("payouts_not_allowed"));
    }
    let destination = destination(call, currency)?;
    let instant = call.text("method").as_deref() == Some("instant");
    if instant && !payout_destinations::takes_instant_payouts(&destination) {
        let message = "Invalid destination: the external account cannot receive instant payouts.";
        return Err(ApiError::invalid(message).code("instant_payouts_unsupported").param("method"));
    }
    if instant && destination.text("object") == "bank_account" && amount > MOST_AT_ONCE {
        let message = format!(
            "Invalid amount: an instant payout to a bank account can be at most {MOST_AT_ONCE} minor units."
        );
        return Err(ApiError::invalid(message).code("instant_payouts_limit_exceeded").param("amount"));
    }
    let said = json!({
        "automatic": false, "description": call.param("description"), "metadata": call.metadata(),
        "statement_descriptor": call.param("statement_descriptor"), "payout_method": call.param("payout_method"),
        "reconciliation_status": "not_applicable",
    });
    make(call, Order { amount, currency, from, source_type, destination, instant }, said)
}

/// Debits the balance and creates the payout.
fn make(context: &mut AccountContext<'_>, order: Order, mut payout: Json) -> Result<Json, ApiError> {
    let Order { amount, currency, from, source_type, destination, instant } = order;
    let days = [&SEND, &PAY].into_iter().filter_map(|rule| context.policy(rule).wait()).sum();
    // Manual payouts in the US arrive on the same day.
    let by_hand = !payout.flag("automatic") && amount > 0 && currency == CurrencyCode::USD;
    let arrival = match (instant, by_hand && destination.text("country") == "US") {
        (true, _) => context.now(),
        (_, true) => context.state.clock.day_after(std::time::Duration::ZERO),
        _ => context.state.clock.day_after(days),
    };
    for (member, value) in [
        ("amount", json!(amount)),
        ("currency", json!(currency.as_str())),
        ("status", json!("pending")),
        ("method", json!(if instant { "instant" } else { "standard" })),
        ("arrival_date", json!(arrival)),
        ("destination", json!(destination.text("id"))),
        ("source_type", json!(source_type)),
        ("type", json!(destination.text("object"))),
        ("trace_id", untraced(destination.text("object"))),
    ] {
        set(&mut payout, member, value);
    }
    let payout = context.create("payout", "po", payout)?;
    let id = payout.text("id").to_owned();
    let failure = failure(context, &destination);
    context.set_notes(&id, json!({ "issuing": from == BalanceKind::Issuing, "failure": failure }));
    if amount > 0 {
        let purse = context.purse(from, currency);
        let line = LedgerEntry::new("payout", &purse, -amount).source(id.as_str()).available_on(arrival);
        let outside = context.purse(BalanceKind::Outside, currency);
        let line = context.post_one(JournalEntry::between(purse, outside, amount).line(line))?;
        context.change(&id, |payout| set(payout, "balance_transaction", line))?;
    }
    let payout = context.get("payout", &id, "payout")?;
    context.emit("payout.created", &payout)?;
    context.by_rule(if instant { &INSTANT } else { &SEND }, &id);
    Ok(payout)
}

/// The failure of a payout to a test bank account or card.
fn failure(context: &AccountContext<'_>, destination: &Json) -> Option<&'static str> {
    let notes = context.notes(destination.text("id"));
    match destination.text("object") {
        "card" => debit_cards::payout_failure(notes.text("card_number")),
        _ => bank_accounts::number_failure(destination.text("country"), notes.text("account_number")),
    }
}

/// The requested external account, or the default one for the currency.
fn destination(call: &RequestContext<'_>, currency: CurrencyCode) -> Result<Json, ApiError> {
    if let Some(id) = call.text("destination") {
        let found = ["bank_account", "card"].iter().find_map(|kind| call.get(kind, &id, "destination").ok());
        let found = found.ok_or_else(|| ApiError::missing("external account", &id, "destination"))?;
        if found.text("currency") != currency.as_str() {
            let message = format!(
                "Invalid destination: the external account is in {}, not {currency}.",
                found.text("currency")
            );
            return Err(ApiError::invalid(message).param("destination"));
        }
        return Ok(found);
    }
    payout_destinations::default_for(call, currency.as_str()).ok_or_else(|| {
        ApiError::invalid(format!("The account has no external account for payouts in {currency}."))
            .param("currency")
    })
}

/// Creates an automatic payout of all money that no earlier payout has paid out.
pub(crate) fn automatic(
    context: &mut AccountContext<'_>,
    amount: i64,
    currency: CurrencyCode,
    source_type: &str,
    destination: &str,
) -> Result<(), ApiError> {
    let found = context.get("bank_account", destination, "destination");
    let destination = found.or_else(|_| context.get("card", destination, "destination"))?;
    let settled = unsettled(context, currency);
    let from = source_types::kind(source_type);
    let order =
        Order { amount, currency, from, source_type: source_type.to_owned(), destination, instant: false };
    let said = json!({ "automatic": true, "reconciliation_status": "in_progress", "metadata": {},
        "description": "STRIPE PAYOUT" });
    let payout = make(context, order, said)?;
    let mut notes = context.notes(payout.text("id"));
    set(&mut notes, "settled", settled);
    context.set_notes(payout.text("id"), notes);
    Ok(())
}

/// The available balance transactions of the payments balance that no automatic payout has paid out.
fn unsettled(context: &AccountContext<'_>, currency: CurrencyCode) -> Json {
    let now = context.now();
    // Older money was paid out by the previous payout; pending money waits at most this long.
    let last = context.all("payout").find(|payout| {
        payout.flag("automatic") && payout.int("amount") > 0 && payout.text("currency") == currency.as_str()
    });
    let since = last.map_or(i64::MIN, |payout| payout.int("created") - LONGEST_DELAY);
    let recent = |payout: &&Json| payout.int("created") >= since;
    let mut settled = std::collections::HashSet::new();
    for payout in context.all("payout").take_while(recent) {
        let notes = context.state.store(context.scope()).map(|store| store.notes(payout.text("id")));
        let ids = notes.map(|notes| notes.items("settled")).unwrap_or_default();
        settled.extend(ids.iter().filter_map(Json::as_str));
        settled.extend(payout.at("balance_transaction").and_then(Json::as_str));
    }
    let lines = context.state.ledger.lines(context.scope()).take_while(|line| line.created >= since);
    let fits = lines.filter(|line| {
        line.statement == crate::engine::Statement::Payments
            && line.currency == currency
            && line.available_on.is_none_or(|at| at <= now)
            && !settled.contains(&*line.id)
    });
    fits.map(|line| Json::from(&*line.id)).collect()
}

/// Debits the default bank account of a currency because the balance is negative: a payout of a negative amount. Not
/// while such a debit is pending or the bank rejects money. Debit cards cannot be debited.
pub(crate) fn debit(
    context: &mut AccountContext<'_>,
    currency: CurrencyCode,
    owed: i64,
) -> Result<(), ApiError> {
    let found = payout_destinations::default_for(context, currency.as_str());
    let bank_account = found.filter(|found| found.text("object") == "bank_account");
    let Some(destination) = bank_account.filter(|found| !payout_destinations::refuses(found)) else {
        return Ok(());
    };
    let before = context.all("payout").find(|payout| {
        payout.int("amount") < 0 && payout.flag("automatic") && payout.text("currency") == currency.as_str()
    });
    if before.is_some_and(|payout| matches!(payout.text("status"), "pending" | "in_transit")) {
        return Ok(());
    }
    let order = Order {
        amount: -owed,
        currency,
        from: BalanceKind::Available,
        source_type: "card".to_owned(),
        destination,
        instant: false,
    };
    let said = json!({ "automatic": true, "reconciliation_status": "not_applicable", "metadata": {},
        "description": "Debit for a negative balance" });
    make(context, order, said).map(drop)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let change = call.update("payout", &[])?;
    call.emit_change("payout.updated", &change)?;
    Ok(change.object)
}

fn cancel(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let payout = call.retrieve("payout")?;
    let id = payout.text("id").to_owned();
    if payout.flag("automatic") {
        return Err(ApiError::invalid("Automatic payouts cannot be canceled."));
    }
    if payout.int("amount") < 0 {
        return Err(ApiError::invalid("A reversal cannot be canceled."));
    }
    let step = call.permit(&MACHINE, &id, "cancel")?;
    let line = give_back(call, &id, step.money()?)?;
    call.forget(&id);
    call.take(step, |payout| set(payout, "failure_balance_transaction", line))
}

/// Returns a payout from the bank account: a payout in the opposite direction.
fn reverse(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let original = call.retrieve("payout")?;
    let id = original.text("id").to_owned();
    if original.text("status") != "paid" || original.int("amount") < 0 || original.at("reversed_by").is_some()
    {
        return Err(ApiError::invalid("Only a paid payout that was not reversed can be reversed."));
    }
    let country = read::object(call.state, call.scope()).map(|account| account.text("country").to_owned());
    if call.is_platform() || !country.is_none_or(|country| matches!(country.as_str(), "US" | "CA")) {
        let message = "Only payouts of connected accounts in the US and Canada can be reversed.";
        return Err(ApiError::invalid(message));
    }
    let bank_account = call.get("bank_account", original.id_at("destination"), "destination");
    if !bank_account.is_ok_and(|found| matches!(found.text("country"), "US" | "CA")) {
        let message = "Only payouts to bank accounts in the US and Canada can be reversed.";
        return Err(ApiError::invalid(message));
    }
    let days = [&SEND, &PAY].into_iter().filter_map(|rule| call.policy(rule).wait()).sum();
    let reversal = json!({
        "amount": -original.int("amount"), "currency": original.text("currency"), "status": "pending", "automatic": false,
        "method": original.text("method"), "arrival_date": call.state.clock.day_after(days),
        "destination": original.id_at("destination"), "metadata": call.metadata(), "original_payout": id,
        "source_type": original.text("source_type"), "type": original.text("type"), "reconciliation_status": "not_applicable",
        "trace_id": untraced(original.text("type")),
    });
    let reversal = call.create("payout", "po", reversal)?;
    let reversal_id = reversal.text("id").to_owned();
    let notes = json!({ "issuing": call.notes(&id).flag("issuing"), "failure": null });
    call.set_notes(&reversal_id, notes);
    let change = call.change(&id, |payout| set(payout, "reversed_by", reversal_id.as_str()))?;
    call.emit("payout.created", &reversal)?;
    call.emit_change("payout.updated", &change)?;
    call.by_rule(&SEND, &reversal_id);
    Ok(reversal)
}

/// The trace id of a new payout: pending for banks, unsupported for cards.
fn untraced(destination: &str) -> Json {
    if destination == "bank_account" { json!({ "status": "pending", "value": null }) } else { Json::Null }
}

/// Sets the trace id of a payout.
fn trace(payout: &mut Json, number: String) {
    if payout.text("trace_id.status") == "pending" && payout.int("amount") > 0 {
        set(payout, "trace_id", json!({ "status": "supported", "value": number }));
    }
}

/// Sends a pending payout to the bank.
pub(crate) fn send(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    context.step(&MACHINE, id, "send", |_| {})?;
    context.forget(id);
    context.by_rule(&PAY, id);
    Ok(())
}

/// Sends and completes an instant payout.
fn rush(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    context.step(&MACHINE, id, "send", |_| {})?;
    arrive(context, id)
}

/// Completes a payout as the test account number defines. A paid one is returned by the bank.
pub(crate) fn arrive(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let failure = context.notes(id).at("failure").and_then(Json::as_str).map(str::to_owned);
    let paid = context.get("payout", id, "payout")?.text("status") == "paid";
    match failure {
        Some(code) if paid => fail(context, id, &code),
        None if is_closed(context, id)? => fail(context, id, "account_closed"),
        None => pay(context, id),
        Some(code) if !context.state.options.payouts_fail_after_paid => fail(context, id, &code),
        Some(_) => {
            pay(context, id)?;
            context.by_rule(&PAY, id);
            Ok(())
        }
    }
}

/// The financial account that a payout goes to, if it goes to one.
fn financial_account(context: &AccountContext<'_>, payout: &Json) -> Option<String> {
    let notes = context.notes(payout.id_at("destination"));
    bank_accounts::financial_account(context.state, notes.text("account_number"))
        .filter(|_| payout.int("amount") > 0)
}

/// Whether the financial account that a payout goes to is closed.
fn is_closed(context: &AccountContext<'_>, id: &str) -> Result<bool, ApiError> {
    let payout = context.get("payout", id, "payout")?;
    Ok(financial_account(context, &payout).is_some_and(|account| !received_flows::is_open(context, &account)))
}

/// Pays a payout in transit; of a reversal, the money is credited.
pub(crate) fn pay(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let step = context.permit(&MACHINE, id, "pay")?;
    let (amount, currency, kind) = particulars(context, id)?;
    let payout = context.get("payout", id, "payout")?;
    if let Some(account) = financial_account(context, &payout) {
        received_flows::paid_out(context, &payout, &account)?;
    }
    let mut line = None;
    context.forget(id);
    // Only reversals and debits move money when they are paid; payouts do when they are created.
    if amount < 0 {
        if context.peek(id).is_some_and(|payout| payout.flag("automatic")) {
            reserve::hold(context, id, -amount, currency);
        }
        let to = context.purse(kind, currency);
        let entry = LedgerEntry::new("payout", &to, -amount).source(id);
        let outside = context.purse(BalanceKind::Outside, currency);
        line = Some(context.post_one(JournalEntry::between(outside, to, -amount).line(entry))?);
    }
    let number = context.state.ids.digits(15);
    let paid = context.take(step, |payout| {
        trace(payout, number);
        if let Some(line) = line {
            set(payout, "balance_transaction", line);
        }
    })?;
    if paid.text("reconciliation_status") != "in_progress" {
        return Ok(());
    }
    let change = context.change(id, |payout| set(payout, "reconciliation_status", "completed"))?;
    context.emit_change("payout.reconciliation_completed", &change)
}

/// Fails a payout: the bank returns the money.
pub(crate) fn fail(context: &mut AccountContext<'_>, id: &str, code: &str) -> Result<(), ApiError> {
    let step = context.permit(&MACHINE, id, "fail")?;
    let payout = context.get("payout", id, "payout")?;
    if payout.at("reversed_by").is_some() || (payout.int("amount") < 0 && payout.text("status") == "paid") {
        return Err(ApiError::invalid("The money of this payout was already returned; it cannot fail."));
    }
    let line = give_back(context, id, step.money()?)?;
    let number = context.state.ids.digits(15);
    context.forget(id);
    let failed = context.take(step, |payout| {
        trace(payout, number);
        set(payout, "failure_code", code);
        set(payout, "failure_message", bank_accounts::failure_message(code));
        set(payout, "failure_balance_transaction", line);
    })?;
    payout_destinations::mark_refusing(context, failed.id_at("destination"))
}

/// Returns the money to its balance. A reversal has not moved any yet.
fn give_back(
    context: &mut AccountContext<'_>,
    id: &str,
    kind_of_line: &'static str,
) -> Result<Json, ApiError> {
    let (amount, currency, kind) = particulars(context, id)?;
    if amount < 0 {
        return Ok(Json::Null);
    }
    let to = context.purse(kind, currency);
    let line = LedgerEntry::new(kind_of_line, &to, amount).source(id);
    let outside = context.purse(BalanceKind::Outside, currency);
    context.post_one(JournalEntry::between(outside, to, amount).line(line)).map(Json::from)
}

fn particulars(context: &AccountContext<'_>, id: &str) -> Result<(i64, CurrencyCode, BalanceKind), ApiError> {
    let payout = context.get("payout", id, "payout")?;
    let currency = CurrencyCode::parse(payout.text("currency"))
        .ok_or_else(|| ApiError::internal("A payout has no currency."))?;
    let issuing = context.notes(id).flag("issuing");
    let kind = if issuing { BalanceKind::Issuing } else { source_types::kind(payout.text("source_type")) };
    Ok((payout.int("amount"), currency, kind))
}
