//! How to drive each state machine through the API: how to create an object, and how to cause each event.

use crate::engine::{Json, Peek, StateMachine};
use crate::resources::accounts::{capabilities, links};
use crate::resources::accounts_v2::vault;
use crate::resources::events::endpoints;
use crate::resources::events::v2::event_destinations;
use crate::resources::issuing::authorizations;
use crate::resources::issuing::authorizations::Answer;
use crate::resources::issuing::{
    card_state, cardholders, disputes, personalization_designs, settlements, shipping, tokens,
};
use crate::resources::money::{payouts, sources, topups};
use crate::resources::payments::{attempts, disputes as charge_disputes, refunds, setup_intents};
use crate::resources::treasury::{financial_accounts, inbound_transfers, outbound_flows, reversals};
use crate::tests::machines::bench::{Bench, HOLDER, Outcome, done};
use crate::tests::support::request;
use http::Method;

const PERSON: &str = "business_type=individual&individual[first_name]=A&individual[last_name]=B&individual[email]=a@x.test\
    &individual[phone]=0000000000&individual[dob][day]=1&individual[dob][month]=1&individual[ssn_last_4]=0000\
    &individual[address][line1]=address_full_match&individual[address][city]=O&individual[address][state]=CA\
    &individual[address][postal_code]=94607&business_profile[mcc]=5734&business_profile[url]=https://accessible.stripe.com\
    &tos_acceptance[date]=1767603600&tos_acceptance[ip]=127.0.0.1&external_account[object]=bank_account\
    &external_account[country]=US&external_account[routing_number]=110000000&external_account[account_number]=000123456789";
const SHIPPING: &str = "&type=physical&shipping[name]=Ada&shipping[address][line1]=1&shipping[address][city]=T\
    &shipping[address][country]=US&shipping[address][postal_code]=94103";

/// The number of a bank account without failures.
const GOOD: &str = "000123456789";

/// Creates an object, to which these events will happen. Returns its id.
type Make = fn(&Bench, &[&str]) -> String;
/// Causes an event of the object with this id.
type Fire = fn(&Bench, &str, &str) -> Outcome;

/// How a machine is driven.
pub struct Case {
    pub machine: &'static StateMachine,
    pub make: Make,
    pub fire: Fire,
}

const fn case(machine: &'static StateMachine, make: Make, fire: Fire) -> Case {
    Case { machine, make, fire }
}

pub static CASES: &[Case] = &[
    case(&topups::MACHINE, |b, _| b.made("/v1/topups", "amount=500&currency=usd"), fire_topup),
    case(&payouts::MACHINE, make_payout, fire_payout),
    case(&sources::MACHINE, make_source, fire_source),
    case(&capabilities::MACHINE, make_capability, fire_capability),
    case(&card_state::MACHINE, |b, _| b.card("&type=virtual"), fire_card),
    case(&shipping::MACHINE, |b, _| b.card(SHIPPING), fire_shipping),
    case(&cardholders::MACHINE, |b, _| b.made("/v1/issuing/cardholders", HOLDER), fire_cardholder),
    case(&tokens::MACHINE, make_token, fire_token),
    case(&authorizations::MACHINE, make_authorization, fire_authorization),
    case(&authorizations::decision::CHALLENGES, make_challenge, fire_challenge),
    case(&disputes::MACHINE, make_dispute, fire_dispute),
    case(&personalization_designs::MACHINE, make_design, fire_design),
    case(&settlements::MACHINE, make_settlement, |b, id, event| {
        b.ask(&format!("/v1/test_helpers/issuing/settlements/{id}/{event}"), "")
    }),
    case(&event_destinations::MACHINE, make_destination, |b, id, event| {
        Some(b.v2(&format!("/v2/core/event_destinations/{id}/{event}"), "{}").0)
    }),
    case(&endpoints::MACHINE, make_endpoint, |b, id, event| {
        b.ask(&format!("/v1/webhook_endpoints/{id}"), &format!("disabled={}", event == "disable"))
    }),
    case(&inbound_transfers::MACHINE, make_inbound, |b, id, event| {
        fire_flow(b, "inbound_transfers", id, event)
    }),
    case(
        &outbound_flows::PAYMENTS,
        |b, _| make_outbound(b, "outbound_payments"),
        |b, id, event| fire_flow(b, "outbound_payments", id, event),
    ),
    case(
        &outbound_flows::TRANSFERS,
        |b, _| make_outbound(b, "outbound_transfers"),
        |b, id, event| fire_flow(b, "outbound_transfers", id, event),
    ),
    case(&reversals::CREDITS, make_credit_reversal, settle_reversal),
    case(&reversals::DEBITS, make_debit_reversal, settle_reversal),
    case(
        &financial_accounts::MACHINE,
        |b, _| b.financial_account(),
        |b, id, event| b.ask(&format!("/v1/treasury/financial_accounts/{id}/{event}"), ""),
    ),
    case(&links::MACHINE, make_link, fire_link),
    case(&vault::us::MACHINE, make_vaulted, fire_vaulted),
    case(&attempts::MACHINE, make_intent, fire_intent),
    case(&charge_disputes::MACHINE, make_charge_dispute, fire_charge_dispute),
    case(&refunds::MACHINE, make_refund, fire_refund),
    case(&setup_intents::MACHINE, make_setup_intent, fire_setup_intent),
];

fn fire_topup(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "settle" => done(b.sandbox.topups().settle(id)),
        "fail" => done(b.sandbox.topups().fail(id, "no_account")),
        "reverse" => done(b.sandbox.topups().reverse(id)),
        _ => b.ask(&format!("/v1/topups/{id}/cancel"), ""),
    }
}

fn make_payout(b: &Bench, _: &[&str]) -> String {
    b.bank();
    b.made("/v1/payouts", "amount=500&currency=usd")
}

fn fire_payout(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "send" => done(b.sandbox.payouts().send(id)),
        "pay" => done(b.sandbox.payouts().pay(id)),
        "fail" => done(b.sandbox.payouts().fail(id, "no_account")),
        _ => b.ask(&format!("/v1/payouts/{id}/cancel"), ""),
    }
}

fn make_source(b: &Bench, _: &[&str]) -> String {
    let bank = "bank_account[country]=US&bank_account[routing_number]=110000000\
        &bank_account[account_number]=000123456789";
    let token = b.made("/v1/tokens", bank);
    b.made("/v1/sources", &format!("type=ach_debit&currency=usd&usage=single_use&token={token}"))
}

fn fire_source(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "verify" => b.ask(&format!("/v1/sources/{id}/verify"), "values[]=32&values[]=45"),
        "consume" => b.ask("/v1/topups", &format!("amount=5&currency=usd&source={id}")),
        "fail" => done(b.sandbox.sources().fail(id)),
        _ => done(b.sandbox.sources().cancel(id)),
    }
}

const VAULTED: &str = "/v2/core/vault/us_bank_accounts";

fn make_vaulted(b: &Bench, _: &[&str]) -> String {
    let body = r#"{"account_number":"000123456789","routing_number":"110000000","currency":"usd"}"#;
    b.v2(VAULTED, body).1.text("id").to_owned()
}

fn fire_vaulted(b: &Bench, id: &str, event: &str) -> Outcome {
    let path = format!("{VAULTED}/{id}");
    let confirm = |code: &str| {
        b.v2(&format!("{path}/confirm_microdeposits"), &format!(r#"{{"descriptor_code":"{code}"}}"#)).0
    };
    match event {
        "send" => Some(b.v2(&format!("{path}/send_microdeposits"), "{}").0),
        "confirm" => Some(confirm("SM11AA")),
        _ => {
            // The third wrong answer ends it.
            let awaits = b.state(&vault::us::MACHINE, id) == "awaiting_verification";
            let last = (0..3).map(|_| confirm("SM00AA")).fold(None, |_, reply| Some(reply));
            if awaits { Some(200) } else { last }
        }
    }
}

fn make_capability(b: &Bench, _: &[&str]) -> String {
    b.made_by_platform("/v1/accounts", "type=custom&country=US").text("id").to_owned()
}

fn fire_capability(b: &Bench, id: &str, event: &str) -> Outcome {
    let path = format!("/v1/accounts/{id}");
    let capability = format!("{path}/capabilities/transfers");
    match (event, b.state(&capabilities::MACHINE, id).as_str()) {
        ("request", _) => b.ask_as_platform(&capability, "requested=true"),
        ("withdraw", _) => b.ask_as_platform(&capability, "requested=false"),
        ("check", "inactive") => b.ask_as_platform(&path, &format!("{PERSON}&individual[dob][year]=1901")),
        ("activate", "inactive") => b.ask_as_platform(&path, &format!("{PERSON}&individual[dob][year]=1902")),
        ("activate", "pending") => done(b.sandbox.accounts().verify(id)),
        ("disable", "pending" | "active") => {
            b.ask_as_platform(&format!("{path}/reject"), "reason=fraud_other")
        }
        // These follow from the details of an account and cannot be requested.
        _ => None,
    }
}

fn fire_card(b: &Bench, id: &str, event: &str) -> Outcome {
    let status = match event {
        "activate" => "active",
        "deactivate" => "inactive",
        _ => "canceled",
    };
    b.ask(&format!("/v1/issuing/cards/{id}"), &format!("status={status}"))
}

fn fire_shipping(b: &Bench, id: &str, event: &str) -> Outcome {
    match (event, b.state(&shipping::MACHINE, id).as_str()) {
        ("cancel", "pending") => fire_card(b, id, "cancel"),
        // A shipped card can be canceled, but not its delivery.
        ("cancel", _) => None,
        _ => b.ask(&format!("/v1/test_helpers/issuing/cards/{id}/shipping/{event}"), ""),
    }
}

fn fire_cardholder(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "block" => done(b.sandbox.cards().block_cardholder(id)),
        "activate" => b.ask(&format!("/v1/issuing/cardholders/{id}"), "status=active"),
        _ => b.ask(&format!("/v1/issuing/cardholders/{id}"), "status=inactive"),
    }
}

fn make_token(b: &Bench, _: &[&str]) -> String {
    b.sandbox.cards().ask_wallet(&b.card("&type=virtual&status=active"), "apple_pay").unwrap()
}

fn fire_token(b: &Bench, id: &str, event: &str) -> Outcome {
    let status = match event {
        "activate" => "active",
        "suspend" => "suspended",
        _ => "deleted",
    };
    b.ask(&format!("/v1/issuing/tokens/{id}"), &format!("status={status}"))
}

fn make_authorization(b: &Bench, events: &[&str]) -> String {
    let first = events.first().copied();
    if let Some("approve" | "decline") = first {
        b.sandbox.authorizations().ask_always();
    }
    let id = b.swipe();
    if first == Some("reverse_rest") {
        assert_eq!(fire_authorization(b, &id, "capture"), Some(200));
    }
    id
}

fn fire_authorization(b: &Bench, id: &str, event: &str) -> Outcome {
    let helper =
        |what: &str, form: &str| b.ask(&format!("/v1/test_helpers/issuing/authorizations/{id}/{what}"), form);
    match event {
        "approve" | "decline" => b.ask(&format!("/v1/issuing/authorizations/{id}/{event}"), ""),
        "raise" => helper("increment", "increment_amount=100"),
        "refuse_raise" => helper("increment", "increment_amount=99999999"),
        "lower" => helper("reverse", "reverse_amount=100"),
        "reverse_rest" => helper("reverse", ""),
        "capture" => helper("capture", "capture_amount=100&close_authorization=false"),
        "close" => helper("capture", "capture_amount=100"),
        other => helper(other, ""),
    }
}

fn make_challenge(b: &Bench, _: &[&str]) -> String {
    b.sandbox.authorizations().ask_always();
    let id = b.swipe();
    let mut answer = Answer::decline();
    answer.body["send_fraud_challenges"] = Json::from(vec!["sms"]);
    b.sandbox.authorizations().answer(&id, &answer).unwrap();
    id
}

fn fire_challenge(b: &Bench, id: &str, event: &str) -> Outcome {
    let form = format!("confirmed={}", event == "verify");
    b.ask(&format!("/v1/test_helpers/issuing/authorizations/{id}/fraud_challenges/respond"), &form)
}

fn make_dispute(b: &Bench, _: &[&str]) -> String {
    let card = b.card("&type=virtual&status=active");
    let force = "/v1/test_helpers/issuing/transactions/create_force_capture";
    let transaction = b.made(force, &format!("card={card}&amount=500"));
    let evidence =
        "evidence[reason]=other&evidence[other][explanation]=x&evidence[other][product_type]=service";
    b.made("/v1/issuing/disputes", &format!("transaction={transaction}&{evidence}"))
}

fn fire_dispute(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "submit" => b.ask(&format!("/v1/issuing/disputes/{id}/submit"), ""),
        "expire" => done(b.sandbox.trigger(&disputes::EXPIRE, id)),
        "win" => done(b.sandbox.disputes().win(id)),
        _ => done(b.sandbox.disputes().lose(id, "other")),
    }
}

fn make_design(b: &Bench, _: &[&str]) -> String {
    let bundle = b.read("/v1/issuing/physical_bundles?type=standard").text("data.0.id").to_owned();
    b.made("/v1/issuing/personalization_designs", &format!("physical_bundle={bundle}"))
}

fn fire_design(b: &Bench, id: &str, event: &str) -> Outcome {
    let helper =
        |form: &str| b.ask(&format!("/v1/test_helpers/issuing/personalization_designs/{id}/{event}"), form);
    let path = format!("/v1/issuing/personalization_designs/{id}");
    match event {
        "change" => b.ask(&path, "carrier_text[header_title]=x"),
        "reject" => helper("rejection_reasons[card_logo][]=inappropriate"),
        _ => helper(""),
    }
}

fn make_settlement(b: &Bench, _: &[&str]) -> String {
    let form = "bin=424242&clearing_date=1767603600&currency=usd&net_total_amount=5";
    b.made("/v1/test_helpers/issuing/settlements", form)
}

fn make_destination(b: &Bench, _: &[&str]) -> String {
    let body = r#"{"name":"d","type":"webhook_endpoint","event_payload":"thin",
        "enabled_events":["v2.core.event_destination.ping"],"webhook_endpoint":{"url":"https://example.com/v2"}}"#;
    b.v2("/v2/core/event_destinations", body).1.text("id").to_owned()
}

fn make_endpoint(b: &Bench, _: &[&str]) -> String {
    b.made("/v1/webhook_endpoints", "url=https://example.com&enabled_events[]=payout.paid")
}

fn make_inbound(b: &Bench, _: &[&str]) -> String {
    let account = b.financial_account();
    let form =
        format!("amount=500&currency=usd&financial_account={account}&origin_payment_method=pm_usBankAccount");
    b.made("/v1/treasury/inbound_transfers", &form)
}

fn make_outbound(b: &Bench, kind: &str) -> String {
    let account = b.financial_account();
    b.received("credits", &account, 900, GOOD);
    let form = format!(
        "amount=500&currency=usd&financial_account={account}&destination_payment_method=pm_usBankAccount"
    );
    b.made(&format!("/v1/treasury/{kind}"), &form)
}

fn fire_flow(b: &Bench, kind: &str, id: &str, event: &str) -> Outcome {
    let place = if event == "cancel" { "treasury" } else { "test_helpers/treasury" };
    b.ask(&format!("/v1/{place}/{kind}/{id}/{event}"), "")
}

fn make_credit_reversal(b: &Bench, _: &[&str]) -> String {
    let credit = b.received("credits", &b.financial_account(), 900, GOOD);
    b.made("/v1/treasury/credit_reversals", &format!("received_credit={credit}"))
}

fn make_debit_reversal(b: &Bench, events: &[&str]) -> String {
    // The account number determines the result of a reversal.
    let number = if events.first() == Some(&"fail") { "000111111113" } else { GOOD };
    let account = b.financial_account();
    b.received("credits", &account, 900, GOOD);
    let debit = b.received("debits", &account, 300, number);
    b.made("/v1/treasury/debit_reversals", &format!("received_debit={debit}"))
}

fn settle_reversal(b: &Bench, id: &str, _: &str) -> Outcome {
    done(b.sandbox.trigger(&reversals::SETTLE, id))
}

fn make_link(b: &Bench, _: &[&str]) -> String {
    let account = b.made_by_platform("/v1/accounts", "type=express&country=US");
    let form = format!(
        "account={}&type=account_onboarding&return_url=http://x.test/done&refresh_url=http://x.test/again",
        account.text("id")
    );
    let link = b.made_by_platform("/v1/account_links", &form);
    link.text("url").rsplit('/').next().unwrap_or_default().to_owned()
}

fn fire_link(b: &Bench, id: &str, event: &str) -> Outcome {
    let (method, path) = match event {
        "open" => (Method::GET, format!("/setup/{id}")),
        other => (Method::POST, format!("/setup/{id}/{other}")),
    };
    let reply = b.sandbox.handle(&request(method, &path, "", "", &[]));
    // After its expiry the link redirects to the `refresh_url`.
    let late = reply.header("location") == Some("http://x.test/again");
    Some(if late { 400 } else { 200 })
}

/// The card determines the result of the customer's action, so the last event is stored with the intent.
fn make_intent(b: &Bench, events: &[&str]) -> String {
    let first = events.iter().find(|event| ["hold", "succeed"].contains(event));
    let capture = if first == Some(&"hold") { "manual" } else { "automatic" };
    let confirmation = if events.contains(&"return") { "manual" } else { "automatic" };
    let last = events.last().copied().unwrap_or_default();
    let form = format!(
        "amount=500&currency=usd&capture_method={capture}&confirmation_method={confirmation}&metadata[then]={last}"
    );
    b.made("/v1/payment_intents", &form)
}

fn fire_intent(b: &Bench, id: &str, event: &str) -> Outcome {
    let path = format!("/v1/payment_intents/{id}");
    let intent = b.read(&path);
    let (status, then) = (intent.text("status"), intent.text("metadata.then"));
    let confirm = |method: &str| {
        let reply = b.ask(&format!("{path}/confirm"), &format!("payment_method={method}"));
        // A decline is a 402, and still executes the transition.
        if reply == Some(402) { Some(200) } else { reply }
    };
    match (status, event) {
        (_, "attach") => b.ask(&path, "payment_method=pm_card_visa"),
        ("requires_action", "ask") => b.ask(&format!("{path}/confirm"), ""),
        (_, "ask") if then == "process" => {
            let bank = "payment_method_data[type]=us_bank_account\
                &payment_method_data[us_bank_account][account_number]=000123456789\
                &payment_method_data[us_bank_account][routing_number]=110000000";
            b.ask(&format!("{path}/confirm"), bank)
        }
        (_, "ask") if then == "decline" => {
            confirm("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
        }
        (_, "ask") => confirm("pm_card_authenticationRequired"),
        ("requires_action", "process" | "hold" | "succeed" | "decline") | (_, "return") => {
            done(b.sandbox.payments().authenticate(id))
        }
        (_, "refuse") => done(b.sandbox.payments().fail_authentication(id)),
        ("processing", "succeed" | "decline") => done(b.sandbox.payments().finish_debit(id)),
        (_, "process") if then == "decline" => confirm("pm_usBankAccount_noAccount"),
        (_, "process") => confirm("pm_usBankAccount_success"),
        (_, "decline") => confirm("pm_card_chargeDeclined"),
        (_, "hold" | "succeed") => confirm("pm_card_visa"),
        (_, "expire") => done(b.sandbox.trigger(&attempts::EXPIRE, id)),
        (_, other) => b.ask(&format!("{path}/{other}"), ""),
    }
}

fn paid(b: &Bench, method: &str) -> String {
    let form =
        format!("amount=500&currency=usd&confirm=true&capture_method=automatic&payment_method={method}");
    b.made("/v1/payment_intents", &form)
}

fn make_charge_dispute(b: &Bench, _: &[&str]) -> String {
    let intent = paid(b, "pm_card_createDisputeInquiry");
    b.read(&format!("/v1/disputes?payment_intent={intent}")).text("data.0.id").to_owned()
}

fn fire_charge_dispute(b: &Bench, id: &str, event: &str) -> Outcome {
    let disputes = b.sandbox.charge_disputes();
    match event {
        "submit" => b.ask(&format!("/v1/disputes/{id}"), "evidence[customer_name]=Jenny"),
        "win" => done(disputes.win(id)),
        "escalate" => done(disputes.escalate(id)),
        _ => b.ask(&format!("/v1/disputes/{id}/close"), ""),
    }
}

fn make_refund(b: &Bench, _: &[&str]) -> String {
    let intent = paid(b, "pm_card_pendingRefund");
    b.made("/v1/refunds", &format!("payment_intent={intent}"))
}

fn fire_refund(b: &Bench, id: &str, event: &str) -> Outcome {
    match event {
        "succeed" => done(b.sandbox.refunds().succeed(id)),
        _ => done(b.sandbox.refunds().fail(id, "unknown")),
    }
}

fn make_setup_intent(b: &Bench, _: &[&str]) -> String {
    b.made("/v1/setup_intents", "payment_method=pm_card_visa")
}

fn fire_setup_intent(b: &Bench, id: &str, event: &str) -> Outcome {
    let path = format!("/v1/setup_intents/{id}");
    let confirm = |method: &str| {
        let reply = b.ask(&format!("{path}/confirm"), &format!("payment_method={method}"));
        if reply == Some(402) { Some(200) } else { reply }
    };
    match (b.read(&path).text("status"), event) {
        ("requires_action", "succeed") => done(b.sandbox.payments().authenticate(id)),
        (_, "refuse") => done(b.sandbox.payments().fail_authentication(id)),
        (_, "cancel") => b.ask(&format!("{path}/cancel"), ""),
        (_, "ask") => confirm("pm_card_authenticationRequired"),
        (_, "decline") => confirm("pm_card_chargeDeclined"),
        _ => confirm("pm_card_visa"),
    }
}
