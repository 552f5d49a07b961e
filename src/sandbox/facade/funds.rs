use super::Sandbox;
use crate::sandbox::core::{CurrencyCode, Refusal};
use crate::sandbox::systems::{automatic_payouts, payments, sources};

impl Sandbox {
    /// What customers do: they pay and are given money back.
    pub fn payments(&self) -> Payments<'_> {
        Payments(self)
    }

    /// What happens to sources outside Stripe.
    pub fn sources(&self) -> Sources<'_> {
        Sources(self)
    }

    /// Pays out at once all that an account can spend, as its schedule would.
    pub fn pay_out(&self, account: &str) -> Result<(), Refusal> {
        self.in_books(account, automatic_payouts::run)
    }
}

/// Payments of customers, which the sandbox's API does not have.
#[derive(Debug)]
pub struct Payments<'s>(&'s Sandbox);

impl Payments<'_> {
    /// A customer pays an account: the amount in minor units is pending first. Gives the id of the charge.
    pub fn receive(&self, account: &str, amount: i64, currency: CurrencyCode) -> Result<String, Refusal> {
        self.receive_by(account, amount, currency, "card")
    }

    /// As [`Payments::receive`], with a source type: `card`, `bank_account` or `fpx`.
    pub fn receive_by(
        &self,
        account: &str,
        amount: i64,
        currency: CurrencyCode,
        source_type: &str,
    ) -> Result<String, Refusal> {
        self.0.in_books(account, |books| payments::receive(books, amount, currency, source_type))
    }

    /// Gives a customer a part of a charge back, in minor units. The balance may become negative.
    pub fn refund(&self, charge: &str, amount: i64) -> Result<(), Refusal> {
        self.0.on(charge, |work| payments::refund(work, charge, amount))
    }
}

/// Direct transitions of sources.
#[derive(Debug)]
pub struct Sources<'s>(&'s Sandbox);

impl Sources<'_> {
    /// Somebody sends cents to the virtual account of a source. Gives the id of the source transaction.
    pub fn receive(&self, id: &str, amount: i64) -> Result<String, Refusal> {
        self.0.on(id, |work| sources::receive(work, id, amount))
    }

    /// The bank ends a source.
    pub fn fail(&self, id: &str) -> Result<(), Refusal> {
        self.0.on(id, |work| sources::fail(work, id))
    }

    /// A source is given up.
    pub fn cancel(&self, id: &str) -> Result<(), Refusal> {
        self.0.on(id, |work| sources::cancel(work, id))
    }
}
