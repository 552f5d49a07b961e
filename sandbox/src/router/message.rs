use crate::engine::{ApiError, Json, Peek};
use crate::state::Sent;
use crate::state::recent;
use crate::state::wire::Wire;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// The headers that affect a request.
const KEPT_HEADERS: [&str; 7] = [
    "authorization",
    "content-type",
    "idempotency-key",
    "stripe-account",
    "stripe-context",
    "stripe-version",
    "stripe-should-retry",
];

/// A request, independent of the transport.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET`, `POST` or `DELETE`.
    pub method: http::Method,
    /// The path, percent-encoded, without the query.
    pub path: String,
    /// The query, without the question mark.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl fmt::Debug for Request {
    /// Omits query, headers and body, which contain keys, numbers and links.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method.as_str())
            // All other paths are links, which may grant access.
            .field(
                "path",
                &Some(&self.path).filter(|path| path.starts_with("/v1/") || path.starts_with("/v2/")),
            )
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Response {
    /// Omits headers and body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("request_id", &self.header("request-id"))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

impl Request {
    /// The text of a header; `None` if it is missing or not text. [`Request::is_readable`] distinguishes the two.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty())
    }

    /// Whether a header is missing or text.
    pub fn is_readable(&self, name: &str) -> bool {
        self.headers.get_all(name).iter().all(|value| value.to_str().is_ok())
    }

    /// The request in the form of a state file.
    pub(crate) fn sent(&self) -> Sent {
        let headers = self.headers.iter().filter_map(|(name, value)| {
            let kept = KEPT_HEADERS.contains(&name.as_str());
            kept.then(|| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        });
        let (body, bytes) = match std::str::from_utf8(&self.body) {
            Ok(text) => (text.to_owned(), String::new()),
            Err(_) => (String::new(), STANDARD.encode(&self.body)),
        };
        Sent {
            method: self.method.to_string(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: headers.collect(),
            body,
            bytes,
        }
    }

    /// Reads a request from the form of a state file; `None` if it is invalid.
    pub(crate) fn of_sent(sent: &Sent) -> Option<Self> {
        let mut headers = HeaderMap::new();
        for (name, value) in &sent.headers {
            headers.append(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        }
        let body = match sent.bytes.as_str() {
            "" => Bytes::from(sent.body.clone()),
            bytes => STANDARD.decode(bytes).ok()?.into(),
        };
        let (path, query) = (sent.path.clone(), sent.query.clone());
        Some(Self { method: sent.method.parse().ok()?, path, query, headers, body })
    }

    /// The path with its query.
    pub(crate) fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// The headers with masked keys, for display.
    pub(crate) fn shown_headers(&self) -> Vec<(String, String)> {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let shown = self.headers.iter().map(|(name, value)| match name.as_str() {
            "authorization" | "cookie" => (name.to_string(), recent::masked(&text(value))),
            _ => (name.to_string(), text(value)),
        });
        shown.collect()
    }

    /// The media type of the body, without parameters and in lower case; empty if not given.
    pub fn media_type(&self) -> String {
        let kind = self.header("content-type").and_then(|kind| kind.split(';').next()).unwrap_or_default();
        kind.trim().to_ascii_lowercase()
    }
}

/// A reply.
#[derive(Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body: JSON.
    pub body: Bytes,
    /// The instructions to the transport.
    pub wire: Wire,
}

impl Response {
    pub(crate) fn refusal(refusal: &ApiError) -> Self {
        let mut response = Self::new(refusal.status, &refusal.body());
        response.headers.extend(refusal.headers().iter().cloned());
        response
    }

    pub(crate) fn new(status: u16, body: &Json) -> Self {
        let mut bytes = Vec::with_capacity(1024);
        // Writing JSON to memory cannot fail.
        let _ = serde_json::to_writer(&mut bytes, body);
        Self::stored(status, bytes.into())
    }

    pub(crate) fn stored(status: u16, body: Bytes) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body, wire: Wire::default() }
    }

    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The code of an error reply, or its type if it has no code.
    pub(crate) fn error_code(&self) -> Option<String> {
        if self.status < 400 {
            return None;
        }
        let error = self.json();
        let named = ["error.code", "error.type"].into_iter().map(|path| error.text(path));
        named.into_iter().find(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The body as JSON.
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
