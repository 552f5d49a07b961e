//! The addresses to which webhooks may be sent.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// The hosts other than this machine to which webhooks may be sent. None by default: a sandbox with data of a real
/// platform must not call that platform's endpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    any: bool,
    hosts: BTreeSet<String>,
}

/// How to connect to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) url: Url,
    pub(crate) tls: bool,
    pub(crate) port: u16,
    /// Local IP addresses to try in order; empty if the name must be looked up.
    pub(crate) ips: Vec<IpAddr>,
}

impl Targets {
    /// Allows all hosts.
    pub fn any() -> Self {
        Self { any: true, hosts: BTreeSet::new() }
    }

    /// Adds a host: a name without port, or an IP address.
    pub fn host(mut self, name: impl AsRef<str>) -> Self {
        self.hosts.insert(name.as_ref().trim_matches(['[', ']']).to_ascii_lowercase());
        self
    }

    fn allows(&self, host: &str) -> bool {
        self.any || self.hosts.contains(host)
    }

    /// Returns how to connect to an address, or why it is not allowed.
    pub(crate) fn route(&self, address: &str) -> Result<Route, String> {
        let url = Url::parse(address).map_err(|_| "invalid URL".to_owned())?;
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(format!("unsupported scheme {other}: use http or https")),
        };
        let host = url.host().ok_or("the URL has no host")?;
        let (name, ips) = match host {
            Host::Ipv4(ip) => (ip.to_string(), vec![IpAddr::V4(ip)]),
            Host::Ipv6(ip) => (ip.to_string(), vec![IpAddr::V6(ip)]),
            // Some servers, such as Node's, listen on only one of the two.
            Host::Domain("localhost") => {
                ("localhost".to_owned(), vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])
            }
            Host::Domain(name) => (name.to_owned(), Vec::new()),
        };
        let here = !ips.is_empty() && ips.iter().all(IpAddr::is_loopback);
        if !self.allows(&name) && !here {
            return Err(format!("{name} is not this machine; allow it with --deliver-to {name}"));
        }
        if tls && !self.allows(&name) {
            return Err(format!("https is not allowed; allow it with --deliver-to {name}"));
        }
        let port = url.port_or_known_default().ok_or("the URL has no port")?;
        Ok(Route { url, tls, port, ips })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_http_is_allowed_by_default() {
        let none = Targets::default();
        for reachable in ["http://127.0.0.1:4242/hooks?x=1", "http://localhost:80/", "http://[::1]:9/"] {
            assert!(none.route(reachable).is_ok(), "{reachable}");
        }
        for other in
            ["https://127.0.0.1/", "http://10.0.0.1/", "http://example.com/", "ftp://localhost/", "no"]
        {
            assert!(none.route(other).is_err(), "{other}");
        }
        let backend = Targets::default().host("Backend").host("[::2]");
        for (address, tls, port) in [
            ("http://backend:8080/hooks", false, 8080),
            ("https://backend/hooks", true, 443),
            ("http://[::2]/", false, 80),
        ] {
            let route = backend.route(address).unwrap();
            assert_eq!((route.tls, route.port), (tls, port), "{address}");
        }
        assert!(backend.route("http://other/").unwrap_err().contains("--deliver-to other"));
        assert!(Targets::any().route("https://example.com/hooks").is_ok());
        assert!(Targets::any().route("ftp://example.com/").is_err());
    }
}
