//! Walks through lists, page by page.

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
    /// What the list is of.
    type Item: Send + 'static;

    /// The items of this page.
    fn into_items(self) -> Vec<Self::Item>;
}

pub(crate) trait Steps {
    /// Where the next page is.
    fn step(&self, backwards: bool) -> Step;
}

/// What to change about a request to get the next page.
pub(crate) enum Step {
    End,
    /// Version 1: the id of the item to go on from.
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

/// All items of a list, over all of its pages.
///
/// While the items of one page are taken, the next page is on its way already, never more than one. Filters,
/// account and other options of the request hold for every page. With `ending_before` it goes backwards,
/// towards newer items. An error comes out once, and is the end.
///
/// It is a [`Stream`], and has [`next`](Items::next) of its own for those who do not use one.
#[must_use = "nothing is requested until the first item is"]
pub struct Items<T> {
    walk: Walk,
    buffer: std::vec::IntoIter<T>,
    decode: PageDecode<Vec<T>>,
}

/// The pages of a list, as Stripe sends them.
#[must_use = "nothing is requested until the first page is"]
pub struct Pages<L> {
    walk: Walk,
    decode: PageDecode<L>,
}

impl Client {
    /// All items of a list: what `request.items(&client)` gives.
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

    /// The pages of a list: what `request.pages(&client)` gives.
    pub fn pages<R>(&self, request: &R) -> Pages<R::Output>
    where
        R: Request,
        R::Output: Listing,
    {
        Pages { walk: Walk::new(Arc::clone(&self.inner), self.prepare(request)), decode: page::<R::Output> }
    }
}

impl<T: WireType> List<T> {
    /// The items of this list and of all pages behind it: for a list inside of another object, such as the
    /// external accounts of an account. Use a client with the scope that the object was read in.
    pub fn into_items_with(self, client: &Client) -> Items<T> {
        self.into_items_with_options(client, &Options::new())
    }

    /// The same with call options for the pages behind: a version, a header, what to expand (`data.customer`).
    /// What the outer object was read with is not known here.
    pub fn into_items_with_options(self, client: &Client, options: &Options) -> Items<T> {
        let next = match self.step(false) {
            Step::Cursor(id) => {
                let first = first_of(client, &self.url, options);
                Some(first.and_then(|request| next(&request, Step::Cursor(id), false)))
            }
            _ => None,
        };
        Items {
            walk: Walk {
                next,
                ..Walk::new(Arc::clone(&client.inner), Err(Error::invalid_input("has no first page")))
            },
            buffer: self.data.into_iter(),
            decode: items::<List<T>>,
        }
    }
}

impl<T> Items<T> {
    /// Goes backwards from the first page on, towards newer items: how to get from a page of version 2 to those
    /// before it. In version 1, `ending_before` says the same.
    pub fn backwards(mut self) -> Self {
        self.walk.backwards = true;
        self
    }

    /// The next item; `None` after the last one, and after an error.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Takes all remaining items, in memory.
    ///
    /// # Errors
    /// The first error of any page; the items before it are lost.
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
    /// Goes backwards from the first page on, towards newer items: how to get from a page of version 2 to those
    /// before it. In version 1, `ending_before` says the same.
    pub fn backwards(mut self) -> Self {
        self.walk.backwards = true;
        self
    }

    /// The next page; `None` after the last one, and after an error.
    pub async fn next(&mut self) -> Option<Result<L, Error>> {
        poll_fn(|context| poll_page(&mut self.walk, self.decode, context)).await
    }
}

// The values are moved out whole, never pinned.
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
        // Every page comes newest first, whichever way the pages go.
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

/// The part of paging that does not depend on the type of the items.
struct Walk {
    client: Arc<Inner>,
    backwards: bool,
    /// The next request, before it is started.
    next: Option<Result<Prepared, Error>>,
    /// The request that is on its way.
    running: Option<(Prepared, Running)>,
}

enum Running {
    /// Somebody waits for it.
    Here(Exchange),
    /// It makes its way while the items before it are taken.
    Ahead(Ahead),
}

/// A task that ends when nobody is interested any more.
struct Ahead(JoinHandle<Result<Reply<Bytes>, Error>>);

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A page, of whichever items and of either version.
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
                        // Its runtime is gone, this one is not.
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

    /// Sends for the page behind the one that has just come.
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

/// The request for the page behind.
fn next(request: &Prepared, step: Step, backwards: bool) -> Result<Prepared, Error> {
    let mut next = request.clone();
    match step {
        Step::End => {}
        Step::Cursor(id) if id.is_empty() => {
            return Err(stuck("the list has more items, but the last one has no id to go on from"));
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
        return Err(stuck("the list does not move on: its next page is the same page"));
    }
    Ok(next)
}

/// A request for the list at a path that Stripe sent.
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

/// A link that Stripe sent: a path, and a query. One to another place would take the API key there.
fn split_link(link: &str) -> Result<(String, String), Error> {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    match check_path(path) {
        Ok(()) => Ok((path.to_owned(), query.to_owned())),
        Err(_) => {
            Err(stuck("the link to the next page is not a path of Stripe's API, so it is not followed"))
        }
    }
}
