//! [`Value`] for the types of the standard library that records are made of.

use super::Path;
use super::{List, Map, Misfit, Opening, Place, Scalar, Typed, Value, View, Whole};
use crate::Json;
use std::collections::BTreeMap;

impl Value for i64 {
    fn view(&self) -> View<'_> {
        View::Int(*self)
    }

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
        View::Str(self)
    }

    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        match scalar {
            Scalar::Str(value) => value.clone_into(self),
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
}

impl<T: Typed> Value for Option<T> {
    fn view(&self) -> View<'_> {
        match self {
            Some(value) => value.view(),
            None => View::Absent,
        }
    }

    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        if let Scalar::Null = scalar {
            *self = None;
            return Ok(());
        }
        if !T::TAKES_SCALARS {
            return Err(Misfit);
        }
        let mut value = T::empty();
        value.put(scalar)?;
        *self = Some(value);
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

impl<T: Typed> Value for Box<T> {
    fn view(&self) -> View<'_> {
        T::view(self)
    }

    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        T::put(self, scalar)
    }

    fn open(&mut self, opening: Opening) -> Option<Place<'_>> {
        T::open(self, opening)
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: Typed> Typed for Box<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const TAKES_SCALARS: bool = T::TAKES_SCALARS;
    const OPENS: bool = T::OPENS;

    fn empty() -> Self {
        Box::new(T::empty())
    }
}

impl<T: Typed> Value for Vec<T> {
    fn view(&self) -> View<'_> {
        View::List(self)
    }

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

impl<T: Typed> List for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> Option<&dyn Value> {
        self.get(index).map(|item| item as &dyn Value)
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn grow(&mut self) -> &mut dyn Value {
        let index = self.len();
        self.push(T::empty());
        &mut self[index]
    }
}

impl<T: Typed> Value for BTreeMap<String, T> {
    fn view(&self) -> View<'_> {
        View::Map(self)
    }

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

impl<T: Typed> Map for BTreeMap<String, T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn entries<'a>(&'a self) -> Box<dyn Iterator<Item = (&'a str, &'a dyn Value)> + 'a> {
        Box::new(self.iter().map(|(name, value)| (name.as_str(), value as &dyn Value)))
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn at(&mut self, name: &str) -> &mut dyn Value {
        self.entry(name.to_owned()).or_insert_with(T::empty)
    }
}

impl Value for Json {
    fn view(&self) -> View<'_> {
        View::Json(self)
    }

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
