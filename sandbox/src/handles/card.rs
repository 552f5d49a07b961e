use super::Sandbox;
use crate::engine::{ApiError, Json, Peek};
use crate::resources::issuing::authorizations::{Answer, REQUEST};
use crate::resources::issuing::{cards, shipping, tokens};
use crate::state::Timing;
use std::panic::Location;
use stripe_platform::Currency;

/// Where authorizations of test mode are made.
const AUTHORIZATIONS: &str = "/v1/test_helpers/issuing/authorizations";

impl Sandbox {
    /// A card, with which a test does what its holder and merchants do.
    pub fn card(&self, id: impl AsRef<str>) -> CardHandle {
        CardHandle { sandbox: self.clone(), id: id.as_ref().to_owned() }
    }

    /// An authorization that is there already.
    pub fn authorization(&self, id: impl AsRef<str>) -> AuthorizationHandle {
        AuthorizationHandle { sandbox: self.clone(), id: id.as_ref().to_owned() }
    }
}

/// One card of a sandbox.
#[derive(Debug, Clone)]
pub struct CardHandle {
    sandbox: Sandbox,
    id: String,
}

impl CardHandle {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The card object as it is kept.
    pub fn object(&self) -> Option<Json> {
        self.sandbox.object(&self.id)
    }

    /// A merchant asks for an amount in minor units of the card's currency. Nothing happens until [`Purchase::at`].
    ///
    /// ```
    /// # fn example(sandbox: stripe_sandbox::Sandbox, card: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let coffee = sandbox.card(card).authorize(4_50).category("eating_places_restaurants").at("Corner Coffee")?;
    /// assert!(coffee.approved());
    /// coffee.capture()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn authorize(&self, amount: i64) -> Purchase {
        let form = vec![("card".to_owned(), self.id.clone()), ("amount".to_owned(), amount.to_string())];
        Purchase { card: self.clone(), form }
    }

    /// Blocks its PIN until it gets a new one.
    ///
    /// # Errors
    /// If there is no such card.
    pub fn block_pin(&self) -> Result<(), ApiError> {
        self.sandbox.on(&self.id, |context| cards::block_pin(context, &self.id))
    }

    /// Declines its next authorization, or the next request for more, for a reason of Stripe's `request_history`, such as
    /// `suspected_fraud`.
    ///
    /// # Errors
    /// If there is no such card, or Stripe declines for no such reason.
    pub fn decline_next(&self, reason: &str) -> Result<(), ApiError> {
        self.sandbox.on(&self.id, |context| cards::decline_next(context, &self.id, reason))
    }

    /// Puts it into a wallet (`apple_pay`, `google_pay`, `samsung_pay`) and gives the id of its token.
    ///
    /// # Errors
    /// If there is no such card or wallet.
    pub fn add_to_wallet(&self, wallet: &str) -> Result<String, ApiError> {
        self.sandbox.on(&self.id, |context| tokens::add_to_wallet(context, &self.id, wallet))
    }

    /// It leaves the factory.
    ///
    /// # Errors
    /// If it is not a physical card that was submitted to the maker.
    pub fn ship(&self) -> Result<&Self, ApiError> {
        self.sandbox.on(&self.id, |context| shipping::ship(context, &self.id))?;
        Ok(self)
    }

    /// It comes back to the factory.
    ///
    /// # Errors
    /// If it was not shipped, or has arrived.
    pub fn give_back(&self) -> Result<&Self, ApiError> {
        self.sandbox.on(&self.id, |context| shipping::give_back(context, &self.id))?;
        Ok(self)
    }

    /// It cannot be made, or is lost on its way.
    ///
    /// # Errors
    /// If it was not submitted to the maker, or has arrived.
    pub fn lose(&self) -> Result<&Self, ApiError> {
        self.sandbox.on(&self.id, |context| shipping::fail(context, &self.id))?;
        Ok(self)
    }

    /// It reaches its holder.
    ///
    /// # Errors
    /// If it was not shipped.
    pub fn deliver(&self) -> Result<&Self, ApiError> {
        self.sandbox.on(&self.id, |context| shipping::deliver(context, &self.id))?;
        Ok(self)
    }
}

/// A card at a merchant's, before anything happens.
#[derive(Debug, Clone)]
#[must_use = "nothing happens until `at` is called"]
pub struct Purchase {
    card: CardHandle,
    form: Vec<(String, String)>,
}

impl Purchase {
    /// Any parameter of the test helper that makes authorizations, in bracket notation: `wallet`,
    /// `merchant_data[country]`.
    pub fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.form.push((name.into(), value.to_string()));
        self
    }

    /// The merchant's category, such as `eating_places_restaurants`.
    pub fn category(self, category: &str) -> Self {
        self.with("merchant_data[category]", category)
    }

    /// What the merchant asks in another currency than the card's.
    pub fn asked_in(self, amount: i64, currency: impl Into<Currency>) -> Self {
        self.with("merchant_amount", amount).with("merchant_currency", currency.into())
    }

    /// The merchant takes a part of the amount as well.
    pub fn partial(self) -> Self {
        self.with("is_amount_controllable", true)
    }

    /// Swipes it at the merchant of this name. If the platform's endpoint is to decide, the authorization is pending
    /// until it has: [`AuthorizationHandle::answered`].
    ///
    /// # Errors
    /// If there is no such card, or the request is not a valid one. A declined authorization is no error.
    pub fn at(self, merchant: impl AsRef<str>) -> Result<AuthorizationHandle, ApiError> {
        let Self { card, form } = self.with("merchant_data[name]", merchant.as_ref());
        let made = card.sandbox.perform(&card.sandbox.owner(&card.id)?, AUTHORIZATIONS, &form)?;
        Ok(card.sandbox.authorization(made.text("id")))
    }
}

/// One authorization, to which a test does what merchants and networks do. Amounts are in minor units.
#[derive(Debug, Clone)]
pub struct AuthorizationHandle {
    sandbox: Sandbox,
    id: String,
}

impl AuthorizationHandle {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The authorization as the API shows it; `null` if there is none.
    pub fn object(&self) -> Json {
        self.sandbox.object(&self.id).unwrap_or_default()
    }

    /// The same, where a check of nothing would pass.
    #[track_caller]
    fn existing(&self) -> Json {
        match self.sandbox.object(&self.id) {
            Some(object) if object.text("object") == "issuing.authorization" => object,
            _ => panic!("The sandbox has no authorization `{}`.", self.id),
        }
    }

    /// `pending`, `closed`, `reversed` or `expired`.
    ///
    /// # Panics
    /// If there is no such authorization.
    #[track_caller]
    pub fn status(&self) -> String {
        self.existing().text("status").to_owned()
    }

    /// Whether it was approved.
    ///
    /// # Panics
    /// If there is no such authorization.
    #[track_caller]
    pub fn approved(&self) -> bool {
        self.existing().flag("approved")
    }

    /// Why it was approved or declined at last, such as `webhook_declined`; empty while nobody has decided.
    ///
    /// # Panics
    /// If there is no such authorization.
    #[track_caller]
    pub fn reason(&self) -> String {
        let object = self.existing();
        object.items("request_history").last().map(|last| last.text("reason").to_owned()).unwrap_or_default()
    }

    /// Waits until the platform's endpoint has answered, if it was asked.
    ///
    /// # Panics
    /// If it is still to be decided then, because nobody could be asked; the message says who listens and who can be
    /// reached.
    #[track_caller]
    pub fn answered(&self) -> impl Future<Output = &Self> + Send {
        // A future is not told who awaits it.
        let asked = Location::caller();
        async move {
            self.sandbox.courier().deliver().await;
            if let Some(why) = self.unanswered() {
                panic!("{} still waits for an answer at {asked}: {why}", self.id);
            }
            self
        }
    }

    /// Why nobody has decided yet; nothing if somebody has.
    fn unanswered(&self) -> Option<String> {
        let state = self.sandbox.state();
        state.questions.iter().find(|question| question.authorization == self.id)?;
        if state.outbox.timing == Timing::Collected {
            return Some("webhooks are collected, so nobody sends the question.".to_owned());
        }
        let listeners = state.owner(&self.id).map(|scope| state.listeners(&scope, REQUEST));
        let listeners: Vec<_> = listeners.into_iter().flatten().map(|listener| listener.url).collect();
        if listeners.is_empty() {
            return Some(format!("no endpoint listens to `{REQUEST}`; a test decides by `answer`."));
        }
        let reached = self.sandbox.queue().addresses();
        let reached = if reached.is_empty() { "none".to_owned() } else { reached.join(", ") };
        Some(format!(
            "`{REQUEST}` goes to {}. The receivers in this process are: {reached}.",
            listeners.join(", ")
        ))
    }

    /// Answers in place of the platform's endpoint.
    ///
    /// # Errors
    /// If nothing was asked.
    pub fn answer(&self, answer: &Answer) -> Result<&Self, ApiError> {
        self.sandbox.authorizations().answer(&self.id, answer)?;
        Ok(self)
    }

    /// The merchant takes all that is held. Gives the id of the transaction.
    ///
    /// # Errors
    /// If it is not an approved one that is pending.
    pub fn capture(&self) -> Result<String, ApiError> {
        self.act("capture", &[])?;
        Ok(self.last_transaction())
    }

    /// The merchant takes less, or more, than is held. Gives the id of the transaction.
    ///
    /// # Errors
    /// As [`AuthorizationHandle::capture`].
    pub fn capture_amount(&self, amount: i64) -> Result<String, ApiError> {
        self.act("capture", &[("capture_amount", amount)])?;
        Ok(self.last_transaction())
    }

    /// The merchant takes a part, with more to come. Gives the id of the transaction.
    ///
    /// # Errors
    /// As [`AuthorizationHandle::capture`].
    pub fn capture_part(&self, amount: i64) -> Result<String, ApiError> {
        let form = [
            ("capture_amount".to_owned(), amount.to_string()),
            ("close_authorization".to_owned(), "false".to_owned()),
        ];
        self.perform("capture", &form)?;
        Ok(self.last_transaction())
    }

    /// The merchant asks for more.
    ///
    /// # Errors
    /// If it is not an approved one that is pending.
    pub fn increment(&self, amount: i64) -> Result<&Self, ApiError> {
        self.act("increment", &[("increment_amount", amount)])
    }

    /// The merchant gives all of the hold back.
    ///
    /// # Errors
    /// If it is not an approved one that is pending.
    pub fn reverse(&self) -> Result<&Self, ApiError> {
        self.act("reverse", &[])
    }

    /// The merchant gives a part of the hold back.
    ///
    /// # Errors
    /// If less than that is held.
    pub fn reverse_amount(&self, amount: i64) -> Result<&Self, ApiError> {
        self.act("reverse", &[("reverse_amount", amount)])
    }

    /// The time for a capture is over.
    ///
    /// # Errors
    /// If it is not an approved one that is pending.
    pub fn expire(&self) -> Result<&Self, ApiError> {
        self.act("expire", &[])
    }

    /// The merchant gives back the rest of what it took last. Gives the id of the transaction.
    ///
    /// # Errors
    /// If nothing was captured, or it was refunded.
    pub fn refund(&self) -> Result<String, ApiError> {
        self.refund_form(&[])
    }

    /// The merchant gives back a part of what it took last. Gives the id of the transaction.
    ///
    /// # Errors
    /// As [`AuthorizationHandle::refund`].
    pub fn refund_amount(&self, amount: i64) -> Result<String, ApiError> {
        self.refund_form(&[("refund_amount".to_owned(), amount.to_string())])
    }

    /// The ids of its transactions, oldest first.
    ///
    /// # Panics
    /// If there is no such authorization.
    #[track_caller]
    pub fn transactions(&self) -> Vec<String> {
        let object = self.existing();
        let each = object.items("transactions").iter().map(|transaction| transaction.text("id").to_owned());
        each.collect()
    }

    /// Fails unless its status is this.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn assert_status(&self, expected: &str) -> &Self {
        self.sandbox.assert_status(&self.id, expected);
        self
    }

    fn refund_form(&self, form: &[(String, String)]) -> Result<String, ApiError> {
        self.sandbox
            .on(&self.id, |context| context.get("issuing.authorization", &self.id, "authorization"))?;
        let captured = self.transactions().into_iter().rev().find(|id| {
            self.sandbox.object(id).is_some_and(|transaction| transaction.text("type") == "capture")
        });
        let id =
            captured.ok_or_else(|| ApiError::invalid(format!("Nothing of {} was captured.", self.id)))?;
        let path = format!("/v1/test_helpers/issuing/transactions/{id}/refund");
        Ok(self.sandbox.perform(&self.sandbox.owner(&id)?, &path, form)?.text("id").to_owned())
    }

    fn last_transaction(&self) -> String {
        self.transactions().pop().unwrap_or_default()
    }

    fn act(&self, request: &str, amounts: &[(&str, i64)]) -> Result<&Self, ApiError> {
        let form: Vec<_> =
            amounts.iter().map(|(name, amount)| ((*name).to_owned(), amount.to_string())).collect();
        self.perform(request, &form)?;
        Ok(self)
    }

    fn perform(&self, request: &str, form: &[(String, String)]) -> Result<Json, ApiError> {
        self.sandbox.perform(
            &self.sandbox.owner(&self.id)?,
            &format!("{AUTHORIZATIONS}/{}/{request}", self.id),
            form,
        )
    }
}
