//! Checks whether a financial account can be used.

use crate::engine::{ApiError, Json, Peek};
use crate::state::AccountContext;

pub(crate) const KIND: &str = "treasury.financial_account";

pub(crate) fn require_open(context: &AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    match is_open(context, id)? {
        true => Ok(()),
        false => Err(ApiError::invalid("The financial account is closed.").param("financial_account")),
    }
}

/// The open financial account with this id and feature.
pub(crate) fn usable(context: &AccountContext<'_>, id: &str, feature: &str) -> Result<Json, ApiError> {
    require_open(context, id)?;
    let account = context.get(KIND, id, "financial_account")?;
    if !account.items("active_features").iter().any(|active| active == feature) {
        let message = format!("The financial account needs the active feature {feature}.");
        return Err(ApiError::invalid(message).param("financial_account"));
    }
    Ok(account)
}

/// Whether an account can be credited or debited from outside.
pub(crate) fn is_open(context: &AccountContext<'_>, id: &str) -> Result<bool, ApiError> {
    Ok(context.get(KIND, id, "financial_account")?.text("status") == "open")
}
