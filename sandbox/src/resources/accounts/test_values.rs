//! What the documented test values of persons and companies do when their identity is checked.

use crate::engine::{Json, Peek};

/// How a check ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is passed in the same response.
    AtOnce,
    /// It is passed after a while.
    Passed,
    /// It fails after a while: the error code, and what has to be sent then.
    Failed(&'static str, &'static str),
    /// The name is on a list of prohibited persons.
    Listed,
}

/// A document that is taken for a good one.
pub const GOOD_DOCUMENT: &str = "file_identity_document_success";
/// A document that is refused.
pub const BAD_DOCUMENT: &str = "file_identity_document_failure";

const DOCUMENT: &str = "verification.document";
const ADDITIONAL: &str = "verification.additional_document";

/// How the check of a person ends, by what the platform sent about the person.
pub fn person(sent: &Json) -> Outcome {
    let year = sent.int("dob.year");
    let first_of_january = (sent.int("dob.month"), sent.int("dob.day")) == (1, 1);
    if first_of_january && year == 1900 {
        return Outcome::Listed;
    }
    let front = sent.text("verification.document.front");
    if front == BAD_DOCUMENT {
        return Outcome::Failed("verification_document_failed_test_mode", DOCUMENT);
    }
    if sent.text("verification.additional_document.front") == BAD_DOCUMENT {
        return Outcome::Failed("verification_document_failed_test_mode", ADDITIONAL);
    }
    if front.is_empty() && sent.text("id_number") == "111111111" {
        return Outcome::Failed("verification_failed_keyed_identity", DOCUMENT);
    }
    let director = match sent.text("first_name") {
        "mismatch_director" => Some("verification_directors_mismatch"),
        "missing_director" => Some("verification_missing_directors"),
        "extraneous_director" => Some("verification_extraneous_directors"),
        _ => None,
    };
    if let Some(code) = director.filter(|_| sent.flag("relationship.director")) {
        return Outcome::Failed(code, "first_name");
    }
    let address_proved = !sent.text("verification.additional_document.front").is_empty();
    if matches!(sent.text("address.line1"), "address_no_match" | "address_line1_no_match") && !address_proved
    {
        return Outcome::Failed("verification_failed_address_match", ADDITIONAL);
    }
    if (first_of_january && year == 1902) || sent.text("id_number") == "222222222" {
        return Outcome::AtOnce;
    }
    Outcome::Passed
}

/// How the check of a company ends.
pub fn company(sent: &Json) -> Outcome {
    match (sent.text("tax_id"), sent.text("verification.document.front")) {
        (_, BAD_DOCUMENT) => Outcome::Failed("verification_document_failed_test_mode", DOCUMENT),
        ("111111111", "") => Outcome::Failed("verification_failed_tax_id_match", "tax_id"),
        ("111111112", "") => Outcome::Failed("verification_failed_tax_id_not_issued", "tax_id"),
        ("222222222", _) => Outcome::AtOnce,
        _ if matches!(sent.text("address.line1"), "address_no_match" | "address_line1_no_match") => {
            Outcome::Failed("verification_failed_address_match", "address.line1")
        }
        _ => Outcome::Passed,
    }
}

/// What an error code says to people.
pub fn reason(code: &str) -> &'static str {
    match code {
        "verification_failed_keyed_identity" => "Name, date of birth and number do not belong to one person.",
        "verification_failed_address_match" => "The address could not be matched.",
        "verification_failed_tax_id_match" => "Name and tax number do not belong to one business.",
        "verification_failed_tax_id_not_issued" => "The authority has not issued this tax number.",
        "verification_document_failed_test_mode" => "The document was the one of the test values that fails.",
        "verification_directors_mismatch"
        | "verification_missing_directors"
        | "verification_extraneous_directors" => "The directors are not those of the register.",
        "information_missing" => "Something is missing that is needed by now.",
        _ => "The check was not passed.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn test_values_of_persons_decide() {
        let born = |year: i64| json!({ "dob": { "day": 1, "month": 1, "year": year } });
        assert_eq!(person(&born(1901)), Outcome::Passed);
        assert_eq!(person(&born(1902)), Outcome::AtOnce);
        assert_eq!(person(&born(1900)), Outcome::Listed);
        assert_eq!(person(&json!({ "id_number": "222222222" })), Outcome::AtOnce);
        let wrong = json!({ "id_number": "111111111" });
        assert!(matches!(person(&wrong), Outcome::Failed("verification_failed_keyed_identity", _)));
        let healed =
            json!({ "id_number": "111111111", "verification": { "document": { "front": GOOD_DOCUMENT } } });
        assert_eq!(person(&healed), Outcome::Passed);
        let nowhere = json!({ "address": { "line1": "address_no_match" } });
        assert!(matches!(person(&nowhere), Outcome::Failed(_, "verification.additional_document")));
    }

    #[test]
    fn test_values_of_companies_decide() {
        assert_eq!(company(&json!({ "tax_id": "000000000" })), Outcome::Passed);
        assert_eq!(company(&json!({ "tax_id": "222222222" })), Outcome::AtOnce);
        assert!(
            matches!(company(&json!({ "tax_id": "111111112" })), Outcome::Failed(code, _) if code.ends_with("issued"))
        );
    }
}
