use super::includable::{hide, includable};
use super::{Operation, alternatives, resolve};
use crate::engine::{ApiError, Json, Peek};

/// The maximum depth of an expansion.
const DEPTH: usize = 4;

/// The validated `expand` paths of a request.
#[derive(Debug, Clone, Default)]
pub struct Expansion(Vec<Vec<String>>);

impl Expansion {
    /// Whether a path (`"number"`, or `"data.source"` on a list) is expanded, by itself or as a prefix of another
    /// path.
    pub fn wants(&self, path: &str) -> bool {
        self.leads_through(&path.split('.').collect::<Vec<_>>())
    }

    fn leads_through(&self, path: &[&str]) -> bool {
        self.0.iter().any(|wanted| wanted.len() >= path.len() && wanted.iter().zip(path).all(|(w, p)| w == p))
    }

    /// Removes members that are shown only when expanded and were not requested.
    pub fn hide(&self, reply: &mut Json) {
        hide(reply, &|path| self.leads_through(path));
    }

    /// Replaces ids by the objects that `find` returns.
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

/// Validates the `expand` parameter of a request against the schema of the reply.
pub fn expansion(operation: &'static Operation, parameters: &Json) -> Result<Expansion, ApiError> {
    let mut paths = Vec::new();
    for path in parameters.items("expand").iter().filter_map(Json::as_str) {
        let names: Vec<String> = path.split('.').map(str::to_owned).collect();
        if names.len() > DEPTH {
            let message = format!("An expansion can be at most {DEPTH} levels deep: {path}");
            return Err(ApiError::invalid(message).param("expand"));
        }
        let place = Place { in_list: operation.is_list(), ..Place::default() };
        if !operation.reply.is_some_and(|schema| known(schema, &names, &place)) {
            let message = format!("This property cannot be expanded ({path}).");
            return Err(ApiError::invalid(message).param("expand"));
        }
        paths.push(names);
    }
    Ok(Expansion(paths))
}

/// The position of a schema: the object that contains it, and the path from there.
#[derive(Debug, Clone, Default)]
struct Place {
    object: &'static str,
    path: Vec<String>,
    in_list: bool,
}

impl Place {
    /// The same position, or the start of a new object if the schema is one.
    fn of(&self, schema: &'static Json) -> Self {
        match schema.pointer("/properties/object/enum/0").and_then(Json::as_str) {
            Some(object) => Self { object, path: Vec::new(), in_list: self.in_list },
            None => self.clone(),
        }
    }

    fn member(mut self, name: &str) -> Self {
        self.path.push(name.to_owned());
        self
    }

    /// For a member shown on request: whether it can be requested here.
    fn is_includable(&self) -> Option<bool> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        includable(self.object, &path).map(|row| row.in_lists || !self.in_list)
    }
}

/// Whether all members of a path are expandable, in at least one alternative of each union.
fn known(schema: &'static Json, path: &[String], place: &Place) -> bool {
    let schema = resolve(schema);
    if let Some(options) = alternatives(schema) {
        return options.iter().any(|option| known(option, path, place));
    }
    if let Some(items) = schema.get("items") {
        return known(items, path, place);
    }
    let Some((name, rest)) = path.split_first() else { return false };
    let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) else {
        return false;
    };
    let place = place.of(schema).member(name);
    let listed = schema.get("x-expandableFields").and_then(Json::as_array);
    let expandable = place.is_includable().unwrap_or_else(|| {
        property.get("x-expand").is_some()
            || listed.is_some_and(|listed| listed.iter().any(|listed| listed == name.as_str()))
    });
    expandable && (rest.is_empty() || known(property, rest, &place) || leads_outside(property))
}

/// Whether an expansion leads to an object that the document does not contain; it cannot be checked further.
fn leads_outside(property: &'static Json) -> bool {
    property.get("x-cut").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::operation;
    use serde_json::json;

    fn ask(id: &str, path: &str) -> Result<Expansion, ApiError> {
        expansion(operation(id).unwrap(), &json!({ "expand": [path] }))
    }

    #[test]
    fn only_expandable_members_can_be_expanded() {
        for (id, path) in [
            ("PostTopups", "balance_transaction"),
            ("GetTopups", "data.balance_transaction.source"),
            ("GetIssuingCardsCard", "number"),
            ("GetIssuingCards", "data.cardholder"),
            ("GetBalance", "instant_available.net_available"),
            ("GetTreasuryFinancialAccounts", "data.financial_addresses.aba.account_number"),
            ("GetTreasuryFinancialAccountsFinancialAccount", "financial_addresses.aba.account_number"),
            ("GetTreasuryTransactionsId", "entries.data.flow_details"),
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
            ("GetTreasuryTransactions", "data.entries"),
            ("GetTreasuryFinancialAccounts", "data.financial_addresses.aba.bank_name"),
        ] {
            let refusal = ask(id, path).expect_err(path);
            assert_eq!((refusal.status, refusal.param.as_deref()), (400, Some("expand")));
        }
    }

    #[test]
    fn ids_are_replaced_at_the_expanded_path() {
        let mut reply = json!({ "data": [{ "source": "a", "other": "a" }, { "source": null }] });
        let find = |id: &str| (id == "a").then(|| json!({ "id": "a", "next": "a" }));
        Expansion(vec![vec!["data".into(), "source".into(), "next".into()]]).apply(&mut reply, &find);
        assert_eq!(
            reply["data"][0],
            json!({ "source": { "id": "a", "next": { "id": "a", "next": "a" } }, "other": "a" })
        );
    }
}
