use super::Sandbox;
use crate::sandbox::core::{CurrencyCode, Json, Refusal};
use crate::sandbox::router::{Request, Response};
use crate::sandbox::systems::{account_links, account_notices, accounts, application_fees, capabilities};
use crate::sandbox::world::Work;
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

/// Direct transitions of accounts, in test mode.
#[derive(Debug)]
pub struct Accounts<'s>(&'s Sandbox);

impl Accounts<'_> {
    fn on<T>(
        &self,
        account: &str,
        work: impl FnOnce(&mut Work<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.0.in_books(account, work)
    }

    /// All checks of an account that are under way end as the test values say.
    pub fn verify(&self, account: &str) -> Result<(), Refusal> {
        self.on(account, accounts::review::end_checks)
    }

    /// Stripe asks for one more field, with an error code of requirements such as `verification_document_expired`.
    pub fn require(&self, account: &str, field: &str, code: &str) -> Result<(), Refusal> {
        self.on(account, |books| accounts::require(books, field, code))
    }

    /// What was asked for beyond the usual is done.
    pub fn fulfil(&self, account: &str, field: &str) -> Result<(), Refusal> {
        self.on(account, |books| accounts::fulfil(books, field))
    }

    /// Somebody pays an account, and the platform takes a fee of it, both in minor units. Gives the id of the fee.
    pub fn charge(
        &self,
        account: &str,
        amount: i64,
        fee: i64,
        currency: CurrencyCode,
    ) -> Result<String, Refusal> {
        self.on(account, |books| application_fees::charge(books, amount, fee, currency))
    }

    /// Stripe gives the account notice, with a reason such as `issuing.dispute_lost`. Gives the id of the notice.
    pub fn give_notice(&self, account: &str, reason: &str) -> Result<String, Refusal> {
        self.on(account, |books| account_notices::issue(books, reason, Json::Null))
    }

    /// Closes card issuing if it has lain idle for too long.
    pub fn close_if_idle(&self, account: &str) -> Result<(), Refusal> {
        self.on(account, |books| capabilities::close_if_idle(books, "card_issuing"))
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
