//! Which financial accounts may be used.

use crate::engine::{ApiError, Json, Peek};
use crate::state::AccountContext;

pub(crate) const KIND: &str = "treasury.financial_account";

pub(crate) fn require_open(context: &AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    match is_open(context, id)? {
        true => Ok(()),
        false => Err(ApiError::invalid("The financial account is closed.").param("financial_account")),
    }
}

/// The open financial account with an id, which must have a feature.
pub(crate) fn usable(context: &AccountContext<'_>, id: &str, feature: &str) -> Result<Json, ApiError> {
    require_open(context, id)?;
    let account = context.get(KIND, id, "financial_account")?;
    if !account.items("active_features").iter().any(|active| active == feature) {
        let message = format!("The financial account does not have the feature {feature}, active.");
        return Err(ApiError::invalid(message).param("financial_account"));
    }
    Ok(account)
}

/// Whether an account may be credited or debited from outside now.
pub(crate) fn is_open(context: &AccountContext<'_>, id: &str) -> Result<bool, ApiError> {
    Ok(context.get(KIND, id, "financial_account")?.text("status") == "open")
}
