//! Responsibilities: the Dashboard, fees and losses of API v2 are the controller of API v1.

use super::errors::refuse;
use crate::engine::{ApiError, Json, Peek};
use serde_json::json;

/// The chosen responsibilities; each part can be chosen later, once.
#[derive(Debug, Clone, Default)]
pub(super) struct Chosen {
    pub(super) dashboard: Option<String>,
    pub(super) fees: Option<String>,
    pub(super) losses: Option<String>,
}

impl Chosen {
    /// The choices of a request.
    pub(super) fn of(sent: &Json) -> Self {
        let text = |path: &str| sent.at(path).and_then(Json::as_str).map(str::to_owned);
        Self {
            dashboard: text("dashboard"),
            fees: text("defaults.responsibilities.fees_collector"),
            losses: text("defaults.responsibilities.losses_collector"),
        }
    }

    /// The earlier choices of an account, in the form of API v2.
    pub(super) fn known(account: &Json) -> Self {
        Self::of(account)
    }

    /// Adds the choices of a request. An earlier choice cannot be changed.
    pub(super) fn with(self, sent: Self) -> Result<Self, ApiError> {
        let one = |known: Option<String>, sent: Option<String>, param: &str| match (known, sent) {
            (Some(known), Some(sent)) if known != sent => {
                let message = format!("The value is `{known}` and can no longer be changed.");
                Err(refuse("account_controller_unsupported_configuration", message).param(param))
            }
            (known, sent) => Ok(known.or(sent)),
        };
        Ok(Self {
            dashboard: one(self.dashboard, sent.dashboard, "dashboard")?,
            fees: one(self.fees, sent.fees, "defaults[responsibilities][fees_collector]")?,
            losses: one(self.losses, sent.losses, "defaults[responsibilities][losses_collector]")?,
        })
    }

    /// Whether all is chosen that an account needs which receives money.
    pub(super) fn is_whole(&self) -> bool {
        self.dashboard.is_some() && self.losses.is_some()
    }

    /// The open choices.
    pub(super) fn unset(&self) -> Vec<&'static str> {
        let parts = [("dashboard", &self.dashboard), ("responsibilities", &self.losses)];
        parts.into_iter().filter(|(_, part)| part.is_none()).map(|(name, _)| name).collect()
    }

    /// Refuses combinations that Stripe does not offer. Those that may depend on an agreement are let through if `any`.
    pub(super) fn check(&self, any: bool) -> Result<(), ApiError> {
        let (Some(fees), Some(losses)) = (self.fees.as_deref(), self.losses.as_deref()) else {
            return Ok(());
        };
        let by_platform = fees.starts_with("application");
        if !by_platform && losses == "application" {
            let message = "A platform that is liable for losses must also collect the fees.";
            return Err(refuse("account_controller_stripe_pricing_platform_liable", message)
                .param("defaults[responsibilities][losses_collector]"));
        }
        let permutation =
            json!({ "dashboard": self.dashboard, "fees_collector": fees, "losses_collector": losses });
        match self.dashboard.as_deref() {
            Some("express") if !(by_platform && losses == "application") => {
                let message = "The Express Dashboard requires that the platform collects the fees and is liable for losses.";
                let code = "account_controller_express_dash_without_application_losses_or_fees";
                Err(refuse(code, message).param("dashboard"))
            }
            Some("full") if by_platform && !any => {
                let message = "An account with the full Dashboard requires that Stripe collects the fees.";
                Err(refuse("account_controller_unsupported_configuration", message)
                    .param("dashboard")
                    .detail("invalid_permutation", permutation))
            }
            Some("none") if losses == "stripe" && !any => {
                let message =
                    "An account without a Dashboard requires that the platform is liable for losses.";
                Err(refuse("account_controller_unsupported_configuration", message)
                    .param("dashboard")
                    .detail("invalid_permutation", permutation))
            }
            _ => Ok(()),
        }
    }

    /// The controller in API v1. What was not chosen is as for accounts that deal with Stripe alone.
    pub(super) fn controller(&self) -> Json {
        let fees = match self.fees.as_deref() {
            None | Some("stripe") => "account",
            Some(payer) => payer,
        };
        let losses = self.losses.as_deref().unwrap_or("stripe");
        let dashboard = self.dashboard.as_deref().unwrap_or("none");
        let collection =
            if losses == "application" && dashboard == "none" { "application" } else { "stripe" };
        json!({ "type": "application", "is_controller": true, "fees": { "payer": fees },
            "losses": { "payments": losses }, "requirement_collection": collection,
            "stripe_dashboard": { "type": dashboard } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_those_that_stripe_offers() {
        for (dashboard, fees, losses, code) in [
            ("full", "stripe", "stripe", None),
            ("express", "application", "application", None),
            ("none", "application", "application", None),
            ("none", "application_custom", "application", None),
            ("full", "application", "stripe", Some("account_controller_unsupported_configuration")),
            ("none", "stripe", "stripe", Some("account_controller_unsupported_configuration")),
            ("none", "application", "stripe", Some("account_controller_unsupported_configuration")),
            (
                "express",
                "stripe",
                "stripe",
                Some("account_controller_express_dash_without_application_losses_or_fees"),
            ),
            ("full", "stripe", "application", Some("account_controller_stripe_pricing_platform_liable")),
        ] {
            let chosen = Chosen::of(&json!({ "dashboard": dashboard,
                "defaults": { "responsibilities": { "fees_collector": fees, "losses_collector": losses } } }));
            let refused = chosen.check(false).err().and_then(|refusal| refusal.code);
            assert_eq!(refused, code, "{dashboard} {fees} {losses}");
            let agreed = chosen.check(true).err().and_then(|refusal| refusal.code);
            let unsupported = code == Some("account_controller_unsupported_configuration");
            assert_eq!(agreed, code.filter(|_| !unsupported), "{dashboard} {fees} {losses}");
        }
    }

    #[test]
    fn the_platform_collects_requirements_of_accounts_without_dashboard_for_whose_losses_it_answers() {
        for (dashboard, losses, collection) in [
            ("none", "application", "application"),
            ("express", "application", "stripe"),
            ("full", "stripe", "stripe"),
        ] {
            let chosen =
                Chosen { dashboard: Some(dashboard.into()), fees: None, losses: Some(losses.into()) };
            assert_eq!(chosen.controller().text("requirement_collection"), collection);
        }
    }
}
