use super::{Sandbox, code};
use crate::engine::ApiError;
use crate::resources::money::{automatic_payouts, payments, sources};
use stripe_platform::Currency;

impl Sandbox {
    /// Actions of customers: payments and refunds.
    pub fn payments(&self) -> Payments<'_> {
        Payments(self)
    }

    /// Actions on sources from outside Stripe.
    pub fn sources(&self) -> Sources<'_> {
        Sources(self)
    }

    /// Pays out the complete available balance now, as the payout schedule would.
    pub fn pay_out(&self, account: impl AsRef<str>) -> Result<(), ApiError> {
        self.in_books(account.as_ref(), automatic_payouts::run)
    }
}

/// Payments of customers, which are not made through the sandbox's API.
#[derive(Debug)]
pub struct Payments<'s>(&'s Sandbox);

impl Payments<'_> {
    /// Makes a customer pay an account; the amount in minor units is pending first. Returns the id of the charge.
    pub fn receive(
        &self,
        account: impl AsRef<str>,
        amount: i64,
        currency: impl Into<Currency>,
    ) -> Result<String, ApiError> {
        self.receive_by(account, amount, currency, "card")
    }

    /// As [`Payments::receive`], with a source type: `card`, `bank_account` or `fpx`.
    pub fn receive_by(
        &self,
        account: impl AsRef<str>,
        amount: i64,
        currency: impl Into<Currency>,
        source_type: &str,
    ) -> Result<String, ApiError> {
        let currency = code(currency)?;
        self.0.in_books(account.as_ref(), |books| payments::receive(books, amount, currency, source_type))
    }

    /// Refunds a part of a charge to the customer, in minor units. The balance may become negative.
    pub fn refund(&self, charge: impl AsRef<str>, amount: i64) -> Result<(), ApiError> {
        self.0.on(charge.as_ref(), |context| payments::refund(context, charge.as_ref(), amount))
    }
}

/// Direct transitions of sources.
#[derive(Debug)]
pub struct Sources<'s>(&'s Sandbox);

impl Sources<'_> {
    /// Sends cents to the virtual account of a source. Returns the id of the source transaction.
    pub fn receive(&self, id: impl AsRef<str>, amount: i64) -> Result<String, ApiError> {
        self.0.on(id.as_ref(), |context| sources::receive(context, id.as_ref(), amount))
    }

    /// Fails a source.
    pub fn fail(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| sources::fail(context, id.as_ref()))
    }

    /// Cancels a source.
    pub fn cancel(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| sources::cancel(context, id.as_ref()))
    }
}
