//! An object that only events carry.

use crate::{Id, UnknownFields};

/// The platform's application, in the events about an account that connects to it or leaves it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Application {
    /// The identifier that Stripe gave it (`ca_…`).
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
