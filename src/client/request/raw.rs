//! Requests to what this crate does not model.

use crate::client::base_urls::check_path;
use crate::client::call::Call;
use crate::client::call::origin::Wanted;
use crate::client::files::download::Download;
use crate::client::options::Options;
use crate::client::request::Reply;
use crate::client::request::operation::Host;
use crate::client::request::path::{push_segment, template_of};
use crate::client::request::prepared::{Body, Parts, Prepared};
use crate::client::request::secret_names::{SECRET_NAMES, collect_json};
use crate::client::shared::Client;
use crate::types::method::Method;
use crate::wire::form::encode_pairs;
use crate::{Error, Id, Json};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A request to any path of the API, made by [`Client::raw`](crate::Client::raw).
///
/// It is as safe as a typed one: the same keys, retries, deadlines and errors. The names and types of its
/// parameters are up to the caller.
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct RawRequest {
    client: Client,
    method: Method,
    path: String,
    host: Host,
    params: Vec<(String, String)>,
    json: Option<Json>,
    options: Options,
}

impl RawRequest {
    pub(crate) fn new(client: Client, method: Method, path: String) -> Self {
        Self {
            client,
            method,
            path,
            host: Host::Api,
            params: Vec::new(),
            json: None,
            options: Options::new(),
        }
    }

    /// Appends a segment to the path, escaped: for ids.
    pub fn segment(mut self, text: impl AsRef<str>) -> Self {
        self.path.push('/');
        // An empty segment stays, and is refused with the rest of the path.
        let _ = push_segment(&mut self.path, "segment", text.as_ref());
        self
    }

    /// Adds a parameter: to the query of a GET or DELETE, to the form of a POST. Nested names are written
    /// out: `bank_account[country]`, `expand[0]`.
    pub fn param(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.params.push((name.into(), value.to_string()));
        self
    }

    /// Sends this JSON as the body, as version 2 of the API wants it. Parameters go into the query then.
    pub fn json(mut self, body: impl Into<Json>) -> Self {
        self.json = Some(body.into());
        self
    }

    /// Sends it to another host of Stripe.
    pub fn host(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    /// Makes the call on a connected account, whatever the client's scope is.
    pub fn for_account(mut self, account: impl Into<Id<crate::account::Account>>) -> Self {
        self.options.set_account(account.into());
        self
    }

    /// Sets the idempotency key. Without it a POST gets a random one.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.options.set_idempotency_key(key.into());
        self
    }

    /// Asks for a related object in full instead of its id.
    pub fn expand(mut self, path: impl AsRef<str>) -> Self {
        self.options.add_expand(path.as_ref());
        self
    }

    /// Limits the whole call, instead of the client's deadline.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.timeout(timeout);
        self
    }

    /// Sets call options: those that are set there. What was set before and is not set there stays.
    pub fn with_options(mut self, options: Options) -> Self {
        self.options.merge(options);
        self
    }

    /// Sends it. Nothing happens until the call is awaited.
    pub fn send(&self) -> Call<Json> {
        self.send_as()
    }

    /// Sends it, for a reply of a known type.
    pub fn send_as<T: Reply>(&self) -> Call<T> {
        Call::new(Arc::clone(&self.client.inner), self.prepare(), Wanted::Object(T::is_expected), T::read)
    }

    /// Sends it for a reply that is not JSON: the contents of a file, a PDF.
    pub fn download(&self) -> Download {
        Download::new(Arc::clone(&self.client.inner), self.prepare())
    }

    /// Turns it into a value that can be stored, and sent any number of times for one effect.
    ///
    /// # Errors
    /// For everything that can be wrong with a request before it is sent.
    pub fn prepare(&self) -> Result<Prepared, Error> {
        check_path(&self.path)?;
        let template = template_of(&self.path);
        let mut parts = Parts::new(self.method, &template, None, &self.options, &self.client.defaults())?;
        parts.path.clone_from(&self.path);
        parts.host = self.host;
        let expand: Vec<_> = self.options.expansions().collect();
        match (&self.json, self.method) {
            (Some(_), Method::Get) => return Err(Error::invalid_input("a GET has no body")),
            (Some(json), _) => {
                parts.body = Body::Json(json.to_string().into());
                parts.query = encode_pairs(&self.params, &expand, true);
                collect_json(json, "", &mut parts.secrets);
            }
            (None, Method::Post) if self.path.starts_with("/v2/") => {
                if !self.params.is_empty() {
                    return Err(Error::invalid_input(
                        "version 2 of the API takes its parameters as JSON: use `json`",
                    ));
                }
                parts.body = Body::Json("{}".to_owned().into());
            }
            (None, Method::Post) => {
                parts.body = Body::Form(encode_pairs(&self.params, &expand, false).into())
            }
            (None, _) => parts.query = encode_pairs(&self.params, &expand, true),
        }
        for (name, value) in &self.params {
            let last = name.trim_end_matches(']').rsplit('[').next().unwrap_or(name);
            if SECRET_NAMES.contains(&last) {
                parts.secrets.push(value.clone());
            }
        }
        Ok(Prepared(Box::new(parts)))
    }
}

impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRequest")
            .field("method", &self.method.as_str())
            .field("path", &template_of(&self.path))
            .finish_non_exhaustive()
    }
}

impl Client {
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
}
