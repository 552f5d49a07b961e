//! The error type of all codegen commands: a message with its location.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

/// An error with its location: a file, or a file and a JSON pointer into it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub struct Error {
    /// The faulty file, as the user named it.
    pub file: String,
    /// JSON pointer (RFC 6901) to the fault, empty for the file as a whole.
    pub pointer: String,
    /// One sentence that describes the fault.
    pub message: String,
    /// The line to add to `openapi/docs.toml`: its table and text.
    pub line: Option<(String, String)>,
}

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates an error about a whole file.
    pub fn file(file: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self::at(file, "", message)
    }

    /// Creates an error at a JSON pointer inside a file.
    pub fn at(file: impl fmt::Display, pointer: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self {
            file: file.to_string(),
            pointer: pointer.to_string(),
            message: message.to_string(),
            line: None,
        }
    }

    /// Attaches the line that is missing in `openapi/docs.toml`.
    pub fn with_line(self, table: String, line: String) -> Self {
        Self { line: Some((table, line)), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if !self.pointer.is_empty() {
            write!(f, "#{}", self.pointer)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// The missing lines of `openapi/docs.toml`, by table; empty if there are none.
pub fn missing_lines(errors: &[Error]) -> String {
    let lines: BTreeSet<&(String, String)> = errors.iter().filter_map(|error| error.line.as_ref()).collect();
    let mut out = String::new();
    let mut last = "";
    for (table, line) in lines {
        if table != last {
            let _ = writeln!(out, "{table}");
            last = table;
        }
        let _ = writeln!(out, "{line}");
    }
    out
}
