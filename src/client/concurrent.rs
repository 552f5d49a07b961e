//! Runs the same work for many connected accounts.

use crate::account::Account;
use crate::client::shared::Client;
use crate::client::transport::BoxFuture;
use crate::{Error, Id};
use futures_core::Stream;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::task::JoinSet;

type Source = Pin<Box<dyn Stream<Item = Result<Id<Account>, Error>> + Send>>;
/// The result of the work for one account.
type Done<T> = Result<(Id<Account>, T), Error>;
type Work<T> = Box<dyn FnMut(Client) -> BoxFuture<'static, T> + Send>;

/// The results of work for many accounts, in order of completion; returned by [`Client::on_each_account`].
///
/// Implements [`Stream`], and also has [`next`](Concurrent::next). Dropping it cancels all work.
#[must_use = "no work is done until the first result is requested"]
pub struct Concurrent<T> {
    client: Client,
    source: Option<Source>,
    work: Work<T>,
    at_once: usize,
    running: JoinSet<(Id<Account>, T)>,
    /// The source's error, returned after the work in progress is done.
    failure: Option<Error>,
}

impl Client {
    /// Runs a function for every account of a stream, for at most `at_once` accounts at a time. The function receives
    /// a client for the account. Results are returned with the account's id, in order of completion.
    ///
    /// ```no_run
    /// # async fn example(stripe: stripe_platform::Client) -> Result<(), stripe_platform::Error> {
    /// use stripe_platform::{account, balance};
    ///
    /// let accounts = account::List::new().items(&stripe);
    /// let mut balances =
    ///     stripe.on_each_account(accounts, 8, |on| async move { balance::Retrieve::new().send(&on).await });
    /// while let Some((account, balance)) = balances.next().await.transpose()? {
    ///     println!("{account}: {:?}", balance?.available);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// An error of the stream is returned last, after the work in progress. Requires a tokio runtime.
    pub fn on_each_account<S, I, W, F>(
        &self,
        accounts: S,
        at_once: usize,
        mut work: W,
    ) -> Concurrent<F::Output>
    where
        S: Stream<Item = Result<I, Error>> + Send + 'static,
        I: Into<Id<Account>>,
        W: FnMut(Client) -> F + Send + 'static,
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        Concurrent {
            client: self.clone(),
            source: Some(Box::pin(Ids(Box::pin(accounts)))),
            work: Box::new(move |client| Box::pin(work(client))),
            at_once: at_once.max(1),
            running: JoinSet::new(),
            failure: None,
        }
    }

    /// Like [`Client::on_each_account`], for an iterator of ids.
    pub fn on_accounts<I, W, F>(&self, accounts: I, at_once: usize, work: W) -> Concurrent<F::Output>
    where
        I: IntoIterator<Item: Into<Id<Account>>, IntoIter: Send + 'static>,
        W: FnMut(Client) -> F + Send + 'static,
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.on_each_account(AtHand(accounts.into_iter()), at_once, work)
    }
}

impl<T: Send + 'static> Concurrent<T> {
    /// Returns the next result; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<(Id<Account>, T), Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Done<T>>> {
        while self.running.len() < self.at_once {
            let Some(source) = &mut self.source else { break };
            match source.as_mut().poll_next(context) {
                Poll::Ready(Some(Ok(id))) => {
                    let work = (self.work)(self.client.for_account(&id));
                    self.running.spawn(async move { (id, work.await) });
                }
                Poll::Ready(Some(Err(error))) => {
                    self.failure = Some(error);
                    self.source = None;
                }
                Poll::Ready(None) => self.source = None,
                Poll::Pending => break,
            }
        }
        if self.running.is_empty() && self.source.is_some() {
            return Poll::Pending;
        }
        Poll::Ready(match ready!(self.running.poll_join_next(context)) {
            Some(Ok(done)) => Some(Ok(done)),
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // Our tasks end early only when the runtime shuts down.
            Some(Err(_)) => None,
            None => self.failure.take().map(Err),
        })
    }
}

impl<T> Unpin for Concurrent<T> {}

impl<T: Send + 'static> Stream for Concurrent<T> {
    type Item = Done<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl<T> fmt::Debug for Concurrent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Concurrent").field("running", &self.running.len()).finish_non_exhaustive()
    }
}

impl From<Account> for Id<Account> {
    fn from(account: Account) -> Self {
        account.id
    }
}

impl From<&Account> for Id<Account> {
    fn from(account: &Account) -> Self {
        account.id.clone()
    }
}

/// Converts a stream of items into a stream of ids.
struct Ids<S>(Pin<Box<S>>);

impl<S: Stream<Item = Result<I, Error>>, I: Into<Id<Account>>> Stream for Ids<S> {
    type Item = Result<Id<Account>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context).map(|item| item.map(|item| item.map(Into::into)))
    }
}

/// Wraps an iterator as a stream.
struct AtHand<I>(I);

impl<I> Unpin for AtHand<I> {}

impl<I: Iterator<Item: Into<Id<Account>>>> Stream for AtHand<I> {
    type Item = Result<Id<Account>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(|id| Ok(id.into())))
    }
}
