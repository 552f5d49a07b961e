use super::body::Reply;
use super::connections::{Connections, Entered};
use super::socket::{Cut, Line, Stream};
use super::{Logged, Shared, control, pages};
use crate::engine::ApiError;
use crate::router;
use crate::router::{Ending, Request, Response};
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The most that a request may bring, in bytes: more than the largest file that Stripe takes.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// So much more is read of a request that brings too much.
const LARGEST_REST: usize = LARGEST_BODY;

/// A body beyond this size is read only while few others are: memory stays bounded.
const LARGE_BODY: usize = 1024 * 1024;

/// How many large bodies are read at the same time.
pub(crate) const LARGE_BODIES: usize = 8;

/// How long a client may take over the TLS handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// How long a client may take over the head of a request; an idle connection is closed after that time as well.
const HEAD_TIME: Duration = Duration::from_secs(75);

/// How long a client may send nothing in the middle of a body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// How long a client may take over a whole body.
const WHOLE_BODY_TIME: Duration = Duration::from_secs(180);

/// Serves a connection until it ends, or is to end.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>, entered: Entered) {
    // Small answers must not wait for more; a socket that does not know the switch works without.
    let _ = stream.set_nodelay(true);
    let entered = Arc::new(entered);
    match &shared.tls {
        None => speak(stream, &shared, &entered).await,
        // A client that does not trust the certificate leaves here.
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(HANDSHAKE_TIME, tls.accept(stream)).await {
                speak(stream, &shared, &entered).await;
            }
        }
    }
}

async fn speak(stream: impl Stream + 'static, shared: &Arc<Shared>, entered: &Arc<Entered>) {
    let cut = entered.connection.cut.clone();
    let service = service_fn(|request| answer(shared.clone(), entered.clone(), request));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_TIME)
        .keep_alive_timeout(BODY_TIME)
        .max_header_list_size(64 * 1024);
    let connection = builder.serve_connection(Line::new(stream, cut.clone()), service);
    tokio::select! {
        // What a client does wrong on the wire ends its own connection and nothing else.
        _ = connection => {}
        () = cut.wait() => {}
    }
}

async fn answer(
    shared: Arc<Shared>,
    entered: Arc<Entered>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Reply>, Infallible> {
    let _busy = entered.begin();
    let begun = Instant::now();
    let cut = &entered.connection.cut;
    let (head, body) = request.into_parts();
    let authority = head.uri.authority().map(|authority| authority.as_str().to_owned());
    let mut request = Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: Bytes::new(),
    };
    let authority = authority.or_else(|| {
        let host = request.headers.get(header::HOST)?;
        Some(String::from_utf8_lossy(host.as_bytes()).into_owned())
    });
    let origin = request.header("origin").filter(|origin| shared.access.allows_origin(origin));
    let origin = origin.map(str::to_owned);
    if let (Some(origin), &Method::OPTIONS) = (&origin, &request.method) {
        let mut reply = http::Response::new(Reply::whole(Bytes::new()));
        *reply.status_mut() = StatusCode::NO_CONTENT;
        allow(&mut reply, origin);
        return Ok(reply);
    }
    let mut reply = match read(&shared, body).await {
        Ok(body) => {
            request.body = body;
            respond(&shared, &request, authority.as_deref(), cut).await
        }
        Err(refusal) => {
            let sandbox = shared.worlds.of(&request).unwrap_or_else(|_| shared.sandbox.clone());
            let response = router::refuse(&mut sandbox.state(), &request, &refusal);
            send(response, cut).await
        }
    };
    if let Some(origin) = origin {
        allow(&mut reply, &origin);
    }
    if let Some(log) = &shared.log {
        let code = reply.extensions().get::<Code>().map(|Code(code)| code.as_str());
        log(&Logged::Request {
            method: request.method.as_str(),
            target: &request.target(),
            account: request.header("stripe-account"),
            status: reply.status().as_u16(),
            code,
            time: begun.elapsed(),
        });
    }
    Ok(reply)
}

/// The code of an error, for the log.
#[derive(Debug, Clone)]
struct Code(String);

/// Answers a request by what it is for: a control, a page or the API.
async fn respond(
    shared: &Arc<Shared>,
    request: &Request,
    authority: Option<&str>,
    cut: &Arc<Cut>,
) -> http::Response<Reply> {
    let refuse = |refusal: ApiError| Response::refusal(&refusal);
    let control = request.path.strip_prefix(control::PREFIX);
    let control = control.filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_open = control.is_none() && !pages::is_page(&request.path) && !router::is_page(&request.path);
    let allowed = if is_open { Ok(()) } else { shared.access.check(request, authority) };
    let sandbox = match allowed.and_then(|()| shared.worlds.of(request)) {
        Ok(sandbox) => sandbox,
        Err(refusal) => return send(refuse(refusal), cut).await,
    };
    if let Some(wanted) = control {
        return match pages::stream(&sandbox, wanted, request) {
            Some(reply) => reply,
            None => send(control::answer(shared, &sandbox, wanted, request).await, cut).await,
        };
    }
    if let Some(response) = pages::answer(shared, &sandbox, request) {
        return send(response, cut).await;
    }
    send(sandbox.exchange(request).await, cut).await
}

/// Lets a script of an origin read a reply.
fn allow(reply: &mut http::Response<Reply>, origin: &str) {
    let headers = reply.headers_mut();
    if let Ok(origin) = HeaderValue::try_from(origin) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    headers
        .insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, DELETE, OPTIONS"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "authorization, content-type, idempotency-key, stripe-account, stripe-context, stripe-version",
        ),
    );
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("request-id"));
}

/// The whole body of a request.
async fn read(shared: &Shared, body: Incoming) -> Result<Bytes, ApiError> {
    let late =
        || ApiError::new(408, "invalid_request_error", "The body of the request took too long.".to_owned());
    timeout(WHOLE_BODY_TIME, read_all(shared, body)).await.unwrap_or_else(|_| Err(late()))
}

async fn read_all(shared: &Shared, mut body: Incoming) -> Result<Bytes, ApiError> {
    let broken = || ApiError::invalid("The body of the request did not arrive whole.");
    let mut whole = BytesMut::new();
    let mut large = None;
    loop {
        let frame = match timeout(BODY_TIME, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(Err(_))) => return Err(broken()),
            Err(_) => {
                let message = format!("Nothing of the body came for {} s.", BODY_TIME.as_secs());
                return Err(ApiError::new(408, "invalid_request_error", message));
            }
        };
        let Some(data) = frame.data_ref() else { continue };
        if whole.len() + data.len() > LARGEST_BODY {
            break;
        }
        if whole.len() + data.len() > LARGE_BODY && large.is_none() {
            let wait = timeout(BODY_TIME, shared.large_bodies.acquire()).await;
            large = Some(wait.map_err(|_| {
                ApiError::new(503, "api_error", "Too many large requests are under way.".to_owned())
            })?);
        }
        whole.extend_from_slice(data);
    }
    drop((whole, large));
    // Closing while the client still sends would reset the connection, and the client would not read the answer.
    let mut rest = 0;
    while let Ok(Some(Ok(frame))) = timeout(BODY_TIME, body.frame()).await {
        rest += frame.data_ref().map_or(0, Bytes::len);
        if rest > LARGEST_REST {
            break;
        }
    }
    let message = format!("A request has at most {LARGEST_BODY} bytes.");
    Err(ApiError::new(413, "invalid_request_error", message))
}

/// Puts a reply on the wire as it asks for.
async fn send(response: Response, cut: &Arc<Cut>) -> http::Response<Reply> {
    let code = if response.status >= 400 { response.error_code() } else { None };
    let body = match response.wire.ending {
        Ending::Whole => Reply::whole(response.body),
        Ending::Truncated(length) => Reply::truncated(response.body, length, cut.clone()),
        Ending::Stalled => pending().await,
        Ending::Reset => {
            cut.reset();
            pending().await
        }
    };
    let mut reply = http::Response::new(body);
    *reply.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in response.headers {
        // What a request sent is echoed in headers; a value that no header can hold is left out.
        if let Ok(value) = HeaderValue::try_from(value) {
            reply.headers_mut().insert(name, value);
        }
    }
    if let Some(code) = code {
        reply.extensions_mut().insert(Code(code));
    }
    reply
}

/// The places of the connections of a server.
pub(crate) fn places(most: usize) -> Arc<Connections> {
    Arc::new(Connections::new(most))
}
