//! What to do with a fault of the document: stop (`trim`), or note it and go on (`diff`).

use crate::error::{Error, Result};

/// Strict stops at the first fault, lenient collects.
#[derive(Debug, Default)]
pub struct Problems {
    lenient: bool,
    notes: Vec<Error>,
}

impl Problems {
    /// Every fault is an error.
    pub fn strict() -> Self {
        Self::default()
    }

    /// Every fault is a note.
    pub fn lenient() -> Self {
        Self { lenient: true, notes: Vec::new() }
    }

    /// Returns the error when strict; keeps it as a note when lenient.
    pub fn report(&mut self, error: Error) -> Result<()> {
        if !self.lenient {
            return Err(error);
        }
        self.notes.push(error);
        Ok(())
    }

    /// What was noted, in order of appearance.
    pub fn into_notes(self) -> Vec<Error> {
        self.notes
    }
}
