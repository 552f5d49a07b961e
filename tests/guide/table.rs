//! The table, the examples, the sources and fixtures of the flows, and `examples/README.md` list the same flows.

use super::{FLOWS, Flow};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use stripe_platform::testing::Replay;

/// The pages of Stripe's guides, by title. A guide without a page here is listed without a link.
const GUIDES: [(&str, &str); 9] = [
    ("Connect and the Accounts v2 API", "https://docs.stripe.com/connect/accounts-v2"),
    ("Create destination charges", "https://docs.stripe.com/connect/destination-charges"),
    ("Create direct charges", "https://docs.stripe.com/connect/direct-charges"),
    (
        "Create separate charges and transfers",
        "https://docs.stripe.com/connect/separate-charges-and-transfers",
    ),
    ("Funding Issuing balances with Connect", "https://docs.stripe.com/issuing/connect/funding"),
    ("How Issuing works", "https://docs.stripe.com/issuing/how-issuing-works"),
    ("Pay out money", "https://docs.stripe.com/connect/add-and-pay-out-guide"),
    ("Set up an Issuing and Connect integration", "https://docs.stripe.com/issuing/connect"),
    ("Understanding Connect account balances", "https://docs.stripe.com/connect/account-balances"),
];

/// Examples that belong to no section of a guide.
const OTHER_EXAMPLES: [&str; 2] = ["connect_webhook_endpoint", "crash_safe_payouts"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files in a folder with this ending, without the ending.
fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    names.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
}

#[test]
fn every_flow_has_example_source_and_fixtures() {
    let table: BTreeSet<String> = FLOWS.iter().map(|flow| flow.name.to_owned()).collect();
    assert_eq!(table.len(), FLOWS.len(), "each occurs once");

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

/// Each example says which of its steps cannot be done by a call in test mode: at least those that the sandbox simulates.
#[test]
fn examples_list_the_steps_without_a_call() {
    for Flow { name, .. } in FLOWS {
        let source =
            fs::read_to_string(root().join(format!("examples/{name}.rs"))).expect("the example is there");
        let docs: Vec<&str> =
            source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
        let docs = docs.join(" ");
        assert!(docs.contains("In test mode every step works by a call"), "{name}");
        let simulates = source.contains("stripe.meanwhile(");
        assert!(!simulates || docs.contains("works by a call, except: "), "{name}");
    }
}

/// Links the title of a guide in a text such as "Pay out money: Create a connected account".
fn linked(guide: &str) -> String {
    let known = GUIDES.iter().find_map(|(title, url)| Some((title, url, guide.strip_prefix(title)?)));
    known.map_or_else(|| guide.to_owned(), |(title, url, section)| format!("[{title}]({url}){section}"))
}

/// The rows of the table: the section is that of the flow, the description the first sentence of the example.
fn rows() -> String {
    let mut rows = String::from("| Section of Stripe's guides | Example | What it does |\n|---|---|---|\n");
    for Flow { name, .. } in FLOWS {
        let source =
            fs::read_to_string(root().join(format!("examples/{name}.rs"))).expect("the example is there");
        let does: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//! ")).collect();
        let does = does.join(" ");
        let replay = Replay::section(name).unwrap_or_else(|error| panic!("{error}"));
        rows += &format!("| {} | [`{name}`]({name}.rs) | {does} |\n", linked(replay.guide()));
    }
    rows
}

/// `README=write cargo test --test guide readme` writes the table.
#[test]
fn readme_of_the_examples_has_a_row_for_every_flow() {
    let file = root().join("examples/README.md");
    let readme = fs::read_to_string(&file).expect("examples/README.md exists");
    let begin = readme.find("| Section of Stripe's guides").expect("it has the table");
    let length = readme[begin..].find("\n\n").expect("the table ends") + 1;
    if std::env::var_os("README").is_some_and(|wish| wish == "write") {
        let readme = format!("{}{}{}", &readme[..begin], rows(), &readme[begin + length..]);
        return fs::write(file, readme).expect("it can be written");
    }
    assert_eq!(readme[begin..begin + length], rows());
}

/// Loading a flow checks that no file contains a key, that its names are bound, and that its replies can be decoded.
#[test]
fn fixtures_can_be_loaded() {
    for folder in names("tests/fixtures", "") {
        let path = Path::new("tests/fixtures").join(&folder);
        let replay = Replay::load(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replay.name(), folder);
    }
}

/// The front page of the documentation groups the modules; a new one must be put into a group.
#[test]
fn front_page_lists_every_generated_module() {
    let generated =
        fs::read_to_string(root().join("src/generated/mod.rs")).expect("the list of modules exists");
    let front = fs::read_to_string(root().join("src/lib.rs")).expect("the front page exists");
    let modules = generated.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let missing: Vec<&str> = modules.filter(|module| !front.contains(&format!("[`{module}`]"))).collect();
    assert!(missing.is_empty(), "src/lib.rs does not list {missing:?}");
}
