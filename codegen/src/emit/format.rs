//! Formats generated code like `cargo fmt`.

use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The settings of this project, so that `cargo fmt --check` agrees.
const SETTINGS: &str = include_str!("../../../rustfmt.toml");

/// Formats all files, by name below `src/generated`.
pub fn all(files: BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let folder = Folder::new()?;
    folder.write("rustfmt.toml", SETTINGS)?;
    for (name, text) in &files {
        folder.write(name, text)?;
    }
    let program = std::env::var_os("RUSTFMT").unwrap_or_else(|| "rustfmt".into());
    let run = Command::new(program)
        .args(["--quiet", "--edition", "2024"])
        .args(files.keys().filter(|name| name.ends_with(".rs")))
        .current_dir(&folder.path)
        .output()
        .map_err(|e| {
            Error::file(
                "rustfmt",
                format!("cannot be started: {e}; install it with `rustup component add rustfmt`"),
            )
        })?;
    if !run.status.success() {
        let message = String::from_utf8_lossy(&run.stderr);
        return Err(Error::file("src/generated", format!("the emitted code is not valid Rust: {message}")));
    }
    files.into_keys().map(|name| Ok((name.clone(), folder.read(&name)?))).collect()
}

/// A temporary folder that is removed at the end.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("stripe-codegen-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).map_err(|e| fault(&path, &e))?;
        Ok(Self { path })
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| fault(&path, &e))?;
        }
        std::fs::write(&path, text).map_err(|e| fault(&path, &e))
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = self.path.join(name);
        std::fs::read_to_string(&path).map_err(|e| fault(&path, &e))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Failing to remove a temporary folder is harmless.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn fault(path: &Path, error: &std::io::Error) -> Error {
    Error::file(path.display(), error)
}
