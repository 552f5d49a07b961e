//! Values are equal exactly if every member is.

use super::instance::{Fill, make};
use super::requests::operations;
use super::{DOCUMENT, read};
use crate::{FileUpload, account, file, issuing, payout, token, v2};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::fmt::Debug;

/// The pointers of all scalars.
fn leaves(json: &Json, pointer: &str, into: &mut Vec<String>) {
    match json {
        Json::Object(members) => members.iter().for_each(|(name, value)| {
            leaves(value, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), into);
        }),
        Json::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| leaves(item, &format!("{pointer}/{index}"), into));
        }
        _ => into.push(pointer.to_owned()),
    }
}

fn changed(json: &Json) -> Json {
    match json {
        Json::String(text) => json!(format!("{text}1")),
        Json::Number(number) => json!(number.as_i64().unwrap_or_default() + 1),
        Json::Bool(value) => json!(!value),
        _ => json!("1"),
    }
}

/// Compares a value with itself and with each value that differs in one member. Returns the number of the latter.
fn compare<T: DeserializeOwned + PartialEq + Debug>(json: &Json) -> usize {
    let value: T = read(json.clone());
    assert_eq!(value, read(json.clone()));
    let mut pointers = Vec::new();
    leaves(json, "", &mut pointers);
    let mut count = 0;
    for pointer in pointers {
        let mut other = json.clone();
        let leaf = other.pointer_mut(&pointer).expect("the place is there");
        *leaf = changed(leaf);
        // Some changes are no longer the type, such as a changed `object`.
        if let Ok(other) = serde_json::from_value::<T>(other) {
            assert_ne!(value, other, "{pointer}");
            count += 1;
        }
    }
    count
}

fn reply<T: DeserializeOwned + PartialEq + Debug>(schema: &str) -> usize {
    compare::<T>(&make(&DOCUMENT["components"]["schemas"][schema], Fill::Most(0)).json)
}

fn request<T: DeserializeOwned + PartialEq + Debug>(id: &str) -> usize {
    let operation = operations().into_iter().find(|operation| operation.id == id).expect("an operation");
    compare::<T>(&make(&operation.schema, Fill::Most(0)).json)
}

#[test]
fn one_different_member_makes_a_value_unequal() {
    let replies = [
        reply::<account::Account>("account"),
        reply::<issuing::card::Card>("issuing.card"),
        reply::<issuing::authorization::Authorization>("issuing.authorization"),
        reply::<payout::Payout>("payout"),
        reply::<v2::core::account::Account>("v2.core.account"),
    ];
    let requests = [
        request::<account::Create>("PostAccounts"),
        request::<token::Create>("PostTokens"),
        request::<issuing::cardholder::Update>("PostIssuingCardholdersCardholder"),
    ];
    assert!(replies.iter().all(|count| *count > 15), "{replies:?}");
    assert!(requests.iter().all(|count| *count > 15), "{requests:?}");
}

#[test]
fn unset_empty_and_cleared_are_different() {
    let update = || issuing::cardholder::Update::new("ich_1");
    assert_ne!(update(), update().clear_metadata());
    assert_ne!(update(), update().metadata([("a", "1")]));
    assert_ne!(update().metadata([("a", "1")]), update().clear_metadata());
    assert_eq!(update().metadata([("a", "1")]), update().metadata([("a", "1")]));
}

#[test]
fn options_and_files_are_compared() {
    let list = payout::List::new;
    assert_ne!(list(), list().for_account("acct_1"));
    assert_ne!(list(), list().param("later", 1));
    let send = |bytes: &'static [u8]| {
        file::Create::new(FileUpload::new("front.png", bytes), file::UploadPurpose::IdentityDocument)
    };
    assert_eq!(send(b"a"), send(b"a"));
    assert_ne!(send(b"a"), send(b"b"));
}
