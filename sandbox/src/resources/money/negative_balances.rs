//! Negative payments balances: the platform's reserve follows the total debt of its accounts, their banks are
//! debited, and after 180 days the reserve pays.

use super::{payouts, source_types};
use crate::engine::{ApiError, BalanceKind, CurrencyCode, JournalEntry, LedgerEntry, Scope};
use crate::resources::Resource;
use crate::resources::accounts::read;
use crate::resources::money::reserve::{RELEASE, adjust, reserve_line};
use crate::state::{About, AccountContext, LogEntry, Policy, Rule, State};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// When the bank account of an account with a negative balance is debited.
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

/// Reacts to changed balances: records new and settled debts, and adjusts the reserve.
pub(crate) fn watch(state: &mut State, touched: &BTreeSet<(Scope, CurrencyCode)>) {
    let mut reserves = BTreeSet::new();
    for (scope, currency) in touched {
        let owes = source_types::spendable_of(state, scope, *currency) < 0;
        let place = (scope.clone(), *currency);
        let platform = scope.account == state.platform();
        if !platform && (owes || state.watched.negative.contains(&place)) {
            reserves.insert((scope.live, *currency));
        }
        let subject = subject(*currency);
        if owes && state.watched.negative.insert(place.clone()) {
            let mut context = state.context(scope.clone());
            context.by_rule(&DEBIT, &subject);
            if !platform {
                context.by_rule(&COLLECT, &subject);
            }
        }
        if !owes && state.watched.negative.remove(&place) {
            state.context(scope.clone()).forget(&subject);
        }
    }
    for (live, currency) in reserves {
        if let Err(refusal) = adjust(state, live, currency) {
            state.note(LogEntry::Skipped(format!("reserve in {currency}: {refusal}").into()));
        }
    }
}

/// The subject of tasks about negative balances, followed by the currency if they are about a single one.
const OWED: &str = "negative balance";

fn subject(currency: CurrencyCode) -> String {
    format!("{OWED} {currency}")
}

/// The currencies of a subject: its own, or all in which the account has a debt.
fn currencies_of(context: &AccountContext<'_>, subject: &str) -> Vec<CurrencyCode> {
    let own = subject.strip_prefix(OWED).and_then(|code| CurrencyCode::parse(code.trim_start()));
    let watched = context.state.watched.negative.iter();
    let owed = watched.filter(|(scope, _)| scope == context.scope()).map(|(_, currency)| *currency);
    own.map_or_else(|| owed.collect(), |currency| vec![currency])
}

/// Debits the bank account of an account with a negative balance, and repeats this every day until it is settled.
pub(crate) fn debit(context: &mut AccountContext<'_>, about: &str) -> Result<(), ApiError> {
    for currency in currencies_of(context, about) {
        let owed = -source_types::spendable(context, currency);
        if owed <= 0 {
            continue;
        }
        if context.policy(&DEBIT).wait().is_some() {
            context.later(DAY, &subject(currency), debit);
        }
        if read::may_be_debited(context) {
            payouts::debit(context, currency, owed)?;
        }
    }
    Ok(())
}

/// Pays an old debt of an account from the platform's reserve.
pub(crate) fn collect(context: &mut AccountContext<'_>, about: &str) -> Result<(), ApiError> {
    currencies_of(context, about).into_iter().try_for_each(|currency| collect_in(context, currency))
}

fn collect_in(context: &mut AccountContext<'_>, currency: CurrencyCode) -> Result<(), ApiError> {
    let owed = -source_types::spendable(context, currency);
    if owed <= 0 || context.is_platform() || !read::platform_is_liable(context.state, context.scope()) {
        return Ok(());
    }
    let account = context.purse(BalanceKind::Available, currency);
    let mut books = context.of_platform();
    let (reserved, platform) =
        (books.purse(BalanceKind::ConnectReserved, currency), books.purse(BalanceKind::Available, currency));
    let released = reserve_line(&mut books, &platform, owed, "Reserve released");
    let id = books.id("cct");
    let transfer = json!({ "id": id, "object": "connect_collection_transfer", "amount": owed,
        "currency": currency.as_str(), "destination": &*account.scope.account, "livemode": account.scope.live });
    // It is the source of an entry on either side.
    for side in [&platform, &account] {
        context.state.keep(&side.scope, &transfer);
    }
    let description = format!("Negative balance of {} after 180 days", account.scope.account);
    let line =
        |purse, amount| LedgerEntry::new("connect_collection_transfer", purse, amount).source(id.as_str());
    let movement = JournalEntry::between(reserved, account.clone(), owed)
        .line(released)
        .line(line(&platform, -owed).description(Some(&description)))
        .line(line(&account, owed));
    context.post(movement).map(drop)
}
