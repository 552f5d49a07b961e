//! Requests to endpoints that this crate does not model.

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

/// Parameters whose values are masked in Stripe's messages, since there is no schema that marks them as secret.
///
/// It has the same safety as a typed request: idempotency keys, retries, deadlines and errors. The caller chooses the
/// names and types of the parameters.
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

    /// Appends a path segment, percent-encoded: for ids.
    pub fn segment(mut self, text: impl AsRef<str>) -> Self {
        self.path.push('/');
        // An empty segment is kept, and rejected with the rest of the path.
        let _ = push_segment(&mut self.path, "segment", text.as_ref());
        self
    }

    /// Adds a parameter: to the query of a GET or DELETE, to the form of a POST. Write nested names in full:
    /// `bank_account[country]`, `expand[0]`.
    pub fn param(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.params.push((name.into(), value.to_string()));
        self
    }

    /// Sets a JSON body, as version 2 of the API requires. Parameters then go into the query.
    pub fn json(mut self, body: impl Into<Json>) -> Self {
        self.json = Some(body.into());
        self
    }

    /// Sends the request to another host of Stripe.
    pub fn host(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    /// Makes the call for a connected account, regardless of the client's scope.
    pub fn for_account(mut self, account: impl Into<Id<crate::account::Account>>) -> Self {
        self.options.set_account(account.into());
        self
    }

    /// Sets the idempotency key. A POST gets a random one by default.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.options.set_idempotency_key(key.into());
        self
    }

    /// Expands a related object, which is then returned in full instead of as an id.
    pub fn expand(mut self, path: impl AsRef<str>) -> Self {
        self.options.add_expand(path.as_ref());
        self
    }

    /// Sets the timeout of the whole call, instead of the client's deadline.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.timeout(timeout);
        self
    }

    /// Sets call options. Options that are already set and not overridden are kept.
    pub fn with_options(mut self, options: Options) -> Self {
        self.options.merge(options);
        self
    }

    /// Sends the request when the returned call is awaited.
    pub fn send(&self) -> Call<Json> {
        self.send_as()
    }

    /// Sends the request and decodes the reply to a known type.
    pub fn send_as<T: Reply>(&self) -> Call<T> {
        Call::new(Arc::clone(&self.client.inner), self.prepare(), Wanted::Object(T::is_expected), T::read)
    }

    /// Sends the request for a reply that is not JSON: the contents of a file, a PDF.
    pub fn download(&self) -> Download {
        Download::new(Arc::clone(&self.client.inner), self.prepare())
    }

    /// Encodes the request into a value that can be stored, and sent any number of times with one effect.
    ///
    /// # Errors
    /// Returns any validation error of the request.
    pub fn prepare(&self) -> Result<Prepared, Error> {
        check_path(&self.path)?;
        let template = template_of(&self.path);
        let mut parts = Parts::new(self.method, &template, None, &self.options, &self.client.defaults())?;
        parts.path.clone_from(&self.path);
        parts.host = self.host;
        let expand: Vec<_> = self.options.expansions().collect();
        match (&self.json, self.method) {
            (Some(_), Method::Get) => {
                return Err(Error::invalid_input(
                    "a GET request cannot have a body; set values with `param`",
                ));
            }
            (Some(json), _) => {
                parts.body = Body::Json(json.to_string().into());
                parts.query = encode_pairs(&self.params, &expand, true);
                collect_json(json, "", &mut parts.secrets);
            }
            (None, Method::Post) if self.path.starts_with("/v2/") => {
                if !self.params.is_empty() {
                    return Err(Error::invalid_input(
                        "version 2 of the API requires parameters as JSON; set them with `json`",
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
    /// Creates a request to any path of the API, for endpoints that this crate does not model. It has the same
    /// idempotency keys, retries and errors as typed requests.
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
