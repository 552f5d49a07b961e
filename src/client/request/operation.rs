//! An operation of the API: its method, path and parameter encoding.

use crate::types::method::Method;
use serde::{Deserialize, Serialize};

/// An operation of Stripe's API, as described in the OpenAPI document.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The operation id in the document: `PostTopups`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path with placeholders: `/v1/topups/{topup}/cancel`.
    pub path: &'static str,
    /// The encoding of the parameters.
    pub encoding: Encoding,
    /// The `Stripe-Version` required by a preview operation.
    pub preview: Option<&'static str>,
}

impl Operation {
    /// Whether the operation belongs to version 2 of the API, with JSON bodies and different rules for keys and
    /// errors.
    pub fn is_v2(&self) -> bool {
        self.path.starts_with("/v2/")
    }
}

/// The encoding of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// In the query string.
    Query,
    /// As a form in the body.
    Form,
    /// As JSON in the body.
    Json,
    /// As a multipart form, to the files host.
    Multipart,
}

/// Stripe's hosts. Each has a base URL in the [`ClientBuilder`](crate::ClientBuilder).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Host {
    /// `api.stripe.com`: all other requests.
    #[default]
    Api,
    /// `files.stripe.com`: uploads, and the contents of files.
    Files,
    /// `connect.stripe.com`: OAuth.
    Connect,
}
