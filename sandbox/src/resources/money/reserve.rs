//! The platform's reserve for accounts with a negative balance.

use super::source_types;
use crate::engine::{
    ApiError, BalanceKind, CurrencyCode, JournalEntry, LedgerAccount, LedgerEntry, Peek, Scope,
};
use crate::resources::accounts::read;
use crate::state::{About, AccountContext, Policy, Rule, State};
use serde_json::json;

/// When the reserve for an account is released after its bank account was debited, in business days.
pub static RELEASE: Rule = Rule {
    name: "negative_balance.release",
    default: Policy::days(3),
    about: About::Object(&["payout"]),
    task: release,
};

/// Adjusts the reserve to the total debt of the accounts, plus the amounts held for pending debits of their banks.
/// The platform's balance may become negative.
pub(crate) fn adjust(state: &mut State, live: bool, currency: CurrencyCode) -> Result<(), ApiError> {
    let owing: Vec<Scope> = state
        .watched
        .negative
        .iter()
        .filter(|(scope, owed)| scope.live == live && *owed == currency && scope.account != state.platform())
        .map(|(scope, _)| scope.clone())
        .filter(|scope| read::platform_is_liable(state, scope))
        .collect();
    let owed: i64 = owing.iter().map(|scope| -source_types::spendable_of(state, scope, currency)).sum();
    let platform = Scope::new(state.platform(), live);
    let mut context = state.context(platform);
    let held = context.all(HELD).filter(|held| held.text("currency") == currency.as_str());
    let held: i64 = held.map(|held| held.int("amount")).sum();
    let (available, reserved) = (
        context.purse(BalanceKind::Available, currency),
        context.purse(BalanceKind::ConnectReserved, currency),
    );
    let more = owed + held - context.balance(BalanceKind::ConnectReserved, currency);
    if more == 0 {
        return Ok(());
    }
    let line =
        reserve_line(&mut context, &available, -more, "Reserve for negative balances of connected accounts");
    context.post(JournalEntry::between(available, reserved, more).line(line)).map(drop)
}

/// The entry for the reserve on the platform's statement, with its source.
pub(crate) fn reserve_line(
    platform: &mut AccountContext<'_>,
    purse: &LedgerAccount,
    amount: i64,
    text: &str,
) -> LedgerEntry {
    let id = platform.id("rt");
    let transaction = json!({ "id": id, "object": "reserve_transaction", "amount": amount,
        "currency": purse.currency.as_str(), "description": text });
    platform.state.keep(&purse.scope, &transaction);
    LedgerEntry::new("reserve_transaction", purse, amount).source(id).description(Some(text))
}

/// The kind of internal objects of the platform that hold reserves for debts that were already repaid.
pub(crate) const HELD: &str = "sandbox.held_reserve";

pub(crate) fn held(payout: &str) -> String {
    format!("{HELD}.{payout}")
}

/// Keeps the reserve for an account's debt until some days after its bank was debited, since the bank may reclaim the
/// money. Must be called before the money arrives.
pub(crate) fn hold(context: &mut AccountContext<'_>, payout: &str, amount: i64, currency: CurrencyCode) {
    let reserved = amount.min(-source_types::spendable(context, currency));
    if reserved <= 0 || context.is_platform() || !read::platform_is_liable(context.state, context.scope()) {
        return;
    }
    let held =
        json!({ "id": held(payout), "object": HELD, "amount": reserved, "currency": currency.as_str() });
    let platform = context.of_platform().scope().clone();
    context.state.keep(&platform, &held);
    context.by_rule_on_business_days(&RELEASE, payout);
}

/// Releases the reserve that was kept during the return period of a debit.
pub(crate) fn release(context: &mut AccountContext<'_>, payout: &str) -> Result<(), ApiError> {
    let platform = context.of_platform().scope().clone();
    let held = context.state.store_mut(&platform).remove(&held(payout));
    let currency = held.and_then(|held| CurrencyCode::parse(held.text("currency")));
    let currency = currency.ok_or_else(|| ApiError::invalid("No reserve is held for this payout."))?;
    adjust(context.state, platform.live, currency)
}
