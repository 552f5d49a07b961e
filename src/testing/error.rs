//! Errors of a replay.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a replay failed: an invalid fixture, or requests that differ from the flow.
///
/// `Debug` prints the same text as `Display`, so that a test that returns the error prints readable output.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// A file of the flow is missing or invalid.
    #[error("{}: {problem}", file.display())]
    Fixture {
        /// The file.
        file: PathBuf,
        /// Description of the problem.
        problem: String,
    },
    /// The recording cannot be written.
    #[error("recording: {0}")]
    Recording(String),
    /// The requests differ from those of the flow.
    #[error(transparent)]
    Mismatch(Mismatch),
}

impl ReplayError {
    pub(crate) fn fixture(file: &Path, problem: impl fmt::Display) -> Self {
        Self::Fixture { file: file.to_owned(), problem: problem.to_string() }
    }
}

impl fmt::Debug for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The differences between the requests and those of the flow.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct Mismatch {
    /// The name of the flow.
    pub flow: String,
    /// The requests without a matching step: each with its differences from the closest step.
    pub unmatched: Vec<String>,
    /// The steps that no request used.
    pub unused: Vec<String>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the requests differ from the flow `{}`", self.flow)?;
        for problem in &self.unmatched {
            write!(f, "\n{problem}")?;
        }
        for step in &self.unused {
            write!(f, "\nstep {step} was not used")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
