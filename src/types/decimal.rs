//! Exact decimals.

use crate::wire::{DecodeField, EncodeField, FieldRef, Scalar, TypeMismatch, WireType};
use std::fmt;

/// A decimal number stored as its digits, without rounding: a fuel quantity, an exchange rate, a percentage.
///
/// ```
/// use stripe_platform::Decimal;
///
/// assert_eq!(Decimal::from("0.10").as_str(), "0.10");
/// assert_eq!(Decimal::from(25).to_f64(), Some(25.0));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal(Box<str>);

impl Decimal {
    /// The digits as sent by Stripe.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The closest floating-point number; `None` if the text is not a number.
    pub fn to_f64(&self) -> Option<f64> {
        self.0.parse().ok()
    }
}

impl From<&str> for Decimal {
    fn from(digits: &str) -> Self {
        Self(digits.into())
    }
}

impl From<String> for Decimal {
    fn from(digits: String) -> Self {
        Self(digits.into())
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self(value.to_string().into())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl EncodeField for Decimal {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Decimal(&self.0)
    }
}

impl DecodeField for Decimal {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        self.0 = match scalar {
            Scalar::Str(digits) => digits.into(),
            Scalar::Int(value) => value.to_string().into(),
            Scalar::Number(digits) => digits.into(),
            Scalar::Null | Scalar::Bool(_) => return Err(TypeMismatch),
        };
        Ok(())
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }

    fn is_exact(&self) -> bool {
        Self::EXACT
    }
}

impl WireType for Decimal {
    const EXPECTED: &'static str = "a decimal";
    const OPENS: bool = false;
    const EXACT: bool = true;

    fn empty() -> Self {
        Self("".into())
    }
}

crate::wire::macros::serde!(Decimal);
