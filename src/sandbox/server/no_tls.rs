use super::TlsError;
use std::convert::Infallible;
use std::future::Ready;
use std::io;
use tokio::net::TcpStream;

/// What a server shows to its clients under TLS. Without the feature `sandbox-tls` there is none.
#[derive(Debug, Clone)]
pub struct Tls(Infallible);

impl Tls {
    /// Needs the feature `sandbox-tls`.
    ///
    /// # Errors
    /// Always.
    pub fn self_signed() -> Result<Self, TlsError> {
        Err(TlsError::Missing)
    }

    /// Needs the feature `sandbox-tls`.
    ///
    /// # Errors
    /// Always.
    pub fn from_pem(_: &[u8], _: &[u8]) -> Result<Self, TlsError> {
        Err(TlsError::Missing)
    }

    /// The certificates to trust.
    pub fn root_pem(&self) -> &str {
        match self.0 {}
    }

    pub(super) fn accept(&self, _: TcpStream) -> Ready<io::Result<TcpStream>> {
        match self.0 {}
    }
}
