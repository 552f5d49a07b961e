//! What happens when a payments balance is negative: the platform's reserve follows the sum of what its accounts owe,
//! their banks are debited, and after 180 days the reserve pays.

use super::{payouts, source_types};
use crate::engine::{ApiError, BalanceKind, CurrencyCode, JournalEntry, LedgerEntry, Scope};
use crate::resources::Resource;
use crate::resources::accounts::read;
use crate::resources::money::reserve::{RELEASE, adjust, reserve_line};
use crate::state::{About, AccountContext, LogEntry, Policy, Rule, State};
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

/// When the platform's reserve pays for an account.
pub static COLLECT: Rule = Rule {
    name: "negative_balance.collect",
    default: Policy::days(180),
    about: About::Account(OWED),
    task: collect,
};

const DAY: Duration = Duration::from_secs(86_400);

pub(crate) static RESOURCE: Resource =
    Resource { name: "negative_balances", entries: &[], machines: &[], rules: &[&DEBIT, &RELEASE, &COLLECT] };

/// Follows the balances that changed: notes who owes money and who does not any more, and adjusts the reserve.
pub(crate) fn watch(world: &mut State, touched: &BTreeSet<(Scope, CurrencyCode)>) {
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
            world.note(LogEntry::Skipped(format!("reserve in {currency}: {refusal}").into()));
        }
    }
}

/// The tasks about negative balances have this subject, with a currency behind it if they are about one.
const OWED: &str = "negative balance";

fn subject(currency: CurrencyCode) -> String {
    format!("{OWED} {currency}")
}

/// The currencies that a subject stands for: its own, or all in which the account owes.
fn currencies_of(work: &AccountContext<'_>, subject: &str) -> Vec<CurrencyCode> {
    let own = subject.strip_prefix(OWED).and_then(|code| CurrencyCode::parse(code.trim_start()));
    let watched = work.world.watched.negative.iter();
    let owed = watched.filter(|(scope, _)| scope == work.scope()).map(|(_, currency)| *currency);
    own.map_or_else(|| owed.collect(), |currency| vec![currency])
}

/// Debits the bank account of an account that owes money, and looks again every day for as long as it does.
pub(crate) fn debit(work: &mut AccountContext<'_>, about: &str) -> Result<(), ApiError> {
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
pub(crate) fn collect(work: &mut AccountContext<'_>, about: &str) -> Result<(), ApiError> {
    currencies_of(work, about).into_iter().try_for_each(|currency| collect_in(work, currency))
}

fn collect_in(work: &mut AccountContext<'_>, currency: CurrencyCode) -> Result<(), ApiError> {
    let owed = -source_types::spendable(work, currency);
    if owed <= 0 || work.is_platform() || !read::platform_is_liable(work.world, work.scope()) {
        return Ok(());
    }
    let account = work.purse(BalanceKind::Available, currency);
    let mut books = work.of_platform();
    let (reserved, platform) =
        (books.purse(BalanceKind::ConnectReserved, currency), books.purse(BalanceKind::Available, currency));
    let released = reserve_line(&mut books, &platform, owed, "Reserve released");
    let id = books.id("cct");
    let transfer = json!({ "id": id, "object": "connect_collection_transfer", "amount": owed,
        "currency": currency.as_str(), "destination": &*account.scope.account, "livemode": account.scope.live });
    // It is the source of a line on either side.
    for side in [&platform, &account] {
        work.world.keep(&side.scope, &transfer);
    }
    let description = format!("Negative balance of {} after 180 days", account.scope.account);
    let line =
        |purse, amount| LedgerEntry::new("connect_collection_transfer", purse, amount).source(id.as_str());
    let movement = JournalEntry::between(reserved, account.clone(), owed)
        .line(released)
        .line(line(&platform, -owed).description(Some(&description)))
        .line(line(&account, owed));
    work.post(movement).map(drop)
}
