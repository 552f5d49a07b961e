//! Queries about an account for other resources. An account without an object, or without a setting, has the default
//! of accounts whose platform is liable.

use super::profile;
use crate::engine::{BalanceKind, CurrencyCode, Json, Peek, Scope};
use crate::state::{AccountContext, State};
use serde_json::json;

/// The `account` object of an account, which is stored among the platform's objects.
pub(crate) fn object<'w>(state: &'w State, scope: &Scope) -> Option<&'w Json> {
    let platform = Scope::new(state.platform(), scope.live);
    let found = state.store(&platform).and_then(|store| store.find("account", &scope.account));
    // Accounts exist in both modes; the object of an account created in test mode is there.
    found.or_else(|| {
        let other = Scope::new(state.platform(), !scope.live);
        state.store(&other)?.find("account", &scope.account)
    })
}

/// The `settings.payouts` of an account; `null` if it has none. For the platform, its balance settings.
pub(crate) fn payout_settings(context: &AccountContext<'_>) -> Json {
    let found = object(context.state, context.scope()).and_then(|account| account.at("settings.payouts"));
    match found {
        Some(settings) => settings.clone(),
        None if context.is_platform() => memory(context).at("settings.payouts").cloned().unwrap_or_default(),
        None => Json::Null,
    }
}

/// Whether the account was rejected by the platform or by Stripe, so that it can no longer move money.
pub(crate) fn is_rejected(state: &State, scope: &Scope) -> bool {
    let reason = object(state, scope).map(|account| account.text("requirements.disabled_reason"));
    reason.is_some_and(|reason| reason.starts_with("rejected.") || reason == "listed")
}

/// Whether payouts of the account are disabled. A sandbox that is not strict only checks whether the account was
/// rejected, unless the platform left its payouts enabled.
pub(crate) fn payouts_stopped(context: &AccountContext<'_>) -> bool {
    let (state, scope) = (&*context.state, context.scope());
    let strict = state.options.strict_capabilities;
    (strict || is_rejected(state, scope))
        && object(state, scope).is_some_and(|account| !account.flag("payouts_enabled"))
}

/// Whether the platform is liable for the account's negative balance.
pub(crate) fn platform_is_liable(state: &State, scope: &Scope) -> bool {
    object(state, scope).is_none_or(|account| match account.text("controller.losses.payments") {
        "" => account.text("type") != "standard",
        who => who == "application",
    })
}

/// Whether a bank account may be debited for a negative balance. Always for the platform.
pub(crate) fn may_be_debited(context: &AccountContext<'_>) -> bool {
    context.is_platform() || payout_settings(context).flag("debit_negative_balances")
}

/// Whether an operation is blocked because a capability is not active and the sandbox is strict.
pub(crate) fn lacks(state: &State, scope: &Scope, capability: &str) -> bool {
    state.options.strict_capabilities
        && object(state, scope)
            .is_some_and(|account| account.text(&format!("capabilities.{capability}")) != "active")
}

/// The country of an account, or of the platform.
pub(crate) fn country(context: &AccountContext<'_>) -> String {
    let account = object(context.state, context.scope()).map(|account| account.text("country"));
    match account {
        Some(country) if !country.is_empty() => country.to_owned(),
        _ if context.is_platform() => memory(context).text("country").to_owned(),
        _ => "US".to_owned(),
    }
}

/// The default currency of an account.
pub(crate) fn default_currency(context: &AccountContext<'_>) -> CurrencyCode {
    object(context.state, context.scope())
        .and_then(|account| CurrencyCode::parse(account.text("default_currency")))
        .unwrap_or(CurrencyCode::USD)
}

/// Whether an account has an Issuing balance: it requested card issuing, or had a balance.
pub(crate) fn has_cards(context: &AccountContext<'_>) -> bool {
    let wanted = object(context.state, context.scope())
        .is_some_and(|account| account.at("capabilities.card_issuing").is_some());
    let purse = |kind: &BalanceKind| {
        matches!(kind, BalanceKind::Issuing | BalanceKind::IssuingIncoming | BalanceKind::IssuingHolds)
    };
    wanted || context.state.ledger.purses_of(context.scope()).any(|(each, _)| purse(&each.kind))
}

/// The internal id of the balance settings, which have no id at Stripe.
pub(crate) const MEMORY: &str = "sandbox.balance_settings";

/// The settings that account objects do not contain; for the platform, which has no account object, all settings.
pub(crate) fn memory(context: &AccountContext<'_>) -> Json {
    let empty = || json!({ "id": MEMORY, "object": "balance_settings", "country": "US", "settings": profile::settings("US", false) });
    context.peek(MEMORY).cloned().unwrap_or_else(empty)
}
