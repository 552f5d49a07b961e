//! `cargo codegen fixtures` writes all files or none, and changes only its own folders.

use std::path::PathBuf;
use std::process::{Command, Output};

use stripe_platform_codegen::check;
use stripe_platform_codegen::error::Error;
use stripe_platform_codegen::workspace::Workspace;

use crate::case::{HEAD, document};

fn texts(errors: &[Error]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

/// A workspace with one document, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            Self(std::env::temp_dir().join(format!("stripe-platform-flows-{}-{name}", std::process::id())));
        folder.write("codegen/Cargo.toml", "");
        folder.write("openapi/stripe.json", &document().to_string());
        folder
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        std::fs::create_dir_all(path.parent().expect("a file has a directory"))
            .expect("can make directories");
        std::fs::write(path, text).expect("can write");
    }

    fn flow(&self, name: &str, step: &str) {
        self.write(&format!("tests/flows/{name}.yaml"), &format!("{HEAD}steps:\n{step}"));
    }

    fn fixtures(&self) -> Vec<String> {
        let workspace = Workspace::at(&self.0);
        workspace.files("tests/fixtures").expect("can list")
    }

    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_stripe-platform-codegen"))
            .args(arguments)
            .current_dir(&self.0)
            .env_remove("STRIPE_OPENAPI_SPEC")
            .output()
            .expect("the program starts");
        (status.success(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const GOOD: &str = "  - { name: read, operation: GetBalance }\n";
const BAD: &str = "  - { name: read, operation: GetBalances }\n";

#[test]
fn flow_folders_match_their_flows() {
    let folder = Folder::new("own");
    folder.flow("one", GOOD);
    folder.flow("two", GOOD);
    folder.write("tests/fixtures/one/02_gone.json", "{}");
    folder.write("tests/fixtures/other/flow.toml", "");
    assert_eq!(folder.run(&["fixtures", "one"]), (true, "1 flows, 2 files written, 1 removed\n".to_owned()));
    let one = ["tests/fixtures/one/01_read.json", "tests/fixtures/one/flow.toml"];
    assert_eq!(folder.fixtures(), [one[0], one[1], "tests/fixtures/other/flow.toml"]);
    assert_eq!(folder.run(&["fixtures"]), (true, "2 flows, 4 files written, 0 removed\n".to_owned()));

    let faults = || texts(&check::flows(&Workspace::at(&folder.0)).expect("can be compared"));
    let surplus =
        "tests/fixtures/other/flow.toml: is surplus: no flow in tests/flows generates it; remove it";
    assert_eq!(faults(), [surplus]);
    folder.write("tests/fixtures/two/01_read.json", "{}");
    std::fs::remove_file(folder.0.join(one[0])).expect("is there");
    let missing = format!("{}: is missing; run `cargo codegen fixtures`", one[0]);
    let stale = "tests/fixtures/two/01_read.json: is stale; run `cargo codegen fixtures`".to_owned();
    assert_eq!(faults(), [missing, stale, surplus.to_owned()]);
    folder.flow("one", BAD);
    let fault =
        "tests/flows/one.yaml#/steps/0/operation: step `read`: the document has no operation `GetBalances`";
    assert!(faults().contains(&fault.to_owned()), "{:?}", faults());
}

#[test]
fn nothing_is_written_when_a_flow_has_a_fault() {
    let folder = Folder::new("faults");
    folder.flow("one", GOOD);
    folder.flow("two", BAD);
    let expected = "error: tests/flows/two.yaml#/steps/0/operation: step `read`: the document has no operation `GetBalances`\n";
    assert_eq!(folder.run(&["fixtures"]), (false, expected.to_owned()));
    assert_eq!(folder.fixtures(), [""; 0]);
    assert_eq!(
        folder.run(&["fixtures", "three"]),
        (false, "error: tests/flows/three.yaml: the flow does not exist\n".to_owned())
    );
    folder.write("tests/flows/notes.txt", "");
    assert!(folder.run(&["fixtures"]).1.contains("tests/flows/notes.txt: is not a flow"));
    assert!(folder.run(&["fixtures", "--all"]).1.contains("`fixtures` does not accept `--all`"));
}
