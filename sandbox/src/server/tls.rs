use super::TlsError;
use super::socket::Stream;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::sync::Arc;
use std::{fmt, io};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

/// The subject names of a self-signed certificate.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The TLS identity of a server: a certificate and its private key.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    root: Arc<str>,
}

impl Tls {
    /// Creates a certificate for `localhost`, `127.0.0.1` and `::1`, issued by a new root whose key is discarded.
    /// Clients must trust [`Tls::root_pem`].
    ///
    /// # Errors
    /// If the system's random number generator fails.
    pub fn self_signed() -> Result<Self, TlsError> {
        let made = |problem: rcgen::Error| TlsError::Unusable(problem.to_string());
        let mut root = CertificateParams::default();
        root.distinguished_name.push(DnType::CommonName, "Root of one run of the sandbox");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root_key = KeyPair::generate().map_err(made)?;
        let root_pem = root.self_signed(&root_key).map_err(made)?.pem();

        let mut leaf = CertificateParams::new(NAMES.map(str::to_owned)).map_err(made)?;
        leaf.distinguished_name = rcgen::DistinguishedName::new();
        leaf.distinguished_name.push(DnType::CommonName, "localhost");
        // Strict verifiers, such as that of Python 3.13, require the key of the issuer.
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(made)?;
        let leaf = leaf.signed_by(&key, &Issuer::new(root, root_key)).map_err(made)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|_| TlsError::Key)?;
        Self::new(vec![leaf.der().clone()], key, root_pem)
    }

    /// A certificate (with its chain, if any) and its private key, in PEM.
    ///
    /// # Errors
    /// If either is not valid PEM, they do not belong together, or they cannot be used.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::Certificate)?;
        if chain.is_empty() {
            return Err(TlsError::Certificate);
        }
        let root = String::from_utf8_lossy(certificate).into_owned();
        Self::new(chain, PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::Key)?, root)
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        root: String,
    ) -> Result<Self, TlsError> {
        let refused = |problem| match problem {
            rustls::Error::InconsistentKeys(_) => TlsError::Mismatch,
            other => TlsError::Unusable(other.to_string()),
        };
        // Not the default provider of the process, which the user may have set or left unset.
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(refused)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(refused)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), root: root.into() })
    }

    /// The certificates that a client must trust, in PEM: the root of [`Tls::self_signed`], or the certificates
    /// passed to [`Tls::from_pem`].
    pub fn root_pem(&self) -> &str {
        &self.root
    }

    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }
}

/// Omits the key.
impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Stream for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}
