//! Automatic transitions happen when their policy defines: immediately, after a delay, or when triggered by the test.

use crate::tests::support::{get, post, request};
use crate::{BalanceKind, Json, Peek, Policy, Rule, Sandbox, rules};
use http::{HeaderValue, Method};
use std::collections::BTreeSet;
use std::time::Duration;
use stripe_platform::Currency;

const USD: Currency = Currency::USD;
const HOUR: Duration = Duration::from_secs(3600);
const HOLDER: &str = "name=Ada&email=ada%40example.com&individual[first_name]=Ada&individual[last_name]=Example\
    &individual[card_issuing][user_terms_acceptance][date]=1767000000\
    &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1&billing[address][line1]=1&billing[address][city]=T\
    &billing[address][country]=US&billing[address][postal_code]=94103";
const SHIPPING: &str = "&shipping[name]=Ada&shipping[address][line1]=1&shipping[address][city]=T\
    &shipping[address][country]=US&shipping[address][postal_code]=94103";
const PERSON: &str = "business_type=individual&individual[first_name]=A&individual[last_name]=B\
    &individual[email]=a@example.com&individual[phone]=0000000000&individual[dob][day]=1\
    &individual[dob][month]=1&individual[dob][year]=1901&individual[ssn_last_4]=0000\
    &individual[address][line1]=address_full_match&individual[address][city]=O\
    &individual[address][state]=CA&individual[address][postal_code]=94607";

const TERMS: &str = "type=custom&country=US&capabilities[card_issuing][requested]=true&capabilities[transfers][requested]=true\
    &settings[card_issuing][tos_acceptance][date]=1767603600&settings[card_issuing][tos_acceptance][ip]=127.0.0.1";

/// A complete application with an id number that belongs to another person.
const APPLICANT: &str = "business_type=individual&individual[first_name]=A&individual[last_name]=B\
    &individual[email]=a@example.com&individual[phone]=0000000000&individual[dob][day]=1&individual[dob][month]=1\
    &individual[dob][year]=1901&individual[id_number]=111111111&individual[address][line1]=address_full_match\
    &individual[address][city]=O&individual[address][state]=CA&individual[address][postal_code]=94607\
    &business_profile[mcc]=5734&business_profile[url]=https://accessible.stripe.com\
    &tos_acceptance[date]=1767603600&tos_acceptance[ip]=127.0.0.1";

/// A sandbox with a connected account that has a bank account and manual payouts.
struct Bench {
    sandbox: Sandbox,
    account: String,
}

impl Bench {
    fn new(rule: &'static Rule, policy: Policy) -> Self {
        let sandbox = Sandbox::new(1);
        sandbox.policy(rule, policy);
        let bench = Self { account: sandbox.connect().into_id(), sandbox };
        let bank = "external_account[object]=bank_account&external_account[country]=US\
            &external_account[routing_number]=110000000&external_account[account_number]=000123456789";
        let path = format!("/v1/accounts/{}/external_accounts", bench.account);
        assert_eq!(post(&bench.sandbox, "", &path, bank).status, 200);
        bench
    }

    fn made(&self, path: &str, form: &str) -> String {
        let reply = post(&self.sandbox, &self.account, path, form);
        assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
        reply.json().text("id").to_owned()
    }

    fn read(&self, path: &str) -> Json {
        get(&self.sandbox, &self.account, path).json()
    }

    /// A customer pays by a request.
    fn pay(&self, method: &str, more: &str) -> Json {
        let form = format!("amount=500&currency=usd&confirm=true&payment_method={method}{more}");
        let id = self.made("/v1/payment_intents", &form);
        self.read(&format!("/v1/payment_intents/{id}"))
    }

    /// A payment that is disputed at once.
    fn disputed(&self) -> String {
        let intent = self.pay("pm_card_visa", "&capture_method=automatic");
        self.sandbox.payments().dispute(intent.text("latest_charge"), "fraudulent").unwrap()
    }

    fn dispute(&self, more: &str) -> String {
        let card = self.card("&type=virtual&status=active");
        let force = "/v1/test_helpers/issuing/transactions/create_force_capture";
        let transaction = self.made(force, &format!("card={card}&amount=500"));
        self.made("/v1/issuing/disputes", &format!("transaction={transaction}{more}"))
    }

    fn fund(&self, kind: BalanceKind) {
        self.sandbox.fund(&self.account, kind, USD, 50_000).unwrap();
        self.read("/v1/balance");
    }

    fn card(&self, more: &str) -> String {
        self.fund(BalanceKind::Issuing);
        let holder = self.made("/v1/issuing/cardholders", HOLDER);
        self.made("/v1/issuing/cards", &format!("currency=usd&cardholder={holder}{more}"))
    }

    fn swipe(&self, more: &str) -> String {
        let card = self.card("&type=virtual&status=active");
        self.made("/v1/test_helpers/issuing/authorizations", &format!("card={card}&amount=500{more}"))
    }

    fn ship(&self, steps: &[&str]) -> String {
        let card = self.card(&format!("&type=physical{SHIPPING}"));
        for step in steps {
            self.made(&format!("/v1/test_helpers/issuing/cards/{card}/shipping/{step}"), "");
        }
        card
    }

    fn payout(&self, more: &str) -> String {
        self.fund(BalanceKind::Available);
        self.made("/v1/payouts", &format!("amount=300&currency=usd{more}"))
    }

    /// Gives the account a negative balance, for which its bank may be debited.
    fn owe(&self) -> String {
        self.made("/v1/balance_settings", "payments[debit_negative_balances]=true");
        self.sandbox.policy(&rules::PAYMENT_SETTLE, Policy::Immediate);
        let charge = self.sandbox.payments().receive(&self.account, 500, USD).unwrap();
        let out = self.made("/v1/payouts", "amount=500&currency=usd");
        self.sandbox.payouts().send(&out).unwrap();
        self.sandbox.payouts().pay(&out).unwrap();
        self.sandbox.payments().refund(&charge, 300).unwrap();
        self.account.clone()
    }

    fn financial_account(&self) -> String {
        let features = "supported_currencies[]=usd&features[inbound_transfers][ach][requested]=true\
            &features[financial_addresses][aba][requested]=true&features[outbound_payments][ach][requested]=true";
        self.made("/v1/treasury/financial_accounts", features)
    }

    /// A financial account that was paid some money.
    fn funded_financial_account(&self) -> String {
        let fa = self.financial_account();
        let credit = format!("amount=5000&currency=usd&financial_account={fa}&network=ach");
        self.made("/v1/test_helpers/treasury/received_credits", &credit);
        fa
    }

    fn open_account(&self, form: &str, live: bool) -> String {
        let mut request = request(Method::POST, "/v1/accounts", form, "", &[]);
        if live {
            self.sandbox.state().options.live_keys = true;
            let key = ["Bearer sk", "live", "sandbox0000"].join("_");
            request.headers.insert("authorization", HeaderValue::from_str(&key).unwrap());
        }
        let reply = self.sandbox.handle(&request);
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json().text("id").to_owned()
    }

    /// Creates an account that cannot be verified and applies for card issuing.
    fn apply(&self, live: bool) -> String {
        self.open_account(&format!("{TERMS}&{APPLICANT}"), live)
    }

    fn terms_lapsed(&self, account: &str) -> bool {
        let account = self.sandbox.object(account).unwrap();
        account.at("settings.card_issuing.tos_acceptance.date").is_none()
    }
}

/// A rule, the action that schedules its transition (returns the id of the subject), and whether it has happened.
struct Case {
    rule: &'static Rule,
    begin: fn(&Bench) -> String,
    done: fn(&Bench, &str) -> bool,
    /// The delay before the policy applies.
    first: Duration,
}

const fn case(rule: &'static Rule, begin: fn(&Bench) -> String, done: fn(&Bench, &str) -> bool) -> Case {
    Case { rule, begin, done, first: Duration::ZERO }
}

fn status(bench: &Bench, path: &str, id: &str, wanted: &str) -> bool {
    bench.read(&format!("/v1/{path}/{id}")).text("status") == wanted
}

fn shipping(bench: &Bench, id: &str, wanted: &str) -> bool {
    bench.read(&format!("/v1/issuing/cards/{id}")).text("shipping.status") == wanted
}

fn cases() -> Vec<Case> {
    vec![
        case(
            &rules::TOPUP_SETTLE,
            |b| b.made("/v1/topups", "amount=5&currency=usd"),
            |b, id| status(b, "topups", id, "succeeded"),
        ),
        case(
            &rules::PAYMENT_SETTLE,
            |b| b.sandbox.payments().receive(&b.account, 500, USD).unwrap(),
            |b, _| b.read("/v1/balance").int("available.0.amount") == 500,
        ),
        case(
            &rules::CHARGE_CAPTURE,
            |b| b.pay("pm_card_visa", "&capture_method=automatic_async").text("latest_charge").to_owned(),
            |b, id| b.read(&format!("/v1/charges/{id}")).at("balance_transaction").is_some(),
        ),
        case(
            &rules::PAYMENT_INTENT_DEBIT,
            |b| b.pay("pm_usBankAccount_success", "").text("id").to_owned(),
            |b, id| status(b, "payment_intents", id, "succeeded"),
        ),
        case(
            &rules::PAYMENT_INTENT_EXPIRE,
            |b| b.pay("pm_card_visa", "&capture_method=manual").text("id").to_owned(),
            |b, id| status(b, "payment_intents", id, "canceled"),
        ),
        case(
            &rules::CHARGE_DISPUTE_OPEN,
            |b| b.pay("pm_card_createDispute", "").text("latest_charge").to_owned(),
            |b, id| b.read(&format!("/v1/charges/{id}")).flag("disputed"),
        ),
        case(&rules::CHARGE_DISPUTE_EXPIRE, |b| b.disputed(), |b, id| status(b, "disputes", id, "lost")),
        case(
            &rules::CHARGE_DISPUTE_DECIDE,
            |b| {
                let id = b.disputed();
                b.made(&format!("/v1/disputes/{id}"), "evidence[uncategorized_text]=winning_evidence")
            },
            |b, id| status(b, "disputes", id, "won"),
        ),
        case(
            &rules::REFUND_FINISH,
            |b| {
                let intent = b.pay("pm_card_pendingRefund", "");
                b.made("/v1/refunds", &format!("payment_intent={}", intent.text("id")))
            },
            |b, id| status(b, "refunds", id, "succeeded"),
        ),
        case(&rules::PAYOUT_SEND, |b| b.payout(""), |b, id| !status(b, "payouts", id, "pending")),
        case(
            &rules::PAYOUT_PAY,
            |b| {
                let id = b.payout("");
                b.sandbox.payouts().send(&id).unwrap();
                id
            },
            |b, id| status(b, "payouts", id, "paid"),
        ),
        case(
            &rules::PAYOUT_INSTANT,
            |b| b.payout("&method=instant"),
            |b, id| status(b, "payouts", id, "paid"),
        ),
        Case {
            // Until midnight.
            first: Duration::from_secs(15 * 3600),
            ..case(
                &rules::PAYOUT_AUTOMATIC,
                |b| {
                    b.made("/v1/balance_settings", "payments[payouts][schedule][interval]=daily");
                    b.fund(BalanceKind::Available);
                    b.account.clone()
                },
                |b, _| b.read("/v1/payouts").items("data").iter().any(|payout| payout.flag("automatic")),
            )
        },
        case(&rules::NEGATIVE_BALANCE_DEBIT, Bench::owe, |b, _| {
            b.read("/v1/payouts").items("data").iter().any(|payout| payout.int("amount") < 0)
        }),
        case(
            &rules::NEGATIVE_BALANCE_RELEASE,
            |b| {
                b.owe();
                b.sandbox.trigger(&rules::NEGATIVE_BALANCE_DEBIT, &b.account).unwrap();
                let payouts = b.read("/v1/payouts");
                let id = payouts.text("data.0.id").to_owned();
                b.sandbox.payouts().send(&id).unwrap();
                b.sandbox.payouts().pay(&id).unwrap();
                id
            },
            |b, _| get(&b.sandbox, "", "/v1/balance").json().int("connect_reserved.0.amount") == 0,
        ),
        case(
            &rules::BALANCE_TRANSFER_SETTLE,
            |b| {
                let eur = Currency::EUR;
                b.sandbox.fund(&b.account, BalanceKind::Available, eur, 500).unwrap();
                let ends = "source_balance[type]=payments&destination_balance[type]=issuing";
                b.made("/v1/balance_transfers", &format!("amount=500&currency=eur&{ends}"))
            },
            |b, _| b.sandbox.balance(&b.account, BalanceKind::Issuing, Currency::EUR) == 500,
        ),
        case(
            &rules::NEGATIVE_BALANCE_COLLECT,
            |b| {
                b.sandbox.policy(&rules::NEGATIVE_BALANCE_DEBIT, Policy::Manual);
                b.owe()
            },
            |b, _| {
                !b.read("/v1/balance_transactions?type=connect_collection_transfer").items("data").is_empty()
            },
        ),
        case(&rules::ISSUING_TERMS, |b| b.apply(false), |b, id| b.terms_lapsed(id)),
        case(&rules::ISSUING_TERMS_LIVE, |b| b.apply(true), |b, id| b.terms_lapsed(id)),
        case(
            &rules::ACCOUNT_VERIFY,
            |b| b.open_account(&format!("{TERMS}&{PERSON}"), false),
            |b, id| {
                let account = get(&b.sandbox, "", &format!("/v1/accounts/{id}")).json();
                let checked = account.items("requirements.pending_verification");
                !checked.iter().any(|field| field == "individual.address.city")
            },
        ),
        case(
            &rules::ACCOUNT_REVIEW,
            |b| {
                let second = Duration::from_secs(1);
                b.sandbox.policy(&rules::ACCOUNT_VERIFY, Policy::After(second));
                let id = b.open_account(&format!("{TERMS}&{PERSON}"), false);
                b.sandbox.advance(second);
                id
            },
            |b, id| {
                let account = get(&b.sandbox, "", &format!("/v1/accounts/{id}")).json();
                account.text("individual.verification.status") == "verified"
            },
        ),
        case(
            &rules::ACCOUNT_DEADLINE,
            |b| {
                let field = "individual.verification.document";
                b.sandbox.accounts().require(&b.account, field, "verification_document_expired").unwrap();
                b.account.clone()
            },
            |b, id| !b.read(&format!("/v1/accounts/{id}")).items("requirements.past_due").is_empty(),
        ),
        case(
            &rules::CAPABILITY_INACTIVITY,
            |b| b.sandbox.connect().into_id(),
            |b, id| {
                let capability = get(&b.sandbox, "", &format!("/v1/accounts/{id}/capabilities/card_issuing"));
                capability.json().text("requirements.disabled_reason") == "rejected.inactivity"
            },
        ),
        case(
            &rules::AUTHORIZATION_EXPIRE,
            |b| b.swipe(""),
            |b, id| status(b, "issuing/authorizations", id, "expired"),
        ),
        case(
            &rules::AUTHORIZATION_EXPIRE_TRAVEL,
            |b| b.swipe("&merchant_data[category]=cruise_lines"),
            |b, id| status(b, "issuing/authorizations", id, "expired"),
        ),
        case(&rules::CARD_SUBMIT_TO_MAKER, |b| b.ship(&[]), |b, id| shipping(b, id, "submitted")),
        case(&rules::CARD_SHIP, |b| b.ship(&["submit"]), |b, id| shipping(b, id, "shipped")),
        case(&rules::CARD_DELIVER, |b| b.ship(&["submit", "ship"]), |b, id| shipping(b, id, "delivered")),
        case(&rules::DISPUTE_EXPIRE, |b| b.dispute(""), |b, id| status(b, "issuing/disputes", id, "expired")),
        case(
            &rules::DISPUTE_WIN,
            |b| {
                let id = b.dispute("&evidence[reason]=fraudulent&evidence[fraudulent][explanation]=x");
                b.made(&format!("/v1/issuing/disputes/{id}/submit"), "")
            },
            |b, id| status(b, "issuing/disputes", id, "won"),
        ),
        case(&rules::FINANCIAL_ACCOUNT_ACTIVATE, Bench::financial_account, |b, id| {
            !b.read(&format!("/v1/treasury/financial_accounts/{id}")).items("active_features").is_empty()
        }),
        case(
            &rules::INBOUND_TRANSFER_SETTLE,
            |b| {
                let form = format!(
                    "amount=5&currency=usd&financial_account={}&origin_payment_method=pm_usBankAccount",
                    b.funded_financial_account()
                );
                b.made("/v1/treasury/inbound_transfers", &form)
            },
            |b, id| status(b, "treasury/inbound_transfers", id, "succeeded"),
        ),
        case(
            &rules::OUTBOUND_POST,
            |b| {
                let form = format!(
                    "amount=5&currency=usd&financial_account={}&destination_payment_method=pm_usBankAccount",
                    b.funded_financial_account()
                );
                b.made("/v1/treasury/outbound_payments", &form)
            },
            |b, id| status(b, "treasury/outbound_payments", id, "posted"),
        ),
        case(
            &rules::TREASURY_REVERSAL_SETTLE,
            |b| {
                let credits = format!(
                    "/v1/treasury/received_credits?financial_account={}",
                    b.funded_financial_account()
                );
                let credit = b.read(&credits).text("data.0.id").to_owned();
                b.made("/v1/treasury/credit_reversals", &format!("received_credit={credit}"))
            },
            |b, id| status(b, "treasury/credit_reversals", id, "posted"),
        ),
    ]
}

#[test]
fn every_rule_has_a_case() {
    let known: BTreeSet<&str> = cases().iter().map(|case| case.rule.name).collect();
    let all: BTreeSet<&str> = rules::all().map(|rule| rule.name).collect();
    assert_eq!(known, all);
}

#[test]
fn immediate_policy_applies_with_the_request() {
    for case in cases() {
        let bench = Bench::new(case.rule, Policy::Immediate);
        let id = (case.begin)(&bench);
        bench.sandbox.advance(case.first);
        assert!((case.done)(&bench, &id), "{} at once", case.rule.name);
        bench.sandbox.audit().unwrap();
    }
}

#[test]
fn delayed_policy_is_exact_to_the_second() {
    for case in cases() {
        let bench = Bench::new(case.rule, Policy::After(7 * HOUR));
        let id = (case.begin)(&bench);
        bench.sandbox.advance(case.first + 7 * HOUR - Duration::from_secs(1));
        assert!(!(case.done)(&bench, &id), "{} is too early", case.rule.name);
        bench.sandbox.advance(Duration::from_secs(1));
        assert!((case.done)(&bench, &id), "{} is late", case.rule.name);
        bench.sandbox.audit().unwrap();
    }
}

#[test]
fn manual_policy_waits_for_a_trigger() {
    for case in cases() {
        let bench = Bench::new(case.rule, Policy::Manual);
        let id = (case.begin)(&bench);
        bench.sandbox.advance(170 * 24 * HOUR);
        assert!(!(case.done)(&bench, &id), "{} by itself", case.rule.name);
        let done = bench.sandbox.trigger(case.rule, &id);
        assert_eq!(done.map_err(|refusal| refusal.message), Ok(()), "{}", case.rule.name);
        assert!((case.done)(&bench, &id), "{} on request", case.rule.name);
        bench.sandbox.audit().unwrap();
    }
}

#[test]
fn rule_applies_to_its_kind_of_object_only() {
    let bench = Bench::new(&rules::TOPUP_SETTLE, Policy::Manual);
    let topup = bench.made("/v1/topups", "amount=5&currency=usd");
    let trigger = |rule: &'static Rule, id: &str| bench.sandbox.trigger(rule, id).map_err(|r| r.status);
    assert_eq!(trigger(&rules::PAYOUT_SEND, &topup), Err(404));
    assert_eq!(trigger(&rules::TOPUP_SETTLE, "tu_nothing"), Err(404));
    assert_eq!(trigger(&rules::CAPABILITY_INACTIVITY, &topup), Err(404));
    assert_eq!(trigger(&rules::TOPUP_SETTLE, &topup), Ok(()));
    assert_eq!(trigger(&rules::TOPUP_SETTLE, &topup), Err(400), "it is already settled");
}
