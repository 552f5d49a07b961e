//! Scenarios that cause an event from an empty sandbox, like `trigger` of Stripe's CLI.

mod steps;
mod table;

use crate::Sandbox;
use crate::engine::{ApiError, Json, Peek};
use crate::handles;
use crate::spec;
use serde_json::json;
use steps::Stage;
use table::SCENARIOS;

/// Runs the scenario of an event, for an account or for a new one. Returns the id of the object.
pub(crate) fn run(sandbox: &Sandbox, event: &str, account: Option<&str>) -> Result<Json, ApiError> {
    let Some((_, steps)) = SCENARIOS.iter().find(|(name, _)| *name == event) else {
        let names: Vec<_> = names().collect();
        let choices = spec::choices(&names, event);
        return Err(ApiError::invalid(format!("Invalid event. Allowed values: {choices}.")).param("event"));
    };
    let account = match account {
        Some(account) => {
            handles::known(&sandbox.state(), account)?;
            account.to_owned()
        }
        None => sandbox.connect().into_id(),
    };
    let last = Stage::new(sandbox, &account).play(steps)?;
    let emitted = sandbox.events().into_iter().rev().find(|emitted| emitted.text("type") == event);
    let object = emitted.map(|emitted| emitted.text("data.object.id").to_owned()).unwrap_or(last);
    // Settings do not have an id.
    let object = if object.is_empty() { account.clone() } else { object };
    Ok(json!({ "event": event, "account": account, "object": object }))
}

/// The events that can be triggered, in order.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SCENARIOS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources;
    use std::collections::BTreeSet;

    /// Requests for decisions are sent to an endpoint and are not listed as events.
    const NOT_LISTED: &str = "issuing_authorization.request";

    #[test]
    fn every_scenario_emits_its_event() {
        let mut wrong = Vec::new();
        for name in names() {
            let sandbox = Sandbox::new(1);
            match run(&sandbox, name, None) {
                Err(refusal) => wrong.push(format!("{name}: {}", refusal.message)),
                Ok(_) if name == NOT_LISTED => assert_eq!(sandbox.authorizations().waiting().len(), 1),
                Ok(made) => {
                    let types = sandbox.event_types();
                    if !types.iter().any(|kind| kind == name) || made.text("object").is_empty() {
                        wrong.push(format!("{name}: {made} {types:?}"));
                    }
                }
            }
            sandbox.audit().unwrap();
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// On an account of the user, and with the effects of the first run.
    #[test]
    fn scenarios_can_be_repeated_on_an_account() {
        let sandbox = Sandbox::new(1);
        let account = sandbox.connect().into_id();
        for name in ["topup.succeeded", "payout.failed", "issuing_transaction.created", "charge.refunded"] {
            for _ in 0..2 {
                let made = run(&sandbox, name, Some(&account)).unwrap();
                assert_eq!(made.text("account"), account, "{name}");
            }
        }
        assert!(run(&sandbox, "topup.created", Some("acct_missing")).is_err());
        assert!(run(&sandbox, "topup.suceeded", None).is_err());
    }

    #[test]
    fn every_event_of_an_operation_or_transition_has_a_scenario() {
        let mut emitted: BTreeSet<&str> =
            resources::entries().flat_map(|entry| entry.events).copied().collect();
        let machines = resources::RESOURCES.iter().flat_map(|resource| resource.machines);
        emitted.extend(machines.flat_map(|machine| machine.steps).flat_map(|step| step.emits));
        // Thin events have no object; an account of API v2 emits them.
        emitted.retain(|kind| !kind.starts_with("v2."));
        let known: BTreeSet<&str> = names().collect();
        let missing: Vec<_> = emitted.difference(&known).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(names().is_sorted());
        assert_eq!(known.len(), SCENARIOS.len());
    }
}
