//! The Rust place of an operation: the module from the path, the name from the action.

use super::ir::Place;
use super::words;
use crate::keep::KeptOperation;

/// The module and request name of an operation, by the rules or as overridden in keep.toml.
pub fn of(operation: &KeptOperation, replies_with_list: bool) -> Place {
    let derived = derive(&operation.method, &operation.path, replies_with_list);
    Place {
        module: operation
            .module
            .as_deref()
            .map_or(derived.module, |m| m.split("::").map(str::to_owned).collect()),
        name: operation.name.clone().unwrap_or(derived.name),
    }
}

fn derive(method: &str, path: &str, replies_with_list: bool) -> Place {
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty() && *s != "v1").collect();
    let placeholder = |s: &&str| s.starts_with('{');
    let ends_with_item = segments.last().is_some_and(placeholder);
    // `/cards/{card}/shipping/deliver`: the word after the last placeholder is the collection of a sub-resource if it
    // is read or listed, and otherwise the verb.
    let last = segments.iter().rposition(placeholder);
    let tail = segments.get(last.map_or(0, |i| i + 1)..).unwrap_or_default();
    let is_action = last.is_some() && method == "POST" && !ends_with_item && is_verb(tail);
    let kept = if is_action { segments.get(..last.unwrap_or(0)).unwrap_or_default() } else { &segments[..] };
    let singleton = method == "GET" && !replies_with_list && !ends_with_item;
    let words: Vec<&str> = kept.iter().copied().filter(|s| !s.starts_with('{')).collect();
    let module =
        words
            .iter()
            .map(|word| {
                if *word == "test_helpers" {
                    (*word).to_owned()
                } else {
                    words::field(&words::singular(word))
                }
            })
            .collect();
    let name = match method {
        _ if is_action => words::pascal(&tail.join("_")),
        "GET" if ends_with_item || singleton => "Retrieve".to_owned(),
        "GET" => "List".to_owned(),
        "DELETE" => "Delete".to_owned(),
        _ if ends_with_item || words.last() == Some(&"balance_settings") => "Update".to_owned(),
        _ => "Create".to_owned(),
    };
    Place { module, name }
}

/// Sub-collections are plural nouns; any other word after an item is a verb.
fn is_verb(tail: &[&str]) -> bool {
    tail.len() > 1 || tail.last().is_some_and(|word| !word.ends_with('s'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &str, path: &str, list: bool, expected: &str) {
        let place = derive(method, path, list);
        assert_eq!(format!("{}::{}", place.module.join("::"), place.name), expected);
    }

    #[test]
    fn paths_become_modules_and_methods_become_verbs() {
        check("GET", "/v1/topups", true, "topup::List");
        check("POST", "/v1/topups/{topup}/cancel", false, "topup::Cancel");
        check("GET", "/v1/balance", false, "balance::Retrieve");
        check("POST", "/v1/balance_settings", false, "balance_settings::Update");
        check("POST", "/v1/accounts/{account}/persons", false, "account::person::Create");
        check("GET", "/v1/accounts/{account}/capabilities", true, "account::capability::List");
        check(
            "POST",
            "/v1/test_helpers/issuing/authorizations/{authorization}/finalize_amount",
            false,
            "test_helpers::issuing::authorization::FinalizeAmount",
        );
        check(
            "DELETE",
            "/v2/core/accounts/{account_id}/persons/{id}",
            false,
            "v2::core::account::person::Delete",
        );
    }
}
