//! Collects the faults of a document. `trim` fails at the end if there are any; `diff` reports them as notes.

use crate::error::{Error, Result};

/// The faults of one run, in order of appearance.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Error>,
}

impl Problems {
    /// Creates an empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault.
    pub fn report(&mut self, error: Error) {
        // The same fault found by several steps is reported once.
        if !self.found.contains(&error) {
            self.found.push(error);
        }
    }

    /// Adds the fault of a failed step.
    pub fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.report(error)).ok()
    }

    /// Whether there are no faults.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The faults found.
    pub fn into_notes(self) -> Vec<Error> {
        self.found
    }
}
