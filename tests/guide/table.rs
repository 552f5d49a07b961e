//! The table, the examples, the sources and fixtures of the flows, and the README are about the same flows.

use super::FLOWS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use stripe_platform::testing::Replay;

/// Examples that are about no section of a guide.
const OTHER_EXAMPLES: [&str; 2] = ["connect_webhook_endpoint", "crash_safe_payouts"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder that end like this, without the ending.
fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    names.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
}

/// The rows of the README that link to an example.
fn rows() -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.contains("](examples/"));
    rows.map(str::to_owned).collect()
}

#[test]
fn every_flow_has_an_example_a_source_fixtures_and_a_row() {
    let table: BTreeSet<String> = FLOWS.iter().map(|flow| flow.name.to_owned()).collect();
    assert_eq!((table.len(), FLOWS.len()), (18, 18));

    let mut examples = names("examples", ".rs");
    for other in OTHER_EXAMPLES {
        assert!(examples.remove(other), "{other}");
    }
    assert_eq!(examples, table, "examples");
    assert_eq!(names("tests/flows", ".yaml"), table, "sources");
    assert_eq!(names("tests/fixtures", ""), table, "fixtures");
    assert_eq!(
        names("tests/guide/snapshots", ".snap"),
        table.iter().map(|name| format!("guide__replays__{name}")).collect()
    );

    let rows = rows();
    assert_eq!(rows.len(), table.len(), "{rows:#?}");
    for name in &table {
        let row = format!(
            "[`{name}`](examples/{name}.rs) | [`tests/flows/{name}.yaml`](tests/flows/{name}.yaml), \
             [`replays::{name}`](tests/guide/main.rs) |"
        );
        assert_eq!(rows.iter().filter(|found| found.contains(&row)).count(), 1, "{row}");
    }

    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("there is a manifest");
    for name in &table {
        let entry = format!("[[example]]\nname = \"{name}\"\nrequired-features = [\"sandbox\"]\n");
        assert!(manifest.contains(&entry), "{entry}");
    }
}

/// Reading a flow checks that no file of it holds a key, that its names are bound, and that its replies can be read.
#[test]
fn the_fixtures_can_be_read() {
    for folder in names("tests/fixtures", "") {
        let path = Path::new("tests/fixtures").join(&folder);
        let replay = Replay::load(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replay.name(), folder);
    }
}
