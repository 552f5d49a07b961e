//! A sandbox with an account that has money, and short ways to ask it for something.

use crate::Sandbox;
use crate::engine::{ApiError, BalanceKind, CurrencyCode, Json, Peek, Scope, StateMachine};
use crate::tests::support::{get, post, request};
use http::Method;

pub const HOLDER: &str = "name=Ada&email=ada%40example.com&phone_number=%2B15551234567&individual[first_name]=Ada\
    &individual[last_name]=Example&individual[card_issuing][user_terms_acceptance][date]=1767000000\
    &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1&billing[address][line1]=1&billing[address][city]=T\
    &billing[address][country]=US&billing[address][postal_code]=94103";

/// What came of an event: the status of the answer, or nothing outside can cause it.
pub type Outcome = Option<u16>;

pub struct Bench {
    pub sandbox: Sandbox,
    account: String,
}

/// What was told, and which money was moved, by type and oldest first.
pub struct Told {
    pub events: Vec<String>,
    pub lines: Vec<String>,
    pub entries: Vec<String>,
}

impl Told {
    /// The events and the movements since an earlier time.
    pub fn since(mut self, before: &Self) -> (Vec<String>, Vec<String>) {
        let mut moves = self.lines.split_off(before.lines.len());
        moves.extend(self.entries.split_off(before.entries.len()));
        (self.events.split_off(before.events.len()), moves)
    }
}

impl Bench {
    pub fn new() -> Self {
        let sandbox = Sandbox::new(1);
        let bench = Self { account: sandbox.connect(), sandbox };
        for kind in [BalanceKind::Available, BalanceKind::Issuing] {
            bench.sandbox.fund(&bench.account, kind, CurrencyCode::USD, 100_000).unwrap();
        }
        bench
    }

    /// Asks as the account; an answer that is not good is an answer too.
    pub fn ask(&self, path: &str, form: &str) -> Outcome {
        Some(post(&self.sandbox, &self.account, path, form).status)
    }

    /// Asks as the platform.
    pub fn ask_as_platform(&self, path: &str, form: &str) -> Outcome {
        Some(post(&self.sandbox, "", path, form).status)
    }

    /// Makes something and gives its id.
    pub fn made(&self, path: &str, form: &str) -> String {
        let reply = post(&self.sandbox, &self.account, path, form);
        assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
        reply.json().text("id").to_owned()
    }

    pub fn made_by_platform(&self, path: &str, form: &str) -> Json {
        post(&self.sandbox, "", path, form).json()
    }

    pub fn read(&self, path: &str) -> Json {
        get(&self.sandbox, &self.account, path).json()
    }

    pub fn v2(&self, path: &str, body: &str) -> (u16, Json) {
        let headers = [("content-type", "application/json")];
        let reply = self.sandbox.handle(&request(Method::POST, path, body, &self.account, &headers));
        (reply.status, reply.json())
    }

    pub fn bank(&self) {
        let bank = "external_account[object]=bank_account&external_account[country]=US\
            &external_account[routing_number]=110000000&external_account[account_number]=000123456789";
        self.made(&format!("/v1/accounts/{}/external_accounts", self.account), bank);
    }

    pub fn card(&self, more: &str) -> String {
        let holder = self.made("/v1/issuing/cardholders", HOLDER);
        self.made("/v1/issuing/cards", &format!("currency=usd&cardholder={holder}{more}"))
    }

    pub fn swipe(&self) -> String {
        let card = self.card("&type=virtual&status=active");
        self.made("/v1/test_helpers/issuing/authorizations", &format!("card={card}&amount=500"))
    }

    pub fn financial_account(&self) -> String {
        let features = "supported_currencies[]=usd&features[inbound_transfers][ach][requested]=true\
            &features[financial_addresses][aba][requested]=true&features[outbound_payments][ach][requested]=true&features[outbound_transfers][ach][requested]=true";
        self.made("/v1/treasury/financial_accounts", features)
    }

    /// Somebody with an account of this number sends money (`credits`) to a financial account, or takes some (`debits`).
    pub fn received(&self, kind: &str, account: &str, amount: i64, number: &str) -> String {
        let form = format!(
            "amount={amount}&currency=usd&financial_account={account}&network=ach\
             &initiating_payment_method_details[type]=us_bank_account\
             &initiating_payment_method_details[us_bank_account][account_number]={number}\
             &initiating_payment_method_details[us_bank_account][routing_number]=110000000"
        );
        self.made(&format!("/v1/test_helpers/treasury/received_{kind}"), &form)
    }

    /// The state of an object. A capability goes by the id of its account.
    pub fn state(&self, machine: &StateMachine, id: &str) -> String {
        let object = if machine.object == "capability" {
            get(&self.sandbox, "", &format!("/v1/accounts/{id}/capabilities/transfers")).json()
        } else {
            self.sandbox.object(id).unwrap()
        };
        machine.state(&object).to_owned()
    }

    /// All that was told so far, and all movements of the account.
    pub fn told(&self) -> Told {
        let events = self.sandbox.event_types();
        let state = self.sandbox.state();
        let scope = Scope::new(self.account.as_str(), false);
        let mut lines: Vec<String> = state.ledger.lines(&scope).map(|line| line.kind.to_owned()).collect();
        lines.reverse();
        let kept =
            state.store(&scope).into_iter().flat_map(|store| store.of_kind("treasury.transaction_entry"));
        let entries = kept.rev().map(|entry| entry.text("type").to_owned()).collect();
        Told { events, lines, entries }
    }
}

pub fn done<T>(result: Result<T, ApiError>) -> Outcome {
    Some(result.map_or_else(|refusal| refusal.status, |_| 200))
}
