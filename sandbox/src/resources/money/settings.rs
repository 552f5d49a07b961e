//! Balance settings: a view of the account's `settings.payouts`, with additional members that only this view has.

use super::automatic_payouts;
use crate::engine::{ApiError, Json, Peek, changed, set};
use crate::resources::accounts::country_table;
use crate::resources::accounts::read::{MEMORY, memory};
use crate::resources::accounts::revision;
use crate::resources::accounts::{internal, profile};
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{AccountContext, Change, RequestContext};
use serde_json::json;

pub(crate) static RESOURCE: Resource = Resource {
    name: "balance_settings",
    entries: &[
        entry("GetBalanceSettings", |call| show(call), &[]),
        entry("PostBalanceSettings", update, &["balance_settings.updated", "account.updated"]),
    ],
    machines: &[],
    rules: &[],
};

/// The object with the settings.
fn holder(context: &AccountContext<'_>) -> Json {
    internal::account(context).unwrap_or_else(|| memory(context))
}

fn show(context: &AccountContext<'_>) -> Result<Json, ApiError> {
    let (holder, memory) = (holder(context), memory(context));
    let payouts = holder.at("settings.payouts").cloned().unwrap_or_default();
    let mut schedule = json!({ "interval": payouts.text("schedule.interval") });
    for name in ["monthly_payout_days", "weekly_payout_days"] {
        if let Some(days) = payouts.at(&format!("schedule.{name}")) {
            set(&mut schedule, name, days.clone());
        }
    }
    let mut timing = json!({ "delay_days": payouts.int("schedule.delay_days") });
    if let Some(days) = memory.at("delay_days_override") {
        set(&mut timing, "delay_days_override", days.clone());
    }
    let enabled = internal::account(context).is_none_or(|account| account.flag("payouts_enabled"));
    spec::complete(
        "balance_settings",
        json!({ "object": "balance_settings", "payments": {
            "debit_negative_balances": payouts.at("debit_negative_balances"), "settlement_timing": timing,
            "payouts": { "minimum_balance_by_currency": memory.at("minimum_balance_by_currency"), "schedule": schedule,
                "statement_descriptor": payouts.at("statement_descriptor"),
                "status": if enabled { "enabled" } else { "disabled" } } } }),
    )
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let before = show(call)?;
    let sent = call.param("payments").unwrap_or_else(|| json!({}));
    let (mut holder, mut memory) = (holder(call), memory(call));
    let mut settings = json!({});
    if let Some(debit) = sent.at("debit_negative_balances") {
        set(&mut settings, "debit_negative_balances", debit.clone());
    }
    for name in ["schedule", "statement_descriptor"] {
        if let Some(value) = sent.at(&format!("payouts.{name}")) {
            set(&mut settings, name, value.clone());
        }
    }
    if let Some(minimum) = sent.at("payouts.minimum_balance_by_currency") {
        let mut known = memory.at("minimum_balance_by_currency").cloned().unwrap_or_else(|| json!({}));
        internal::merge(&mut known, minimum);
        set(&mut memory, "minimum_balance_by_currency", if known.is_object() { known } else { Json::Null });
    }
    if let Some(days) = sent.at("settlement_timing.delay_days_override") {
        let least = country_table::find(holder.text("country")).map_or(7, |country| country.delay_days);
        let chosen = days.as_i64();
        set(&mut memory, "delay_days_override", chosen);
        internal::merge(&mut settings, &json!({ "schedule": { "delay_days": chosen.unwrap_or(least) } }));
    }
    let settings = json!({ "payouts": settings });
    profile::merge_settings(&mut holder, &settings).map_err(|refusal| {
        let place = refusal.param.as_deref().unwrap_or_default();
        let place = if place.ends_with("[delay_days]") {
            "payments[settlement_timing][delay_days_override]".to_owned()
        } else {
            place.replacen("settings[", "payments[", 1).replace("_anchor]", "_payout_days]")
        };
        refusal.param(place)
    })?;
    let is_account = internal::account(call).is_some();
    let scope = call.scope().clone();
    revision::revise(call, |books| {
        if is_account {
            internal::keep(books, holder)?;
        } else {
            set(&mut memory, "settings", holder.at("settings").cloned().unwrap_or_default());
        }
        books.state.keep(&scope, &memory);
        Ok(())
    })?;
    if !is_account {
        automatic_payouts::plan_anew(call);
    }
    let object = show(call)?;
    let payments = object.at("payments").cloned().unwrap_or_default();
    call.change(MEMORY, |kept| set(kept, "payments", payments))?;
    let previous = changed(&before, &object);
    call.emit_change("balance_settings.updated", &Change { object: object.clone(), previous })?;
    Ok(object)
}
