use super::validate::demand_kind;
use super::{CardHandle, Sandbox, code, known};
use crate::engine::{ApiError, BalanceKind, Json, Peek};
use crate::resources::accounts;
use crate::resources::accounts::{
    capabilities, issuing_application, issuing_closure, notices, trigger_cards,
};
use crate::resources::issuing;
use crate::resources::money::{application_fees, automatic_payouts};
use std::fmt::Write;
use std::time::Duration;
use stripe_platform::{Client, Currency};

impl Sandbox {
    /// A connected account, or the platform's own, to which a test does what Stripe, customers and banks do. It is in
    /// test mode.
    pub fn account(&self, id: impl AsRef<str>) -> AccountHandle {
        AccountHandle { sandbox: self.clone(), id: id.as_ref().to_owned() }
    }
}

/// One account of a sandbox. Amounts are in minor units.
#[derive(Debug, Clone)]
pub struct AccountHandle {
    sandbox: Sandbox,
    id: String,
}

impl AccountHandle {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A client for its calls, without a socket.
    pub fn client(&self) -> Client {
        self.sandbox.client().for_account(&self.id)
    }

    /// The account object as it is kept.
    pub fn object(&self) -> Option<Json> {
        self.sandbox.object(&self.id)
    }

    /// The objects of a kind (their `object` member, such as `payout`), newest first.
    ///
    /// # Panics
    /// If there is no such account, or no object of the API is of this kind.
    #[track_caller]
    pub fn objects(&self, kind: &str) -> Vec<Json> {
        demand_kind(kind);
        self.sandbox.demand_account(&self.id);
        let mut state = self.sandbox.state();
        let books = state.context(self.sandbox.test_scope(&self.id));
        books.all(kind).cloned().collect()
    }

    /// All checks that are under way end as the test values say.
    ///
    /// # Errors
    /// If there is no such account.
    pub fn verify(&self) -> Result<&Self, ApiError> {
        self.sandbox.in_books(&self.id, accounts::verification::end_checks)?;
        Ok(self)
    }

    /// Stripe asks for one more field, with an error code of requirements such as `verification_document_expired`.
    /// A field is called as in requirements: `company.tax_id`, or `person_` and so on with a person's id.
    ///
    /// # Errors
    /// If there is no such account, field or code.
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

    /// What was asked for beyond the usual is done, in a way that no request has. What a request or the page of an account
    /// link can supply is done by that, once it is checked.
    ///
    /// # Errors
    /// If there is no such account, or this was not asked of it.
    pub fn fulfil(&self, field: &str) -> Result<&Self, ApiError> {
        self.sandbox.in_books(&self.id, |books| accounts::requested_information::fulfil(books, field))?;
        Ok(self)
    }

    /// Gives it an active virtual card of a cardholder whose details are complete.
    ///
    /// # Errors
    /// If there is no such account, or it may not issue cards in this currency. Whether it may issue any counts with
    /// [`Options::strict_capabilities`](crate::Options::strict_capabilities) only.
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

    /// Puts money into a balance from outside, without a request.
    ///
    /// # Errors
    /// If there is no such currency.
    pub fn fund(
        &self,
        kind: BalanceKind,
        amount: i64,
        currency: impl Into<Currency>,
    ) -> Result<&Self, ApiError> {
        self.sandbox.fund(&self.id, kind, currency, amount)?;
        Ok(self)
    }

    /// What it holds.
    ///
    /// # Panics
    /// If there is no such account or currency.
    #[track_caller]
    pub fn balance(&self, kind: BalanceKind, currency: impl Into<Currency>) -> i64 {
        self.sandbox.balance(&self.id, kind, currency)
    }

    /// A customer pays it: the amount is pending first. Gives the id of the charge.
    ///
    /// # Errors
    /// If the amount is not positive, or there is no such currency.
    pub fn receive(&self, amount: i64, currency: impl Into<Currency>) -> Result<String, ApiError> {
        self.sandbox.payments().receive(&self.id, amount, currency)
    }

    /// A customer pays it, and the platform takes a fee of that; both are pending first. Gives the id of the fee.
    ///
    /// # Errors
    /// If the amounts cannot be, or there is no such currency.
    pub fn charge(&self, amount: i64, fee: i64, currency: impl Into<Currency>) -> Result<String, ApiError> {
        let currency = code(currency)?;
        self.sandbox.in_books(&self.id, |books| application_fees::charge(books, amount, fee, currency))
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

    /// Pays out at once all that it can spend, as its schedule would.
    ///
    /// # Errors
    /// If a payout is refused.
    pub fn pay_out(&self) -> Result<&Self, ApiError> {
        self.sandbox.in_books(&self.id, automatic_payouts::run)?;
        Ok(self)
    }

    /// Stripe gives it notice, with a reason such as `issuing.dispute_lost`. Gives the id of the notice.
    ///
    /// # Errors
    /// If there is no such account or reason.
    pub fn give_notice(&self, reason: &str) -> Result<String, ApiError> {
        self.sandbox.in_books(&self.id, |books| notices::issue(books, reason, Json::Null))
    }

    /// Closes card issuing as Stripe does, for `terms_of_service_violation`, `business_model`, `url`, `use_case` or
    /// `inactivity`: the capability is off, its active cards are inactive, and a notice has to be sent on. After a missing
    /// clarification (`business_model`, `url`, `use_case`) a new acceptance of the terms is a new application. With
    /// `unverified_identity` an application that waits for a verification is turned down.
    ///
    /// # Errors
    /// If there is no such account or reason, or card issuing was not asked for or is closed already.
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

    /// Closes card issuing if nothing has used it for too long, and else looks again when that could be so.
    ///
    /// # Errors
    /// If there is no such account.
    pub fn close_if_idle(&self) -> Result<&Self, ApiError> {
        self.sandbox.in_books(&self.id, |books| capabilities::close_if_idle(books, "card_issuing"))?;
        Ok(self)
    }

    /// Its balance transactions, newest first.
    ///
    /// # Panics
    /// If there is no such account.
    #[track_caller]
    pub fn ledger(&self) -> Vec<crate::engine::LedgerEntry> {
        self.sandbox.ledger().transactions(&self.id)
    }

    /// Fails unless a balance is this.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn assert_balance(&self, kind: BalanceKind, currency: impl Into<Currency>, expected: i64) -> &Self {
        self.sandbox.assert_balance(&self.id, kind, currency, expected);
        self
    }

    /// Fails unless a capability such as `card_issuing` has this status: `active`, `pending`, `inactive`, `unrequested`.
    ///
    /// # Panics
    /// If it has another; the message says what is asked of the account. Also if there is no such account or capability.
    #[track_caller]
    pub fn assert_capability(&self, name: &str, expected: &str) -> &Self {
        let Some(account) = self.object() else { panic!("there is no account {}", self.id) };
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

/// What Stripe asks of an account.
fn wanted(account: &Json) -> String {
    let fields = |name: &str| -> String {
        let fields: Vec<_> = account.items(name).iter().filter_map(Json::as_str).collect();
        if fields.is_empty() { "nothing".to_owned() } else { fields.join(", ") }
    };
    let mut out = format!(
        "Due: {}\nBeing checked: {}\n",
        fields("requirements.currently_due"),
        fields("requirements.pending_verification")
    );
    for error in account.items("requirements.errors") {
        // Writing to text cannot fail.
        let _ = writeln!(out, "Wrong: {}: {}", error.text("requirement"), error.text("code"));
    }
    out
}
