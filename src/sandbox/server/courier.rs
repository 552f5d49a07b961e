use crate::sandbox::Sandbox;
use crate::sandbox::core::{Json, Peek};
use crate::sandbox::systems::issuing::authorizations::Answer;
use crate::sandbox::world::{Happening, Parcel, Timing, is_question};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, Notify};
use url::{Host, Url};

/// How long an endpoint may take, as with Stripe.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long an endpoint may take over a card authorization.
const ANSWER_TIME: Duration = Duration::from_secs(2);

/// How much of an endpoint's answer is read, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// Brings webhooks to endpoints on this machine.
///
/// Only addresses that begin with `http://` and lead to this machine are called; webhooks for others wait in the outbox
/// until a test takes them. They go out one after the other, in the order in which they are due. Signatures carry the
/// time of this machine, because receivers compare with their own clock. Clones work together.
#[derive(Debug, Clone)]
pub struct Courier {
    sandbox: Sandbox,
    awake: Arc<Notify>,
    turn: Arc<Mutex<()>>,
    asking: Arc<Mutex<()>>,
}

/// What an endpoint answered.
#[derive(Debug)]
struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Courier {
    /// A courier for a sandbox. A [`super::Server`] has one of its own.
    pub fn new(sandbox: &Sandbox) -> Self {
        Self { sandbox: sandbox.clone(), awake: Arc::default(), turn: Arc::default(), asking: Arc::default() }
    }

    /// Tells [`Courier::run`] that there may be something to do.
    pub fn wake(&self) {
        self.awake.notify_one();
    }

    /// Delivers for ever: whenever it is woken.
    pub async fn run(&self) {
        loop {
            self.deliver().await;
            self.awake.notified().await;
        }
    }

    /// Delivers what is due by now, also what becomes due by that, and tells how many were sent.
    pub async fn deliver(&self) -> usize {
        let mut sent = self.ask().await;
        let _turn = self.turn.lock().await;
        loop {
            let parcels = {
                let mut world = self.sandbox.world();
                match world.outbox.timing {
                    Timing::Collected => Vec::new(),
                    _ => world.parcels(Some(now()), |kind, url| !is_question(kind) && place(url).is_some()),
                }
            };
            if parcels.is_empty() {
                return sent;
            }
            for parcel in parcels {
                let reply = bring(&parcel, PATIENCE).await.ok();
                self.sandbox.world().delivered(parcel.number, reply.map(|reply| reply.status));
                sent += 1;
            }
        }
    }

    /// Asks endpoints what waits for their answer, and applies the answers; without one in two seconds of this machine's
    /// time, what would happen after two seconds of the sandbox's. Tells how many were asked.
    pub async fn ask(&self) -> usize {
        let _turn = self.asking.lock().await;
        let parcels = {
            let mut world = self.sandbox.world();
            match world.outbox.timing {
                Timing::Collected => Vec::new(),
                _ => world.parcels(Some(now()), |kind, url| is_question(kind) && place(url).is_some()),
            }
        };
        for parcel in &parcels {
            let reply = bring(parcel, ANSWER_TIME).await.ok();
            self.sandbox.world().delivered(parcel.number, reply.as_ref().map(|reply| reply.status));
            self.decide(parcel, reply);
        }
        parcels.len()
    }

    fn decide(&self, parcel: &Parcel, reply: Option<Reply>) {
        let event: Json = serde_json::from_slice(&parcel.body).unwrap_or_default();
        let id = event.text("data.object.id");
        let waiting = self.sandbox.authorizations().waiting();
        // It may have been decided by a request in the meantime; then the answer comes too late.
        let Some(question) = waiting.into_iter().find(|question| question.authorization == id) else {
            return;
        };
        let outcome = match reply {
            Some(reply) => {
                let version = reply.headers.get("stripe-version").and_then(|value| value.to_str().ok());
                let answer = Answer {
                    status: reply.status,
                    version: version.map(str::to_owned),
                    body: serde_json::from_slice(&reply.body).unwrap_or_default(),
                };
                self.sandbox.authorizations().answer(id, &answer)
            }
            None => self.sandbox.world().hurry(id, question.due).map(drop),
        };
        if let Err(refusal) = outcome {
            self.sandbox.world().note(Happening::Skipped(format!("{id}: {refusal}")));
        }
    }

    /// Moves the clock, stopping wherever something is due, and delivers at each stop: so retries and transitions come
    /// in their true order.
    pub async fn advance(&self, wait: Duration) {
        let until = self.sandbox.world().clock.after(wait);
        loop {
            self.deliver().await;
            let step = {
                let world = self.sandbox.world();
                let now = world.clock.milliseconds();
                let next = world.next_due().unwrap_or(until).min(until);
                u64::try_from(next.saturating_sub(now)).unwrap_or(0)
            };
            if step == 0 {
                break;
            }
            self.sandbox.advance(Duration::from_millis(step));
        }
        self.deliver().await;
    }
}

/// The time of this machine in Unix seconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The address behind a URL, if it is plain HTTP on this machine.
fn place(url: &str) -> Option<(Url, SocketAddr)> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "http")?;
    let ip = match url.host()? {
        Host::Ipv4(ip) => IpAddr::V4(ip),
        Host::Ipv6(ip) => IpAddr::V6(ip),
        Host::Domain("localhost") => IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        Host::Domain(_) => return None,
    };
    let address = SocketAddr::new(ip, url.port_or_known_default()?);
    ip.is_loopback().then_some((url, address))
}

async fn bring(parcel: &Parcel, patience: Duration) -> io::Result<Reply> {
    let reply = post(&parcel.url, &parcel.signature, parcel.body.clone());
    tokio::time::timeout(patience, reply).await?
}

/// POSTs an event to an address on this machine.
async fn post(url: &str, signature: &str, body: Bytes) -> io::Result<Reply> {
    let (url, address) = place(url).ok_or(io::ErrorKind::Unsupported)?;
    let authority = url.host_str().map(|host| format!("{host}:{}", address.port())).unwrap_or_default();
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let text = |value: &str| HeaderValue::from_str(value).map_err(io::Error::other);
    let request = http::Request::post(path)
        .header(header::HOST, text(&authority)?)
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header(header::USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .header("stripe-signature", text(signature)?)
        .body(Full::new(body))
        .map_err(io::Error::other)?;
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let exchange = async move {
        let (head, body) = sender.send_request(request).await.map_err(io::Error::other)?.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(io::Error::other)?;
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() })
    };
    // The connection does the sending and receiving; it ends when the exchange lets go of its sender.
    let (answer, _) = tokio::join!(exchange, connection);
    answer
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn only_plain_http_on_this_machine_is_called() {
        for reachable in ["http://127.0.0.1:4242/hooks?x=1", "http://localhost:80/", "http://[::1]:9/"] {
            assert!(place(reachable).is_some(), "{reachable}");
        }
        for other in
            ["https://127.0.0.1/", "http://10.0.0.1/", "http://example.com/", "ftp://localhost/", "no"]
        {
            assert!(place(other).is_none(), "{other}");
        }
    }
}
