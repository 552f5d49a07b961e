use super::{Operation, alternatives, resolve};
use crate::engine::{Json, Peek, Refusal};

/// How deep an expansion may go.
const DEPTH: usize = 4;

/// The paths that a request wants expanded; each was checked.
#[derive(Debug, Clone, Default)]
pub struct Expansion(Vec<Vec<String>>);

impl Expansion {
    /// Whether a path (`"number"`, or `"data.source"` on a list) is to be expanded.
    pub fn wants(&self, path: &str) -> bool {
        self.0.iter().any(|wanted| wanted.iter().map(String::as_str).eq(path.split('.')))
    }

    /// Puts objects in the place of their ids, by `find`.
    pub fn apply(&self, reply: &mut Json, find: &dyn Fn(&str) -> Option<Json>) {
        for path in &self.0 {
            expand(reply, path, find);
        }
    }
}

fn expand(value: &mut Json, path: &[String], find: &dyn Fn(&str) -> Option<Json>) {
    if let Json::Array(items) = value {
        items.iter_mut().for_each(|item| expand(item, path, find));
        return;
    }
    let Some((name, rest)) = path.split_first() else { return };
    let Some(member) = value.get_mut(name) else { return };
    let found = match member {
        Json::String(id) => find(id),
        _ => None,
    };
    if let Some(object) = found {
        *member = object;
    }
    if let Json::Array(items) = member {
        for item in items {
            if let Some(object) = item.as_str().and_then(find) {
                *item = object;
            }
        }
    }
    expand(member, rest, find);
}

/// Checks the `expand` parameter of a request against the reply that the document describes.
pub fn expansion(operation: &'static Operation, parameters: &Json) -> Result<Expansion, Refusal> {
    let mut paths = Vec::new();
    for path in parameters.items("expand").iter().filter_map(Json::as_str) {
        let names: Vec<String> = path.split('.').map(str::to_owned).collect();
        if names.len() > DEPTH {
            let message = format!("An expansion goes at most {DEPTH} levels deep: {path}");
            return Err(Refusal::invalid(message).param("expand"));
        }
        if !operation.reply.is_some_and(|schema| known(schema, &names)) {
            let message = format!("This property cannot be expanded ({path}).");
            return Err(Refusal::invalid(message).param("expand"));
        }
        paths.push(names);
    }
    Ok(Expansion(paths))
}

/// Whether a path leads along expandable members only, through at least one of the alternatives of each union.
fn known(schema: &'static Json, path: &[String]) -> bool {
    let schema = resolve(schema);
    if let Some(options) = alternatives(schema) {
        return options.iter().any(|option| known(option, path));
    }
    if let Some(items) = schema.get("items") {
        return known(items, path);
    }
    let Some((name, rest)) = path.split_first() else { return false };
    let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) else {
        return false;
    };
    let listed = schema.get("x-expandableFields").and_then(Json::as_array);
    let expandable = property.get("x-expand").is_some()
        || listed.is_some_and(|listed| listed.iter().any(|listed| listed == name.as_str()));
    expandable && (rest.is_empty() || known(property, rest) || leads_outside(property))
}

/// Expansions into objects that the document does not have cannot be checked further.
fn leads_outside(property: &'static Json) -> bool {
    property.get("x-cut").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::operation;
    use serde_json::json;

    fn ask(id: &str, path: &str) -> Result<Expansion, Refusal> {
        expansion(operation(id).unwrap(), &json!({ "expand": [path] }))
    }

    #[test]
    fn only_what_the_document_lists_can_be_expanded() {
        for (id, path) in [
            ("PostTopups", "balance_transaction"),
            ("GetTopups", "data.balance_transaction.source"),
            ("GetIssuingCardsCard", "number"),
            ("GetIssuingCards", "data.cardholder"),
            ("GetBalance", "instant_available.net_available"),
        ] {
            assert!(ask(id, path).unwrap().wants(path), "{path}");
        }
        for (id, path) in [
            ("PostTopups", "status"),
            ("PostTopups", "nothing"),
            ("PostTopups", ""),
            ("GetTopups", "balance_transaction"),
            ("GetTopups", "data.balance_transaction.source.balance_transaction.source"),
            ("PostTopups", "balance_transaction.status"),
        ] {
            let refusal = ask(id, path).expect_err(path);
            assert_eq!((refusal.status, refusal.param.as_deref()), (400, Some("expand")));
        }
    }

    #[test]
    fn ids_are_replaced_where_the_path_leads() {
        let mut reply = json!({ "data": [{ "source": "a", "other": "a" }, { "source": null }] });
        let find = |id: &str| (id == "a").then(|| json!({ "id": "a", "next": "a" }));
        Expansion(vec![vec!["data".into(), "source".into(), "next".into()]]).apply(&mut reply, &find);
        assert_eq!(
            reply["data"][0],
            json!({ "source": { "id": "a", "next": { "id": "a", "next": "a" } }, "other": "a" })
        );
    }
}
