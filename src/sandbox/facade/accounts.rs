use super::Sandbox;
use crate::Currency;
use crate::sandbox::core::Refusal;
use crate::sandbox::router::{Request, Response};
use crate::sandbox::systems::account_links;
use bytes::Bytes;
use http::Method;

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
    pub fn verify(&self, account: impl AsRef<str>) -> Result<(), Refusal> {
        self.0.account(account).verify().map(drop)
    }

    /// See [`AccountHandle::require`](super::AccountHandle::require).
    ///
    /// # Errors
    /// If there is no such account.
    pub fn require(&self, account: impl AsRef<str>, field: &str, code: &str) -> Result<(), Refusal> {
        self.0.account(account).require(field, code).map(drop)
    }

    /// See [`AccountHandle::fulfil`](super::AccountHandle::fulfil).
    ///
    /// # Errors
    /// If there is no such account.
    pub fn fulfil(&self, account: impl AsRef<str>, field: &str) -> Result<(), Refusal> {
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
    ) -> Result<String, Refusal> {
        self.0.account(account).charge(amount, fee, currency)
    }

    /// See [`AccountHandle::give_notice`](super::AccountHandle::give_notice).
    ///
    /// # Errors
    /// If there is no such account or reason.
    pub fn give_notice(&self, account: impl AsRef<str>, reason: &str) -> Result<String, Refusal> {
        self.0.account(account).give_notice(reason)
    }

    /// See [`AccountHandle::close_if_idle`](super::AccountHandle::close_if_idle).
    ///
    /// # Errors
    /// If there is no such account.
    pub fn close_if_idle(&self, account: impl AsRef<str>) -> Result<(), Refusal> {
        self.0.account(account).close_if_idle().map(drop)
    }
}

/// What people do with account links; each takes the link's address.
#[derive(Debug)]
pub struct AccountLinks<'s>(&'s Sandbox);

impl AccountLinks<'_> {
    /// Opens the link and finishes the page with the values that it suggests. Gives the address that one is led to: the
    /// `return_url`, or the `refresh_url` of a link that can be opened no more.
    pub fn complete(&self, url: &str) -> Option<String> {
        self.complete_with(url, &[])
    }

    /// As [`AccountLinks::complete`], with other values for some fields, named as in `requirements`.
    pub fn complete_with(&self, url: &str, values: &[(&str, &str)]) -> Option<String> {
        let opened = self.visit(url);
        if opened.status != 200 {
            return opened.header("location").map(str::to_owned);
        }
        self.answer(&format!("{url}/complete"), values)
    }

    /// Opens the link and returns without finishing.
    pub fn leave(&self, url: &str) -> Option<String> {
        self.leave_with(url, &[])
    }

    /// As [`AccountLinks::leave`], after some of the fields that are asked for were filled in.
    pub fn leave_with(&self, url: &str, values: &[(&str, &str)]) -> Option<String> {
        self.visit(url);
        self.answer(&format!("{url}/leave"), values)
    }

    /// Sends the values of a page, and gives the address that this leads to.
    fn answer(&self, url: &str, values: &[(&str, &str)]) -> Option<String> {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(values);
        self.ask(Method::POST, url, Bytes::from(body.finish())).header("location").map(str::to_owned)
    }

    /// Opens the link.
    pub fn visit(&self, url: &str) -> Response {
        self.ask(Method::GET, url, Bytes::new())
    }

    /// Ends the time of the link.
    pub fn expire(&self, url: &str) -> Result<(), Refusal> {
        account_links::expire(&mut self.0.world(), account_links::code(url))
    }

    fn ask(&self, method: Method, url: &str, body: Bytes) -> Response {
        let path = url::Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.path().to_owned());
        self.0.handle(&Request { method, path, body, ..Request::default() })
    }
}
