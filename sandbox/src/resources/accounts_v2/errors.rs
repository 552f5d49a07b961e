//! Refusals of API v1 in the words of API v2: other codes, and the parameters by their paths there.

use super::fields;
use crate::engine::ApiError;

/// The code of API v2 for a refusal: by the code in API v1 if there is one, and the end of the parameter's path.
const CODES: [(&str, &str, &str); 30] = [
    ("email_invalid", "", "email_invalid"),
    ("url_invalid", "", "url_invalid"),
    ("postal_code_invalid", "", "address_postal_code_invalid"),
    ("state_unsupported", "", "unsupported_state"),
    ("country_code_invalid", "", "address_country_required"),
    ("tax_id_invalid", "", "id_number_invalid"),
    ("account_country_invalid_address", "", "address_country_identity_country_mismatch"),
    ("country_unsupported", "", "cross_border_connected_account_creation_not_allowed"),
    ("", "phone", "phone_invalid"),
    ("", "support_phone", "phone_invalid"),
    ("", "mcc", "mcc_invalid"),
    ("", "state", "address_state_invalid"),
    ("", "ip", "ip_address_invalid"),
    ("", "ssn_last_4", "id_number_invalid"),
    ("", "id_number", "id_number_invalid"),
    ("", "tax_id", "id_number_invalid"),
    ("", "dob", "date_of_birth_invalid"),
    ("", "year", "date_of_birth_age_restriction"),
    ("", "percent_ownership", "person_percent_ownership_invalid"),
    ("", "representative", "additional_representative_not_allowed"),
    ("", "person", "additional_representative_not_allowed"),
    ("", "tos_acceptance", "tos_acceptance_on_behalf_not_allowed"),
    ("", "date", "account_terms_of_service_not_accepted"),
    ("", "front", "document_invalid"),
    ("", "back", "document_invalid"),
    ("resource_missing", "front", "document_invalid"),
    ("resource_missing", "back", "document_invalid"),
    ("", "statement_descriptor", "statement_descriptor_invalid"),
    ("", "statement_descriptor_prefix", "statement_descriptor_invalid"),
    ("", "default_currency", "account_country_unsupported_currency"),
];

/// The code of a refusal for which API v2 has no special one.
const OTHER: &str = "parameter_invalid";

/// The age below which nobody holds an account; the error about it names it.
const YOUNGEST: i64 = 13;

/// A refusal of API v1 as API v2 makes it, of something in an account of a country.
pub(super) fn of_v1(mut refusal: ApiError, country: &str) -> ApiError {
    if refusal.status >= 500 {
        return refusal;
    }
    let param = refusal.param.as_deref().unwrap_or_default().replace('[', ".").replace(']', "");
    let (known, last) = (refusal.code.unwrap_or_default(), param.rsplit('.').next().unwrap_or_default());
    let found = CODES.iter().find(|(code, end, _)| *code == known && (end.is_empty() || *end == last));
    let of_capability = param.starts_with("capabilities.").then_some("capability_not_available_in_country");
    if let Some(code) = of_capability.or(found.map(|(.., code)| *code)) {
        refusal.code = Some(code);
        if refusal.status == 404 {
            refusal.status = 400;
        }
    }
    // Errors of API v2 always have a code.
    refusal.code.get_or_insert(OTHER);
    if refusal.code == Some("date_of_birth_age_restriction") {
        refusal = refusal.detail("age_limit", YOUNGEST);
    }
    let named = capability(&param).unwrap_or_else(|| fields::of_account(&param, country).0);
    if !named.is_empty() {
        refusal = refusal.param(fields::bracketed(&named));
    }
    refusal
}

/// The same of something in a person.
pub(super) fn of_person(refusal: ApiError, country: &str) -> ApiError {
    let param = refusal.param.as_deref().unwrap_or_default().replace('[', ".").replace(']', "");
    let named = fields::of_person(&param, country);
    let refusal = of_v1(refusal, country);
    if named.is_empty() { refusal } else { refusal.param(fields::bracketed(&named)) }
}

fn capability(param: &str) -> Option<String> {
    let name = param.strip_prefix("capabilities.")?;
    let (configuration, path) = super::capabilities::of_v1(name)?;
    Some(format!("configuration.{configuration}.capabilities.{path}"))
}

/// 400 with a code of API v2.
pub(super) fn refuse(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::invalid(message).code(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_v1_get_the_codes_and_paths_of_v2() {
        for (code, param, expected, path) in [
            (Some("email_invalid"), "email", "email_invalid", "contact_email"),
            (None, "individual[dob]", "date_of_birth_invalid", "identity[individual][date_of_birth]"),
            (None, "capabilities[treasury]", "capability_not_available_in_country", "capabilities[treasury]"),
            (
                None,
                "capabilities[transfers]",
                "capability_not_available_in_country",
                "configuration[recipient][capabilities][stripe_balance][stripe_transfers]",
            ),
            (
                Some("postal_code_invalid"),
                "company[address][postal_code]",
                "address_postal_code_invalid",
                "identity[business_details][address][postal_code]",
            ),
        ] {
            let mut refusal = ApiError::invalid("no").param(param);
            refusal.code = code;
            let refusal = of_v1(refusal, "US");
            assert_eq!((refusal.code, refusal.param.as_deref()), (Some(expected), Some(path)));
        }
    }
}
