//! Access control of the control API and the pages.
//!
//! They require no key, so pages of other sites must not reach them: neither by a cross-site form or script (detected
//! by `Origin`), nor by a host name that resolves to this machine (detected by `Host`).

use crate::engine::ApiError;
use crate::router::Request;
use std::net::IpAddr;
use url::{Host, Url};

/// The allowed hosts and origins.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    /// Host names in addition to those of this machine, in lower case and without port.
    pub(crate) hosts: Vec<String>,
    /// Origins whose scripts are allowed: `http://localhost:3000`.
    pub(crate) origins: Vec<String>,
    /// Whether other machines are allowed.
    pub(crate) beyond_loopback: bool,
}

impl Access {
    /// Rejects a request for a control or a page that comes from another site.
    pub(crate) fn check(&self, request: &Request, authority: Option<&str>) -> Result<(), ApiError> {
        if let Some(authority) = authority {
            let allowed = host(authority).is_some_and(|host| self.allows_host(&host));
            if !allowed {
                return Err(refused(format!(
                    "Host `{authority}` is not allowed; allow it with --allow-host."
                )));
            }
        }
        let origin = request.header("origin");
        let is_own = |origin: &str| {
            let rest = origin.split_once("://").map(|(_, rest)| rest);
            rest.is_some() && rest == authority
        };
        if let Some(origin) = origin.filter(|origin| !is_own(origin) && !self.allows_origin(origin)) {
            return Err(refused(format!("Origin `{origin}` is not allowed; allow it with --allow-origin.")));
        }
        let from = request.header("sec-fetch-site").unwrap_or_default();
        let visits =
            request.method == http::Method::GET && request.header("sec-fetch-mode") == Some("navigate");
        if origin.is_none() && matches!(from, "cross-site" | "same-site") && !visits {
            return Err(refused("Cross-site requests are not allowed.".to_owned()));
        }
        Ok(())
    }

    /// Whether scripts of an origin may read replies.
    pub(crate) fn allows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|known| known == "*" || known.trim_end_matches('/') == origin)
    }

    fn allows_host(&self, host: &Host<String>) -> bool {
        match host {
            Host::Ipv4(ip) => self.allows_ip(IpAddr::V4(*ip)),
            Host::Ipv6(ip) => self.allows_ip(IpAddr::V6(*ip)),
            Host::Domain(name) => {
                let name = name.trim_end_matches('.');
                // Names without a dot, as in container networks, cannot be registered on the web.
                let is_local = !name.contains('.') && self.beyond_loopback;
                name == "localhost"
                    || name.ends_with(".localhost")
                    || is_local
                    || self.hosts.iter().any(|known| known == name)
            }
        }
    }

    /// IP addresses cannot be rebound by DNS, so a site cannot pose as one.
    fn allows_ip(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.beyond_loopback || self.hosts.iter().any(|known| *known == ip.to_string())
    }
}

fn refused(message: String) -> ApiError {
    ApiError::new(403, "invalid_request_error", message).code("origin_not_allowed")
}

/// The host of an authority such as `localhost:12111`.
fn host(authority: &str) -> Option<Host<String>> {
    let url = Url::parse(&format!("http://{authority}/")).ok()?;
    url.host().map(|host| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn request(method: http::Method, headers: &[(&'static str, &str)]) -> Request {
        let mut request = Request { method, ..Request::default() };
        for (name, value) in headers {
            request.headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        request
    }

    #[test]
    fn foreign_hosts_and_origins_are_rejected() {
        let own = Access { hosts: vec!["stripe.test".into()], ..Access::default() };
        let wide = Access { beyond_loopback: true, ..Access::default() };
        let spa = Access { origins: vec!["http://localhost:3000".into()], ..Access::default() };
        let (get, post) = (http::Method::GET, http::Method::POST);
        for (access, method, authority, headers, good) in [
            (&own, &get, "127.0.0.1:12111", vec![], true),
            (&own, &get, "[::1]:12111", vec![], true),
            (&own, &get, "localhost", vec![], true),
            (&own, &get, "LOCALHOST.:9", vec![], true),
            (&own, &get, "api.localhost:1", vec![], true),
            (&own, &get, "stripe.test:80", vec![], true),
            (&own, &get, "evil.example", vec![], false),
            (&own, &get, "localhost.evil.example", vec![], false),
            (&own, &get, "192.168.1.9:12111", vec![], false),
            (&own, &get, "stripe", vec![], false),
            (&own, &get, "", vec![], false),
            (&wide, &get, "stripe:12111", vec![], true),
            (&wide, &get, "192.168.1.9:12111", vec![], true),
            (&wide, &get, "evil.example", vec![], false),
            (&own, &post, "localhost:1", vec![("origin", "http://localhost:1")], true),
            (&own, &post, "localhost:1", vec![("origin", "http://localhost:2")], false),
            (&own, &post, "localhost:1", vec![("origin", "null")], false),
            (&own, &post, "localhost:1", vec![("origin", "https://evil.example")], false),
            (&spa, &post, "localhost:1", vec![("origin", "http://localhost:3000")], true),
            (&own, &post, "localhost:1", vec![("sec-fetch-site", "cross-site")], false),
            (&own, &get, "localhost:1", vec![("sec-fetch-site", "cross-site")], false),
            (
                &own,
                &get,
                "localhost:1",
                vec![("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
                true,
            ),
            (&own, &get, "localhost:1", vec![("sec-fetch-site", "same-origin")], true),
        ] {
            let checked = access.check(&request(method.clone(), &headers), Some(authority));
            assert_eq!(checked.is_ok(), good, "{method} {authority} {headers:?}");
        }
    }
}
