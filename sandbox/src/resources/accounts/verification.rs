//! Updates an account after changes: starts verifications, switches capabilities, recomputes requirements and the
//! account object, and emits events.

use super::requirements;
use super::requirements::Facts;
use super::{internal, issuing_application, profile, requested_information};
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::deadlines::Due;
use crate::resources::accounts::revision::revise;
use crate::resources::accounts::test_values::Outcome;
use crate::resources::accounts::{capabilities, persons, test_values};
use crate::spec;
use crate::state::{About, AccountContext, Policy, Rule};
use serde_json::{Map, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The duration of the verification of a person or a company.
pub static VERIFY: Rule = Rule {
    name: "account.verify",
    default: Policy::After(Duration::from_secs(5)),
    about: About::Object(&["person", "account"]),
    task: end_check,
};
/// The duration of the review of a US account after its verifications, before its capabilities become active.
pub static REVIEW: Rule = Rule {
    name: "account.review",
    default: Policy::After(Duration::from_secs(15)),
    about: About::Account(REVIEWED),
    task: end_review,
};
/// How long an active account has to provide new requirements.
pub static DEADLINE: Rule = Rule {
    name: "account.deadline",
    default: Policy::days(14),
    about: About::Account(DUE),
    task: look_again,
};

const COMPANY: &str = "company";
const DUE: &str = "account_deadline";
const REVIEWED: &str = "account_review";
/// The note whether the account as a whole is under review.
const IN_REVIEW: &str = "reviewed";

/// Sets the deadline of each missing field: immediately if what requires it was never active, otherwise later.
fn due(books: &mut AccountContext<'_>, facts: &Facts) -> Due {
    let mut missing: BTreeMap<String, bool> = BTreeMap::new();
    let (mut any, mut any_active) = (false, false);
    for (name, was_active) in capabilities::requested(books) {
        any = true;
        any_active |= was_active;
        for field in requirements::missing_of(facts, &name) {
            *missing.entry(field).or_default() |= was_active;
        }
    }
    if any && !facts.has_external_account {
        missing.insert("external_account".to_owned(), any_active);
    }
    if any {
        // What stops payouts only has no time to be sent in.
        missing.extend(requirements::for_payouts(facts).0.into_iter().map(|field| (field, false)));
    } else {
        let fields = requirements::without_capability(facts).into_iter();
        missing.extend(fields.map(|field| (field.to_owned(), false)));
    }
    let now = books.now();
    let known = internal::notes(books).at("deadlines").cloned().unwrap_or_default();
    let wait = books.policy(&DEADLINE).wait();
    let later =
        wait.map_or(i64::MAX, |wait| now.saturating_add(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX)));
    let deadlines: BTreeMap<String, i64> = missing
        .into_iter()
        .map(|(field, was_active)| {
            let kept = known.get(&field).and_then(Json::as_i64);
            let deadline = kept.unwrap_or(if was_active { later } else { now });
            (field, deadline)
        })
        .collect();
    let kept: Map<String, Json> = deadlines.iter().map(|(field, at)| (field.clone(), (*at).into())).collect();
    internal::remember(books, "deadlines", kept);
    books.forget(DUE);
    let next = deadlines.values().filter(|deadline| **deadline > now && **deadline < i64::MAX).min();
    if let Some(wait) = next.and_then(|next| u64::try_from(next - now).ok()) {
        books.later(Duration::from_secs(wait), DUE, look_again);
    }
    Due { deadlines, now }
}

/// Checks whether a deadline has passed.
fn look_again(books: &mut AccountContext<'_>, _: &str) -> Result<(), ApiError> {
    if books.policy(&DEADLINE).wait().is_none() {
        // Under a manual policy the test decides when a requirement is past due.
        let now = books.now();
        let known =
            internal::notes(books).at("deadlines").and_then(Json::as_object).cloned().unwrap_or_default();
        let over: Map<String, Json> = known.into_iter().map(|(field, _)| (field, now.into())).collect();
        internal::remember(books, "deadlines", over);
    }
    revise(books, |_| Ok(()))
}

/// The account object.
fn show(books: &mut AccountContext<'_>, facts: &Facts, due: &Due) -> Result<(), ApiError> {
    let notes = internal::notes(books);
    let fields: Vec<String> = due.deadlines.keys().cloned().collect();
    let pending = requirements::pending(facts);
    let listed = requirements::listed(facts);
    let states: Vec<(String, String)> = books
        .all("capability")
        .filter(|capability| capability.text("status") != "unrequested")
        .map(|capability| (capability.text("id").to_owned(), capability.text("status").to_owned()))
        .collect();
    let active = |name: &str| states.iter().any(|(known, status)| known == name && status == "active");
    let waits =
        (!pending.is_empty() || facts.reviewed) && states.iter().any(|(_, status)| status == "pending");
    let is_inactive = test_values::is_inactive(&facts.account);
    let disabled = |fields: &[String], waits: bool| {
        if let Some(reason) = notes.at(internal::REJECTED).and_then(Json::as_str) {
            Some(reason.to_owned())
        } else if listed {
            Some("listed".to_owned())
        } else if is_inactive {
            Some("other".to_owned())
        } else if due.any_past(fields) {
            Some("requirements.past_due".to_owned())
        } else if waits {
            Some("requirements.pending_verification".to_owned())
        } else {
            None
        }
    };
    let (before_payouts, checked_first) = requirements::for_payouts(facts);
    let waits_for_payouts = waits || (!checked_first.is_empty() && !states.is_empty());
    let disabled_reason = disabled(&fields, waits_for_payouts);
    // A bank account is required for payouts only.
    let others: Vec<String> =
        fields.iter().filter(|field| !requirements::stops_payouts_only(facts, field)).cloned().collect();
    let may_charge = disabled(&others, waits).is_none();
    let of_payouts: Vec<String> =
        fields.iter().filter(|field| !requirements::stops_charges_only(facts, field)).cloned().collect();
    let may_pay_out = disabled(&of_payouts, waits_for_payouts).is_none();
    let mut requirements = due.requirements(facts, &fields, str::to_owned);
    let all: BTreeSet<String> = fields.iter().cloned().chain(requirements::later(facts)).collect();
    set(&mut requirements, "eventually_due", all.into_iter().collect::<Vec<_>>());
    set(&mut requirements, "pending_verification", pending);
    set(&mut requirements, "disabled_reason", disabled_reason.clone());
    let takes_payments =
        states.iter().any(|(name, status)| name.ends_with("_payments") && status == "active");
    let only_transfers = books.state.options.transfers_enable_charges
        && !states.iter().any(|(name, _)| name.ends_with("_payments"))
        && active("transfers");
    let submitted = notes.flag("submitted")
        || (profile::collects(&facts.account)
            && !states.is_empty()
            && fields.iter().all(|field| before_payouts.contains(field)));
    if submitted && !notes.flag("submitted") {
        internal::remember(books, "submitted", true);
    }
    let mut object = facts.account.clone();
    let any_active = states.iter().any(|(_, status)| status == "active");
    set(&mut object, "charges_enabled", may_charge && (takes_payments || only_transfers));
    let payouts = if notes.flag(internal::PAID_OUT) { !listed } else { may_pay_out && any_active };
    set(&mut object, "payouts_enabled", payouts && facts.has_external_account);
    set(&mut object, "details_submitted", submitted);
    set(
        &mut object,
        "capabilities",
        states.into_iter().map(|(name, status)| (name, status.into())).collect::<Map<_, _>>(),
    );
    set(&mut object, "requirements", requirements);
    set(&mut object, "future_requirements", requirements::future(facts, |field| Some(field.to_owned())));
    let url = format!("/v1/accounts/{}/external_accounts", books.account());
    let externals = internal::external_accounts(books);
    let (total, more) = (externals.len(), externals.len() > 10);
    let externals: Vec<Json> = externals.into_iter().take(10).collect();
    set(
        &mut object,
        "external_accounts",
        json!({ "object": "list", "data": externals, "has_more": more, "total_count": total, "url": url }),
    );
    profile::show_holder(books, &mut object, facts, notes.flag("linked"));
    internal::keep(books, spec::complete("account", object)?)
}

/// Starts the verification of persons and of the company with new information.
fn begin_checks(books: &mut AccountContext<'_>, facts: &Facts) {
    if test_values::is_inactive(&facts.account) {
        return;
    }
    for person in &facts.persons {
        let has_document = requirements::has_told(&person.sent, "verification.document");
        if facts.checks_documents_only() && !has_document {
            continue;
        }
        if !requirements::can_be_checked(facts, person) {
            continue;
        }
        let mut notes = books.notes(&person.id);
        let details = ["first_name", "last_name", "dob", "address", "ssn_last_4", "id_number"];
        let examined = identity(&person.sent, &details);
        let documents = identity(&person.sent, &["verification"]);
        let same_details = notes.text("examined") == examined;
        if same_details && notes.text("examined_documents") == documents {
            continue;
        }
        let outcome = test_values::person(&person.sent);
        set(&mut notes, "examined", examined);
        set(&mut notes, "examined_documents", documents);
        // A document of somebody who is verified is not waited for.
        let passes = matches!(outcome, Outcome::AtOnce | Outcome::Passed);
        if same_details && passes && notes.text("check.state") == "verified" {
            books.set_notes(&person.id, notes);
            continue;
        }
        set(&mut notes, "check", begun(outcome));
        books.set_notes(&person.id, notes);
        begin_check(books, facts, &person.id, outcome);
    }
    let is_company = !matches!(facts.account.text("business_type"), "" | "individual");
    if is_company && facts.company.at("tax_id").is_some() && facts.company.at("name").is_some() {
        let examined = identity(&facts.company, &["name", "tax_id", "address", "verification"]);
        if internal::notes(books).text("company_examined") != examined {
            let outcome = test_values::company(&facts.company);
            internal::remember(books, "company_examined", examined);
            internal::remember(books, "company_check", begun(outcome));
            begin_check(books, facts, COMPANY, outcome);
        }
    }
}

/// The record of a started verification.
fn begun(outcome: Outcome) -> Json {
    match outcome {
        Outcome::AtOnce => json!({ "state": "verified", "at_once": true }),
        _ => json!({ "state": "pending" }),
    }
}

/// Starts a verification, and with it the review of the account.
fn begin_check(books: &mut AccountContext<'_>, facts: &Facts, about: &str, outcome: Outcome) {
    books.forget(about);
    if outcome == Outcome::AtOnce {
        return;
    }
    if facts.waits() {
        books.forget(REVIEWED);
        internal::remember(books, IN_REVIEW, true);
    }
    if outcome != Outcome::Pending {
        books.by_rule(&VERIFY, about);
    }
}

/// Called when all verifications have ended. The review remains, unless a verification failed or they take no time.
fn checks_over(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    let Some(facts) = internal::facts(books).filter(|facts| facts.reviewed) else { return Ok(()) };
    let states = |state: &str| {
        let is = |check: &Json| check.text("state") == state;
        is(&facts.company_check) || facts.persons.iter().any(|person| is(&person.check))
    };
    if states("failed") || books.policy(&VERIFY).wait().is_some_and(|wait| wait.is_zero()) {
        return end_review(books, REVIEWED);
    }
    if !states("pending") {
        books.forget(REVIEWED);
        books.by_rule(&REVIEW, REVIEWED);
    }
    Ok(())
}

/// Ends the review of the account.
fn end_review(books: &mut AccountContext<'_>, _: &str) -> Result<(), ApiError> {
    books.forget(REVIEWED);
    revise(books, |books| {
        internal::remember(books, IN_REVIEW, false);
        Ok(())
    })
}

fn identity(sent: &Json, names: &[&str]) -> String {
    names.iter().filter_map(|name| sent.get(*name)).map(Json::to_string).collect::<Vec<_>>().join("|")
}

fn result(outcome: Outcome) -> Json {
    match outcome {
        Outcome::AtOnce | Outcome::Passed => json!({ "state": "verified" }),
        Outcome::Failed(code, remedy) => json!({ "state": "failed", "code": code, "remedy": remedy }),
        Outcome::Listed => json!({ "state": "listed" }),
        Outcome::Pending => json!({ "state": "pending" }),
    }
}

/// Ends a verification: of an additional requirement, of a person, of the company, or all of an account.
fn end_check(context: &mut AccountContext<'_>, about: &str) -> Result<(), ApiError> {
    if let Some(field) = requested_information::subject(about) {
        return requested_information::end(context, field);
    }
    match about {
        COMPANY => end_company_check(context),
        account if *account == *context.account() => end_checks(context),
        person => end_person_check(context, person),
    }
}

/// Ends the verification of a person as the test values define.
pub(crate) fn end_person_check(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let mut notes = context.notes(id);
    if notes.text("check.state") != "pending" {
        return Err(ApiError::invalid("The person has no pending verification."));
    }
    let ended = result(test_values::person(notes.at("sent").unwrap_or(&Json::Null)));
    context.forget(id);
    revise(context, |books| {
        set(&mut notes, "check", ended);
        books.set_notes(id, notes);
        Ok(())
    })?;
    checks_over(context)
}

/// Ends the verification of the account's company as the test values define.
pub(crate) fn end_company_check(context: &mut AccountContext<'_>) -> Result<(), ApiError> {
    let notes = internal::notes(context);
    if notes.text("company_check.state") != "pending" {
        return Err(ApiError::invalid("The company has no pending verification."));
    }
    let ended = result(test_values::company(notes.at("company").unwrap_or(&Json::Null)));
    context.forget(COMPANY);
    revise(context, |books| {
        internal::remember(books, "company_check", ended);
        Ok(())
    })?;
    checks_over(context)
}

/// Ends all pending verifications of the account.
pub(crate) fn end_checks(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    requested_information::end_all(books)?;
    // The review ends with the last verification.
    let facts = internal::facts(books);
    let looked_at = facts.as_ref().is_some_and(|facts| facts.reviewed);
    if looked_at && facts.is_some_and(|facts| facts.is_under_review()) {
        books.forget(REVIEWED);
        internal::remember(books, IN_REVIEW, false);
    }
    let persons: Vec<String> = books.all("person").map(|person| person.text("id").to_owned()).collect();
    for id in persons {
        if books.notes(&id).text("check.state") == "pending" {
            end_person_check(books, &id)?;
        }
    }
    if internal::notes(books).text("company_check.state") == "pending" {
        end_company_check(books)?;
    }
    if internal::notes(books).flag(IN_REVIEW) { end_review(books, REVIEWED) } else { Ok(()) }
}

/// Recomputes everything without events.
pub(crate) fn recompute(books: &mut AccountContext<'_>) -> Result<(), ApiError> {
    let Some(facts) = internal::facts(books) else { return Ok(()) };
    begin_checks(books, &facts);
    let Some(facts) = internal::facts(books) else { return Ok(()) };
    let due = due(books, &facts);
    capabilities::compute(books, &facts, &due)?;
    issuing_application::follow(books, &facts);
    for person in &facts.persons {
        persons::show(books, &facts, person, &due)?;
    }
    show(books, &facts, &due)
}
