//! What can be wrong with a flow.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a replay failed: a fixture that cannot be right, or a program that did something else than the flow.
///
/// `Debug` is the same text as `Display`, so that a test which returns it shows something readable.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// A file of the flow is missing or wrong.
    #[error("{}: {problem}", file.display())]
    Fixture {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// What was recorded cannot be written.
    #[error("recording: {0}")]
    Recording(String),
    /// The requests were not those of the flow.
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

/// How the requests differ from those of the flow.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct Mismatch {
    /// The name of the flow.
    pub flow: String,
    /// For each request that no step fits: what it was, and how it differs from the nearest step.
    pub unmatched: Vec<String>,
    /// The steps that no request has used.
    pub unused: Vec<String>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the requests are not those of the flow `{}`", self.flow)?;
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
