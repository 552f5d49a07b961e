//! Lists: pages of items.

use crate::UnknownFields;
use crate::wire::{
    EncodeField, Field, FieldTable, Fill, NULLABLE, REQUIRED, Record, RecordMut, See, WireType, debug,
};
use std::fmt;

/// One page of a list in version 1 of the API, newest items first.
///
/// List requests have `items` and `pages` to iterate over all pages.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct List<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// Whether there are more items after this page.
    pub has_more: bool,
    /// The path that the list was read from.
    pub url: String,
    /// Members that this version of the crate does not know.
    pub extra: UnknownFields,
}

/// One page of a list in version 2 of the API.
///
/// List requests have `items` and `pages` to iterate over all pages.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// The URL of the next page; `None` on the last one.
    pub next_page_url: Option<String>,
    /// The URL of the previous page; `None` on the first one.
    pub previous_page_url: Option<String>,
    /// Members that this version of the crate does not know.
    pub extra: UnknownFields,
}

impl<T: EncodeField> Record for List<T> {
    fn table(&self) -> &'static FieldTable {
        static TABLE: FieldTable = FieldTable::new(
            "List",
            "list",
            &[
                Field { name: "data", flags: REQUIRED },
                Field { name: "has_more", flags: REQUIRED },
                Field { name: "url", flags: REQUIRED },
            ],
        );
        &TABLE
    }

    fn visit<'a>(&'a self, see: See<'_, 'a>) {
        see(&[&self.data, &self.has_more, &self.url], Some(&self.extra));
    }
}

impl<T: WireType> RecordMut for List<T> {
    fn visit_mut(&mut self, fill: Fill<'_>) {
        fill(&mut [&mut self.data, &mut self.has_more, &mut self.url], Some(&mut self.extra));
    }

    fn blank() -> Self {
        Self { data: Vec::new(), has_more: false, url: WireType::empty(), extra: UnknownFields::default() }
    }

    fn expected(&self) -> &'static str {
        "a list"
    }
}

impl<T: EncodeField> Record for Page<T> {
    fn table(&self) -> &'static FieldTable {
        static TABLE: FieldTable = FieldTable::new(
            "Page",
            "",
            &[
                Field { name: "data", flags: REQUIRED },
                Field { name: "next_page_url", flags: NULLABLE },
                Field { name: "previous_page_url", flags: NULLABLE },
            ],
        );
        &TABLE
    }

    fn visit<'a>(&'a self, see: See<'_, 'a>) {
        see(&[&self.data, &self.next_page_url, &self.previous_page_url], Some(&self.extra));
    }
}

impl<T: WireType> RecordMut for Page<T> {
    fn visit_mut(&mut self, fill: Fill<'_>) {
        fill(
            &mut [&mut self.data, &mut self.next_page_url, &mut self.previous_page_url],
            Some(&mut self.extra),
        );
    }

    fn blank() -> Self {
        Self {
            data: Vec::new(),
            next_page_url: WireType::empty(),
            previous_page_url: WireType::empty(),
            extra: UnknownFields::default(),
        }
    }

    fn expected(&self) -> &'static str {
        "a list"
    }
}

macro_rules! page {
    ($type:ident { $($field:ident),* }) => {
        impl<T: WireType> fmt::Debug for $type<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                debug::record(self, f)
            }
        }

        impl<'de, T: WireType> serde::Deserialize<'de> for $type<T> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::wire::decode::deserialize(deserializer)
            }
        }

        impl<T: WireType + serde::Serialize> serde::Serialize for $type<T> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::wire::json::serialize(self, serializer)
            }
        }

        impl<T> IntoIterator for $type<T> {
            type Item = T;
            type IntoIter = std::vec::IntoIter<T>;

            fn into_iter(self) -> Self::IntoIter {
                self.data.into_iter()
            }
        }

        impl<'a, T> IntoIterator for &'a $type<T> {
            type Item = &'a T;
            type IntoIter = std::slice::Iter<'a, T>;

            fn into_iter(self) -> Self::IntoIter {
                self.data.iter()
            }
        }
    };
}

page!(List { data, has_more, url });
page!(Page { data, next_page_url, previous_page_url });
