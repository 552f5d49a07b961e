//! What other systems want to know of an account. An account without an object, or without a setting, has the default
//! of accounts whose platform answers for them.

use super::profile;
use crate::engine::{BalanceKind, CurrencyCode, Json, Peek, Scope};
use crate::state::{AccountContext, State};
use serde_json::json;

/// The `account` object of an account, which is among the platform's objects.
pub(crate) fn object<'w>(world: &'w State, scope: &Scope) -> Option<&'w Json> {
    let platform = Scope::new(world.platform(), scope.live);
    let found = world.store(&platform).and_then(|store| store.find("account", &scope.account));
    // Accounts exist in both modes; one that was made in test mode has its object there.
    found.or_else(|| {
        let other = Scope::new(world.platform(), !scope.live);
        world.store(&other)?.find("account", &scope.account)
    })
}

/// The `settings.payouts` of an account; `null` if it has none. Those of the platform are its balance settings.
pub(crate) fn payout_settings(work: &AccountContext<'_>) -> Json {
    let found = object(work.world, work.scope()).and_then(|account| account.at("settings.payouts"));
    match found {
        Some(settings) => settings.clone(),
        None if work.is_platform() => memory(work).at("settings.payouts").cloned().unwrap_or_default(),
        None => Json::Null,
    }
}

/// Whether the account was rejected, by the platform or by Stripe: then it can do nothing with money any more.
pub(crate) fn is_rejected(world: &State, scope: &Scope) -> bool {
    let reason = object(world, scope).map(|account| account.text("requirements.disabled_reason"));
    reason.is_some_and(|reason| reason.starts_with("rejected.") || reason == "listed")
}

/// Whether the account cannot be paid out. A sandbox that is not strict lets all through but those that were rejected,
/// unless their platform left their payouts alone.
pub(crate) fn payouts_stopped(work: &AccountContext<'_>) -> bool {
    let (world, scope) = (&*work.world, work.scope());
    let strict = world.options.strict_capabilities;
    (strict || is_rejected(world, scope))
        && object(world, scope).is_some_and(|account| !account.flag("payouts_enabled"))
}

/// Whether the platform pays what the account cannot.
pub(crate) fn platform_is_liable(world: &State, scope: &Scope) -> bool {
    object(world, scope).is_none_or(|account| match account.text("controller.losses.payments") {
        "" => account.text("type") != "standard",
        who => who == "application",
    })
}

/// Whether a bank account of the account may be debited when its balance is negative. The platform's always may.
pub(crate) fn may_be_debited(work: &AccountContext<'_>) -> bool {
    work.is_platform() || payout_settings(work).flag("debit_negative_balances")
}

/// Whether a capability stands in the way: it is not active, and the sandbox is strict about that.
pub(crate) fn lacks(world: &State, scope: &Scope, capability: &str) -> bool {
    world.options.strict_capabilities
        && object(world, scope)
            .is_some_and(|account| account.text(&format!("capabilities.{capability}")) != "active")
}

/// The currency of an account's country.
pub(crate) fn default_currency(work: &AccountContext<'_>) -> CurrencyCode {
    object(work.world, work.scope())
        .and_then(|account| CurrencyCode::parse(account.text("default_currency")))
        .unwrap_or(CurrencyCode::USD)
}

/// Whether an account has an Issuing balance: it wants to issue cards, or had money for them.
pub(crate) fn has_cards(work: &AccountContext<'_>) -> bool {
    let wanted = object(work.world, work.scope())
        .is_some_and(|account| account.at("capabilities.card_issuing").is_some());
    let purse = |kind: &BalanceKind| {
        matches!(kind, BalanceKind::Issuing | BalanceKind::IssuingIncoming | BalanceKind::IssuingHolds)
    };
    wanted || work.world.ledger.purses_of(work.scope()).any(|(each, _)| purse(&each.kind))
}

/// The id under which the settings are kept; Stripe's have none.
pub(crate) const MEMORY: &str = "sandbox.balance_settings";

/// The part that no account object has; for the platform, which has no account object, the settings too.
pub(crate) fn memory(work: &AccountContext<'_>) -> Json {
    let empty = || json!({ "id": MEMORY, "object": "balance_settings", "country": "US", "settings": profile::settings("US", false) });
    work.peek(MEMORY).cloned().unwrap_or_else(empty)
}
