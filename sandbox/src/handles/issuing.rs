use super::Sandbox;
use crate::engine::ApiError;
use crate::resources::issuing::authorizations::Answer;
use crate::resources::issuing::transactions::ReceiptLine;
use crate::resources::issuing::{authorizations, cardholders, cards, disputes, tokens, transactions};
use crate::state::PendingAuthorization;

impl Sandbox {
    /// What happens to cardholders and cards outside the API.
    pub fn cards(&self) -> Cards<'_> {
        Cards(self)
    }

    /// What happens to authorizations, and the platform's part in them.
    pub fn authorizations(&self) -> Authorizations<'_> {
        Authorizations(self)
    }

    /// What becomes known of transactions later.
    pub fn transactions(&self) -> Transactions<'_> {
        Transactions(self)
    }

    /// How the network decides disputes.
    pub fn disputes(&self) -> Disputes<'_> {
        Disputes(self)
    }
}

/// Direct transitions of cardholders and cards.
#[derive(Debug)]
pub struct Cards<'s>(&'s Sandbox);

impl Cards<'_> {
    /// Blocks a cardholder for good.
    pub fn block_cardholder(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| cardholders::block(context, id.as_ref()))
    }

    /// Lets a check of a cardholder find something (`under_review`, `listed`, `rejected.listed`), or clears it.
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

    /// Blocks the PIN of a card until it gets a new one.
    pub fn block_pin(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| cards::block_pin(context, id.as_ref()))
    }

    /// Lets a wallet ask for a token of a card, which is not active yet, and gives the token's id.
    pub fn ask_wallet(&self, id: &str, wallet: &str) -> Result<String, ApiError> {
        self.0.on(id, |context| tokens::ask(context, id, wallet))
    }

    /// Puts a card into a wallet (`apple_pay`, `google_pay`, `samsung_pay`) and gives the id of its token.
    pub fn add_to_wallet(&self, id: impl AsRef<str>, wallet: &str) -> Result<String, ApiError> {
        self.0.on(id.as_ref(), |context| tokens::add_to_wallet(context, id.as_ref(), wallet))
    }
}

/// Real-time decisions and other transitions of authorizations.
#[derive(Debug)]
pub struct Authorizations<'s>(&'s Sandbox);

impl Authorizations<'_> {
    /// From now on every authorization asks, also when no webhook endpoint listens; the test answers.
    pub fn ask_always(&self) -> &Self {
        self.0.state().questions_asked = true;
        self
    }

    /// The authorizations that wait for an answer, oldest first.
    pub fn waiting(&self) -> Vec<PendingAuthorization> {
        self.0.state().questions.clone()
    }

    /// Answers as the platform's endpoint does. After two seconds of the sandbox's clock it is too late.
    pub fn answer(&self, id: impl AsRef<str>, answer: &Answer) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| authorizations::answer(context, id.as_ref(), answer))
    }

    /// Ends the time for a capture.
    pub fn expire(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.on(id.as_ref(), |context| authorizations::expire(context, id.as_ref()))
    }
}

/// Direct transitions of transactions.
#[derive(Debug)]
pub struct Transactions<'s>(&'s Sandbox);

impl Transactions<'_> {
    /// The merchant sends a line of its receipt after the purchase, with the cost of one unit in minor units.
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
    /// Gives the money back for the time being.
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
