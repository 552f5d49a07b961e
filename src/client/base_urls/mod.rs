//! The base URLs: the only servers to which the API key is sent.

use crate::Error;
use crate::client::request::operation::Host;
use crate::client::request::prepared::Parts;
use std::borrow::Cow;
use url::{Position, Url};

/// The validated base URLs.
pub(crate) struct Hosts {
    api: Url,
    files: Url,
    connect: Url,
}

impl Hosts {
    pub(crate) fn new(api: &str, files: &str, connect: &str, test: bool) -> Result<Self, Error> {
        Ok(Self {
            api: base("the API base URL", api, test)?,
            files: base("the files base URL", files, test)?,
            connect: base("the connect base URL", connect, test)?,
        })
    }

    /// Whether all of them are on the local machine.
    pub(crate) fn are_loopback(&self) -> bool {
        [&self.api, &self.files, &self.connect].into_iter().all(is_loopback)
    }

    /// The URL of a request. The path can come from outside (a stored request, the link to a next page), so it must
    /// stay a path on the configured host.
    pub(crate) fn url(&self, request: &Parts) -> Result<Url, Error> {
        let base = match request.host {
            Host::Api => &self.api,
            Host::Files => &self.files,
            Host::Connect => &self.connect,
        };
        if request.api_key.as_ref().is_some_and(|key| !may_go_to(base, key.is_test())) {
            return Err(Error::invalid_input(format!("the base URL {IN_THE_CLEAR}")));
        }
        check_path(&request.path)?;
        if request.query.contains('#') || !request.query.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid_input("the query contains characters that must be percent-encoded"));
        }
        let prefix = base.path().trim_end_matches('/');
        let path = if prefix.is_empty() {
            Cow::Borrowed(request.path.as_str())
        } else {
            Cow::Owned(format!("{prefix}{}", request.path))
        };
        let mut url = base.clone();
        url.set_path(&path);
        url.set_query(Some(request.query.as_str()).filter(|query| !query.is_empty()));
        if url.path() != path || url[..Position::BeforePath] != base[..Position::BeforePath] {
            return Err(Error::invalid_input("the path must be percent-encoded and stay below the base URL"));
        }
        Ok(url)
    }
}

/// Checks that a string is an encoded URL path: exactly one leading slash, no query, no dot segments.
pub(crate) fn check_path(path: &str) -> Result<(), Error> {
    let problem = if !path.starts_with('/') || path.starts_with("//") {
        "the path must start with exactly one slash"
    } else if !path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'?' | b'#' | b'"' | b'<' | b'>'))
    {
        "the path contains characters that must be percent-encoded"
    } else if path.split('/').skip(1).any(|part| part.is_empty() || is_dots(part)) {
        "the path must not contain empty or dot segments"
    } else {
        return Ok(());
    };
    Err(Error::invalid_input(problem))
}

/// Whether a segment is `.` or `..`, plain or escaped.
fn is_dots(part: &str) -> bool {
    part.starts_with(['.', '%'])
        && matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

fn base(what: &str, text: &str, test: bool) -> Result<Url, Error> {
    let refuse = |problem: &str| Err(Error::invalid_input(format!("{what} {problem}")));
    let Ok(mut url) = Url::parse(text) else { return refuse("is not a valid URL") };
    if url.host_str().is_none_or(str::is_empty) || !matches!(url.scheme(), "http" | "https") {
        return refuse("must be an http:// or https:// URL with a host");
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return refuse("must consist of scheme, host and path only");
    }
    if !may_go_to(&url, test) {
        return refuse(IN_THE_CLEAR);
    }
    let path = url.path().trim_end_matches('/');
    // Users often include the version, which every path already contains.
    let path = path.strip_suffix("/v1").unwrap_or(path).to_owned();
    url.set_path(&path);
    Ok(url)
}

const IN_THE_CLEAR: &str = "must use https:// with a live key; http:// is allowed only with a test key";

/// Whether the key may be sent to the URL. A key of unknown type is treated as live.
fn may_go_to(url: &Url, is_test: bool) -> bool {
    is_test || url.scheme() == "https" || is_loopback(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
pub(crate) mod tests;
