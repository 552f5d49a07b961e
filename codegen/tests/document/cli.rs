use std::collections::BTreeMap;

use serde_json::json;
use stripe_platform_codegen::check;
use stripe_platform_codegen::generate;
use stripe_platform_codegen::output;
use stripe_platform_codegen::workspace::Workspace;

use crate::fixture::{TestWorkspace, overlay, texts};

const WRITTEN: [&str; 3] = ["openapi/closure.md", "openapi/source.toml", "openapi/stripe.json"];

#[test]
fn trim_writes_document_source_and_report() {
    let workspace = TestWorkspace::new();
    let outcome = workspace.run(&["trim", "--spec", "spec.json"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    assert!(outcome.stdout.starts_with("2 operations, 3 schemas, "), "{}", outcome.stdout);
    let first: Vec<_> = WRITTEN.iter().map(|file| workspace.read(file).expect(file)).collect();
    assert!(first[1].contains("\nfile = \"spec.json\"\n"));
    assert!(first[1].contains("\noperations = 3\nschemas = 7\n"), "{}", first[1]);

    // a second run writes the same bytes
    assert_eq!(workspace.run(&["trim", "--spec", "spec.json"]).status, Some(0));
    let again: Vec<_> = WRITTEN.iter().map(|file| workspace.read(file).expect(file)).collect();
    assert_eq!(first, again);
    assert_eq!(workspace.files("openapi").len(), 4, "no temporary file stays");
}

#[test]
fn trim_reads_the_path_from_the_environment() {
    let workspace = TestWorkspace::new();
    let outcome = workspace.run_with(&["trim"], &[("STRIPE_OPENAPI_SPEC", "spec.json")]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    let by_variable: Vec<_> = WRITTEN.iter().map(|file| workspace.read(file).expect(file)).collect();
    assert_eq!(workspace.run(&["trim", "--spec", "spec.json"]).status, Some(0));
    let by_argument: Vec<_> = WRITTEN.iter().map(|file| workspace.read(file).expect(file)).collect();
    assert_eq!(by_variable, by_argument);
}

#[test]
fn check_passes_if_fresh_and_names_each_stale_file() {
    let workspace = TestWorkspace::new();
    let document = json!({
        "openapi": "3.0.0",
        "info": { "title": "Small", "version": "2026-01-28.test" },
        "paths": { "/v1/topups/{topup}": { "get": {
            "operationId": "GetTopup",
            "parameters": [{ "name": "topup", "in": "path", "required": true, "schema": { "type": "string" } }],
            "responses": { "200": { "description": "", "content": {
                "application/json": { "schema": { "$ref": "#/components/schemas/topup" } },
            } } },
        } } },
        "components": { "schemas": { "topup": {
            "type": "object",
            "x-resourceId": "topup",
            "required": ["id", "object"],
            "properties": { "id": { "type": "string" }, "object": { "type": "string", "enum": ["topup"] } },
        } } },
    });
    workspace.write("spec.json", &document.to_string());
    workspace.write(
        "openapi/keep.toml",
        "api = '2026-01-28.test'\n[[section]]\nname = 'All'\nreason = 'None.'\noperations = ['GET /v1/topups/{topup}']\n",
    );
    workspace.write(
        "openapi/docs.toml",
        "[operations]\nGetTopup = { text = 'Reads it.', link = 'https://docs.stripe.com/' }\n[resources]\ntopup = 'Money.'\n[fields]\n'GetTopup.topup' = 'Which one to read.'\n'topup.id' = 'Identifies it.'\n",
    );
    for command in
        [&["trim", "--spec", "spec.json"][..], &["emit"], &["check"], &["check", "--spec", "spec.json"]]
    {
        let outcome = workspace.run(command);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{command:?}");
    }
    assert_eq!(workspace.run_with(&["check"], &[("STRIPE_OPENAPI_SPEC", "spec.json")]).status, Some(0));

    let generated = workspace.read("src/generated/mod.rs").unwrap();
    workspace.write("src/generated/mod.rs", &generated.replace("2026", "2027"));
    for command in [&["check"][..], &["check", "--spec", "spec.json"]] {
        assert_eq!(
            workspace.fails(command),
            "error: src/generated/mod.rs: is stale; run `cargo codegen emit`"
        );
    }
    workspace.write("src/generated/mod.rs", &generated);
    workspace.write("openapi/overlays/new.yaml", &overlay("  []\n"));
    assert_eq!(
        workspace.fails(&["check"]),
        "error: openapi/stripe.json: is stale: openapi/overlays/new.yaml has changed; run `cargo codegen trim --spec PATH`"
    );
    std::fs::remove_file(workspace.root.join("openapi/overlays/new.yaml")).unwrap();
    assert_eq!(workspace.run(&["check"]).status, Some(0));
}

#[test]
fn trim_keeps_the_report_section_of_emit() {
    let workspace = TestWorkspace::new();
    workspace.run(&["trim", "--spec", "spec.json"]);
    let head = workspace.read("openapi/closure.md").unwrap();
    let both = stripe_platform_codegen::report::join(&head, "## Emitted\n");
    workspace.write("openapi/closure.md", &both);
    workspace.run(&["trim", "--spec", "spec.json"]);
    assert_eq!(workspace.read("openapi/closure.md").unwrap(), both);
}

#[test]
fn removable_actions_are_reported() {
    let workspace = TestWorkspace::new();
    let action = "  - { target: $.components.schemas.topup, update: { type: object }, x-source: docs, x-date: 2026-01-02 }\n";
    workspace.write("openapi/overlays/a.yaml", &overlay(action));
    let outcome = workspace.run(&["trim", "--spec", "spec.json"]);
    assert_eq!(
        outcome.stderr,
        "openapi/overlays/a.yaml#/actions/0: removable: the upstream document already has this value\n"
    );
    assert!(workspace.read("openapi/closure.md").unwrap().contains("Removable actions: 1."));
}

#[test]
fn bad_input_prints_one_line_per_fault_and_writes_nothing() {
    let workspace = TestWorkspace::new();
    workspace.write("text.json", "{ \"openapi\": ");
    workspace.write("two.json", "{ \"openapi\": \"2.0\" }");
    workspace
        .write("overlay.json", &crate::fixture::document().to_string().replace("\"topup\":{", "\"other\":{"));
    let cases: [(&[&str], &str); 5] = [
        (&["trim", "--spec", "gone.json"], "error: gone.json: cannot be read: "),
        (
            &["trim", "--spec", "text.json"],
            "error: text.json: is not JSON: EOF while parsing a value at line 1",
        ),
        (&["trim", "--spec", "two.json"], "error: two.json#/openapi: is not an OpenAPI 3.0 document"),
        (
            &["trim", "--spec", "overlay.json"],
            "error: overlay.json#/paths/~1v1~1topups/post/responses/200/content/application~1json/schema/$ref: the schema `topup` does not exist",
        ),
        (&["emit"], "error: openapi/stripe.json: cannot be read: "),
    ];
    for (arguments, message) in cases {
        let line = workspace.fails(arguments);
        assert!(line.starts_with(message), "{line}");
    }
    workspace.write(
        "openapi/overlays/gone.yaml",
        &overlay("  - { target: $.gone, remove: true, x-source: docs, x-date: 2026-01-02 }\n"),
    );
    assert_eq!(
        workspace.fails(&["trim", "--spec", "spec.json"]),
        "error: openapi/overlays/gone.yaml#/actions/0: nothing matches `$.gone`"
    );
    assert_eq!(workspace.files("openapi"), ["openapi/keep.toml", "openapi/overlays/gone.yaml"]);
    std::fs::remove_file(workspace.root.join("openapi/keep.toml")).unwrap();
    let line = workspace.fails(&["trim", "--spec", "spec.json"]);
    assert!(line.starts_with("error: openapi/keep.toml: cannot be read: "), "{line}");
}

#[test]
fn no_file_changes_when_one_cannot_be_written() {
    let workspace = TestWorkspace::new();
    workspace.write("openapi/source.toml/is_a_directory", "");
    let line = workspace.fails(&["trim", "--spec", "spec.json"]);
    assert!(line.starts_with("error: openapi/source.toml: cannot be written: "), "{line}");
    assert_eq!(workspace.read("openapi/closure.md"), None);
    assert_eq!(workspace.read("openapi/stripe.json"), None);
    assert_eq!(workspace.read("openapi/closure.md.new"), None);
}

#[test]
fn usage() {
    let workspace = TestWorkspace::new();
    for arguments in [&[][..], &["help"], &["--help"], &["trim", "--help"]] {
        let outcome = workspace.run(arguments);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
        assert!(outcome.stdout.contains("usage: cargo codegen COMMAND"));
    }
    for (arguments, message) in [
        (&["trim"][..], "`trim` requires `--spec PATH` or STRIPE_OPENAPI_SPEC"),
        (&["trim", "--sepc", "x"], "`trim` does not accept `--sepc x`"),
        (&["diff", "x"], "`diff` requires two documents"),
        (&["explode"], "unknown command `explode`"),
    ] {
        let line = workspace.fails(arguments);
        assert_eq!(line, format!("error: cargo codegen: {message}; try `cargo codegen help`"));
    }
}

#[test]
fn check_finds_stale_files_without_the_upstream_document() {
    let workspace = TestWorkspace::new();
    workspace.run(&["trim", "--spec", "spec.json"]);
    let here = Workspace::at(&workspace.root);
    let faults = || texts(&check::recorded(&here).unwrap());
    assert_eq!(faults(), Vec::<String>::new());

    let document = workspace.read("openapi/stripe.json").unwrap();
    workspace.write("openapi/stripe.json", &document.replace("deepObject", "form"));
    assert_eq!(
        faults(),
        [
            "openapi/stripe.json: is stale: it was changed after the last run; run `cargo codegen trim --spec PATH`"
        ]
    );
    workspace.write("openapi/stripe.json", &document);
    workspace.write("openapi/overlays/new.yaml", &overlay("  []\n"));
    assert_eq!(
        faults(),
        [
            "openapi/stripe.json: is stale: openapi/overlays/new.yaml has changed; run `cargo codegen trim --spec PATH`"
        ]
    );
    std::fs::remove_file(workspace.root.join("openapi/overlays/new.yaml")).unwrap();
    let keep = workspace.read("openapi/keep.toml").unwrap();
    workspace.write("openapi/keep.toml", &keep.replace(", \"GET /v1/topups/{topup}\"", ""));
    assert_eq!(
        faults(),
        [
            "openapi/stripe.json: is stale: it and openapi/keep.toml disagree about `GET /v1/topups/{topup}`; run `cargo codegen trim --spec PATH`"
        ]
    );
    let reason = keep.replace("Money has to come in.", "Money comes in.");
    assert_ne!(reason, keep);
    workspace.write("openapi/keep.toml", &reason);
    assert_eq!(
        faults(),
        [
            "openapi/stripe.json: is stale: openapi/keep.toml has changed; run `cargo codegen trim --spec PATH`"
        ]
    );
    workspace.write("openapi/keep.toml", &keep);
    let record = workspace.read("openapi/source.toml").unwrap();
    for (is, edited) in [
        ("\noperations = 2\n", "\noperations = 3\n"),
        ("\nschemas = 3\n", "\nschemas = 4\n"),
        ("\napi_version = \"2026-01-28.test\"\n", "\napi_version = \"2026-02-25.test\"\n"),
        ("# Written by", "# By hand; was written by"),
    ] {
        assert!(record.contains(is), "{record}");
        workspace.write("openapi/source.toml", &record.replace(is, edited));
        assert_eq!(
            faults(),
            [
                "openapi/source.toml: is stale: it does not describe openapi/stripe.json; run `cargo codegen trim --spec PATH`"
            ]
        );
    }
    workspace.write("openapi/source.toml", &record);
    std::fs::remove_file(workspace.root.join("openapi/closure.md")).unwrap();
    assert_eq!(faults(), ["openapi/closure.md: is missing; run `cargo codegen trim --spec PATH`"]);
}

#[test]
fn check_compares_with_current_output() {
    let workspace = TestWorkspace::new();
    let here = Workspace::at(&workspace.root);
    let file = |name: &str| format!("src/generated/{name}");
    workspace.write(&file("same.rs"), "same");
    workspace.write(&file("stale.rs"), "old");
    workspace.write(&file("deep/surplus.rs"), "old");
    let files: BTreeMap<String, String> =
        ["same", "stale", "missing"].map(|name| (file(&format!("{name}.rs")), name.to_owned())).into();
    let faults = check::differences(&here, &files, "emit").unwrap();
    assert_eq!(
        texts(&faults),
        [
            "src/generated/missing.rs: is missing; run `cargo codegen emit`",
            "src/generated/stale.rs: is stale; run `cargo codegen emit`",
        ]
    );
    let surplus = generate::surplus(&here, &files).unwrap();
    assert_eq!(surplus, [file("deep/surplus.rs")]);

    output::write(&here, &generate::changes(files.clone(), surplus)).unwrap();
    assert_eq!(workspace.files("src/generated"), [file("missing.rs"), file("same.rs"), file("stale.rs")]);
    assert_eq!(check::differences(&here, &files, "emit").unwrap(), []);
}
