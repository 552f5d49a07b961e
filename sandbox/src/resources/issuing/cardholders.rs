//! Cardholders: individuals and companies to which cards are issued.

use super::{country, require_issuing, spending_controls};
use crate::engine::calendar;
use crate::engine::{ApiError, Json, Peek, StateMachine, set, step};
use crate::resources::accounts::{countries, formats, internal};
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The states of a cardholder. `blocked` is final.
pub static MACHINE: StateMachine = StateMachine {
    object: "cardholder",
    member: "status",
    steps: &[
        step("active", "deactivate", "inactive").emits(&["issuing_cardholder.updated"]),
        step("inactive", "activate", "active").emits(&["issuing_cardholder.updated"]),
        step("active", "block", "blocked").emits(&["issuing_cardholder.updated"]),
        step("inactive", "block", "blocked").emits(&["issuing_cardholder.updated"]),
    ],
};

pub(crate) static RESOURCE: Resource = Resource {
    name: "issuing_cardholders",
    entries: &[
        entry("PostIssuingCardholders", create, &["issuing_cardholder.created"]),
        entry("GetIssuingCardholders", |call| call.list("issuing.cardholder"), &[]),
        entry("GetIssuingCardholdersCardholder", |call| call.retrieve("issuing.cardholder"), &[]),
        entry("PostIssuingCardholdersCardholder", update, &["issuing_cardholder.updated"]),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

/// The year of birth that is on the watch list.
const LISTED_YEAR: i64 = 1900;

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    require_issuing(call)?;
    check(call)?;
    let controls = controls(call, None)?;
    let mut cardholder = json!({
        "name": call.param("name"), "billing": billing(call), "email": call.param("email"),
        "phone_number": phone(call), "preferred_locales": call.param("preferred_locales"),
        "type": call.text("type").unwrap_or_else(|| "individual".to_owned()),
        "status": call.text("status").unwrap_or_else(|| "active".to_owned()), "metadata": call.metadata(),
        "individual": individual(call, &Json::Null), "company": company(call), "spending_controls": controls,
        "requirements": {},
    });
    let requirements = requirements(call, &cardholder, &Json::Null);
    set(&mut cardholder, "requirements", requirements);
    let cardholder = call.create("issuing.cardholder", "ich", cardholder)?;
    call.emit("issuing_cardholder.created", &cardholder)?;
    Ok(cardholder)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let before = call.retrieve("issuing.cardholder")?;
    check(call)?;
    if before.text("requirements.disabled_reason") == "under_review" {
        unchanged_in_review(call)?;
    }
    let controls = controls(call, before.at("spending_controls"))?;
    let mut after = before.clone();
    if call.param("billing").is_some() {
        set(&mut after, "billing", billing(call));
    }
    if call.param("individual").is_some() {
        let merged = individual(call, before.at("individual").unwrap_or(&Json::Null));
        set(&mut after, "individual", merged);
    }
    if call.param("company").is_some() {
        set(&mut after, "company", company(call));
    }
    set(&mut after, "spending_controls", controls);
    let id = before.text("id").to_owned();
    let step = match call.text("status") {
        Some(status) if status != before.text("status") => {
            let event = if status == "active" { "activate" } else { "deactivate" };
            Some(call.permit(&MACHINE, &id, event)?)
        }
        _ => None,
    };
    let notes = call.notes(&id);
    let requirements = requirements(call, &after, &notes);
    set(&mut after, "requirements", requirements);
    let mut after = call.build("issuing.cardholder", "ich", after)?;
    for name in ["email", "phone_number", "preferred_locales"] {
        let value = if name == "phone_number" { phone(call) } else { call.param(name) };
        if let Some(value) = value {
            set(&mut after, name, value);
        }
    }
    if let Some(metadata) = call.merged_metadata(&before)? {
        set(&mut after, "metadata", metadata);
    }
    if let Some(step) = step {
        return call.take(step, |cardholder| *cardholder = after);
    }
    let change = call.change(&id, |cardholder| *cardholder = after)?;
    call.emit_change("issuing_cardholder.updated", &change)?;
    Ok(change.object)
}

/// Rejects changes of a cardholder's identity during a review.
fn unchanged_in_review(call: &RequestContext<'_>) -> Result<(), ApiError> {
    for (path, param) in [
        ("individual.first_name", "individual[first_name]"),
        ("individual.last_name", "individual[last_name]"),
        ("individual.dob", "individual[dob]"),
    ] {
        if call.param(path).is_some() {
            let message = "The name and the date of birth of a cardholder cannot be changed during a review.";
            return Err(ApiError::invalid(message).param(param));
        }
    }
    Ok(())
}

fn controls(call: &RequestContext<'_>, before: Option<&Json>) -> Result<Json, ApiError> {
    let mut controls = spending_controls::read(call, before)?;
    spending_controls::add_limits_currency(call, &mut controls);
    Ok(controls)
}

/// Rules for the parameters that the document does not contain.
fn check(call: &mut RequestContext<'_>) -> Result<(), ApiError> {
    let home = country(call);
    name(call)?;
    address(call, &home)?;
    person(call)?;
    let code = call.text("billing.address.country");
    if code.is_some_and(|code| !(code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic()))) {
        let message = "Invalid country: must be a two-letter code.";
        return Err(ApiError::invalid(message)
            .code("country_unsupported")
            .param("billing[address][country]"));
    }
    let Some(dob) = call.param("individual.dob") else { return Ok(()) };
    let (year, month, day) = (dob.int("year"), dob.int("month"), dob.int("day"));
    let born = calendar::day(year, month, day).filter(|_| (1890..=2100).contains(&year));
    let Some(born) = born else {
        return Err(ApiError::invalid(
            "Invalid date of birth: must be a date that exists, with `day`, `month` and `year`.",
        )
        .param("individual[dob]"));
    };
    if calendar::years_between(born, call.now().div_euclid(calendar::DAY)) < YOUNGEST {
        let message = "A cardholder must be at least 13 years old.";
        return Err(ApiError::invalid(message).param("individual[dob]"));
    }
    Ok(())
}

/// The least age of a cardholder, in years.
const YOUNGEST: i64 = 13;

/// What identifies the person, and where the person is reached.
fn person(call: &RequestContext<'_>) -> Result<(), ApiError> {
    let home = country(call);
    formats::check(&internal::without(&call.params, &["spending_controls"]), &home, "")?;
    for member in ["first_name", "last_name"] {
        let name = call.text(&format!("individual.{member}")).unwrap_or_default();
        if !name.chars().all(|c| is_latin(c) || matches!(c, '.' | ',' | '-' | '\'' | ' ')) {
            let message = "Invalid name: only letters of the Latin alphabet and . , - ' are allowed.";
            return Err(ApiError::invalid(message).param(format!("individual[{member}]")));
        }
    }
    let accepted = call.int("individual.card_issuing.user_terms_acceptance.date").unwrap_or_default();
    if accepted > call.state.latest_now() + calendar::DAY {
        let message = "Terms cannot have been accepted in the future.";
        let param = "individual[card_issuing][user_terms_acceptance][date]";
        return Err(ApiError::invalid(message).param(param));
    }
    Ok(())
}

/// Whether a character is a letter of the Latin alphabet, with or without accents.
fn is_latin(c: char) -> bool {
    c.is_alphabetic() && matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// A phone number in the international form.
fn phone(call: &RequestContext<'_>) -> Option<Json> {
    let number = call.text("phone_number")?;
    Some(formats::e164(&number, &country(call)).unwrap_or(number).into())
}

/// The maximum number of characters of a cardholder's name.
const LONGEST_NAME: usize = 24;

/// Checks the name: letters and few other characters, since it is printed on cards.
fn name(call: &RequestContext<'_>) -> Result<(), ApiError> {
    let Some(name) = call.text("name") else { return Ok(()) };
    let printable = |c: char| {
        c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.' | '&' | '/' | ',' | '(' | ')' | ':')
    };
    let is_company = call.text("type").as_deref() == Some("company");
    if is_company && name.split_whitespace().count() < 2 {
        let message = "Invalid name: the name of a company with cards must have at least two words.";
        return Err(ApiError::invalid(message).param("name"));
    }
    if name.chars().count() <= LONGEST_NAME && name.chars().all(printable) {
        return Ok(());
    }
    let message = format!("Invalid name: must have at most {LONGEST_NAME} characters, all of them letters.");
    Err(ApiError::invalid(message).param("name"))
}

/// Words for post office boxes, in lower case and without dots.
const BOXES: [&str; 5] = ["po box", "p o box", "post office box", "postfach", "apartado"];

/// Checks the address: in the country of the business, or within Europe, and not a post office box.
fn address(call: &RequestContext<'_>, home: &str) -> Result<(), ApiError> {
    let Some(address) = call.param("billing.address") else { return Ok(()) };
    let line1 = address.text("line1").to_lowercase().replace('.', "");
    if BOXES.iter().any(|name| line1.starts_with(name)) {
        let message = "Invalid address: post office boxes are not allowed.";
        return Err(ApiError::invalid(message).param("billing[address][line1]"));
    }
    let there = address.text("country");
    let european = |code: &str| code == "GB" || countries::in_eea(code);
    if there == home || (european(home) && european(there)) || phonelib::country_by_code(there).is_none() {
        return Ok(());
    }
    let message =
        format!("Invalid country: businesses in {home} cannot issue cards to cardholders in {there}.");
    Err(ApiError::invalid(message).param("billing[address][country]"))
}

fn billing(call: &RequestContext<'_>) -> Json {
    json!({ "address": call.param("billing.address") })
}

fn company(call: &RequestContext<'_>) -> Json {
    match call.param("company") {
        Some(company) => json!({ "tax_id_provided": !company.text("tax_id").is_empty() }),
        None => Json::Null,
    }
}

/// The known details of a person, with those of the request.
fn individual(call: &RequestContext<'_>, before: &Json) -> Json {
    let Some(sent) = call.param("individual") else { return Json::Null };
    let mut individual = if before.is_object() { before.clone() } else { json!({}) };
    for name in ["first_name", "last_name", "dob", "verification"] {
        if let Some(value) = sent.at(name) {
            set(&mut individual, name, value.clone());
        }
    }
    if let Some(terms) = sent.at("card_issuing.user_terms_acceptance") {
        let mut terms = terms.clone();
        if terms.text("user_agent").is_empty() {
            set(&mut terms, "user_agent", Json::Null);
        }
        set(&mut individual, "card_issuing", json!({ "user_terms_acceptance": terms }));
    }
    individual
}

/// The missing details, and why the cards of this cardholder are declined until they are provided.
fn requirements(context: &mut AccountContext<'_>, cardholder: &Json, notes: &Json) -> Json {
    let mut past_due = Vec::new();
    let person = cardholder.text("type") == "individual";
    if person && context.state.options.cardholder_requirements && country(context) == "US" {
        for (name, path) in [
            ("individual.first_name", "individual.first_name"),
            ("individual.last_name", "individual.last_name"),
            (
                "individual.card_issuing.user_terms_acceptance.date",
                "individual.card_issuing.user_terms_acceptance.date",
            ),
            (
                "individual.card_issuing.user_terms_acceptance.ip",
                "individual.card_issuing.user_terms_acceptance.ip",
            ),
        ] {
            if cardholder.at(path).is_none() {
                past_due.push(name);
            }
        }
    }
    for field in notes.items(ASKED).iter().filter_map(Json::as_str) {
        if !past_due.contains(&field) && !is_told(cardholder, field) {
            past_due.push(field);
        }
    }
    let imposed = notes.at("imposed").and_then(Json::as_str).map(str::to_owned);
    let listed = cardholder.int("individual.dob.year") == LISTED_YEAR
        && (cardholder.int("individual.dob.month"), cardholder.int("individual.dob.day")) == (1, 1);
    let reason = match imposed {
        Some(reason) => Some(reason),
        None if listed => Some("listed".to_owned()),
        None if past_due.is_empty() => None,
        None => Some("requirements.past_due".to_owned()),
    };
    json!({ "disabled_reason": reason, "past_due": past_due })
}

/// The note that has what Stripe asks for beyond the usual.
const ASKED: &str = "asked";

/// Whether a field of the requirements is known. What identifies a company or a person is not shown again.
fn is_told(cardholder: &Json, field: &str) -> bool {
    match field {
        "company.tax_id" => cardholder.flag("company.tax_id_provided"),
        "individual.verification.document" => {
            !cardholder.id_at("individual.verification.document.front").is_empty()
        }
        field => cardholder.at(field).is_some(),
    }
}

/// Asks for one more field of a cardholder.
pub(crate) fn require(context: &mut AccountContext<'_>, id: &str, field: &str) -> Result<(), ApiError> {
    let cardholder = context.get("issuing.cardholder", id, "cardholder")?;
    let fields = match field {
        "individual.dob" => vec!["individual.dob.day", "individual.dob.month", "individual.dob.year"],
        field => vec![field],
    };
    for field in &fields {
        spec::listed("issuing_cardholder_requirements", "past_due", field, "field")?;
    }
    if fields.iter().all(|field| is_told(&cardholder, field)) {
        return Err(ApiError::invalid(format!("The cardholder already has `{field}`.")).param("field"));
    }
    let mut notes = match context.notes(id) {
        Json::Null => json!({}),
        notes => notes,
    };
    let mut asked = notes.items(ASKED).to_vec();
    asked.extend(fields.iter().map(|field| Json::from(*field)));
    set(&mut notes, ASKED, asked);
    context.set_notes(id, notes.clone());
    let requirements = requirements(context, &cardholder, &notes);
    let change = context.change(id, |cardholder| set(cardholder, "requirements", requirements))?;
    context.emit_change("issuing_cardholder.updated", &change)
}

/// Requires a phone number of cardholders in Europe, where online purchases are confirmed by phone.
pub(crate) fn require_phone(context: &mut AccountContext<'_>, cardholder: &Json) -> Result<(), ApiError> {
    let home = country(context);
    if !(home == "GB" || countries::in_eea(&home)) || !cardholder.text("phone_number").is_empty() {
        return Ok(());
    }
    let message = "The card cannot be activated: cardholders in Europe must have a phone number.";
    Err(ApiError::invalid(message).param("status"))
}

/// Blocks a cardholder permanently.
pub(crate) fn block(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    context.step(&MACHINE, id, "block", |_| {}).map(drop)
}

/// Sets the result of Stripe's review (`under_review`, `listed`, `rejected.listed`), or clears it (`None`).
pub(crate) fn review(
    context: &mut AccountContext<'_>,
    id: &str,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    let cardholder = context.get("issuing.cardholder", id, "cardholder")?;
    context.note(id, |notes| set(notes, "imposed", reason));
    let notes = context.notes(id);
    let requirements = requirements(context, &cardholder, &notes);
    let change = context.change(id, |cardholder| set(cardholder, "requirements", requirements))?;
    context.emit_change("issuing_cardholder.updated", &change)
}
