//! Reads a JSON document with the facts about its file.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A document with the facts that identify its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The file as the user named it, for errors.
    pub file: String,
    /// The last component of the file's path.
    pub name: String,
    /// Lower-case hexadecimal digest of the file.
    pub sha256: String,
    /// Size of the file.
    pub bytes: usize,
    /// Its content.
    pub document: Value,
}

impl Source {
    /// Reads and parses a file; `file` is its name in errors.
    pub fn read(path: &Path, file: &str) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| Error::file(file, format!("cannot be read: {e}")))?;
        Self::parse(file, &bytes)
    }

    /// Parses a file's bytes.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self> {
        let (document, twice) =
            crate::json::read(bytes).map_err(|e| Error::file(file, format!("is not JSON: {e}")))?;
        if let Some(first) = twice.first() {
            let more =
                if twice.len() > 1 { format!(", like {} more keys", twice.len() - 1) } else { String::new() };
            return Err(Error::at(file, first, format!("duplicate key{more}")));
        }
        let openapi = document.get("openapi").and_then(Value::as_str);
        if !openapi.is_some_and(|version| version.starts_with("3.0.")) {
            return Err(Error::at(file, "/openapi", "is not an OpenAPI 3.0 document"));
        }
        let name = Path::new(file).file_name().map_or(file.into(), |name| name.to_string_lossy());
        Ok(Self {
            file: file.to_owned(),
            name: name.into_owned(),
            sha256: sha256(bytes),
            bytes: bytes.len(),
            document,
        })
    }
}

/// Lower-case hexadecimal SHA-256.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
