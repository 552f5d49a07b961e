//! A complete card programme made by requests: an object of every kind that the sandbox stores, on the platform and
//! on a connected account. Every request is recorded.

use crate::Sandbox;
use crate::engine::{BalanceKind, CurrencyCode, Json, Peek};
use crate::resources::issuing::authorizations::Answer;
use crate::resources::payments::attempts::EXPIRE;
use crate::router::{Request, Response};
use crate::spec;
use crate::spec::RouteMatch;
use crate::tests::support::{key, request};
use http::Method;
use std::time::Duration;

const USD: CurrencyCode = CurrencyCode::USD;
const PERSON: &str = "first_name=Ann&last_name=Lee&relationship[owner]=true";
const HOLDER: &str = "name=Ada+Example&email=ada%40example.com&phone_number=%2B15551234567&individual[first_name]=Ada\
    &individual[last_name]=Example&individual[card_issuing][user_terms_acceptance][date]=1767000000\
    &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1&billing[address][line1]=1+Street\
    &billing[address][city]=Town&billing[address][country]=US&billing[address][postal_code]=94103";
const SHIPPING: &str = "&shipping[name]=Ada&shipping[address][line1]=1&shipping[address][city]=T&shipping[address][country]=US\
    &shipping[address][postal_code]=94103";
const BANK: &str = "external_account[object]=bank_account&external_account[country]=US\
    &external_account[routing_number]=110000000&external_account[account_number]=000123456789";
const FEATURES: &str = "supported_currencies[]=usd&features[card_issuing][requested]=true\
    &features[inbound_transfers][ach][requested]=true&features[intra_stripe_flows][requested]=true\
    &features[outbound_payments][ach][requested]=true&features[outbound_transfers][ach][requested]=true\
    &features[financial_addresses][aba][requested]=true";

/// A request, and the id in its reply.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "not every test binary reads all of it")]
pub struct Sent {
    pub operation: &'static str,
    pub request: Request,
    pub status: u16,
    pub id: String,
}

pub struct Programme {
    pub sandbox: Sandbox,
    pub account: String,
    /// An account in Germany, funded by bank transfers.
    pub german: String,
    pub sent: Vec<Sent>,
}

impl Programme {
    /// An empty sandbox with one connected account.
    pub fn new(seed: u64) -> Self {
        let sandbox = Sandbox::new(seed);
        let account = sandbox.connect().into_id();
        Self { sandbox, account, german: String::new(), sent: Vec::new() }
    }

    /// The complete programme, on the account and on the platform.
    pub fn whole(seed: u64) -> Self {
        let mut programme = Self::new(seed);
        programme.connect();
        for account in [programme.account.clone(), String::new()] {
            programme.surround(&account);
            programme.fund(&account);
            programme.issue(&account);
            programme.bank(&account);
            programme.pay(&account);
        }
        programme.sandbox.advance(Duration::from_secs(3 * 86_400));
        programme.pay_out();
        let destinations = programme.ask(Method::GET, "", "/v2/core/event_destinations", "").json();
        let place = format!("/v2/core/event_destinations/{}", destinations.text("data.0.id"));
        programme.v2(&format!("{place}/ping"), "{}");
        programme.accounts_v2();
        programme
    }

    /// Accounts, persons, tokens, links and bank accounts of API v2.
    fn accounts_v2(&mut self) {
        let whole = r#"{"contact_email":"a@example.com","dashboard":"none","defaults":{"responsibilities":
            {"fees_collector":"application","losses_collector":"application"}},"identity":{"country":"US",
            "entity_type":"company","business_details":{"registered_name":"Rosen"}},"configuration":{"customer":{"capabilities":
            {"automatic_indirect_tax":{"requested":true}}},
            "merchant":{"capabilities":{"card_payments":{"requested":true}}},
            "recipient":{"capabilities":{"stripe_balance":{"stripe_transfers":{"requested":true}}}}}}"#;
        let account = self.v2("/v2/core/accounts", whole).text("id").to_owned();
        let path = format!("/v2/core/accounts/{account}");
        self.v2("/v2/core/account_tokens", r#"{"display_name":"Rosen"}"#);
        let token = self.v2(&format!("{path}/person_tokens"), r#"{"given_name":"Ann"}"#);
        let persons = format!("{path}/persons");
        self.v2(&persons, &format!(r#"{{"person_token":"{}"}}"#, token.text("id")));
        let person = self.v2(&persons, r#"{"relationship":{"owner":true}}"#).text("id").to_owned();
        self.v2(&format!("{persons}/{person}"), r#"{"given_name":"Bob"}"#);
        self.delete("", &format!("{persons}/{person}"));
        let change = r#"{"contact_email":"b@example.com","metadata":{"a":"1"},"defaults":{"locales":["en-US"],
            "profile":{"business_url":"https://accessible.stripe.com"}},
            "configuration":{"customer":{"shipping":{"address":{"country":"US"}}},"merchant":{"mcc":"5734"},
            "recipient":{"applied":false}},"identity":{"business_details":{"phone":"0000000000"}}}"#;
        self.v2(&path, change);
        let again = r#"{"configuration":{"recipient":{"applied":true,"capabilities":{"stripe_balance":
            {"stripe_transfers":{"requested":true}}}}}}"#;
        self.v2(&path, again);
        let link = format!(
            r#"{{"account":"{account}","use_case":{{"type":"account_onboarding","account_onboarding":
            {{"refresh_url":"https://x.test/a","return_url":"https://x.test/b"}}}}}}"#
        );
        let link = self.v2("/v2/core/account_links", &link);
        self.sandbox.account_links().complete(link.text("url")).unwrap();
        let us = self
            .v2("/v2/core/vault/us_bank_accounts", r#"{"account_number":"000123456789","currency":"usd"}"#);
        let us = format!("/v2/core/vault/us_bank_accounts/{}", us.text("id"));
        self.v2(&us, r#"{"routing_number":"110000000"}"#);
        self.v2(&format!("{us}/send_microdeposits"), "{}");
        self.v2(&format!("{us}/confirm_microdeposits"), r#"{"descriptor_code":"SM11AA"}"#);
        self.v2(&format!("{us}/archive"), "{}");
        self.v2(&format!("{us}/unarchive"), "{}");
        let gb = r#"{"account_number":"00012345","sort_code":"108800","currency":"gbp"}"#;
        let gb = self.v2("/v2/core/vault/gb_bank_accounts", gb);
        let gb = format!("/v2/core/vault/gb_bank_accounts/{}", gb.text("id"));
        self.v2(&format!("{gb}/archive"), "{}");
        self.v2(&format!("{gb}/unarchive"), "{}");
        let spare = self.v2("/v2/core/accounts", whole).text("id").to_owned();
        self.v2(
            &format!("/v2/core/accounts/{spare}/close"),
            r#"{"applied_configurations":["customer","merchant","recipient"]}"#,
        );
    }

    fn send(&mut self, request: Request) -> Response {
        let RouteMatch::Operation(operation, _) = spec::find(request.method.as_str(), &request.path) else {
            panic!("{} {}", request.method, request.path)
        };
        let reply = self.sandbox.handle(&request);
        let id = reply.header("request-id").unwrap_or_default().to_owned();
        self.sent.push(Sent { operation: operation.id, request, status: reply.status, id });
        reply
    }

    /// Sends a request with its version, as clients do.
    pub fn ask(&mut self, method: Method, account: &str, path: &str, form: &str) -> Response {
        self.send(request(method, path, form, account, &[("stripe-version", "2026-10-28.endive")]))
    }

    pub fn post(&mut self, account: &str, path: &str, form: &str) -> Json {
        let reply = self.ask(Method::POST, account, path, form);
        assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
        reply.json()
    }

    fn made(&mut self, account: &str, path: &str, form: &str) -> String {
        self.post(account, path, form).text("id").to_owned()
    }

    /// Sends a request that may fail; it is recorded as well.
    fn attempt(&mut self, account: &str, path: &str, form: &str) {
        self.ask(Method::POST, account, path, form);
    }

    fn delete(&mut self, account: &str, path: &str) {
        let reply = self.ask(Method::DELETE, account, path, "");
        assert_eq!(reply.status, 200, "{path}: {}", reply.json());
    }

    fn v2(&mut self, path: &str, body: &str) -> Json {
        let headers =
            [("content-type", "application/json"), ("authorization", &*format!("Bearer {}", key()))];
        let reply = self.send(request(Method::POST, path, body, "", &headers));
        assert_eq!(reply.status, 200, "{path}: {}", reply.json());
        reply.json()
    }

    /// Operations of platforms on accounts.
    fn connect(&mut self) {
        let account = self.account.clone();
        let path = format!("/v1/accounts/{account}");
        let whole = "type=custom&country=US&business_type=company&capabilities[transfers][requested]=true\
            &capabilities[card_issuing][requested]=true&company[name]=Rosen";
        let other = self.made("", "/v1/accounts", whole);
        let other_path = format!("/v1/accounts/{other}");
        self.post("", &other_path, &format!("company[tax_id]=000000000&{BANK}"));
        self.post("", &format!("{other_path}/capabilities/transfers"), "requested=false");
        self.post("", &format!("{other_path}/reject"), "reason=fraud_other");
        self.post("", &format!("{other_path}/unreject"), "");
        self.delete("", &other_path);
        let person = self.made("", &format!("{path}/persons"), PERSON);
        self.post("", &format!("{path}/persons/{person}"), "email=ann@example.com");
        let gone = self.made("", &format!("{path}/persons"), PERSON);
        self.delete("", &format!("{path}/persons/{gone}"));
        let bank = self.made("", &format!("{path}/external_accounts"), BANK);
        self.post("", &format!("{path}/external_accounts/{bank}"), "metadata[a]=b&account_holder_name=Ann");
        let spare = self.made(
            "",
            &format!("{path}/external_accounts"),
            &BANK.replace("000123456789", "000999999991"),
        );
        self.post("", &format!("{path}/external_accounts/{bank}"), "default_for_currency=true");
        self.delete("", &format!("{path}/external_accounts/{spare}"));
        let session = format!("account={account}&components[balances][enabled]=true");
        self.post("", "/v1/account_sessions", &session);
        let urls = "type=account_onboarding&return_url=http://x.test/a&refresh_url=http://x.test/b";
        self.post("", "/v1/account_links", &format!("account={account}&{urls}"));
        let express = self.made("", "/v1/accounts", "type=express&country=US");
        let link = self.post("", "/v1/account_links", &format!("account={express}&{urls}"));
        self.sandbox.account_links().complete(link.text("url")).unwrap();
        self.post("", &format!("/v1/accounts/{express}/login_links"), "");
        let standard = self.made("", "/v1/accounts", "type=standard&country=US");
        self.delete("", &format!("/v1/accounts/{standard}"));
        let fee = self.sandbox.accounts().charge(&account, 5000, 500, USD).unwrap();
        let refund = self.made("", &format!("/v1/application_fees/{fee}/refunds"), "amount=100");
        self.post("", &format!("/v1/application_fees/{fee}/refunds/{refund}"), "metadata[a]=b");
        self.sandbox.fund(self.sandbox.platform(), BalanceKind::Available, USD, 500_000).unwrap();
        let transfer =
            self.made("", "/v1/transfers", &format!("amount=5000&currency=usd&destination={account}"));
        self.post("", &format!("/v1/transfers/{transfer}"), "description=x");
        let reversal = self.made("", &format!("/v1/transfers/{transfer}/reversals"), "amount=100");
        self.post("", &format!("/v1/transfers/{transfer}/reversals/{reversal}"), "metadata[a]=b");
        let body = r#"{"name":"d","type":"webhook_endpoint","event_payload":"thin","enabled_events":["v2.core.event_destination.ping"],"webhook_endpoint":{"url":"https://example.com/v2"}}"#;
        let destination = self.v2("/v2/core/event_destinations", body).text("id").to_owned();
        let place = format!("/v2/core/event_destinations/{destination}");
        self.v2(&place, r#"{"name":"e"}"#);
        self.v2(&format!("{place}/disable"), "{}");
        self.v2(&format!("{place}/enable"), "{}");
        self.v2(&format!("{place}/ping"), "{}");
        let spare = self.v2("/v2/core/event_destinations", body).text("id").to_owned();
        self.delete("", &format!("/v2/core/event_destinations/{spare}"));
    }

    /// Payments of customers, their refunds and disputes.
    fn pay(&mut self, account: &str) {
        let card =
            "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123";
        let method = self.made(account, "/v1/payment_methods", card);
        let customer = self.made(account, "/v1/customers", "email=c@example.com&payment_method=pm_card_visa");
        let gone = self.made(account, "/v1/customers", "email=g@example.com");
        self.delete(account, &format!("/v1/customers/{gone}"));
        let intents = "/v1/payment_intents";
        let form = format!("amount=900&currency=usd&customer={customer}");
        let intent = self.made(account, intents, &form);
        let path = format!("{intents}/{intent}");
        self.post(account, &path, "description=Book");
        self.post(account, &format!("{path}/confirm"), &format!("payment_method={method}"));
        let manual = "amount=900&currency=usd&confirm=true&payment_method=pm_card_visa&capture_method=manual";
        let held = self.made(account, intents, manual);
        self.post(account, &format!("{intents}/{held}/capture"), "");
        let held = self.made(account, intents, manual);
        self.post(account, &format!("{intents}/{held}/cancel"), "");
        self.attempt(
            account,
            intents,
            "amount=900&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined",
        );
        let charge =
            self.made(account, "/v1/charges", "amount=900&currency=usd&source=tok_visa&capture=false");
        self.post(account, &format!("/v1/charges/{charge}"), "description=Book");
        self.post(account, &format!("/v1/charges/{charge}/capture"), "");
        let refund = self.made(account, "/v1/refunds", &format!("charge={charge}&amount=100"));
        self.post(account, &format!("/v1/refunds/{refund}"), "metadata[a]=b");
        self.attempt(account, &format!("/v1/refunds/{refund}/cancel"), "");
        for end in ["", "/close"] {
            let form = "amount=900&currency=usd&source=tok_createDispute";
            let charge = self.made(account, "/v1/charges", form);
            let disputes =
                self.ask(Method::GET, account, &format!("/v1/disputes?charge={charge}"), "").json();
            let path = format!("/v1/disputes/{}{end}", disputes.text("data.0.id"));
            self.post(account, &path, if end.is_empty() { "metadata[a]=b" } else { "" });
        }
        let charge = self.made(account, "/v1/charges", "amount=900&currency=usd&source=tok_createDispute");
        let disputes = self.ask(Method::GET, account, &format!("/v1/disputes?charge={charge}"), "").json();
        let path = format!("/v1/disputes/{}", disputes.text("data.0.id"));
        self.post(account, &path, "evidence[uncategorized_text]=winning_evidence");
        let charge = self.made(account, "/v1/charges", "amount=900&currency=usd&source=tok_refundFail");
        self.made(account, "/v1/refunds", &format!("charge={charge}"));
        for method in ["pm_usBankAccount_success", "pm_card_authenticationRequired"] {
            let form = format!("amount=900&currency=usd&confirm=true&payment_method={method}");
            self.made(account, intents, &form);
        }
        let held = self.made(account, intents, manual);
        self.sandbox.trigger(&EXPIRE, held).unwrap();
        let setup = self.made(account, "/v1/setup_intents", "payment_method=pm_card_visa");
        self.post(account, &format!("/v1/setup_intents/{setup}/confirm"), "");
        self.post(account, "/v1/setup_intents", "payment_method=pm_card_authenticationRequired&confirm=true");
        let abandoned = self.made(account, "/v1/setup_intents", "payment_method=pm_card_visa");
        self.post(account, &format!("/v1/setup_intents/{abandoned}/cancel"), "cancellation_reason=abandoned");
        self.attempt(account, "/v1/setup_intents", "payment_method=pm_card_chargeDeclined&confirm=true");
    }

    /// Files, tokens, notices, settings, endpoints.
    fn surround(&mut self, account: &str) {
        let upload = |purpose: &str| {
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n{purpose}\r\n--b\r\nContent-Disposition: \
                 form-data; name=\"file\"; filename=\"id.png\"\r\n\r\nPNG\r\n--b--\r\n"
            )
        };
        let headers = [("content-type", "multipart/form-data; boundary=b")];
        let body = upload("dispute_evidence");
        let file = self.send(request(Method::POST, "/v1/files", &body, account, &headers)).json();
        let link = self.made(account, "/v1/file_links", &format!("file={}", file.text("id")));
        self.post(account, &format!("/v1/file_links/{link}"), "expires_at=now");
        self.made(account, "/v1/tokens", "pii[id_number]=000000000");
        let owner = if account.is_empty() { self.sandbox.platform() } else { account.to_owned() };
        let notice = self.sandbox.accounts().give_notice(&owner, "issuing.dispute_lost").unwrap();
        let email = "email[plain_text]=x&email[recipient]=a@example.com&email[subject]=s&sent_at=1767603600";
        self.post(account, &format!("/v1/account_notices/{notice}"), email);
        let schedule = "payments[payouts][schedule][interval]=manual&payments[debit_negative_balances]=true";
        self.post(account, "/v1/balance_settings", schedule);
        let endpoint = "url=https://example.com/hooks&enabled_events[]=*";
        let endpoint = self.made(account, "/v1/webhook_endpoints", endpoint);
        self.post(account, &format!("/v1/webhook_endpoints/{endpoint}"), "disabled=true");
        let spare = self.made(
            account,
            "/v1/webhook_endpoints",
            "url=https://example.com&enabled_events[]=payout.paid",
        );
        self.delete(account, &format!("/v1/webhook_endpoints/{spare}"));
    }

    /// Sources, top-ups, balance transfers, funding instructions.
    fn fund(&mut self, account: &str) {
        let token = "bank_account[country]=US&bank_account[currency]=usd&bank_account[routing_number]=110000000\
            &bank_account[account_number]=000123456789";
        let token = self.made(account, "/v1/tokens", token);
        let source = self.made(account, "/v1/sources", &format!("type=ach_debit&currency=usd&token={token}"));
        let verify = format!("/v1/sources/{source}/verify");
        self.attempt(account, &verify, "values[]=1&values[]=2");
        self.post(account, &verify, "values[]=32&values[]=45");
        self.post(account, &format!("/v1/sources/{source}"), "metadata[a]=b");
        let virtual_account = "type=ach_credit_transfer&currency=usd&owner[email]=amount_500@example.com";
        self.made(account, "/v1/sources", virtual_account);
        let token = "bank_account[country]=US&bank_account[routing_number]=110000000&bank_account[account_number]=000123456789";
        let token = self.made(account, "/v1/tokens", token);
        let wrong = self.made(account, "/v1/sources", &format!("type=ach_debit&currency=usd&token={token}"));
        for _ in 0..3 {
            self.attempt(account, &format!("/v1/sources/{wrong}/verify"), "values[]=1&values[]=2");
        }
        let form = format!("amount=90000&currency=usd&source={source}");
        let settled = self.made(account, "/v1/topups", &form);
        self.sandbox.topups().settle(&settled).unwrap();
        self.post(account, &format!("/v1/topups/{settled}"), "description=x");
        let canceled = self.made(account, "/v1/topups", &form);
        self.post(account, &format!("/v1/topups/{canceled}/cancel"), "");
        let failing = "amount=5&currency=usd&source=btok_us_verified_noAccount&destination_balance=issuing";
        let failed = self.made(account, "/v1/topups", failing);
        self.sandbox.topups().settle(&failed).unwrap();
        let transfer =
            "amount=40000&currency=usd&source_balance[type]=payments&destination_balance[type]=issuing";
        self.made(account, "/v1/balance_transfers", transfer);
        let german = self.made("", "/v1/accounts", "type=custom&country=DE");
        let instructions = "currency=eur&funding_type=bank_transfer&bank_transfer[type]=eu_bank_transfer";
        self.post(&german, "/v1/issuing/funding_instructions", instructions);
        self.post(&german, "/v1/test_helpers/issuing/fund_balance", "amount=50000&currency=eur");
        self.german = german;
        let whose = if account.is_empty() { self.sandbox.platform() } else { account.to_owned() };
        self.sandbox.fund(whose, BalanceKind::Issuing, USD, 50_000).unwrap();
    }

    fn holder(&mut self, account: &str) -> String {
        self.made(account, "/v1/issuing/cardholders", HOLDER)
    }

    /// Cardholders, cards, designs, purchases, disputes.
    fn issue(&mut self, account: &str) {
        let holder = self.holder(account);
        self.post(account, &format!("/v1/issuing/cardholders/{holder}"), "metadata[a]=b&status=inactive");
        self.post(account, &format!("/v1/issuing/cardholders/{holder}"), "status=active");
        let bundles = self.ask(Method::GET, account, "/v1/issuing/physical_bundles?type=standard", "").json();
        let bundle = bundles.text("data.0.id").to_owned();
        let designs = "/v1/issuing/personalization_designs";
        let design = self.made(account, designs, &format!("physical_bundle={bundle}&name=Blue"));
        let helper = format!("/v1/test_helpers/issuing/personalization_designs/{design}");
        self.post(account, &format!("{designs}/{design}"), "name=Red&preferences[is_default]=true");
        self.post(account, &format!("{helper}/activate"), "");
        self.post(account, &format!("{helper}/deactivate"), "");
        self.post(account, &format!("{helper}/activate"), "");
        let physical =
            format!("type=physical&currency=usd&cardholder={holder}&personalization_design={design}");
        let cards: Vec<String> = (0..3)
            .map(|_| self.made(account, "/v1/issuing/cards", &format!("{physical}{SHIPPING}")))
            .collect();
        for (card, steps) in cards.iter().zip([
            ["submit", "ship", "deliver"],
            ["submit", "ship", "return"],
            ["submit", "fail", ""],
        ]) {
            for step in steps.iter().filter(|step| !step.is_empty()) {
                self.post(account, &format!("/v1/test_helpers/issuing/cards/{card}/shipping/{step}"), "");
            }
        }
        let reasons = "rejection_reasons[card_logo][]=inappropriate";
        self.post(account, &format!("{helper}/reject"), reasons);
        let card = format!("type=virtual&currency=usd&status=active&cardholder={holder}");
        let card = self.made(account, "/v1/issuing/cards", &card);
        self.post(account, &format!("/v1/issuing/cards/{card}"), "metadata[a]=b");
        let key = self.made(account, "/v1/ephemeral_keys", &format!("issuing_card={card}&nonce=n"));
        self.delete(account, &format!("/v1/ephemeral_keys/{key}"));
        let token = self.sandbox.cards().add_to_wallet(&card, "apple_pay").unwrap();
        self.post(account, &format!("/v1/issuing/tokens/{token}"), "status=suspended");
        let settlement = "bin=424242&clearing_date=1767603600&currency=usd&net_total_amount=5";
        let settlement = self.made(account, "/v1/test_helpers/issuing/settlements", settlement);
        self.post(account, &format!("/v1/issuing/settlements/{settlement}"), "metadata[a]=b");
        self.post(account, &format!("/v1/test_helpers/issuing/settlements/{settlement}/complete"), "");
        self.spend(account, &card);
    }

    fn swipe(&mut self, account: &str, card: &str, amount: i64) -> String {
        let form = format!("card={card}&amount={amount}&is_amount_controllable=true");
        self.made(account, "/v1/test_helpers/issuing/authorizations", &form)
    }

    fn spend(&mut self, account: &str, card: &str) {
        let helper = |id: &str, what: &str| format!("/v1/test_helpers/issuing/authorizations/{id}/{what}");
        let bought = self.swipe(account, card, 3000);
        self.post(account, &helper(&bought, "increment"), "increment_amount=500");
        self.post(account, &helper(&bought, "finalize_amount"), "final_amount=3200");
        let receipt = "purchase_details[receipt][0][description]=Tea&purchase_details[receipt][0][quantity]=1\
            &purchase_details[receipt][0][unit_cost]=3200";
        self.post(account, &helper(&bought, "capture"), receipt);
        self.post(account, &format!("/v1/issuing/authorizations/{bought}"), "metadata[a]=b");
        let by_wallet = format!("card={card}&amount=5&wallet=google_pay");
        self.post(account, "/v1/test_helpers/issuing/authorizations", &by_wallet);
        self.post(account, &format!("/v1/issuing/cards/{card}/test/authorizations"), "held_amount=5");
        let returned = self.swipe(account, card, 700);
        self.post(account, &helper(&returned, "reverse"), "reverse_amount=200");
        self.post(account, &helper(&returned, "reverse"), "");
        let expired = self.swipe(account, card, 800);
        self.post(account, &helper(&expired, "expire"), "");
        self.sandbox.authorizations().ask_always();
        let approved = self.swipe(account, card, 900);
        self.post(account, &format!("/v1/issuing/authorizations/{approved}/approve"), "amount=600");
        let declined = self.swipe(account, card, 901);
        self.post(account, &format!("/v1/issuing/authorizations/{declined}/decline"), "");
        let asked = self.swipe(account, card, 902);
        let mut answer = Answer::approve();
        answer.body["send_fraud_challenges"] = Json::from(vec!["sms"]);
        self.sandbox.authorizations().answer(&asked, &answer).unwrap();
        self.post(account, &helper(&asked, "fraud_challenges/respond"), "confirmed=true");
        self.sandbox.state().questions_asked = false;
        let transactions = format!("/v1/issuing/transactions?card={card}");
        let transaction = self.ask(Method::GET, account, &transactions, "").json();
        let transaction = transaction.text("data.0.id").to_owned();
        self.post(account, &format!("/v1/issuing/transactions/{transaction}"), "metadata[a]=b");
        let refund = format!("/v1/test_helpers/issuing/transactions/{transaction}/refund");
        let forced = format!("card={card}&amount=400&currency=usd");
        let force = "/v1/test_helpers/issuing/transactions/create_force_capture";
        let disputed: Vec<String> = (0..3).map(|_| self.made(account, force, &forced)).collect();
        self.post(account, "/v1/test_helpers/issuing/transactions/create_unlinked_refund", &forced);
        self.post(account, &refund, "refund_amount=50");
        for (transaction, ending) in disputed.iter().zip(["win", "lose", "wait"]) {
            let form = format!("transaction={transaction}&evidence[reason]=other");
            let dispute = self.made(account, "/v1/issuing/disputes", &form);
            let path = format!("/v1/issuing/disputes/{dispute}");
            self.post(
                account,
                &path,
                "evidence[other][explanation]=x&evidence[other][product_type]=service&evidence[reason]=other",
            );
            if ending == "wait" {
                continue;
            }
            self.post(account, &format!("{path}/submit"), "");
            let disputes = self.sandbox.disputes();
            if ending == "win" {
                disputes.win(&dispute).unwrap();
            } else {
                disputes.reinstate(&dispute).unwrap();
                disputes.lose(&dispute, "other").unwrap();
            }
        }
    }

    /// Financial accounts and their flows.
    fn bank(&mut self, account: &str) {
        let accounts = "/v1/treasury/financial_accounts";
        let fa = self.made(account, accounts, FEATURES);
        let closed = self.made(account, accounts, FEATURES);
        self.post(account, &format!("{accounts}/{fa}"), "nickname=x");
        let features = format!("{accounts}/{fa}/features");
        self.post(account, &features, "outbound_payments[us_domestic_wire][requested]=true");
        self.post(account, &format!("{accounts}/{closed}/close"), "");
        let credit = |fa: &str| format!("amount=50000&currency=usd&financial_account={fa}&network=ach");
        let credits = "/v1/test_helpers/treasury/received_credits";
        let received = self.made(account, credits, &credit(&fa));
        self.made(account, credits, &credit(&fa));
        self.made(account, credits, &credit(&closed));
        let debit = format!("amount=100&currency=usd&financial_account={fa}&network=ach");
        let debit = self.made(account, "/v1/test_helpers/treasury/received_debits", &debit);
        self.made(account, "/v1/treasury/credit_reversals", &format!("received_credit={received}"));
        self.made(account, "/v1/treasury/debit_reversals", &format!("received_debit={debit}"));
        let inbound =
            format!("amount=700&currency=usd&financial_account={fa}&origin_payment_method=pm_usBankAccount");
        for steps in [["succeed", "return"], ["fail", ""], ["cancel", ""]] {
            let id = self.made(account, "/v1/treasury/inbound_transfers", &inbound);
            for step in steps.iter().filter(|step| !step.is_empty()) {
                let place = if *step == "cancel" { "treasury" } else { "test_helpers/treasury" };
                self.post(account, &format!("/v1/{place}/inbound_transfers/{id}/{step}"), "");
            }
        }
        for kind in ["outbound_payments", "outbound_transfers"] {
            let form = format!(
                "amount=300&currency=usd&financial_account={fa}&destination_payment_method=pm_usBankAccount"
            );
            for steps in [["post", "return"], ["fail", ""], ["cancel", ""]] {
                let id = self.made(account, &format!("/v1/treasury/{kind}"), &form);
                let tracking = "tracking_details[type]=ach&tracking_details[ach][trace_id]=1";
                self.post(account, &format!("/v1/test_helpers/treasury/{kind}/{id}"), tracking);
                for step in steps.iter().filter(|step| !step.is_empty()) {
                    let place = if *step == "cancel" { "treasury" } else { "test_helpers/treasury" };
                    self.post(account, &format!("/v1/{place}/{kind}/{id}/{step}"), "");
                }
            }
        }
        let holder = self.holder(account);
        let card =
            format!("type=virtual&currency=usd&status=active&cardholder={holder}&financial_account={fa}");
        let card = self.made(account, "/v1/issuing/cards", &card);
        let bought = self.swipe(account, &card, 1234);
        self.post(account, &format!("/v1/test_helpers/issuing/authorizations/{bought}/capture"), "");
        let alone = format!("card={card}&amount=40&currency=usd");
        self.post(account, "/v1/test_helpers/issuing/transactions/create_force_capture", &alone);
        self.post(account, "/v1/test_helpers/issuing/transactions/create_unlinked_refund", &alone);
    }

    /// Payouts of the account that has a bank account.
    fn pay_out(&mut self) {
        let account = self.account.clone();
        self.sandbox.fund(&account, BalanceKind::Available, USD, 100_000).unwrap();
        let form = "amount=300&currency=usd";
        let ids: Vec<String> = (0..3).map(|_| self.made(&account, "/v1/payouts", form)).collect();
        let [paid, canceled, failed] = ids.as_slice() else { return };
        self.post(&account, &format!("/v1/payouts/{canceled}/cancel"), "");
        for id in [paid, failed] {
            self.sandbox.payouts().send(id).unwrap();
        }
        self.sandbox.payouts().fail(failed, "could_not_process").unwrap();
        self.sandbox.payouts().pay(paid).unwrap();
        self.post(&account, &format!("/v1/payouts/{paid}"), "metadata[a]=b");
        self.made(&account, &format!("/v1/payouts/{paid}/reverse"), "");
        // No automatic payout is sent to a bank account after a failed one, until it is updated.
        let refused = self.ask(Method::GET, &account, &format!("/v1/payouts/{failed}"), "").json();
        let bank_account =
            format!("/v1/accounts/{account}/external_accounts/{}", refused.text("destination"));
        self.post("", &bank_account, "account_holder_name=Ada");
        self.sandbox.pay_out(&account).unwrap();
        self.sandbox.advance(Duration::from_secs(40 * 86_400));
    }
}
