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

/// The maximum size of a request body in bytes: more than the largest file that Stripe accepts.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// The maximum that is read and discarded of a larger request, in bytes.
const LARGEST_REST: usize = LARGEST_BODY;

/// Only a limited number of bodies above this size are read at the same time, to bound memory.
const LARGE_BODY: usize = 1024 * 1024;

/// The number of large bodies read at the same time.
pub(crate) const LARGE_BODIES: usize = 8;

/// The timeout of the TLS handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// The timeout of the head of a request; idle connections are closed after it as well.
const HEAD_TIME: Duration = Duration::from_secs(75);

/// The maximum pause within a body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The timeout of a complete body.
const WHOLE_BODY_TIME: Duration = Duration::from_secs(180);

/// Serves a connection until it ends.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>, entered: Entered) {
    // Small replies must not wait for more data. Failure is harmless.
    let _ = stream.set_nodelay(true);
    let entered = Arc::new(entered);
    match &shared.tls {
        None => speak(stream, &shared, &entered).await,
        // A client that does not trust the certificate disconnects here.
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
        // A protocol error of the client ends only its own connection.
        _ = connection => {}
        () = cut.wait() => {}
    }
}

async fn answer(
    shared: Arc<Shared>,
    entered: Arc<Entered>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Reply>, Infallible> {
    entered.touch();
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
    let body = read(&shared, body).await;
    // Not earlier, because clients that never finish a body must not occupy connections.
    let _busy = entered.begin();
    let mut reply = match body {
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

/// The error code of a reply, for the log.
#[derive(Debug, Clone)]
struct Code(String);

/// Dispatches a request: to a control, a page or the API.
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

/// Allows scripts of an origin to read a reply.
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

/// The complete body of a request.
async fn read(shared: &Shared, body: Incoming) -> Result<Bytes, ApiError> {
    let late = || {
        ApiError::new(408, "invalid_request_error", "The request body was not received in time.".to_owned())
    };
    timeout(WHOLE_BODY_TIME, read_all(shared, body)).await.unwrap_or_else(|_| Err(late()))
}

async fn read_all(shared: &Shared, mut body: Incoming) -> Result<Bytes, ApiError> {
    let broken = || ApiError::invalid("The request body was not received completely.");
    let mut whole = BytesMut::new();
    let mut large = None;
    loop {
        let frame = match timeout(BODY_TIME, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(Err(_))) => return Err(broken()),
            Err(_) => {
                let message =
                    format!("No data of the request body was received for {} s.", BODY_TIME.as_secs());
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
                ApiError::new(
                    503,
                    "api_error",
                    "Too many large requests are being received. Try again later.".to_owned(),
                )
            })?);
        }
        whole.extend_from_slice(data);
    }
    drop((whole, large));
    // Closing while the client still sends would reset the connection before the client reads the reply.
    let mut rest = 0;
    while let Ok(Some(Ok(frame))) = timeout(BODY_TIME, body.frame()).await {
        rest += frame.data_ref().map_or(0, Bytes::len);
        if rest > LARGEST_REST {
            break;
        }
    }
    let message = format!("The request body is larger than {LARGEST_BODY} bytes.");
    Err(ApiError::new(413, "invalid_request_error", message))
}

/// Sends a reply as its instructions define.
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
        // Headers echo values of the request; a value that is invalid in a header is omitted.
        if let Ok(value) = HeaderValue::try_from(value) {
            reply.headers_mut().insert(name, value);
        }
    }
    if let Some(code) = code {
        reply.extensions_mut().insert(Code(code));
    }
    reply
}

/// The limit of connections of a server.
pub(crate) fn places(most: usize) -> Arc<Connections> {
    Arc::new(Connections::new(most))
}
