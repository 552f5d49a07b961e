//! The effects of the documented test values in the verification of persons and businesses.

use crate::engine::{Json, Peek};

/// The result of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeds in the same response.
    AtOnce,
    /// It succeeds after a delay.
    Passed,
    /// It fails after a delay: the error code, and the fields required then.
    Failed(&'static str, &'static [&'static str]),
    /// The name is on a sanctions list.
    Listed,
    /// It stays pending.
    Pending,
}

/// A document that passes.
pub const GOOD_DOCUMENT: &str = "file_identity_document_success";
/// A document that fails.
pub const BAD_DOCUMENT: &str = "file_identity_document_failure";

/// The documents of test mode, and how their verification fails; `None` if it passes.
const FILES: [(&str, Option<&str>); 6] = [
    (GOOD_DOCUMENT, None),
    (BAD_DOCUMENT, Some("verification_document_failed_test_mode")),
    ("file_relationship_document_success", None),
    ("file_relationship_document_invalid", Some("verification_document_invalid")),
    ("file_relationship_document_mismatch", Some("verification_document_name_mismatch")),
    ("file_relationship_document_invalid_signer", Some("invalid_signator")),
];

/// Whether a file is one of the documents of test mode.
pub fn is_document(file: &str) -> bool {
    FILES.iter().any(|(known, _)| *known == file)
}

/// How the verification of a document fails.
pub fn document_failure(file: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == file).and_then(|(_, code)| *code)
}

const DOCUMENT: &str = "verification.document";
const ADDITIONAL: &str = "verification.additional_document";

/// First names of owners and directors that the register does not confirm: role, name, code.
const REGISTER: [(&str, &str, &str); 5] = [
    ("director", "mismatch_director", "verification_directors_mismatch"),
    ("director", "missing_director", "verification_missing_directors"),
    ("director", "extraneous_director", "verification_extraneous_directors"),
    ("owner", "mismatch_owner", "verification_missing_owners"),
    ("owner", "extraneous_owner", "verification_missing_owners"),
];

/// First address lines of persons that do not match, so that a document is required.
const ADDRESSES: [&str; 2] = ["address_no_match", "address_line1_no_match"];

/// The result of a person's verification, by the details sent.
pub fn person(sent: &Json) -> Outcome {
    let year = sent.int("dob.year");
    let first_of_january = (sent.int("dob.month"), sent.int("dob.day")) == (1, 1);
    if first_of_january && year == 1900 {
        return Outcome::Listed;
    }
    let front = sent.text("verification.document.front");
    if let Some(code) = document_failure(front) {
        return Outcome::Failed(code, &[DOCUMENT]);
    }
    if let Some(code) = document_failure(sent.text("verification.additional_document.front")) {
        return Outcome::Failed(code, &[ADDITIONAL]);
    }
    let relationship = sent.at("documents").and_then(Json::as_object).into_iter().flatten();
    let mut files = relationship.flat_map(|(_, document)| document.items("files")).filter_map(Json::as_str);
    if let Some(code) = files.find_map(document_failure) {
        return Outcome::Failed(code, &["documents.company_authorization.files"]);
    }
    if front.is_empty() && sent.text("id_number") == "111111111" {
        return Outcome::Failed("verification_failed_id_number_match", &[DOCUMENT]);
    }
    let known_birth = first_of_january && matches!(year, 1901 | 1902);
    if front.is_empty() && year != 0 && !known_birth {
        return Outcome::Failed("verification_failed_keyed_identity", &[DOCUMENT]);
    }
    let in_register = |role: &str| sent.flag(&format!("relationship.{role}"));
    let name = sent.text("first_name");
    if let Some((.., code)) = REGISTER.iter().find(|(role, known, _)| *known == name && in_register(role)) {
        return Outcome::Failed(code, &["first_name"]);
    }
    let address_proved = !sent.text("verification.additional_document.front").is_empty();
    if ADDRESSES.contains(&sent.text("address.line1")) && !address_proved {
        return Outcome::Failed("verification_failed_address_match", &[ADDITIONAL]);
    }
    if (first_of_january && year == 1902)
        || sent.text("id_number") == "222222222"
        || sent.text("ssn_last_4") == "2222"
    {
        return Outcome::AtOnce;
    }
    Outcome::Passed
}

/// Tax ids of companies, and their results.
const TAX_IDS: [(&str, Outcome); 9] = [
    ("111111111", Outcome::Failed("verification_failed_tax_id_match", &["tax_id"])),
    ("111111112", Outcome::Failed("verification_failed_tax_id_not_issued", &["tax_id"])),
    ("222222222", Outcome::AtOnce),
    ("222221000", Outcome::Failed("verification_failed_keyed_match", &["tax_id"])),
    ("222221001", Outcome::Failed("verification_missing_owners", &["owners_provided"])),
    ("222221002", Outcome::Failed("verification_missing_directors", &["directors_provided"])),
    ("222221003", Outcome::Failed("verification_missing_owners", &["owners_provided"])),
    ("222221004", Outcome::Failed("verification_missing_directors", &["directors_provided"])),
    ("222221005", Outcome::Pending),
];

/// The first address line of a company that enables payments but not payouts.
pub const NO_PAYOUTS: &str = "address_no_match";

/// The result of a company's verification.
pub fn company(sent: &Json) -> Outcome {
    let front = sent.text("verification.document.front");
    if let Some(code) = document_failure(front) {
        return Outcome::Failed(code, &[DOCUMENT]);
    }
    let by_number =
        TAX_IDS.iter().find(|(known, _)| *known == sent.text("tax_id")).map(|(_, outcome)| *outcome);
    match (by_number, sent.text("address.line1")) {
        (Some(outcome @ Outcome::Failed(..)), _) if front.is_empty() => outcome,
        (Some(Outcome::Pending), _) => Outcome::Pending,
        (_, NO_PAYOUTS) => Outcome::Failed("verification_failed_address_match", &["address.line1"]),
        (_, "address_line1_no_match") => Outcome::Failed(
            "verification_failed_address_match",
            &["address.city", "address.line1", "address.postal_code", "address.state"],
        ),
        (Some(Outcome::AtOnce), _) => Outcome::AtOnce,
        _ => Outcome::Passed,
    }
}

/// Values of the account that must be replaced: the field, the value, the error code, and the field required then.
const BUSINESS: [(&str, &str, &str, &str); 17] = [
    (DESCRIPTOR, "mismatch", "invalid_statement_descriptor_business_mismatch", DESCRIPTOR),
    (DESCRIPTOR, "disallowed", "invalid_statement_descriptor_denylisted", DESCRIPTOR),
    (PREFIX, "mismatch", "invalid_statement_descriptor_prefix_mismatch", PREFIX),
    (PREFIX, "disallowed", "invalid_statement_descriptor_prefix_denylisted", PREFIX),
    (URL, "https://disallowed.stripe.com", "invalid_url_denylisted", URL),
    (URL, "https://geoblocked.stripe.com", "invalid_url_website_inaccessible_geoblocked", URL),
    (URL, "https://problem.stripe.com", "invalid_url_website_other", URL),
    (URL, "https://missing.stripe.com", "invalid_url_website_incomplete", URL),
    (URL, "https://mismatch.stripe.com", "invalid_url_website_business_information_mismatch", URL),
    (URL, "https://passwordprotected.stripe.com", "invalid_url_website_inaccessible_password_protected", URL),
    (URL, "https://underconstruction.stripe.com", "invalid_url_website_incomplete_under_construction", URL),
    (URL, "https://inaccessible.stripe.com", "invalid_url_website_inaccessible", URL),
    (NAME, "disallowed_dba", "invalid_business_profile_name_denylisted", NAME),
    (NAME, "invalid_dba", "invalid_business_profile_name", NAME),
    (PRODUCTS, "require_url", "invalid_url_web_presence_detected", URL),
    ("company.name", "disallowed_name", "invalid_company_name_denylisted", "company.name"),
    ("company.name", "match_name_only", "verification_failed_name_match", "company.name"),
];

const DESCRIPTOR: &str = "settings.payments.statement_descriptor";
const PREFIX: &str = "settings.card_payments.statement_descriptor_prefix";
const URL: &str = "business_profile.url";
const NAME: &str = "business_profile.name";
const PRODUCTS: &str = "business_profile.product_description";
/// The website of an inactive business.
const INACTIVE: &str = "https://inactivity.stripe.com";
/// The minimum length of a product description.
const SHORTEST_DESCRIPTION: usize = 10;

/// The fields of an account that must be replaced, with error codes. `company` is the details of the company.
pub fn business(account: &Json, company: &Json) -> Vec<(&'static str, &'static str)> {
    let value = |field: &str| match field.strip_prefix("company.") {
        Some(field) => company.text(field),
        None => account.text(field),
    };
    let same = |field: &str, known: &str| value(field).trim_end_matches('/') == known;
    let rows = BUSINESS.iter().filter(|(field, known, ..)| same(field, known));
    let mut found: Vec<_> = rows.map(|(.., code, asked)| (*asked, *code)).collect();
    let products = value(PRODUCTS);
    if !products.is_empty() && products == value(URL) {
        found.push((PRODUCTS, "invalid_product_description_url_match"));
    } else if !products.is_empty() && products.chars().count() < SHORTEST_DESCRIPTION {
        found.push((PRODUCTS, "invalid_product_description_length"));
    }
    found
}

/// Whether a business counts as inactive, so that nothing is verified and all capabilities are paused.
pub fn is_inactive(account: &Json) -> bool {
    account.text(URL).trim_end_matches('/') == INACTIVE
}

/// Messages of error codes.
const REASONS: [(&str, &str); 16] = [
    (
        "verification_failed_keyed_identity",
        "The name, the date of birth and the number do not belong to the same person.",
    ),
    ("verification_failed_id_number_match", "The number belongs to another person."),
    ("verification_failed_address_match", "The address could not be matched."),
    ("verification_failed_tax_id_match", "The name and the tax id do not belong to the same business."),
    ("verification_failed_tax_id_not_issued", "The tax id does not exist."),
    ("verification_failed_keyed_match", "The business is not in the register."),
    ("verification_failed_name_match", "The name does not match the register."),
    ("verification_document_failed_test_mode", "The document is the test value that fails."),
    ("verification_document_invalid", "The document is not a valid proof."),
    ("verification_document_name_mismatch", "The name in the document does not match."),
    ("invalid_signator", "The document was signed by a person without authority."),
    ("verification_directors_mismatch", "The directors do not match the register."),
    ("verification_missing_directors", "The account lacks directors that are in the register."),
    ("verification_extraneous_directors", "The account has directors that are not in the register."),
    ("verification_missing_owners", "The account lacks owners that are in the register."),
    ("information_missing", "Required information is missing."),
];

/// The message of an error code.
pub fn reason(code: &str) -> &'static str {
    let known = REASONS.iter().find(|(known, _)| *known == code).map(|(_, reason)| *reason);
    known.unwrap_or(if code.starts_with("invalid_") {
        "The value is invalid; send another one."
    } else {
        "The verification failed."
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;
    use serde_json::json;

    fn born(year: i64) -> Json {
        json!({ "dob": { "day": 1, "month": 1, "year": year } })
    }

    #[test]
    fn test_values_determine_the_verification_of_persons() {
        let with = |mut person: Json, more: Json| {
            super::super::internal::merge(&mut person, &more);
            person
        };
        let document = |file: &str| json!({ "verification": { "document": { "front": file } } });
        let code = |outcome| match outcome {
            Outcome::Failed(code, asked) => format!("{code} {}", asked.join(",")),
            other => format!("{other:?}"),
        };
        for (sent, expected) in [
            (born(1901), "Passed"),
            (born(1902), "AtOnce"),
            (born(1900), "Listed"),
            (born(1955), "verification_failed_keyed_identity verification.document"),
            (
                json!({ "dob": { "day": 2, "month": 1, "year": 1901 } }),
                "verification_failed_keyed_identity verification.document",
            ),
            (with(born(1955), document(GOOD_DOCUMENT)), "Passed"),
            (json!({ "id_number": "222222222" }), "AtOnce"),
            (json!({ "ssn_last_4": "2222" }), "AtOnce"),
            (
                json!({ "id_number": "111111111" }),
                "verification_failed_id_number_match verification.document",
            ),
            (with(json!({ "id_number": "111111111" }), document(GOOD_DOCUMENT)), "Passed"),
            (
                with(born(1902), document(BAD_DOCUMENT)),
                "verification_document_failed_test_mode verification.document",
            ),
            (
                json!({ "address": { "line1": "address_no_match" } }),
                "verification_failed_address_match verification.additional_document",
            ),
            (
                json!({ "address": { "line1": "address_line1_no_match" } }),
                "verification_failed_address_match verification.additional_document",
            ),
        ] {
            assert_eq!(code(person(&sent)), expected, "{sent}");
        }
        for (role, name, failure) in REGISTER {
            let sent = json!({ "first_name": name, "relationship": { role: true } });
            assert_eq!(person(&sent), Outcome::Failed(failure, &["first_name"]), "{name}");
            assert_eq!(person(&json!({ "first_name": name })), Outcome::Passed, "{name}");
        }
        for (file, failure) in FILES {
            let sent = json!({ "documents": { "company_authorization": { "files": [file] } } });
            let failed = matches!(person(&sent), Outcome::Failed(code, _) if Some(code) == failure);
            assert_eq!(failed, failure.is_some(), "{file}");
            assert!(is_document(file));
        }
    }

    #[test]
    fn test_values_determine_the_verification_of_companies() {
        assert_eq!(company(&json!({ "tax_id": "000000000" })), Outcome::Passed);
        assert_eq!(company(&json!({ "tax_id": "000000001" })), Outcome::Passed);
        for (number, outcome) in TAX_IDS {
            assert_eq!(company(&json!({ "tax_id": number })), outcome, "{number}");
        }
        for (line1, asked) in [(NO_PAYOUTS, 1), ("address_line1_no_match", 4)] {
            let sent = json!({ "tax_id": "222222222", "address": { "line1": line1 } });
            assert!(matches!(company(&sent), Outcome::Failed(_, fields) if fields.len() == asked), "{line1}");
        }
    }

    #[test]
    fn test_values_of_businesses_must_be_replaced() {
        for (field, value, code, asked) in BUSINESS {
            let mut sent = json!({});
            let nested = field.rsplit('.').fold(json!(value), |inner, name| json!({ name: inner }));
            super::super::internal::merge(&mut sent, &nested);
            let company = sent.get("company").cloned().unwrap_or_default();
            assert_eq!(business(&sent, &company), [(asked, code)], "{field} {value}");
            assert!(spec::listed("account_requirements_error", "code", code, "code").is_ok(), "{code}");
        }
        let fine = json!({ "business_profile": { "url": "https://accessible.stripe.com", "name": "Rosen", "product_description": "Books and maps" } });
        assert!(
            business(&fine, &json!({ "name": "mismatch_business_name" })).is_empty() && !is_inactive(&fine)
        );
        for (products, url, code) in [
            ("Books", "https://a.test", "invalid_product_description_length"),
            ("https://a.test", "https://a.test", "invalid_product_description_url_match"),
        ] {
            let account = json!({ "business_profile": { "url": url, "product_description": products } });
            assert_eq!(business(&account, &json!({})), [(PRODUCTS, code)]);
        }
        assert!(is_inactive(&json!({ "business_profile": { "url": INACTIVE } })));
    }

    #[test]
    fn every_error_code_is_documented() {
        let codes = FILES.iter().filter_map(|(_, code)| *code).chain(REASONS.iter().map(|(code, _)| *code));
        for code in codes.chain(REGISTER.iter().map(|(.., code)| *code)) {
            assert!(spec::listed("account_requirements_error", "code", code, "code").is_ok(), "{code}");
            assert!(!reason(code).is_empty());
        }
    }
}
