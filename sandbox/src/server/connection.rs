use super::body::Reply;
use super::socket::{Cut, Line, Stream};
use super::{Shared, control};
use crate::engine::Refusal;
use crate::router;
use crate::router::{Ending, Request, Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use tokio::net::TcpStream;

/// The most that a request may bring, in bytes: more than the largest file that Stripe takes.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// So much more is read of a request that brings too much.
const LARGEST_REST: usize = LARGEST_BODY;

/// Serves a connection until it ends, or is to end.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Small answers must not wait for more; a socket that does not know the switch works without.
    let _ = stream.set_nodelay(true);
    match &shared.tls {
        None => speak(stream, &shared).await,
        // A client that does not trust the certificate leaves here.
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                speak(stream, &shared).await;
            }
        }
    }
}

async fn speak(stream: impl Stream + 'static, shared: &Arc<Shared>) {
    let cut = Arc::new(Cut::default());
    let service = service_fn(|request| answer(shared.clone(), cut.clone(), request));
    let builder = Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(Line::new(stream, cut.clone()), service);
    tokio::select! {
        // What a client does wrong on the wire ends its own connection and nothing else.
        _ = connection => {}
        () = cut.wait() => {}
    }
}

async fn answer(
    shared: Arc<Shared>,
    cut: Arc<Cut>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Reply>, Infallible> {
    let (head, body) = request.into_parts();
    let mut request = Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: Bytes::new(),
    };
    match read(body).await {
        Ok(body) => request.body = body,
        Err(refusal) => {
            let response = router::refuse(&mut shared.sandbox.world(), &request, &refusal);
            return Ok(send(response, &cut).await);
        }
    }
    let response = match request
        .path
        .strip_prefix(control::PREFIX)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    {
        Some(wanted) => control::answer(&shared, wanted, &request).await,
        None => shared.sandbox.exchange(&request).await,
    };
    Ok(send(response, &cut).await)
}

/// The whole body of a request.
async fn read(mut body: Incoming) -> Result<Bytes, Refusal> {
    let error = match Limited::new(&mut body, LARGEST_BODY).collect().await {
        Ok(whole) => return Ok(whole.to_bytes()),
        Err(error) => error,
    };
    if !error.is::<LengthLimitError>() {
        return Err(Refusal::invalid("The body of the request did not arrive whole."));
    }
    // Closing while the client still sends would reset the connection, and the client would not read the answer.
    let mut rest = Limited::new(&mut body, LARGEST_REST);
    while let Some(Ok(_)) = rest.frame().await {}
    let message = format!("A request has at most {LARGEST_BODY} bytes.");
    Err(Refusal::new(413, "invalid_request_error", message))
}

/// Puts a reply on the wire as it asks for.
async fn send(response: Response, cut: &Arc<Cut>) -> http::Response<Reply> {
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
    reply
}
