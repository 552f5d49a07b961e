//! An encoded request as a value, which can be sent again after a failure and stored before the first attempt.

use crate::Error;
use crate::client::api_key::SecretKey;
use crate::client::files::body::{Chain, Piece};
use crate::client::options::Options;
use crate::client::request::defaults::Defaults;
use crate::client::request::header_value::check_key;
use crate::client::request::operation::Host;
use crate::client::request::random_key::random_key;
use crate::client::transport::TransportBody;
use crate::types::method::Method;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_with::{As, base64::Base64};
use std::fmt;
use std::time::Duration;
use zeroize::Zeroizing;

/// An encoded request with its idempotency key. Sending it any number of times has one effect.
///
/// Create it with [`Client::prepare`](crate::Client::prepare), store it (it implements serde's traits), and send it
/// with [`Client::replay`](crate::Client::replay), even after a crash or from another process: Stripe executes it
/// once. Stripe stores keys for at least 24 hours, in version 2 of the API for 30 days; before replaying an older
/// request, look for its effect. [`Prepared::key_age`] checks the age.
///
/// **Stripe stores refusals under the key too.** Once version 1 has started to execute a request, the reply is stored
/// with its status, including errors with status 402 or 500, and every repetition with the key returns that reply for
/// a day. A payout that was refused for insufficient funds is refused again with the same key after funds have
/// arrived. The reply then has [`idempotent_replayed`](crate::ApiError::idempotent_replayed) set. If
/// [`Error::outcome`] is [`Rejected`](crate::Outcome::Rejected), nothing was done: fix the cause, prepare the request
/// again with another key (`payout/42/2`), and replace the stored one. If it is [`Unknown`](crate::Outcome::Unknown),
/// never change the key. Requests refused before execution (an invalid parameter, a rate limit, a lock, a running
/// request with the same key) are not stored, and can be sent again with their key. Version 2 does not store refusals
/// of requests that it could not execute: it retries them.
///
/// The API key is not part of the value, so a request with a separate key ([`Options::api_key`]) cannot be stored. A
/// request with sensitive parameters (a card number, but also a name or an address) refuses to be serialized, except
/// through [`Prepared::exposed`]. Values of custom headers are stored in clear text. The memory of body, headers and
/// secrets is overwritten on drop.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Prepared(pub(crate) Box<Parts>);

#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Body {
    #[default]
    Empty,
    Form(Zeroizing<String>),
    Json(Zeroizing<String>),
    Multipart {
        boundary: String,
        #[serde(with = "As::<Base64>")]
        bytes: Bytes,
    },
    /// Not serializable: the bytes are in another place.
    #[serde(skip)]
    Streamed {
        boundary: String,
        pieces: Vec<Piece>,
    },
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parts {
    pub(crate) method: Method,
    #[serde(default)]
    pub(crate) host: Host,
    /// Encoded, without the query.
    pub(crate) path: String,
    /// The path with placeholders, for logs.
    pub(crate) template: String,
    #[serde(default)]
    pub(crate) query: String,
    #[serde(default)]
    pub(crate) body: Body,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<String>,
    pub(crate) version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<String>,
    /// Whether the key exists only in this value: the original request does not have it.
    #[serde(default)]
    pub(crate) generated_key: bool,
    /// Whether it may have been sent before, by this process or another, with unknown outcome.
    #[serde(skip)]
    pub(crate) replayed: bool,
    #[serde(default)]
    pub(crate) headers: Zeroizing<Vec<(String, String)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) attempt_timeout: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_retries: Option<u32>,
    /// An API key that overrides the client's. It is never stored; replaying with another key would act for another
    /// account, so such a request cannot be serialized.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none", serialize_with = "refuse")]
    pub(crate) api_key: Option<SecretKey>,
    /// The secret parameters and a separate API key, to be masked in Stripe's messages.
    #[serde(default)]
    pub(crate) secrets: Zeroizing<Vec<String>>,
}

impl Prepared {
    /// The HTTP method.
    pub fn method(&self) -> Method {
        self.0.method
    }

    /// The path, encoded, without the query.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The path with placeholders instead of ids, for logs.
    #[cfg(feature = "outbox")]
    pub(crate) fn template(&self) -> &str {
        &self.0.template
    }

    /// The idempotency key: set by the caller, or generated.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// The connected account of the call.
    pub fn account(&self) -> Option<&str> {
        self.0.account.as_deref()
    }

    /// The `Stripe-Context` that the call is made in.
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// The `Stripe-Version` that the call asks for.
    pub fn stripe_version(&self) -> &str {
        &self.0.version
    }

    /// The query as sent.
    pub fn query(&self) -> &str {
        &self.0.query
    }

    /// The body as sent; empty for a streamed file. It can contain secrets; see [`Prepared::has_secrets`].
    pub fn body(&self) -> &[u8] {
        match &self.0.body {
            Body::Empty => &[],
            Body::Form(text) | Body::Json(text) => text.as_bytes(),
            Body::Multipart { bytes, .. } => bytes,
            Body::Streamed { .. } => &[],
        }
    }

    /// Whether both requests have the same effect: method, path, parameters and account are equal. Keys, versions,
    /// headers and timeouts may differ.
    pub fn is_same_request(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        (one.method, one.host, &one.path, &one.query) == (other.method, other.host, &other.path, &other.query)
            && one.body == other.body
            && (&one.account, &one.context) == (&other.account, &other.context)
    }

    /// Whether it contains sensitive parameters, such as a card number.
    pub fn has_secrets(&self) -> bool {
        !self.0.secrets.is_empty()
    }

    /// The serializable form including secrets. The caller must protect the output.
    pub fn exposed(&self) -> impl Serialize + '_ {
        &*self.0
    }
}

impl Serialize for Prepared {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.has_secrets() {
            return Err(serde::ser::Error::custom(
                "the request contains secrets; serialize it with `exposed`",
            ));
        }
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("method", &self.0.method.as_str())
            .field("path", &self.0.template)
            .field("account", &self.0.account)
            .field("stripe_version", &self.0.version)
            .field("idempotency_key", &self.0.idempotency_key)
            .finish_non_exhaustive()
    }
}

impl Parts {
    /// Creates the parts that do not depend on the parameters.
    pub(crate) fn new(
        method: Method,
        template: &str,
        preview: Option<&str>,
        options: &Options,
        defaults: &Defaults<'_>,
    ) -> Result<Self, Error> {
        let own_account = options.account_id().map(|id| id.as_str());
        // An option of the request replaces the client's scope of either kind.
        let (account, context) = match (own_account, options.context_path()) {
            (None, None) => (defaults.account, defaults.context),
            own => own,
        };
        if defaults.require_account && account.is_none() && context.is_none() {
            return Err(Error::invalid_input(
                "the client requires a connected account, but the call has none; set it with `for_account`",
            ));
        }
        let version = options.version().or(preview).unwrap_or(defaults.version);
        let key = match (method, options.key()) {
            (Method::Get, Some(_)) => {
                return Err(Error::invalid_input(
                    "an idempotency key is not allowed on a GET request; remove it",
                ));
            }
            (_, Some(key)) => Some(key.to_owned()),
            (Method::Post, None) => Some(random_key()?),
            (Method::Delete, None) if template.starts_with("/v2/") => Some(random_key()?),
            (_, None) => None,
        };
        if let Some(key) = &key {
            check_key(key)?;
        }
        Ok(Self {
            method,
            host: Host::Api,
            path: String::new(),
            template: template.to_owned(),
            query: String::new(),
            body: Body::Empty,
            account: account.map(str::to_owned),
            context: context.map(str::to_owned),
            version: [version, defaults.previews].concat(),
            generated_key: options.key().is_none() && key.is_some(),
            replayed: false,
            idempotency_key: key,
            headers: options.headers().to_vec().into(),
            timeout: options.deadline(),
            attempt_timeout: options.attempt_limit(),
            max_retries: options.retries(),
            secrets: options
                .own_key()
                .map(|key| key.expose().to_owned())
                .into_iter()
                .collect::<Vec<_>>()
                .into(),
            api_key: options.own_key().cloned(),
        })
    }

    /// The body for one attempt.
    pub(crate) fn outgoing(&self) -> TransportBody {
        TransportBody::Bytes(match &self.body {
            Body::Empty => Bytes::new(),
            Body::Form(text) | Body::Json(text) if self.secrets.is_empty() => {
                Bytes::copy_from_slice(text.as_bytes())
            }
            Body::Form(text) | Body::Json(text) => {
                Bytes::from_owner(Zeroizing::new(text.as_bytes().to_vec()))
            }
            Body::Multipart { bytes, .. } => bytes.clone(),
            Body::Streamed { pieces, .. } => {
                let length = pieces.iter().map(Piece::length).sum();
                return TransportBody::Stream { length: Some(length), stream: Box::pin(Chain::new(pieces)) };
            }
        })
    }

    /// Whether the body is available for another attempt.
    pub(crate) fn is_replayable(&self) -> bool {
        match &self.body {
            Body::Streamed { pieces, .. } => pieces.iter().all(|piece| match piece {
                Piece::Bytes(_) => true,
                Piece::File(source) => source.is_replayable(),
            }),
            _ => true,
        }
    }
}

fn refuse<S: serde::Serializer>(_: &Option<SecretKey>, _: S) -> Result<S::Ok, S::Error> {
    Err(serde::ser::Error::custom("the request has a separate API key, which is never serialized"))
}
