//! [`Value`] for the types of the standard library that records are made of.

use super::Path;
use super::{Fill, List, ListMut, Map, MapMut, Misfit, Opening, Place, Scalar, Typed, Value, View, Whole};
use crate::Json;
use std::collections::BTreeMap;

impl Value for i64 {
    fn view(&self) -> View<'_> {
        View::Int(*self)
    }
}

impl Fill for i64 {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        *self = integer(scalar)?;
        Ok(())
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

/// An integer, also as a string of digits: version 2 of the API sends 64-bit numbers so.
pub(crate) fn integer(scalar: Scalar<'_>) -> Result<i64, Misfit> {
    match scalar {
        Scalar::Int(value) => Ok(value),
        Scalar::Str(text) => text.parse().map_err(|_| Misfit),
        _ => Err(Misfit),
    }
}

impl Typed for i64 {
    const EXPECTED: &'static str = "an integer";
    const OPENS: bool = false;

    fn empty() -> Self {
        0
    }
}

impl Value for bool {
    fn view(&self) -> View<'_> {
        View::Bool(*self)
    }
}

impl Fill for bool {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        match scalar {
            Scalar::Bool(value) => *self = value,
            _ => return Err(Misfit),
        }
        Ok(())
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl Typed for bool {
    const EXPECTED: &'static str = "a boolean";
    const OPENS: bool = false;

    fn empty() -> Self {
        false
    }
}

impl Value for String {
    fn view(&self) -> View<'_> {
        View::Text(self)
    }
}

impl Fill for String {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        match scalar {
            Scalar::Str(value) => *self = value.to_owned(),
            _ => return Err(Misfit),
        }
        Ok(())
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl Typed for String {
    const EXPECTED: &'static str = "a string";
    const OPENS: bool = false;

    fn empty() -> Self {
        Self::new()
    }

    fn of(scalar: Scalar<'_>) -> Result<Self, Misfit> {
        match scalar {
            Scalar::Str(value) => Ok(value.to_owned()),
            _ => Err(Misfit),
        }
    }
}

impl<T: Value> Value for Option<T> {
    fn view(&self) -> View<'_> {
        match self {
            Some(value) => value.view(),
            None => View::Absent,
        }
    }
}

impl<T: Typed> Fill for Option<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        if let Scalar::Null = scalar {
            *self = None;
            return Ok(());
        }
        if !T::TAKES_SCALARS {
            return Err(Misfit);
        }
        *self = Some(T::of(scalar)?);
        Ok(())
    }

    fn open(&mut self, opening: Opening) -> Option<Place<'_>> {
        if !T::OPENS {
            return None;
        }
        *self = Some(T::empty());
        match self {
            Some(value) => value.open(opening),
            None => None,
        }
    }

    fn expected(&self) -> &'static str {
        T::EXPECTED
    }
}

impl<T: Typed> Typed for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn empty() -> Self {
        None
    }
}

impl<T: Value> Value for Vec<T> {
    fn view(&self) -> View<'_> {
        View::List(self)
    }
}

impl<T: Typed> Fill for Vec<T> {
    fn open(&mut self, opening: Opening) -> Option<Place<'_>> {
        (opening == Opening::Array).then_some(Place::List(self))
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: Typed> Typed for Vec<T> {
    const EXPECTED: &'static str = "an array";
    const TAKES_SCALARS: bool = false;

    fn empty() -> Self {
        Self::new()
    }
}

impl<T: Value> List for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> Option<&dyn Value> {
        self.get(index).map(|item| item as &dyn Value)
    }
}

impl<T: Typed> ListMut for Vec<T> {
    fn clear(&mut self) {
        self.clear();
    }

    fn grow(&mut self) -> &mut dyn Fill {
        let index = self.len();
        self.push(T::empty());
        &mut self[index]
    }
}

impl<T: Value> Value for BTreeMap<String, T> {
    fn view(&self) -> View<'_> {
        View::Map(self)
    }
}

impl<T: Typed> Fill for BTreeMap<String, T> {
    fn open(&mut self, opening: Opening) -> Option<Place<'_>> {
        (opening == Opening::Object).then_some(Place::Map(self))
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: Typed> Typed for BTreeMap<String, T> {
    const EXPECTED: &'static str = "an object";
    const TAKES_SCALARS: bool = false;

    fn empty() -> Self {
        Self::new()
    }
}

impl<T: Value> Map for BTreeMap<String, T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn entries<'a>(&'a self) -> Box<dyn Iterator<Item = (&'a str, &'a dyn Value)> + 'a> {
        Box::new(self.iter().map(|(name, value)| (name.as_str(), value as &dyn Value)))
    }
}

impl<T: Typed> MapMut for BTreeMap<String, T> {
    fn clear(&mut self) {
        self.clear();
    }

    fn at(&mut self, name: &str) -> &mut dyn Fill {
        self.entry(name.to_owned()).or_insert_with(T::empty)
    }
}

impl Value for Json {
    fn view(&self) -> View<'_> {
        View::Json(self)
    }
}

impl Fill for Json {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        *self = match scalar {
            Scalar::Null => Json::Null,
            Scalar::Bool(value) => value.into(),
            Scalar::Int(value) => value.into(),
            Scalar::Float(value) => value.into(),
            Scalar::Str(value) => value.into(),
        };
        Ok(())
    }

    fn open(&mut self, _: Opening) -> Option<Place<'_>> {
        Some(Place::Whole(self))
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl Typed for Json {
    const EXPECTED: &'static str = "any JSON";

    fn empty() -> Self {
        Json::Null
    }
}

impl Whole for Json {
    fn take(&mut self, json: Json, _: &Path<'_>) -> Result<(), String> {
        *self = json;
        Ok(())
    }
}
