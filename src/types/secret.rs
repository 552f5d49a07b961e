//! Secret values.

use crate::Json;
use crate::wire::same;
use crate::wire::{Container, DecodeField, EncodeField, FieldRef, Scalar, Slot, TypeMismatch, WireType};
use std::fmt;
use std::hash::{Hash, Hasher};
use zeroize::Zeroize;

/// A value that is hidden in `Debug` output, logs, errors and plain serialization: a card number, a client secret, a
/// link that grants access.
///
/// ```
/// use stripe_platform::Secret;
///
/// let number: Secret<String> = "4000009990000018".into();
/// assert_eq!(format!("{number:?}"), "[redacted]");
/// assert_eq!(number.expose(), "4000009990000018");
/// ```
///
/// The memory is zeroed on drop, and comparison takes constant time. The feature `secrecy` adds conversions from and
/// to the types of that crate.
#[derive(Clone, Default)]
pub struct Secret<T: Sensitive>(T);

/// A type that a [`Secret`] can hold.
pub trait Sensitive: Default {
    /// Overwrites the value.
    fn wipe(&mut self);

    /// Compares two values in constant time.
    fn is_same(&self, other: &Self) -> bool;
}

impl Sensitive for String {
    fn wipe(&mut self) {
        self.zeroize();
    }

    fn is_same(&self, other: &Self) -> bool {
        same::secret_bytes(self.as_bytes(), other.as_bytes())
    }
}

impl Sensitive for Json {
    /// Overwrites strings; names and numbers are kept.
    fn wipe(&mut self) {
        match self {
            Json::String(text) => text.zeroize(),
            Json::Array(items) => items.iter_mut().for_each(Sensitive::wipe),
            Json::Object(members) => members.iter_mut().for_each(|(_, value)| value.wipe()),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        same::secret_json(self, other)
    }
}

impl<T: Sensitive> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Returns the value in clear text. The caller must protect it.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Returns the value in clear text, by value.
    pub fn into_exposed(mut self) -> T {
        std::mem::take(&mut self.0)
    }
}

impl<T: Sensitive> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

impl<T: Sensitive> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }
}

impl<T: Sensitive> Eq for Secret<T> {}

impl<T: Sensitive + Hash> Hash for Secret<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T: Sensitive> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl From<&str> for Secret<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl<T: Sensitive> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T: EncodeField + Sensitive> EncodeField for Secret<T> {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Secret(&self.0)
    }
}

impl<T: WireType + Sensitive> DecodeField for Secret<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        self.0.put(scalar)
    }

    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        self.0.open(opening)
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: WireType + Sensitive> WireType for Secret<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const TAKES_SCALARS: bool = T::TAKES_SCALARS;
    const OPENS: bool = T::OPENS;

    fn empty() -> Self {
        Self(T::empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wiping_leaves_no_text() {
        let mut text = "4000009990000018".to_owned();
        text.wipe();
        assert_eq!(text, "");
        let mut json = Json::from(json!({ "a": "secret", "b": ["secret", { "c": "secret" }], "n": 1 }));
        json.wipe();
        assert_eq!(json, json!({ "a": "", "b": ["", { "c": "" }], "n": 1 }));
    }

    #[test]
    fn secrets_are_equal_if_their_bytes_are() {
        for (one, other, expected) in
            [("", "", true), ("a", "a", true), ("a", "b", false), ("a", "aa", false), ("ba", "aa", false)]
        {
            let (one, other): (Secret<String>, Secret<String>) = (one.into(), other.into());
            assert_eq!(one == other, expected);
        }
        assert_eq!(Secret::new(Json::from(json!({ "a": 1 }))), Secret::new(json!({ "a": 1 }).into()));
        assert_eq!(Secret::new("x".to_owned()).into_exposed(), "x");
    }
}
