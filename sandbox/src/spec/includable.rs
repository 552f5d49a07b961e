//! Members that Stripe's API reference marks as expandable although they are not references: they are omitted from
//! replies and events unless a request expands them.

use crate::engine::{Json, Peek, set};
use std::collections::HashMap;
use std::sync::LazyLock;

/// A member that is shown only on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Includable {
    /// The `object` member of the object that contains it.
    pub(crate) object: &'static str,
    /// The path within the object.
    pub(crate) path: &'static str,
    /// Whether it can be expanded in a list of these objects.
    pub(crate) in_lists: bool,
    /// Whether an expanded member without a value is `null`.
    pub(crate) nullable: bool,
}

const fn on(object: &'static str, path: &'static str) -> Includable {
    Includable { object, path, in_lists: true, nullable: false }
}

/// All such members.
pub(crate) const INCLUDABLE: [Includable; 16] = [
    on("balance", "instant_available.net_available"),
    Includable { nullable: true, ..on("charge", "refunds") },
    on("customer", "invoice_credit_balance"),
    on("customer", "sources"),
    on("customer", "tax"),
    on("issuing.card", "cvc"),
    on("issuing.card", "number"),
    on("issuing.dispute", "balance_transactions"),
    on("issuing.token", "network_data"),
    Includable { nullable: true, ..on("issuing.transaction", "purchase_details") },
    on("treasury.financial_account", "features"),
    on("treasury.financial_account", "financial_addresses.aba.account_number"),
    on("treasury.received_credit", "linked_flows.source_flow_details"),
    Includable { in_lists: false, ..on("treasury.transaction", "entries") },
    on("treasury.transaction", "flow_details"),
    on("treasury.transaction_entry", "flow_details"),
];

/// The entry of a member, if it has one.
pub(crate) fn includable(object: &str, path: &[&str]) -> Option<&'static Includable> {
    INCLUDABLE.iter().find(|row| row.object == object && row.path.split('.').eq(path.iter().copied()))
}

/// The entries by object: most objects have none.
static BY_OBJECT: LazyLock<HashMap<&'static str, Vec<&'static Includable>>> = LazyLock::new(|| {
    let mut rows: HashMap<_, Vec<_>> = HashMap::new();
    for row in &INCLUDABLE {
        rows.entry(row.object).or_default().push(row);
    }
    rows
});

/// Removes members that are shown only on request from a reply or from the object of an event, at any depth. `wanted`
/// is called with the path from the root.
pub fn hide(value: &mut Json, wanted: &dyn Fn(&[&str]) -> bool) {
    walk(value, &mut Vec::new(), wanted);
}

/// Removes them from the previous values of an object of this kind.
pub fn hide_members(object: &str, changed: &mut Json) {
    for row in BY_OBJECT.get(object).into_iter().flatten() {
        remove(changed, &row.path.split('.').collect::<Vec<_>>());
    }
}

/// Removes members that are shown only on request and have no value.
pub fn hide_nulls(object: &mut Json) {
    let rows = BY_OBJECT.get(object.text("object")).map_or(&[][..], Vec::as_slice);
    for row in rows.iter().filter(|row| row.nullable) {
        if let Json::Object(members) = object
            && members.get(row.path).is_some_and(Json::is_null)
        {
            members.remove(row.path);
        }
    }
}

fn walk(value: &mut Json, path: &mut Vec<String>, wanted: &dyn Fn(&[&str]) -> bool) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(|item| walk(item, path, wanted)),
        Json::Object(_) => {
            let rows = BY_OBJECT.get(value.text("object")).map_or(&[][..], Vec::as_slice);
            for row in rows {
                let whole: Vec<&str> = path.iter().map(String::as_str).chain(row.path.split('.')).collect();
                if !wanted(&whole) {
                    remove(value, &row.path.split('.').collect::<Vec<_>>());
                } else if row.nullable && value.get(row.path).is_none() {
                    set(value, row.path, Json::Null);
                }
            }
            for (name, member) in value.as_object_mut().into_iter().flatten() {
                if member.is_object() || member.is_array() {
                    path.push(name.clone());
                    walk(member, path, wanted);
                    path.pop();
                }
            }
        }
        _ => {}
    }
}

fn remove(value: &mut Json, path: &[&str]) {
    match (value, path) {
        (Json::Array(items), _) => items.iter_mut().for_each(|item| remove(item, path)),
        (Json::Object(members), [last]) => drop(members.remove(*last)),
        (Json::Object(members), [first, rest @ ..]) => {
            if let Some(member) = members.get_mut(*first) {
                remove(member, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{resolve, schema};
    use serde_json::json;

    #[test]
    fn every_includable_member_is_in_the_document() {
        for row in &INCLUDABLE {
            let mut at = schema(row.object).unwrap();
            for step in row.path.split('.') {
                let one = |found: &'static Json| {
                    let found = resolve(found);
                    let inner = found.pointer("/anyOf/0").or_else(|| found.get("items"));
                    inner.map_or(found, resolve)
                };
                at = one(at).pointer(&format!("/properties/{step}")).unwrap_or_else(|| panic!("{row:?}"));
            }
        }
    }

    #[test]
    fn includable_members_are_removed_at_any_depth() {
        let token = json!({ "object": "issuing.token", "network_data": { "type": "visa" }, "card": "ic_1" });
        let account = json!({ "object": "treasury.financial_account",
            "financial_addresses": [{ "aba": { "account_number": "1", "last4": "2" } }] });
        let mut reply = json!({ "object": "list", "data": [token, account] });
        hide(&mut reply, &|path| path == ["data", "network_data"]);
        assert_eq!(reply.text("data.0.network_data.type"), "visa");
        assert_eq!(reply["data"][1]["financial_addresses"], json!([{ "aba": { "last4": "2" } }]));
        hide(&mut reply, &|_| false);
        assert_eq!(reply["data"][0], json!({ "object": "issuing.token", "card": "ic_1" }));
    }
}
