//! The table of operations in the documentation says what the sandbox does now.

use std::path::Path;
use stripe_platform::sandbox::coverage;

fn is_fresh(name: &str, now: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sandbox").join(name);
    if std::env::var_os("SANDBOX_TABLE").is_some_and(|wish| wish == "write") {
        std::fs::write(&file, now).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    let differs = now.lines().zip(kept.lines()).find(|(now, kept)| now != kept);
    assert!(
        now == kept,
        "src/sandbox/{name} is old; SANDBOX_TABLE=write and this test make it new. First difference: {differs:?}"
    );
}

#[test]
fn the_table_of_operations_is_fresh() {
    is_fresh("coverage.md", &coverage::markdown());
}

#[test]
fn the_table_of_what_is_unconfirmed_is_fresh() {
    is_fresh("unconfirmed.md", &coverage::unconfirmed());
}

#[test]
fn the_table_names_every_operation_and_what_is_stateful() {
    let table = coverage::markdown();
    assert!(table.contains("| `POST /v1/topups` | yes | yes | yes | `topup.created`"), "{table}");
    assert_eq!(table.matches("\n| `").count(), stripe_platform::sandbox::document::operations().count());
    assert!(!table.contains("| no | yes |") && !table.contains("` | no |"), "everything is routed");
}
