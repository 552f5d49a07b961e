//! Looks for the effect of a stored request at Stripe.

use super::Stored;
use crate::client::transport::BoxFuture;
use crate::{Client, Error, Json, Method, Prepared};
use std::future::Future;

/// Finds out whether a request that must not be sent again took effect. A [`Worker`](super::Worker) calls it for rows
/// whose key has expired, or may have.
///
/// Implemented by closures of a client and a [`Stored`].
pub trait Reconcile: Send + Sync + 'static {
    /// Looks for the effect of the request.
    fn find<'a>(&'a self, client: &'a Client, stored: &'a Stored) -> BoxFuture<'a, Result<Found, Error>>;
}

/// The result of the search.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_enums)]
pub enum Found {
    /// The effect exists: the row succeeds with this object.
    Object(Json),
    /// The request certainly had no effect: it is sent again.
    Nothing,
    /// Unknown: the row needs review.
    Unclear,
}

impl<F, R> Reconcile for F
where
    F: Fn(Client, Stored) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Found, Error>> + Send + 'static,
{
    fn find<'a>(&'a self, client: &'a Client, stored: &'a Stored) -> BoxFuture<'a, Result<Found, Error>> {
        Box::pin(self(client.clone(), stored.clone()))
    }
}

/// Looks for payouts, transfers and top-ups by a reference in their metadata.
///
/// The request must have the reference in its metadata, and the reference must be unique per account. Other requests,
/// and those without a reference, are [`Found::Unclear`].
#[derive(Clone, Debug)]
pub struct ByMetadata {
    name: String,
    pages: u32,
}

/// Objects per page: Stripe's maximum.
const PAGE: usize = 100;
/// How much earlier than the first attempt an object may be, in seconds: two days, in case the store's clock was
/// fast.
const MARGIN: i64 = 2 * 24 * 3600;

impl ByMetadata {
    /// Creates a search for the value of this metadata key.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), pages: 50 }
    }

    /// Sets the maximum number of pages of 100 objects, after which the result is [`Found::Unclear`]. Defaults to 50.
    #[must_use]
    pub fn pages(self, pages: u32) -> Self {
        Self { pages, ..self }
    }

    async fn look(&self, client: &Client, stored: &Stored) -> Result<Found, Error> {
        let request = &stored.request;
        let list = matches!(request.path(), "/v1/payouts" | "/v1/transfers" | "/v1/topups");
        let wanted = parameter(request, &format!("metadata[{}]", self.name));
        let (Some(wanted), true, Method::Post) = (wanted, list, request.method()) else {
            return Ok(Found::Unclear);
        };
        let client = scope(request, client);
        // A clock that is known to have been wrong bounds nothing.
        let since = match stored.first_attempt {
            Some(first) if first <= stored.now && stored.latest <= stored.now => {
                Some(first.as_seconds().saturating_sub(MARGIN))
            }
            _ => None,
        };
        let mut after: Option<String> = None;
        for _ in 0..self.pages {
            let mut page = client.raw(Method::Get, request.path()).param("limit", PAGE.to_string());
            if let Some(since) = since {
                page = page.param("created[gte]", since.to_string());
            }
            if let Some(after) = &after {
                page = page.param("starting_after", after.as_str());
            }
            let page = page.send().await?;
            let objects = page["data"].as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(found) = objects.iter().find(|object| object["metadata"][&self.name] == *wanted) {
                let amount = found["amount"].to_string();
                let same = parameter(request, "amount").is_none_or(|asked| asked == amount);
                return Ok(if same { Found::Object(found.clone()) } else { Found::Unclear });
            }
            after = objects.last().and_then(|object| object["id"].as_str()).map(str::to_owned);
            match (page["has_more"].as_bool(), &after) {
                (Some(false), _) => return Ok(Found::Nothing),
                (Some(true), Some(_)) => {}
                _ => return Ok(Found::Unclear),
            }
        }
        Ok(Found::Unclear)
    }
}

/// The client for other calls about the account of a request.
fn scope(request: &Prepared, client: &Client) -> Client {
    match (request.account(), request.context()) {
        (Some(account), _) => client.for_account(account),
        (None, Some(context)) => client.for_context(context),
        (None, None) => client.for_platform(),
    }
}

impl Reconcile for ByMetadata {
    fn find<'a>(&'a self, client: &'a Client, stored: &'a Stored) -> BoxFuture<'a, Result<Found, Error>> {
        Box::pin(self.look(client, stored))
    }
}

/// The value of a form parameter.
fn parameter(request: &Prepared, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(request.body());
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
