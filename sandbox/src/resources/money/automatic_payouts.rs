//! Automatic payouts by an account's schedule.

use super::{payout_schedule, payouts, source_types};
use crate::engine::{ApiError, BalanceKind, CurrencyCode, Peek, Scope};
use crate::resources::Resource;
use crate::resources::accounts::payout_destinations;
use crate::resources::accounts::read;
use crate::state::{About, AccountContext, Policy, Rule, State};
use std::collections::BTreeSet;
use std::time::Duration;

/// Automatic payouts: on the days of the schedule, a delay later, or only when triggered by the test.
pub static AUTOMATIC: Rule = Rule {
    name: "payout.automatic",
    default: Policy::Immediate,
    about: About::Account(SUBJECT),
    task: fall_due,
};

const SUBJECT: &str = "automatic payout";

pub(crate) static RESOURCE: Resource =
    Resource { name: "automatic_payouts", entries: &[], machines: &[], rules: &[&AUTOMATIC] };

/// Schedules a payout for accounts with available money on the next day of their schedule.
pub(crate) fn watch(state: &mut State, touched: &BTreeSet<(Scope, CurrencyCode)>) {
    for (scope, currency) in touched {
        if source_types::spendable_of(state, scope, *currency) > 0 {
            plan(&mut state.context(scope.clone()));
        }
    }
}

/// Schedules the next automatic payout, unless it is scheduled or nothing can be paid out. Must also be called when
/// the schedule or an external account was changed.
pub(crate) fn plan(context: &mut AccountContext<'_>) {
    let scope = context.scope().clone();
    if context.state.watched.paid_out.contains(&scope) {
        return;
    }
    let settings = read::payout_settings(context);
    let at = settings.at("schedule").and_then(|schedule| payout_schedule::next(context.now(), schedule));
    if let (Some(at), Some(wait)) = (at, context.policy(&AUTOMATIC).wait())
        && !payable(context).is_empty()
    {
        let until = u64::try_from(at - context.now()).unwrap_or(0);
        context.later(Duration::from_secs(until) + wait, SUBJECT, fall_due);
        context.state.plan_is_known(scope, true);
    }
}

/// Reschedules the next payout, because the schedule was changed.
pub(crate) fn plan_anew(context: &mut AccountContext<'_>) {
    let scope = context.scope().clone();
    context.forget(SUBJECT);
    context.state.plan_is_known(scope, false);
    plan(context);
}

fn fall_due(context: &mut AccountContext<'_>, _: &str) -> Result<(), ApiError> {
    let scope = context.scope().clone();
    context.state.plan_is_known(scope, false);
    // The schedule may have been changed meanwhile.
    if read::payout_settings(context).text("schedule.interval") == "manual" {
        return Ok(());
    }
    let done = run(context);
    plan(context);
    done
}

/// Pays out the complete available balance, by source type, to the default bank account of each currency.
pub(crate) fn run(context: &mut AccountContext<'_>) -> Result<(), ApiError> {
    if read::payouts_stopped(context) {
        return Ok(());
    }
    for (currency, destination) in payable(context) {
        let mut keep = minimum(context, currency);
        for source_type in source_types::NAMES {
            let held = context.balance(source_types::kind(source_type), currency);
            let amount = (held - keep).max(0);
            // A remainder below the smallest payout stays.
            let amount = amount - amount % currency.payout_step();
            keep = (keep - held.max(0)).max(0);
            if amount > 0 {
                payouts::automatic(context, amount, currency, source_type, &destination)?;
            }
        }
    }
    Ok(())
}

/// The currencies with money to be paid out, each with the id of the external account. One that rejected money
/// receives no automatic payouts until it is updated.
fn payable(context: &AccountContext<'_>) -> Vec<(CurrencyCode, String)> {
    let ours = context.state.ledger.purses_of(context.scope());
    let spendable =
        |kind: &BalanceKind| source_types::NAMES.iter().any(|name| source_types::kind(name) == *kind);
    let held: BTreeSet<_> =
        ours.filter(|(purse, _)| spendable(&purse.kind)).map(|(purse, _)| purse.currency).collect();
    let owned = held.into_iter().filter(|currency| source_types::spendable(context, *currency) > 0);
    let receivers = owned.filter_map(|currency| {
        let found = payout_destinations::default_for(context, currency.as_str());
        let id = found.filter(|found| !payout_destinations::refuses(found))?.text("id").to_owned();
        Some((currency, id))
    });
    receivers.collect()
}

/// The minimum balance in the balance settings.
fn minimum(context: &AccountContext<'_>, currency: CurrencyCode) -> i64 {
    let path = format!("payments.payouts.minimum_balance_by_currency.{currency}");
    context.all("balance_settings").next().map_or(0, |settings| settings.int(&path)).max(0)
}
