//! Objects inside objects.

use crate::wire::{
    Container, DecodeField, EncodeField, FieldRef, Held, Scalar, Slot, TypeMismatch, WireType, release,
};
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A boxed object inside another object. Dereferences to its content.
///
/// ```
/// use stripe_platform::{account, Nested};
///
/// let profile = Nested::new(account::BusinessProfileParams::new().mcc("5734"));
/// assert_eq!(profile.mcc.as_deref(), Some("5734"));
/// ```
//
// The box does not know the type of its content. Dropping, cloning and encoding an object involves everything that it
// can contain, so a program that uses one resource would otherwise compile half of Stripe's API.
pub struct Nested<T> {
    object: Object,
    kind: PhantomData<fn() -> T>,
}

/// A box that [`release`] drops.
struct Object(Box<dyn Held>);

impl Drop for Object {
    #[inline]
    fn drop(&mut self) {
        // The type without a size is not allocated.
        release(std::mem::replace(&mut self.0, Box::new(Released)));
    }
}

/// What a box holds after it was released.
struct Released;

impl EncodeField for Released {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Absent
    }
}

#[allow(private_bounds)]
impl<T: WireType> Nested<T> {
    /// Boxes an object.
    pub fn new(object: T) -> Self {
        Self { object: Object(object.into_box()), kind: PhantomData }
    }

    /// Returns the object.
    pub fn into_inner(mut self) -> T {
        std::mem::replace(&mut *self, T::empty())
    }
}

impl<T: 'static> Deref for Nested<T> {
    type Target = T;

    fn deref(&self) -> &T {
        let object: &dyn Any = &*self.object.0;
        object.downcast_ref().unwrap_or_else(|| another_type())
    }
}

impl<T: 'static> DerefMut for Nested<T> {
    #[inline(never)]
    fn deref_mut(&mut self) -> &mut T {
        let object: &mut dyn Any = &mut *self.object.0;
        object.downcast_mut().unwrap_or_else(|| another_type())
    }
}

/// Unreachable: `new` is the only constructor.
#[cold]
fn another_type() -> ! {
    unreachable!("a nested object has the type of its box")
}

impl<T: 'static> AsRef<T> for Nested<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

#[allow(private_bounds)]
impl<T: WireType> From<T> for Nested<T> {
    fn from(object: T) -> Self {
        Self::new(object)
    }
}

#[allow(private_bounds)]
impl<T: WireType + Clone> Clone for Nested<T> {
    fn clone(&self) -> Self {
        Self::new(T::clone(self))
    }
}

impl<T: PartialEq + 'static> PartialEq for Nested<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Nested<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T> EncodeField for Nested<T> {
    fn view(&self) -> FieldRef<'_> {
        self.object.0.view()
    }
}

impl<T: WireType> DecodeField for Nested<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        T::put(self, scalar)
    }

    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        T::open(self, opening)
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: WireType> WireType for Nested<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const TAKES_SCALARS: bool = T::TAKES_SCALARS;
    const OPENS: bool = T::OPENS;

    fn empty() -> Self {
        Self { object: Object(T::empty_box()), kind: PhantomData }
    }
}

impl<'de, T: serde::Deserialize<'de> + WireType> serde::Deserialize<'de> for Nested<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

impl<T: serde::Serialize + 'static> serde::Serialize for Nested<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::serialize(self, serializer)
    }
}
