//! Update parameters that can also be unset.

use crate::wire::{Fill, Misfit, Opening, Place, Scalar, Typed, Value, View};

/// What an update does to a parameter that Stripe allows to be unset.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
#[allow(clippy::exhaustive_enums)]
pub enum Setting<T> {
    /// Leaves it as it is: nothing is sent.
    #[default]
    Keep,
    /// Sets it.
    Set(T),
    /// Unsets it: an empty value is sent.
    Clear,
}

impl<T> Setting<T> {
    /// The value, if it is being set.
    pub fn as_set(&self) -> Option<&T> {
        match self {
            Setting::Set(value) => Some(value),
            Setting::Keep | Setting::Clear => None,
        }
    }
}

impl<T> From<Option<T>> for Setting<T> {
    /// Sets what is there; `None` keeps, it does not clear.
    fn from(value: Option<T>) -> Self {
        value.map_or(Setting::Keep, Setting::Set)
    }
}

/// Sets a text, so that a map of texts can be given as it is; `Setting::Clear` takes a key away.
impl From<&str> for Setting<String> {
    fn from(text: &str) -> Self {
        Setting::Set(text.to_owned())
    }
}

impl From<String> for Setting<String> {
    fn from(text: String) -> Self {
        Setting::Set(text)
    }
}

impl From<i64> for Setting<i64> {
    fn from(value: i64) -> Self {
        Setting::Set(value)
    }
}

impl<T: Typed> Setting<T> {
    fn insert(&mut self) -> Option<&mut T> {
        *self = Setting::Set(T::empty());
        match self {
            Setting::Set(value) => Some(value),
            _ => None,
        }
    }
}

impl<T: Value> Value for Setting<T> {
    fn view(&self) -> View<'_> {
        match self {
            Setting::Keep => View::Absent,
            Setting::Set(value) => value.view(),
            Setting::Clear => View::Clear,
        }
    }
}

impl<T: Typed> Fill for Setting<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        match scalar {
            Scalar::Null => *self = Setting::Clear,
            _ if !T::TAKES_SCALARS => return Err(Misfit),
            scalar => self.insert().ok_or(Misfit)?.put(scalar)?,
        }
        Ok(())
    }

    fn open(&mut self, opening: Opening) -> Option<Place<'_>> {
        if T::OPENS { self.insert()?.open(opening) } else { None }
    }

    fn expected(&self) -> &'static str {
        T::EXPECTED
    }

    fn is_exact(&self) -> bool {
        T::EXACT
    }
}

impl<T: Typed> Typed for Setting<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const EXACT: bool = T::EXACT;

    fn empty() -> Self {
        Setting::Keep
    }
}

#[cfg(test)]
mod tests {
    use super::Setting;
    use crate::v2::core::account;

    #[test]
    fn key_of_a_map_is_cleared_with_null() {
        let metadata = [("kept", Setting::from("text")), ("gone", Setting::Clear)];
        let request = account::Update::new("acct_1").metadata(metadata);
        let body = crate::wire::json::body(&request).unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), r#"{"metadata":{"gone":null,"kept":"text"}}"#);
    }
}
