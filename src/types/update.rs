//! Update parameters that can be unset.

use crate::wire::{Container, DecodeField, EncodeField, FieldRef, Scalar, Slot, TypeMismatch, WireType};

/// The update of a parameter that can be unset.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
#[allow(clippy::exhaustive_enums)]
pub enum FieldUpdate<T> {
    /// Keeps the current value: nothing is sent.
    #[default]
    Keep,
    /// Sets it.
    Set(T),
    /// Clears it: an empty value is sent.
    Clear,
}

impl<T> FieldUpdate<T> {
    /// The new value, if one is set.
    pub fn as_set(&self) -> Option<&T> {
        match self {
            FieldUpdate::Set(value) => Some(value),
            FieldUpdate::Keep | FieldUpdate::Clear => None,
        }
    }
}

impl<T> From<Option<T>> for FieldUpdate<T> {
    /// `Some` sets the value; `None` keeps the current one, it does not clear it.
    fn from(value: Option<T>) -> Self {
        value.map_or(FieldUpdate::Keep, FieldUpdate::Set)
    }
}

/// Sets a string, so that a map of strings can be passed directly; `FieldUpdate::Clear` removes a key.
impl From<&str> for FieldUpdate<String> {
    fn from(text: &str) -> Self {
        FieldUpdate::Set(text.to_owned())
    }
}

impl From<String> for FieldUpdate<String> {
    fn from(text: String) -> Self {
        FieldUpdate::Set(text)
    }
}

impl From<i64> for FieldUpdate<i64> {
    fn from(value: i64) -> Self {
        FieldUpdate::Set(value)
    }
}

impl<T: WireType> FieldUpdate<T> {
    fn insert(&mut self) -> Option<&mut T> {
        *self = FieldUpdate::Set(T::empty());
        match self {
            FieldUpdate::Set(value) => Some(value),
            _ => None,
        }
    }
}

impl<T: EncodeField> EncodeField for FieldUpdate<T> {
    fn view(&self) -> FieldRef<'_> {
        match self {
            FieldUpdate::Keep => FieldRef::Absent,
            FieldUpdate::Set(value) => value.view(),
            FieldUpdate::Clear => FieldRef::Clear,
        }
    }
}

impl<T: WireType> DecodeField for FieldUpdate<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        match scalar {
            Scalar::Null => *self = FieldUpdate::Clear,
            _ if !T::TAKES_SCALARS => return Err(TypeMismatch),
            scalar => self.insert().ok_or(TypeMismatch)?.put(scalar)?,
        }
        Ok(())
    }

    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        if T::OPENS { self.insert()?.open(opening) } else { None }
    }

    fn expected(&self) -> &'static str {
        T::EXPECTED
    }

    fn is_exact(&self) -> bool {
        T::EXACT
    }
}

impl<T: WireType> WireType for FieldUpdate<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const EXACT: bool = T::EXACT;

    fn empty() -> Self {
        FieldUpdate::Keep
    }
}

#[cfg(test)]
mod tests {
    use super::FieldUpdate;
    use crate::v2::core::account;

    #[test]
    fn key_of_a_map_is_cleared_with_null() {
        let metadata = [("kept", FieldUpdate::from("text")), ("gone", FieldUpdate::Clear)];
        let request = account::Update::new("acct_1").metadata(metadata);
        let body = crate::wire::json::body(&request).unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), r#"{"metadata":{"gone":null,"kept":"text"}}"#);
    }
}
