//! The parts of an account object that are sent, not computed: controller, settings, account holder.

use super::internal::{merge, without};
use super::requirements::Facts;
use super::{derived, internal};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::country_table;
use crate::state::AccountContext;
use serde_json::json;

/// Whether the platform collects the requirements, instead of Stripe.
pub(crate) fn collects(account: &Json) -> bool {
    account.text("controller.requirement_collection") == "application"
}

/// The `controller` and the `type` of a new account.
pub(crate) fn controller(params: &Json) -> Result<(Json, &'static str), ApiError> {
    let sent = params.at("controller");
    let kind = params.at("type").and_then(Json::as_str);
    if sent.is_some() && kind.is_some() {
        let message = "Both `type` and `controller` were sent. Send only one of them.";
        return Err(ApiError::invalid(message).code("parameters_exclusive").param("controller"));
    }
    let make = |payer: &str, losses: &str, collection: &str, dashboard: &str| {
        json!({ "type": "application", "is_controller": true, "fees": { "payer": payer },
            "losses": { "payments": losses }, "requirement_collection": collection,
            "stripe_dashboard": { "type": dashboard } })
    };
    let Some(sent) = sent else {
        return Ok(match kind {
            Some("custom") => (make("application_custom", "application", "application", "none"), "custom"),
            Some("express") => (make("application_express", "application", "stripe", "express"), "express"),
            _ => (make("account", "stripe", "stripe", "full"), "standard"),
        });
    };
    let or = |path: &str, default: &'static str| {
        Some(sent.text(path)).filter(|text| !text.is_empty()).unwrap_or(default).to_owned()
    };
    let (payer, losses) = (or("fees.payer", "account"), or("losses.payments", "stripe"));
    let (collection, dashboard) =
        (or("requirement_collection", "stripe"), or("stripe_dashboard.type", "full"));
    if collection == "application" && dashboard != "none" {
        let message =
            "A platform that collects requirements itself cannot give the account a Stripe-hosted Dashboard.";
        return Err(ApiError::invalid(message).param("controller[stripe_dashboard][type]"));
    }
    if collection == "application" && losses != "application" {
        let message = "A platform that collects requirements itself must also be liable for losses.";
        return Err(ApiError::invalid(message).param("controller[losses][payments]"));
    }
    Ok((make(&payer, &losses, &collection, &dashboard), "none"))
}

/// The settings of a new account. Banks are debited for negative balances unless the platform collects the
/// requirements.
pub(crate) fn settings(country: &str, platform_collects: bool) -> Json {
    let saves = if platform_collects { Json::Null } else { "offer".into() };
    json!({
        "bacs_debit_payments": {}, "invoices": { "hosted_payment_method_save": saves }, "branding": {}, "card_issuing": { "tos_acceptance": {} },
        "card_payments": { "decline_on": { "avs_failure": false, "cvc_failure": false } },
        "dashboard": { "timezone": "Etc/UTC" }, "payments": {}, "sepa_debit_payments": {},
        "treasury": { "tos_acceptance": {} },
        "payouts": { "debit_negative_balances": !platform_collects,
            "schedule": { "delay_days": first_delay(country), "interval": "daily" } },
    })
}

/// The default delay of a schedule.
fn first_delay(country: &str) -> i64 {
    country_table::find(country).map_or(7, |country| country.first_delay_days)
}

fn least_delay(country: &str) -> i64 {
    country_table::find(country).map_or(7, |country| country.delay_days)
}

/// Applies settings.
pub(crate) fn merge_settings(account: &mut Json, sent: &Json) -> Result<(), ApiError> {
    let country = account.text("country").to_owned();
    let mut settings = account.at("settings").cloned().unwrap_or_else(|| json!({}));
    let mut sent = sent.clone();
    if let Some(schedule) = sent.pointer_mut("/payouts/schedule") {
        payout_days(schedule)?;
        if schedule.text("delay_days") == "minimum" {
            set(schedule, "delay_days", least_delay(&country));
        }
        let delay = schedule.at("delay_days").and_then(Json::as_i64);
        if delay.is_some_and(|days| !(least_delay(&country)..=31).contains(&days)) {
            let message =
                format!("Invalid delay_days: must be from {} to 31 in {country}.", least_delay(&country));
            return Err(ApiError::invalid(message).param("settings[payouts][schedule][delay_days]"));
        }
    }
    let was_manual = settings.text("payouts.schedule.interval") == "manual";
    merge(&mut settings, &sent);
    // With manual payouts, money becomes available after the minimum delay.
    let is_manual = settings.text("payouts.schedule.interval") == "manual";
    if was_manual != is_manual
        && sent.at("payouts.schedule.delay_days").is_none()
        && let Some(schedule) = settings.pointer_mut("/payouts/schedule")
    {
        let by_hand = country_table::find(&country).map_or(1, |country| country.manual_delay_days);
        set(schedule, "delay_days", if is_manual { by_hand } else { first_delay(&country) });
    }
    if let Some(schedule) = settings.pointer_mut("/payouts/schedule") {
        anchors(schedule)?;
    }
    set(account, "settings", settings);
    Ok(())
}

/// The intervals that require days, with the older parameter for one day and the newer one for several.
const DAYS: [(&str, &str, &str); 2] =
    [("weekly", "weekly_anchor", "weekly_payout_days"), ("monthly", "monthly_anchor", "monthly_payout_days")];

/// Payout days have two parameters; the older one holds the first day only. Whichever was sent, the other is updated;
/// if both were sent, the list is used.
fn payout_days(schedule: &mut Json) -> Result<(), ApiError> {
    for (interval, anchor, days) in DAYS {
        let sent = if schedule.at(days).is_some() { days } else { anchor };
        let list = match schedule.at(sent) {
            Some(Json::Array(list)) => list.clone(),
            Some(day) => vec![day.clone()],
            None => continue,
        };
        let no_day = |day: &Json| !day.as_i64().is_some_and(|day| (1..=31).contains(&day));
        if interval == "monthly" && list.iter().any(no_day) {
            let refusal = ApiError::invalid("Invalid day of the month: must be from 1 to 31.");
            return Err(refusal.param(format!("settings[payouts][schedule][{sent}]")));
        }
        if let Some(first) = list.first() {
            set(schedule, anchor, first.clone());
        }
        set(schedule, days, list);
    }
    Ok(())
}

/// Checks that a schedule has the days of its interval, and no others.
fn anchors(schedule: &mut Json) -> Result<(), ApiError> {
    let interval = schedule.text("interval").to_owned();
    for (name, anchor, days) in DAYS {
        if interval != name {
            *schedule = without(schedule, &[anchor, days]);
        } else if schedule.items(days).is_empty() {
            let message = format!("A {name} schedule requires {anchor} or {days}.");
            return Err(ApiError::invalid(message)
                .code("parameter_missing")
                .param(format!("settings[payouts][schedule][{anchor}]")));
        }
    }
    Ok(())
}

/// Shows the account holder. After Stripe has collected it, the platform of an account with a Stripe Dashboard no
/// longer sees it.
pub(crate) fn show_holder(books: &AccountContext<'_>, object: &mut Json, facts: &Facts, linked: bool) {
    if let Json::Object(members) = object {
        members.remove("company");
        members.remove("individual");
    }
    if linked && !collects(&facts.account) {
        return;
    }
    if facts.account.text("business_type") == "individual" {
        let speaker = facts.persons.iter().find(|person| person.sent.flag("relationship.representative"));
        if let Some(person) = speaker.and_then(|person| books.peek(&person.id)) {
            set(object, "company", derived::company_of_individual(person, facts.account.text("country")));
            set(object, "individual", without(person, &["additional_tos_acceptances"]));
        }
        return;
    }
    if facts.account.text("business_type").is_empty()
        && facts.company.as_object().is_none_or(serde_json::Map::is_empty)
    {
        return;
    }
    let country = facts.account.text("country");
    let hidden = ["tax_id", "vat_id", "registration_number", "verification"];
    let mut company = without(&facts.company, &hidden);
    for (name, secret) in [("tax_id_provided", "tax_id"), ("vat_id_provided", "vat_id")] {
        if secret == "tax_id" || country != "US" || facts.company.at(secret).is_some() {
            set(&mut company, name, facts.company.at(secret).is_some());
        }
    }
    for name in ["directors_provided", "executives_provided", "owners_provided"] {
        set(&mut company, name, facts.company.flag(name));
    }
    let mut address = company.at("address").cloned().unwrap_or_else(|| json!({}));
    if address.at("country").is_none() {
        set(&mut address, "country", country);
    }
    set(&mut company, "address", address);
    let mut document = facts.company.at("verification.document").cloned().unwrap_or_else(|| json!({}));
    if let Some(code) = facts.company_check.at("code").and_then(Json::as_str) {
        set(&mut document, "details_code", code.trim_start_matches("verification_"));
        set(&mut document, "details", crate::resources::accounts::test_values::reason(code));
    }
    set(&mut company, "verification", json!({ "document": document }));
    set(object, "company", company);
}

/// Applies the parameters of the account itself, without persons.
pub(crate) fn apply(books: &mut AccountContext<'_>, sent: &Json) -> Result<(), ApiError> {
    let Some(mut account) = internal::account(books) else { return Ok(()) };
    for name in ["business_type", "email", "default_currency"] {
        if let Some(value) = sent.get(name) {
            set(&mut account, name, if value == "" { Json::Null } else { value.clone() });
        }
    }
    for name in ["business_profile", "tos_acceptance", "groups"] {
        if let Some(value) = sent.get(name) {
            let mut group = account.at(name).cloned().unwrap_or_else(|| json!({}));
            merge(&mut group, value);
            set(&mut account, name, group);
        }
    }
    if let Some(settings) = sent.get("settings") {
        merge_settings(&mut account, settings)?;
    }
    derived::settings(&mut account);
    if let Some(name) = sent.at("company.name").filter(|name| *name != "")
        && account.text("business_profile.name").is_empty()
        && let Some(profile) = account.get_mut("business_profile")
    {
        set(profile, "name", name.clone());
    }
    if let Some(company) = sent.get("company") {
        let mut known = internal::notes(books).at("company").cloned().unwrap_or_else(|| json!({}));
        merge(&mut known, company);
        internal::remember(books, "company", known);
    }
    internal::keep(books, account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_types_map_to_controllers() {
        let (custom, kind) = controller(&json!({ "type": "custom" })).unwrap();
        assert_eq!((custom.text("requirement_collection"), kind), ("application", "custom"));
        let (standard, kind) = controller(&json!({})).unwrap();
        assert_eq!((standard.text("stripe_dashboard.type"), kind), ("full", "standard"));
        assert!(controller(&json!({ "type": "custom", "controller": {} })).is_err());
        let wrong = json!({ "controller": { "requirement_collection": "application" } });
        assert!(controller(&wrong).is_err());
    }

    #[test]
    fn schedule_keeps_only_the_days_of_its_interval() {
        let mut account = json!({ "country": "US", "settings": settings("US", true) });
        let weekly =
            json!({ "payouts": { "schedule": { "interval": "weekly", "weekly_anchor": "friday" } } });
        merge_settings(&mut account, &weekly).unwrap();
        assert_eq!(account.text("settings.payouts.schedule.weekly_anchor"), "friday");
        assert_eq!(account.items("settings.payouts.schedule.weekly_payout_days"), ["friday"]);
        let twice = json!({ "payouts": { "schedule": { "weekly_payout_days": ["monday", "thursday"] } } });
        merge_settings(&mut account, &twice).unwrap();
        assert_eq!(account.text("settings.payouts.schedule.weekly_anchor"), "monday");
        merge_settings(&mut account, &weekly).unwrap();
        assert_eq!(account.items("settings.payouts.schedule.weekly_payout_days"), ["friday"]);
        merge_settings(&mut account, &json!({ "payouts": { "schedule": { "interval": "manual" } } }))
            .unwrap();
        assert!(account.at("settings.payouts.schedule.weekly_anchor").is_none());
        let without_day = json!({ "payouts": { "schedule": { "interval": "monthly" } } });
        assert!(merge_settings(&mut account, &without_day).is_err());
        let no_day = json!({ "payouts": { "schedule": { "interval": "monthly", "monthly_anchor": 32 } } });
        let refusal = merge_settings(&mut account, &no_day).unwrap_err();
        assert_eq!(refusal.param.as_deref(), Some("settings[payouts][schedule][monthly_anchor]"));
        let too_soon = json!({ "payouts": { "schedule": { "delay_days": 1 } } });
        assert!(merge_settings(&mut account, &too_soon).is_err());
    }
}
