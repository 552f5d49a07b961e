#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod client;
mod error;
mod generated;
#[cfg(test)]
mod generated_tests;
#[cfg(feature = "outbox")]
pub mod outbox;
#[cfg(feature = "testing")]
pub mod testing;
mod types;
#[cfg(feature = "webhook")]
pub mod webhook;
mod wire;

pub use crate::client::api_key::SecretKey;
pub use crate::client::builder::ClientBuilder;
pub use crate::client::call::decode::decode;
pub use crate::client::call::{Call, CallFuture, WithMeta};
pub use crate::client::concurrent::Concurrent;
pub use crate::client::files::download::{Contents, Download};
pub use crate::client::files::upload::FileUpload;
pub use crate::client::hooks::{AttemptEvent, CallEvent, Hook};
pub use crate::client::key_age::KeyAge;
pub use crate::client::options::Options;
pub use crate::client::pagination::{Items, Listing, Pages};
pub use crate::client::rate_limit::RateLimits;
pub use crate::client::request::operation::{Encoding, Host, Operation};
pub use crate::client::request::prepared::Prepared;
pub use crate::client::request::raw::RawRequest;
pub use crate::client::request::{Reply, Request};
pub use crate::client::response::Response;
pub use crate::client::shared::Client;
pub use crate::client::transport::{
    BoxFuture, ByteStream, ReplyBody, ReqwestTransport, Transport, TransportBody, TransportReply,
    TransportRequest,
};
pub use crate::error::transport::{TransportError, TransportErrorKind};
pub use crate::error::{
    ApiError, CallInfo, ConnectionError, DecodeError, Error, InvalidInputError, Outcome, SignatureError,
    SignatureHint, SignatureProblem, TimeoutError, TimeoutKind,
};
pub use crate::generated::*;
pub use crate::types::alternatives::{IdOr, KeywordOr};
pub use crate::types::decimal::Decimal;
pub use crate::types::expandable::{Expandable, Expanded};
pub use crate::types::id::Id;
pub use crate::types::list::{List, Page};
pub use crate::types::metadata::Metadata;
pub use crate::types::method::Method;
pub use crate::types::money::{Currency, Money, ParseMoneyError};
pub use crate::types::nested::Nested;
pub use crate::types::range::RangeQuery;
pub use crate::types::secret::{Secret, Sensitive};
#[cfg(feature = "chrono")]
pub use crate::types::timestamp::OutOfRange;
pub use crate::types::timestamp::{DateTime, Timestamp};
pub use crate::types::update::FieldUpdate;
pub use crate::wire::json::{Exposed, Redacted};
pub use crate::wire::json_value::{Json, JsonIndex, Number};
pub use crate::wire::unknown::{Unknown, UnknownFields};
