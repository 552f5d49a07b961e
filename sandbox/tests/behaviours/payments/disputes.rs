use super::{charge_of, held, made, pay, read, refused, since, with_fees};
use std::time::Duration;
use stripe_sandbox::{Json, Options, PaymentFees, Peek, Policy, Sandbox, rules};

const DISPUTES: &str = "/v1/disputes";

/// An account holder with all details, and capabilities for payments.
const HOLDER: &str = "business_type=individual&individual[first_name]=Ada&individual[last_name]=Example\
    &individual[dob][day]=1&individual[dob][month]=1&individual[dob][year]=1901&individual[email]=a@x.test\
    &individual[phone]=%2B12015550123&individual[address][line1]=address_full_match&individual[address][city]=Austin\
    &individual[address][state]=TX&individual[address][postal_code]=78701&individual[id_number]=222222222\
    &business_profile[url]=https://x.example.com&business_profile[mcc]=5734&external_account=btok_us_verified\
    &tos_acceptance[date]=1700000000&tos_acceptance[ip]=203.0.113.7\
    &capabilities[card_payments][requested]=true&capabilities[transfers][requested]=true";

fn dispute_of(sandbox: &Sandbox, intent: &Json) -> Json {
    let listed = read(sandbox, "", &format!("{DISPUTES}?payment_intent={}", intent.text("id")));
    listed.items("data").first().cloned().unwrap()
}

#[test]
fn test_cards_are_disputed_and_the_money_leaves_with_the_fee() {
    for (method, reason, network, status) in [
        ("pm_card_createDispute", "fraudulent", "10.4", "needs_response"),
        ("pm_card_createDisputeProductNotReceived", "product_not_received", "13.1", "needs_response"),
        ("pm_card_createDisputeInquiry", "fraudulent", "10", "warning_needs_response"),
    ] {
        let sandbox = with_fees();
        let before = sandbox.event_types().len();
        let intent = pay(&sandbox, "", method, "");
        let dispute = dispute_of(&sandbox, &intent);
        assert!(dispute.text("id").starts_with("du_"));
        assert_eq!((dispute.text("reason"), dispute.text("status")), (reason, status), "{method}");
        assert_eq!(dispute.text("payment_method_details.card.network_reason_code"), network);
        assert!(charge_of(&sandbox, "", &intent).flag("disputed"));
        let inquiry = status.starts_with("warning");
        assert_eq!(dispute.flag("is_charge_refundable"), inquiry);
        let told = since(&sandbox, before);
        assert!(told.contains(&"charge.dispute.created".to_owned()));
        assert_eq!(told.contains(&"charge.dispute.funds_withdrawn".to_owned()), !inquiry);
        assert_eq!(held(&sandbox, ""), (if inquiry { 941 } else { 941 - 1000 - 1500 }, 0), "{method}");
        let lines = dispute.items("balance_transactions");
        assert_eq!(lines.len(), usize::from(!inquiry));
        if let Some(line) = lines.first() {
            assert_eq!((line.text("type"), line.text("reporting_category")), ("adjustment", "dispute"));
            assert_eq!((line.int("amount"), line.int("fee"), line.int("net")), (-1000, 1500, -2500));
            assert_eq!(
                line.text("description"),
                format!("Chargeback withdrawal for {}", dispute.text("charge"))
            );
        }
    }
}

/// The fee of a dispute of a direct charge is the account's, unless its platform pays fees and answers for losses.
#[test]
fn platform_pays_the_fee_of_disputes_if_it_has_fees_and_losses() {
    for (fees, platform_pays) in [("application", true), ("account", false)] {
        let sandbox = with_fees();
        let form = format!(
            "{HOLDER}&country=US&controller[fees][payer]={fees}&controller[losses][payments]=application\
             &controller[stripe_dashboard][type]=none&controller[requirement_collection]=application"
        );
        let account = made(&sandbox, "", "/v1/accounts", &form);
        let account = account.text("id");
        sandbox.account(account).verify().unwrap();
        let paid = pay(&sandbox, account, "pm_card_createDispute", "");
        let charge = charge_of(&sandbox, account, &paid);
        let listed = read(&sandbox, account, &format!("{DISPUTES}?charge={}", charge.text("id")));
        let line = listed.items("data")[0].items("balance_transactions")[0].clone();
        assert_eq!(line.int("fee"), if platform_pays { 0 } else { 1500 }, "{fees}");
        let listed = read(&sandbox, "", "/v1/balance_transactions?type=stripe_fee");
        let billed: i64 = listed.items("data").iter().map(|line| line.int("amount")).sum();
        assert_eq!(billed, if platform_pays { -1500 - 59 } else { 0 }, "{fees}");
    }
}

#[test]
fn fee_of_a_won_dispute_is_returned_if_the_option_says_so() {
    for (returns, fee) in [(false, 0), (true, -1500)] {
        let options = Options {
            payment_fees: PaymentFees::UNITED_STATES,
            won_disputes_return_fee: returns,
            ..Options::default()
        };
        let sandbox = Sandbox::with(1, options);
        for account in [String::new(), sandbox.connect().into_id()] {
            let billed = |sandbox: &Sandbox| -> i64 {
                let listed = read(sandbox, "", "/v1/balance_transactions?type=stripe_fee");
                listed.items("data").iter().map(|line| line.int("amount")).sum()
            };
            let paid = pay(&sandbox, &account, "pm_card_createDispute", "");
            let listed = read(&sandbox, &account, &format!("{DISPUTES}?payment_intent={}", paid.text("id")));
            let path = format!("{DISPUTES}/{}", listed.text("data.0.id"));
            let before = billed(&sandbox);
            made(&sandbox, &account, &path, "evidence[uncategorized_text]=winning_evidence");
            let won = read(&sandbox, &account, &path);
            let line = won.items("balance_transactions").last().unwrap().clone();
            // The platform of this account pays its fees.
            let own = if account.is_empty() { fee } else { 0 };
            assert_eq!((won.text("status"), line.int("fee"), line.int("net")), ("won", own, 1000 - own));
            assert_eq!(billed(&sandbox) - before, if account.is_empty() { 0 } else { -fee }, "{returns}");
        }
    }
}

#[test]
fn evidence_wins_or_loses() {
    for (text, status, balance, last) in [
        (
            "winning_evidence",
            "won",
            1000,
            ["charge.dispute.funds_reinstated", "charge.dispute.closed"].as_slice(),
        ),
        ("losing_evidence", "lost", 0, ["charge.dispute.closed"].as_slice()),
        ("we+shipped+it", "under_review", 0, [].as_slice()),
    ] {
        let sandbox = Sandbox::new(1);
        let intent = pay(&sandbox, "", "pm_card_createDispute", "");
        let id = dispute_of(&sandbox, &intent).text("id").to_owned();
        let path = format!("{DISPUTES}/{id}");
        let staged = made(&sandbox, "", &path, "evidence[customer_name]=Jenny&submit=false");
        assert_eq!(
            (staged.text("status"), staged.flag("evidence_details.has_evidence")),
            ("needs_response", true)
        );
        let before = sandbox.event_types().len();
        let sent = made(&sandbox, "", &path, &format!("evidence[uncategorized_text]={text}"));
        assert_eq!((sent.text("status"), sent.int("evidence_details.submission_count")), ("under_review", 1));
        assert_eq!(sent.text("evidence.customer_name"), "Jenny", "new evidence is added to the old");
        let now = read(&sandbox, "", &path);
        assert_eq!((now.text("status"), held(&sandbox, "").0), (status, balance), "{text}");
        let told = since(&sandbox, before);
        assert_eq!(
            (told[0].as_str(), &told[1..]),
            (
                "charge.dispute.updated",
                last.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>().as_slice()
            )
        );
        if status == "won" {
            let line = now.items("balance_transactions").last().unwrap();
            assert_eq!((line.text("reporting_category"), line.int("net")), ("dispute_reversal", 1000));
            assert_eq!(line.text("description"), format!("Chargeback reversal for {}", now.text("charge")));
            assert!(now.flag("is_charge_refundable"));
            made(&sandbox, "", "/v1/refunds", &format!("charge={}&amount=1", now.text("charge")));
        }
        if status != "under_review" {
            refused(&sandbox, "", &path, "evidence[customer_name]=Bob", 400);
            refused(&sandbox, "", &format!("{path}/close"), "", 400);
        }
    }
}

#[test]
fn closed_dispute_is_lost_and_inquiry_is_closed() {
    for (method, status, balance) in
        [("pm_card_createDispute", "lost", 0), ("pm_card_createDisputeInquiry", "warning_closed", 1000)]
    {
        let sandbox = Sandbox::new(1);
        let intent = pay(&sandbox, "", method, "");
        let path = format!("{DISPUTES}/{}", dispute_of(&sandbox, &intent).text("id"));
        let closed = made(&sandbox, "", &format!("{path}/close"), "");
        assert_eq!((closed.text("status"), held(&sandbox, "").0), (status, balance), "{method}");
        refused(&sandbox, "", &format!("{path}/close"), "", 400);
        assert_eq!(made(&sandbox, "", &path, "metadata[a]=1").text("metadata.a"), "1");
    }
}

#[test]
fn inquiry_can_escalate() {
    let sandbox = Sandbox::new(1);
    let intent = pay(&sandbox, "", "pm_card_createDisputeInquiry", "");
    let path = format!("{DISPUTES}/{}", dispute_of(&sandbox, &intent).text("id"));
    made(&sandbox, "", &path, "evidence[uncategorized_text]=escalate_inquiry_evidence");
    let now = read(&sandbox, "", &path);
    assert_eq!((now.text("status"), now.flag("is_charge_refundable")), ("needs_response", false));
    assert_eq!(held(&sandbox, ""), (0, 0));
}

#[test]
fn unanswered_dispute_is_lost_on_its_date() {
    let sandbox = Sandbox::new(1);
    let intent = pay(&sandbox, "", "pm_card_createDispute", "");
    let dispute = dispute_of(&sandbox, &intent);
    assert!(dispute.at("evidence_details.due_by").is_some());
    sandbox.advance(Duration::from_secs(9 * 86_400));
    let lost = dispute_of(&sandbox, &intent);
    assert_eq!((lost.text("status"), lost.flag("evidence_details.past_due")), ("lost", true));
}

#[test]
fn disputed_charge_is_not_refunded_unless_it_was_an_inquiry() {
    let sandbox = Sandbox::new(1);
    let intent = pay(&sandbox, "", "pm_card_createDispute", "");
    let form = format!("payment_intent={}", intent.text("id"));
    assert_eq!(refused(&sandbox, "", "/v1/refunds", &form, 400).text("code"), "charge_disputed");
    let inquiry = pay(&sandbox, "", "pm_card_createDisputeInquiry", "");
    made(&sandbox, "", "/v1/refunds", &format!("payment_intent={}", inquiry.text("id")));
}

#[test]
fn banks_dispute_and_decide_by_control() {
    let sandbox = Sandbox::new(1);
    sandbox.policy(&rules::CHARGE_DISPUTE_DECIDE, Policy::Manual);
    let intent = pay(&sandbox, "", "pm_card_bypassPending", "");
    let charge = intent.text("latest_charge");
    let id = sandbox.payments().dispute(charge, "duplicate").unwrap();
    assert_eq!(held(&sandbox, ""), (0, 0));
    assert!(sandbox.payments().dispute(charge, "duplicate").is_err());
    assert!(sandbox.charge_disputes().win(&id).is_err(), "it was not answered");
    made(&sandbox, "", &format!("{DISPUTES}/{id}"), "evidence[uncategorized_text]=winning_evidence");
    assert_eq!(held(&sandbox, ""), (0, 0));
    sandbox.charge_disputes().win(&id).unwrap();
    assert_eq!(held(&sandbox, ""), (0, 1000));
    assert!(sandbox.charge_disputes().lose(&id).is_err());
}
