//! A sandbox with a funded account, and shortcuts for requests.

use crate::Sandbox;
use crate::engine::{ApiError, BalanceKind, CurrencyCode, Json, Peek, Scope, StateMachine};
use crate::tests::support::{get, post, request};
use http::Method;

pub const HOLDER: &str = "name=Ada&email=ada%40example.com&phone_number=%2B15551234567&individual[first_name]=Ada\
    &individual[last_name]=Example&individual[card_issuing][user_terms_acceptance][date]=1767000000\
    &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1&billing[address][line1]=1&billing[address][city]=T\
    &billing[address][country]=US&billing[address][postal_code]=94103";

/// The outcome of an event: the status of the reply; `None` if it cannot be caused through the API.
pub type Outcome = Option<u16>;

pub struct Bench {
    pub sandbox: Sandbox,
    account: String,
}

/// The emitted events and the types of balance transactions, oldest first.
pub struct Told {
    pub events: Vec<String>,
    pub lines: Vec<String>,
    pub entries: Vec<String>,
}

impl Told {
    /// Those added since an earlier time.
    pub fn since(mut self, before: &Self) -> (Vec<String>, Vec<String>) {
        let mut moves = self.lines.split_off(before.lines.len());
        moves.extend(self.entries.split_off(before.entries.len()));
        (self.events.split_off(before.events.len()), moves)
    }
}

impl Bench {
    pub fn new() -> Self {
        let sandbox = Sandbox::new(1);
        let bench = Self { account: sandbox.connect().into_id(), sandbox };
        for kind in [BalanceKind::Available, BalanceKind::Issuing] {
            bench.sandbox.fund(&bench.account, kind, CurrencyCode::USD, 100_000).unwrap();
        }
        bench
    }

    /// Makes a request for the account, which may fail.
    pub fn ask(&self, path: &str, form: &str) -> Outcome {
        Some(post(&self.sandbox, &self.account, path, form).status)
    }

    /// Makes a request for the platform.
    pub fn ask_as_platform(&self, path: &str, form: &str) -> Outcome {
        Some(post(&self.sandbox, "", path, form).status)
    }

    /// Creates an object. Returns its id.
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

    /// Receives money from a bank account with this number in a financial account (`credits`), or is debited by it
    /// (`debits`).
    pub fn received(&self, kind: &str, account: &str, amount: i64, number: &str) -> String {
        let form = format!(
            "amount={amount}&currency=usd&financial_account={account}&network=ach\
             &initiating_payment_method_details[type]=us_bank_account\
             &initiating_payment_method_details[us_bank_account][account_number]={number}\
             &initiating_payment_method_details[us_bank_account][routing_number]=110000000"
        );
        self.made(&format!("/v1/test_helpers/treasury/received_{kind}"), &form)
    }

    /// The state of an object. A capability is identified by its account.
    pub fn state(&self, machine: &StateMachine, id: &str) -> String {
        let object = if machine.object == "capability" {
            get(&self.sandbox, "", &format!("/v1/accounts/{id}/capabilities/transfers")).json()
        } else {
            self.sandbox.object(id).unwrap()
        };
        machine.state(&object).to_owned()
    }

    /// All events and balance transactions of the account so far.
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
