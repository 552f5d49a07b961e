//! Top-ups: money debited from a bank account to the payments or the Issuing balance.

use super::{balance, source_types, sources};
use crate::engine::{
    ApiError, BalanceKind, CurrencyCode, JournalEntry, Json, LedgerEntry, Peek, StateMachine, set, step,
};
use crate::resources::accounts::bank_accounts;
use crate::resources::accounts::{country_table, read};
use crate::resources::{Resource, entry};
use crate::state::{About, AccountContext, Policy, RequestContext, Rule};
use serde_json::json;

/// The states of a top-up.
pub static MACHINE: StateMachine = StateMachine {
    object: "topup",
    member: "status",
    steps: &[
        step("pending", "settle", "succeeded").emits(&["topup.succeeded"]).moves(&["topup"]),
        step("pending", "fail", "failed").emits(&["topup.failed"]),
        step("pending", "cancel", "canceled").emits(&["topup.canceled"]),
        step("succeeded", "reverse", "reversed").emits(&["topup.reversed"]).moves(&["topup_reversal"]),
    ],
};

/// When a top-up settles: an ACH debit takes five days.
pub static SETTLE: Rule =
    Rule { name: "topup.settle", default: Policy::days(5), about: About::Object(&["topup"]), task: settle };

pub(crate) static RESOURCE: Resource = Resource {
    name: "topups",
    entries: &[
        entry(
            "PostTopups",
            create,
            &["topup.created", "topup.succeeded", "topup.failed", "balance.available"],
        ),
        entry("GetTopups", |call| call.list("topup"), &[]),
        entry("GetTopupsTopup", |call| call.retrieve("topup"), &[]),
        entry("PostTopupsTopup", update, &[]),
        entry("PostTopupsTopupCancel", cancel, &["topup.canceled"]),
    ],
    machines: &[&MACHINE],
    rules: &[&SETTLE],
};

/// Whether accounts in a country have Issuing balances in a currency.
fn of_its_country(country: &str, currency: CurrencyCode) -> bool {
    country_table::currency(country) == currency.as_str()
}

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let (amount, currency) = (call.amount()?, call.currency()?);
    let issuing = call.text("destination_balance").is_some();
    if issuing && !source_types::ISSUING.contains(&currency.as_str()) {
        let message =
            format!("Invalid currency: Issuing balances are in eur, gbp or usd, not in {currency}.");
        return Err(ApiError::invalid(message).param("currency"));
    }
    let home = read::country(call);
    if !of_its_country(&home, currency) {
        let message = format!("Invalid currency: an account in {home} cannot be topped up in {currency}.");
        return Err(ApiError::invalid(message).param("currency"));
    }
    if issuing && home != "US" {
        let message =
            format!("Issuing balances in {home} are funded by bank transfers; top-ups are not supported.");
        return Err(ApiError::invalid(message).param("destination_balance"));
    }
    let Payer { source, payment_method, ends } = payer(call, currency)?;
    if source.at("currency").is_some_and(|held| held != currency.as_str()) {
        let message = format!(
            "Invalid currency: the source is in {}, the top-up in {currency}.",
            source.text("currency")
        );
        return Err(ApiError::invalid(message).param("currency"));
    }
    let expected = call.policy(&SETTLE).wait().map(|wait| call.state.clock.day_after(wait));
    let mut topup = json!({
        "amount": amount, "currency": currency.as_str(), "status": "pending",
        "description": call.param("description"), "statement_descriptor": call.param("statement_descriptor"),
        "transfer_group": call.param("transfer_group"), "metadata": call.metadata(),
        "expected_availability_date": expected, "initiated_by": "user", "payment_method": payment_method,
        "payment_method_options": call.param("payment_method_options"),
    });
    set(&mut topup, "source", source);
    let topup = call.create("topup", "tu", topup)?;
    let id = topup.text("id").to_owned();
    let failure = match ends {
        Ends::Failed(code) => Some(code),
        Ends::Succeeded | Ends::Never => None,
    };
    if issuing || failure.is_some() {
        call.set_notes(&id, json!({ "issuing": issuing, "failure": failure }));
    }
    let incoming =
        call.purse(if issuing { BalanceKind::IssuingIncoming } else { BalanceKind::Incoming }, currency);
    let outside = call.purse(BalanceKind::Outside, currency);
    call.post(JournalEntry::between(outside, incoming, amount))?;
    call.emit("topup.created", &topup)?;
    if ends != Ends::Never {
        call.by_rule(&SETTLE, &id);
    }
    Ok(topup)
}

/// The result of a debit of a bank account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Succeeded,
    /// With a failure code.
    Failed(&'static str),
    /// It stays pending.
    Never,
}

impl Ends {
    fn of(failure: Option<&'static str>) -> Self {
        failure.map_or(Self::Succeeded, Self::Failed)
    }
}

/// The payer of a top-up: a source or a payment method.
struct Payer {
    source: Json,
    payment_method: Option<String>,
    ends: Ends,
}

fn payer(call: &mut RequestContext<'_>, currency: CurrencyCode) -> Result<Payer, ApiError> {
    let Some(id) = call.text("payment_method") else {
        let (source, failure) = source(call)?;
        return Ok(Payer { source, payment_method: None, ends: Ends::of(failure) });
    };
    if call.text("source").is_some() {
        let message = "Both `source` and `payment_method` were sent. Send only one of them.";
        return Err(ApiError::invalid(message).code("parameters_exclusive").param("payment_method"));
    }
    if currency != CurrencyCode::USD {
        let message = "Invalid currency: a US bank account pays top-ups in usd only.";
        return Err(ApiError::invalid(message).param("currency"));
    }
    let ends = payment_method(call, &id)?;
    Ok(Payer { source: Json::Null, payment_method: Some(id), ends })
}

/// The prefix of the test payment methods of bank accounts; the rest determines the result of a debit.
const TEST_METHOD: &str = "pm_usBankAccount_";

fn payment_method(call: &RequestContext<'_>, id: &str) -> Result<Ends, ApiError> {
    if let Some(name) = id.strip_prefix(TEST_METHOD) {
        let number = bank_accounts::test_method(name);
        return number.map(ends).ok_or_else(|| ApiError::missing("PaymentMethod", id, "payment_method"));
    }
    let method = call.get("payment_method", id, "payment_method")?;
    if method.text("type") != "us_bank_account" {
        let message = "Invalid payment_method: its type must be us_bank_account.";
        return Err(ApiError::invalid(message).param("payment_method"));
    }
    Ok(ends(call.notes(id).text("account_number")))
}

fn ends(number: &str) -> Ends {
    if number == bank_accounts::PROCESSING {
        Ends::Never
    } else {
        Ends::of(bank_accounts::number_failure("US", number))
    }
}

/// A bank transfer to the Issuing balance as a top-up: succeeded and without a source.
pub(crate) fn pushed(
    context: &mut AccountContext<'_>,
    amount: i64,
    currency: CurrencyCode,
) -> Result<(), ApiError> {
    let topup = json!({
        "amount": amount, "currency": currency.as_str(), "status": "pending", "metadata": {},
        "description": "Bank transfer", "expected_availability_date": context.now(), "source": null,
    });
    let topup = context.create("topup", "tu", topup)?;
    let id = topup.text("id").to_owned();
    context.set_notes(&id, json!({ "issuing": true }));
    let (incoming, outside) = (
        context.purse(BalanceKind::IssuingIncoming, currency),
        context.purse(BalanceKind::Outside, currency),
    );
    context.post(JournalEntry::between(outside, incoming, amount))?;
    context.emit("topup.created", &topup)?;
    succeed(context, &id)
}

/// The paying bank account as a source, and how its debit fails.
fn source(call: &mut RequestContext<'_>) -> Result<(Json, Option<&'static str>), ApiError> {
    let Some(id) = call.text("source") else { return Ok((Json::Null, None)) };
    if let Some(failure) = bank_accounts::token_failure(&id) {
        return Ok((ach_debit(call, "6789", "110000000")?, failure));
    }
    if let Some(source) = call.peek(&id).filter(|object| object.text("object") == "source").cloned() {
        if source.text("status") != "chargeable" {
            let message =
                format!("Invalid source: its status is {}, but must be chargeable.", source.text("status"));
            return Err(ApiError::invalid(message).param("source"));
        }
        if source.text("type") != "ach_debit" {
            let message = format!(
                "Invalid source: top-ups cannot be paid by a source of type {}.",
                source.text("type")
            );
            return Err(ApiError::invalid(message).param("source"));
        }
        let notes = call.notes(&id);
        if call.scope().live && notes.text("mandate.acceptance.status") != "accepted" {
            let message = "Invalid source: its owner has not accepted a mandate for debits.";
            return Err(ApiError::invalid(message).param("source"));
        }
        let source = sources::spend(call, &id)?;
        return Ok((source, bank_accounts::number_failure("US", notes.text("account_number"))));
    }
    if !id.starts_with("btok_") {
        return Err(ApiError::missing("source", &id, "source"));
    }
    let (bank_account, notes) = bank_accounts::redeem(call, &id, "source")?;
    let failure = bank_accounts::number_failure("US", notes.text("account_number"));
    Ok((ach_debit(call, bank_account.text("last4"), bank_account.text("routing_number"))?, failure))
}

fn ach_debit(call: &mut RequestContext<'_>, last4: &str, routing_number: &str) -> Result<Json, ApiError> {
    let client_secret = format!("src_client_secret_{}", call.state.ids.text(24));
    let fingerprint = bank_accounts::fingerprint(last4, routing_number);
    let source = json!({
        "type": "ach_debit", "status": "chargeable", "flow": "none", "usage": "reusable", "currency": "usd",
        "client_secret": client_secret, "metadata": {},
        "ach_debit": { "bank_name": bank_accounts::bank_name("US"), "country": "US", "fingerprint": fingerprint, "last4": last4,
            "routing_number": routing_number, "type": "individual" },
    });
    call.build("source", "src", source)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    Ok(call.update("topup", &["description"])?.object)
}

fn cancel(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let topup = call.retrieve("topup")?;
    let id = topup.text("id").to_owned();
    let step = call.permit(&MACHINE, &id, "cancel")?;
    give_back(call, &id)?;
    call.forget(&id);
    call.take(step, |_| {})
}

/// Completes a pending top-up as its source defines.
pub(crate) fn settle(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    match context.notes(id).at("failure").and_then(Json::as_str) {
        Some(code) => fail(context, id, code),
        None => succeed(context, id),
    }
}

/// Completes a pending top-up.
pub(crate) fn succeed(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let step = context.permit(&MACHINE, id, "settle")?;
    let (amount, currency, issuing) = particulars(context, id)?;
    let to = context.purse(if issuing { BalanceKind::Issuing } else { BalanceKind::Available }, currency);
    let from =
        context.purse(if issuing { BalanceKind::IssuingIncoming } else { BalanceKind::Incoming }, currency);
    let line = LedgerEntry::new(step.money()?, &to, amount).source(id);
    let line = context.post_one(JournalEntry::between(from, to, amount).line(line))?;
    context.forget(id);
    context.take(step, |topup| set(topup, "balance_transaction", line))?;
    if issuing { Ok(()) } else { balance::announce(context) }
}

/// Fails a pending top-up.
pub(crate) fn fail(context: &mut AccountContext<'_>, id: &str, code: &str) -> Result<(), ApiError> {
    let step = context.permit(&MACHINE, id, "fail")?;
    give_back(context, id)?;
    context.forget(id);
    context
        .take(step, |topup| {
            set(topup, "failure_code", code);
            set(topup, "failure_message", bank_accounts::failure_message(code));
        })
        .map(drop)
}

/// Reverses a top-up by the bank; the balance may become negative.
pub(crate) fn reverse(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let step = context.permit(&MACHINE, id, "reverse")?;
    let (amount, currency, issuing) = particulars(context, id)?;
    let from = context.purse(if issuing { BalanceKind::Issuing } else { BalanceKind::Available }, currency);
    let line = LedgerEntry::new(step.money()?, &from, -amount).source(id);
    let outside = context.purse(BalanceKind::Outside, currency);
    context.post(JournalEntry::between(from, outside, amount).line(line))?;
    context.take(step, |_| {}).map(drop)
}

fn give_back(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let (amount, currency, issuing) = particulars(context, id)?;
    let incoming =
        context.purse(if issuing { BalanceKind::IssuingIncoming } else { BalanceKind::Incoming }, currency);
    let outside = context.purse(BalanceKind::Outside, currency);
    context.post(JournalEntry::between(incoming, outside, amount)).map(drop)
}

fn particulars(context: &AccountContext<'_>, id: &str) -> Result<(i64, CurrencyCode, bool), ApiError> {
    let topup = context.get("topup", id, "topup")?;
    let currency = CurrencyCode::parse(topup.text("currency"))
        .ok_or_else(|| ApiError::internal("A top-up has no currency."))?;
    Ok((topup.int("amount"), currency, context.notes(id).flag("issuing")))
}
