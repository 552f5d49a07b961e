//! Objects that Stripe sends by id, or in full when asked.

use crate::wire::{Fill, Misfit, Opening, Place, Scalar, Typed, Value, View, debug, id_of};
use crate::{Id, Part};
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
pub struct Ref<T>(Kind<T>);

enum Kind<T> {
    Id(Id<T>),
    Object(Part<T>),
}

impl<T: 'static> Ref<T> {
    /// The id of the object. Empty if Stripe sent an object without one.
    pub fn id(&self) -> Id<T> {
        match &self.0 {
            Kind::Id(id) => id.clone(),
            Kind::Object(object) => Id::from(id_of(object)),
        }
    }

    /// The object, if it was expanded.
    pub fn get(&self) -> Option<&T> {
        match &self.0 {
            Kind::Id(_) => None,
            Kind::Object(object) => Some(object),
        }
    }

    /// Takes the object out, if it was expanded.
    #[allow(private_bounds)]
    pub fn into_object(self) -> Option<T>
    where
        T: Typed,
    {
        match self.0 {
            Kind::Id(_) => None,
            Kind::Object(object) => Some(object.into_inner()),
        }
    }
}

#[allow(private_bounds)]
impl<T: Typed + Clone> Clone for Ref<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Kind::Id(id) => Kind::Id(id.clone()),
            Kind::Object(object) => Kind::Object(object.clone()),
        })
    }
}

impl<T: PartialEq + 'static> PartialEq for Ref<T> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Id(id), Kind::Id(other)) => id == other,
            (Kind::Object(object), Kind::Object(other)) => object == other,
            _ => false,
        }
    }
}

impl<T> Value for Ref<T> {
    fn view(&self) -> View<'_> {
        match &self.0 {
            Kind::Id(id) => View::Str(id.as_str()),
            Kind::Object(object) => object.view(),
        }
    }
}

impl<T: Typed> Fill for Ref<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        match scalar {
            Scalar::Str(id) => self.0 = Kind::Id(id.into()),
            _ => return Err(Misfit),
        }
        Ok(())
    }

    fn open(&mut self, opening: Opening) -> Option<Place<'_>> {
        if opening != Opening::Object {
            return None;
        }
        self.0 = Kind::Object(Typed::empty());
        match &mut self.0 {
            Kind::Object(object) => object.open(opening),
            Kind::Id(_) => None,
        }
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: Typed> Typed for Ref<T> {
    const EXPECTED: &'static str = "an id or an object";

    fn empty() -> Self {
        Ref(Kind::Id(Typed::empty()))
    }
}

impl<T> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug::value(self, f)
    }
}

impl<'de, T: Typed> serde::Deserialize<'de> for Ref<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::wire::decode::deserialize(deserializer)
    }
}

impl<T: serde::Serialize> serde::Serialize for Ref<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::wire::json::serialize(self, serializer)
    }
}
