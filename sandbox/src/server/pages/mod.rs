//! Pages for a browser, at `/`: the offline counterpart of Stripe's Dashboard.
//!
//! They are rendered on the server and can be read without scripts. A small script submits forms as requests, shows
//! each as a curl command, and reloads what has changed. Every action of a page is a request to the control API or to
//! Stripe's API.

mod account;
mod controls;
mod faults;
mod forms;
mod frame;
mod object;
mod overview;
mod own_key;
mod request;
mod streams;
mod timeline;

pub(crate) use crate::server::pages::streams::stream;

use super::Shared;
use crate::Sandbox;
use crate::router::{Request, Response, Wire};
use bytes::Bytes;
use maud::Markup;
use std::collections::BTreeMap;

/// The script of all pages.
const SCRIPT: &str = include_str!("live.js");

/// Paths that browsers and other programs request from every server.
const PROBES: [&str; 4] = ["/favicon.ico", "/robots.txt", "/apple-touch-icon.png", "/.well-known/"];

/// The parameters of a page.
struct Query(BTreeMap<String, String>);

impl Query {
    fn of(request: &Request) -> Self {
        Self(url::form_urlencoded::parse(request.query.as_bytes()).into_owned().collect())
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// Whether a path is a page.
pub(crate) fn is_page(path: &str) -> bool {
    let first = path.split('/').nth(1).unwrap_or_default();
    path == "/"
        || matches!(
            first,
            "accounts" | "objects" | "requests" | "timeline" | "faults" | "controls" | "live.js"
        )
}

/// Answers a request for a page, a health check or a probe; `None` for other requests.
pub(crate) fn answer(shared: &Shared, sandbox: &Sandbox, request: &Request) -> Option<Response> {
    let path = request.path.as_str();
    if path == "/health" {
        let body = serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") });
        return Some(reply(200, "application/json", body.to_string()));
    }
    if PROBES.iter().any(|probe| path.starts_with(probe)) {
        return Some(reply(404, "text/plain; charset=utf-8", "Not found.\n".to_owned()));
    }
    if !is_page(path) {
        return None;
    }
    if request.method != http::Method::GET && request.method != http::Method::HEAD {
        let text = "Pages accept GET only; requests go to /_sandbox/ and /v1/.\n".to_owned();
        return Some(reply(405, "text/plain; charset=utf-8", text));
    }
    if path == "/live.js" {
        return Some(reply(200, "text/javascript; charset=utf-8", SCRIPT.to_owned()));
    }
    let query = Query::of(request);
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let found: Option<(String, Markup)> = match segments.as_slice() {
        [] => Some(overview::page(sandbox, &query, &shared.worlds.keys())),
        ["accounts", id] => account::page(sandbox, id),
        ["objects", id] => object::page(sandbox, id),
        ["requests", number] => number.parse().ok().and_then(|number| request::page(sandbox, number)),
        ["timeline"] => Some(timeline::page(sandbox, &query)),
        ["faults"] => Some(faults::page(sandbox)),
        ["controls"] => Some(controls::page(sandbox)),
        _ => None,
    };
    let key = if shared.worlds.is_per_key() { query.text("key") } else { "" };
    let (status, (title, main)) = found.map_or_else(|| (404, frame::nothing()), |page| (200, page));
    let mut page = frame::frame(sandbox, &segments, &title, key, &main);
    if !key.is_empty() {
        page = own_key::keep(&page, key);
    }
    let mut response = reply(status, "text/html; charset=utf-8", page);
    response.headers.push(("content-security-policy", POLICY.to_owned()));
    Some(response)
}

/// Nothing is loaded from other sites, and no site may frame the pages.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; \
                      img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

fn reply(status: u16, kind: &str, text: String) -> Response {
    let headers = vec![("content-type", kind.to_owned()), ("cache-control", "no-store".to_owned())];
    Response { status, headers, body: Bytes::from(text), wire: Wire::default() }
}
