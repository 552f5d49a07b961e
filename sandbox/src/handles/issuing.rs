use super::Sandbox;
use crate::engine::ApiError;
use crate::resources::issuing::authorizations::Answer;
use crate::resources::issuing::transactions::ReceiptLine;
use crate::resources::issuing::{authorizations, cardholders, cards, disputes, tokens, transactions};
use crate::state::PendingAuthorization;

impl Sandbox {
    /// Actions on cardholders and cards from outside the API.
    pub fn cards(&self) -> Cards<'_> {
        Cards(self)
    }

    /// Actions on authorizations, and the platform's decisions.
    pub fn authorizations(&self) -> Authorizations<'_> {
        Authorizations(self)
    }

    /// Later changes of transactions.
    pub fn transactions(&self) -> Transactions<'_> {
        Transactions(self)
    }

    /// Decisions of the network about disputes.
    pub fn disputes(&self) -> Disputes<'_> {
        Disputes(self)
    }
}

/// Direct transitions of cardholders and cards.
#[derive(Debug)]
pub struct Cards<'s>(&'s Sandbox);

impl Cards<'_> {
    /// Blocks a cardholder permanently.
    pub fn block_cardholder(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| cardholders::block(context, id.as_ref()))
    }

    /// Sets the result of a review of a cardholder (`under_review`, `listed`, `rejected.listed`), or clears it.
    pub fn review_cardholder(&self, id: impl AsRef<str>, reason: Option<&str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| cardholders::review(context, id.as_ref(), reason))
    }

    /// Asks for one more field of a cardholder, named as in its requirements such as `company.tax_id`; `individual.dob` is
    /// short for day, month and year. Until it is sent, it is past due and the cards are declined.
    ///
    /// # Errors
    /// If there is no such cardholder or field.
    pub fn require_of_cardholder(&self, id: impl AsRef<str>, field: &str) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| cardholders::require(context, id.as_ref(), field))
    }

    /// Blocks the PIN of a card until it is changed.
    pub fn block_pin(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| cards::block_pin(context, id.as_ref()))
    }

    /// Requests a token of a card by a wallet, which is not active yet. Returns the token's id.
    pub fn ask_wallet(&self, id: &str, wallet: &str) -> Result<String, ApiError> {
        self.0.on(id, |context| tokens::ask(context, id, wallet))
    }

    /// Adds a card to a wallet (`apple_pay`, `google_pay`, `samsung_pay`). Returns the token's id.
    pub fn add_to_wallet(&self, id: impl AsRef<str>, wallet: &str) -> Result<String, ApiError> {
        self.0.on(id.as_ref(), |context| tokens::add_to_wallet(context, id.as_ref(), wallet))
    }
}

/// Real-time decisions and other transitions of authorizations.
#[derive(Debug)]
pub struct Authorizations<'s>(&'s Sandbox);

impl Authorizations<'_> {
    /// Makes every authorization wait for a decision, even if no webhook endpoint listens; the test decides.
    pub fn ask_always(&self) -> &Self {
        self.0.state().questions_asked = true;
        self
    }

    /// The authorizations that wait for a decision, oldest first.
    pub fn waiting(&self) -> Vec<PendingAuthorization> {
        self.0.state().questions.clone()
    }

    /// Decides an authorization as the platform's endpoint would. The deadline is two seconds of the sandbox's clock.
    pub fn answer(&self, id: impl AsRef<str>, answer: &Answer) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| authorizations::answer(context, id.as_ref(), answer))
    }

    /// Expires an authorization that was not captured.
    pub fn expire(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| authorizations::expire(context, id.as_ref()))
    }
}

/// Direct transitions of transactions.
#[derive(Debug)]
pub struct Transactions<'s>(&'s Sandbox);

impl Transactions<'_> {
    /// Adds a line of the merchant's receipt after the purchase; the cost of one unit is in minor units.
    pub fn add_receipt_line(
        &self,
        id: impl AsRef<str>,
        description: &str,
        quantity: u32,
        unit_cost: i64,
    ) -> Result<(), ApiError> {
        let line = ReceiptLine { description, quantity, unit_cost };
        self.0.on(id.as_ref(), |context| transactions::add_receipt_line(context, id.as_ref(), &line))
    }
}

/// Direct transitions of disputes.
#[derive(Debug)]
pub struct Disputes<'s>(&'s Sandbox);

impl Disputes<'_> {
    /// Provisionally reinstates the money.
    pub fn reinstate(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| disputes::reinstate(context, id.as_ref()))
    }

    /// Decides for the cardholder.
    pub fn win(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| disputes::win(context, id.as_ref()))
    }

    /// Decides for the merchant, with Stripe's `loss_reason`.
    pub fn lose(&self, id: impl AsRef<str>, reason: &str) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| disputes::lose(context, id.as_ref(), reason))
    }
}
