//! The settings of a client.

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

/// The settings of a [`Client`], with defaults that are safe to leave as they are.
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

    /// Sends all calls, whatever their host, to this server: a mock, a sandbox, a proxy.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        let url = url.into();
        self.api_base_url(url.clone()).files_base_url(url.clone()).connect_base_url(url)
    }

    /// Sets the server of the API, `https://api.stripe.com` otherwise.
    pub fn api_base_url(mut self, url: impl Into<String>) -> Self {
        self.api = url.into();
        self
    }

    /// Sets the server of uploads and file contents, `https://files.stripe.com` otherwise.
    pub fn files_base_url(mut self, url: impl Into<String>) -> Self {
        self.files = url.into();
        self
    }

    /// Sets the server of OAuth, `https://connect.stripe.com` otherwise.
    pub fn connect_base_url(mut self, url: impl Into<String>) -> Self {
        self.connect = url.into();
        self
    }

    /// Asks for another API version than [`API_VERSION`](crate::API_VERSION), which this crate was made for.
    /// Replies of another version may not decode.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Switches a preview feature on, such as `issuing_program_beta=v1`: it is appended to every version that
    /// is sent. Of two versions of one feature the higher stays.
    pub fn preview_feature(mut self, name: impl Into<String>, version: u32) -> Self {
        let known = self.previews.entry(name.into()).or_default();
        *known = version.max(*known);
        self
    }

    /// Names your application in the user agent, for Stripe's support.
    pub fn app_info(mut self, name: impl Into<String>, version: Option<&str>, url: Option<&str>) -> Self {
        self.app =
            Some(AppInfo { name: name.into(), version: version.map(Into::into), url: url.map(Into::into) });
        self
    }

    /// Adds a header to every call. It wins over a computed one, except for those that have a setting of
    /// their own.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How long a connection may take, 10 seconds otherwise. A transport of your own has its own.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Trusts servers with a certificate of this authority as well, in PEM: a proxy that opens TLS, a mock. Can be
    /// called for several. A transport of your own has its own.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// How long one attempt may take until its reply is complete, 60 seconds otherwise.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// How long a call may take with all its attempts and waits, 150 seconds otherwise.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How often a call is repeated when that is safe and may help, twice otherwise.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// How many bytes a reply may have that is read as a whole, 32 MiB otherwise; a larger one is an error. A download can
    /// be taken in pieces instead, without a limit. Of replies larger than 1 MiB a client and its clones read four at a
    /// time, and the others wait, so that many large replies at once do not fill the memory.
    pub fn reply_limit(mut self, bytes: usize) -> Self {
        self.reply_limit = bytes;
        self
    }

    /// Holds the client and its clones to a number of requests at once and per second. There is no limit
    /// otherwise.
    pub fn limits(mut self, limits: RateLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells a hook about every attempt and call. Can be called for several.
    pub fn hook(mut self, hook: Arc<dyn Hook>) -> Self {
        self.hooks.push(hook);
        self
    }

    /// Sends calls through this transport instead of the one over reqwest.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Refuses calls that name no connected account: for programs that never act for the platform itself.
    pub fn require_account(mut self, required: bool) -> Self {
        self.require_account = required;
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// If a setting cannot be what it is, or the system has no usable TLS.
    pub fn build(self) -> Result<Client, Error> {
        let hosts = Hosts::new(&self.api, &self.files, &self.connect, self.key.is_test())?;
        let headers = headers::fixed(self.key.header()?, self.app.as_ref(), &self.headers)?;
        value("the API version", headers::non_empty("the API version", &self.version)?)?;
        let mut previews = String::new();
        for (name, version) in &self.previews {
            value("the preview feature", name)?;
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
}
