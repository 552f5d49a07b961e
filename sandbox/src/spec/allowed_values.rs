use super::suggestions::choices;
use super::{Operation, Parameters, alternatives, resolve, schema};
use crate::engine::{ApiError, Json, Peek};

/// Refuses what is none of the values that the document lists for a member of a schema. `member` is its dotted path, `param`
/// where the value was sent.
pub fn listed(name: &str, member: &str, value: &str, param: &str) -> Result<(), ApiError> {
    let path = format!("properties.{}", member.replace('.', ".properties."));
    let described = schema(name).and_then(|schema| schema.at(&path));
    // Of a list, the values of its elements.
    let values = |described: &'static Json| match described.items("enum") {
        [] => described.items("items.enum"),
        values => values,
    };
    let known: Vec<&str> = described
        .map_or(&[][..], values)
        .iter()
        .filter_map(Json::as_str)
        .filter(|known| !known.is_empty())
        .collect();
    one_of(&known, value, param)
}

/// Refuses what is none of these values.
pub fn one_of(known: &[&str], value: &str, param: &str) -> Result<(), ApiError> {
    if known.contains(&value) {
        return Ok(());
    }
    let known = choices(known, value);
    Err(ApiError::invalid(format!("`{param}` cannot be '{value}'. It can be: {known}.")).param(param))
}

/// Refuses a dotted name (`individual.verification.document`) that leads to no parameter of the operation's body.
pub fn parameter(operation: &'static Operation, name: &str) -> Result<(), ApiError> {
    let Parameters::Body(body) = operation.body else { return one_of(&[], name, "field") };
    let mut groups = vec![resolve(body)];
    for part in name.split('.') {
        let mut known = Vec::new();
        let mut next = Vec::new();
        for group in groups {
            let options = alternatives(group).map(|options| options.iter().map(resolve).collect());
            for option in options.unwrap_or_else(|| vec![group]) {
                let Some(properties) = option.get("properties").and_then(Json::as_object) else { continue };
                known.extend(properties.keys().map(String::as_str));
                next.extend(properties.get(part).map(resolve));
            }
        }
        if next.is_empty() {
            let known = choices(&known, part);
            let known = if known.is_empty() { "no more of it".to_owned() } else { known };
            let message = format!("There is no field '{name}': in place of '{part}' there is {known}.");
            return Err(ApiError::invalid(message).param("field"));
        }
        groups = next;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::operation;

    #[test]
    fn a_value_is_one_of_those_that_the_document_lists() {
        let code = |code| listed("account_requirements_error", "code", code, "code");
        assert_eq!(code("verification_document_expired"), Ok(()));
        let refused = code("verification_document_expird").unwrap_err();
        assert!(refused.message.contains("verification_document_expired"), "{refused}");
        assert_eq!(refused.param.as_deref(), Some("code"));
        assert!(listed("nothing", "at_all", "x", "y").is_err());
    }

    #[test]
    fn a_field_is_what_a_request_can_send() {
        let update = operation("PostAccountsAccount").unwrap();
        for field in
            ["individual.verification.document", "company.tax_id", "external_account", "tos_acceptance.ip"]
        {
            assert_eq!(parameter(update, field), Ok(()), "{field}");
        }
        for (field, near) in [
            ("individual.verifcation.document", "verification"),
            ("nonsense", "business_type"),
            ("company.tax_id.x", "no"),
        ] {
            let refused = parameter(update, field).unwrap_err();
            assert!(refused.message.contains(near), "{refused}");
        }
    }
}
