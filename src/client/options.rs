//! The options of one call, stored next to the parameters of its request.

use crate::account::Account;
use crate::client::api_key::SecretKey;
use crate::wire::debug::REDACTED;
use crate::wire::release;
use crate::{Id, Json};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Options of one call. Empty by default, at the cost of one pointer.
///
/// Requests have setters for the common options; this type provides all of them.
///
/// ```
/// use stripe_platform::{Options, balance};
/// use std::time::Duration;
///
/// let request = balance::Retrieve::new()
///     .with_options(Options::new().account("acct_1").max_retries(0).timeout(Duration::from_secs(5)));
/// assert_eq!(request.options.account_id().unwrap().as_str(), "acct_1");
/// ```
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Options(Option<Arc<Inner>>);

impl Drop for Options {
    #[inline]
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            release(inner);
        }
    }
}

/// A parameter by name; `a[b][c]` for nested ones.
#[derive(Clone, PartialEq)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) value: Json,
}

impl fmt::Debug for Param {
    /// Prints the name only, because the crate does not know which values are secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[derive(Clone, Default, PartialEq)]
struct Inner {
    api_key: Option<SecretKey>,
    account: Option<Id<Account>>,
    context: Option<String>,
    idempotency_key: Option<String>,
    version: Option<String>,
    expand: Vec<String>,
    params: Vec<Param>,
    headers: Vec<(String, String)>,
    timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    max_retries: Option<u32>,
}

impl fmt::Debug for Inner {
    /// Omits the values of custom headers: they may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("api_key", &self.api_key)
            .field("account", &self.account)
            .field("context", &self.context)
            .field("idempotency_key", &self.idempotency_key)
            .field("version", &self.version)
            .field("expand", &self.expand)
            .field("params", &self.params)
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("timeout", &self.timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("max_retries", &self.max_retries)
            .finish()
    }
}

impl Options {
    /// Creates empty options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the call for a connected account, with the `Stripe-Account` header.
    pub fn account(mut self, account: impl Into<Id<Account>>) -> Self {
        self.set_account(account.into());
        self
    }

    /// Uses this API key instead of the client's: a restricted key, or that of another sandbox. The call shares the
    /// client's connections and limits. Such a request cannot be stored, because keys are not stored.
    pub fn api_key(mut self, key: impl Into<SecretKey>) -> Self {
        self.inner().api_key = Some(key.into());
        self
    }

    /// Sets the `Stripe-Context` header. Cannot be combined with an account.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.inner().context = Some(context.into());
        self
    }

    /// Sets the idempotency key, 1 to 255 visible ASCII characters. Stripe stores a refusal under its key for a day;
    /// see [`Prepared`](crate::Prepared).
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.set_idempotency_key(key.into());
        self
    }

    /// Sets the `Stripe-Version` header of the call. Replies of a version other than the one that this crate was
    /// generated from may fail to decode.
    pub fn stripe_version(mut self, version: impl Into<String>) -> Self {
        self.inner().version = Some(version.into());
        self
    }

    /// Adds a path to the `expand` list.
    pub fn expand(mut self, path: impl AsRef<str>) -> Self {
        self.add_expand(path.as_ref());
        self
    }

    /// Sends a parameter that the request type lacks, because it is newer than this crate or was left out: see
    /// `param` of the requests, such as [`topup::Create::param`](crate::topup::Create::param).
    pub fn param(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.add_param(name.into(), value.into());
        self
    }

    /// Adds a header. Headers with a dedicated setter or a fixed meaning (`Authorization`, `Idempotency-Key`,
    /// `Stripe-Account` and others) are rejected before sending.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.inner().headers.push((name.into(), value.into()));
        self
    }

    /// Sets the timeout of the whole call, including all attempts and waits, instead of the client's deadline.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.inner().timeout = Some(timeout);
        self
    }

    /// Sets the timeout of each attempt, or of each chunk of a streamed download, instead of the client's attempt
    /// timeout.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.inner().attempt_timeout = Some(timeout);
        self
    }

    /// Sets the maximum number of retries, instead of the client's.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.inner().max_retries = Some(retries);
        self
    }

    /// The connected account of the call.
    pub fn account_id(&self) -> Option<&Id<Account>> {
        self.get(|inner| inner.account.as_ref())
    }

    /// Overrides with the options that are set in `others`; the rest is unchanged.
    pub(crate) fn merge(&mut self, mut others: Options) {
        let Some(others) = others.0.take().map(Arc::unwrap_or_clone) else { return };
        let inner = self.inner();
        fn take<T>(into: &mut Option<T>, from: Option<T>) {
            if from.is_some() {
                *into = from;
            }
        }
        take(&mut inner.api_key, others.api_key);
        take(&mut inner.account, others.account);
        take(&mut inner.context, others.context);
        take(&mut inner.idempotency_key, others.idempotency_key);
        take(&mut inner.version, others.version);
        take(&mut inner.timeout, others.timeout);
        take(&mut inner.attempt_timeout, others.attempt_timeout);
        take(&mut inner.max_retries, others.max_retries);
        inner.expand.extend(others.expand);
        inner.params.extend(others.params);
        inner.headers.extend(others.headers);
    }

    pub(crate) fn set_account(&mut self, account: Id<Account>) {
        self.inner().account = Some(account);
    }

    pub(crate) fn set_idempotency_key(&mut self, key: String) {
        self.inner().idempotency_key = Some(key);
    }

    pub(crate) fn add_expand(&mut self, path: &str) {
        self.inner().expand.push(path.to_owned());
    }

    pub(crate) fn add_param(&mut self, name: String, value: Json) {
        self.inner().params.push(Param { name, value });
    }

    /// Shows the names of the parameters that were added; which values are secret is not known.
    pub(crate) fn show_params(&self, out: &mut fmt::DebugStruct<'_, '_>) {
        for param in self.params() {
            out.field(&param.name, &format_args!("{REDACTED}"));
        }
    }

    pub(crate) fn params(&self) -> &[Param] {
        self.0.as_ref().map_or(&[], |inner| &inner.params)
    }

    pub(crate) fn own_key(&self) -> Option<&SecretKey> {
        self.get(|inner| inner.api_key.as_ref())
    }

    pub(crate) fn context_path(&self) -> Option<&str> {
        self.get(|inner| inner.context.as_deref())
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.get(|inner| inner.idempotency_key.as_deref())
    }

    pub(crate) fn version(&self) -> Option<&str> {
        self.get(|inner| inner.version.as_deref())
    }

    pub(crate) fn expansions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|inner| inner.expand.iter().map(String::as_str))
    }

    pub(crate) fn headers(&self) -> &[(String, String)] {
        self.0.as_ref().map_or(&[], |inner| &inner.headers)
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.get(|inner| inner.timeout)
    }

    pub(crate) fn attempt_limit(&self) -> Option<Duration> {
        self.get(|inner| inner.attempt_timeout)
    }

    pub(crate) fn retries(&self) -> Option<u32> {
        self.get(|inner| inner.max_retries)
    }

    fn get<'a, T>(&'a self, read: impl FnOnce(&'a Inner) -> Option<T>) -> Option<T> {
        self.0.as_deref().and_then(read)
    }

    fn inner(&mut self) -> &mut Inner {
        Arc::make_mut(self.0.get_or_insert_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_merged() {
        let mut options = Options::new().account("acct_1").idempotency_key("k").expand("a");
        options.merge(Options::new().account("acct_2").stripe_version("v").expand("b"));
        let both =
            Options::new().account("acct_2").idempotency_key("k").expand("a").stripe_version("v").expand("b");
        assert_eq!(options, both);
        options.merge(Options::new());
        assert_eq!(options, both);
    }

    #[test]
    fn values_of_custom_headers_are_hidden() {
        let text = format!("{:?}", Options::new().header("X-Proxy-Token", "hush").idempotency_key("k"));
        assert!(text.contains("X-Proxy-Token") && text.contains("\"k\"") && !text.contains("hush"), "{text}");
    }
}
