use super::suggestions::choices;
use super::{Operation, Parameters, alternatives, resolve, schema};
use crate::engine::{ApiError, Json, Peek};

/// Checks that a value is among those that the document lists for a member of a schema. `member` is the dotted path
/// of the member, `param` the parameter with the value.
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

/// Checks that a value is one of `known`.
pub fn one_of(known: &[&str], value: &str, param: &str) -> Result<(), ApiError> {
    if known.contains(&value) {
        return Ok(());
    }
    let known = choices(known, value);
    Err(ApiError::invalid(format!("Invalid {param}: '{value}'. Allowed values: {known}.")).param(param))
}

/// Checks that a dotted name (`individual.verification.document`) is a parameter of the operation's body.
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
            let known = if known.is_empty() { "no further field".to_owned() } else { known };
            let message = format!("Unknown field '{name}'. Instead of '{part}', allowed: {known}.");
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
    fn value_must_be_listed_in_the_document() {
        let code = |code| listed("account_requirements_error", "code", code, "code");
        assert_eq!(code("verification_document_expired"), Ok(()));
        let refused = code("verification_document_expird").unwrap_err();
        assert!(refused.message.contains("verification_document_expired"), "{refused}");
        assert_eq!(refused.param.as_deref(), Some("code"));
        assert!(listed("nothing", "at_all", "x", "y").is_err());
    }

    #[test]
    fn field_must_be_a_parameter() {
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
