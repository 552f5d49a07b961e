//! The sandbox as an HTTP server, for clients in any language.
//!
//! A [`Server`] listens on 127.0.0.1, unless [`ServerOptions`] set another address, with HTTP/1.1 and HTTP/2, with or
//! without [`Tls`]. It runs on the tokio runtime in which it is started, and stops when it is dropped. Faults planned
//! for the transport happen on the real socket: delayed, missing and truncated replies, and resets.
//!
//! `/_sandbox/` is the control API: see [`CONTROLS`]. `/` has pages for a browser. Requests from pages of other sites
//! are rejected; [`ServerOptions`] allow further hosts and origins.

pub(crate) mod access;
pub(crate) mod body;
pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod connections;
pub(crate) mod control;
pub(crate) mod pages;
pub(crate) mod persistence;
pub(crate) mod socket;
pub(crate) mod tls;
pub(crate) mod tls_error;
pub(crate) mod worlds;

pub(crate) use crate::handles::WebhookDispatcher;
pub use crate::server::control::{CONTROLS, Control};
pub use crate::server::persistence::{StateFile, StateFileError};
pub use crate::server::tls::Tls;
pub use crate::server::tls_error::TlsError;

use crate::Sandbox;
use crate::delivery::Observer;
use crate::server::access::Access;
use crate::server::worlds::Worlds;
use crate::state::{Attempt, Options};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

/// The length of the queue of connections that were not accepted yet.
const BACKLOG: u32 = 1024;

/// A listening sandbox. Dropping it ends all its connections and frees the port.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    sandbox: Sandbox,
    courier: WebhookDispatcher,
    tls: Option<Tls>,
    accepting: AbortHandle,
    ticking: AbortHandle,
}

/// State shared by all connections.
pub(crate) struct Shared {
    sandbox: Sandbox,
    worlds: Worlds,
    tls: Option<Tls>,
    access: Access,
    large_bodies: Semaphore,
    log: Option<Log>,
}

/// Called for each line of the log.
type Log = Arc<dyn Fn(&Logged<'_>) + Send + Sync>;

/// An entry of the server's log.
#[derive(Debug)]
pub enum Logged<'l> {
    /// A request was answered.
    Request {
        /// `GET`, `POST` or `DELETE`.
        method: &'l str,
        /// The path with its query.
        target: &'l str,
        /// The connected account named by the request.
        account: Option<&'l str>,
        /// The status of the reply.
        status: u16,
        /// The error's code, or its type.
        code: Option<&'l str>,
        /// The duration.
        time: Duration,
    },
    /// A webhook was sent, or failed.
    Webhook(&'l Attempt),
}

/// Options of a [`Server`].
#[derive(Clone)]
pub struct ServerOptions {
    host: IpAddr,
    port: u16,
    tls: Option<Tls>,
    hosts: Vec<String>,
    origins: Vec<String>,
    connections: usize,
    per_key: bool,
    log: Option<Log>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            tls: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            connections: 4_096,
            per_key: false,
            log: None,
        }
    }
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOptions")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl ServerOptions {
    /// Listens on a free port of 127.0.0.1.
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens on this address instead of 127.0.0.1; `0.0.0.0` means all addresses of the machine.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Listens on this port; 0 selects a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Enables TLS.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Serves the control API and the pages under this host name as well; the names of this machine are always
    /// allowed.
    pub fn allow_host(mut self, name: impl AsRef<str>) -> Self {
        self.hosts.push(name.as_ref().to_ascii_lowercase());
        self
    }

    /// Allows scripts of this origin (`http://localhost:3000`) to call everything and read the replies; `*` means any
    /// origin.
    pub fn allow_origin(mut self, origin: impl AsRef<str>) -> Self {
        self.origins.push(origin.as_ref().to_owned());
        self
    }

    /// The maximum number of open connections. Beyond it, the connection that was idle longest is closed.
    pub fn connections(mut self, most: usize) -> Self {
        self.connections = most;
        self
    }

    /// Uses a separate platform for each secret key, so that parallel tests share no state. A control acts on the
    /// platform of the key in the `Authorization` header or in the query parameter `key`.
    pub fn platform_per_key(mut self, is: bool) -> Self {
        self.per_key = is;
        self
    }

    /// Calls this for every request and every webhook.
    pub fn log(mut self, log: impl Fn(&Logged<'_>) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// If it is not called in a tokio runtime, or the address cannot be bound.
    pub fn start(self, sandbox: &Sandbox) -> io::Result<Server> {
        Server::listen(sandbox, self)
    }
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If it is not called in a tokio runtime, or no port is free.
    pub fn start(sandbox: &Sandbox) -> io::Result<Self> {
        Self::on_port(sandbox, 0)
    }

    /// Listens on this port of 127.0.0.1; 0 selects a free one.
    ///
    /// # Errors
    /// If it is not called in a tokio runtime, or the port is in use.
    pub fn on_port(sandbox: &Sandbox, port: u16) -> io::Result<Self> {
        ServerOptions::new().port(port).start(sandbox)
    }

    /// Listens on a free port of 127.0.0.1 with TLS.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use stripe_sandbox::{Sandbox, server::{Server, Tls}};
    /// use stripe_platform::{Client, Method};
    ///
    /// let tls = Tls::self_signed()?;
    /// let server = Server::start_tls(&Sandbox::new(1), &tls)?;
    /// let client = Client::builder("sk_test_sandbox")
    ///     .base_url(server.url())
    ///     .root_certificate(tls.root_pem())
    ///     .build()?;
    /// client.raw(Method::Get, "/v1/balance").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If it is not called in a tokio runtime, or no port is free.
    pub fn start_tls(sandbox: &Sandbox, tls: &Tls) -> io::Result<Self> {
        Self::on_port_tls(sandbox, 0, tls)
    }

    /// Listens on this port of 127.0.0.1 with TLS; 0 selects a free one.
    ///
    /// # Errors
    /// If it is not called in a tokio runtime, or the port is in use.
    pub fn on_port_tls(sandbox: &Sandbox, port: u16, tls: &Tls) -> io::Result<Self> {
        ServerOptions::new().port(port).tls(tls.clone()).start(sandbox)
    }

    fn listen(sandbox: &Sandbox, options: ServerOptions) -> io::Result<Self> {
        let ServerOptions { host, port, tls, hosts, origins, connections, per_key, log } = options;
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let socket = if host.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A port that was just freed can be taken again on Unix; on Windows the same switch would let two listen.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::new(host, port))?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        // Hosted pages and files use the address of the server, unless another one was set.
        {
            let options = &mut sandbox.state().options;
            if options.base_url == Options::default().base_url {
                options.base_url = url(address, tls.as_ref());
            }
        }
        let mut access = Access { hosts, origins, beyond_loopback: !host.is_loopback() };
        // Hosted pages can be opened at the address in their links.
        let base = sandbox.state().options.base_url.clone();
        access.hosts.extend(url::Url::parse(&base).ok().and_then(|url| Some(url.host_str()?.to_owned())));
        let courier = WebhookDispatcher::new(sandbox);
        if let Some(log) = log.clone() {
            let observer = move |attempt: &Attempt| log(&Logged::Webhook(attempt));
            sandbox.queue().observe(Observer(Arc::new(observer)));
        }
        // Webhooks are sent on this runtime, also those caused by other threads.
        sandbox.queue().runtime();
        let shared = Arc::new(Shared {
            sandbox: sandbox.clone(),
            worlds: Worlds::new(sandbox, per_key),
            tls: tls.clone(),
            access,
            large_bodies: Semaphore::new(connection::LARGE_BODIES),
            log,
        });
        let ticking = runtime.spawn(clock::run(shared.clone())).abort_handle();
        let accepting = runtime.spawn(accept(listener, shared, connections)).abort_handle();
        Ok(Self { address, sandbox: sandbox.clone(), courier, tls, accepting, ticking })
    }

    /// The address on which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for clients: `http://127.0.0.1:…`, or `https` with TLS, without a trailing slash.
    pub fn url(&self) -> String {
        url(self.address, self.tls.as_ref())
    }

    /// The sandbox that it serves.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// The dispatcher of its webhooks.
    pub fn courier(&self) -> &WebhookDispatcher {
        &self.courier
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        self.ticking.abort();
    }
}

fn url(address: SocketAddr, tls: Option<&Tls>) -> String {
    let scheme = if tls.is_some() { "https" } else { "http" };
    // Clients cannot connect to an unspecified address.
    if address.ip().is_unspecified() {
        return format!("{scheme}://127.0.0.1:{}", address.port());
    }
    format!("{scheme}://{address}")
}

/// Accepts connections. Their tasks are owned by this one, and end with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>, most: usize) {
    let places = connection::places(most);
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => match taken {
                // If all connections are busy, the new one is closed.
                Ok((stream, _)) => if let Some(place) = places.enter() {
                    tasks.spawn(connection::serve(stream, shared.clone(), place));
                },
                // Most likely out of file descriptors: waits until a connection ends.
                Err(_) => {
                    places.make_room();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
            Some(_) = tasks.join_next() => {}
        }
    }
}
