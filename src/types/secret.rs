//! Values that must not be seen.

use crate::wire::{Fill, Misfit, Opening, Place, Scalar, Typed, Value, View};
use std::fmt;

/// A value that is kept out of `Debug` output, logs, errors and plain serialization: a card number, a client secret, a
/// link that grants access.
///
/// ```
/// use stripe_platform::Secret;
///
/// let number: Secret<String> = "4000009990000018".into();
/// assert_eq!(format!("{number:?}"), "[redacted]");
/// assert_eq!(number.expose(), "4000009990000018");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Shows the value. Whoever calls this decides where it may go.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl From<&str> for Secret<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T: Value> Value for Secret<T> {
    fn view(&self) -> View<'_> {
        View::Secret(&self.0)
    }
}

impl<T: Typed> Fill for Secret<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), Misfit> {
        self.0.put(scalar)
    }

    fn open(&mut self, opening: Opening) -> Option<Place<'_>> {
        self.0.open(opening)
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: Typed> Typed for Secret<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const TAKES_SCALARS: bool = T::TAKES_SCALARS;
    const OPENS: bool = T::OPENS;

    fn empty() -> Self {
        Self(T::empty())
    }
}
