//! The checks of a card by its issuer: of the security code and of the address. They are made when the card is first used.

use super::declines::{self, Decline};
use super::test_cards::Effect;
use crate::engine::{Json, Peek, set};
use crate::resources::accounts::read;
use crate::state::AccountContext;

/// The result of a check that was not made yet.
pub(crate) const UNCHECKED: &str = "unchecked";

const CHECKS: [&str; 3] = ["address_line1_check", "address_postal_code_check", "cvc_check"];

/// Whether a payment method is a card that was not checked yet.
pub(crate) fn wait(method: &Json) -> bool {
    CHECKS.iter().any(|check| method.text(&format!("card.checks.{check}")) == UNCHECKED)
}

/// Sets the results of the checks of a card. What was not sent is not checked.
pub(crate) fn finish(method: &mut Json, effect: Effect) {
    let Some(checks) = method.get_mut("card").and_then(|card| card.get_mut("checks")) else { return };
    for check in CHECKS {
        if checks.text(check) == UNCHECKED {
            set(checks, check, result(effect, check));
        }
    }
}

fn result(effect: Effect, check: &str) -> &'static str {
    match effect {
        Effect::FailsChecks(failing) if failing.contains(&check) => "fail",
        Effect::ChecksNoAddress if check != "cvc_check" => "unavailable",
        // The issuer never sees it.
        Effect::Declines(reason) if reason.is_blocked() => "unavailable",
        _ => "pass",
    }
}

/// Why a card is declined whose checks failed: if Radar blocks such payments, or the account does by its settings. A wrong
/// first line of the address is no reason.
pub(crate) fn failed(context: &AccountContext<'_>, method: &Json) -> Option<&'static Decline> {
    let account = read::object(context.state, context.scope());
    let blocks = |setting: &str| {
        context.state.options.failed_checks_decline
            || account
                .is_some_and(|account| account.flag(&format!("settings.card_payments.decline_on.{setting}")))
    };
    let fails = |check: &str| method.text(&format!("card.checks.{check}")) == "fail";
    if fails("cvc_check") && blocks("cvc_failure") {
        Some(&declines::INCORRECT_CVC)
    } else if fails("address_postal_code_check") && blocks("avs_failure") {
        Some(&declines::INCORRECT_ZIP)
    } else {
        None
    }
}
