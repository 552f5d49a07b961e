//! The headers of a request.

use crate::Error;
use crate::client::request::header_value::{check_key, value};
use crate::client::request::prepared::{Body, Parts};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

const VERSION: HeaderName = HeaderName::from_static("stripe-version");
const ACCOUNT: HeaderName = HeaderName::from_static("stripe-account");
const CONTEXT: HeaderName = HeaderName::from_static("stripe-context");
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const CLIENT_USER_AGENT: HeaderName = HeaderName::from_static("x-stripe-client-user-agent");

/// Headers with a dedicated option, and headers of the message framing.
const TAKEN: [&str; 11] = [
    "authorization",
    "stripe-account",
    "stripe-context",
    "stripe-version",
    "idempotency-key",
    "content-type",
    "content-length",
    "transfer-encoding",
    "connection",
    "host",
    "expect",
];

/// The name of an application that uses this crate.
#[derive(Clone, Default)]
pub(crate) struct AppInfo {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) url: Option<String>,
}

/// The headers that are the same on every request of a client.
pub(crate) fn fixed(
    authorization: HeaderValue,
    app: Option<&AppInfo>,
    custom: &[(String, String)],
) -> Result<HeaderMap, Error> {
    let mut agent = concat!("Stripe/v1 RustPlatform/", env!("CARGO_PKG_VERSION")).to_owned();
    let mut details = serde_json::json!({
        "bindings_version": env!("CARGO_PKG_VERSION"),
        "httplib": "reqwest",
        "lang": "rust",
        "publisher": env!("CARGO_PKG_NAME"),
    });
    if let Some(app) = app {
        agent.push(' ');
        agent.push_str(&app.name);
        if let Some(version) = &app.version {
            agent.push('/');
            agent.push_str(version);
        }
        if let Some(url) = &app.url {
            agent.push_str(&format!(" ({url})"));
        }
        details["application"] =
            serde_json::json!({ "name": app.name, "version": app.version, "url": app.url });
    }
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(AUTHORIZATION, authorization);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, value("the app info", &agent)?);
    headers.insert(CLIENT_USER_AGENT, value("the app info", &details.to_string())?);
    add_custom(&mut headers, custom)?;
    Ok(headers)
}

/// All headers of one request.
pub(crate) fn of_request(fixed: &HeaderMap, request: &Parts) -> Result<HeaderMap, Error> {
    let mut headers = fixed.clone();
    if let Some(key) = &request.api_key {
        headers.insert(AUTHORIZATION, key.header()?);
    }
    headers.insert(VERSION, value("the API version", non_empty("the API version", &request.version)?)?);
    match (&request.account, &request.context) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid_input(
                "account and context are both set, but Stripe accepts only one of them; remove one",
            ));
        }
        (Some(account), None) => {
            headers.insert(ACCOUNT, value("the account id", non_empty("the account id", account)?)?);
        }
        (None, Some(context)) => {
            headers.insert(CONTEXT, value("the context", non_empty("the context", context)?)?);
        }
        (None, None) => {}
    }
    if let Some(key) = &request.idempotency_key {
        check_key(key)?;
        headers.insert(KEY, value("the idempotency key", key)?);
    }
    match &request.body {
        Body::Empty => {}
        Body::Form(_) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        Body::Json(_) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Body::Multipart { boundary, .. } | Body::Streamed { boundary, .. } => {
            let text = format!("multipart/form-data; boundary={boundary}");
            headers.insert(CONTENT_TYPE, value("the boundary", &text)?);
        }
    }
    add_custom(&mut headers, &request.headers)?;
    Ok(headers)
}

pub(crate) fn non_empty<'a>(what: &str, text: &'a str) -> Result<&'a str, Error> {
    if text.trim().is_empty() {
        return Err(Error::invalid_input(format!("{what} is empty; set a value, or leave the option out")));
    }
    Ok(text)
}

fn add_custom(headers: &mut HeaderMap, custom: &[(String, String)]) -> Result<(), Error> {
    for (name, text) in custom {
        let parsed = HeaderName::try_from(name.as_str())
            .map_err(|_| Error::invalid_input(format!("`{name}` is not a valid name of a header")))?;
        if TAKEN.contains(&parsed.as_str()) {
            return Err(Error::invalid_input(format!(
                "header `{parsed}` is reserved; set it with the dedicated option"
            )));
        }
        headers.insert(parsed, value(&format!("header `{name}`"), text)?);
    }
    Ok(())
}
