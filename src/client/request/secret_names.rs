//! Masks values of raw requests, which have no table of secret fields.

use crate::Json;

/// Parameters whose values are masked in Stripe's messages, since there is no schema that marks them as secret.
pub(crate) const SECRET_NAMES: [&str; 17] = [
    "number",
    "cvc",
    "account_number",
    "routing_number",
    "id_number",
    "id_number_secondary",
    "ssn_last_4",
    "tax_id",
    "vat_id",
    "encrypted_number",
    "client_secret",
    "code",
    "refresh_token",
    "token",
    "source",
    "iban",
    "pin",
];

/// Collects the secret values of a JSON body; `name` is the name of `json` itself.
pub(crate) fn collect_json(json: &Json, name: &str, secrets: &mut Vec<String>) {
    match json {
        Json::Object(members) => members.iter().for_each(|(name, value)| collect_json(value, name, secrets)),
        Json::Array(items) => items.iter().for_each(|item| collect_json(item, name, secrets)),
        Json::String(text) if SECRET_NAMES.contains(&name) => secrets.push(text.clone()),
        Json::Number(number) if SECRET_NAMES.contains(&name) => secrets.push(number.to_string()),
        _ => {}
    }
}
