#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod client;
mod error;
mod generated;
#[cfg(test)]
mod generated_tests;
mod param;
mod json;
mod key_age;
#[cfg(feature = "secrecy")]
mod secrecy;
#[cfg(any(feature = "outbox", feature = "webhook"))]
mod lease;
#[cfg(feature = "outbox")]
pub mod outbox;
#[cfg(feature = "testing")]
pub mod testing;
mod types;
#[cfg(feature = "webhook")]
pub mod webhook;
mod wire;

pub use crate::types::alternatives::{IdOr, KeywordOr};
pub use crate::client::call::{Call, CallFuture, WithMeta};
pub use crate::client::{Client, ClientBuilder};
pub use crate::types::decimal::Decimal;
pub use crate::wire::public::decode;
pub use crate::client::files::download::{Contents, Download};
pub use crate::error::{ApiError, CallInfo, ConnectionError, DecodeError, Error, Outcome, SignatureError, SignatureHint, SignatureProblem, TimeoutError, TimeoutKind, UsageError};
pub use crate::client::concurrent::FanOut;
pub use crate::client::files::upload::FileUpload;
pub use crate::types::range::Bounds;
pub use crate::generated::*;
pub use crate::client::hooks::{AttemptEvent, CallEvent, Hook};
pub use crate::types::id::Id;
pub use crate::json::{Json, JsonIndex, Number};
pub use crate::key_age::KeyAge;
pub use crate::client::rate_limit::Limits;
pub use crate::types::list::{List, Page};
pub use crate::types::metadata::Metadata;
pub use crate::types::money::{Currency, Money, ParseMoneyError};
pub use crate::client::options::Options;
pub use crate::client::pagination::{Items, Listing, Pages};
pub use crate::types::nested::Part;
pub use crate::client::request::prepared::{Host, Prepared};
pub use crate::client::request::raw::RawRequest;
pub use crate::types::expandable::Ref;
pub use crate::client::request::{Encoding, Method, Operation, Reply, Request};
pub use crate::client::response::Response;
pub use crate::types::secret::{Secret, Sensitive};
pub use crate::client::api_key::SecretKey;
pub use crate::types::update::Setting;
#[cfg(feature = "chrono")]
pub use crate::types::timestamp::OutOfRange;
pub use crate::types::timestamp::{DateTime, Timestamp};
pub use crate::client::transport::{BoxFuture, ByteStream, Fault, ReplyBody, ReqwestTransport, Transport, TransportBody, TransportError, TransportReply, TransportRequest};
pub use crate::types::unknown::{Extra, Unknown};
pub use crate::wire::json::{Exposed, Redacted};
