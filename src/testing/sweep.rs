//! For every operation, a recording contains no secret or personal data, as marked in the document.

use super::holes::Holes;
use super::operations::Known;
use super::params;
use super::params::Params;
use super::pattern::Bindings;
use super::scrub;
use super::scrub::Names;
use crate::client::request::operation::Encoding;
use crate::generated_tests::instance::{Fill, SECRET, SECRET_NUMBER, make};
use crate::generated_tests::{replies, requests};
use serde_json::Value as Json;
use serde_json::json;
use std::collections::BTreeSet;

/// The prefix of the instance's secrets, present even in short ones.
const BEGINNING: &str = "zz";

/// The number of alternatives tried: more than most unions have.
const FILLS: [Fill; 4] = [Fill::Most(0), Fill::Most(1), Fill::Most(2), Fill::Most(3)];

fn has_secret(json: &Json) -> bool {
    let text = json.to_string();
    text.contains(BEGINNING) || text.contains(&SECRET_NUMBER.to_string())
}

#[test]
fn no_reply_keeps_a_secret() {
    assert!(SECRET.starts_with(BEGINNING));
    let (bound, holes) = (Bindings::new(), Holes::default());
    let (mut count, mut seen) = (0, BTreeSet::new());
    // Operations with equal replies share a type.
    for (id, schema) in replies::of_operations().filter(|(_, schema)| seen.insert(schema.to_string())) {
        let known = Known::by_id(&id).expect("the operation is known");
        for fill in FILLS {
            let whole = make(schema, fill).json;
            let kept = (known.scrub)(whole.to_string().as_bytes(), &Names { bound: &bound, holes: &holes });
            let kept = kept.unwrap_or_else(|e| panic!("{id}: {e}"));
            assert!(!has_secret(&kept), "{id} {fill:?}: {kept:#}");
            count += usize::from(has_secret(&whole));
        }
    }
    assert!(count > 40, "only {count} replies have secrets");
}

#[test]
fn no_parameter_keeps_a_secret() {
    let mut count = 0;
    for operation in requests::operations() {
        let id = operation.id.as_str();
        let known = Known::by_id(id).expect("the operation is known");
        // The upload's file is not JSON. A recording represents it by a name that matches any file.
        if known.operation.encoding == Encoding::Multipart {
            continue;
        }
        for fill in FILLS {
            let whole = make(&operation.schema, fill).json;
            let mut flat = Params::new();
            params::add_json(&whole, &mut flat).expect("parameters are an object");
            let kept = scrub::params(&flat, known, &mut Holes::default(), &Bindings::new());
            assert!(!has_secret(&kept), "{id} {fill:?}: {kept:#}");
            count += usize::from(has_secret(&whole));
        }
    }
    assert!(count > 50, "only {count} requests have secrets");
}

/// The counterpart: values that matter to a flow are kept.
#[test]
fn amounts_currencies_and_ids_are_kept() {
    let known = Known::by_id("PostTopups").expect("the operation is known");
    let mut flat = Params::new();
    let sent = json!({ "amount": "500", "currency": "usd", "destination_balance": "issuing" });
    params::add_json(&sent, &mut flat).expect("parameters are an object");
    assert_eq!(scrub::params(&flat, known, &mut Holes::default(), &Bindings::new()), sent);
}
