//! The sandbox on a socket of this machine, for programs in any language.
//!
//! A [`Server`] listens on 127.0.0.1 and speaks HTTP/1.1 and HTTP/2 without TLS. It has no thread of its own: it runs on
//! the tokio runtime that it is started in, and all of it is gone when it is dropped. Faults that were planned for the
//! wire happen on the real socket: late answers, answers that never come or break off, and resets.
//!
//! Below `/_sandbox/` it can be steered: see [`CONTROLS`].

mod body;
mod connection;
mod control;
mod line;

pub use super::courier::Courier;
pub use control::{CONTROLS, Control};

use super::Sandbox;
use super::world::Options;
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
    accepting: AbortHandle,
}

/// What every connection works with.
#[derive(Debug)]
struct Shared {
    sandbox: Sandbox,
    courier: Courier,
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
                options.base_url = format!("http://{address}");
            }
        }
        let courier = Courier::new(sandbox);
        // Webhooks go out here also when another thread causes them.
        sandbox.desk().runtime();
        let shared = Arc::new(Shared { sandbox: sandbox.clone(), courier: courier.clone() });
        let accepting = runtime.spawn(accept(listener, shared)).abort_handle();
        Ok(Self { address, sandbox: sandbox.clone(), courier, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client takes as the base of Stripe's API: `http://127.0.0.1:…`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
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
