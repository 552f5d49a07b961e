use super::Sandbox;
use crate::engine::{ApiError, Json, Peek};
use crate::resources::issuing::authorizations::{Answer, REQUEST};
use crate::resources::issuing::{cards, shipping, tokens};
use crate::state::Timing;
use std::panic::Location;
use stripe_platform::Currency;

/// The path of the test helper that creates authorizations.
const AUTHORIZATIONS: &str = "/v1/test_helpers/issuing/authorizations";

impl Sandbox {
    /// A card, with methods that act as the cardholder and merchants.
    pub fn card(&self, id: impl AsRef<str>) -> CardHandle {
        CardHandle { sandbox: self.clone(), id: id.as_ref().to_owned() }
    }

    /// An existing authorization.
    pub fn authorization(&self, id: impl AsRef<str>) -> AuthorizationHandle {
        AuthorizationHandle { sandbox: self.clone(), id: id.as_ref().to_owned() }
    }
}

/// A card of a sandbox.
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

    /// The stored card object.
    pub fn object(&self) -> Option<Json> {
        self.sandbox.object(&self.id)
    }

    /// Starts a purchase over an amount in minor units of the card's currency. Nothing happens until
    /// [`Purchase::at`].
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

    /// Blocks the PIN until it is changed.
    ///
    /// # Errors
    /// If the card does not exist.
    pub fn block_pin(&self) -> Result<(), ApiError> {
        self.sandbox.on(&self.id, |context| cards::block_pin(context, &self.id))
    }

    /// Declines the next authorization or increment, with a reason of Stripe's `request_history` such as
    /// `suspected_fraud`.
    ///
    /// # Errors
    /// If the card does not exist, or the reason is not one of Stripe's.
    pub fn decline_next(&self, reason: &str) -> Result<(), ApiError> {
        self.sandbox.on(&self.id, |context| cards::decline_next(context, &self.id, reason))
    }

    /// Adds the card to a wallet (`apple_pay`, `google_pay`, `samsung_pay`). Returns the token's id.
    ///
    /// # Errors
    /// If the card or the wallet does not exist.
    pub fn add_to_wallet(&self, wallet: &str) -> Result<String, ApiError> {
        self.sandbox.on(&self.id, |context| tokens::add_to_wallet(context, &self.id, wallet))
    }

    /// Ships the card.
    ///
    /// # Errors
    /// If it is not a physical card that was submitted for production.
    pub fn ship(&self) -> Result<&Self, ApiError> {
        self.sandbox.on(&self.id, |context| shipping::ship(context, &self.id))?;
        Ok(self)
    }

    /// Returns the card to the sender.
    ///
    /// # Errors
    /// If it was not shipped, or was delivered.
    pub fn give_back(&self) -> Result<&Self, ApiError> {
        self.sandbox.on(&self.id, |context| shipping::give_back(context, &self.id))?;
        Ok(self)
    }

    /// Fails the shipment: the card cannot be produced, or is lost.
    ///
    /// # Errors
    /// If it was not submitted for production, or was delivered.
    pub fn lose(&self) -> Result<&Self, ApiError> {
        self.sandbox.on(&self.id, |context| shipping::fail(context, &self.id))?;
        Ok(self)
    }

    /// Delivers the card to its holder.
    ///
    /// # Errors
    /// If it was not shipped.
    pub fn deliver(&self) -> Result<&Self, ApiError> {
        self.sandbox.on(&self.id, |context| shipping::deliver(context, &self.id))?;
        Ok(self)
    }
}

/// A purchase under construction.
#[derive(Debug, Clone)]
#[must_use = "nothing happens until `at` is called"]
pub struct Purchase {
    card: CardHandle,
    form: Vec<(String, String)>,
}

impl Purchase {
    /// Sets any parameter of the test helper that creates authorizations, in bracket notation: `wallet`,
    /// `merchant_data[country]`.
    pub fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.form.push((name.into(), value.to_string()));
        self
    }

    /// Sets the merchant's category, such as `eating_places_restaurants`.
    pub fn category(self, category: &str) -> Self {
        self.with("merchant_data[category]", category)
    }

    /// Sets the amount in the merchant's currency, if it is not the card's.
    pub fn asked_in(self, amount: i64, currency: impl Into<Currency>) -> Self {
        self.with("merchant_amount", amount).with("merchant_currency", currency.into())
    }

    /// Allows an approval of a part of the amount.
    pub fn partial(self) -> Self {
        self.with("is_amount_controllable", true)
    }

    /// Makes the purchase at the merchant with this name. If the platform's endpoint decides, the authorization is
    /// pending until then: see [`AuthorizationHandle::answered`].
    ///
    /// # Errors
    /// If the card does not exist, or the request is invalid. A declined authorization is not an error.
    pub fn at(self, merchant: impl AsRef<str>) -> Result<AuthorizationHandle, ApiError> {
        let Self { card, form } = self.with("merchant_data[name]", merchant.as_ref());
        let made = card.sandbox.perform(&card.sandbox.owner(&card.id)?, AUTHORIZATIONS, &form)?;
        Ok(card.sandbox.authorization(made.text("id")))
    }
}

/// An authorization, with methods that act as merchants and networks. Amounts are in minor units.
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

    /// The authorization as the API shows it; `null` if it does not exist.
    pub fn object(&self) -> Json {
        self.sandbox.object(&self.id).unwrap_or_default()
    }

    /// As `object`, but panics if it does not exist, so that assertions do not pass vacuously.
    #[track_caller]
    fn existing(&self) -> Json {
        match self.sandbox.object(&self.id) {
            Some(object) if object.text("object") == "issuing.authorization" => object,
            _ => panic!("the authorization `{}` does not exist", self.id),
        }
    }

    /// `pending`, `closed`, `reversed` or `expired`.
    ///
    /// # Panics
    /// If the authorization does not exist.
    #[track_caller]
    pub fn status(&self) -> String {
        self.existing().text("status").to_owned()
    }

    /// Whether it was approved.
    ///
    /// # Panics
    /// If the authorization does not exist.
    #[track_caller]
    pub fn approved(&self) -> bool {
        self.existing().flag("approved")
    }

    /// The reason of the latest approval or decline, such as `webhook_declined`; empty while it is undecided.
    ///
    /// # Panics
    /// If the authorization does not exist.
    #[track_caller]
    pub fn reason(&self) -> String {
        let object = self.existing();
        object.items("request_history").last().map(|last| last.text("reason").to_owned()).unwrap_or_default()
    }

    /// Waits until the platform's endpoint has decided, if it was asked.
    ///
    /// # Panics
    /// If it is still undecided because no endpoint could be asked; the message lists the endpoints and the
    /// receivers.
    #[track_caller]
    pub fn answered(&self) -> impl Future<Output = &Self> + Send {
        // A future cannot track its caller.
        let asked = Location::caller();
        async move {
            self.sandbox.courier().deliver().await;
            if let Some(why) = self.unanswered() {
                panic!("{} is still undecided at {asked}: {why}", self.id);
            }
            self
        }
    }

    /// Why it is still undecided; `None` if it is decided.
    fn unanswered(&self) -> Option<String> {
        let state = self.sandbox.state();
        state.questions.iter().find(|question| question.authorization == self.id)?;
        if state.outbox.timing == Timing::Collected {
            return Some("webhooks are collected, so the request is not sent.".to_owned());
        }
        let listeners = state.owner(&self.id).map(|scope| state.listeners(&scope, REQUEST));
        let listeners: Vec<_> = listeners.into_iter().flatten().map(|listener| listener.url).collect();
        if listeners.is_empty() {
            return Some(format!("no endpoint listens to `{REQUEST}`; decide with `answer`."));
        }
        let reached = self.sandbox.queue().addresses();
        let reached = if reached.is_empty() { "none".to_owned() } else { reached.join(", ") };
        Some(format!(
            "`{REQUEST}` is sent to {}. The receivers in this process are: {reached}.",
            listeners.join(", ")
        ))
    }

    /// Decides in place of the platform's endpoint.
    ///
    /// # Errors
    /// If no decision is pending.
    pub fn answer(&self, answer: &Answer) -> Result<&Self, ApiError> {
        self.sandbox.authorizations().answer(&self.id, answer)?;
        Ok(self)
    }

    /// Captures the complete amount. Returns the id of the transaction.
    ///
    /// # Errors
    /// If it is not approved and pending.
    pub fn capture(&self) -> Result<String, ApiError> {
        self.act("capture", &[])?;
        Ok(self.last_transaction())
    }

    /// Captures less or more than the authorized amount. Returns the id of the transaction.
    ///
    /// # Errors
    /// As [`AuthorizationHandle::capture`].
    pub fn capture_amount(&self, amount: i64) -> Result<String, ApiError> {
        self.act("capture", &[("capture_amount", amount)])?;
        Ok(self.last_transaction())
    }

    /// Captures a part, with more to follow. Returns the id of the transaction.
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

    /// Increments the authorization.
    ///
    /// # Errors
    /// If it is not approved and pending.
    pub fn increment(&self, amount: i64) -> Result<&Self, ApiError> {
        self.act("increment", &[("increment_amount", amount)])
    }

    /// Reverses the authorization completely.
    ///
    /// # Errors
    /// If it is not approved and pending.
    pub fn reverse(&self) -> Result<&Self, ApiError> {
        self.act("reverse", &[])
    }

    /// Reverses a part of the authorization.
    ///
    /// # Errors
    /// If the amount exceeds the held amount.
    pub fn reverse_amount(&self, amount: i64) -> Result<&Self, ApiError> {
        self.act("reverse", &[("reverse_amount", amount)])
    }

    /// Expires the authorization.
    ///
    /// # Errors
    /// If it is not approved and pending.
    pub fn expire(&self) -> Result<&Self, ApiError> {
        self.act("expire", &[])
    }

    /// Refunds the rest of the latest capture. Returns the id of the transaction.
    ///
    /// # Errors
    /// If nothing was captured, or it was already refunded.
    pub fn refund(&self) -> Result<String, ApiError> {
        self.refund_form(&[])
    }

    /// Refunds a part of the latest capture. Returns the id of the transaction.
    ///
    /// # Errors
    /// As [`AuthorizationHandle::refund`].
    pub fn refund_amount(&self, amount: i64) -> Result<String, ApiError> {
        self.refund_form(&[("refund_amount".to_owned(), amount.to_string())])
    }

    /// The ids of its transactions, oldest first.
    ///
    /// # Panics
    /// If the authorization does not exist.
    #[track_caller]
    pub fn transactions(&self) -> Vec<String> {
        let object = self.existing();
        let each = object.items("transactions").iter().map(|transaction| transaction.text("id").to_owned());
        each.collect()
    }

    /// Asserts the status.
    ///
    /// # Panics
    /// If it differs.
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
        let id = captured.ok_or_else(|| ApiError::invalid(format!("{} has no capture.", self.id)))?;
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
