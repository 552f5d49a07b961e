//! What Stripe sends and this version of the crate does not know.

use crate::Json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The text of an enum value that this version of the crate does not know.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Unknown(Box<str>);

impl Unknown {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text that Stripe sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Members of an object that this version of the crate does not know: they are kept, read by name, and written back.
#[derive(Clone, Default, PartialEq)]
// Boxed: almost always empty, and in every struct.
pub struct UnknownFields(Option<Arc<BTreeMap<String, Json>>>);

impl UnknownFields {
    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.as_ref()?.get(name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|members| members.is_empty())
    }

    /// The members, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().flat_map(|members| members.iter().map(|(name, json)| (name.as_str(), json)))
    }

    pub(crate) fn insert(&mut self, name: String, json: Json) {
        Arc::make_mut(self.0.get_or_insert_default()).insert(name, json);
    }
}

impl fmt::Debug for UnknownFields {
    /// Names only: the values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}
