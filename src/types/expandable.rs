//! Objects that Stripe returns as an id, or in full when expanded.

use crate::wire::{
    Container, DecodeField, EncodeField, FieldRef, Scalar, Slot, TypeMismatch, WireType, debug, id_of,
};
use crate::{Id, Nested};
use std::fmt;

/// A related object: its id, and the whole object if the request expanded it.
///
/// ```
/// use stripe_platform::{Expandable, issuing};
///
/// let by_id: Expandable<issuing::card::Card> = serde_json::from_str(r#""ic_1""#)?;
/// assert_eq!(by_id.id().as_str(), "ic_1");
/// assert!(by_id.get().is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub struct Expandable<T>(Kind<T>);

enum Kind<T> {
    Id(Id<T>),
    Object(Nested<T>),
}

impl<T: 'static> Expandable<T> {
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

    /// Returns the object by value, if it was expanded.
    #[allow(private_bounds)]
    pub fn into_object(self) -> Option<T>
    where
        T: WireType,
    {
        match self.0 {
            Kind::Id(_) => None,
            Kind::Object(object) => Some(object.into_inner()),
        }
    }
}

/// Reads a related object that may be absent, so that one call answers what else takes two.
///
/// ```
/// use stripe_platform::{Expanded as _, topup::Topup};
///
/// fn fee_of(topup: &Topup) -> Option<i64> {
///     topup.balance_transaction.expanded().map(|entry| entry.fee)
/// }
/// ```
pub trait Expanded<T> {
    /// The object, if there is one and it was expanded.
    fn expanded(&self) -> Option<&T>;

    /// The id of the object, if there is one.
    fn related_id(&self) -> Option<Id<T>>;
}

impl<T: 'static> Expanded<T> for Option<Expandable<T>> {
    fn expanded(&self) -> Option<&T> {
        self.as_ref().and_then(Expandable::get)
    }

    fn related_id(&self) -> Option<Id<T>> {
        self.as_ref().map(Expandable::id)
    }
}

#[allow(private_bounds)]
impl<T: WireType + Clone> Clone for Expandable<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Kind::Id(id) => Kind::Id(id.clone()),
            Kind::Object(object) => Kind::Object(object.clone()),
        })
    }
}

impl<T: PartialEq + 'static> PartialEq for Expandable<T> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Id(id), Kind::Id(other)) => id == other,
            (Kind::Object(object), Kind::Object(other)) => object == other,
            _ => false,
        }
    }
}

impl<T> EncodeField for Expandable<T> {
    fn view(&self) -> FieldRef<'_> {
        match &self.0 {
            Kind::Id(id) => FieldRef::Str(id.as_str()),
            Kind::Object(object) => object.view(),
        }
    }
}

impl<T: WireType> DecodeField for Expandable<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        match scalar {
            Scalar::Str(id) => self.0 = Kind::Id(id.into()),
            _ => return Err(TypeMismatch),
        }
        Ok(())
    }

    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        if opening != Container::Object {
            return None;
        }
        self.0 = Kind::Object(WireType::empty());
        match &mut self.0 {
            Kind::Object(object) => object.open(opening),
            Kind::Id(_) => None,
        }
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: WireType> WireType for Expandable<T> {
    const EXPECTED: &'static str = "an id or an object";

    fn empty() -> Self {
        Expandable(Kind::Id(WireType::empty()))
    }
}

impl<T> fmt::Debug for Expandable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug::value(self, f)
    }
}

impl<'de, T: WireType> serde::Deserialize<'de> for Expandable<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::wire::decode::deserialize(deserializer)
    }
}

impl<T: serde::Serialize> serde::Serialize for Expandable<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::wire::json::serialize(self, serializer)
    }
}
