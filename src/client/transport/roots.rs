//! The TLS backend of this build, and additional root certificates, which require TLS.

use crate::Error;
use reqwest::ClientBuilder;

/// Trusts these certificates (PEM) in addition.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
pub(crate) fn trust(builder: ClientBuilder, roots: &[Vec<u8>]) -> Result<ClientBuilder, Error> {
    let mut all = Vec::new();
    for (index, pem) in roots.iter().enumerate() {
        match reqwest::Certificate::from_pem_bundle(pem) {
            Ok(some) if !some.is_empty() => all.extend(some),
            _ => {
                let number = index + 1;
                return Err(Error::invalid_input(format!(
                    "root certificate {number} is not a certificate in PEM"
                )));
            }
        }
    }
    Ok(if all.is_empty() { builder } else { builder.tls_certs_merge(all) })
}

/// Without TLS, root certificates would have no effect, which must be reported.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(crate) fn trust(builder: ClientBuilder, roots: &[Vec<u8>]) -> Result<ClientBuilder, Error> {
    if roots.is_empty() {
        return Ok(builder);
    }
    Err(Error::invalid_input("a root certificate requires TLS: enable the feature `rustls` or `native-tls`"))
}

/// Selects the TLS backend explicitly. Otherwise another crate that enables reqwest's `native-tls` could change it.
pub(crate) fn backend(builder: ClientBuilder) -> ClientBuilder {
    #[cfg(feature = "rustls")]
    let builder = builder.tls_backend_rustls();
    builder
}
