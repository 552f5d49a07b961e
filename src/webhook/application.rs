//! An object that occurs only in events.

use crate::{Id, UnknownFields};

/// The platform's application, in events about accounts that connect to it or disconnect from it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Application {
    /// Unique identifier (`ca_…`).
    pub id: Id<Application>,
    /// Its name.
    pub name: Option<String>,
    /// Members that this version of the crate does not know.
    pub extra: UnknownFields,
}

crate::wire::macros::record! {
    Application, "application", extra {
        id "id" REQUIRED,
        name "name" NULLABLE,
    }
}
