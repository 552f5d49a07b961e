//! The one error of every codegen command: what is wrong, and where.

use std::fmt;

/// A failure with its place: a file, or a file and a JSON pointer into it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub struct Error {
    /// The file that holds the fault, as the user named it.
    pub file: String,
    /// JSON pointer (RFC 6901) to the fault, empty when it is the file as a whole.
    pub pointer: String,
    /// One sentence that says what is wrong.
    pub message: String,
}

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A fault of a whole file.
    pub fn file(file: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self::at(file, "", message)
    }

    /// A fault at a JSON pointer inside a file.
    pub fn at(file: impl fmt::Display, pointer: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self { file: file.to_string(), pointer: pointer.to_string(), message: message.to_string() }
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
