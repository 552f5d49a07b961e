//! `cargo codegen check`: compares the committed files with what the commands would write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::json;

use crate::error::{Error, Result};
use crate::fixtures;
use crate::generate;
use crate::record::{Counts, Record};
use crate::report;
use crate::source::{Source, sha256};
use crate::walk;
use crate::workspace::{DOCUMENT, KEEP, REPORT, SOURCE, Workspace};

const TRIM: &str = "trim --spec PATH";

/// Returns an error for every file that is stale, missing or surplus.
pub fn check(workspace: &Workspace, spec: Option<&Path>) -> Result<Vec<Error>> {
    let mut faults = match spec {
        Some(spec) => match generate::trim_files(workspace, spec) {
            Ok(trimmed) => differences(workspace, &trimmed.files, TRIM)?,
            Err(errors) => return Ok(errors),
        },
        None => recorded(workspace)?,
    };
    match generate::emit_files(workspace) {
        Ok(files) => {
            faults.extend(differences(workspace, &files, "emit")?);
            let surplus = generate::surplus(workspace, &files)?;
            let fault = |file| Error::file(file, "is surplus; run `cargo codegen emit`");
            faults.extend(surplus.into_iter().map(fault));
        }
        // The failure may follow from the faults found so far, so it is listed after them.
        Err(errors) => faults.extend(errors),
    }
    faults.extend(flows(workspace)?);
    Ok(faults)
}

/// Finds fixtures that differ from what their flows generate, and fixtures without a flow.
pub fn flows(workspace: &Workspace) -> Result<Vec<Error>> {
    let built = fixtures::build(workspace, &[])?;
    let mut faults = differences(workspace, &built.files, "fixtures")?;
    let broken = |file: &String| {
        let folder = |folder: &&String| file.starts_with(folder.as_str());
        built
            .folders
            .iter()
            .find(folder)
            .is_some_and(|folder| !built.files.keys().any(|made| made.starts_with(folder.as_str())))
    };
    let surplus = fixtures::surplus(workspace, &built, true)?;
    // A flow with a fault has generated no files; the fault alone is reported.
    let surplus = surplus.into_iter().filter(|file| !broken(file));
    faults.extend(
        surplus.map(|file| Error::file(file, "is surplus: no flow in tests/flows generates it; remove it")),
    );
    faults.extend(built.faults);
    Ok(faults)
}

/// Finds the files that differ from what a command would write now.
pub fn differences(
    workspace: &Workspace,
    files: &BTreeMap<String, String>,
    command: &str,
) -> Result<Vec<Error>> {
    let mut faults = Vec::new();
    for (file, text) in files {
        let state = match workspace.read_if_there(file)? {
            Some(present) if present == *text => continue,
            Some(_) => "stale",
            None => "missing",
        };
        faults.push(Error::file(file, format!("is {state}; run `cargo codegen {command}`")));
    }
    Ok(faults)
}

/// Checks what can be checked without the upstream document: the written files match their digests, the overlays and
/// the selection match the recorded inputs, and the record matches the document.
pub fn recorded(workspace: &Workspace) -> Result<Vec<Error>> {
    let written = workspace.read(SOURCE)?;
    let record = Record::parse(SOURCE, &written)?;
    let stale =
        |file: &str, why: &str| Error::file(file, format!("is stale: {why}; run `cargo codegen {TRIM}`"));
    let mut faults = Vec::new();
    for (file, digest) in &record.outputs {
        let Some(text) = workspace.read_if_there(file)? else {
            faults.push(Error::file(file, format!("is missing; run `cargo codegen {TRIM}`")));
            continue;
        };
        let own = if file == REPORT { report::split(&text).0 } else { &text };
        if sha256(own.as_bytes()) != *digest {
            faults.push(stale(file, "it was changed after the last run"));
        }
    }
    let overlays: BTreeMap<String, String> =
        workspace.overlays()?.into_iter().map(|(overlay, digest)| (overlay.file, digest)).collect();
    let files: BTreeSet<&String> = overlays.keys().chain(record.inputs.overlays.keys()).collect();
    for file in files {
        if overlays.get(file) != record.inputs.overlays.get(file) {
            faults.push(stale(DOCUMENT, &format!("{file} has changed")));
        }
    }
    let keep = workspace.keep()?;
    let source = Source::read(&workspace.path(DOCUMENT), DOCUMENT)?;
    let listed: BTreeSet<String> = keep.operations().map(|operation| operation.key()).collect();
    let present: BTreeSet<String> =
        walk::operations(&source.document).iter().map(|place| place.key()).collect();
    let found = faults.len();
    for operation in listed.symmetric_difference(&present) {
        faults.push(stale(DOCUMENT, &format!("it and {} disagree about `{operation}`", keep.file)));
    }
    if faults.len() == found && sha256(workspace.read(KEEP)?.as_bytes()) != record.inputs.keep {
        faults.push(stale(DOCUMENT, &format!("{} has changed", keep.file)));
    }
    let edited = record.outputs.get(DOCUMENT) != Some(&source.sha256);
    if !edited && (!agrees(&record, &source, &listed) || record.render(SOURCE)? != written) {
        faults.push(stale(SOURCE, &format!("it does not describe {DOCUMENT}")));
    }
    Ok(faults)
}

/// Checks that a record matches the trimmed document.
fn agrees(record: &Record, source: &Source, listed: &BTreeSet<String>) -> bool {
    let added = &record.trimmed.overlay_operations;
    let counts = Counts::of(&source.document, source.bytes, added.clone());
    let version = source.document.pointer("/info/version").and_then(serde_json::Value::as_str);
    record.trimmed == counts
        && version == Some(record.upstream.api_version.as_str())
        && source.document.pointer("/info/x-derived")
            == record.upstream.derived.as_ref().map(|d| json!(d)).as_ref()
        && added.iter().all(|operation| listed.contains(operation))
        && record.upstream.operations + added.len() >= counts.operations
}
