//! Lists as Stripe sends them: a page of items and the way to the next one.

use crate::Extra;
use crate::wire::{
    Field, Fill, NULLABLE, Opening, Place, REQUIRED, Record, RecordMut, Table, Typed, Value, View, debug,
};
use std::fmt;

/// One page of a list of version 1 of the API, newest items first.
///
/// The list requests have `items` and `pages` to walk through all pages.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct List<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// Whether there are more items behind this page.
    pub has_more: bool,
    /// The path that the list was read from.
    pub url: String,
    /// Members that this version of the crate does not know.
    pub extra: Extra,
}

/// One page of a list of version 2 of the API.
///
/// The list requests have `items` and `pages` to walk through all pages.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// Where the next page is; `None` on the last one.
    pub next_page_url: Option<String>,
    /// Where the previous page is; `None` on the first one.
    pub previous_page_url: Option<String>,
    /// Members that this version of the crate does not know.
    pub extra: Extra,
}

impl<T: Value> Record for List<T> {
    fn table(&self) -> &'static Table {
        static TABLE: Table = Table::new(
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

    fn field(&self, index: usize) -> Option<&dyn Value> {
        Some(match index {
            0 => &self.data,
            1 => &self.has_more,
            2 => &self.url,
            _ => return None,
        })
    }

    fn extra(&self) -> Option<&Extra> {
        Some(&self.extra)
    }
}

impl<T: Typed> RecordMut for List<T> {
    fn field_mut(&mut self, index: usize) -> Option<&mut dyn Fill> {
        Some(match index {
            0 => &mut self.data,
            1 => &mut self.has_more,
            2 => &mut self.url,
            _ => return None,
        })
    }

    fn extra_mut(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<T: Value> Record for Page<T> {
    fn table(&self) -> &'static Table {
        static TABLE: Table = Table::new(
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

    fn field(&self, index: usize) -> Option<&dyn Value> {
        Some(match index {
            0 => &self.data,
            1 => &self.next_page_url,
            2 => &self.previous_page_url,
            _ => return None,
        })
    }

    fn extra(&self) -> Option<&Extra> {
        Some(&self.extra)
    }
}

impl<T: Typed> RecordMut for Page<T> {
    fn field_mut(&mut self, index: usize) -> Option<&mut dyn Fill> {
        Some(match index {
            0 => &mut self.data,
            1 => &mut self.next_page_url,
            2 => &mut self.previous_page_url,
            _ => return None,
        })
    }

    fn extra_mut(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

macro_rules! page {
    ($type:ident { $($field:ident),* }) => {
        impl<T: Value> Value for $type<T> {
            fn view(&self) -> View<'_> {
                View::Record(self)
            }
        }

        impl<T: Typed> Fill for $type<T> {
            fn open(&mut self, opening: Opening) -> Option<Place<'_>> {
                (opening == Opening::Object).then_some(Place::Record(self))
            }

            fn expected(&self) -> &'static str {
                Self::EXPECTED
            }
        }

        impl<T: Typed> Typed for $type<T> {
                    const EXPECTED: &'static str = "a list";
            const TAKES_SCALARS: bool = false;

    fn empty() -> Self {
                Self { $($field: Typed::empty(),)* extra: Extra::default() }
            }
        }

        impl<T: Typed> fmt::Debug for $type<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                debug::record(self, f)
            }
        }

        impl<'de, T: Typed> serde::Deserialize<'de> for $type<T> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::wire::decode::deserialize(deserializer)
            }
        }

        impl<T: Typed + serde::Serialize> serde::Serialize for $type<T> {
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
