//! The form behind an account link, for a browser.

use crate::engine::ApiError;
use crate::resources::accounts::bank_accounts;
use crate::resources::accounts::formats::STATES;
use crate::resources::accounts::links::Form;
use crate::resources::accounts::test_values::{BAD_DOCUMENT, GOOD_DOCUMENT};
use maud::{Markup, html};

/// The groups of fields, in order.
const GROUPS: [&str; 6] =
    ["Business", "Representative", "Owners and directors", "Bank account", "Terms", "More"];

/// The group of a field.
fn group(field: &str) -> usize {
    let start = field.split('.').next().unwrap_or_default();
    match start {
        "external_account" => 3,
        "tos_acceptance" => 4,
        _ if field.contains("tos_acceptance") || field.contains("terms_acceptance") => 4,
        "individual" | "representative" => 1,
        "owners" | "directors" | "executives" => 2,
        "company" if field.ends_with("_provided") => 2,
        "business_type" | "business_profile" | "company" | "email" => 0,
        person if person.starts_with("person_") => 2,
        _ => 5,
    }
}

/// The order of fields in a group, by the ends of their names; others follow.
const ORDER: [&str; 24] = [
    "business_type",
    "company.name",
    "company.tax_id",
    "business_profile.mcc",
    "business_profile.product_description",
    "business_profile.url",
    "first_name",
    "last_name",
    "first_name_kanji",
    "last_name_kanji",
    "first_name_kana",
    "last_name_kana",
    "relationship.title",
    "email",
    "phone",
    "dob.day",
    "dob.month",
    "dob.year",
    "nationality",
    "id_number",
    "address.line1",
    "address.city",
    "address.state",
    "address.postal_code",
];

fn rank(field: &str) -> usize {
    ORDER.iter().position(|end| field.ends_with(end)).unwrap_or(ORDER.len())
}

/// The label of a field and a hint.
fn label(field: &str, country: &str) -> (String, &'static str) {
    let rest = field.split_once('.').map_or(field, |(_, rest)| rest);
    let is_us = country == "US";
    let (text, hint) = match (field, rest) {
        ("business_type", _) => ("Kind of business", ""),
        ("business_profile.mcc", _) => ("Industry", "the merchant category code"),
        ("business_profile.url", _) => ("Website", "or a page that shows what is sold"),
        ("business_profile.product_description", _) => ("What is sold", ""),
        ("external_account", _) if is_us => ("Account number", "the routing number is added"),
        ("external_account", _) => ("IBAN or account number", ""),
        ("company.name", _) => ("Legal name of the business", ""),
        ("company.tax_id", _) if is_us => ("Employer identification number (EIN)", "9 digits"),
        ("company.tax_id", _) => ("Tax or register number", ""),
        (_, "first_name") => ("First name", ""),
        (_, "last_name") => ("Last name", ""),
        (_, "dob.day") => ("Day of birth", ""),
        (_, "dob.month") => ("Month of birth", ""),
        (_, "dob.year") => ("Year of birth", "1900, with January 1, is on a sanctions list"),
        (_, "email") => ("Email", ""),
        (_, "phone") => ("Phone", "0000000000 is a test number"),
        (_, "ssn_last_4") => ("Last 4 digits of the Social Security number", ""),
        (_, "id_number") if is_us => ("Social Security number", "9 digits"),
        (_, "id_number") => ("National identification number", ""),
        (_, "address.line1") => ("Street", ""),
        (_, "address.city") => ("City", ""),
        (_, "address.state") => (if is_us { "State" } else { "Region" }, ""),
        (_, "address.postal_code") => (if is_us { "ZIP code" } else { "Postal code" }, ""),
        (_, "relationship.title") => ("Title", "such as Owner or CEO"),
        (_, "verification.document") => ("Identity document", ""),
        (_, "verification.additional_document") => ("Proof of address", ""),
        ("company.owners_provided", _) => ("All owners are listed", ""),
        ("company.directors_provided", _) => ("All directors are listed", ""),
        ("company.executives_provided", _) => ("All executives are listed", ""),
        ("tos_acceptance.date", _) => ("Stripe's agreement for connected accounts", ""),
        (field, _) if field.contains("card_issuing") && field.ends_with("acceptance.date") => {
            ("Terms of card issuing", "")
        }
        (field, _) if field.ends_with("acceptance.ip") => ("IP address of the device that accepts", ""),
        (_, rest) => return (words(rest), ""),
    };
    (text.to_owned(), hint)
}

/// The name of a field in words: `card_issuing.user_terms_acceptance.ip` is "Card issuing: user terms acceptance:
/// ip".
fn words(field: &str) -> String {
    let text = field.replace('.', ": ").replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The selectable values with the effect of each; empty for free text.
fn choices(field: &str, country: &str) -> Vec<(&'static str, &'static str)> {
    let rest = field.split_once('.').map_or(field, |(_, rest)| rest);
    match (field, rest) {
        ("business_type", _) => {
            let mut all = vec![
                ("individual", "Individual or sole proprietor"),
                ("company", "Company"),
                ("non_profit", "Non-profit"),
            ];
            if country == "US" {
                all.push(("government_entity", "Government entity"));
            }
            all
        }
        ("business_profile.mcc", _) => vec![
            ("5734", "Computer software"),
            ("5942", "Books"),
            ("5812", "Restaurants"),
            ("7372", "Programming and data services"),
            ("4121", "Taxis and rides"),
            ("5999", "Other retail"),
        ],
        (_, "verification.document" | "verification.additional_document") => {
            vec![(GOOD_DOCUMENT, "A document that passes"), (BAD_DOCUMENT, "A document that fails later")]
        }
        (_, files) if files.ends_with(".files") => vec![(GOOD_DOCUMENT, "A document that passes")],
        (_, "address.state") if country == "US" => STATES.to_vec(),
        (_, "relationship.executive") => vec![("true", "Yes"), ("false", "No")],
        (_, "ssn_last_4") => vec![
            ("0000", "0000: passes"),
            ("2222", "2222: passes at once"),
            ("00", "00: fails now, too short"),
        ],
        (_, "id_number") => vec![
            ("000000000", "000000000: passes"),
            ("222222222", "222222222: passes at once"),
            ("111111111", "111111111: fails later, does not match the name"),
            ("1", "1: fails now, too short"),
        ],
        ("company.tax_id", _) => vec![
            ("000000000", "000000000: passes"),
            ("222222222", "222222222: passes at once"),
            ("111111111", "111111111: fails later, does not match the name"),
            ("111111112", "111111112: fails later, does not exist"),
            ("1", "1: fails now, too short"),
        ],
        ("external_account", _) => {
            let mut all = vec![(bank_accounts::good(country).0, "Passes")];
            if country == "US" {
                all.push(("000111111116", "Payouts fail later: no account"));
                all.push(("000111111113", "Payouts fail later: the account is closed"));
            }
            all.push(("1", "Fails now: too short"));
            all
        }
        ("business_profile.url", _) => vec![
            ("https://accessible.stripe.com", "Passes"),
            ("https://inaccessible.stripe.com", "Fails later: cannot be reached"),
            ("https://mismatch.stripe.com", "Fails later: does not match the business"),
            ("https://localhost", "Fails now: not a public website"),
        ],
        (_, "dob.year") => vec![
            ("1901", "Passes, with January 1"),
            ("1902", "Passes at once, with January 1"),
            ("1990", "Fails later: does not match the name"),
            ("2020", "Fails now: too young"),
        ],
        (_, "address.line1") => vec![
            ("address_full_match", "Passes"),
            ("address_no_match", "Fails later: no match"),
            ("address_line1_no_match", "Fails later: street does not match"),
        ],
        (field, _) if field.ends_with("_provided") => vec![("true", "Yes"), ("false", "Not yet")],
        _ => Vec::new(),
    }
}

/// Whether a field with choices also takes other values.
fn takes_other_values(field: &str) -> bool {
    matches!(field, "external_account" | "business_profile.url")
        || field.ends_with("address.line1")
        || field.ends_with("dob.year")
}

/// The browser's autocomplete and keyboard for a field.
fn manner(field: &str) -> (&'static str, &'static str) {
    let last = field.rsplit('.').next().unwrap_or_default();
    match last {
        "email" => ("email", "email"),
        "phone" => ("tel", "tel"),
        "url" => ("url", "url"),
        "day" | "month" | "year" => ("number", "off"),
        "first_name" => ("text", "given-name"),
        "last_name" => ("text", "family-name"),
        _ => ("text", "off"),
    }
}

/// Whether the parameter of an error belongs to a field: `individual[id_number]` to `individual.id_number`.
fn is_about(param: &str, field: &str) -> bool {
    let dotted = param.replace(['[', ']'], ".").replace("..", ".");
    let dotted = dotted.trim_matches('.');
    let below =
        |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    !dotted.is_empty()
        && (field == dotted
            || field.ends_with(&format!(".{dotted}"))
            || below(field, dotted)
            || below(dotted, field))
}

/// The page: the form with the values filled in before and the error.
pub(super) fn page(
    path: &str,
    form: &Form,
    name: Option<&str>,
    filled: &[(String, String)],
    refusal: Option<&ApiError>,
) -> Markup {
    let param = refusal.and_then(|refusal| refusal.param.as_deref()).unwrap_or_default();
    let wrong = form.fields.iter().map(|(field, _)| field.as_str()).find(|field| is_about(param, field));
    let title = if form.kind == "account_update" { "Update your details" } else { "Onboarding" };
    html! {
        div class="head" { div {
            h1 { (title) }
            p class="muted" { (name.unwrap_or("Account without a name")) " " code { (form.account) } " · " (form.country) }
        } }
        @if let Some(refusal) = refusal {
            div class="alert" role="alert" {
                p { b { "The form was not accepted." } " " (refusal.message) }
                @if let Some(field) = wrong { p { a href={ "#" (field) } { "Go to " (label(field, &form.country).0) } } }
            }
        }
        @if form.fields.is_empty() { p class="note" { "No information is required now." } }
        @else { p class="hint" { "Fields with " span class="req" { "*" } " are required. Use test values, not real data." } }
        form method="post" action={ (path) "/complete" } {
            @for (index, heading) in GROUPS.iter().enumerate() {
                @let fields = in_order(form, index);
                @if !fields.is_empty() {
                    fieldset {
                        legend { (heading) }
                        div class="fields" {
                            @for (field, suggested) in fields {
                                @let value = filled.iter().find(|(name, _)| name == field).map_or(suggested.as_str(), |(_, value)| value);
                                @let error = refusal.filter(|_| wrong == Some(field.as_str())).map(|refusal| &*refusal.message);
                                (input(field, value, &form.country, error))
                            }
                        }
                    }
                }
            }
            div class="row" { button class="main" id="complete" { @if form.kind == "account_update" { "Save" } @else { "Complete" } } }
        }
        br;
        form method="post" action={ (path) "/leave" } { button { "Return without completing" } }
    }
}

/// A text that starts with a lower-case letter.
fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The fields of a group, in the order of the page.
fn in_order(form: &Form, index: usize) -> Vec<&(String, String)> {
    let mut fields: Vec<_> = form.fields.iter().filter(|(field, _)| group(field) == index).collect();
    // The prefix keeps persons apart.
    fields.sort_by_key(|(field, _)| {
        let prefix = field.split('.').next().filter(|_| index != 0).unwrap_or_default();
        (prefix.to_owned(), rank(field))
    });
    fields
}

/// An input for one field.
fn input(field: &str, value: &str, country: &str, error: Option<&str>) -> Markup {
    let (text, hint) = label(field, country);
    let choices = choices(field, country);
    let is_free = takes_other_values(field);
    // A browser shows the choices of a text field only while it is empty.
    let values =
        choices.iter().filter(|_| is_free).map(|(value, effect)| format!("{value}: {}", lowered(effect)));
    let hint = values.chain((!hint.is_empty()).then(|| hint.to_owned())).collect::<Vec<_>>().join("; ");
    let hint_id = format!("{field}-hint");
    let described = (!hint.is_empty() || error.is_some()).then_some(hint_id.as_str());
    let (kind, fill) = manner(field);
    if field.ends_with("acceptance.date") {
        return html! {
            div { label for=(field) {
                input type="checkbox" id=(field) name=(field) value=(value) checked required style="width:auto;min-height:0";
                " I accept: " (text) " " span class="req" { "*" }
            } }
        };
    }
    html! {
        div {
            label for=(field) { (text) " " span class="req" aria-hidden="true" { "*" } }
            @if choices.is_empty() || is_free {
                @let list = format!("{field}-list");
                input id=(field) name=(field) value=(value) type=(kind) autocomplete=(fill) required
                    list=[is_free.then_some(list.as_str())] aria-describedby=[described] aria-invalid=[error.map(|_| "true")];
                @if is_free { datalist id=(list) { @for (value, text) in &choices { option value=(value) { (text) } } } }
            } @else {
                select id=(field) name=(field) required aria-describedby=[described] aria-invalid=[error.map(|_| "true")] {
                    @if !choices.iter().any(|(known, _)| *known == value) && !value.is_empty() { option value=(value) selected { (value) } }
                    @for (known, text) in &choices { option value=(known) selected[*known == value] { (text) } }
                }
            }
            @if described.is_some() {
                span id=(hint_id) class=(if error.is_some() { "error small" } else { "hint" }) { (error.unwrap_or(&hint)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Form {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Form { account: "acct_1".into(), country: "US".into(), kind: "account_onboarding".into(), fields }
    }

    #[test]
    fn text_is_escaped() {
        let page = page("/setup/a", &form(&[("x\"><script>", "<b>")]), Some("<i>"), &[], None).into_string();
        assert!(!page.contains("<script>") && !page.contains("<b>x") && !page.contains("<i>"), "{page}");
    }

    #[test]
    fn errors_are_shown_at_their_field_with_the_values() {
        let refusal = ApiError::invalid("No such number.").param("individual[id_number]");
        let filled = [("individual.first_name".to_owned(), "Grace".to_owned())];
        let asked = form(&[("individual.first_name", "Jenny"), ("individual.id_number", "000000000")]);
        let page = page("/setup/a", &asked, None, &filled, Some(&refusal)).into_string();
        assert!(page.contains("value=\"Grace\"") && !page.contains("Jenny"), "{page}");
        let (_, field) = page.split_once("id=\"individual.id_number\"").unwrap();
        assert!(field.contains("aria-invalid=\"true\"") && field.contains("No such number."), "{field}");
    }

    #[test]
    fn fields_are_in_the_order_of_a_form() {
        let asked = form(&[
            ("individual.address.city", "a"),
            ("individual.address.line1", "a"),
            ("individual.first_name", "a"),
            ("individual.dob.year", "a"),
        ]);
        let page = page("/setup/a", &asked, None, &[], None).into_string();
        let places = ["First name", "Year of birth", "Street", "City"].map(|label| page.find(label));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
        let hint = "1902: passes at once, with January 1; ";
        assert!(page.contains(hint), "{page}");
    }

    #[test]
    fn fields_have_labels_and_groups() {
        for (field, heading, text) in [
            ("business_type", "Business", "Kind of business"),
            ("individual.dob.day", "Representative", "Day of birth"),
            ("company.owners_provided", "Owners and directors", "All owners are listed"),
            ("external_account", "Bank account", "Account number"),
            ("tos_acceptance.ip", "Terms", "IP address of the device that accepts"),
            ("settings.card_issuing.tos_acceptance.date", "Terms", "Terms of card issuing"),
            ("settings.other.name", "More", "Other: name"),
        ] {
            assert_eq!(GROUPS[group(field)], heading, "{field}");
            assert_eq!(label(field, "US").0, text, "{field}");
        }
        assert_eq!(label("individual.address.postal_code", "DE").0, "Postal code");
        assert!(choices("business_type", "US").len() > choices("business_type", "DE").len());
    }
}
