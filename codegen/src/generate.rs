//! The commands' results as files, before anything is written.

use std::collections::BTreeMap;
use std::path::Path;

use crate::canonical;
use crate::emit::emit;
use crate::error::{Error, Result};
use crate::output::Changes;
use crate::overlay::Overlay;
use crate::problems::Problems;
use crate::record::{Inputs, Record};
use crate::report;
use crate::source::{Source, sha256};
use crate::trim::{Trimmed, trim};
use crate::workspace::{COMPACT, DOCUMENT, GENERATED, KEEP, REPORT, SOURCE, Workspace};

/// What `trim` writes, and what it has to say.
pub struct TrimOutput {
    /// The files.
    pub files: BTreeMap<String, String>,
    /// The trimmed document and its report.
    pub trimmed: Trimmed,
    /// The counts.
    pub record: Record,
}

/// Trims a document with the workspace's overlays and selection.
pub fn trim_files(workspace: &Workspace, spec: &Path) -> Result<TrimOutput> {
    let source = Source::read(spec, &spec.display().to_string())?;
    let keep = workspace.keep()?;
    let (overlays, digests): (Vec<Overlay>, BTreeMap<String, String>) = workspace
        .overlays()?
        .into_iter()
        .map(|(overlay, digest)| {
            let file = overlay.file.clone();
            (overlay, (file, digest))
        })
        .unzip();
    let trimmed = trim(&source, &overlays, &keep, &mut Problems::strict())?;
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
    ]);
    Ok(TrimOutput { files, trimmed, record })
}

/// The generated code, by file name below the workspace root, and the second part of the closure report.
pub fn emit_files(workspace: &Workspace) -> Result<BTreeMap<String, String>> {
    let source = Source::read(&workspace.path(DOCUMENT), DOCUMENT)?;
    let docs = workspace.docs()?;
    let emitted = emit(&source.document, &docs, &workspace.keep()?)?;
    if let Some(pointer) = docs.unused().first() {
        return Err(Error::at(&docs.file, pointer, "the text is about nothing in the trimmed document"));
    }
    let mut files = BTreeMap::from([(COMPACT.to_owned(), format!("{}\n", source.document))]);
    for (name, text) in emitted {
        if name == report::EMITTED {
            let present = workspace.read_if_there(REPORT)?.unwrap_or_default();
            files.insert(REPORT.to_owned(), report::join(report::split(&present).0, &text));
        } else {
            files.insert(format!("{GENERATED}/{name}"), text);
        }
    }
    Ok(files)
}

/// The changes that make the workspace hold exactly these files, `surplus` being those that it should not have.
pub fn changes(files: BTreeMap<String, String>, surplus: Vec<String>) -> Changes {
    let removed = surplus.into_iter().map(|file| (file, None));
    files.into_iter().map(|(file, text)| (file, Some(text))).chain(removed).collect()
}

/// The files below `src/generated` that were not emitted.
pub fn surplus(workspace: &Workspace, files: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let present = workspace.files(GENERATED)?;
    Ok(present.into_iter().filter(|file| !files.contains_key(file)).collect())
}
