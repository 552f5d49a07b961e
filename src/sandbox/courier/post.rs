//! Plain HTTP to an endpoint on this machine.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpStream;
use url::{Host, Url};

/// How much of an endpoint's answer is read, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// The address behind a URL, if it is plain HTTP on this machine.
pub(super) fn place(url: &str) -> Option<(Url, SocketAddr)> {
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

/// Sends a request to the address that its URI names, which must be on this machine.
pub(super) async fn send(mut request: Request<Bytes>) -> io::Result<Response<Bytes>> {
    let (url, address) = place(&request.uri().to_string()).ok_or(io::ErrorKind::Unsupported)?;
    let authority = url.host_str().map(|host| format!("{host}:{}", address.port())).unwrap_or_default();
    let host = HeaderValue::try_from(authority).map_err(io::Error::other)?;
    request.headers_mut().insert(header::HOST, host);
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    *request.uri_mut() = path.parse().map_err(io::Error::other)?;
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let exchange = async move {
        let sent = sender.send_request(request.map(Full::new)).await;
        let (head, body) = sent.map_err(io::Error::other)?.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(io::Error::other)?;
        Ok(Response::from_parts(head, body.to_bytes()))
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
