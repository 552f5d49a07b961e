//! Scenarios that cause an event from an empty sandbox, like `trigger` of Stripe's CLI.

use crate::Sandbox;
use crate::engine::{ApiError, BalanceKind, Json, Peek, Scope};
use crate::spec;
use serde_json::json;

/// The steps that cause an event. Called with the account, returns the id of the object.
type Scenario = fn(&Stage<'_>) -> Result<String, ApiError>;

const SCENARIOS: &[(&str, Scenario)] = &[
    ("account.updated", |stage| {
        stage.post("", &format!("/v1/accounts/{}", stage.account), &[("metadata[triggered]", "true")])
    }),
    ("balance.available", |stage| {
        let payment = stage.sandbox.payments().receive(stage.account, 10_000, "usd")?;
        stage.hurry(&payment)
    }),
    ("payout.created", |stage| stage.payout()),
    ("payout.paid", |stage| {
        let id = stage.payout()?;
        stage.sandbox.payouts().send(&id)?;
        stage.sandbox.payouts().pay(&id)?;
        Ok(id)
    }),
    ("payout.failed", |stage| {
        let id = stage.payout()?;
        stage.sandbox.payouts().fail(&id, "account_closed")?;
        Ok(id)
    }),
    ("payout.canceled", |stage| {
        let id = stage.payout()?;
        stage.post(stage.account, &format!("/v1/payouts/{id}/cancel"), &[])
    }),
    ("topup.created", |stage| stage.topup()),
    ("topup.succeeded", |stage| {
        let id = stage.topup()?;
        stage.sandbox.topups().settle(&id)?;
        Ok(id)
    }),
    ("topup.failed", |stage| {
        let id = stage.topup()?;
        stage.sandbox.topups().fail(&id, "insufficient_funds")?;
        Ok(id)
    }),
    ("topup.canceled", |stage| {
        let id = stage.topup()?;
        stage.post("", &format!("/v1/topups/{id}/cancel"), &[])
    }),
    ("topup.reversed", |stage| {
        let id = stage.topup()?;
        stage.sandbox.topups().settle(&id)?;
        stage.sandbox.topups().reverse(&id)?;
        Ok(id)
    }),
    ("transfer.created", |stage| {
        let platform = stage.sandbox.platform();
        stage.sandbox.fund(&platform, BalanceKind::Available, "usd", 10_000)?;
        let form = [("amount", "10000"), ("currency", "usd"), ("destination", stage.account)];
        stage.post("", "/v1/transfers", &form)
    }),
    ("issuing_cardholder.created", |stage| stage.card().map(|(_, holder)| holder)),
    ("issuing_card.created", |stage| stage.card().map(|(card, _)| card)),
    ("issuing_card.updated", |stage| {
        let (card, _) = stage.card()?;
        stage.post(stage.account, &format!("/v1/issuing/cards/{card}"), &[("status", "inactive")])
    }),
    ("issuing_authorization.created", |stage| stage.authorization()),
    ("issuing_authorization.request", |stage| {
        stage.sandbox.authorizations().ask_always();
        stage.authorization()
    }),
    ("issuing_transaction.created", |stage| {
        let id = stage.authorization()?;
        stage.sandbox.authorization(&id).capture()
    }),
];

/// The context of a scenario.
struct Stage<'s> {
    sandbox: &'s Sandbox,
    account: &'s str,
}

impl Stage<'_> {
    /// Makes a POST for an account, or for the platform if `account` is empty.
    fn post(&self, account: &str, path: &str, form: &[(&str, &str)]) -> Result<String, ApiError> {
        let platform = self.sandbox.platform();
        let scope = Scope::new(if account.is_empty() { platform.as_str() } else { account }, false);
        let form: Vec<_> =
            form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.sandbox.perform(&scope, path, &form).map(|made| made.text("id").to_owned())
    }

    fn hurry(&self, id: &str) -> Result<String, ApiError> {
        self.sandbox.state().hurry(id, i64::MAX)?;
        self.sandbox.wake();
        Ok(id.to_owned())
    }

    fn topup(&self) -> Result<String, ApiError> {
        self.post(
            "",
            "/v1/topups",
            &[("amount", "10000"), ("currency", "usd"), ("source", "btok_us_verified")],
        )
    }

    fn payout(&self) -> Result<String, ApiError> {
        self.sandbox.fund(self.account, BalanceKind::Available, "usd", 10_000)?;
        self.post(
            "",
            &format!("/v1/accounts/{}", self.account),
            &[("external_account", "btok_us_verified")],
        )?;
        self.post(self.account, "/v1/payouts", &[("amount", "10000"), ("currency", "usd")])
    }

    /// A cardholder with a card, and money in the Issuing balance.
    fn card(&self) -> Result<(String, String), ApiError> {
        self.sandbox.fund(self.account, BalanceKind::Issuing, "usd", 10_000)?;
        let card = self.sandbox.account(self.account).issue_card("usd")?.id().to_owned();
        let holder = self.sandbox.object(&card).map(|card| card.text("cardholder.id").to_owned());
        Ok((card, holder.unwrap_or_default()))
    }

    fn authorization(&self) -> Result<String, ApiError> {
        let (card, _) = self.card()?;
        self.sandbox.card(&card).authorize(1_200).at("Corner Shop").map(|made| made.id().to_owned())
    }
}

/// Runs the scenario of an event, for an account or for a new one. Returns the id of the object.
pub(crate) fn run(sandbox: &Sandbox, event: &str, account: Option<&str>) -> Result<Json, ApiError> {
    let Some((_, scenario)) = SCENARIOS.iter().find(|(name, _)| *name == event) else {
        let names: Vec<_> = names().collect();
        let choices = spec::choices(&names, event);
        return Err(ApiError::invalid(format!("Invalid event. Allowed values: {choices}.")).param("event"));
    };
    let account = match account {
        Some(account) => {
            crate::handles::known(&sandbox.state(), account)?;
            account.to_owned()
        }
        None => sandbox.connect().into_id(),
    };
    let id = scenario(&Stage { sandbox, account: &account })?;
    Ok(json!({ "event": event, "account": account, "object": id }))
}

/// The events that can be triggered.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SCENARIOS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_emits_its_event() {
        for name in names() {
            assert!(spec::named_event(name).is_ok(), "{name}");
            let sandbox = Sandbox::new(1);
            let made = run(&sandbox, name, None).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
            if name == "issuing_authorization.request" {
                assert_eq!(sandbox.authorizations().waiting().len(), 1);
                continue;
            }
            assert!(
                sandbox.event_types().iter().any(|kind| kind == name),
                "{name}: {made} {:?}",
                sandbox.event_types()
            );
            sandbox.audit().unwrap();
        }
        assert!(run(&Sandbox::new(1), "topup.suceeded", None).is_err());
    }
}
