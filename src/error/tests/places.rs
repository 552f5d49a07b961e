//! The places in the source that created an [`InvalidInputError`](crate::InvalidInputError).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::Location;

/// A line of a source file.
pub(crate) type Site = (String, usize);

thread_local! {
    /// The places that created an error in this thread.
    pub(crate) static NOTED: RefCell<BTreeSet<Site>> = const { RefCell::new(BTreeSet::new()) };
}

/// Adds a place to those of this thread.
pub(crate) fn note(place: &Location<'_>) {
    let file = place.file().replace('\\', "/");
    let line = usize::try_from(place.line()).unwrap_or_default();
    NOTED.with_borrow_mut(|noted| noted.insert((file, line)));
}
