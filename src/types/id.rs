//! Typed ids.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// The id of an object of type `T`: a string such as `tu_1N…` that cannot be used where an id
/// of another type is expected.
///
/// Any string converts with `From<&str>`. Prefixes are not checked, because Stripe does not guarantee them.
///
/// ```
/// use stripe_platform::{Id, topup};
///
/// let id: Id<topup::Topup> = "tu_123".into();
/// assert_eq!(id.as_str(), "tu_123");
/// let request = topup::Retrieve::new(&id);
/// # let _ = request;
/// ```
pub struct Id<T> {
    text: Box<str>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The id as a string.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Converts the id to a type that includes `T`, for parameters that accept several types.
    pub(crate) fn widen<U>(self) -> Id<U> {
        Id { text: self.text, kind: PhantomData }
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<T> PartialEq<str> for Id<T> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl<T> PartialEq<&str> for Id<T> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl<T> Borrow<str> for Id<T> {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl<T> AsRef<str> for Id<T> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<T> From<&str> for Id<T> {
    fn from(text: &str) -> Self {
        Self { text: text.into(), kind: PhantomData }
    }
}

impl<T> From<String> for Id<T> {
    fn from(text: String) -> Self {
        Self { text: text.into(), kind: PhantomData }
    }
}

impl<T> From<&String> for Id<T> {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl<T> From<&Id<T>> for Id<T> {
    fn from(id: &Id<T>) -> Self {
        id.clone()
    }
}

impl<T> From<Id<T>> for String {
    fn from(id: Id<T>) -> Self {
        id.as_str().to_owned()
    }
}

impl<T> From<&Id<T>> for String {
    fn from(id: &Id<T>) -> Self {
        id.as_str().to_owned()
    }
}

impl<T> crate::wire::EncodeField for Id<T> {
    fn view(&self) -> crate::wire::FieldRef<'_> {
        crate::wire::FieldRef::Str(self.as_str())
    }
}

impl<T: 'static> crate::wire::DecodeField for Id<T> {
    fn put(&mut self, scalar: crate::wire::Scalar<'_>) -> Result<(), crate::wire::TypeMismatch> {
        match scalar {
            crate::wire::Scalar::Str(text) => *self = Self::from(text),
            _ => return Err(crate::wire::TypeMismatch),
        }
        Ok(())
    }

    fn expected(&self) -> &'static str {
        <Self as crate::wire::WireType>::EXPECTED
    }
}

impl<T: 'static> crate::wire::WireType for Id<T> {
    const EXPECTED: &'static str = "an id";
    const OPENS: bool = false;

    fn empty() -> Self {
        // The default text is shared, so nothing is allocated.
        Self { text: Box::default(), kind: PhantomData }
    }

    fn of(scalar: crate::wire::Scalar<'_>) -> Result<Self, crate::wire::TypeMismatch> {
        match scalar {
            crate::wire::Scalar::Str(text) => Ok(Self::from(text)),
            _ => Err(crate::wire::TypeMismatch),
        }
    }
}

impl<'de, T: 'static> serde::Deserialize<'de> for Id<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::wire::decode::deserialize(deserializer)
    }
}

impl<T> serde::Serialize for Id<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
