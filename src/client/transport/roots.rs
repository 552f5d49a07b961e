//! The TLS of this build, and root certificates beside those of the machine. Only a client with TLS can trust any.

use crate::Error;
use reqwest::ClientBuilder;

/// Trusts these certificates (PEM) as well.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
pub(crate) fn trust(builder: ClientBuilder, roots: &[Vec<u8>]) -> Result<ClientBuilder, Error> {
    let mut all = Vec::new();
    for pem in roots {
        match reqwest::Certificate::from_pem_bundle(pem) {
            Ok(some) if !some.is_empty() => all.extend(some),
            _ => return Err(Error::invalid_input("a root certificate is not in PEM")),
        }
    }
    Ok(if all.is_empty() { builder } else { builder.tls_certs_merge(all) })
}

/// Without TLS there is nothing that they could be for, which must not go unnoticed.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(crate) fn trust(builder: ClientBuilder, roots: &[Vec<u8>]) -> Result<ClientBuilder, Error> {
    if roots.is_empty() {
        return Ok(builder);
    }
    Err(Error::invalid_input("a root certificate needs TLS: the feature `rustls` or `native-tls`"))
}

/// The TLS of this build. Without this, another crate that enables `native-tls` of reqwest could choose.
pub(crate) fn backend(builder: ClientBuilder) -> ClientBuilder {
    #[cfg(feature = "rustls")]
    let builder = builder.tls_backend_rustls();
    builder
}
