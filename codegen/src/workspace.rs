//! The locations of the project's files.

use std::path::{Path, PathBuf};

use crate::docs::Docs;
use crate::error::{Error, Result};
use crate::keep::Keep;
use crate::overlay::Overlay;
use crate::source::sha256;

/// The selection.
pub const KEEP: &str = "openapi/keep.toml";
/// The overlays' directory.
pub const OVERLAYS: &str = "openapi/overlays";
/// Our texts.
pub const DOCS: &str = "openapi/docs.toml";
/// The trimmed document.
pub const DOCUMENT: &str = "openapi/stripe.json";
/// The same document on one line, included in the sandbox's binary.
pub const COMPACT: &str = "sandbox/src/spec/openapi.json";
/// The inputs and outputs of the trimmed document.
pub const SOURCE: &str = "openapi/source.toml";
/// The report on included schemas.
pub const REPORT: &str = "openapi/closure.md";
/// The generated code.
pub const GENERATED: &str = "src/generated";

/// The authored flows.
pub const FLOWS: &str = "tests/flows";
/// The requests and replies generated from the flows.
pub const FIXTURES: &str = "tests/fixtures";

/// The project's root directory.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Creates a workspace at a known path.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The nearest parent directory that holds `openapi/` and this package, or else the one of this build.
    pub fn find() -> Result<Self> {
        let here = std::env::current_dir().map_err(|e| Error::file(".", e))?;
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let started = manifest.as_deref().and_then(Path::parent);
        here.ancestors()
            .chain(started)
            .find(|dir| dir.join("openapi").is_dir() && dir.join("codegen/Cargo.toml").is_file())
            .map(Self::at)
            .ok_or_else(|| Error::file(here.display(), "is not inside the stripe-platform workspace"))
    }

    /// The path of a project file.
    pub fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Reads a file.
    pub fn read(&self, file: &str) -> Result<String> {
        std::fs::read_to_string(self.path(file))
            .map_err(|e| Error::file(file, format!("cannot be read: {e}")))
    }

    /// Reads a file; returns `None` if it does not exist.
    pub fn read_if_there(&self, file: &str) -> Result<Option<String>> {
        if self.path(file).exists() { self.read(file).map(Some) } else { Ok(None) }
    }

    /// Reads the selection.
    pub fn keep(&self) -> Result<Keep> {
        Keep::parse(KEEP, &self.read(KEEP)?)
    }

    /// Reads our texts.
    pub fn docs(&self) -> Result<Docs> {
        Docs::parse(DOCS, &self.read(DOCS)?)
    }

    /// Reads the overlays in file-name order, each with the digest of its file.
    pub fn overlays(&self) -> Result<Vec<(Overlay, String)>> {
        self.files(OVERLAYS)?
            .iter()
            .filter(|file| file.ends_with(".yaml"))
            .map(|file| {
                let text = self.read(file)?;
                Ok((Overlay::parse(file, &text)?, sha256(text.as_bytes())))
            })
            .collect()
    }

    /// Every file below a directory, sorted; empty if the directory does not exist.
    pub fn files(&self, directory: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut pending = vec![directory.to_owned()];
        while let Some(directory) = pending.pop() {
            let path = self.path(&directory);
            if !path.exists() {
                continue;
            }
            let fault = |e| Error::file(&directory, format!("cannot be read: {e}"));
            for entry in std::fs::read_dir(path).map_err(fault)? {
                let entry = entry.map_err(fault)?;
                let name = format!("{directory}/{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    pending.push(name);
                } else {
                    found.push(name);
                }
            }
        }
        found.sort();
        Ok(found)
    }
}
