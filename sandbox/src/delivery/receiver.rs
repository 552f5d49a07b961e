use bytes::Bytes;
use http::{Request, Response};
use std::fmt;
use std::future::Future;
use stripe_platform::BoxFuture;

/// A webhook endpoint in this process: gets the signed POST that Stripe would send, and answers it.
///
/// Any `async` closure from `http::Request<Bytes>` to `http::Response<Bytes>` is one, and with the feature `webhook` so
/// is a `webhook::Responder`, with the feature `axum` a whole `axum::Router`, which gets the path of the address.
pub trait Receiver: Send + Sync + 'static {
    /// Answers a webhook. A panic is seen as a connection that broke off.
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
            // A body that fails is one that broke off: what there is of it is nothing.
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
