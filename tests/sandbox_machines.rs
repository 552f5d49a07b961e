//! Every pair of state and event of every machine: a real object is brought into the state, the event happens to it, and
//! either the table's next state and effects follow, or Stripe's 400 and nothing at all.

#[path = "programme/state.rs"]
mod state;
mod support;

use http::Method;
use state::state as whole_state;
use std::collections::BTreeSet;
use stripe_platform::sandbox::Sandbox;
use stripe_platform::sandbox::core::{CurrencyCode, Json, Kind, Machine, Peek, Refusal, Scope};
use stripe_platform::sandbox::systems::issuing::authorizations::{self, Answer};
use stripe_platform::sandbox::systems::issuing::{
    cardholders, cards, designs, disputes, settlements, shipping, tokens,
};
use stripe_platform::sandbox::systems::treasury::{
    financial_accounts, inbound_transfers, outbound, reversals,
};
use stripe_platform::sandbox::systems::v2::event_destinations;
use stripe_platform::sandbox::systems::{
    SYSTEMS, account_links, capabilities, payouts, sources, topups, webhook_endpoints,
};
use stripe_platform::sandbox::world::Rule;
use support::{get, post, request};

const USD: CurrencyCode = CurrencyCode::USD;
const HOLDER: &str = "name=Ada&email=ada%40example.com&phone_number=%2B15551234567&individual[first_name]=Ada\
    &individual[last_name]=Example&individual[card_issuing][user_terms_acceptance][date]=1767000000\
    &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1&billing[address][line1]=1&billing[address][city]=T\
    &billing[address][country]=US&billing[address][postal_code]=94103";
const SHIPPING: &str = "&shipping[name]=Ada&shipping[address][line1]=1&shipping[address][city]=T\
    &shipping[address][country]=US&shipping[address][postal_code]=1";
const PERSON: &str = "business_type=individual&individual[first_name]=A&individual[last_name]=B&individual[email]=a@x.test\
    &individual[phone]=0000000000&individual[dob][day]=1&individual[dob][month]=1&individual[ssn_last_4]=0000\
    &individual[address][line1]=address_full_match&individual[address][city]=O&individual[address][state]=CA\
    &individual[address][postal_code]=94607&business_profile[mcc]=5734&business_profile[url]=https://accessible.stripe.com\
    &tos_acceptance[date]=1767603600&tos_acceptance[ip]=127.0.0.1&external_account[object]=bank_account\
    &external_account[country]=US&external_account[routing_number]=110000000&external_account[account_number]=000123456789";

/// What came of an event: the status of the answer, or nothing outside can cause it.
type Outcome = Option<u16>;

struct Bench {
    sandbox: Sandbox,
    account: String,
}

impl Bench {
    fn new() -> Self {
        let sandbox = Sandbox::new(1);
        let bench = Self { account: sandbox.connect(), sandbox };
        for kind in [Kind::Available, Kind::Issuing] {
            bench.sandbox.fund(&bench.account, kind, USD, 100_000).unwrap();
        }
        bench
    }

    fn ask(&self, path: &str, form: &str) -> Outcome {
        Some(post(&self.sandbox, &self.account, path, form).status)
    }

    fn made(&self, path: &str, form: &str) -> String {
        let reply = post(&self.sandbox, &self.account, path, form);
        assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
        reply.json().text("id").to_owned()
    }

    fn read(&self, path: &str) -> Json {
        get(&self.sandbox, &self.account, path).json()
    }

    fn trigger(&self, rule: &'static Rule, id: &str) -> Outcome {
        done(self.sandbox.world().trigger(rule, id))
    }

    fn bank(&self) {
        let bank = "external_account[object]=bank_account&external_account[country]=US\
            &external_account[routing_number]=110000000&external_account[account_number]=000123456789";
        self.made(&format!("/v1/accounts/{}/external_accounts", self.account), bank);
    }

    fn card(&self, more: &str) -> String {
        let holder = self.made("/v1/issuing/cardholders", HOLDER);
        self.made("/v1/issuing/cards", &format!("currency=usd&cardholder={holder}{more}"))
    }

    fn swipe(&self) -> String {
        let card = self.card("&type=virtual&status=active");
        self.made("/v1/test_helpers/issuing/authorizations", &format!("card={card}&amount=500"))
    }

    fn financial_account(&self) -> String {
        let features = "supported_currencies[]=usd&features[inbound_transfers][ach][requested]=true\
            &features[outbound_payments][ach][requested]=true&features[outbound_transfers][ach][requested]=true";
        self.made("/v1/treasury/financial_accounts", features)
    }

    fn received(&self, what: &str, number: &str) -> String {
        let fa = self.financial_account();
        let form = |amount: i64| {
            format!(
                "amount={amount}&currency=usd&financial_account={fa}&network=ach\
                 &initiating_payment_method_details[type]=us_bank_account\
                 &initiating_payment_method_details[us_bank_account][account_number]={number}\
                 &initiating_payment_method_details[us_bank_account][routing_number]=110000000"
            )
        };
        let credit = self.made("/v1/test_helpers/treasury/received_credits", &form(900));
        if what == "credit" {
            credit
        } else {
            self.made("/v1/test_helpers/treasury/received_debits", &form(300))
        }
    }

    fn v2(&self, path: &str, body: &str) -> (u16, Json) {
        let headers = [("content-type", "application/json")];
        let reply = self.sandbox.handle(&request(Method::POST, path, body, &self.account, &headers));
        (reply.status, reply.json())
    }

    /// The types of all events, and of all balance transactions and entries of financial accounts.
    fn told(&self) -> (Vec<String>, Vec<String>) {
        let kinds = self.sandbox.event_types();
        let world = self.sandbox.world();
        let scope = Scope::new(self.account.as_str(), false);
        let mut moves: Vec<String> = world.ledger.lines(&scope).map(|line| line.kind.to_owned()).collect();
        moves.reverse();
        let entries =
            world.store(&scope).into_iter().flat_map(|store| store.of_kind("treasury.transaction_entry"));
        moves.extend(entries.rev().map(|entry| entry.text("type").to_owned()));
        (kinds, moves)
    }
}

fn done<T>(result: Result<T, Refusal>) -> Outcome {
    Some(result.map_or_else(|refusal| refusal.status, |_| 200))
}

/// How a machine is driven from outside.
struct Case {
    machine: &'static Machine,
    /// Brings a new object into a state in which an event is to happen, and gives its id.
    make: fn(&Bench, &str, &str) -> String,
    /// Lets an event happen.
    fire: fn(&Bench, &str, &str) -> Outcome,
    /// Reads the state.
    read: fn(&Bench, &str) -> String,
}

fn status(bench: &Bench, path: &str, id: &str) -> String {
    bench.read(&format!("/v1/{path}/{id}")).text("status").to_owned()
}

/// Fires events one after the other; each must work.
fn walk(bench: &Bench, id: &str, fire: fn(&Bench, &str, &str) -> Outcome, events: &[&str]) {
    for event in events {
        assert_eq!(fire(bench, id, event), Some(200), "{event} on the way");
    }
}

fn fire_topup(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "settle" => done(b.sandbox.topups().settle(id)),
        "fail" => done(b.sandbox.topups().fail(id, "no_account")),
        "reverse" => done(b.sandbox.topups().reverse(id)),
        _ => b.ask(&format!("/v1/topups/{id}/cancel"), ""),
    }
}

fn fire_payout(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "send" => done(b.sandbox.payouts().send(id)),
        "pay" => done(b.sandbox.payouts().pay(id)),
        "fail" => done(b.sandbox.payouts().fail(id, "no_account")),
        _ => b.ask(&format!("/v1/payouts/{id}/cancel"), ""),
    }
}

fn fire_source(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "verify" => b.ask(&format!("/v1/sources/{id}/verify"), "values[]=32&values[]=45"),
        "consume" => b.ask("/v1/topups", &format!("amount=5&currency=usd&source={id}")),
        "fail" => done(b.sandbox.sources().fail(id)),
        _ => done(b.sandbox.sources().cancel(id)),
    }
}

fn fire_capability(b: &Bench, id: &str, event: &str) -> Outcome {
    let capability = format!("/v1/accounts/{id}/capabilities/transfers");
    let state = get(&b.sandbox, "", &capability).json().text("status").to_owned();
    let path = format!("/v1/accounts/{id}");
    let platform = |path: &str, form: &str| Some(post(&b.sandbox, "", path, form).status);
    match (event, state.as_str()) {
        ("request", _) => platform(&capability, "requested=true"),
        ("withdraw", _) => platform(&capability, "requested=false"),
        ("check", "inactive") => platform(&path, &format!("{PERSON}&individual[dob][year]=1901")),
        ("activate", "inactive") => platform(&path, &format!("{PERSON}&individual[dob][year]=1902")),
        ("activate", "pending") => done(b.sandbox.accounts().verify(id)),
        ("disable", "pending" | "active") => platform(&format!("{path}/reject"), "reason=fraud"),
        // These follow from what is known of an account; nobody can ask for them.
        _ => None,
    }
}

fn make_capability(b: &Bench, state: &str, _: &str) -> String {
    let made = post(&b.sandbox, "", "/v1/accounts", "type=custom&country=US").json().text("id").to_owned();
    let way: &[&str] = match state {
        "unrequested" => &[],
        "inactive" => &["request"],
        "pending" => &["request", "check"],
        _ => &["request", "activate"],
    };
    walk(b, &made, fire_capability, way);
    made
}

fn fire_card(b: &Bench, id: &str, event: &str) -> Outcome {
    let status = match event {
        "activate" => "active",
        "deactivate" => "inactive",
        _ => "canceled",
    };
    b.ask(&format!("/v1/issuing/cards/{id}"), &format!("status={status}"))
}

fn fire_holder(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "block" => done(b.sandbox.cards().block_cardholder(id)),
        "activate" => b.ask(&format!("/v1/issuing/cardholders/{id}"), "status=active"),
        _ => b.ask(&format!("/v1/issuing/cardholders/{id}"), "status=inactive"),
    }
}

fn fire_token(b: &Bench, id: &str, event: &str) -> Outcome {
    let status = match event {
        "activate" => "active",
        "suspend" => "suspended",
        _ => "deleted",
    };
    b.ask(&format!("/v1/issuing/tokens/{id}"), &format!("status={status}"))
}

fn fire_dispute(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "submit" => b.ask(&format!("/v1/issuing/disputes/{id}/submit"), ""),
        "expire" => b.trigger(&disputes::EXPIRE, id),
        "win" => done(b.sandbox.disputes().win(id)),
        _ => done(b.sandbox.disputes().lose(id, "other")),
    }
}

fn make_dispute(b: &Bench, state: &str, _: &str) -> String {
    let card = b.card("&type=virtual&status=active");
    let force = "/v1/test_helpers/issuing/transactions/create_force_capture";
    let transaction = b.made(force, &format!("card={card}&amount=500"));
    let evidence =
        "evidence[reason]=other&evidence[other][explanation]=x&evidence[other][product_type]=service";
    let id = b.made("/v1/issuing/disputes", &format!("transaction={transaction}&{evidence}"));
    let way: &[&str] = match state {
        "unsubmitted" => &[],
        "submitted" => &["submit"],
        "expired" => &["expire"],
        "won" => &["submit", "win"],
        _ => &["submit", "lose"],
    };
    walk(b, &id, fire_dispute, way);
    id
}

fn fire_authorization(b: &Bench, id: &str, event: &str) -> Outcome {
    let helper =
        |what: &str, form: &str| b.ask(&format!("/v1/test_helpers/issuing/authorizations/{id}/{what}"), form);
    match event {
        "approve" | "decline" => b.ask(&format!("/v1/issuing/authorizations/{id}/{event}"), ""),
        "adjust" => helper("reverse", "reverse_amount=100"),
        "capture" => helper("capture", "capture_amount=100&close_authorization=false"),
        "close" => helper("capture", "capture_amount=100"),
        other => helper(other, ""),
    }
}

fn make_authorization(b: &Bench, state: &str, event: &str) -> String {
    if state == "pending" && matches!(event, "approve" | "decline") {
        b.sandbox.authorizations().ask_always();
    }
    let id = b.swipe();
    let way: &[&str] = match state {
        "pending" => &[],
        "closed" => &["close"],
        "reversed" => &["reverse"],
        _ => &["expire"],
    };
    walk(b, &id, fire_authorization, way);
    id
}

fn fire_challenge(b: &Bench, id: &str, event: &str) -> Outcome {
    let form = format!("confirmed={}", event == "verify");
    b.ask(&format!("/v1/test_helpers/issuing/authorizations/{id}/fraud_challenges/respond"), &form)
}

fn make_challenge(b: &Bench, state: &str, _: &str) -> String {
    b.sandbox.authorizations().ask_always();
    let id = b.swipe();
    let mut answer = Answer::decline();
    answer.body["send_fraud_challenges"] = Json::from(vec!["sms"]);
    b.sandbox.authorizations().answer(&id, &answer).unwrap();
    let way: &[&str] = match state {
        "pending" => &[],
        "verified" => &["verify"],
        _ => &["reject"],
    };
    walk(b, &id, fire_challenge, way);
    id
}

fn fire_design(b: &Bench, id: &str, event: &str) -> Outcome {
    let helper =
        |form: &str| b.ask(&format!("/v1/test_helpers/issuing/personalization_designs/{id}/{event}"), form);
    match event {
        "change" => {
            let text = b.read(&format!("/v1/issuing/personalization_designs/{id}"));
            let title =
                format!("carrier_text[header_title]=x{}", text.text("carrier_text.header_title").len());
            b.ask(&format!("/v1/issuing/personalization_designs/{id}"), &title)
        }
        "reject" => helper("rejection_reasons[card_logo][]=inappropriate"),
        _ => helper(""),
    }
}

fn make_design(b: &Bench, state: &str, _: &str) -> String {
    let bundle = b.read("/v1/issuing/physical_bundles?type=standard").text("data.0.id").to_owned();
    let id = b.made("/v1/issuing/personalization_designs", &format!("physical_bundle={bundle}"));
    let way: &[&str] = match state {
        "review" => &[],
        "active" => &["activate"],
        "inactive" => &["activate", "deactivate"],
        _ => &["reject"],
    };
    walk(b, &id, fire_design, way);
    id
}

fn fire_shipping(b: &Bench, id: &str, event: &str) -> Outcome {
    if event == "cancel" {
        // A card that is under way can be canceled; its delivery cannot any more.
        let waits = b.read(&format!("/v1/issuing/cards/{id}")).text("shipping.status") == "pending";
        return waits.then(|| b.ask(&format!("/v1/issuing/cards/{id}"), "status=canceled")).flatten();
    }
    b.ask(&format!("/v1/test_helpers/issuing/cards/{id}/shipping/{event}"), "")
}

fn make_shipping(b: &Bench, state: &str, _: &str) -> String {
    let id = b.card(&format!("&type=physical{SHIPPING}"));
    let way: &[&str] = match state {
        "pending" => &[],
        "submitted" => &["submit"],
        "canceled" => &["cancel"],
        "shipped" => &["submit", "ship"],
        "failure" => &["submit", "fail"],
        "delivered" => &["submit", "ship", "deliver"],
        _ => &["submit", "ship", "return"],
    };
    walk(b, &id, fire_shipping, way);
    id
}

fn fire_destination(b: &Bench, id: &str, event: &str) -> Outcome {
    Some(b.v2(&format!("/v2/core/event_destinations/{id}/{event}"), "{}").0)
}

fn make_destination(b: &Bench, state: &str, _: &str) -> String {
    let body = r#"{"name":"d","type":"webhook_endpoint","event_payload":"thin","enabled_events":["v2.core.event_destination.ping"],"webhook_endpoint":{"url":"https://example.com/v2"}}"#;
    let id = b.v2("/v2/core/event_destinations", body).1.text("id").to_owned();
    walk(b, &id, fire_destination, if state == "disabled" { &["disable"] } else { &[] });
    id
}

fn fire_endpoint(b: &Bench, id: &str, event: &str) -> Outcome {
    b.ask(&format!("/v1/webhook_endpoints/{id}"), &format!("disabled={}", event == "disable"))
}

fn make_endpoint(b: &Bench, state: &str, _: &str) -> String {
    let id = b.made("/v1/webhook_endpoints", "url=https://example.com&enabled_events[]=payout.paid");
    walk(b, &id, fire_endpoint, if state == "disabled" { &["disable"] } else { &[] });
    id
}

fn fire_inbound(b: &Bench, id: &str, event: &str) -> Outcome {
    let place = if event == "cancel" { "treasury" } else { "test_helpers/treasury" };
    b.ask(&format!("/v1/{place}/inbound_transfers/{id}/{event}"), "")
}

fn make_inbound(b: &Bench, state: &str, _: &str) -> String {
    let form = format!(
        "amount=500&currency=usd&financial_account={}&origin_payment_method=pm_1",
        b.financial_account()
    );
    let id = b.made("/v1/treasury/inbound_transfers", &form);
    let way: &[&str] = match state {
        "processing" => &[],
        "succeeded" => &["succeed"],
        "failed" => &["fail"],
        _ => &["cancel"],
    };
    walk(b, &id, fire_inbound, way);
    id
}

fn fire_outbound(b: &Bench, id: &str, event: &str) -> Outcome {
    let kind = if id.starts_with("obp_") { "outbound_payments" } else { "outbound_transfers" };
    let place = if event == "cancel" { "treasury" } else { "test_helpers/treasury" };
    b.ask(&format!("/v1/{place}/{kind}/{id}/{event}"), "")
}

fn make_outbound(b: &Bench, kind: &str, state: &str) -> String {
    let fa = b.financial_account();
    let credit = format!("amount=900&currency=usd&financial_account={fa}&network=ach");
    b.made("/v1/test_helpers/treasury/received_credits", &credit);
    let form = format!("amount=500&currency=usd&financial_account={fa}&destination_payment_method=pm_1");
    let id = b.made(&format!("/v1/treasury/{kind}"), &form);
    let way: &[&str] = match state {
        "processing" => &[],
        "posted" => &["post"],
        "failed" => &["fail"],
        "canceled" => &["cancel"],
        _ => &["return"],
    };
    walk(b, &id, fire_outbound, way);
    id
}

fn settle_reversal(b: &Bench, id: &str, _: &str) -> Outcome {
    b.trigger(&reversals::SETTLE, id)
}

fn make_debit_reversal(b: &Bench, state: &str, event: &str) -> String {
    // The account number decides how a reversal ends.
    let fails = if state == "processing" { event == "fail" } else { state == "failed" };
    let debit = b.received("debit", if fails { "000111111113" } else { "000123456789" });
    let id = b.made("/v1/treasury/debit_reversals", &format!("received_debit={debit}"));
    walk(b, &id, settle_reversal, if state == "processing" { &[] } else { &["settle"] });
    id
}

fn close(b: &Bench, id: &str, _: &str) -> Outcome {
    b.ask(&format!("/v1/treasury/financial_accounts/{id}/close"), "")
}

fn link_path(id: &str) -> String {
    format!("/setup/{id}")
}

fn fire_link(b: &Bench, id: &str, event: &str) -> Outcome {
    let (method, path) = match event {
        "open" => (Method::GET, link_path(id)),
        other => (Method::POST, format!("{}/{other}", link_path(id))),
    };
    let reply = b.sandbox.handle(&request(method, &path, "", "", &[]));
    // Whoever comes too late is sent to where a new link is made.
    let late = reply.header("location") == Some("http://x.test/again");
    Some(if late { 400 } else { 200 })
}

fn make_link(b: &Bench, state: &str, _: &str) -> String {
    let account =
        post(&b.sandbox, "", "/v1/accounts", "type=express&country=US").json().text("id").to_owned();
    let form = format!(
        "account={account}&type=account_onboarding&return_url=http://x.test/done&refresh_url=http://x.test/again"
    );
    let link = post(&b.sandbox, "", "/v1/account_links", &form).json();
    let id = link.text("url").rsplit('/').next().unwrap_or_default().to_owned();
    let way: &[&str] = match state {
        "fresh" => &[],
        "open" => &["open"],
        "done" => &["open", "complete"],
        _ => &["open", "leave"],
    };
    walk(b, &id, fire_link, way);
    id
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            machine: &topups::MACHINE,
            make: |b, state, _| {
                let id = b.made("/v1/topups", "amount=500&currency=usd");
                let way: &[&str] = match state {
                    "pending" => &[],
                    "succeeded" => &["settle"],
                    "failed" => &["fail"],
                    "canceled" => &["cancel"],
                    _ => &["settle", "reverse"],
                };
                walk(b, &id, fire_topup, way);
                id
            },
            fire: fire_topup,
            read: |b, id| status(b, "topups", id),
        },
        Case {
            machine: &payouts::MACHINE,
            make: |b, state, _| {
                b.bank();
                let id = b.made("/v1/payouts", "amount=500&currency=usd");
                let way: &[&str] = match state {
                    "pending" => &[],
                    "in_transit" => &["send"],
                    "paid" => &["send", "pay"],
                    "failed" => &["fail"],
                    _ => &["cancel"],
                };
                walk(b, &id, fire_payout, way);
                id
            },
            fire: fire_payout,
            read: |b, id| status(b, "payouts", id),
        },
        Case {
            machine: &sources::MACHINE,
            make: |b, state, _| {
                let bank = "bank_account[country]=US&bank_account[routing_number]=110000000\
                    &bank_account[account_number]=000123456789";
                let token = b.made("/v1/tokens", bank);
                let form = format!("type=ach_debit&currency=usd&usage=single_use&token={token}");
                let id = b.made("/v1/sources", &form);
                let way: &[&str] = match state {
                    "pending" => &[],
                    "chargeable" => &["verify"],
                    "consumed" => &["verify", "consume"],
                    "failed" => &["fail"],
                    _ => &["cancel"],
                };
                walk(b, &id, fire_source, way);
                id
            },
            fire: fire_source,
            read: |b, id| status(b, "sources", id),
        },
        Case {
            machine: &capabilities::MACHINE,
            make: make_capability,
            fire: fire_capability,
            read: |b, id| {
                let path = format!("/v1/accounts/{id}/capabilities/transfers");
                get(&b.sandbox, "", &path).json().text("status").to_owned()
            },
        },
        Case {
            machine: &cards::MACHINE,
            make: |b, state, _| {
                let id = b.card("&type=virtual");
                let way: &[&str] = match state {
                    "inactive" => &[],
                    "active" => &["activate"],
                    _ => &["cancel"],
                };
                walk(b, &id, fire_card, way);
                id
            },
            fire: fire_card,
            read: |b, id| status(b, "issuing/cards", id),
        },
        Case {
            machine: &cardholders::MACHINE,
            make: |b, state, _| {
                let id = b.made("/v1/issuing/cardholders", HOLDER);
                let way: &[&str] = match state {
                    "active" => &[],
                    "inactive" => &["deactivate"],
                    _ => &["block"],
                };
                walk(b, &id, fire_holder, way);
                id
            },
            fire: fire_holder,
            read: |b, id| status(b, "issuing/cardholders", id),
        },
        Case {
            machine: &tokens::MACHINE,
            make: |b, state, _| {
                let card = b.card("&type=virtual&status=active");
                let wallets = b.sandbox.cards();
                let id = if state == "requested" {
                    wallets.ask_wallet(&card, "apple_pay").unwrap()
                } else {
                    wallets.add_to_wallet(&card, "apple_pay").unwrap()
                };
                let way: &[&str] = match state {
                    "suspended" => &["suspend"],
                    "deleted" => &["delete"],
                    _ => &[],
                };
                walk(b, &id, fire_token, way);
                id
            },
            fire: fire_token,
            read: |b, id| status(b, "issuing/tokens", id),
        },
        Case {
            machine: &disputes::MACHINE,
            make: make_dispute,
            fire: fire_dispute,
            read: |b, id| status(b, "issuing/disputes", id),
        },
        Case {
            machine: &authorizations::MACHINE,
            make: make_authorization,
            fire: fire_authorization,
            read: |b, id| status(b, "issuing/authorizations", id),
        },
        Case {
            machine: &authorizations::CHALLENGES,
            make: make_challenge,
            fire: fire_challenge,
            read: |b, id| {
                let authorization = b.read(&format!("/v1/issuing/authorizations/{id}"));
                authorization.text("fraud_challenges.0.status").to_owned()
            },
        },
        Case {
            machine: &designs::MACHINE,
            make: make_design,
            fire: fire_design,
            read: |b, id| status(b, "issuing/personalization_designs", id),
        },
        Case {
            machine: &settlements::MACHINE,
            make: |b, state, _| {
                let form = "bin=424242&clearing_date=1767603600&currency=usd&net_total_amount=5";
                let id = b.made("/v1/test_helpers/issuing/settlements", form);
                if state == "complete" {
                    b.made(&format!("/v1/test_helpers/issuing/settlements/{id}/complete"), "");
                }
                id
            },
            fire: |b, id, _| b.ask(&format!("/v1/test_helpers/issuing/settlements/{id}/complete"), ""),
            read: |b, id| status(b, "issuing/settlements", id),
        },
        Case {
            machine: &shipping::MACHINE,
            make: make_shipping,
            fire: fire_shipping,
            read: |b, id| b.read(&format!("/v1/issuing/cards/{id}")).text("shipping.status").to_owned(),
        },
        Case {
            machine: &event_destinations::MACHINE,
            make: make_destination,
            fire: fire_destination,
            read: |b, id| b.read(&format!("/v2/core/event_destinations/{id}")).text("status").to_owned(),
        },
        Case {
            machine: &webhook_endpoints::MACHINE,
            make: make_endpoint,
            fire: fire_endpoint,
            read: |b, id| status(b, "webhook_endpoints", id),
        },
        Case {
            machine: &inbound_transfers::MACHINE,
            make: make_inbound,
            fire: fire_inbound,
            read: |b, id| status(b, "treasury/inbound_transfers", id),
        },
        Case {
            machine: &outbound::PAYMENTS,
            make: |b, state, _| make_outbound(b, "outbound_payments", state),
            fire: fire_outbound,
            read: |b, id| status(b, "treasury/outbound_payments", id),
        },
        Case {
            machine: &outbound::TRANSFERS,
            make: |b, state, _| make_outbound(b, "outbound_transfers", state),
            fire: fire_outbound,
            read: |b, id| status(b, "treasury/outbound_transfers", id),
        },
        Case {
            machine: &reversals::CREDITS,
            make: |b, state, _| {
                let credit = b.received("credit", "000123456789");
                let id = b.made("/v1/treasury/credit_reversals", &format!("received_credit={credit}"));
                walk(b, &id, settle_reversal, if state == "posted" { &["post"] } else { &[] });
                id
            },
            fire: settle_reversal,
            read: |b, id| status(b, "treasury/credit_reversals", id),
        },
        Case {
            machine: &reversals::DEBITS,
            make: make_debit_reversal,
            fire: settle_reversal,
            read: |b, id| status(b, "treasury/debit_reversals", id),
        },
        Case {
            machine: &financial_accounts::MACHINE,
            make: |b, state, _| {
                let id = b.financial_account();
                walk(b, &id, close, if state == "closed" { &["close"] } else { &[] });
                id
            },
            fire: close,
            read: |b, id| status(b, "treasury/financial_accounts", id),
        },
        Case {
            machine: &account_links::MACHINE,
            make: make_link,
            fire: fire_link,
            read: |b, id| {
                let platform = Scope::new(b.sandbox.platform(), false);
                let world = b.sandbox.world();
                world.store(&platform).and_then(|store| store.get(id)).unwrap().text("state").to_owned()
            },
        },
    ]
}

#[test]
fn every_machine_is_driven() {
    let driven: BTreeSet<&str> = cases().iter().map(|case| case.machine.object).collect();
    let machines: Vec<&str> =
        SYSTEMS.iter().flat_map(|system| system.machines).map(|machine| machine.object).collect();
    assert_eq!(driven, machines.iter().copied().collect());
    assert_eq!((machines.len(), driven.len()), (22, 22), "no two machines have one name");
}

/// Whether all of `wanted` are in `all`, in this order.
fn in_order(wanted: &[&str], all: &[String]) -> bool {
    let mut left = all.iter();
    wanted.iter().all(|wanted| left.any(|found| found == wanted))
}

#[test]
fn every_pair_of_state_and_event_does_what_the_table_says_or_nothing() {
    let (mut steps, mut refused, mut idle, mut closed) = (0, 0, 0, 0);
    let mut wrong: Vec<String> = Vec::new();
    for case in cases() {
        let machine = case.machine;
        for (state, event) in machine
            .states()
            .into_iter()
            .flat_map(|state| machine.events().into_iter().map(move |event| (state, event)))
        {
            let mut object = |what: String| wrong.push(format!("{} {state} {event}: {what}", machine.object));
            let bench = Bench::new();
            let id = (case.make)(&bench, state, event);
            assert_eq!((case.read)(&bench, &id), state, "{} {state} {event}: made", machine.object);
            let (events, moves) = bench.told();
            let before = whole_state(&bench.sandbox);
            let outcome = (case.fire)(&bench, &id, event);
            let now = (case.read)(&bench, &id);
            let after = whole_state(&bench.sandbox);
            let differs = before.lines().zip(after.lines()).find(|(before, after)| before != after);
            let told = bench.told().0;
            let changed = (before != after || told != events).then_some((differs, told.get(events.len()..)));
            match (machine.find(state, event), outcome) {
                (Some(step), Some(200)) if now == step.to => {
                    let (all_events, mut new_moves) = bench.told();
                    let new_events = all_events.get(events.len()..).unwrap_or_default();
                    for old in &moves {
                        if let Some(at) = new_moves.iter().position(|kind| kind == old) {
                            new_moves.remove(at);
                        }
                    }
                    if !in_order(step.emits, new_events) || !in_order(step.moves, &new_moves) {
                        object(format!("{new_events:?} {new_moves:?}"));
                    }
                    steps += 1;
                }
                (Some(step), outcome) => object(format!("{outcome:?}, {now} instead of {}", step.to)),
                // To become what it is already, or to be asked for again, is no event: nothing happens.
                (None, Some(200)) => {
                    let is_there = machine.steps.iter().any(|step| step.event == event && step.to == state);
                    let again = machine.object == "capability" && event == "request";
                    if !(is_there || again) || changed.is_some() {
                        object(format!("is not in the table, but {changed:?}"));
                    }
                    idle += 1;
                }
                (None, Some(status)) => {
                    if status != 400 || changed.is_some() {
                        object(format!("{status} and {changed:?}"));
                    }
                    refused += 1;
                }
                (None, None) => closed += 1,
            }
            bench.sandbox.audit().unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(steps > 80 && refused > 100, "{steps} steps, {refused} refusals, {idle} idle, {closed} closed");
    assert!(idle < 20 && closed < 20, "{idle} idle, {closed} closed");
}
