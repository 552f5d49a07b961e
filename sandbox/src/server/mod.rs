//! The sandbox on a socket of this machine, for programs in any language.
//!
//! A [`Server`] listens on 127.0.0.1 and speaks HTTP/1.1 and HTTP/2, in the clear or under [`Tls`]. It has no thread of its own: it runs on
//! the tokio runtime that it is started in, and all of it is gone when it is dropped. Faults that were planned for the
//! wire happen on the real socket: late answers, answers that never come or break off, and resets.
//!
//! Below `/_sandbox/` it can be steered: see [`CONTROLS`].

pub(crate) mod body;
pub(crate) mod connection;
pub(crate) mod control;
pub(crate) mod socket;
pub(crate) mod tls;
pub(crate) mod tls_error;

pub(crate) use crate::delivery::Courier;
pub use crate::server::control::{CONTROLS, Control};
pub use crate::server::tls::Tls;
pub use crate::server::tls_error::TlsError;

use crate::Sandbox;
use crate::state::Options;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinSet};

/// How many connections may wait to be taken.
const BACKLOG: u32 = 1024;

/// A sandbox that listens. Dropping it ends all its connections and frees the port.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    sandbox: Sandbox,
    courier: Courier,
    tls: Option<Tls>,
    accepting: AbortHandle,
}

/// What every connection works with.
#[derive(Debug)]
pub(crate) struct Shared {
    sandbox: Sandbox,
    courier: Courier,
    tls: Option<Tls>,
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If there is no tokio runtime around, or no port to be had.
    pub fn start(sandbox: &Sandbox) -> io::Result<Self> {
        Self::on_port(sandbox, 0)
    }

    /// Listens on this port of 127.0.0.1; 0 stands for a free one.
    ///
    /// # Errors
    /// If there is no tokio runtime around, or the port is taken.
    pub fn on_port(sandbox: &Sandbox, port: u16) -> io::Result<Self> {
        Self::listen(sandbox, port, None)
    }

    /// Listens on a free port of 127.0.0.1, under TLS.
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
    /// If there is no tokio runtime around, or no port to be had.
    pub fn start_tls(sandbox: &Sandbox, tls: &Tls) -> io::Result<Self> {
        Self::on_port_tls(sandbox, 0, tls)
    }

    /// Listens on this port of 127.0.0.1, under TLS; 0 stands for a free one.
    ///
    /// # Errors
    /// If there is no tokio runtime around, or the port is taken.
    pub fn on_port_tls(sandbox: &Sandbox, port: u16, tls: &Tls) -> io::Result<Self> {
        Self::listen(sandbox, port, Some(tls.clone()))
    }

    fn listen(sandbox: &Sandbox, port: u16, tls: Option<Tls>) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let socket = TcpSocket::new_v4()?;
        // A port that was just freed can be taken again on Unix; on Windows the same switch would let two listen.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        // Addresses of hosted pages and files lead here, unless they were set to lead elsewhere.
        {
            let options = &mut sandbox.world().options;
            if options.base_url == Options::default().base_url {
                options.base_url = url(address, tls.as_ref());
            }
        }
        let courier = Courier::new(sandbox);
        // Webhooks go out here also when another thread causes them.
        sandbox.desk().runtime();
        let shared =
            Arc::new(Shared { sandbox: sandbox.clone(), courier: courier.clone(), tls: tls.clone() });
        let accepting = runtime.spawn(accept(listener, shared)).abort_handle();
        Ok(Self { address, sandbox: sandbox.clone(), courier, tls, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client takes as the base of Stripe's API: `http://127.0.0.1:…`, or `https` under TLS, without a slash at
    /// the end.
    pub fn url(&self) -> String {
        url(self.address, self.tls.as_ref())
    }

    /// The sandbox that answers.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Who delivers its webhooks.
    pub fn courier(&self) -> &Courier {
        &self.courier
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn url(address: SocketAddr, tls: Option<&Tls>) -> String {
    let scheme = if tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// Takes connections. The tasks of all of them belong to this one, and end with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => match taken {
                Ok((stream, _)) => drop(tasks.spawn(connection::serve(stream, shared.clone()))),
                // Out of descriptors, most likely: others must end before this can go on.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            },
            Some(_) = tasks.join_next() => {}
        }
    }
}
