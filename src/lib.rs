#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod alternative;
mod calendar;
mod call;
#[cfg(test)]
mod catalog;
mod client;
mod decimal;
mod decode;
mod download;
mod encode;
mod error;
mod fan_out;
mod file_upload;
mod filter;
mod funds;
#[rustfmt::skip]
mod generated;
mod headers;
mod hooks;
mod id;
mod limits;
mod list;
mod metadata;
mod money;
mod options;
mod paging;
mod part;
mod prepared;
mod raw;
mod reference;
mod request;
mod response;
mod retry;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod secret;
mod secret_key;
mod setting;
#[cfg(feature = "testing")]
pub mod testing;
mod timestamp;
mod transport;
mod unknown;
mod upload;
#[cfg(feature = "webhook")]
pub mod webhook;
mod wire;

pub use alternative::{IdOr, KeywordOr};
pub use call::{Call, CallFuture, WithMeta};
pub use client::{Client, ClientBuilder};
pub use decimal::Decimal;
pub use decode::decode;
pub use download::{Contents, Download};
pub use error::{
    ApiError, CallInfo, ConnectionError, DecodeError, Error, Outcome, SignatureError, SignatureHint,
    SignatureProblem, TimeoutError, TimeoutKind, UsageError,
};
pub use fan_out::FanOut;
pub use file_upload::FileUpload;
pub use filter::Bounds;
pub use generated::*;
pub use hooks::{AttemptEvent, CallEvent, Hook};
pub use id::Id;
pub use limits::Limits;
pub use list::{List, Page};
pub use metadata::Metadata;
pub use money::{Currency, Money};
pub use options::Options;
pub use paging::{Items, Listing, Pages};
pub use part::Part;
pub use prepared::{Host, Prepared};
pub use raw::RawRequest;
pub use reference::Ref;
pub use request::{Encoding, Method, Operation, Reply, Request};
pub use response::Response;
pub use secret::Secret;
pub use secret_key::SecretKey;
pub use setting::Setting;
#[cfg(feature = "chrono")]
pub use timestamp::OutOfRange;
pub use timestamp::{DateTime, Timestamp};
pub use transport::{
    BoxFuture, ByteStream, Fault, ReplyBody, ReqwestTransport, Transport, TransportBody, TransportError,
    TransportReply, TransportRequest,
};
pub use unknown::{Extra, Unknown};
pub use wire::json::Exposed;

/// JSON of any shape: where the document has none, and where the shape is outside of what this crate models.
pub use serde_json::Value as Json;
