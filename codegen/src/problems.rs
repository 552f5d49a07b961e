//! What to do with a fault of the document: all of them are collected, and decide at the end (`trim`), or are notes
//! (`diff`).

use crate::error::{Error, Result};

/// The faults of one run, in order of appearance.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Error>,
}

impl Problems {
    /// None so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a fault.
    pub fn report(&mut self, error: Error) {
        // What follows from one fault in several steps is one fault.
        if !self.found.contains(&error) {
            self.found.push(error);
        }
    }

    /// Keeps the fault of a step, if it failed.
    pub fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.report(error)).ok()
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What was found.
    pub fn into_notes(self) -> Vec<Error> {
        self.found
    }
}
