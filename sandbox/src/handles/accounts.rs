use super::Sandbox;
use crate::engine::ApiError;
use crate::resources::accounts::links;
use crate::resources::accounts::links::Page;
use crate::router::{Request, Response};
use crate::state::State;
use std::time::Duration;
use stripe_platform::Currency;

impl Sandbox {
    /// What Stripe and their holders do to accounts.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }

    /// What people do with account links.
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
    /// If there is no such account.
    pub fn verify(&self, account: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.account(account).verify().map(drop)
    }

    /// See [`AccountHandle::require`](super::AccountHandle::require).
    ///
    /// # Errors
    /// If there is no such account, field or code.
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
    /// If there is no such account, or this was not asked of it.
    pub fn fulfil(&self, account: impl AsRef<str>, field: &str) -> Result<(), ApiError> {
        self.0.account(account).fulfil(field).map(drop)
    }

    /// See [`AccountHandle::charge`](super::AccountHandle::charge).
    ///
    /// # Errors
    /// If the amounts cannot be, or there is no such currency.
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
    /// If there is no such account or reason.
    pub fn give_notice(&self, account: impl AsRef<str>, reason: &str) -> Result<String, ApiError> {
        self.0.account(account).give_notice(reason)
    }

    /// See [`AccountHandle::close_issuing`](super::AccountHandle::close_issuing).
    ///
    /// # Errors
    /// If there is no such account or reason, or card issuing was not asked for or is closed already.
    pub fn close_issuing(&self, account: impl AsRef<str>, reason: &str) -> Result<(), ApiError> {
        self.0.account(account).close_issuing(reason).map(drop)
    }

    /// See [`AccountHandle::close_if_idle`](super::AccountHandle::close_if_idle).
    ///
    /// # Errors
    /// If there is no such account.
    pub fn close_if_idle(&self, account: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.account(account).close_if_idle().map(drop)
    }
}

/// What people do with account links; each takes the link's address. A link can be opened once: what comes after that is done
/// to the page that is open, until it is finished or left.
#[derive(Debug)]
pub struct AccountLinks<'s>(&'s Sandbox);

/// How a page ends.
type End = fn(&mut State, &str, &[(String, String)]) -> Result<Page, ApiError>;

impl AccountLinks<'_> {
    /// Opens the link, unless its page is open, and finishes the page with the values that it suggests. Gives the address that
    /// one is led to: the `return_url`, or the `refresh_url` of a link that can be opened no more.
    ///
    /// # Errors
    /// If there is no such link.
    pub fn complete(&self, url: &str) -> Result<String, ApiError> {
        self.complete_with(url, &[])
    }

    /// As [`AccountLinks::complete`], with other values for some fields, named as in `requirements`. The page of a business
    /// of one person takes `individual` for `representative`.
    ///
    /// # Errors
    /// If there is no such link, the page asks for no such field, or a value cannot be. Nothing is filled in then, and the
    /// page stays open.
    pub fn complete_with(&self, url: &str, values: &[(&str, &str)]) -> Result<String, ApiError> {
        self.end(url, values, links::complete)
    }

    /// Opens the link, unless its page is open, and returns without finishing.
    ///
    /// # Errors
    /// If there is no such link.
    pub fn leave(&self, url: &str) -> Result<String, ApiError> {
        self.leave_with(url, &[])
    }

    /// As [`AccountLinks::leave`], after some of the fields that are asked for were filled in.
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
            // A page that is open already stays as it is.
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

    /// Opens the link and gives its page, which [`AccountLinks::complete`] or [`AccountLinks::leave`] then ends.
    pub fn visit(&self, url: &str) -> Response {
        let path = url::Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.path().to_owned());
        self.0.handle(&Request { path, ..Request::default() })
    }

    /// Ends the time of the link.
    pub fn expire(&self, url: &str) -> Result<(), ApiError> {
        links::expire(&mut self.0.state(), links::code(url))
    }
}
