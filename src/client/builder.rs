//! The builder of a client.

use crate::Error;
use crate::client::api_key::SecretKey;
use crate::client::base_urls::Hosts;
use crate::client::hooks::Hook;
use crate::client::rate_limit::RateLimits;
use crate::client::reply_size::ReplySize;
use crate::client::request::header_value::value;
use crate::client::request::headers;
use crate::client::request::headers::AppInfo;
use crate::client::shared::{Client, Inner};
use crate::client::transport::{ReqwestTransport, Transport};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Builds a [`Client`]. The defaults are safe for production use.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    key: SecretKey,
    api: String,
    files: String,
    connect: String,
    version: String,
    previews: BTreeMap<String, u32>,
    app: Option<AppInfo>,
    headers: Vec<(String, String)>,
    connect_timeout: Duration,
    roots: Vec<Vec<u8>>,
    attempt_timeout: Duration,
    deadline: Duration,
    max_retries: u32,
    reply_limit: usize,
    limits: RateLimits,
    hooks: Vec<Arc<dyn Hook>>,
    transport: Option<Arc<dyn Transport>>,
    require_account: bool,
}

impl ClientBuilder {
    pub(crate) fn new(key: SecretKey) -> Self {
        Self {
            key,
            api: "https://api.stripe.com".to_owned(),
            files: "https://files.stripe.com".to_owned(),
            connect: "https://connect.stripe.com".to_owned(),
            version: crate::API_VERSION.to_owned(),
            previews: BTreeMap::new(),
            app: None,
            headers: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            roots: Vec::new(),
            attempt_timeout: Duration::from_secs(60),
            deadline: Duration::from_secs(150),
            max_retries: 2,
            reply_limit: ReplySize::DEFAULT,
            limits: RateLimits::new(),
            hooks: Vec::new(),
            transport: None,
            require_account: false,
        }
    }

    /// Sends all requests to this server, whatever their host: a mock, a sandbox, a proxy.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        let url = url.into();
        self.api_base_url(url.clone()).files_base_url(url.clone()).connect_base_url(url)
    }

    /// Sets the API server. Defaults to `https://api.stripe.com`.
    pub fn api_base_url(mut self, url: impl Into<String>) -> Self {
        self.api = url.into();
        self
    }

    /// Sets the server for file uploads and downloads. Defaults to `https://files.stripe.com`.
    pub fn files_base_url(mut self, url: impl Into<String>) -> Self {
        self.files = url.into();
        self
    }

    /// Sets the OAuth server. Defaults to `https://connect.stripe.com`.
    pub fn connect_base_url(mut self, url: impl Into<String>) -> Self {
        self.connect = url.into();
        self
    }

    /// Sets the API version. Defaults to [`API_VERSION`](crate::API_VERSION), which this crate was generated from.
    /// Replies of another version may fail to decode.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Enables a preview feature, such as `issuing_program_beta=v1`. It is appended to the version header of every
    /// request. If a feature is set twice, the higher version is used.
    pub fn preview_feature(mut self, name: impl Into<String>, version: u32) -> Self {
        let known = self.previews.entry(name.into()).or_default();
        *known = version.max(*known);
        self
    }

    /// Adds your application's name to the user agent, for Stripe's support.
    pub fn app_info(mut self, name: impl Into<String>, version: Option<&str>, url: Option<&str>) -> Self {
        self.app =
            Some(AppInfo { name: name.into(), version: version.map(Into::into), url: url.map(Into::into) });
        self
    }

    /// Adds a header to every request. It overrides computed headers, except those with a dedicated setting.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the timeout for opening a connection. Defaults to 10 seconds. Ignored with a custom transport.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Trusts an additional root certificate in PEM format: for a TLS-inspecting proxy or a mock. Can be called
    /// repeatedly. Ignored with a custom transport.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Sets the timeout of one attempt, including reading the reply. Defaults to 60 seconds.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets the timeout of a call, including all attempts and waits. Defaults to 150 seconds.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the maximum number of retries. Only calls that are safe to repeat are retried. Defaults to 2.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// Sets the maximum size of a reply that is read as a whole, in bytes. Defaults to 32 MiB; a larger reply is an
    /// error. Downloads can be streamed instead, without a limit. To bound memory, a client and its clones read at
    /// most four replies larger than 1 MiB at a time; others wait.
    pub fn reply_limit(mut self, bytes: usize) -> Self {
        self.reply_limit = bytes;
        self
    }

    /// Limits the number of concurrent requests and the request rate of the client and its clones. Unlimited by
    /// default.
    pub fn limits(mut self, limits: RateLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds a hook that is called after every attempt and call. Can be called repeatedly.
    pub fn hook(mut self, hook: Arc<dyn Hook>) -> Self {
        self.hooks.push(hook);
        self
    }

    /// Sends requests through this transport instead of reqwest.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Rejects calls without a connected account: for programs that never act as the platform itself.
    pub fn require_account(mut self, required: bool) -> Self {
        self.require_account = required;
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// Fails if a setting is invalid, or if the system has no usable TLS.
    pub fn build(self) -> Result<Client, Error> {
        let hosts = Hosts::new(&self.api, &self.files, &self.connect, self.key.is_test())?;
        let headers = headers::fixed(self.key.header()?, self.app.as_ref(), &self.headers)?;
        value("the API version", headers::non_empty("the API version", &self.version)?)?;
        let mut previews = String::new();
        for (name, version) in &self.previews {
            value("the name of a preview feature", name)?;
            previews.push_str(&format!("; {name}=v{version}"));
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => {
                let loopback = hosts.are_loopback();
                Arc::new(ReqwestTransport::standard(self.connect_timeout, loopback, &self.roots)?)
            }
        };
        Ok(Client::from_inner(Inner {
            hosts,
            headers,
            version: self.version,
            previews,
            transport,
            attempt_timeout: self.attempt_timeout,
            deadline: self.deadline,
            max_retries: self.max_retries,
            reply_size: ReplySize::new(self.reply_limit),
            limiter: self.limits.limiter()?,
            hooks: self.hooks,
            require_account: self.require_account,
        }))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("key", &self.key)
            .field("api", &self.api)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Creates a client with default settings; see [`ClientBuilder`].
    ///
    /// # Errors
    /// Fails if the key is malformed, or if the system has no usable TLS.
    pub fn new(key: impl Into<SecretKey>) -> Result<Self, Error> {
        Self::builder(key).build()
    }

    /// Creates a builder for a client.
    pub fn builder(key: impl Into<SecretKey>) -> ClientBuilder {
        ClientBuilder::new(key.into())
    }
}
