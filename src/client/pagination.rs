//! Pagination of lists.

use crate::client::base_urls::check_path;
use crate::client::call::exchange;
use crate::client::call::origin::Wanted;
use crate::client::call::reply::Decode as _;
use crate::client::call::reply::Reply;
use crate::client::options::Options;
use crate::client::request;
use crate::client::request::Request;
use crate::client::request::path::template_of;
use crate::client::request::prepared::{Parts, Prepared};
use crate::client::shared::{Client, Inner};
use crate::client::transport::BoxFuture;
use crate::error::DecodeError;
use crate::types::list::{List, Page};
use crate::types::method::Method;
use crate::wire::form::encode_pairs;
use crate::wire::{WireType, decode, id_of};
use crate::{Error, Json};
use bytes::Bytes;
use futures_core::Stream;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use url::form_urlencoded::{byte_serialize, parse};

/// A reply that is one page of a list. Implemented by [`List`] and [`Page`].
#[allow(private_bounds)]
pub trait Listing: request::Reply + Steps {
    /// The type of the items.
    type Item: Send + 'static;

    /// The items of this page.
    fn into_items(self) -> Vec<Self::Item>;
}

pub(crate) trait Steps {
    /// How to get the next page.
    fn step(&self, backwards: bool) -> Step;
}

/// The change to the request that returns the next page.
pub(crate) enum Step {
    End,
    /// Version 1: the id of the last item.
    Cursor(String),
    /// Version 2: a path with a query.
    Link(String),
}

impl<T: WireType> Listing for List<T> {
    type Item = T;

    fn into_items(self) -> Vec<T> {
        self.data
    }
}

impl<T: WireType> Steps for List<T> {
    fn step(&self, backwards: bool) -> Step {
        let edge = if backwards { self.data.first() } else { self.data.last() };
        match edge {
            Some(item) if self.has_more => Step::Cursor(id_of(item).to_owned()),
            _ => Step::End,
        }
    }
}

impl<T: WireType> Listing for Page<T> {
    type Item = T;

    fn into_items(self) -> Vec<T> {
        self.data
    }
}

impl<T: WireType> Steps for Page<T> {
    fn step(&self, backwards: bool) -> Step {
        let link = if backwards { &self.previous_page_url } else { &self.next_page_url };
        link.clone().map_or(Step::End, Step::Link)
    }
}

type PageDecode<P> = fn(&[u8], bool) -> Result<(P, Step), String>;

/// All items of a list, across pages.
///
/// The next page is prefetched while the items of the current one are consumed; never more than one. Filters, account
/// and other options of the request apply to every page. With `ending_before` the list is read backwards, towards
/// newer items. After an error the iteration ends.
///
/// Implements [`Stream`], and also has [`next`](Items::next).
#[must_use = "nothing is sent until the first item is requested"]
pub struct Items<T> {
    walk: Walk,
    buffer: std::vec::IntoIter<T>,
    decode: PageDecode<Vec<T>>,
}

/// The pages of a list, as returned by Stripe.
#[must_use = "nothing is sent until the first page is requested"]
pub struct Pages<L> {
    walk: Walk,
    decode: PageDecode<L>,
}

impl Client {
    /// Iterates over all items of a list; same as `request.items(&client)`.
    pub fn items<R>(&self, request: &R) -> Items<<R::Output as Listing>::Item>
    where
        R: Request,
        R::Output: Listing,
    {
        Items {
            walk: Walk::new(Arc::clone(&self.inner), self.prepare(request)),
            buffer: Vec::new().into_iter(),
            decode: items::<R::Output>,
        }
    }

    /// Iterates over the pages of a list; same as `request.pages(&client)`.
    pub fn pages<R>(&self, request: &R) -> Pages<R::Output>
    where
        R: Request,
        R::Output: Listing,
    {
        Pages { walk: Walk::new(Arc::clone(&self.inner), self.prepare(request)), decode: page::<R::Output> }
    }
}

impl<T: WireType> List<T> {
    /// Iterates over the items of this list and of all following pages: for a list inside another object, such as the
    /// external accounts of an account. Use a client with the scope in which the object was read.
    pub fn into_items_with(self, client: &Client) -> Items<T> {
        self.into_items_with_options(client, &Options::new())
    }

    /// Like [`into_items_with`](Self::into_items_with), with call options for the following pages: a version, a
    /// header, paths to expand (`data.customer`). The options of the outer request are not known here.
    pub fn into_items_with_options(self, client: &Client, options: &Options) -> Items<T> {
        let next = match self.step(false) {
            Step::Cursor(id) => {
                let first = first_of(client, &self.url, options);
                Some(first.and_then(|request| next(&request, Step::Cursor(id), false)))
            }
            _ => None,
        };
        Items {
            walk: Walk { client: Arc::clone(&client.inner), backwards: false, next, running: None },
            buffer: self.data.into_iter(),
            decode: items::<List<T>>,
        }
    }
}

impl<T> Items<T> {
    /// Iterates backwards from the first page, towards newer items: for going back from a page of version 2. In
    /// version 1, use `ending_before` instead.
    pub fn backwards(mut self) -> Self {
        self.walk.backwards = true;
        self
    }

    /// Returns the next item; `None` after the last one, and after an error.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Collects all remaining items in memory.
    ///
    /// # Errors
    /// Returns the first error of any page; the items before it are lost.
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await {
            all.push(item?);
        }
        Ok(all)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            if let Some(item) = self.buffer.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(poll_page(&mut self.walk, self.decode, context)) {
                Some(Ok(items)) => self.buffer = items.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<L> Pages<L> {
    /// Iterates backwards from the first page, towards newer items: for going back from a page of version 2. In
    /// version 1, use `ending_before` instead.
    pub fn backwards(mut self) -> Self {
        self.walk.backwards = true;
        self
    }

    /// Returns the next page; `None` after the last one, and after an error.
    pub async fn next(&mut self) -> Option<Result<L, Error>> {
        poll_fn(|context| poll_page(&mut self.walk, self.decode, context)).await
    }
}

// The values are moved as a whole, never pinned.
impl<T> Unpin for Items<T> {}
impl<L> Unpin for Pages<L> {}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.buffer.len(), None)
    }
}

impl<L> Stream for Pages<L> {
    type Item = Result<L, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let decode = self.decode;
        poll_page(&mut self.walk, decode, context)
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("buffered", &self.buffer.len()).finish_non_exhaustive()
    }
}

impl<L> fmt::Debug for Pages<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

fn items<L: Listing>(body: &[u8], backwards: bool) -> Result<(Vec<L::Item>, Step), String> {
    let (page, step) = page::<L>(body, backwards)?;
    let mut items = page.into_items();
    if backwards {
        // Every page lists newest items first, in both directions.
        items.reverse();
    }
    Ok((items, step))
}

fn page<L: Listing>(body: &[u8], backwards: bool) -> Result<(L, Step), String> {
    let page: L = decode::from_slice(body)?;
    let step = page.step(backwards);
    Ok((page, step))
}

fn poll_page<P>(
    walk: &mut Walk,
    decode: PageDecode<P>,
    context: &mut Context<'_>,
) -> Poll<Option<Result<P, Error>>> {
    let Some(reply) = ready!(walk.poll_reply(context)) else { return Poll::Ready(None) };
    Poll::Ready(Some(reply.and_then(|(request, reply)| match decode(&reply.body, walk.backwards) {
        Ok((page, step)) => {
            reply.ended(None);
            walk.advance(&request, step);
            Ok(page)
        }
        Err(said) => Err(reply.undecodable(&said)),
    })))
}

type Exchanged = (Prepared, Reply<Bytes>);
type Exchange = BoxFuture<'static, Result<Reply<Bytes>, Error>>;

/// The part of pagination that does not depend on the item type.
struct Walk {
    client: Arc<Inner>,
    backwards: bool,
    /// The next request, before it is started.
    next: Option<Result<Prepared, Error>>,
    /// The running request.
    running: Option<(Prepared, Running)>,
}

enum Running {
    /// Polled by the caller.
    Here(Exchange),
    /// Prefetched in a task while earlier items are consumed.
    Ahead(Ahead),
}

/// A task that is aborted on drop.
struct Ahead(JoinHandle<Result<Reply<Bytes>, Error>>);

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A page with any items, of either version.
const WANTED: Wanted = Wanted::Object(is_page);

fn is_page(body: &[u8]) -> bool {
    List::<Json>::is_expected(body) || Page::<Json>::is_expected(body)
}

impl Walk {
    fn new(client: Arc<Inner>, first: Result<Prepared, Error>) -> Self {
        let backwards = first
            .as_ref()
            .is_ok_and(|request| parse(request.0.query.as_bytes()).any(|(name, _)| name == "ending_before"));
        Self { client, backwards, next: Some(first), running: None }
    }

    fn poll_reply(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Exchanged, Error>>> {
        loop {
            let Some((request, running)) = &mut self.running else {
                match self.next.take() {
                    None => return Poll::Ready(None),
                    Some(Ok(request)) => self.start(request),
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                }
                continue;
            };
            let reply = match running {
                Running::Here(exchange) => ready!(exchange.as_mut().poll(context)),
                Running::Ahead(ahead) => match ready!(Pin::new(&mut ahead.0).poll(context)) {
                    Ok(reply) => reply,
                    Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                    Err(_) => {
                        // The task's runtime was shut down, but this one is running.
                        let request = request.clone();
                        self.start(request);
                        continue;
                    }
                },
            };
            return Poll::Ready(self.running.take().map(|(request, _)| Ok((request, reply?))));
        }
    }

    fn start(&mut self, request: Prepared) {
        let exchange = exchange(Arc::clone(&self.client), Ok(request.clone()), WANTED);
        self.running = Some((request, Running::Here(exchange)));
    }

    /// Starts the request for the following page.
    fn advance(&mut self, request: &Prepared, step: Step) {
        let next = match step {
            Step::End => return,
            step => next(request, step, self.backwards),
        };
        match (next, Handle::try_current()) {
            (Ok(request), Ok(runtime)) => {
                use tracing::Instrument;
                let exchange = exchange(Arc::clone(&self.client), Ok(request.clone()), WANTED);
                self.running =
                    Some((request, Running::Ahead(Ahead(runtime.spawn(exchange.in_current_span())))));
            }
            (next, _) => self.next = Some(next),
        }
    }
}

fn stuck(problem: &str) -> Error {
    Error::Decode(Box::new(DecodeError::new(problem)))
}

/// The request for the following page.
fn next(request: &Prepared, step: Step, backwards: bool) -> Result<Prepared, Error> {
    let mut next = request.clone();
    match step {
        Step::End => {}
        Step::Cursor(id) if id.is_empty() => {
            return Err(stuck("the list has more items, but its last item has no id to continue from"));
        }
        Step::Cursor(id) => {
            let cursor = if backwards { "ending_before" } else { "starting_after" };
            let mut query = String::with_capacity(request.0.query.len() + id.len() + 16);
            for pair in request.0.query.split('&').filter(|pair| !pair.is_empty()) {
                let name = pair.split('=').next().unwrap_or_default();
                if name != "starting_after" && name != "ending_before" {
                    query.push_str(pair);
                    query.push('&');
                }
            }
            query.push_str(cursor);
            query.push('=');
            query.extend(byte_serialize(id.as_bytes()));
            next.0.query = query;
        }
        Step::Link(link) => {
            let (path, query) = split_link(&link)?;
            next.0.path = path;
            next.0.query = query;
        }
    }
    if next.0.path == request.0.path && next.0.query == request.0.query {
        return Err(stuck("the list does not advance: its next page is the current page"));
    }
    Ok(next)
}

/// A request for the list at a path that Stripe returned.
fn first_of(client: &Client, url: &str, options: &Options) -> Result<Prepared, Error> {
    let (path, mut query) = split_link(url)?;
    let parts = Parts::new(Method::Get, &template_of(&path), None, options, &client.defaults())?;
    let expand = encode_pairs(&[], &options.expansions().collect::<Vec<_>>(), true);
    if !query.is_empty() && !expand.is_empty() {
        query.push('&');
    }
    query.push_str(&expand);
    Ok(Prepared(Box::new(Parts { path, query, ..parts })))
}

/// Splits a link that Stripe returned into path and query. Following a link to another host would leak the API key.
fn split_link(link: &str) -> Result<(String, String), Error> {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    match check_path(path) {
        Ok(()) => Ok((path.to_owned(), query.to_owned())),
        Err(_) => Err(stuck("the link to the next page is not a path of Stripe's API and was not followed")),
    }
}
