//! The requirements of an account, computed from its details without side effects.

use crate::engine::{Json, Peek, set};
use crate::resources::accounts::country_table;
use crate::resources::accounts::people::{self, Liveness, People};
use crate::resources::accounts::structures;
use crate::resources::accounts::test_values;
use serde_json::json;
use std::collections::BTreeSet;

/// The known details of a person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    /// All details sent about the person, including secrets.
    pub(crate) sent: Json,
    /// The state of the verification, as in [`Check`].
    pub(crate) check: Json,
}

/// What stops while a requirement that was brought forward is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stops {
    Nothing,
    Charges,
    Payouts,
}

impl Stops {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Charges => "charges",
            Self::Payouts => "payouts",
        }
    }
}

/// A requirement that Stripe has announced, which is not one yet.
#[derive(Debug, Clone)]
pub(crate) struct Announced {
    pub(crate) field: String,
    /// The error code that goes with it.
    pub(crate) code: String,
    /// When it becomes a requirement, in Unix seconds, if that is decided.
    pub(crate) deadline: Option<i64>,
}

/// The known details of an account.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The account object.
    pub(crate) account: Json,
    /// All details sent about the company.
    pub(crate) company: Json,
    /// The state of the company's verification.
    pub(crate) company_check: Json,
    pub(crate) persons: Vec<Person>,
    pub(crate) has_external_account: bool,
    /// The additional requirements, with the error code.
    pub(crate) asked: Vec<(String, String)>,
    /// The additional requirements being verified.
    pub(crate) answered: Vec<String>,
    /// What Stripe will ask for.
    pub(crate) announced: Vec<Announced>,
    /// What was due later and was brought forward by a test card, with what it stops.
    pub(crate) brought: Vec<(String, String)>,
    /// Whether the review of the account continues after the verifications.
    pub(crate) reviewed: bool,
}

/// Fields of every business except pure recipients of transfers.
const BUSINESS: [&str; 2] = ["business_profile.mcc", "business_profile.url"];
const TERMS: [&str; 2] = ["tos_acceptance.date", "tos_acceptance.ip"];
const COMPANY: [&str; 4] = ["name", "phone", "tax_id", "address.line1"];
/// The requirements of an account managed by its holder, before any capability is requested.
const NO_CAPABILITY: [&str; 6] = [
    "business_profile.product_description",
    "business_profile.support_phone",
    "business_profile.url",
    "external_account",
    "tos_acceptance.date",
    "tos_acceptance.ip",
];
const DIRECTOR: [&str; 5] = ["first_name", "last_name", "dob.day", "dob.month", "dob.year"];

/// An account without details.
pub(crate) fn blank(country: &str, business_type: &str) -> Facts {
    Facts {
        account: json!({ "country": country, "business_type": business_type }),
        company: json!({}),
        company_check: Json::Null,
        persons: Vec::new(),
        has_external_account: false,
        asked: Vec::new(),
        answered: Vec::new(),
        announced: Vec::new(),
        brought: Vec::new(),
        reviewed: false,
    }
}

impl Facts {
    fn country(&self) -> &str {
        self.account.text("country")
    }

    /// The requirements of the account's persons.
    fn people(&self) -> &'static People {
        match country_table::find(self.country()) {
            Some(country) if self.is_recipient() && !country.recipients_only => &people::RECIPIENT,
            Some(country) => country.people,
            None => &people::EU,
        }
    }

    /// Whether the account only receives transfers, by its service agreement.
    pub(crate) fn is_recipient(&self) -> bool {
        self.account.text("tos_acceptance.service_agreement") == "recipient"
    }

    /// Whether a person is verified only if a document was sent.
    pub(crate) fn checks_documents_only(&self) -> bool {
        self.is_recipient() || !self.people().for_payouts.is_empty()
    }

    /// Whether the number of a person is sufficient to start a verification.
    pub(crate) fn looks_at_numbers(&self) -> bool {
        !self.checks_documents_only() && self.people().documents.is_empty()
    }

    /// Whether capabilities wait for the verifications.
    pub(crate) fn waits(&self) -> bool {
        self.people().waits
    }

    pub(crate) fn is_individual(&self) -> bool {
        self.account.text("business_type") == "individual"
    }

    fn representative(&self) -> Option<&Person> {
        self.persons.iter().find(|person| person.sent.flag("relationship.representative"))
    }

    /// Whether a person or the company is being verified.
    pub(crate) fn is_under_review(&self) -> bool {
        let pending = |check: &Json| check.text("state") == "pending";
        pending(&self.company_check) || self.persons.iter().any(|person| pending(&person.check))
    }

    /// Whether the review of the account still covers a person whose verification has ended.
    pub(crate) fn is_reviewed(&self, person: &Person) -> bool {
        self.reviewed && person.check.text("state") == "verified" && !person.check.flag("at_once")
    }

    /// The prefix of a person in requirements: `individual`, or the person's id.
    pub(crate) fn prefix<'p>(&self, person: &'p Person) -> &'p str {
        if self.is_individual() && person.sent.flag("relationship.representative") {
            "individual"
        } else {
            &person.id
        }
    }

    /// The total ownership of the owners, in percent.
    fn owned(&self) -> f64 {
        let shares = self.persons.iter().filter(|person| person.sent.flag("relationship.owner"));
        shares
            .filter_map(|person| person.sent.at("relationship.percent_ownership").and_then(Json::as_f64))
            .sum()
    }

    /// Whether an account-level field is set; a product description replaces a missing website.
    fn has(&self, field: &str) -> bool {
        let told = |path: &str| self.account.at(path).is_some_and(|value| *value != "");
        match field {
            "external_account" => self.has_external_account,
            "business_profile.url" => told(field) || told("business_profile.product_description"),
            "company.owners_provided" => self.company.flag("owners_provided") || self.owned() >= 100.0,
            _ => field.strip_prefix("company.").map_or_else(
                || told(field),
                |inner| self.company.at(inner).is_some_and(|value| *value != "" && *value != false),
            ),
        }
    }
}

/// Whether a field of a person or a company is set; the complete number includes its last four digits.
pub(crate) fn has_told(sent: &Json, field: &str) -> bool {
    let told = |path: &str| sent.at(path).is_some_and(|value| *value != "");
    match field {
        "ssn_last_4" => told(field) || told("id_number"),
        "verification.document" | "verification.additional_document" => told(&format!("{field}.front")),
        // An empty list counts: the person has no other names.
        "full_name_aliases" => sent.at(field).is_some(),
        // A title implies an executive role.
        "relationship.executive" => sent.flag(field) || told("relationship.title"),
        _ => told(field),
    }
}

/// The fields of the representative.
fn speaker_fields(facts: &Facts) -> Vec<&'static str> {
    let people = facts.people();
    let mut fields = people.speaker.to_vec();
    if !facts.is_individual() {
        fields.extend(people.office);
    }
    fields
}

/// The fields of a person in their roles.
pub(crate) fn fields_of(facts: &Facts, sent: &Json) -> Vec<&'static str> {
    if sent.flag("relationship.representative") || sent.flag("relationship.owner") {
        let owner = !sent.flag("relationship.representative");
        speaker_fields(facts)
            .into_iter()
            .filter(|field| !owner || !field.starts_with("relationship."))
            .collect()
    } else if sent.flag("relationship.director") || sent.flag("relationship.executive") {
        DIRECTOR.to_vec()
    } else {
        Vec::new()
    }
}

/// The missing fields for a capability, in order: fields never set, then fields required after a verification.
pub(crate) fn missing_of(facts: &Facts, capability: &str) -> Vec<String> {
    let mut missing = untold(facts, capability);
    if !capability.starts_with("tax_reporting") && !facts.account.text("business_type").is_empty() {
        missing.extend(remedies(facts));
        missing.extend(brought(facts));
    }
    missing.into_iter().collect()
}

/// The fields for a capability that were never set.
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
    if !facts.is_recipient() {
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
        let people = facts.people();
        COMPANY.iter().chain(people.company).for_each(|field| need(&format!("company.{field}")));
        if people.cities {
            ["city", "postal_code"].iter().for_each(|field| need(&format!("company.address.{field}")));
        }
        if people.states {
            need("company.address.state");
        }
        if facts.account.text("business_type") == "company" && !facts.is_recipient() {
            if !people.owners.is_empty() && structures::has_owners(&facts.company) {
                need("company.owners_provided");
            }
            if people.directors && structures::has_directors(&facts.company) {
                need("company.directors_provided");
            }
        }
        let known = facts.company.flag("owners_provided")
            || !structures::has_owners(&facts.company)
            || facts.persons.iter().any(|person| person.sent.flag("relationship.owner"));
        if facts.account.text("business_type") == "company" && !known && !facts.is_recipient() {
            missing.extend(people.owners.iter().map(|field| format!("owners.{field}")));
        }
    }
    // A company that only receives transfers needs no persons.
    if facts.representative().is_none() && (facts.is_individual() || !facts.is_recipient()) {
        let prefix = if facts.is_individual() { "individual" } else { "representative" };
        missing.extend(speaker_fields(facts).into_iter().map(|field| format!("{prefix}.{field}")));
    }
    for person in &facts.persons {
        missing.extend(missing_person(facts, person));
    }
    missing
}

/// The requirements without any requested capability: Stripe collects them from the holder of an account with a
/// Stripe Dashboard.
pub(crate) fn without_capability(facts: &Facts) -> Vec<&'static str> {
    if facts.account.text("controller.stripe_dashboard.type") != "full" {
        return Vec::new();
    }
    // A description does not replace a missing website here.
    let told = |field: &str| match field {
        "external_account" => facts.has_external_account,
        field => facts.account.at(field).is_some_and(|value| *value != ""),
    };
    NO_CAPABILITY.into_iter().filter(|field| !told(field)).collect()
}

/// The fields that an individual must provide before payouts, and those that Stripe verifies before them.
pub(crate) fn for_payouts(facts: &Facts) -> (Vec<String>, Vec<String>) {
    let speaker = facts.representative().filter(|_| facts.is_individual() && !facts.is_recipient());
    let Some(speaker) = speaker else { return (Vec::new(), Vec::new()) };
    let named = |field: &&str| format!("{}.{field}", facts.prefix(speaker));
    let people = facts.people();
    let asks_for_liveness = asks_for_liveness(facts, speaker);
    let missing = people.for_payouts.iter().filter(|field| !has_told(&speaker.sent, field));
    let missing = missing.chain(asks_for_liveness.then_some(&LIVENESS));
    let checked = people.checked_for_payouts.iter().filter(|_| speaker.check.text("state") == "pending");
    // Once the proof is asked for, only what was sent is checked.
    let checked = checked.filter(|field| !asks_for_liveness || has_told(&speaker.sent, field));
    (missing.map(&named).collect(), checked.map(&named).collect())
}

/// The proof that somebody is a living person.
pub(crate) const LIVENESS: &str = "verification.proof_of_liveness";
const SECOND_DOCUMENT: &str = "verification.additional_document";

/// Whether the proof is due: see [`Liveness`].
fn asks_for_liveness(facts: &Facts, person: &Person) -> bool {
    let due = match facts.people().liveness {
        Liveness::Never => false,
        Liveness::AfterDetails => missing_person(facts, person).is_empty(),
        Liveness::AfterDocument => {
            has_told(&person.sent, "verification.document") && !has_told(&person.sent, SECOND_DOCUMENT)
        }
    };
    due && !has_told(&person.sent, LIVENESS)
}

/// What can be sent instead of a required field.
pub(crate) fn alternatives(facts: &Facts, fields: &[String]) -> Vec<(String, String)> {
    if facts.people().liveness != Liveness::AfterDocument {
        return Vec::new();
    }
    let instead = |field: &String| {
        let person = field.strip_suffix(LIVENESS)?;
        Some((field.clone(), format!("{person}{SECOND_DOCUMENT}")))
    };
    fields.iter().filter_map(instead).collect()
}

/// What was brought forward by a test card and is still open.
pub(crate) fn brought(facts: &Facts) -> Vec<String> {
    let ahead = untold_later(facts);
    let open = facts.brought.iter().map(|(field, _)| field).filter(|field| ahead.contains(field));
    open.cloned().collect()
}

/// Whether a field that was brought forward stops this.
fn was_brought_to_stop(facts: &Facts, field: &str, what: Stops) -> bool {
    facts.brought.iter().any(|(known, stops)| known == field && stops == what.name())
}

/// Whether a field stops payments only, so that payouts go on without it.
pub(crate) fn stops_charges_only(facts: &Facts, field: &str) -> bool {
    was_brought_to_stop(facts, field, Stops::Charges)
}

/// The documents that prove who has a bank account.
pub(crate) const OWNERSHIP: &str = "documents.bank_account_ownership_verification.files";

/// Whether a missing field only stops payouts, not payments.
pub(crate) fn stops_payouts_only(facts: &Facts, field: &str) -> bool {
    field == "external_account"
        || field == OWNERSHIP
        || was_brought_to_stop(facts, field, Stops::Payouts)
        || for_payouts(facts).0.iter().any(|known| known == field)
        || (field == "company.address.line1"
            && facts.company.text("address.line1") == test_values::NO_PAYOUTS)
}

/// Whether all is known of a person that a verification starts with.
pub(crate) fn can_be_checked(facts: &Facts, person: &Person) -> bool {
    !fields_of(facts, &person.sent).is_empty() && missing_person(facts, person).is_empty()
}

/// The missing fields of a person.
fn missing_person(facts: &Facts, person: &Person) -> Vec<String> {
    let prefix = facts.prefix(person);
    let speaks = person.sent.flag("relationship.representative") && !facts.is_individual();
    let documents = facts.people().documents.iter().filter(|_| speaks).copied();
    let fields = fields_of(facts, &person.sent).into_iter().chain(documents);
    fields.filter(|field| !has_told(&person.sent, field)).map(|field| format!("{prefix}.{field}")).collect()
}

/// The fields required because a verification failed, or by an additional requirement.
fn remedies(facts: &Facts) -> Vec<String> {
    errors(facts).into_iter().map(|error| error.text("requirement").to_owned()).collect()
}

/// The `errors` of requirements.
pub(crate) fn errors(facts: &Facts) -> Vec<Json> {
    let mut errors = Vec::new();
    let mut put = |requirement: String, code: &str| {
        let reason = crate::resources::accounts::test_values::reason(code);
        errors.push(json!({ "requirement": requirement, "code": code, "reason": reason }));
    };
    let failed = |check: &Json| check.text("state") == "failed";
    let remedies = |check: &Json| -> Vec<String> {
        check.items("remedy").iter().filter_map(Json::as_str).map(str::to_owned).collect()
    };
    for person in facts.persons.iter().filter(|person| failed(&person.check)) {
        for remedy in remedies(&person.check) {
            put(format!("{}.{remedy}", facts.prefix(person)), person.check.text("code"));
        }
    }
    if failed(&facts.company_check) && !facts.is_individual() {
        for remedy in remedies(&facts.company_check) {
            put(format!("company.{remedy}"), facts.company_check.text("code"));
        }
    }
    for (field, code) in test_values::business(&facts.account, &facts.company) {
        put(field.to_owned(), code);
    }
    for (field, code) in &facts.asked {
        put(field.clone(), code);
    }
    // A failed verification can coincide with an additional requirement: one error is enough.
    let mut told = BTreeSet::new();
    errors.retain(|error| told.insert(error.text("requirement").to_owned()));
    errors
}

/// The fields being verified.
pub(crate) fn pending(facts: &Facts) -> Vec<String> {
    let mut pending = BTreeSet::new();
    for person in &facts.persons {
        let (checked, prefix) = (checked(facts, person), facts.prefix(person));
        pending.extend(checked.into_iter().map(|field| format!("{prefix}.{field}")));
    }
    if facts.is_under_review() && facts.waits() && facts.account.at("business_profile.url").is_some() {
        pending.insert("business_profile.url".to_owned());
    }
    if facts.company_check.text("state") == "pending" && !facts.is_individual() {
        pending.extend(facts.waits().then(|| "company.tax_id".to_owned()));
        pending.extend(in_address(&facts.company, facts).map(|field| format!("company.{field}")));
        if has_told(&facts.company, "verification.document") {
            pending.insert("company.verification.document".to_owned());
        }
    }
    pending.extend(for_payouts(facts).1);
    pending.extend(facts.answered.iter().cloned());
    pending.into_iter().collect()
}

fn in_address<'a>(sent: &'a Json, facts: &'a Facts) -> impl Iterator<Item = &'static str> + 'a {
    let fields = ["address.city", "address.line1", "address.postal_code", "address.state"].into_iter();
    fields.filter(|field| facts.waits() && sent.at(field).is_some())
}

/// The fields of a person being verified. Outside the US only fields sent for verification are shown.
fn checked(facts: &Facts, person: &Person) -> Vec<&'static str> {
    let waits = facts.waits();
    let mut fields = Vec::new();
    let first = person.check.text("state") == "pending";
    if !(first || waits && facts.is_reviewed(person)) {
        return fields;
    }
    if first {
        fields.extend(in_address(&person.sent, facts));
    }
    if waits && has_told(&person.sent, "ssn_last_4") {
        fields.push("id_number");
    }
    // A document of somebody who is verified is accepted; until then one could still be asked for.
    let by_document = has_told(&person.sent, "verification.document");
    if if by_document { first } else { waits && has_told(&person.sent, "id_number") } {
        fields.push("verification.document");
    }
    if has_told(&person.sent, "verification.additional_document") {
        fields.push("verification.additional_document");
    }
    fields
}

/// Whether a person is on a sanctions list.
pub(crate) fn listed(facts: &Facts) -> bool {
    facts.persons.iter().any(|person| person.check.text("state") == "listed")
}

/// The fields that are eventually due: in the US the complete number, of which the last digits are sufficient at
/// first.
pub(crate) fn later(facts: &Facts) -> Vec<String> {
    let mut sooner = pending(facts);
    sooner.extend(facts.brought.iter().map(|(field, _)| field.clone()));
    sooner.extend(for_payouts(facts).0);
    untold_later(facts).into_iter().filter(|field| !sooner.contains(field)).collect()
}

fn untold_later(facts: &Facts) -> Vec<String> {
    let speaker = facts.representative();
    let prefix = match speaker {
        Some(person) => facts.prefix(person),
        None if facts.is_individual() => "individual",
        None => "representative",
    };
    let sent = speaker.map_or(&Json::Null, |person| &person.sent);
    let people = facts.people();
    let number = (people.waits && !facts.is_recipient()).then_some("id_number");
    let of_person = (facts.is_individual() || !facts.is_recipient()).then_some(people.later);
    let fields = number.into_iter().chain(of_person.into_iter().flatten().copied());
    let is_company = facts.account.text("business_type") == "company" && !facts.is_recipient();
    let of_company = people.later_of_companies.iter().filter(|_| is_company && speaker.is_none());
    let complete =
        !facts.is_recipient() || speaker.is_some_and(|person| missing_person(facts, person).is_empty());
    fields
        .filter(|field| complete && !has_told(sent, field))
        .map(|field| format!("{prefix}.{field}"))
        .chain(of_company.map(|field| (*field).to_owned()))
        .collect()
}

/// The `future_requirements` of an account, a capability or a person: what was announced of the fields that have a name there.
pub(crate) fn future(facts: &Facts, name: impl Fn(&str) -> Option<String>) -> Json {
    let mut future = nothing_ahead();
    let named: Vec<(&Announced, String)> =
        facts.announced.iter().filter_map(|known| Some((known, name(&known.field)?))).collect();
    let fields: Vec<&str> = named.iter().map(|(_, name)| name.as_str()).collect();
    let errors = named.iter().map(|(known, name)| {
        json!({ "requirement": name, "code": known.code, "reason": test_values::reason(&known.code) })
    });
    set(&mut future, "errors", errors.collect::<Vec<_>>());
    set(&mut future, "eventually_due", fields.clone());
    // Without a date it is only known that it will be asked for.
    let dated: Vec<&str> =
        named.iter().filter(|(known, _)| known.deadline.is_some()).map(|(_, name)| name.as_str()).collect();
    set(&mut future, "currently_due", dated);
    set(&mut future, "current_deadline", named.iter().filter_map(|(known, _)| known.deadline).min());
    future
}

/// Empty `future_requirements`.
pub(crate) fn nothing_ahead() -> Json {
    json!({ "alternatives": [], "currently_due": [], "errors": [], "eventually_due": [], "past_due": [],
        "pending_verification": [] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_details_are_not_required_again() {
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
    fn requirements_depend_on_country_and_agreement() {
        let company = blank("DE", "company");
        let fields = missing_of(&company, "transfers");
        assert!(fields.contains(&"company.directors_provided".to_owned()));
        assert!(!fields.iter().any(|field| field.ends_with("state") || field.ends_with("ssn_last_4")));
        let mut recipient = blank("US", "individual");
        recipient.account["tos_acceptance"] = json!({ "service_agreement": "recipient" });
        assert!(!missing_of(&recipient, "transfers").contains(&"business_profile.mcc".to_owned()));
    }

    #[test]
    fn failed_verification_requires_its_remedy() {
        let mut facts = blank("US", "company");
        let check = json!({ "state": "failed", "code": "verification_failed_keyed_identity", "remedy": ["verification.document"] });
        let sent = json!({ "relationship": { "representative": true } });
        facts.persons.push(Person { id: "person_1".to_owned(), sent, check });
        assert!(missing_of(&facts, "transfers").contains(&"person_1.verification.document".to_owned()));
        assert_eq!(errors(&facts).len(), 1);
    }
}
