//! A client whose calls a sandbox answers.

use std::future::poll_fn;
use std::sync::Arc;
use stripe_platform::sandbox::Sandbox;
use stripe_platform::sandbox::router::Request;
use stripe_platform::{BoxFuture, Client, Transport, TransportBody, TransportError, TransportReply, TransportRequest};

pub trait InProcess {
    fn client(&self) -> Client;
}

impl InProcess for Sandbox {
    fn client(&self) -> Client {
        let key = ["sk", "test", "sandbox0000"].join("_");
        Client::builder(key).transport(Arc::new(Wire(self.clone()))).build().unwrap()
    }
}

pub struct Wire(pub Sandbox);

impl Transport for Wire {
    fn execute(&self, request: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
        Box::pin(async move {
            let body = match request.body {
                TransportBody::Bytes(bytes) => bytes,
                TransportBody::Stream { mut stream, .. } => {
                    let mut all = Vec::new();
                    while let Some(piece) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
                        all.extend_from_slice(&piece?);
                    }
                    all.into()
                }
                _ => unreachable!(),
            };
            let reply = self.0.handle(&Request {
                method: request.method.as_str().parse().unwrap(),
                path: request.url.path().to_owned(),
                query: request.url.query().unwrap_or_default().to_owned(),
                headers: request.headers,
                body,
            });
            let mut answer = TransportReply::new(reply.status, http::HeaderMap::new(), reply.body);
            for (name, value) in reply.headers {
                answer = answer.header(name, &value);
            }
            Ok(answer)
        })
    }
}
