//! The output files of the commands, before anything is written.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::canonical;
use crate::emit::{Requests, Sent, emit};
use crate::error::{Error, Result};
use crate::output::Changes;
use crate::overlay::Overlay;
use crate::paths;
use crate::problems::Problems;
use crate::record::{Inputs, Record};
use crate::report;
use crate::select::check_version;
use crate::source::{Source, sha256};
use crate::trim::{Trimmed, trim};
use crate::workspace::{COMPACT, DOCUMENT, FIXTURES, GENERATED, KEEP, REPORT, SOURCE, Workspace};

/// The output of `trim`.
pub struct TrimOutput {
    /// The files.
    pub files: BTreeMap<String, String>,
    /// The trimmed document and its report.
    pub trimmed: Trimmed,
    /// The counts.
    pub record: Record,
}

/// Trims a document with the workspace's overlays and selection.
///
/// Returns all faults of the document, the overlays and the selection as the error.
pub fn trim_files(workspace: &Workspace, spec: &Path) -> Result<TrimOutput, Vec<Error>> {
    let mut problems = Problems::new();
    let output = read_and_trim(workspace, spec, &mut problems);
    match problems.note(output) {
        Some(output) if problems.is_empty() => Ok(output),
        _ => Err(problems.into_notes()),
    }
}

fn read_and_trim(workspace: &Workspace, spec: &Path, problems: &mut Problems) -> Result<TrimOutput> {
    let source = Source::read(spec, &spec.display().to_string())?;
    let keep = workspace.keep()?;
    // For another version, neither the selection nor the overlays apply.
    check_version(&source.file, &source.document, &keep)?;
    let (overlays, digests): (Vec<Overlay>, BTreeMap<String, String>) = workspace
        .overlays()?
        .into_iter()
        .map(|(overlay, digest)| {
            let file = overlay.file.clone();
            (overlay, (file, digest))
        })
        .unzip();
    let trimmed = trim(&source, &overlays, &keep, problems)?;
    let document = canonical::to_string(&trimmed.document);
    let head = report::render(&report::Input {
        source: &source,
        keep: &keep,
        overlays: &overlays,
        trimmed: &trimmed,
        bytes: document.len(),
    });
    let inputs = Inputs { keep: sha256(workspace.read(KEEP)?.as_bytes()), overlays: digests };
    let record = Record::new(&source, &trimmed, inputs, &[(DOCUMENT, &document), (REPORT, &head)]);
    let present = workspace.read_if_there(REPORT)?.unwrap_or_default();
    let report = report::join(&head, report::split(&present).1);
    let files = BTreeMap::from([
        (DOCUMENT.to_owned(), document),
        (REPORT.to_owned(), report),
        (SOURCE.to_owned(), record.render(SOURCE)?),
        (paths::PATHS.to_owned(), paths::render(&source.document)),
    ]);
    Ok(TrimOutput { files, trimmed, record })
}

/// Returns the generated code by file name, and the second part of the closure report.
///
/// Returns all faults of the document and the texts as the error.
pub fn emit_files(workspace: &Workspace) -> Result<BTreeMap<String, String>, Vec<Error>> {
    let one = |error| vec![error];
    let source = Source::read(&workspace.path(DOCUMENT), DOCUMENT).map_err(one)?;
    let docs = workspace.docs().map_err(one)?;
    let requests = requests(workspace).map_err(one)?;
    let emitted = emit(&source.document, &docs, &workspace.keep().map_err(one)?, &requests);
    let mut faults = emitted.as_ref().err().cloned().unwrap_or_default();
    // If the document could not be read completely, some texts were never looked up.
    if faults.iter().all(|fault| fault.line.is_some()) {
        let message = "the text matches nothing in the trimmed document; remove it";
        faults.extend(docs.unused().iter().map(|pointer| Error::at(&docs.file, pointer, message)));
    }
    let (Ok(emitted), true) = (emitted, faults.is_empty()) else { return Err(faults) };
    let mut files = BTreeMap::from([(COMPACT.to_owned(), format!("{}\n", source.document))]);
    for (name, text) in emitted {
        if name == report::EMITTED {
            let present = workspace.read_if_there(REPORT).map_err(one)?.unwrap_or_default();
            files.insert(REPORT.to_owned(), report::join(report::split(&present).0, &text));
        } else {
            files.insert(format!("{GENERATED}/{name}"), text);
        }
    }
    Ok(files)
}

/// The successful requests of all flows by operation, with the values of their bound names.
pub fn requests(workspace: &Workspace) -> Result<Requests> {
    let mut found = Requests::new();
    let mut bound = Vec::new();
    // The files are sorted, so `flow.toml`, which has the names, comes after the steps.
    for file in workspace.files(FIXTURES)? {
        let text = workspace.read(&file)?;
        if file.ends_with("/flow.toml") {
            let head: toml::Table = toml::from_str(&text).map_err(|e| Error::file(&file, e))?;
            let names = head.get("bind").and_then(toml::Value::as_table).cloned().unwrap_or_default();
            for (operation, step) in bound.drain(..) {
                let sent: Sent = with_names(step, &names).map_err(|e| Error::file(&file, e))?;
                found.entry(operation).or_default().push(sent);
            }
            continue;
        }
        let step: Value = serde_json::from_str(&text).map_err(|e| Error::file(&file, e))?;
        let refused =
            step.pointer("/response/status").and_then(Value::as_u64).is_some_and(|code| code >= 400);
        if let (Some(operation), Some(request), false) =
            (step.get("operation").and_then(Value::as_str), step.get("request"), refused)
        {
            bound.push((operation.to_owned(), request.to_string()));
        }
    }
    Ok(found)
}

/// Reads a request, with its bound names replaced by their values.
fn with_names(mut request: String, names: &toml::Table) -> serde_json::Result<Sent> {
    for (name, value) in names {
        request = request.replace(&format!("{{{{{name}}}}}"), value.as_str().unwrap_or_default());
    }
    serde_json::from_str(&request)
}

/// The changes that make the workspace hold exactly these files; `surplus` files are removed.
pub fn changes(files: BTreeMap<String, String>, surplus: Vec<String>) -> Changes {
    let removed = surplus.into_iter().map(|file| (file, None));
    files.into_iter().map(|(file, text)| (file, Some(text))).chain(removed).collect()
}

/// The files below `src/generated` that were not emitted.
pub fn surplus(workspace: &Workspace, files: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let present = workspace.files(GENERATED)?;
    Ok(present.into_iter().filter(|file| !files.contains_key(file)).collect())
}
