//! The payment methods and the account numbers of test mode, and what becomes of flows of money with them.

use crate::engine::{ApiError, Json, Peek};
use crate::resources::accounts::{bank_accounts, bank_numbers, internal};
use crate::state::AccountContext;
use serde_json::json;

/// What becomes of a flow when its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The money arrives.
    Arrives,
    /// The flow stays as it is.
    Stays,
    /// It is canceled.
    Canceled,
    /// It fails, with a code.
    Fails(&'static str),
    /// The money arrives and is sent back, with a code.
    Returned(&'static str),
}

/// How the names of all test payment methods begin.
const PREFIX: &str = "pm_usBankAccount";

/// Outbound flows: the end of the payment method's name, the account number that does the same, and what happens.
const OUTBOUND: [(&str, &str, Fate); 8] = [
    ("", "000123456789", Fate::Arrives),
    ("_processing", "000000000009", Fate::Stays),
    ("_expectedArrivalDateUpdated", "000123457890", Fate::Arrives),
    ("_canceledByUser", "000000000123", Fate::Canceled),
    ("_internalFailure", "000000000234", Fate::Fails("other")),
    ("_accountClosed", "000111111113", Fate::Returned("account_closed")),
    ("_noAccount", "000111111116", Fate::Returned("no_account")),
    ("_invalidAccountNumber", "000111111119", Fate::Returned("invalid_account_number")),
];

/// Inbound flows: the end of the payment method's name, and what happens.
const INBOUND: [(&str, Fate); 9] = [
    ("", Fate::Arrives),
    ("_processing", Fate::Stays),
    ("_internalFailure", Fate::Fails("other")),
    ("_noAccount", Fate::Fails("no_account")),
    ("_accountClosed", Fate::Fails("account_closed")),
    ("_invalidAccountNumber", Fate::Fails("invalid_account_number")),
    ("_insufficientFunds", Fate::Fails("insufficient_funds")),
    ("_debitNotAuthorized", Fate::Fails("debit_not_authorized")),
    ("_dispute", Fate::Returned("debit_not_authorized")),
];

/// What becomes of an outbound flow to a payment method; refused if there is no such one.
pub(crate) fn outbound(context: &AccountContext<'_>, method: &str, param: &str) -> Result<Fate, ApiError> {
    match OUTBOUND.iter().find(|(name, ..)| method.strip_prefix(PREFIX) == Some(name)) {
        Some((.., fate)) => Ok(*fate),
        None => outbound_to(&json!({ "account_number": bank_number(context, method, param)? }), param),
    }
}

/// The number of the bank account behind a payment method that was made by a request.
fn bank_number(context: &AccountContext<'_>, method: &str, param: &str) -> Result<String, ApiError> {
    let found = context.peek(method).filter(|found| found.text("object") == "payment_method");
    let found = found.ok_or_else(|| ApiError::missing("payment method", method, param))?;
    if found.text("type") != "us_bank_account" {
        let message = "Financial accounts send to and receive from payment methods of type us_bank_account.";
        return Err(ApiError::invalid(message).param(param));
    }
    Ok(context.notes(method).text("account_number").to_owned())
}

/// What becomes of an outbound flow to a bank account that was described. Details that cannot be are refused.
pub(crate) fn outbound_to(given: &Json, place: &str) -> Result<Fate, ApiError> {
    let number = given.at("account_number").and_then(Json::as_str).unwrap_or("000123456789");
    let known = OUTBOUND.iter().find(|(_, known, _)| *known == number);
    let checked = match known {
        Some(_) => internal::without(given, &["account_number"]),
        None => given.clone(),
    };
    bank_accounts::check_us(&checked, place)?;
    if let Some((.., fate)) = known {
        return Ok(*fate);
    }
    let failure = bank_numbers::find("US").and_then(|banks| banks.outcome(number)).flatten();
    // What a bank cannot say of money that is sent to it is something else.
    Ok(match failure {
        None => Fate::Arrives,
        Some(code @ "invalid_currency") => Fate::Returned(code),
        Some(_) => Fate::Returned("other"),
    })
}

/// What becomes of an inbound transfer from a payment method; refused if there is no such one.
pub(crate) fn inbound(context: &AccountContext<'_>, method: &str, param: &str) -> Result<Fate, ApiError> {
    if let Some((_, fate)) = INBOUND.iter().find(|(name, _)| method.strip_prefix(PREFIX) == Some(name)) {
        return Ok(*fate);
    }
    let failure = bank_accounts::number_failure("US", &bank_number(context, method, param)?);
    // What a bank cannot say of money that is taken from it is something else.
    Ok(match failure {
        None => Fate::Arrives,
        Some("invalid_currency") => Fate::Fails("other"),
        Some(code) => Fate::Fails(code),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Scope;
    use crate::state::{Options, State};

    #[test]
    fn every_test_value_does_what_it_is_for() {
        let mut state = State::new(1, Options::default());
        let context = state.context(Scope::new("acct_1", false));
        let outbound = |method: &str, param: &str| super::outbound(&context, method, param);
        let inbound = |method: &str, param: &str| super::inbound(&context, method, param);
        for (name, number, fate) in OUTBOUND {
            assert_eq!(outbound(&format!("{PREFIX}{name}"), "p").unwrap(), fate, "{name}");
            assert_eq!(outbound_to(&json!({ "account_number": number }), "p").unwrap(), fate, "{number}");
        }
        for (name, fate) in INBOUND {
            assert_eq!(inbound(&format!("{PREFIX}{name}"), "p").unwrap(), fate, "{name}");
        }
        assert_eq!(outbound("pm_1", "p").unwrap_err().code, Some("resource_missing"));
        assert_eq!(inbound("pm_1", "p").unwrap_err().code, Some("resource_missing"));
        for (given, code, param) in [
            (json!({ "account_number": "1" }), "account_number_invalid", "p[account_number]"),
            (json!({ "routing_number": "1" }), "routing_number_invalid", "p[routing_number]"),
            (
                json!({ "account_number": "000000000009", "routing_number": "1" }),
                "routing_number_invalid",
                "p[routing_number]",
            ),
        ] {
            let refusal = outbound_to(&given, "p").unwrap_err();
            assert_eq!((refusal.code, refusal.param.as_deref()), (Some(code), Some(param)), "{given}");
        }
    }
}
