//! Capabilities of an account. A requested capability waits for missing or pending requirements, becomes active, and
//! inactive again when a deadline passes.

pub use crate::resources::accounts::capability_inactivity::INACTIVITY;
pub(crate) use crate::resources::accounts::capability_inactivity::close_if_idle;
pub(crate) use crate::resources::accounts::capability_inactivity::is_closed;
use crate::resources::accounts::country_table;
use crate::resources::accounts::deadlines;
use crate::resources::accounts::requirements::nothing_ahead;
use crate::resources::accounts::revision;

use super::requirements;
use super::requirements::Facts;
use super::{internal, issuing_closure, test_values};
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The states of a capability. Its transitions emit nothing: one request can cause several, and one event reports the
/// result (`accounts::review`).
pub static MACHINE: StateMachine = StateMachine {
    object: "capability",
    member: "status",
    steps: &[
        step("unrequested", "request", "inactive"),
        step("inactive", "check", "pending"),
        step("inactive", "activate", "active"),
        step("pending", "activate", "active"),
        step("pending", "disable", "inactive"),
        step("active", "disable", "inactive"),
        step("inactive", "withdraw", "unrequested"),
        step("pending", "withdraw", "unrequested"),
        step("active", "withdraw", "unrequested"),
    ],
};

pub(crate) const ISSUING: &str = "card_issuing";

pub(crate) static RESOURCE: Resource = Resource {
    name: "capabilities",
    entries: &[
        entry("GetAccountsAccountCapabilities", list, &[]),
        entry("GetAccountsAccountCapabilitiesCapability", retrieve, &[]),
        entry(
            "PostAccountsAccountCapabilitiesCapability",
            update,
            &["capability.updated", "account.updated"],
        ),
    ],
    machines: &[&MACHINE],
    rules: &[&INACTIVITY],
};

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let found = call.account_in_path()?.all("capability").cloned().collect();
    call.page(found)
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let name = call.in_path("capability");
    let mut books = call.account_in_path()?;
    match books.peek(&name).filter(|object| object.text("object") == "capability") {
        Some(capability) => Ok(capability.clone()),
        None => blank(&mut books, &name),
    }
}

/// A capability that was never requested.
fn blank(books: &mut AccountContext<'_>, name: &str) -> Result<Json, ApiError> {
    let known =
        spec::schema("account_capabilities").and_then(|schema| schema.get("properties")?.get(name)).is_some();
    if !known {
        return Err(ApiError::missing("capability", name, "capability"));
    }
    let due = internal::facts(books).map(|facts| requirements::missing_of(&facts, name)).unwrap_or_default();
    let requirements = json!({ "currently_due": [], "eventually_due": due, "past_due": [], "errors": [],
        "pending_verification": [], "alternatives": [] });
    let account = books.account();
    let capability = json!({ "id": name, "account": &*account, "requested": false, "status": "unrequested",
        "requirements": requirements, "future_requirements": nothing_ahead() });
    books.build("capability", "capability", capability)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let name = call.in_path("capability");
    let wanted = call.params.get("requested").and_then(Json::as_bool);
    let mut books = call.account_in_path()?;
    allowed(&internal::account(&books).unwrap_or_default(), &name, wanted)?;
    revision::revise(&mut books, |books| wanted.map_or(Ok(()), |wanted| ask(books, &name, wanted)))?;
    retrieve(call)
}

/// Capabilities that exist in some countries only.
const AT_HOME: [(&str, &[&str]); 8] = [
    ("treasury", &["US"]),
    ("tax_reporting_us_1099_k", &["US"]),
    ("tax_reporting_us_1099_misc", &["US"]),
    ("us_bank_account_ach_payments", &["US"]),
    ("cashapp_payments", &["US"]),
    ("jcb_payments", &["JP"]),
    ("konbini_payments", &["JP"]),
    ("kr_card_payments", &["US", "CA", "GB", "AU", "HK", "JP", "SG", "NZ"]),
];

/// Checks that the account's country has the capability.
pub(crate) fn allowed(account: &Json, name: &str, wanted: Option<bool>) -> Result<(), ApiError> {
    let code = account.text("country");
    let Some(country) = country_table::find(code).filter(|_| wanted == Some(true)) else { return Ok(()) };
    let at_home = AT_HOME.iter().find(|(known, _)| *known == name);
    let has = match name {
        ISSUING => country.issuing,
        "transfers" => true,
        _ => !country.recipients_only && at_home.is_none_or(|(_, countries)| countries.contains(&code)),
    };
    if has {
        return Ok(());
    }
    let message = format!("Accounts in {code} cannot have the capability {name}.");
    Err(ApiError::invalid(message).param(format!("capabilities[{name}]")))
}

/// Requests or removes a capability; the review determines its status.
pub(crate) fn ask(books: &mut AccountContext<'_>, name: &str, wanted: bool) -> Result<(), ApiError> {
    if books.peek(name).is_none() {
        if !wanted {
            return Ok(());
        }
        let capability = blank(books, name)?;
        books.create("capability", "capability", capability)?;
    }
    let status = books.peek(name).map(|capability| capability.text("status").to_owned()).unwrap_or_default();
    if wanted == (status != "unrequested") {
        return Ok(());
    }
    let now = books.now();
    let event = if wanted { "request" } else { "withdraw" };
    books
        .step(&MACHINE, name, event, |capability| {
            set(capability, "requested", wanted);
            set(capability, "requested_at", wanted.then_some(now));
        })
        .map(drop)
}

/// The requested capabilities, and whether each was ever active.
pub(crate) fn requested(books: &AccountContext<'_>) -> Vec<(String, bool)> {
    let requested = books.all("capability").filter(|capability| capability.flag("requested"));
    requested
        .map(|capability| {
            let name = capability.text("id");
            (name.to_owned(), books.notes(name).flag("was_active"))
        })
        .collect()
}

/// Sets the state of each requested capability by the known details.
pub(crate) fn compute(
    books: &mut AccountContext<'_>,
    facts: &Facts,
    due: &deadlines::Due,
) -> Result<(), ApiError> {
    let account = internal::notes(books);
    let (rejected, closed) =
        (account.at(internal::REJECTED).is_some(), issuing_closure::disabled_reason(&account));
    let listed = requirements::listed(facts);
    let inactive = test_values::is_inactive(&facts.account);
    let pending = requirements::pending(facts);
    for (name, was_active) in requested(books) {
        let fields = requirements::missing_of(facts, &name);
        let status = books.peek(&name).map(|object| object.text("status").to_owned()).unwrap_or_default();
        // A verification does not deactivate an active capability; an inactive one stays so until it succeeds.
        // Outside the US, a new capability does not wait for it either.
        let checked = !pending.is_empty() && (facts.waits() || was_active);
        let waits = (checked || facts.reviewed) && status != "active" && !name.starts_with("tax_reporting");
        let stops_all = |field: &&String| {
            !requirements::stops_payouts_only(facts, field) && !requirements::stops_charges_only(facts, field)
        };
        let needed: Vec<String> = fields.iter().filter(stops_all).cloned().collect();
        let (target, reason) = if rejected {
            ("inactive", Some("rejected.other"))
        } else if name == ISSUING && closed.is_some() {
            ("inactive", closed)
        } else if listed {
            ("inactive", Some("pending.review"))
        } else if inactive {
            ("inactive", Some("paused.inactivity"))
        } else if due.any_past(&needed) {
            ("inactive", Some("requirements.fields_needed"))
        } else if waits {
            ("pending", Some(if was_active { "pending.review" } else { "pending.onboarding" }))
        } else {
            ("active", None)
        };
        let mut requirements = due.requirements(facts, &fields, str::to_owned);
        set(&mut requirements, "pending_verification", pending.clone());
        set(&mut requirements, "disabled_reason", reason);
        let requirements = spec::complete("account_capability_requirements", requirements)?;
        let future = requirements::future(facts, |field| Some(field.to_owned()));
        let future = spec::complete("account_capability_future_requirements", future)?;
        let show = |capability: &mut Json| {
            set(capability, "requirements", requirements);
            set(capability, "future_requirements", future);
        };
        let event = match target {
            "active" => "activate",
            "pending" if status == "inactive" => "check",
            _ => "disable",
        };
        if status == target {
            books.change(&name, show)?;
        } else if MACHINE.allows(&status, event) {
            books.step(&MACHINE, &name, event, show)?;
        }
        if target == "active" && !was_active {
            let now = books.now();
            books.set_notes(&name, json!({ "was_active": true, "since": now }));
            if name == ISSUING {
                books.by_rule(&INACTIVITY, ISSUING);
            }
        }
    }
    Ok(())
}
