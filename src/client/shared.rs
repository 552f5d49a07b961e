//! The client: settings shared by all clones, and the account scope.

use crate::Id;
use crate::account::Account;
use crate::client::base_urls::Hosts;
use crate::client::hooks::Hook;
use crate::client::rate_limit::Limiter;
use crate::client::reply_size::ReplySize;
use crate::client::request::defaults::Defaults;
use crate::client::transport::Transport;
use http::HeaderMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A client for Stripe's API.
///
/// Cloning is cheap, and clones share connections. The defaults are safe: every POST has an idempotency key, network
/// failures are retried with it, and no call exceeds its deadline.
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

/// The scope of calls.
#[derive(Clone, Default)]
enum Scope {
    #[default]
    Platform,
    Account(Id<Account>),
    Context(Arc<str>),
}

/// The state shared by all clones.
pub(crate) struct Inner {
    pub(crate) hosts: Hosts,
    /// The headers that are the same on every request, including the API key.
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
    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self { inner: Arc::new(inner), scope: Scope::Platform }
    }

    /// Returns a client whose calls act for a connected account, with the `Stripe-Account` header.
    #[must_use = "the client itself does not change"]
    pub fn for_account(&self, account: impl Into<Id<Account>>) -> Self {
        Self { inner: Arc::clone(&self.inner), scope: Scope::Account(account.into()) }
    }

    /// Returns a client whose calls act in a context, an account or a path of accounts, with the `Stripe-Context`
    /// header.
    #[must_use = "the client itself does not change"]
    pub fn for_context(&self, context: impl AsRef<str>) -> Self {
        Self { inner: Arc::clone(&self.inner), scope: Scope::Context(context.as_ref().into()) }
    }

    /// Returns a client whose calls act for the platform itself.
    #[must_use = "the client itself does not change"]
    pub fn for_platform(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), scope: Scope::Platform }
    }

    /// The connected account of calls.
    pub fn account_id(&self) -> Option<&Id<Account>> {
        match &self.scope {
            Scope::Account(id) => Some(id),
            _ => None,
        }
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
