//! Parameters that accept more than one type of value.

use crate::Nested;
use crate::wire::{
    Container, DecodeField, EncodeField, FieldRef, Record, Scalar, Slot, TypeMismatch, WireType,
};
use std::fmt;

/// A parameter that accepts either an id (of a token, for example) or the object itself.
#[allow(clippy::exhaustive_enums)]
pub enum IdOr<T> {
    /// The id of a token or an object.
    Id(String),
    /// The object itself.
    Object(Nested<T>),
}

#[allow(private_bounds)]
impl<T: WireType + Clone> Clone for IdOr<T> {
    fn clone(&self) -> Self {
        match self {
            IdOr::Id(id) => IdOr::Id(id.clone()),
            IdOr::Object(object) => IdOr::Object(object.clone()),
        }
    }
}

impl<T: PartialEq + 'static> PartialEq for IdOr<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (IdOr::Id(id), IdOr::Id(other)) => id == other,
            (IdOr::Object(object), IdOr::Object(other)) => object == other,
            _ => false,
        }
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for IdOr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdOr::Id(id) => f.debug_tuple("Id").field(id).finish(),
            IdOr::Object(object) => f.debug_tuple("Object").field(object).finish(),
        }
    }
}

impl<T> From<&str> for IdOr<T> {
    fn from(id: &str) -> Self {
        IdOr::Id(id.to_owned())
    }
}

impl<T> From<String> for IdOr<T> {
    fn from(id: String) -> Self {
        IdOr::Id(id)
    }
}

impl<T, U> From<&crate::Id<U>> for IdOr<T> {
    fn from(id: &crate::Id<U>) -> Self {
        IdOr::Id(id.into())
    }
}

#[allow(private_bounds)]
impl<T: Record + WireType> From<T> for IdOr<T> {
    fn from(object: T) -> Self {
        IdOr::Object(Nested::new(object))
    }
}

impl<T: EncodeField> EncodeField for IdOr<T> {
    fn view(&self) -> FieldRef<'_> {
        match self {
            IdOr::Id(id) => FieldRef::Str(id),
            IdOr::Object(object) => object.view(),
        }
    }
}

impl<T: WireType> DecodeField for IdOr<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        match scalar {
            Scalar::Str(id) => *self = IdOr::Id(id.to_owned()),
            _ => return Err(TypeMismatch),
        }
        Ok(())
    }

    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        *self = IdOr::Object(WireType::empty());
        match self {
            IdOr::Object(object) => object.open(opening),
            IdOr::Id(_) => None,
        }
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: WireType> WireType for IdOr<T> {
    const EXPECTED: &'static str = "an id or an object";

    fn empty() -> Self {
        IdOr::Id(String::new())
    }
}

/// A parameter that accepts a keyword (`minimum`, `now`) or a value of another type.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_enums)]
pub enum KeywordOr<K, T> {
    /// One of the keywords.
    Keyword(K),
    /// The value.
    Value(T),
}

impl<K> From<i64> for KeywordOr<K, i64> {
    fn from(value: i64) -> Self {
        KeywordOr::Value(value)
    }
}

impl<K> From<crate::Timestamp> for KeywordOr<K, crate::Timestamp> {
    fn from(value: crate::Timestamp) -> Self {
        KeywordOr::Value(value)
    }
}

impl<K: for<'a> From<&'a str>, T> From<&str> for KeywordOr<K, T> {
    fn from(keyword: &str) -> Self {
        KeywordOr::Keyword(K::from(keyword))
    }
}

impl<K: EncodeField, T: EncodeField> EncodeField for KeywordOr<K, T> {
    fn view(&self) -> FieldRef<'_> {
        match self {
            KeywordOr::Keyword(keyword) => keyword.view(),
            KeywordOr::Value(value) => value.view(),
        }
    }
}

impl<K: WireType, T: WireType> DecodeField for KeywordOr<K, T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        *self = match scalar {
            Scalar::Str(_) => {
                let mut keyword = K::empty();
                keyword.put(scalar)?;
                KeywordOr::Keyword(keyword)
            }
            _ => {
                let mut value = T::empty();
                value.put(scalar)?;
                KeywordOr::Value(value)
            }
        };
        Ok(())
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<K: WireType, T: WireType> WireType for KeywordOr<K, T> {
    const EXPECTED: &'static str = "a keyword or a value";
    const OPENS: bool = false;

    fn empty() -> Self {
        KeywordOr::Value(T::empty())
    }
}
