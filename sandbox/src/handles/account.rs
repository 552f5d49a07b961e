use super::validate::demand_kind;
use super::{CardHandle, Sandbox, code, known};
use crate::engine::{ApiError, BalanceKind, Json, Peek};
use crate::resources::accounts;
use crate::resources::accounts::{
    capabilities, issuing_application, issuing_closure, notices, trigger_cards,
};
use crate::resources::issuing;
use crate::resources::money::automatic_payouts;
use crate::resources::payments::controls;
use std::fmt::Write;
use std::time::Duration;
use stripe_platform::{Client, Currency};

impl Sandbox {
    /// A connected account or the platform, with methods that act as Stripe, customers and banks. In test mode.
    pub fn account(&self, id: impl AsRef<str>) -> AccountHandle {
        AccountHandle { sandbox: self.clone(), id: id.as_ref().to_owned() }
    }
}

/// An account of a sandbox. Amounts are in minor units.
#[derive(Debug, Clone)]
pub struct AccountHandle {
    sandbox: Sandbox,
    id: String,
}

/// A handle can be passed where an account id is expected.
impl AsRef<str> for AccountHandle {
    fn as_ref(&self) -> &str {
        &self.id
    }
}

impl AccountHandle {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its id, without the handle.
    pub fn into_id(self) -> String {
        self.id
    }

    /// A client for the account, without a socket.
    pub fn client(&self) -> Client {
        self.sandbox.client().for_account(&self.id)
    }

    /// The stored account object.
    pub fn object(&self) -> Option<Json> {
        self.sandbox.object(&self.id)
    }

    /// The objects of a kind (their `object` member, such as `payout`), newest first.
    ///
    /// # Panics
    /// If the account does not exist, or the API has no objects of this kind.
    #[track_caller]
    pub fn objects(&self, kind: &str) -> Vec<Json> {
        demand_kind(kind);
        self.sandbox.demand_account(&self.id);
        let mut state = self.sandbox.state();
        let books = state.context(self.sandbox.test_scope(&self.id));
        books.all(kind).cloned().collect()
    }

    /// Completes all pending verifications with the results that the test values define.
    ///
    /// # Errors
    /// If the account does not exist.
    pub fn verify(&self) -> Result<&Self, ApiError> {
        self.sandbox.in_books(&self.id, accounts::verification::end_checks)?;
        Ok(self)
    }

    /// Adds a requirement for a field, with an error code of requirements such as `verification_document_expired`.
    /// The field has its name in requirements: `company.tax_id`, or `person_…` with a person's id.
    ///
    /// # Errors
    /// If the account, the field or the code does not exist.
    pub fn require(&self, field: &str, code: &str) -> Result<&Self, ApiError> {
        self.sandbox
            .in_books(&self.id, |books| accounts::requested_information::require(books, field, code))?;
        Ok(self)
    }

    /// Stripe announces a requirement: it is among the `future_requirements`, and becomes a requirement after a time, or
    /// stays announced if no time is given. Field and code are those of [`AccountHandle::require`].
    ///
    /// # Errors
    /// If there is no such account, field or code.
    pub fn announce(&self, field: &str, code: &str, after: Option<Duration>) -> Result<&Self, ApiError> {
        self.sandbox.in_books(&self.id, |books| {
            accounts::requested_information::announce(books, field, code, after)
        })?;
        Ok(self)
    }

    /// Fulfils an added requirement that no request can fulfil. Requirements that a request or the page of an account
    /// link can fulfil are removed when the value is verified.
    ///
    /// # Errors
    /// If the account does not exist, or the requirement was not added.
    pub fn fulfil(&self, field: &str) -> Result<&Self, ApiError> {
        self.sandbox.in_books(&self.id, |books| accounts::requested_information::fulfil(books, field))?;
        Ok(self)
    }

    /// Creates an active virtual card with a complete cardholder.
    ///
    /// # Errors
    /// If the account does not exist, or cannot issue cards in this currency. The capability is only required with
    /// [`Options::strict_capabilities`](crate::Options::strict_capabilities).
    pub fn issue_card(&self, currency: impl Into<Currency>) -> Result<CardHandle, ApiError> {
        let scope = self.sandbox.test_scope(&self.id);
        let now = {
            let state = self.sandbox.state();
            known(&state, &self.id)?;
            state.clock.now().to_string()
        };
        let form = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let holder = form(&[
            ("name", "Ada Example"),
            ("type", "individual"),
            ("email", "ada@example.com"),
            ("phone_number", "+15555550100"),
            ("individual[first_name]", "Ada"),
            ("individual[last_name]", "Example"),
            ("individual[card_issuing][user_terms_acceptance][date]", &now),
            ("individual[card_issuing][user_terms_acceptance][ip]", "127.0.0.1"),
            ("billing[address][line1]", "1 Example Street"),
            ("billing[address][city]", "San Francisco"),
            ("billing[address][state]", "CA"),
            ("billing[address][postal_code]", "94103"),
            ("billing[address][country]", "US"),
        ]);
        let holder = self.sandbox.perform(&scope, "/v1/issuing/cardholders", &holder)?;
        let card = form(&[
            ("cardholder", holder.text("id")),
            ("currency", currency.into().as_str()),
            ("type", "virtual"),
            ("status", "active"),
        ]);
        let card = self.sandbox.perform(&scope, "/v1/issuing/cards", &card)?;
        Ok(self.sandbox.card(card.text("id")))
    }

    /// Adds money to a balance from outside, without a request.
    ///
    /// # Errors
    /// If the currency does not exist.
    pub fn fund(
        &self,
        kind: BalanceKind,
        amount: i64,
        currency: impl Into<Currency>,
    ) -> Result<&Self, ApiError> {
        self.sandbox.fund(&self.id, kind, currency, amount)?;
        Ok(self)
    }

    /// A balance of the account.
    ///
    /// # Panics
    /// If the account or the currency does not exist.
    #[track_caller]
    pub fn balance(&self, kind: BalanceKind, currency: impl Into<Currency>) -> i64 {
        self.sandbox.balance(&self.id, kind, currency)
    }

    /// Makes a customer pay the account; the amount is pending first. Returns the id of the charge.
    ///
    /// # Errors
    /// If the amount is not positive, or the currency does not exist.
    pub fn receive(&self, amount: i64, currency: impl Into<Currency>) -> Result<String, ApiError> {
        self.sandbox.payments().receive(&self.id, amount, currency)
    }

    /// Makes a customer pay the account, with a fee for the platform; both are pending first. Returns the id of the
    /// fee.
    ///
    /// # Errors
    /// If an amount is invalid, or the currency does not exist.
    pub fn charge(&self, amount: i64, fee: i64, currency: impl Into<Currency>) -> Result<String, ApiError> {
        let currency = code(currency)?;
        self.sandbox.in_books(&self.id, |books| controls::charge_with_fee(books, amount, fee, currency))
    }

    /// As [`AccountHandle::charge`], with one of the test cards that bring requirements forward, by its number or token such
    /// as `tok_visa_triggerChargeBlock`. The fee can be 0: then the id is that of the charge.
    ///
    /// # Errors
    /// As [`AccountHandle::charge`], and if it is not one of these cards.
    pub fn charge_card(
        &self,
        amount: i64,
        fee: i64,
        currency: impl Into<Currency>,
        card: &str,
    ) -> Result<String, ApiError> {
        trigger_cards::known(card)?;
        let id = match fee {
            0 => self.receive(amount, currency)?,
            fee => self.charge(amount, fee, currency)?,
        };
        self.sandbox.in_books(&self.id, |books| trigger_cards::charged(books, card))?;
        Ok(id)
    }

    /// Pays out the complete available balance now, as the payout schedule would.
    ///
    /// # Errors
    /// If a payout fails.
    pub fn pay_out(&self) -> Result<&Self, ApiError> {
        self.sandbox.in_books(&self.id, automatic_payouts::run)?;
        Ok(self)
    }

    /// Creates an account notice, with a reason such as `issuing.dispute_lost`. Returns its id.
    ///
    /// # Errors
    /// If the account or the reason does not exist.
    pub fn give_notice(&self, reason: &str) -> Result<String, ApiError> {
        self.sandbox.in_books(&self.id, |books| notices::issue(books, reason, Json::Null))
    }

    /// Closes card issuing as Stripe does, for `terms_of_service_violation`, `business_model`, `url`, `use_case` or
    /// `inactivity`: the capability and its active cards become inactive, and a notice must be forwarded. If a
    /// clarification was missing (`business_model`, `url`, `use_case`), accepting the terms again is a new
    /// application.
    ///
    /// # Errors
    /// If the account or the reason does not exist, or card issuing was not requested or is already closed.
    pub fn close_issuing(&self, reason: &str) -> Result<&Self, ApiError> {
        self.sandbox.in_books(&self.id, |books| {
            if reason == issuing_application::UNVERIFIED {
                return issuing_application::turn_down(books, "");
            }
            issuing_closure::close(books, reason)?;
            issuing::deactivate_cards(books)
        })?;
        Ok(self)
    }

    /// Closes card issuing if it was unused for too long; otherwise schedules the next check.
    ///
    /// # Errors
    /// If the account does not exist.
    pub fn close_if_idle(&self) -> Result<&Self, ApiError> {
        self.sandbox.in_books(&self.id, |books| capabilities::close_if_idle(books, "card_issuing"))?;
        Ok(self)
    }

    /// The balance transactions of the account, newest first.
    ///
    /// # Panics
    /// If the account does not exist.
    #[track_caller]
    pub fn ledger(&self) -> Vec<crate::engine::LedgerEntry> {
        self.sandbox.ledger().transactions(&self.id)
    }

    /// Asserts a balance of the account.
    ///
    /// # Panics
    /// If it differs.
    #[track_caller]
    pub fn assert_balance(&self, kind: BalanceKind, currency: impl Into<Currency>, expected: i64) -> &Self {
        self.sandbox.assert_balance(&self.id, kind, currency, expected);
        self
    }

    /// Asserts the status of a capability such as `card_issuing`: `active`, `pending`, `inactive`, `unrequested`.
    ///
    /// # Panics
    /// If it differs (the message lists the account's requirements), or the account or the capability does not exist.
    #[track_caller]
    pub fn assert_capability(&self, name: &str, expected: &str) -> &Self {
        let Some(account) = self.object() else { panic!("the account {} does not exist", self.id) };
        let capabilities = account.at("capabilities").and_then(Json::as_object).cloned().unwrap_or_default();
        match capabilities.get(name).and_then(Json::as_str) {
            Some(status) if status == expected => self,
            Some(status) => {
                panic!("`{name}` of {} is `{status}`, not `{expected}`\n{}", self.id, wanted(&account))
            }
            None => {
                let known: Vec<_> = capabilities.keys().map(String::as_str).collect();
                panic!("{} has no capability `{name}`; it has: {}", self.id, known.join(", "))
            }
        }
    }
}

/// The requirements of an account.
fn wanted(account: &Json) -> String {
    let fields = |name: &str| -> String {
        let fields: Vec<_> = account.items(name).iter().filter_map(Json::as_str).collect();
        if fields.is_empty() { "nothing".to_owned() } else { fields.join(", ") }
    };
    let mut out = format!(
        "Due: {}\nPending verification: {}\n",
        fields("requirements.currently_due"),
        fields("requirements.pending_verification")
    );
    for error in account.items("requirements.errors") {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "Wrong: {}: {}", error.text("requirement"), error.text("code"));
    }
    out
}
