//! Filters of list requests.

use crate::wire::{
    Container, DecodeField, EncodeField, Field, FieldRef, FieldTable, Fill, Record, RecordMut, Scalar, See,
    Slot, TypeMismatch, WireType,
};
use std::ops::{Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};

/// A filter of a list by number or time: an exact value, or bounds.
///
/// Rust ranges convert into bounds:
///
/// ```
/// use stripe_platform::{RangeQuery, Timestamp};
///
/// let exact: RangeQuery<i64> = 500.into();
/// let january: RangeQuery<Timestamp> = (Timestamp::new(1_767_225_600)..Timestamp::new(1_769_904_000)).into();
/// assert_eq!(january, RangeQuery::gte(Timestamp::new(1_767_225_600)).lt(Timestamp::new(1_769_904_000)));
/// # let _ = exact;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RangeQuery<T>(Kind<T>);

#[derive(Clone, Debug, PartialEq)]
enum Kind<T> {
    Exact(T),
    Between(Between<T>),
}

#[derive(Clone, Debug, PartialEq)]
struct Between<T> {
    gt: Option<T>,
    gte: Option<T>,
    lt: Option<T>,
    lte: Option<T>,
}

impl<T> RangeQuery<T> {
    /// Creates a lower bound: greater than, or later.
    pub fn gt(value: T) -> Self {
        Self::from_bounds(|between| between.gt = Some(value))
    }

    /// Creates a lower bound: at least, or not earlier.
    pub fn gte(value: T) -> Self {
        Self::from_bounds(|between| between.gte = Some(value))
    }

    /// Adds an upper bound: less than, or earlier. Replaces an exact value.
    pub fn lt(self, value: T) -> Self {
        self.with(|between| between.lt = Some(value))
    }

    /// Adds an upper bound: at most, or not later. Replaces an exact value.
    pub fn lte(self, value: T) -> Self {
        self.with(|between| between.lte = Some(value))
    }

    fn from_bounds(set: impl FnOnce(&mut Between<T>)) -> Self {
        let mut between = Between::new();
        set(&mut between);
        Self(Kind::Between(between))
    }

    fn with(self, set: impl FnOnce(&mut Between<T>)) -> Self {
        let mut between = match self.0 {
            Kind::Between(between) => between,
            Kind::Exact(_) => Between::new(),
        };
        set(&mut between);
        Self(Kind::Between(between))
    }
}

impl<T> Between<T> {
    fn new() -> Self {
        Self { gt: None, gte: None, lt: None, lte: None }
    }
}

impl<T> From<T> for RangeQuery<T> {
    fn from(value: T) -> Self {
        Self(Kind::Exact(value))
    }
}

impl<T> From<Range<T>> for RangeQuery<T> {
    fn from(range: Range<T>) -> Self {
        Self::gte(range.start).lt(range.end)
    }
}

impl<T> From<RangeFrom<T>> for RangeQuery<T> {
    fn from(range: RangeFrom<T>) -> Self {
        Self::gte(range.start)
    }
}

impl<T> From<RangeInclusive<T>> for RangeQuery<T> {
    fn from(range: RangeInclusive<T>) -> Self {
        let (start, end) = range.into_inner();
        Self::gte(start).lte(end)
    }
}

impl<T> From<RangeTo<T>> for RangeQuery<T> {
    fn from(range: RangeTo<T>) -> Self {
        Self::from_bounds(|between| between.lt = Some(range.end))
    }
}

impl<T> From<RangeToInclusive<T>> for RangeQuery<T> {
    fn from(range: RangeToInclusive<T>) -> Self {
        Self::from_bounds(|between| between.lte = Some(range.end))
    }
}

impl<T: EncodeField> EncodeField for RangeQuery<T> {
    fn view(&self) -> FieldRef<'_> {
        match &self.0 {
            Kind::Exact(value) => value.view(),
            Kind::Between(between) => FieldRef::Record(between),
        }
    }
}

impl<T: WireType> DecodeField for RangeQuery<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        let mut value = T::empty();
        value.put(scalar)?;
        self.0 = Kind::Exact(value);
        Ok(())
    }

    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        self.0 = Kind::Between(Between::new());
        match &mut self.0 {
            Kind::Between(between) if opening == Container::Object => Some(Slot::Record(between)),
            _ => None,
        }
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: WireType> WireType for RangeQuery<T> {
    const EXPECTED: &'static str = "an exact value or bounds";

    fn empty() -> Self {
        Self(Kind::Between(Between::new()))
    }
}

impl<T: EncodeField> Record for Between<T> {
    fn table(&self) -> &'static FieldTable {
        static TABLE: FieldTable = FieldTable::new(
            "Bounds",
            "",
            &[
                Field { name: "gt", flags: 0 },
                Field { name: "gte", flags: 0 },
                Field { name: "lt", flags: 0 },
                Field { name: "lte", flags: 0 },
            ],
        );
        &TABLE
    }

    fn visit<'a>(&'a self, see: See<'_, 'a>) {
        see(&[&self.gt, &self.gte, &self.lt, &self.lte], None);
    }
}

impl<T: WireType> RecordMut for Between<T> {
    fn visit_mut(&mut self, fill: Fill<'_>) {
        fill(&mut [&mut self.gt, &mut self.gte, &mut self.lt, &mut self.lte], None);
    }

    fn blank() -> Self {
        Self::new()
    }
}
