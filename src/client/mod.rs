//! The client: what calls have in common.

pub(crate) mod api_key;
pub(crate) mod base_urls;
pub(crate) mod builder;
pub(crate) mod call;
pub(crate) mod concurrent;
pub(crate) mod files;
pub(crate) mod hooks;
pub(crate) mod options;
pub(crate) mod pagination;
pub(crate) mod rate_limit;
pub(crate) mod reply_size;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod transport;

pub use crate::client::builder::ClientBuilder;
pub(crate) use crate::client::base_urls::{Hosts, check_path};
pub(crate) use crate::client::reply_size::{Permit, ReplySize};

use crate::account::Account;
use crate::client::call::{Call, Wanted};
use crate::client::request::encode::{Defaults, encode};
use crate::client::hooks::Hook;
use crate::client::rate_limit::Limiter;
use crate::client::request::prepared::Prepared;
use crate::client::request::raw::RawRequest;
use crate::client::request::{Method, Reply, Request};
use crate::client::api_key::SecretKey;
use crate::client::transport::Transport;
use crate::{Error, Id};
use http::HeaderMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Sends requests to Stripe.
///
/// A client is cheap to clone, and all clones share their connections. It is safe as it comes: every POST has
/// an idempotency key, failures of the network are retried with it, and no call outlives its deadline.
///
/// ```no_run
/// # async fn example() -> Result<(), stripe_platform::Error> {
/// use stripe_platform::{Client, SecretKey, balance};
///
/// let stripe = Client::new(SecretKey::from_env("STRIPE_SECRET_KEY")?)?;
/// let on_account = stripe.for_account("acct_123");
/// let balance = balance::Retrieve::new().send(&on_account).await?;
/// # let _ = balance;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
    scope: Scope,
}

/// Whose data calls are about.
#[derive(Clone, Default)]
enum Scope {
    #[default]
    Platform,
    Account(Id<Account>),
    Context(Arc<str>),
}

/// What all clones share.
pub(crate) struct Inner {
    pub(crate) hosts: Hosts,
    /// The headers that are the same on every call, the key among them.
    pub(crate) headers: HeaderMap,
    pub(crate) version: String,
    pub(crate) previews: String,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) attempt_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) max_retries: u32,
    pub(crate) reply_size: ReplySize,
    pub(crate) limiter: Limiter,
    pub(crate) hooks: Vec<Arc<dyn Hook>>,
    pub(crate) require_account: bool,
}

impl Client {
    /// A client with the settings that suit most: see [`ClientBuilder`] for what they are.
    ///
    /// # Errors
    /// If the key cannot be one, or the system has no usable TLS.
    pub fn new(key: impl Into<SecretKey>) -> Result<Self, Error> {
        Self::builder(key).build()
    }

    /// Starts a client with settings of its own.
    pub fn builder(key: impl Into<SecretKey>) -> ClientBuilder {
        ClientBuilder::new(key.into())
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self { inner: Arc::new(inner), scope: Scope::Platform }
    }

    /// The same client, for the calls of one connected account: each carries its id in `Stripe-Account`.
    #[must_use = "the client itself does not change"]
    pub fn for_account(&self, account: impl Into<Id<Account>>) -> Self {
        Self { inner: Arc::clone(&self.inner), scope: Scope::Account(account.into()) }
    }

    /// The same client, for the calls in a context: an account, or a path of accounts, in `Stripe-Context`.
    #[must_use = "the client itself does not change"]
    pub fn for_context(&self, context: impl AsRef<str>) -> Self {
        Self { inner: Arc::clone(&self.inner), scope: Scope::Context(context.as_ref().into()) }
    }

    /// The same client, for the calls of the platform itself.
    #[must_use = "the client itself does not change"]
    pub fn for_platform(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), scope: Scope::Platform }
    }

    /// The connected account that calls are made on.
    pub fn account_id(&self) -> Option<&Id<Account>> {
        match &self.scope {
            Scope::Account(id) => Some(id),
            _ => None,
        }
    }

    /// Sends a request, once the call is awaited. `request.send(&client)` does the same.
    //
    // Never inlined, like `prepare`: the compiler would copy it, and how to drop the request, into every codegen unit.
    #[inline(never)]
    pub fn send<R: Request>(&self, request: &R) -> Call<R::Output> {
        Call::new(Arc::clone(&self.inner), self.prepare(request), Wanted::Object(R::is_expected), R::read)
    }

    /// Turns a request into a value that can be stored, and sent any number of times for one effect.
    ///
    /// # Errors
    /// For everything that can be wrong with a request before it is sent.
    #[inline(never)]
    pub fn prepare<R: Request>(&self, request: &R) -> Result<Prepared, Error> {
        encode(R::OPERATION, request, request.options(), &self.defaults())
    }

    /// Sends a prepared request, for the first time or again. It goes to the account that it was prepared
    /// for.
    ///
    /// The type of the reply is the caller's to name; [`Json`](crate::Json) always fits. The outcome of an error speaks
    /// about all times that it was sent: it is unknown where this time could not be sent or was turned away at the
    /// door, because an earlier time may have gone through.
    pub fn replay<T: Reply>(&self, request: &Prepared) -> Call<T> {
        self.resume(request, true)
    }

    /// Sends a prepared request. `replayed` is whether an earlier time may have gone through.
    pub(crate) fn resume<T: Reply>(&self, request: &Prepared, replayed: bool) -> Call<T> {
        let mut request = request.clone();
        // Whoever holds the value holds its key.
        request.0.generated_key = false;
        request.0.replayed = replayed;
        // It may have been stored by a client that did not insist.
        let scoped = request.0.account.is_some() || request.0.context.is_some();
        let request = if self.inner.require_account && !scoped {
            Err(Error::usage("the client requires an account, and the stored request has none"))
        } else {
            Ok(request)
        };
        Call::new(Arc::clone(&self.inner), request, Wanted::Object(T::is_expected), T::read)
    }

    /// Starts a request to any path of the API, for what this crate does not model. It has the same keys,
    /// retries and errors.
    ///
    /// ```
    /// # async fn example(stripe: stripe_platform::Client) -> Result<(), stripe_platform::Error> {
    /// use stripe_platform::Method;
    ///
    /// let customer = stripe.raw(Method::Post, "/v1/customers").param("email", "a@example.com").send().await?;
    /// println!("{}", customer["id"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self, method: Method, path: impl Into<String>) -> RawRequest {
        RawRequest::new(self.clone(), method, path.into())
    }

    pub(crate) fn defaults(&self) -> Defaults<'_> {
        Defaults {
            account: self.account_id().map(Id::as_str),
            context: match &self.scope {
                Scope::Context(context) => Some(context),
                _ => None,
            },
            version: &self.inner.version,
            previews: &self.inner.previews,
            require_account: self.inner.require_account,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("account", &self.account_id())
            .field("stripe_version", &self.inner.version)
            .finish_non_exhaustive()
    }
}
