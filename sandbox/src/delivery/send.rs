//! Plain HTTP to an endpoint on this machine.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpStream;
use url::{Host, Url};

/// How much of an endpoint's answer is read, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// The addresses behind a URL, to be tried one after the other, if it is plain HTTP on this machine.
pub(crate) fn place(url: &str) -> Option<(Url, Vec<SocketAddr>)> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "http")?;
    let ips = match url.host()? {
        Host::Ipv4(ip) => vec![IpAddr::V4(ip)],
        Host::Ipv6(ip) => vec![IpAddr::V6(ip)],
        // Some servers, those of Node among them, listen on one of the two only.
        Host::Domain("localhost") => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        Host::Domain(_) => return None,
    };
    let port = url.port_or_known_default()?;
    let here = ips.iter().all(IpAddr::is_loopback);
    here.then(|| (url, ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect()))
}

/// Sends a request to the address that its URI names, which must be on this machine.
pub(crate) async fn send(mut request: Request<Bytes>) -> io::Result<Response<Bytes>> {
    let (url, addresses) = place(&request.uri().to_string()).ok_or(io::ErrorKind::Unsupported)?;
    let authority = url.host_str().zip(url.port_or_known_default());
    let authority = authority.map(|(host, port)| format!("{host}:{port}")).unwrap_or_default();
    let host = HeaderValue::try_from(authority).map_err(io::Error::other)?;
    request.headers_mut().insert(header::HOST, host);
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    *request.uri_mut() = path.parse().map_err(io::Error::other)?;
    let stream = TcpStream::connect(addresses.as_slice()).await?;
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
