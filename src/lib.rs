#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod alternative;
mod decimal;
mod file_upload;
mod filter;
#[rustfmt::skip]
mod generated;
mod id;
mod list;
mod metadata;
mod money;
mod options;
mod reference;
mod request;
mod secret;
mod setting;
mod timestamp;
mod unknown;
mod wire;

pub use alternative::{IdOr, KeywordOr};
pub use decimal::Decimal;
pub use file_upload::FileUpload;
pub use filter::Bounds;
pub use generated::*;
pub use id::Id;
pub use list::{List, Page};
pub use metadata::Metadata;
pub use money::{Currency, Money};
pub use options::Options;
pub use reference::Ref;
pub use request::{Encoding, Method, Operation, Request};
pub use secret::Secret;
pub use setting::Setting;
#[cfg(feature = "chrono")]
pub use timestamp::OutOfRange;
pub use timestamp::{DateTime, Timestamp};
pub use unknown::{Extra, Unknown};
pub use wire::json::Exposed;

/// JSON of any shape: where the document has none, and where the shape is outside of what this crate models.
pub use serde_json::Value as Json;
