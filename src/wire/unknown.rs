//! Values from Stripe that this version of the crate does not know.

use crate::Json;
use crate::wire::release;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// An enum value that this version of the crate does not know.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Unknown(Box<str>);

impl Unknown {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The value sent by Stripe.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Members of an object that this version of the crate does not know. They are kept, accessible by name, and encoded
/// again.
#[derive(Clone, Default, PartialEq)]
// Boxed: almost always empty, but in every struct.
pub struct UnknownFields(Option<Arc<BTreeMap<String, Json>>>);

impl Drop for UnknownFields {
    #[inline]
    fn drop(&mut self) {
        if let Some(members) = self.0.take() {
            release(members);
        }
    }
}

impl UnknownFields {
    /// Returns the member with this name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.as_ref()?.get(name)
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|members| members.is_empty())
    }

    /// Iterates over the members, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().flat_map(|members| members.iter().map(|(name, json)| (name.as_str(), json)))
    }

    pub(crate) fn insert(&mut self, name: String, json: Json) {
        Arc::make_mut(self.0.get_or_insert_default()).insert(name, json);
    }
}

impl fmt::Debug for UnknownFields {
    /// Prints names only: the values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}
