use super::Sandbox;
use crate::engine::ApiError;
use crate::resources::accounts::links;
use crate::resources::accounts::links::Page;
use crate::router::{Request, Response};
use crate::state::State;
use std::time::Duration;
use stripe_platform::Currency;

impl Sandbox {
    /// Actions of Stripe and of account holders on accounts.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }

    /// Actions of account holders on account links.
    pub fn account_links(&self) -> AccountLinks<'_> {
        AccountLinks(self)
    }
}

/// Direct transitions of accounts, in test mode: those of [`AccountHandle`](super::AccountHandle), by id.
#[derive(Debug)]
pub struct Accounts<'s>(&'s Sandbox);

impl Accounts<'_> {
    /// See [`AccountHandle::verify`](super::AccountHandle::verify).
    ///
    /// # Errors
    /// If the account does not exist.
    pub fn verify(&self, account: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.account(account).verify().map(drop)
    }

    /// See [`AccountHandle::require`](super::AccountHandle::require).
    ///
    /// # Errors
    /// If the account, the field or the code does not exist.
    pub fn require(&self, account: impl AsRef<str>, field: &str, code: &str) -> Result<(), ApiError> {
        self.0.account(account).require(field, code).map(drop)
    }

    /// See [`AccountHandle::announce`](super::AccountHandle::announce).
    ///
    /// # Errors
    /// If there is no such account, field or code.
    pub fn announce(
        &self,
        account: impl AsRef<str>,
        field: &str,
        code: &str,
        after: Option<Duration>,
    ) -> Result<(), ApiError> {
        self.0.account(account).announce(field, code, after).map(drop)
    }

    /// See [`AccountHandle::charge_card`](super::AccountHandle::charge_card).
    ///
    /// # Errors
    /// If the amounts cannot be, or there is no such currency or card.
    pub fn charge_card(
        &self,
        account: impl AsRef<str>,
        amount: i64,
        fee: i64,
        currency: impl Into<Currency>,
        card: &str,
    ) -> Result<String, ApiError> {
        self.0.account(account).charge_card(amount, fee, currency, card)
    }

    /// See [`AccountHandle::fulfil`](super::AccountHandle::fulfil).
    ///
    /// # Errors
    /// If the account does not exist, or the requirement was not added.
    pub fn fulfil(&self, account: impl AsRef<str>, field: &str) -> Result<(), ApiError> {
        self.0.account(account).fulfil(field).map(drop)
    }

    /// See [`AccountHandle::charge`](super::AccountHandle::charge).
    ///
    /// # Errors
    /// If an amount is invalid, or the currency does not exist.
    pub fn charge(
        &self,
        account: impl AsRef<str>,
        amount: i64,
        fee: i64,
        currency: impl Into<Currency>,
    ) -> Result<String, ApiError> {
        self.0.account(account).charge(amount, fee, currency)
    }

    /// See [`AccountHandle::give_notice`](super::AccountHandle::give_notice).
    ///
    /// # Errors
    /// If the account or the reason does not exist.
    pub fn give_notice(&self, account: impl AsRef<str>, reason: &str) -> Result<String, ApiError> {
        self.0.account(account).give_notice(reason)
    }

    /// See [`AccountHandle::close_issuing`](super::AccountHandle::close_issuing).
    ///
    /// # Errors
    /// If the account or the reason does not exist, or card issuing was not requested or is already closed.
    pub fn close_issuing(&self, account: impl AsRef<str>, reason: &str) -> Result<(), ApiError> {
        self.0.account(account).close_issuing(reason).map(drop)
    }

    /// See [`AccountHandle::close_if_idle`](super::AccountHandle::close_if_idle).
    ///
    /// # Errors
    /// If the account does not exist.
    pub fn close_if_idle(&self, account: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.account(account).close_if_idle().map(drop)
    }
}

/// Actions of account holders on account links; each takes the address of a link. A link can be opened once: later
/// calls act on the open page, until it is completed or left.
#[derive(Debug)]
pub struct AccountLinks<'s>(&'s Sandbox);

/// How a page is ended.
type End = fn(&mut State, &str, &[(String, String)]) -> Result<Page, ApiError>;

impl AccountLinks<'_> {
    /// Opens the link, unless its page is open, and completes the page with the suggested values. Returns the address
    /// of the redirect: the `return_url`, or the `refresh_url` of an expired link.
    ///
    /// # Errors
    /// If the link does not exist.
    pub fn complete(&self, url: &str) -> Result<String, ApiError> {
        self.complete_with(url, &[])
    }

    /// As [`AccountLinks::complete`], with other values for some fields, named as in `requirements`. The page of a
    /// single-owner business accepts `individual` for `representative`.
    ///
    /// # Errors
    /// If the link does not exist, the page has no such field, or a value is invalid. Nothing is saved then, and the
    /// page stays open.
    pub fn complete_with(&self, url: &str, values: &[(&str, &str)]) -> Result<String, ApiError> {
        self.end(url, values, links::complete)
    }

    /// Opens the link, unless its page is open, and leaves without completing it.
    ///
    /// # Errors
    /// If the link does not exist.
    pub fn leave(&self, url: &str) -> Result<String, ApiError> {
        self.leave_with(url, &[])
    }

    /// As [`AccountLinks::leave`], after filling in some of the fields.
    ///
    /// # Errors
    /// As [`AccountLinks::complete_with`].
    pub fn leave_with(&self, url: &str, values: &[(&str, &str)]) -> Result<String, ApiError> {
        self.end(url, values, links::leave)
    }

    fn end(&self, url: &str, values: &[(&str, &str)], end: End) -> Result<String, ApiError> {
        let filled: Vec<_> =
            values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let code = links::code(url);
        let page = {
            let mut state = self.0.state();
            // A page that is already open is kept.
            links::open(&mut state, code);
            let page = state.attempt(|state| end(state, code, &filled));
            state.settle();
            page
        };
        self.0.wake();
        match page? {
            Page::Go(address) => Ok(address),
            _ => Err(ApiError::missing("account link", url, "url")),
        }
    }

    /// Opens the link and returns its page, to be ended by [`AccountLinks::complete`] or [`AccountLinks::leave`].
    pub fn visit(&self, url: &str) -> Response {
        let path = url::Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.path().to_owned());
        self.0.handle(&Request { path, ..Request::default() })
    }

    /// Expires the link.
    pub fn expire(&self, url: &str) -> Result<(), ApiError> {
        links::expire(&mut self.0.state(), links::code(url))
    }
}
