//! Webhooks in [axum](https://docs.rs/axum): an extractor for verified events, and [`Responder`] as a handler.
//!
//! ```
//! use axum::{Router, extract::FromRef, routing::post};
//! use stripe_platform::webhook::axum::Verified;
//! use stripe_platform::webhook::{Decision, Event, Responder, Verifier};
//!
//! async fn receive(Verified(event): Verified<Event>) {
//!     println!("{}", event.kind);
//! }
//!
//! # fn main() -> Result<(), stripe_platform::Error> {
//! let verifier = Verifier::new("whsec_of_the_endpoint")?;
//! let responder = Responder::new(Verifier::new("whsec_of_the_other")?, |_| async {
//!     Ok::<_, std::io::Error>(Decision::decline())
//! });
//! let app: Router = Router::new()
//!     .route("/events", post(receive))
//!     .route("/authorizations", post(responder))
//!     .with_state(verifier);
//! # let _ = app;
//! # Ok(())
//! # }
//! ```

use super::{Received, Rejection, Responder, Verifier};
use axum::extract::{FromRef, FromRequest, Request};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use std::pin::Pin;

/// An extractor for webhooks signed by Stripe: an [`Event`](super::Event), an
/// [`EventNotification`](super::EventNotification), or a [`Delivery`](super::Delivery) for either.
///
/// The router's state must be a [`Verifier`], or provide one by [`FromRef`]. Other requests are answered with a
/// [`Rejection`].
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)]
pub struct Verified<T>(pub T);

impl<T, S> FromRequest<S> for Verified<T>
where
    T: Received + Send,
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let verifier = Verifier::from_ref(state);
        match tokio::time::timeout(verifier.body_time, verifier.receive(request)).await {
            Ok(received) => received.map(Verified),
            Err(_) => Err(Rejection::TooSlow),
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.response().map(axum::body::Body::from)
    }
}

/// Distinguishes [`Responder`] handlers from functions.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answers {}

impl<S: Send + 'static> Handler<Answers, S> for Responder {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, _: S) -> Self::Future {
        Box::pin(async move { self.handle(request).await.map(axum::body::Body::from) })
    }
}
