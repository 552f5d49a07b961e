use bytes::Bytes;
use http::{Request, Response};
use std::fmt;
use std::future::Future;
use stripe_platform::BoxFuture;

/// A webhook endpoint in this process: receives the signed POST that Stripe would send, and returns the reply.
///
/// Implemented by `async` closures from `http::Request<Bytes>` to `http::Response<Bytes>`; with the feature `webhook`
/// also by `webhook::Responder`, and with the feature `axum` by `axum::Router`, which receives the path of the
/// address.
pub trait Receiver: Send + Sync + 'static {
    /// Receives a webhook. A panic counts as a broken connection.
    fn receive(&self, webhook: Request<Bytes>) -> BoxFuture<'static, Response<Bytes>>;
}

impl<R, F> Receiver for R
where
    R: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Bytes>> + Send + 'static,
{
    fn receive(&self, webhook: Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> {
        Box::pin(self(webhook))
    }
}

impl Receiver for stripe_platform::webhook::Responder {
    fn receive(&self, webhook: Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> {
        let responder = self.clone();
        Box::pin(async move { responder.respond(webhook.headers(), webhook.body()).await })
    }
}

#[cfg(feature = "axum")]
impl Receiver for axum::Router {
    fn receive(&self, webhook: Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> {
        use http_body_util::BodyExt;
        use tower_service::Service;

        let mut router = self.clone();
        Box::pin(async move {
            let Ok(answer) = router.call(webhook.map(axum::body::Body::from)).await;
            let (head, body) = answer.into_parts();
            // A broken body counts as empty.
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            Response::from_parts(head, body)
        })
    }
}

impl fmt::Debug for dyn Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver")
    }
}
