/// Why a [`super::Tls`] cannot be made. It never tells what a key holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// There is no certificate in what was given as one.
    #[error("there is no certificate in PEM")]
    Certificate,
    /// There is no private key in what was given as one.
    #[error("there is no private key in PEM")]
    Key,
    /// The key is that of another certificate.
    #[error("the private key is not that of the certificate")]
    Mismatch,
    /// Certificate and key are in PEM, but cannot be used.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(String),
    /// The crate was built without the feature `sandbox-tls`.
    #[error("TLS needs the feature `sandbox-tls`")]
    Missing,
}
