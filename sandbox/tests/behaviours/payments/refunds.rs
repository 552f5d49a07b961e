use super::{charge_of, held, made, pay, read, refused, since, with_fees};
use std::time::Duration;
use stripe_sandbox::{Peek, Sandbox};

const REFUNDS: &str = "/v1/refunds";
const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn refunds_in_parts_end_with_the_whole() {
    let sandbox = with_fees();
    let intent = pay(&sandbox, "", "pm_card_bypassPending", "");
    assert_eq!(held(&sandbox, ""), (0, 941));
    let before = sandbox.event_types().len();
    let form = format!("payment_intent={}&amount=300&reason=requested_by_customer", intent.text("id"));
    let refund = made(&sandbox, "", REFUNDS, &form);
    assert!(refund.text("id").starts_with("re_"));
    assert_eq!((refund.text("status"), refund.text("reason")), ("succeeded", "requested_by_customer"));
    assert_eq!(since(&sandbox, before), ["refund.created", "charge.refunded"]);
    let line =
        read(&sandbox, "", &format!("/v1/balance_transactions/{}", refund.text("balance_transaction")));
    assert_eq!(
        (line.text("type"), line.int("net"), line.text("source")),
        ("refund", -300, refund.text("id"))
    );
    assert_eq!(line.text("description"), "REFUND FOR CHARGE");
    let charge = charge_of(&sandbox, "", &intent);
    assert_eq!((charge.int("amount_refunded"), charge.flag("refunded")), (300, false));
    let path = format!("/v1/charges/{}?expand[]=refunds", charge.text("id"));
    assert_eq!(read(&sandbox, "", &path).text("refunds.data.0.id"), refund.text("id"));
    let form = format!("charge={}", charge.text("id"));
    for (more, code) in [("&amount=701", ""), ("&amount=-1", "parameter_invalid_integer")] {
        assert_eq!(
            refused(&sandbox, "", REFUNDS, &format!("{form}{more}"), 400).text("code"),
            code,
            "{more}"
        );
    }
    assert_eq!(made(&sandbox, "", REFUNDS, &form).int("amount"), 700);
    assert!(charge_of(&sandbox, "", &intent).flag("refunded"));
    assert_eq!(refused(&sandbox, "", REFUNDS, &form, 400).text("code"), "charge_already_refunded");
    assert_eq!(held(&sandbox, ""), (0, -59), "Stripe keeps its fee, and the balance goes below zero");
    let listed = read(&sandbox, "", &format!("{REFUNDS}?charge={}", charge.text("id")));
    assert_eq!(listed.items("data").len(), 2);
}

#[test]
fn only_paid_money_of_the_account_is_refunded() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let paid = pay(&sandbox, "", "pm_card_visa", "");
    let held_intent = pay(&sandbox, "", "pm_card_visa", "&capture_method=manual");
    let processing = pay(&sandbox, "", "pm_usBankAccount_success", "&payment_method_types[]=us_bank_account");
    let unpaid = made(&sandbox, "", "/v1/payment_intents", "amount=1000&currency=usd");
    let by_intent = |id: &str| format!("payment_intent={id}");
    for (who, form, param) in [
        ("", String::new(), "charge"),
        (account.as_str(), by_intent(paid.text("id")), "payment_intent"),
        ("", by_intent(held_intent.text("id")), "charge"),
        ("", by_intent(processing.text("id")), "charge"),
        ("", by_intent(unpaid.text("id")), "payment_intent"),
        (
            "",
            format!("{}&charge={}", by_intent(paid.text("id")), paid.text("latest_charge")),
            "payment_intent",
        ),
        ("", format!("{}&reverse_transfer=true", by_intent(paid.text("id"))), "reverse_transfer"),
    ] {
        assert_eq!(refused(&sandbox, who, REFUNDS, &form, 400).text("param"), param, "{form}");
    }
    assert_eq!(read(&sandbox, "", REFUNDS).items("data").len(), 0);
}

#[test]
fn refund_of_pending_money_waits_with_it() {
    let sandbox = Sandbox::new(1);
    let intent = pay(&sandbox, "", "pm_card_visa", "");
    made(&sandbox, "", REFUNDS, &format!("payment_intent={}&amount=400", intent.text("id")));
    assert_eq!(held(&sandbox, ""), (600, 0));
    sandbox.advance(2 * DAY);
    assert_eq!(held(&sandbox, ""), (0, 600));
}

#[test]
fn refunds_can_be_late_or_fail() {
    for (method, first, then) in [
        ("pm_card_pendingRefund", "pending", "succeeded"),
        ("pm_card_refundFail", "succeeded", "failed"),
        ("pm_card_bypassPending", "succeeded", "succeeded"),
    ] {
        let sandbox = Sandbox::new(1);
        let intent = pay(&sandbox, "", method, "");
        sandbox.advance(2 * DAY);
        let refund = made(&sandbox, "", REFUNDS, &format!("payment_intent={}&amount=400", intent.text("id")));
        assert_eq!((refund.text("status"), held(&sandbox, "")), (first, (0, 600)), "{method}");
        let before = sandbox.event_types().len();
        sandbox.advance(DAY);
        let refund = read(&sandbox, "", &format!("{REFUNDS}/{}", refund.text("id")));
        assert_eq!(refund.text("status"), then, "{method}");
        let charge = charge_of(&sandbox, "", &intent);
        if then == "failed" {
            assert_eq!(held(&sandbox, ""), (0, 1000));
            assert_eq!((charge.int("amount_refunded"), charge.flag("refunded")), (0, false));
            assert_eq!(refund.text("failure_reason"), "expired_or_canceled_card");
            let line = refund.text("failure_balance_transaction");
            let line = read(&sandbox, "", &format!("/v1/balance_transactions/{line}"));
            assert_eq!((line.text("type"), line.int("amount")), ("refund_failure", 400));
            assert_eq!(since(&sandbox, before), ["refund.failed", "refund.updated", "charge.refund.updated"]);
        } else {
            assert_eq!((held(&sandbox, ""), charge.int("amount_refunded")), ((0, 600), 400), "{method}");
        }
        let cancel = format!("{REFUNDS}/{}/cancel", refund.text("id"));
        refused(&sandbox, "", &cancel, "", 400);
    }
}

#[test]
fn refund_metadata_is_changed_and_told() {
    let sandbox = Sandbox::new(1);
    let intent = pay(&sandbox, "", "pm_card_visa", "");
    let refund = made(
        &sandbox,
        "",
        REFUNDS,
        &format!("payment_intent={}&metadata[a]=1&refund_application_fee=true", intent.text("id")),
    );
    let before = sandbox.event_types().len();
    let path = format!("{REFUNDS}/{}", refund.text("id"));
    assert_eq!(
        made(&sandbox, "", &path, "metadata[b]=2").at("metadata").map(ToString::to_string).as_deref(),
        Some(r#"{"a":"1","b":"2"}"#)
    );
    assert_eq!(since(&sandbox, before), ["refund.updated", "charge.refund.updated"]);
    let shown = read(&sandbox, "", &format!("/v1/charges/{}?expand[]=refunds", refund.text("charge")));
    assert_eq!(shown.text("refunds.data.0.metadata.b"), "2");
}
