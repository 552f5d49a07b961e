use super::params::Asked;
use crate::Sandbox;
use crate::engine::{ApiError, Json};
use crate::handles;
use crate::router::{ERRORS, Effect, Fault, Phase, RateLimit};
use crate::state::DeliveryFault;
use serde_json::json;
use std::time::Duration;

/// The mishaps of webhooks, by name.
pub(crate) const MISHAPS: [(&str, DeliveryFault); 4] = [
    ("duplicate", DeliveryFault::Duplicate),
    ("late", DeliveryFault::Late),
    ("lost", DeliveryFault::Lost),
    ("wrong_secret", DeliveryFault::WrongSecret),
];

/// Parameters of a single effect, with its name.
const OF_EFFECT: [(&str, &str); 6] = [
    ("status", "status"),
    ("retry_after", "status"),
    ("should_retry", "status"),
    ("limit", "rate_limit"),
    ("milliseconds", "delay"),
    ("bytes", "truncate"),
];

/// Returns all planned faults, as they are planned.
pub(crate) fn planned(sandbox: &Sandbox) -> Json {
    let state = sandbox.state();
    let faults: Vec<_> = state.faults.iter().map(shown).collect();
    let webhooks: Vec<_> = state
        .outbox
        .planned()
        .map(|(event, mishap, times)| {
            let name = MISHAPS.iter().find(|(_, known)| known == mishap).map(|(name, _)| *name);
            json!({ "mishap": name, "event": event, "times": times })
        })
        .collect();
    json!({ "data": faults, "webhooks": webhooks })
}

/// A fault with the parameters that plan it.
fn shown(fault: &Fault) -> Json {
    let mut shown = match &fault.effect {
        Effect::Status { status, retry_after, should_retry } => json!({ "effect": "status", "status": status,
            "retry_after": retry_after, "should_retry": should_retry }),
        Effect::RateLimited(limit) => json!({ "effect": "rate_limit", "limit": limit.as_str() }),
        Effect::LockTimeout => json!({ "effect": "lock_timeout" }),
        Effect::KeyInUse => json!({ "effect": "key_in_use" }),
        Effect::Delay(wait) => {
            json!({ "effect": "delay", "milliseconds": u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) })
        }
        Effect::Stall => json!({ "effect": "stall" }),
        Effect::Truncate(bytes) => json!({ "effect": "truncate", "bytes": bytes }),
        Effect::Reset => json!({ "effect": "reset" }),
    };
    shown["phase"] = if fault.phase == Phase::Before { "before" } else { "after" }.into();
    for (name, value) in [("operation", &fault.operation), ("account", &fault.account)] {
        if let Some(value) = value {
            shown[name] = value.as_str().into();
        }
    }
    for (name, value, standard) in
        [("times", fault.times, 1), ("after", fault.skip, 0), ("percent", fault.percent.into(), 100)]
    {
        if value != standard {
            shown[name] = value.into();
        }
    }
    if let Some(members) = shown.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    shown
}

/// Plans a fault.
pub(crate) fn plan(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let chosen = asked.needed("effect")?;
    let effect = match chosen {
        "status" => Effect::Status {
            status: status(asked)?,
            retry_after: asked.value("retry_after")?,
            should_retry: asked.value("should_retry")?,
        },
        "rate_limit" => Effect::RateLimited(match asked.text("limit").unwrap_or("global-rate") {
            "global-rate" => RateLimit::GlobalRate,
            "global-concurrency" => RateLimit::GlobalConcurrency,
            "endpoint-rate" => RateLimit::EndpointRate,
            "endpoint-concurrency" => RateLimit::EndpointConcurrency,
            "resource-specific" => RateLimit::ResourceSpecific,
            _ => {
                let possible =
                    "global-rate, global-concurrency, endpoint-rate, endpoint-concurrency, resource-specific";
                return asked.wrong("limit", possible);
            }
        }),
        "lock_timeout" => Effect::LockTimeout,
        "key_in_use" => Effect::KeyInUse,
        "delay" => Effect::Delay(Duration::from_millis(asked.value("milliseconds")?.unwrap_or(1000))),
        "stall" => Effect::Stall,
        "truncate" => Effect::Truncate(asked.value("bytes")?.unwrap_or(0)),
        "reset" => Effect::Reset,
        _ => {
            return asked.wrong(
                "effect",
                "status, rate_limit, lock_timeout, key_in_use, delay, stall, truncate, reset",
            );
        }
    };
    for (name, of) in OF_EFFECT {
        asked.goes_with(name, &format!("effect {of}"), of == chosen)?;
    }
    let phase = match asked.text("phase") {
        None => match effect {
            // These effects need a reply.
            Effect::Delay(_) | Effect::Truncate(_) => Phase::After,
            _ => Phase::Before,
        },
        Some("before") => Phase::Before,
        Some("after") => Phase::After,
        Some(_) => return asked.wrong("phase", "before, after"),
    };
    let mut fault = Fault::new(phase, effect);
    if let Some(name) = asked.text("operation") {
        let target = Fault::target(name).map_err(|nearest| {
            ApiError::invalid(format!("Unknown operation '{name}'. The closest is '{nearest}'."))
                .param("operation")
        })?;
        fault.operation = Some(target);
    }
    if let Some(account) = asked.text("account") {
        handles::known(&sandbox.state(), account)?;
        fault.account = Some(account.to_owned());
    }
    fault.times = asked.times()?;
    fault.skip = asked.value("after")?.unwrap_or(0);
    fault.percent = match asked.value("percent")? {
        Some(percent @ 1..=100) => percent,
        None => 100,
        Some(_) => return Err(ApiError::invalid("Invalid percent: must be from 1 to 100.").param("percent")),
    };
    sandbox.state().faults.plan(fault);
    Ok(json!({ "planned": true }))
}

fn status(asked: &Asked) -> Result<u16, ApiError> {
    match asked.value("status")? {
        Some(status) if ERRORS.contains(&status) => Ok(status),
        None => Ok(500),
        Some(_) => {
            let message = "Invalid status: must be an error status from 400 to 599.";
            Err(ApiError::invalid(message).param("status"))
        }
    }
}
