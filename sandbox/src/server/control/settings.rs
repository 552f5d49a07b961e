use super::params::{Asked, UNITS};
use crate::Sandbox;
use crate::about::rules;
use crate::engine::{ApiError, Json};
use crate::state::{Options, Policy, UnknownParameters, is_version};
use serde_json::json;
use url::Url;

/// An option that can be changed at runtime.
enum Switch<'o> {
    Flag(&'o mut bool),
    Count(&'o mut i64),
    /// `None` if empty.
    Limit(&'o mut Option<i64>),
    Kept(&'o mut Option<usize>),
    Unknown(&'o mut UnknownParameters),
    /// A text with its validation and the description of valid values.
    Text(&'o mut String, fn(&str) -> bool, &'static str),
}

/// The name of an option, and the access to it.
type Named = (&'static str, fn(&mut Options) -> Switch<'_>);

/// The options by name.
const SWITCHES: &[Named] = &[
    ("base_url", |options| {
        Switch::Text(&mut options.base_url, is_address, "an address such as `http://127.0.0.1:12111`")
    }),
    ("api_version", |options| {
        Switch::Text(&mut options.api_version, is_version, "a version of the API such as that of the start")
    }),
    ("unknown_parameters", |options| Switch::Unknown(&mut options.unknown_parameters)),
    ("journal", |options| Switch::Flag(&mut options.journal)),
    ("kept_replies", |options| Switch::Kept(&mut options.kept_replies)),
    ("kept_events", |options| Switch::Kept(&mut options.kept_events)),
    ("live_keys", |options| Switch::Flag(&mut options.live_keys)),
    ("strict_capabilities", |options| Switch::Flag(&mut options.strict_capabilities)),
    ("standard_accounts_receive_unasked", |options| {
        Switch::Flag(&mut options.standard_accounts_receive_unasked)
    }),
    ("follows_real_time", |options| Switch::Flag(&mut options.follows_real_time)),
    ("rejection_names_platform", |options| Switch::Flag(&mut options.rejection_names_platform)),
    ("transfers_enable_charges", |options| Switch::Flag(&mut options.transfers_enable_charges)),
    ("key_in_use_is_idempotency_error", |options| Switch::Flag(&mut options.key_in_use_is_idempotency_error)),
    ("verification_attempts", |options| Switch::Count(&mut options.verification_attempts)),
    ("payouts_fail_after_paid", |options| Switch::Flag(&mut options.payouts_fail_after_paid)),
    ("payment_fee_basis_points", |options| Switch::Count(&mut options.payment_fees.basis_points)),
    ("payment_fee_fixed", |options| Switch::Count(&mut options.payment_fees.fixed)),
    ("dispute_fee", |options| Switch::Count(&mut options.payment_fees.dispute)),
    ("failed_checks_decline", |options| Switch::Flag(&mut options.failed_checks_decline)),
    ("v2_needs_version", |options| Switch::Flag(&mut options.v2_needs_version)),
    ("won_disputes_return_fee", |options| Switch::Flag(&mut options.won_disputes_return_fee)),
    ("return_url_is_required", |options| Switch::Flag(&mut options.return_url_is_required)),
    ("default_card_limit", |options| Switch::Limit(&mut options.default_card_limit)),
    ("cardholder_requirements", |options| Switch::Flag(&mut options.cardholder_requirements)),
    ("approve_without_answer", |options| Switch::Flag(&mut options.approve_without_answer)),
];

/// The names of the policies for unknown parameters.
const UNKNOWN: [(&str, UnknownParameters); 3] = [
    ("refuse", UnknownParameters::Refuse),
    ("warn", UnknownParameters::Warn),
    ("ignore", UnknownParameters::Ignore),
];

/// Returns all options.
pub(crate) fn options(sandbox: &Sandbox) -> Json {
    let mut options = sandbox.state().options.clone();
    let each = SWITCHES.iter().map(|(name, switch)| {
        let value = match switch(&mut options) {
            Switch::Flag(flag) => json!(flag),
            Switch::Count(count) => json!(count),
            Switch::Limit(limit) => json!(limit),
            Switch::Kept(kept) => json!(kept),
            Switch::Unknown(chosen) => {
                json!(UNKNOWN.iter().find(|(_, each)| each == chosen).map(|(name, _)| *name))
            }
            Switch::Text(text, ..) => json!(text),
        };
        ((*name).to_owned(), value)
    });
    Json::Object(each.collect())
}

/// Sets options by name.
pub(crate) fn set_options(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let mut changed = sandbox.state().options.clone();
    for (name, value) in asked.all() {
        let Some((_, switch)) = SWITCHES.iter().find(|(known, _)| *known == name) else {
            let names: Vec<_> = SWITCHES.iter().map(|(name, _)| *name).collect();
            return Err(ApiError::invalid(format!(
                "Unknown option {name}. Allowed options: {}.",
                names.join(", ")
            ))
            .param(name));
        };
        match switch(&mut changed) {
            Switch::Flag(flag) => *flag = asked.value(name)?.unwrap_or(*flag),
            Switch::Count(count) => *count = asked.value(name)?.unwrap_or(*count),
            Switch::Limit(limit) => *limit = asked.value(name)?,
            Switch::Kept(kept) => *kept = asked.value(name)?,
            Switch::Unknown(chosen) => match UNKNOWN.iter().find(|(known, _)| *known == value) {
                Some((_, named)) => *chosen = *named,
                None => return asked.wrong(name, &UNKNOWN.map(|(known, _)| known).join(", ")),
            },
            Switch::Text(text, fits, _) if fits(value) => value.clone_into(text),
            Switch::Text(_, _, what) => {
                return Err(
                    ApiError::invalid(format!("Invalid {name}: '{value}' is not {what}.")).param(name)
                );
            }
        }
    }
    sandbox.state().options = changed;
    Ok(options(sandbox))
}

/// Whether paths can be appended to an address.
fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none()
    }) && !text.ends_with('/')
}

/// Returns the policies of all rules.
pub(crate) fn policies(sandbox: &Sandbox) -> Json {
    let state = sandbox.state();
    let each = rules::all().map(|rule| {
        let policy = match state.policy(rule) {
            Policy::Manual => json!("manual"),
            Policy::Immediate => json!("immediate"),
            Policy::After(wait) => json!({ "after_seconds": wait.as_secs() }),
        };
        (rule.name.to_owned(), policy)
    });
    Json::Object(each.collect())
}

/// Sets the policy of a rule.
pub(crate) fn set_policy(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let rule = rule(asked)?;
    let chosen = asked.needed("policy")?;
    let policy = match chosen {
        "manual" => Policy::Manual,
        "immediate" => Policy::Immediate,
        "after" => Policy::After(asked.wait()?),
        "default" => rule.default,
        _ => return asked.wrong("policy", "manual, immediate, after, default"),
    };
    for (name, _) in UNITS {
        asked.goes_with(name, "policy after", chosen == "after")?;
    }
    sandbox.policy(rule, policy);
    Ok(policies(sandbox))
}

/// The rule named by the request.
pub(crate) fn rule(asked: &Asked) -> Result<&'static crate::Rule, ApiError> {
    match rules::named(asked.needed("rule")?) {
        Some(rule) => Ok(rule),
        None => {
            let names: Vec<_> = rules::all().map(|rule| rule.name).collect();
            asked.wrong("rule", &names.join(", "))
        }
    }
}
