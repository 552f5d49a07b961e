//! Tests with Stripe's document, if STRIPE_OPENAPI_SPEC is set to its path.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stripe_platform_codegen::generate::trim_files;
use stripe_platform_codegen::walk;
use stripe_platform_codegen::workspace::{DOCUMENT, Workspace};

use crate::fixture::reversed;

fn spec() -> Option<PathBuf> {
    let spec = std::env::var_os("STRIPE_OPENAPI_SPEC").filter(|path| !path.is_empty()).map(PathBuf::from);
    if spec.is_none() {
        println!("skipped: STRIPE_OPENAPI_SPEC is not set");
    }
    spec
}

fn workspace() -> Workspace {
    Workspace::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace"))
}

#[test]
fn stripes_document_is_trimmed_to_the_selection() {
    let Some(spec) = spec() else { return };
    let output = trim_files(&workspace(), &spec).unwrap();
    let listed: BTreeSet<String> =
        workspace().keep().unwrap().operations().map(|operation| operation.key()).collect();
    let present: BTreeSet<String> =
        walk::operations(&output.trimmed.document).iter().map(|place| place.key()).collect();
    assert_eq!(present, listed);
    assert_eq!(output.record.trimmed.operations, listed.len());
    assert_eq!(walk::components(&output.trimmed.document).len(), output.trimmed.closure.schemas().count());

    let upstream: Value = serde_json::from_slice(&std::fs::read(&spec).unwrap()).unwrap();
    let prose = prose(&upstream);
    let mut seen = 0;
    no_prose(&output.trimmed.document, &prose, &mut seen);
    assert!(seen > 10_000, "{seen} strings");

    let again = trim_files(&workspace(), &spec).unwrap();
    assert_eq!(output.files, again.files);
}

#[test]
fn committed_files_match_stripes_document() {
    let Some(spec) = spec() else { return };
    let output = trim_files(&workspace(), &spec).unwrap();
    for (file, text) in output.files {
        assert_eq!(std::fs::read_to_string(workspace().path(&file)).unwrap(), text, "{file} is stale");
    }
}

#[test]
fn order_of_members_does_not_matter() {
    let Some(spec) = spec() else { return };
    let upstream: Value = serde_json::from_slice(&std::fs::read(&spec).unwrap()).unwrap();
    let name = std::env::temp_dir().join(format!("stripe-platform-reversed-{}.json", std::process::id()));
    std::fs::write(&name, reversed(&upstream)).unwrap();
    let shuffled = trim_files(&workspace(), &name);
    std::fs::remove_file(&name).unwrap();
    let (shuffled, plain) = (shuffled.unwrap(), trim_files(&workspace(), &spec).unwrap());
    assert_ne!(shuffled.record.upstream.sha256, plain.record.upstream.sha256);
    assert_eq!(shuffled.files[DOCUMENT], plain.files[DOCUMENT]);
    assert_eq!(shuffled.trimmed, plain.trimmed);
}

/// Every string of the upstream document that looks like a sentence.
fn prose(document: &Value) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut pending = vec![document];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    if ["description", "summary"].contains(&key.as_str()) {
                        found.extend(member.as_str().filter(|text| !text.is_empty()));
                    }
                    pending.push(member);
                }
            }
            Value::Array(entries) => pending.extend(entries),
            _ => {}
        }
    }
    found
}

fn no_prose(value: &Value, prose: &BTreeSet<&str>, seen: &mut usize) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let text = member.as_str().filter(|_| ["description", "summary"].contains(&key.as_str()));
                assert!(text.is_none_or(str::is_empty), "{text:?}");
                no_prose(member, prose, seen);
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| no_prose(entry, prose, seen)),
        Value::String(text) => {
            *seen += 1;
            assert!(!(text.contains(". ") && prose.contains(text.as_str())), "{text}");
        }
        _ => {}
    }
}
