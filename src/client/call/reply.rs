//! A success reply that has not been decoded yet.

use super::{origin, report};
use crate::Error;
use crate::client::hooks::CallEvent;
use crate::client::reply_size::Permit;
use crate::client::request::prepared::Parts;
use crate::client::response::{Meta, Response};
use crate::client::shared::Inner;
use crate::error::headers as reply_headers;
use crate::error::{DecodeError, body, mask};
use crate::wire::{DecodeField, WireType};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use std::sync::Arc;
use tokio::time::Instant;
use tracing::Span;
use zeroize::Zeroizing;

pub struct Reply<B> {
    pub(crate) meta: Meta,
    pub(crate) body: B,
    /// Held while the body is in memory.
    pub(crate) permit: Permit,
    /// The secret parameters of the request.
    pub(crate) secrets: Zeroizing<Vec<String>>,
    pub(crate) client: Arc<Inner>,
    pub(crate) span: Span,
    pub(crate) started: Instant,
}

impl<B> Reply<B> {
    pub(crate) fn map<C>(self, change: impl FnOnce(B) -> C) -> Reply<C> {
        let Self { meta, body, permit, secrets, client, span, started } = self;
        Reply { meta, body: change(body), permit, secrets, client, span, started }
    }

    /// Reports the end of the call: its reply was decoded, or could not be.
    pub(crate) fn ended(&self, error: Option<&Error>) {
        if !report::is_heard(&self.client) {
            return;
        }
        let (meta, call) = (&self.meta, &self.meta.call);
        let request_id = self.request_id();
        let event = CallEvent {
            method: call.method,
            path: &call.path,
            account: call.account.as_deref(),
            attempts: call.attempts,
            status: Some(meta.status),
            request_id: request_id.as_deref(),
            error: error.map(Error::label),
            duration: self.started.elapsed(),
        };
        report::call(&self.client, &self.span, &event);
    }

    /// Stripe's request id, masked for output.
    pub(crate) fn request_id(&self) -> Option<String> {
        reply_headers::request_id(&self.meta.headers, &self.hidden())
    }

    fn hidden(&self) -> Zeroizing<Vec<String>> {
        self.secrets.iter().cloned().chain(key_of(&self.client)).collect::<Vec<_>>().into()
    }
}

impl Reply<Bytes> {
    /// The error for a success reply that cannot be decoded.
    pub(crate) fn undecodable(&self, said: &str) -> Error {
        let (meta, secrets) = (&self.meta, self.hidden());
        let mut call = meta.call.clone();
        call.outcome = reply_headers::outcome_of_success(meta.headers.get(reply_headers::REQUEST_ID));
        let hint = body::hint(&meta.headers, &self.body);
        let is_shown = !body::is_json(&self.body) && hint.is_none();
        let excerpt = if is_shown { body::excerpt(&self.body, &secrets) } else { None };
        let problem = match hint {
            Some(hint) => hint,
            None if self.body.trim_ascii().is_empty() => "the body is empty".to_owned(),
            None => said.to_owned(),
        };
        let said = DecodeError::new(&problem);
        let error = Error::Decode(Box::new(DecodeError {
            // Member names come from the reply.
            path: mask::mask(&said.path, &secrets),
            problem: mask::mask(&said.problem, &secrets),
            status: Some(meta.status),
            request_id: self.request_id(),
            excerpt,
            call: Some(call),
            ..said
        }));
        self.ended(Some(&error));
        error
    }
}

/// The secrets of a call, which must be masked.
pub(crate) fn secrets_of(client: &Inner, parts: &Parts) -> Zeroizing<Vec<String>> {
    // The values of custom headers may be credentials, where they are long enough.
    let headers = parts.headers.iter().map(|(_, value)| value).filter(|value| value.len() >= 6);
    parts.secrets.iter().chain(headers).cloned().chain(key_of(client)).collect::<Vec<_>>().into()
}

fn key_of(client: &Inner) -> Option<String> {
    let header = client.headers.get(AUTHORIZATION)?.to_str().ok()?;
    Some(header.strip_prefix("Bearer ")?.to_owned())
}

/// Decodes a reply.
pub(crate) fn read_into(data: &mut dyn DecodeField, reply: Reply<Bytes>) -> Result<Meta, Error> {
    match origin::fill(data, &reply.body) {
        Ok(()) => {
            reply.ended(None);
            Ok(reply.meta)
        }
        Err(said) => Err(reply.undecodable(&said)),
    }
}

pub(crate) trait Decode: WireType {
    /// Decodes a reply. A method of the type, so that it is compiled together with the type's other code.
    #[inline(never)]
    fn read(reply: Reply<Bytes>) -> Result<Response<Self>, Error> {
        let mut data = Self::empty();
        match read_into(&mut data, reply) {
            Ok(meta) => Ok(Response::new(data, meta)),
            Err(error) => Err(error),
        }
    }

    /// Whether a body is a reply of this type.
    #[inline(never)]
    fn is_expected(body: &[u8]) -> bool {
        origin::is_expected(&mut Self::empty(), body)
    }
}

impl<T: WireType> Decode for T {}
