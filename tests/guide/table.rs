//! The table, the examples, the sources and fixtures of the flows, and the README are about the same flows.

use super::{FLOWS, Flow};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use stripe_platform::testing::Replay;

/// Examples that are about no section of a guide.
const OTHER_EXAMPLES: [&str; 3] = ["connect_webhook_endpoint", "crash_safe_payouts", "onboard_account_v2"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder that end like this, without the ending.
fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    names.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
}

#[test]
fn every_flow_has_an_example_a_source_and_fixtures() {
    let table: BTreeSet<String> = FLOWS.iter().map(|flow| flow.name.to_owned()).collect();
    assert_eq!(table.len(), FLOWS.len(), "each is there once");

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
}

/// The rows of the README: the section of the guide by its flow, what it does by the first sentence of its example.
fn rows() -> String {
    let mut rows = String::from("| Section of Stripe's guides | Example | What it does |\n|---|---|---|\n");
    for Flow { name, .. } in FLOWS {
        let source =
            fs::read_to_string(root().join(format!("examples/{name}.rs"))).expect("the example is there");
        let does: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//! ")).collect();
        let does = does.join(" ");
        let replay = Replay::section(name).unwrap_or_else(|error| panic!("{error}"));
        rows += &format!("| {} | [`{name}`](examples/{name}.rs) | {does} |\n", replay.guide());
    }
    rows
}

/// `README=write cargo test --test guide readme` writes the table.
#[test]
fn the_readme_has_a_row_for_every_flow() {
    let file = root().join("README.md");
    let readme = fs::read_to_string(&file).expect("there is a README");
    let begin = readme.find("| Section of Stripe's guides").expect("the README has the table");
    let length = readme[begin..].find("\n\n").expect("the table ends") + 1;
    if std::env::var_os("README").is_some_and(|wish| wish == "write") {
        let readme = format!("{}{}{}", &readme[..begin], rows(), &readme[begin + length..]);
        return fs::write(file, readme).expect("the README can be written");
    }
    assert_eq!(readme[begin..begin + length], rows());
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
