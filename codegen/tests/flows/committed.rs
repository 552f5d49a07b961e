//! The committed flows and fixtures.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use stripe_platform_codegen::check;
use stripe_platform_codegen::fixtures::operation::Operation;
use stripe_platform_codegen::fixtures::reply::Fault;
use stripe_platform_codegen::fixtures::validate;
use stripe_platform_codegen::workspace::{DOCUMENT, FIXTURES, Workspace};

/// The steps of all flows, generated or hand-written.
fn steps(workspace: &Workspace) -> Vec<String> {
    let mut files: Vec<String> =
        ["tests", "examples"].into_iter().flat_map(|folder| workspace.files(folder).unwrap()).collect();
    let flows: Vec<String> =
        files.iter().filter_map(|file| file.strip_suffix("flow.toml")).map(str::to_owned).collect();
    files.retain(|file| file.ends_with(".json") && flows.iter().any(|flow| file.starts_with(flow.as_str())));
    files
}

/// A text with bound names replaced by sample values.
fn with_examples(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, tail) = after.split_once("}}").expect("a name ends");
        match name.strip_suffix(":number") {
            // Numbers have no quotes.
            Some(_) => {
                out.push_str(before.strip_suffix('"').expect("the name is all of the text"));
                out.push('7');
                rest = tail.strip_prefix('"').expect("the name is all of the text");
            }
            None => {
                out.push_str(before);
                out.push_str(name);
                rest = tail;
            }
        }
    }
    out + rest
}

fn workspace() -> Workspace {
    Workspace::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace"))
}

#[test]
fn fixtures_match_the_flows() {
    assert_eq!(check::flows(&workspace()).unwrap(), []);
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    bind: BTreeMap<String, String>,
}

/// Repeats the builder's checks on its output.
#[test]
fn requests_and_replies_match_the_document() {
    let workspace = workspace();
    let document: Value = serde_json::from_str(&workspace.read(DOCUMENT).unwrap()).unwrap();
    let (mut checked, mut by_hand) = (0, 0);
    for file in &steps(&workspace) {
        let (folder, _) = file.rsplit_once('/').unwrap();
        let head: Head = toml::from_str(&workspace.read(&format!("{folder}/flow.toml")).unwrap()).unwrap();
        let mut text = workspace.read(file).unwrap();
        for (name, value) in &head.bind {
            text = text.replace(&format!("{{{{{name}}}}}"), value);
        }
        if file.starts_with(FIXTURES) {
            assert!(!text.contains("{{"), "{file} has a name that is not bound");
        } else {
            text = with_examples(&text);
            by_hand += 1;
        }
        let step: Value = serde_json::from_str(&text).unwrap();
        let operation = Operation::find(&document, step["operation"].as_str().unwrap()).unwrap();
        assert_eq!(step["request"]["method"], operation.method.as_str(), "{file}");
        let params = step["request"].get("params").cloned().unwrap_or_else(|| serde_json::json!({}));
        let no_faults: [Fault; 0] = [];
        assert_eq!(
            validate::faults(&document, &operation.params, &params),
            no_faults,
            "{file}: the parameters"
        );
        if step["response"]["status"] == 200 {
            let body = &step["response"]["body"];
            assert_eq!(validate::faults(&document, operation.reply, body), no_faults, "{file}: the reply");
        }
        checked += 1;
    }
    assert!(checked > 100 && by_hand >= 3, "{checked} steps, {by_hand} of them by hand");
}
