use super::{Sandbox, code};
use crate::engine::{ApiError, Peek};
use crate::resources::money::{automatic_payouts, sources};
use crate::resources::payments::{attempts, controls, disputes, refunds};
use stripe_platform::Currency;

impl Sandbox {
    /// Actions of customers: payments and refunds.
    pub fn payments(&self) -> Payments<'_> {
        Payments(self)
    }

    /// Results of refunds at the customer's bank.
    pub fn refunds(&self) -> Refunds<'_> {
        Refunds(self)
    }

    /// Decisions of banks about disputes of charges.
    pub fn charge_disputes(&self) -> ChargeDisputes<'_> {
        ChargeDisputes(self)
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
        self.0.in_books(account.as_ref(), |books| controls::receive(books, amount, currency, source_type))
    }

    /// Refunds a part of a charge to the customer, in minor units. The balance may become negative.
    pub fn refund(&self, charge: impl AsRef<str>, amount: i64) -> Result<(), ApiError> {
        self.0.on(charge.as_ref(), |context| controls::refund(context, charge.as_ref(), amount))
    }

    /// Completes the action that a payment intent or a setup intent with status `requires_action` waits for: the customer
    /// authenticates (3D Secure) or verifies a bank account. The payment continues, and can still be declined.
    pub fn authenticate(&self, intent: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(intent.as_ref(), |context| controls::authenticate(context, intent.as_ref()))
    }

    /// Fails the authentication by the customer: the intent needs another payment method.
    pub fn fail_authentication(&self, intent: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(intent.as_ref(), |context| controls::fail_authentication(context, intent.as_ref()))
    }

    /// Ends the debit of a bank account with the result that its test number determines.
    pub fn finish_debit(&self, intent: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(intent.as_ref(), |context| attempts::finish_debit(context, intent.as_ref()))
    }

    /// The customer's bank disputes a charge for a reason such as `fraudulent`. Returns the id of the dispute.
    pub fn dispute(&self, charge: impl AsRef<str>, reason: &str) -> Result<String, ApiError> {
        self.open_dispute(charge.as_ref(), reason, false)
    }

    /// The customer's bank inquires about a charge, without taking money. Returns the id of the dispute.
    pub fn inquire(&self, charge: impl AsRef<str>, reason: &str) -> Result<String, ApiError> {
        self.open_dispute(charge.as_ref(), reason, true)
    }

    fn open_dispute(&self, charge: &str, reason: &str, inquiry: bool) -> Result<String, ApiError> {
        self.0.on(charge, |context| {
            disputes::open(context, charge, reason, inquiry).map(|dispute| dispute.text("id").to_owned())
        })
    }
}

/// Results of refunds at the customer's bank.
#[derive(Debug)]
pub struct Refunds<'s>(&'s Sandbox);

impl Refunds<'_> {
    /// A pending refund reaches the customer.
    pub fn succeed(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| refunds::succeed(context, id.as_ref()).map(drop))
    }

    /// The customer's bank rejects a refund, with a reason such as `expired_or_canceled_card`.
    pub fn fail(&self, id: impl AsRef<str>, reason: &str) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| refunds::fail(context, id.as_ref(), reason).map(drop))
    }
}

/// Decisions of banks about disputes of charges.
#[derive(Debug)]
pub struct ChargeDisputes<'s>(&'s Sandbox);

impl ChargeDisputes<'_> {
    /// The bank decides for the account.
    pub fn win(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| disputes::win(context, id.as_ref()).map(drop))
    }

    /// The bank decides for the customer.
    pub fn lose(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| disputes::lose(context, id.as_ref()).map(drop))
    }

    /// An inquiry becomes a dispute.
    pub fn escalate(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| disputes::escalate(context, id.as_ref()).map(drop))
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
