//! What an account still has to tell, computed from what is known. Nothing here changes anything.

use crate::engine::{Json, Peek};
use crate::resources::accounts::countries;
use serde_json::json;
use std::collections::BTreeSet;

/// What is known of a person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    /// All that was sent about the person, secrets included.
    pub(crate) sent: Json,
    /// The state of the check, as in [`Check`].
    pub(crate) check: Json,
}

/// What is known of an account.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The account object.
    pub(crate) account: Json,
    /// All that was sent about the company.
    pub(crate) company: Json,
    /// The state of the company's check.
    pub(crate) company_check: Json,
    pub(crate) persons: Vec<Person>,
    pub(crate) has_external_account: bool,
    /// What Stripe asks for beyond the usual, with the error code.
    pub(crate) asked: Vec<(String, String)>,
    /// What Stripe asked for so, and has to check now.
    pub(crate) answered: Vec<String>,
}

/// Fields of every business but a mere recipient of transfers.
const BUSINESS: [&str; 2] = ["business_profile.mcc", "business_profile.url"];
const TERMS: [&str; 2] = ["tos_acceptance.date", "tos_acceptance.ip"];
const COMPANY: [&str; 6] =
    ["name", "phone", "tax_id", "address.line1", "address.city", "address.postal_code"];
const PERSON: [&str; 10] = [
    "first_name",
    "last_name",
    "dob.day",
    "dob.month",
    "dob.year",
    "address.line1",
    "address.city",
    "address.postal_code",
    "email",
    "phone",
];
const DIRECTOR: [&str; 5] = ["first_name", "last_name", "dob.day", "dob.month", "dob.year"];

/// An account of which nothing is known.
pub(crate) fn blank(country: &str, business_type: &str) -> Facts {
    Facts {
        account: json!({ "country": country, "business_type": business_type }),
        company: json!({}),
        company_check: Json::Null,
        persons: Vec::new(),
        has_external_account: false,
        asked: Vec::new(),
        answered: Vec::new(),
    }
}

impl Facts {
    fn country(&self) -> &str {
        self.account.text("country")
    }

    fn states(&self) -> bool {
        countries::find(self.country()).is_some_and(|country| country.states)
    }

    fn is_individual(&self) -> bool {
        self.account.text("business_type") == "individual"
    }

    fn representative(&self) -> Option<&Person> {
        self.persons.iter().find(|person| person.sent.flag("relationship.representative"))
    }

    /// How requirements call a person: an individual by that name, others by id.
    pub(crate) fn prefix<'p>(&self, person: &'p Person) -> &'p str {
        if self.is_individual() && person.sent.flag("relationship.representative") {
            "individual"
        } else {
            &person.id
        }
    }

    /// Whether an account-level field is there; a description of the products will do for a missing website.
    fn has(&self, field: &str) -> bool {
        let told = |path: &str| self.account.at(path).is_some_and(|value| *value != "");
        match field {
            "external_account" => self.has_external_account,
            "business_profile.url" => told(field) || told("business_profile.product_description"),
            _ => field.strip_prefix("company.").map_or_else(
                || told(field),
                |inner| self.company.at(inner).is_some_and(|value| *value != "" && *value != false),
            ),
        }
    }
}

/// Whether a field of a person or of a company is there; the whole number stands for its last four digits.
pub(crate) fn has_told(sent: &Json, field: &str) -> bool {
    let told = |path: &str| sent.at(path).is_some_and(|value| *value != "");
    match field {
        "ssn_last_4" => told(field) || told("id_number"),
        "verification.document" | "verification.additional_document" => told(&format!("{field}.front")),
        _ => told(field),
    }
}

/// What has to be known of the person who speaks for the business.
fn speaker_fields(facts: &Facts) -> Vec<&'static str> {
    let mut fields = PERSON.to_vec();
    if facts.states() {
        fields.push("address.state");
    }
    if facts.country() == "US" {
        fields.push("ssn_last_4");
    }
    if !facts.is_individual() {
        fields.push("relationship.title");
    }
    fields
}

/// What has to be known of a person in the role that the person has.
pub(crate) fn fields_of(facts: &Facts, sent: &Json) -> Vec<&'static str> {
    if sent.flag("relationship.representative") || sent.flag("relationship.owner") {
        let owner = !sent.flag("relationship.representative");
        speaker_fields(facts).into_iter().filter(|field| !owner || *field != "relationship.title").collect()
    } else if sent.flag("relationship.director") || sent.flag("relationship.executive") {
        DIRECTOR.to_vec()
    } else {
        Vec::new()
    }
}

/// What is missing for a capability, in order: what was never told, and what has to be sent after a check.
pub(crate) fn missing_of(facts: &Facts, capability: &str) -> Vec<String> {
    let mut missing = untold(facts, capability);
    if !capability.starts_with("tax_reporting") && !facts.account.text("business_type").is_empty() {
        missing.extend(remedies(facts));
    }
    missing.into_iter().collect()
}

/// What was never told of what a capability needs.
pub(crate) fn untold(facts: &Facts, capability: &str) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    let mut need = |field: &str| {
        if !facts.has(field) {
            missing.insert(field.to_owned());
        }
    };
    if capability.starts_with("tax_reporting") {
        return missing;
    }
    TERMS.iter().for_each(|field| need(field));
    if facts.account.text("tos_acceptance.service_agreement") != "recipient" {
        BUSINESS.iter().for_each(|field| need(field));
    }
    if matches!(capability, "card_issuing" | "treasury") {
        for member in ["date", "ip"] {
            need(&format!("settings.{capability}.tos_acceptance.{member}"));
        }
    }
    if facts.account.text("business_type").is_empty() {
        need("business_type");
        return missing;
    }
    if !facts.is_individual() {
        COMPANY.iter().for_each(|field| need(&format!("company.{field}")));
        if facts.states() {
            need("company.address.state");
        }
        if facts.account.text("business_type") == "company" {
            need("company.owners_provided");
            if facts.country() != "US" {
                need("company.directors_provided");
            }
        }
    }
    if facts.representative().is_none() {
        let prefix = if facts.is_individual() { "individual" } else { "representative" };
        missing.extend(speaker_fields(facts).into_iter().map(|field| format!("{prefix}.{field}")));
    }
    for person in &facts.persons {
        missing.extend(missing_person(facts, person));
    }
    missing
}

/// What is missing of one person.
fn missing_person(facts: &Facts, person: &Person) -> Vec<String> {
    let prefix = facts.prefix(person);
    let fields = fields_of(facts, &person.sent).into_iter();
    fields.filter(|field| !has_told(&person.sent, field)).map(|field| format!("{prefix}.{field}")).collect()
}

/// What has to be sent because a check was not passed, or because Stripe asks for it.
fn remedies(facts: &Facts) -> Vec<String> {
    errors(facts).into_iter().map(|error| error.text("requirement").to_owned()).collect()
}

/// What is wrong, for the `errors` of requirements.
pub(crate) fn errors(facts: &Facts) -> Vec<Json> {
    let mut errors = Vec::new();
    let mut put = |requirement: String, code: &str| {
        let reason = crate::resources::accounts::test_values::reason(code);
        errors.push(json!({ "requirement": requirement, "code": code, "reason": reason }));
    };
    for person in &facts.persons {
        if person.check.text("state") == "failed" {
            put(
                format!("{}.{}", facts.prefix(person), person.check.text("remedy")),
                person.check.text("code"),
            );
        }
    }
    if facts.company_check.text("state") == "failed" && !facts.is_individual() {
        put(format!("company.{}", facts.company_check.text("remedy")), facts.company_check.text("code"));
    }
    for (field, code) in &facts.asked {
        put(field.clone(), code);
    }
    // What a check found wrong can be what Stripe asks for too: one error says it.
    let mut told = BTreeSet::new();
    errors.retain(|error| told.insert(error.text("requirement").to_owned()));
    errors
}

/// What is being checked.
pub(crate) fn pending(facts: &Facts) -> Vec<String> {
    let mut pending = BTreeSet::new();
    for person in facts.persons.iter().filter(|person| person.check.text("state") == "pending") {
        let by_document = has_told(&person.sent, "verification.document");
        let field = if by_document {
            "verification.document"
        } else if has_told(&person.sent, "id_number") {
            "id_number"
        } else {
            "ssn_last_4"
        };
        pending.insert(format!("{}.{field}", facts.prefix(person)));
    }
    if facts.company_check.text("state") == "pending" && !facts.is_individual() {
        let by_document = has_told(&facts.company, "verification.document");
        let field = if by_document { "verification.document" } else { "tax_id" };
        pending.insert(format!("company.{field}"));
    }
    pending.extend(facts.answered.iter().cloned());
    pending.into_iter().collect()
}

/// Whether somebody is on a list of prohibited persons.
pub(crate) fn listed(facts: &Facts) -> bool {
    facts.persons.iter().any(|person| person.check.text("state") == "listed")
}

/// What is not due now and will be some day: the whole number of which the last digits are enough at first.
pub(crate) fn later(facts: &Facts) -> Vec<String> {
    if facts.country() != "US" {
        return Vec::new();
    }
    let speaker = facts.representative();
    if speaker.is_some_and(|person| has_told(&person.sent, "id_number")) {
        return Vec::new();
    }
    let prefix = match speaker {
        Some(person) => facts.prefix(person),
        None if facts.is_individual() => "individual",
        None => "representative",
    };
    vec![format!("{prefix}.id_number")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_asked_again() {
        let mut facts = blank("US", "individual");
        let all = missing_of(&facts, "transfers");
        assert!(all.contains(&"individual.ssn_last_4".to_owned()) && all.is_sorted());
        assert!(!all.iter().any(|field| field.starts_with("settings")));
        assert!(
            missing_of(&facts, "card_issuing")
                .contains(&"settings.card_issuing.tos_acceptance.ip".to_owned())
        );
        let sent = json!({ "id_number": "000000000", "first_name": "Ann", "relationship": { "representative": true } });
        facts.persons.push(Person { id: "person_1".to_owned(), sent, check: Json::Null });
        let left = missing_of(&facts, "transfers");
        assert!(!left.contains(&"individual.ssn_last_4".to_owned()));
        assert!(left.contains(&"individual.last_name".to_owned()) && later(&facts).is_empty());
    }

    #[test]
    fn countries_and_agreements_make_a_difference() {
        let company = blank("DE", "company");
        let fields = missing_of(&company, "transfers");
        assert!(fields.contains(&"company.directors_provided".to_owned()));
        assert!(!fields.iter().any(|field| field.ends_with("state") || field.ends_with("ssn_last_4")));
        let mut recipient = blank("US", "individual");
        recipient.account["tos_acceptance"] = json!({ "service_agreement": "recipient" });
        assert!(!missing_of(&recipient, "transfers").contains(&"business_profile.mcc".to_owned()));
    }

    #[test]
    fn a_failed_check_asks_for_its_remedy() {
        let mut facts = blank("US", "company");
        let check = json!({ "state": "failed", "code": "verification_failed_keyed_identity", "remedy": "verification.document" });
        let sent = json!({ "relationship": { "representative": true } });
        facts.persons.push(Person { id: "person_1".to_owned(), sent, check });
        assert!(missing_of(&facts, "transfers").contains(&"person_1.verification.document".to_owned()));
        assert_eq!(errors(&facts).len(), 1);
    }
}
