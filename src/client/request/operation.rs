//! One operation of the API: its method, its path, and how its parameters travel.

use crate::types::method::Method;
use serde::{Deserialize, Serialize};

/// One operation of Stripe's API, as the OpenAPI document describes it.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The operation id of the document: `PostTopups`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path with placeholders: `/v1/topups/{topup}/cancel`.
    pub path: &'static str,
    /// How the parameters travel.
    pub encoding: Encoding,
    /// The `Stripe-Version` that a preview operation needs.
    pub preview: Option<&'static str>,
}

impl Operation {
    /// Whether the operation belongs to version 2 of the API (JSON bodies, its own rules for keys and errors).
    pub fn is_v2(&self) -> bool {
        self.path.starts_with("/v2/")
    }
}

/// How the parameters of an operation travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// In the query of the URL.
    Query,
    /// As a form in the body.
    Form,
    /// As JSON in the body.
    Json,
    /// As a multipart form, to the files host.
    Multipart,
}

/// The hosts of Stripe. Each has its own base URL in the [`ClientBuilder`](crate::ClientBuilder).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Host {
    /// `api.stripe.com`: everything but the following.
    #[default]
    Api,
    /// `files.stripe.com`: uploads, and the contents of files.
    Files,
    /// `connect.stripe.com`: OAuth.
    Connect,
}
