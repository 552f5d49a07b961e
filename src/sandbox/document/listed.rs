use super::schema;
use crate::sandbox::core::{Json, Peek, Refusal};

/// Refuses a value that the document does not list for a member of a schema. `member` is its dotted path, `param` where
/// the value was sent.
pub fn listed(name: &str, member: &str, value: &str, param: &str) -> Result<(), Refusal> {
    let path = format!("properties.{}.enum", member.replace('.', ".properties."));
    let known = schema(name).map(|schema| schema.items(&path)).unwrap_or_default();
    if known.iter().any(|known| known == value) {
        return Ok(());
    }
    let known: Vec<_> = known.iter().filter_map(Json::as_str).collect();
    let message = format!("'{value}' is no `{member}` of {name}; these are: {}.", known.join(", "));
    Err(Refusal::invalid(message).param(param))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_told_what_is() {
        assert_eq!(listed("issuing.token", "wallet_provider", "apple_pay", "wallet"), Ok(()));
        let refused = listed("issuing.token", "wallet_provider", "purse", "wallet").unwrap_err();
        assert_eq!(refused.param.as_deref(), Some("wallet"));
        assert!(refused.message.contains("'purse'") && refused.message.contains("google_pay"));
        assert!(listed("nothing", "at_all", "x", "y").is_err());
    }
}
