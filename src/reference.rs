//! Objects that Stripe sends by id, or in full when asked.

use crate::Id;
use crate::wire::{Misfit, Opening, Place, Scalar, Typed, Value, View, debug, id_of};
use std::fmt;

/// A related object: its id always, and the object itself when the request expanded it.
///
/// ```
/// use stripe_platform::{Ref, issuing};
///
/// let by_id: Ref<issuing::card::Card> = serde_json::from_str(r#""ic_1""#)?;
/// assert_eq!(by_id.id().as_str(), "ic_1");
/// assert!(by_id.get().is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Ref<T> {
    /// Not expanded: only the id.
    Id(Id<T>),
    /// Expanded.
    Object(Box<T>),
}

#[allow(private_bounds)]
impl<T: Typed> Ref<T> {
    /// The id of the object. Empty if Stripe sent an object without one.
    pub fn id(&self) -> Id<T> {
        match self {
            Ref::Id(id) => id.clone(),
            Ref::Object(object) => Id::from(id_of(&**object)),
        }
    }

    /// The object, if it was expanded.
    pub fn get(&self) -> Option<&T> {
        match self {
            Ref::Id(_) => None,
            Ref::Object(object) => Some(object),
        }
    }
}

impl<T: Typed> Value for Ref<T> {
    fn view(&self) -> View<'_> {
        match self {
            Ref::Id(id) => View::Str(id.as_str()),
            Ref::Object(object) => object.view(),
        }
    }

    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        match scalar {
            Scalar::Str(id) => *self = Ref::Id(id.into()),
            _ => return Err(Misfit),
        }
        Ok(())
    }

    fn open(&mut self, opening: Opening) -> Option<Place<'_>> {
        if opening != Opening::Object {
            return None;
        }
        *self = Ref::Object(Box::new(T::empty()));
        match self {
            Ref::Object(object) => object.open(opening),
            Ref::Id(_) => None,
        }
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: Typed> Typed for Ref<T> {
    const EXPECTED: &'static str = "an id or an object";

    fn empty() -> Self {
        Ref::Id(Typed::empty())
    }
}

impl<T: Typed> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug::value(self, f)
    }
}

impl<'de, T: Typed> serde::Deserialize<'de> for Ref<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::wire::decode::deserialize(deserializer)
    }
}

impl<T: Typed> serde::Serialize for Ref<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::wire::json::serialize(self, serializer)
    }
}
