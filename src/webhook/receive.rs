//! Webhooks as HTTP requests of any server: `http::Request` in, `http::Response` out.

use super::{Delivery, Event, EventNotification, SIGNATURE_HEADER, Verifier};
use crate::{Error, Timestamp};
use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Body;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;

/// Why a webhook was rejected. Converts into the HTTP reply.
#[derive(Debug)]
#[non_exhaustive]
pub enum Rejection {
    /// The body exceeds this number of bytes; see [`Verifier::body_limit`]. Status 413.
    TooLarge(usize),
    /// The body was not received completely. Status 400.
    Interrupted(Box<dyn std::error::Error + Send + Sync>),
    /// The body was not received in time; see [`Verifier::body_time`]. Status 408.
    TooSlow,
    /// The signature is invalid ([`Error::Signature`]), or the body is not an event ([`Error::Decode`]). Status 400.
    Refused(Error),
}

impl Rejection {
    /// The HTTP status of the reply.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Interrupted(_) | Self::Refused(_) => StatusCode::BAD_REQUEST,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// The HTTP reply. Its text states the problem and appears in Stripe's Dashboard. It contains no secrets and no
    /// hints about the server's configuration, since the sender is unknown. Log this error's own text, which has
    /// them.
    pub fn response(&self) -> Response<Bytes> {
        let said = match self {
            Self::Refused(Error::Signature(error)) => {
                crate::SignatureError { hint: None, ..(**error).clone() }.to_string()
            }
            _ => self.to_string(),
        };
        text(self.status(), said)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "the body exceeds {limit} bytes"),
            Self::Interrupted(_) => f.write_str("the body was not received completely"),
            Self::TooSlow => f.write_str("the body was not received in time"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Rejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TooLarge(_) | Self::TooSlow => None,
            Self::Interrupted(error) => Some(&**error),
            Self::Refused(error) => Some(error),
        }
    }
}

impl From<Rejection> for Response<Bytes> {
    fn from(rejection: Rejection) -> Self {
        rejection.response()
    }
}

/// The types that a webhook can be received as: [`Event`], [`EventNotification`], or [`Delivery`] for either. Sealed.
pub trait Received: Sized + sealed::Sealed {
    #[doc(hidden)]
    fn read(body: &[u8]) -> Result<Self, Error>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! received {
    ($($type:ty),*) => {$(
        impl sealed::Sealed for $type {}

        impl Received for $type {
            fn read(body: &[u8]) -> Result<Self, Error> {
                <$type>::parse(body)
            }
        }
    )*};
}

received!(Event, EventNotification, Delivery);

impl Verifier {
    /// Reads, verifies and decodes a webhook of any HTTP server.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use stripe_platform::webhook::{Event, Verifier};
    ///
    /// async fn serve<B>(verifier: &Verifier, request: Request<B>) -> Response<bytes::Bytes>
    /// where
    ///     B: http_body::Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    /// {
    ///     match verifier.receive::<Event, _>(request).await {
    ///         Ok(event) => {
    ///             println!("{}", event.kind);
    ///             Response::default()
    ///         }
    ///         Err(rejection) => rejection.response(),
    ///     }
    /// }
    /// # let _ = serve::<http_body_util::Full<bytes::Bytes>>;
    /// ```
    ///
    /// # Errors
    /// Returns a [`Rejection`], which converts into the reply.
    pub async fn receive<T: Received, B>(&self, request: Request<B>) -> Result<T, Rejection>
    where
        B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        let (head, body) = request.into_parts();
        let body = self.read_body(&head.headers, body).await?;
        self.accept(&head.headers, &body)
    }

    /// Verifies and decodes a webhook whose body was already read. Pass the original bytes.
    ///
    /// # Errors
    /// Returns a [`Rejection`], which converts into the reply.
    pub fn accept<T: Received>(&self, headers: &HeaderMap, body: &[u8]) -> Result<T, Rejection> {
        self.accept_signed(signature(headers), body)
    }

    /// The same with the value of the `Stripe-Signature` header, empty if it is missing: for servers with other HTTP
    /// types.
    ///
    /// # Errors
    /// Returns a [`Rejection`], which converts into the reply.
    pub fn accept_signed<T: Received>(
        &self,
        signature: impl AsRef<[u8]>,
        body: &[u8],
    ) -> Result<T, Rejection> {
        if body.len() > self.limit {
            return Err(Rejection::TooLarge(self.limit));
        }
        self.verify_at(body, signature, Timestamp::now())
            .and_then(|_| T::read(body))
            .map_err(Rejection::Refused)
    }

    /// Reads a body up to the limit. A body with a single chunk is not copied.
    pub(crate) async fn read_body<B>(&self, headers: &HeaderMap, body: B) -> Result<Bytes, Rejection>
    where
        B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        let announced = headers
            .get(http::header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok())
            .unwrap_or_else(|| body.size_hint().lower());
        if usize::try_from(announced).is_ok_and(|length| length > self.limit) {
            return Err(Rejection::TooLarge(self.limit));
        }
        let mut body = pin!(body);
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            let frame = frame.map_err(|error| Rejection::Interrupted(error.into()))?;
            let Ok(mut data) = frame.into_data() else { continue };
            if first.len() + all.len() + data.remaining() > self.limit {
                return Err(Rejection::TooLarge(self.limit));
            }
            let piece = data.copy_to_bytes(data.remaining());
            if first.is_empty() && all.is_empty() {
                first = piece;
                continue;
            }
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&piece);
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    }
}

pub(crate) fn signature(headers: &HeaderMap) -> &[u8] {
    headers.get(SIGNATURE_HEADER).map_or(&[], HeaderValue::as_bytes)
}

/// A short reply in plain text.
pub(crate) fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
