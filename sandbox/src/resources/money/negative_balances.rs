//! What happens when a payments balance is negative: the platform's reserve follows the sum of what its accounts owe,
//! their banks are debited, and after 180 days the reserve pays.

use crate::resources::System;
use crate::resources::accounts::read;
use super::{payouts, source_types};
use crate::engine::{CurrencyCode, Kind, Line, Movement, Peek, Purse, Refusal, Scope};
use crate::state::{About, Happening, Policy, Rule, Work, World};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// When the bank account of an account that owes money is debited.
pub static DEBIT: Rule = Rule {
    name: "negative_balance.debit",
    default: Policy::days(1),
    about: About::Account(OWED),
    task: debit,
};
/// When the platform's reserve for an account is let go after the account's bank was debited: the days are business days.
pub static RELEASE: Rule = Rule {
    name: "negative_balance.release",
    default: Policy::days(3),
    about: About::Object(&["payout"]),
    task: release,
};
/// When the platform's reserve pays for an account.
pub static COLLECT: Rule = Rule {
    name: "negative_balance.collect",
    default: Policy::days(180),
    about: About::Account(OWED),
    task: collect,
};

const DAY: Duration = Duration::from_secs(86_400);

pub(crate) static SYSTEM: System =
    System { name: "negative_balances", entries: &[], machines: &[], rules: &[&DEBIT, &RELEASE, &COLLECT] };

/// Follows the balances that changed: notes who owes money and who does not any more, and adjusts the reserve.
pub(crate) fn watch(world: &mut World, touched: &BTreeSet<(Scope, CurrencyCode)>) {
    let mut reserves = BTreeSet::new();
    for (scope, currency) in touched {
        let owes = source_types::spendable_of(world, scope, *currency) < 0;
        let place = (scope.clone(), *currency);
        let platform = scope.account == world.platform();
        if !platform && (owes || world.watched.negative.contains(&place)) {
            reserves.insert((scope.live, *currency));
        }
        let subject = subject(*currency);
        if owes && world.watched.negative.insert(place.clone()) {
            let mut work = world.work(scope.clone());
            work.by_rule(&DEBIT, &subject);
            if !platform {
                work.by_rule(&COLLECT, &subject);
            }
        }
        if !owes && world.watched.negative.remove(&place) {
            world.work(scope.clone()).forget(&subject);
        }
    }
    for (live, currency) in reserves {
        if let Err(refusal) = adjust(world, live, currency) {
            world.note(Happening::Skipped(format!("reserve in {currency}: {refusal}").into()));
        }
    }
}

/// The tasks about negative balances have this subject, with a currency behind it if they are about one.
const OWED: &str = "negative balance";

fn subject(currency: CurrencyCode) -> String {
    format!("{OWED} {currency}")
}

/// The currencies that a subject stands for: its own, or all in which the account owes.
fn currencies_of(work: &Work<'_>, subject: &str) -> Vec<CurrencyCode> {
    let own = subject.strip_prefix(OWED).and_then(|code| CurrencyCode::parse(code.trim_start()));
    let watched = work.world.watched.negative.iter();
    let owed = watched.filter(|(scope, _)| scope == work.scope()).map(|(_, currency)| *currency);
    own.map_or_else(|| owed.collect(), |currency| vec![currency])
}

/// Makes the reserve what the accounts owe together, and what is still held for debits of their banks. It is taken even if
/// the platform's own balance becomes negative.
fn adjust(world: &mut World, live: bool, currency: CurrencyCode) -> Result<(), Refusal> {
    let owing: Vec<Scope> = world
        .watched
        .negative
        .iter()
        .filter(|(scope, owed)| scope.live == live && *owed == currency && scope.account != world.platform())
        .map(|(scope, _)| scope.clone())
        .filter(|scope| read::platform_is_liable(world, scope))
        .collect();
    let owed: i64 = owing.iter().map(|scope| -source_types::spendable_of(world, scope, currency)).sum();
    let platform = Scope::new(world.platform(), live);
    let mut work = world.work(platform);
    let held = work.all(HELD).filter(|held| held.text("currency") == currency.as_str());
    let held: i64 = held.map(|held| held.int("amount")).sum();
    let (available, reserved) =
        (work.purse(Kind::Available, currency), work.purse(Kind::ConnectReserved, currency));
    let more = owed + held - work.balance(Kind::ConnectReserved, currency);
    if more == 0 {
        return Ok(());
    }
    let line =
        reserve_line(&mut work, &available, -more, "Reserve for negative balances of connected accounts");
    work.post(Movement::between(available, reserved, more).line(line)).map(drop)
}

/// What tells of the reserve on the platform's statement, with the object that is its source.
fn reserve_line(platform: &mut Work<'_>, purse: &Purse, amount: i64, text: &str) -> Line {
    let id = platform.id("rt");
    let transaction = json!({ "id": id, "object": "reserve_transaction", "amount": amount,
        "currency": purse.currency.as_str(), "description": text });
    platform.world.keep(&purse.scope, &transaction);
    Line::new("reserve_transaction", purse, amount).source(id).description(Some(text))
}

/// The platform's objects of this kind say what it reserves though the account does not owe it any more; Stripe's API does
/// not show them.
const HELD: &str = "sandbox.held_reserve";

fn held(payout: &str) -> String {
    format!("{HELD}.{payout}")
}

/// Keeps the platform's reserve for what an account owes until some days after its bank was debited for it: the bank may
/// still take the money back. To be called before the money arrives.
pub(crate) fn hold(work: &mut Work<'_>, payout: &str, amount: i64, currency: CurrencyCode) {
    let reserved = amount.min(-source_types::spendable(work, currency));
    if reserved <= 0 || work.is_platform() || !read::platform_is_liable(work.world, work.scope()) {
        return;
    }
    let held =
        json!({ "id": held(payout), "object": HELD, "amount": reserved, "currency": currency.as_str() });
    let platform = work.of_platform().scope().clone();
    work.world.keep(&platform, &held);
    work.by_rule_on_business_days(&RELEASE, payout);
}

/// Lets go of what was reserved while the debit of a bank could come back.
pub(crate) fn release(work: &mut Work<'_>, payout: &str) -> Result<(), Refusal> {
    let platform = work.of_platform().scope().clone();
    let held = work.world.store_mut(&platform).remove(&held(payout));
    let currency = held.and_then(|held| CurrencyCode::parse(held.text("currency")));
    let currency = currency.ok_or_else(|| Refusal::invalid("Nothing is reserved because of this payout."))?;
    adjust(work.world, platform.live, currency)
}

/// Debits the bank account of an account that owes money, and looks again every day for as long as it does.
pub(crate) fn debit(work: &mut Work<'_>, about: &str) -> Result<(), Refusal> {
    for currency in currencies_of(work, about) {
        let owed = -source_types::spendable(work, currency);
        if owed <= 0 {
            continue;
        }
        if work.policy(&DEBIT).wait().is_some() {
            work.later(DAY, &subject(currency), debit);
        }
        if read::may_be_debited(work) {
            payouts::debit(work, currency, owed)?;
        }
    }
    Ok(())
}

/// Pays what an account has owed for too long from the platform's reserve.
pub(crate) fn collect(work: &mut Work<'_>, about: &str) -> Result<(), Refusal> {
    currencies_of(work, about).into_iter().try_for_each(|currency| collect_in(work, currency))
}

fn collect_in(work: &mut Work<'_>, currency: CurrencyCode) -> Result<(), Refusal> {
    let owed = -source_types::spendable(work, currency);
    if owed <= 0 || work.is_platform() || !read::platform_is_liable(work.world, work.scope()) {
        return Ok(());
    }
    let account = work.purse(Kind::Available, currency);
    let mut books = work.of_platform();
    let (reserved, platform) =
        (books.purse(Kind::ConnectReserved, currency), books.purse(Kind::Available, currency));
    let released = reserve_line(&mut books, &platform, owed, "Reserve released");
    let id = books.id("cct");
    let transfer = json!({ "id": id, "object": "connect_collection_transfer", "amount": owed,
        "currency": currency.as_str(), "destination": &*account.scope.account, "livemode": account.scope.live });
    // It is the source of a line on either side.
    for side in [&platform, &account] {
        work.world.keep(&side.scope, &transfer);
    }
    let description = format!("Negative balance of {} after 180 days", account.scope.account);
    let line = |purse, amount| Line::new("connect_collection_transfer", purse, amount).source(id.as_str());
    let movement = Movement::between(reserved, account.clone(), owed)
        .line(released)
        .line(line(&platform, -owed).description(Some(&description)))
        .line(line(&account, owed));
    work.post(movement).map(drop)
}
