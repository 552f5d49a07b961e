//! Direct charges, destination charges, and separate charges and transfers.

use super::{charge_of, held, made, pay, read, refused, since, with_fees};
use std::time::Duration;
use stripe_sandbox::{Json, Peek, Sandbox};

const DAY: Duration = Duration::from_secs(86_400);

fn fees(sandbox: &Sandbox) -> Vec<Json> {
    read(sandbox, "", "/v1/application_fees").items("data").to_vec()
}

#[test]
fn direct_charge_belongs_to_the_account_and_pays_the_fee() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let intent = pay(&sandbox, &account, "pm_card_visa", "&application_fee_amount=123");
    let charge = charge_of(&sandbox, &account, &intent);
    let [fee] = fees(&sandbox).try_into().unwrap();
    assert_eq!((fee.text("charge"), fee.text("account")), (charge.text("id"), account.as_str()));
    assert_eq!((charge.text("application_fee"), fee.at("originating_transaction")), (fee.text("id"), None));
    assert!(intent.text("application").starts_with("ca_"));
    let path = format!("/v1/balance_transactions/{}", charge.text("balance_transaction"));
    let line = read(&sandbox, &account, &path);
    assert_eq!((line.int("amount"), line.int("fee"), line.int("net")), (1000, 123, 877));
    assert_eq!(line.text("fee_details.0.type"), "application_fee");
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((877, 0), (123, 0)));
    sandbox.advance(2 * DAY);
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((0, 877), (0, 123)));
    // The platform keeps the fee unless its refund is requested.
    let path = "/v1/refunds";
    made(&sandbox, &account, path, &format!("payment_intent={}&amount=500", intent.text("id")));
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((0, 377), (0, 123)));
    let rest = format!("payment_intent={}&refund_application_fee=true", intent.text("id"));
    made(&sandbox, &account, path, &rest);
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((0, 0), (0, 0)));
}

#[test]
fn objects_of_the_platform_are_expanded_in_those_of_an_account() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let terms = "&application_fee_amount=123&capture_method=automatic&expand[]=latest_charge.application_fee";
    let intent = pay(&sandbox, &account, "pm_card_visa", terms);
    let fee = intent.at("latest_charge.application_fee").unwrap();
    assert_eq!((fee.text("object"), fee.int("amount")), ("application_fee", 123));
    let more = format!("&transfer_data[destination]={account}");
    let intent = pay(&sandbox, "", "pm_card_bypassPending", &more);
    let form = format!("payment_intent={}&reverse_transfer=true", intent.text("id"));
    let refund = made(&sandbox, "", "/v1/refunds", &form);
    let charge = charge_of(&sandbox, "", &intent);
    let transfer = read(&sandbox, "", &format!("/v1/transfers/{}", charge.text("transfer")));
    let path = format!("/v1/charges/{}?expand[]=source_transfer", transfer.text("destination_payment"));
    assert_eq!(read(&sandbox, &account, &path).text("source_transfer.id"), transfer.text("id"));
    let reversal = transfer.items("reversals.data")[0].clone();
    let path = format!(
        "/v1/refunds/{}?expand[]=source_transfer_reversal",
        reversal.text("destination_payment_refund")
    );
    let shown = read(&sandbox, &account, &path);
    assert_eq!(shown.text("source_transfer_reversal.source_refund"), refund.text("id"));
}

#[test]
fn partial_refund_gives_back_the_part_of_the_fee() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let intent = pay(&sandbox, &account, "pm_card_bypassPending", "&application_fee_amount=123");
    let form = format!("payment_intent={}&amount=250&refund_application_fee=true", intent.text("id"));
    made(&sandbox, &account, "/v1/refunds", &form);
    assert_eq!(fees(&sandbox)[0].int("amount_refunded"), 31, "a quarter of 123, rounded");
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((0, 877 - 250 + 31), (0, 92)));
}

#[test]
fn destination_charge_makes_a_transfer_a_payment_and_a_fee() {
    let sandbox = with_fees();
    let account = sandbox.connect().into_id();
    let before = sandbox.event_types().len();
    let more = format!("&application_fee_amount=123&transfer_data[destination]={account}");
    let intent = pay(&sandbox, "", "pm_card_visa", &more);
    let charge = charge_of(&sandbox, "", &intent);
    let transfer = read(&sandbox, "", &format!("/v1/transfers/{}", charge.text("transfer")));
    let group = format!("group_{}", intent.text("id"));
    assert_eq!(
        (intent.text("transfer_group"), transfer.text("transfer_group")),
        (group.as_str(), group.as_str())
    );
    assert_eq!((transfer.int("amount"), transfer.text("source_transaction")), (1000, charge.text("id")));
    let payment = read(&sandbox, &account, &format!("/v1/charges/{}", transfer.text("destination_payment")));
    assert_eq!(
        (payment.text("source_transfer"), payment.int("application_fee_amount")),
        (transfer.text("id"), 123)
    );
    let [fee] = fees(&sandbox).try_into().unwrap();
    assert_eq!(
        (fee.text("charge"), fee.text("originating_transaction")),
        (payment.text("id"), charge.text("id"))
    );
    assert_eq!((charge.text("application_fee"), fee.text("account")), (fee.text("id"), account.as_str()));
    // Stripe's numbers: 10.00 with a fee of 1.23 leaves 8.77, and 1.23 - 0.59 for the platform.
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((877, 0), (64, 0)));
    sandbox.advance(2 * DAY);
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((0, 877), (0, 64)));
    let told = since(&sandbox, before);
    for kind in
        ["transfer.created", "application_fee.created", "charge.succeeded", "payment_intent.succeeded"]
    {
        assert!(told.contains(&kind.to_owned()), "{kind}: {told:?}");
    }
    let path = format!("/v1/charges/{}", payment.text("id"));
    assert_eq!(made(&sandbox, &account, &path, "description=Ride").text("description"), "Ride");
}

#[test]
fn refund_of_a_destination_charge_reverses_the_transfer_in_proportion() {
    for (amount, reverses, refunds_fee, platform, theirs) in [
        (1000, false, false, 123 - 1000, 877),
        // The platform reserves what the account owes.
        (1000, true, false, 0, -123),
        (1000, true, true, 0, 0),
        (500, true, true, 61, 439),
    ] {
        let sandbox = Sandbox::new(1);
        let account = sandbox.connect().into_id();
        let more = format!("&application_fee_amount=123&transfer_data[destination]={account}");
        let intent = pay(&sandbox, "", "pm_card_bypassPending", &more);
        let form = format!(
            "payment_intent={}&amount={amount}&reverse_transfer={reverses}&refund_application_fee={refunds_fee}",
            intent.text("id")
        );
        let refund = made(&sandbox, "", "/v1/refunds", &form);
        assert_eq!((held(&sandbox, "").1, held(&sandbox, &account).1), (platform, theirs), "{form}");
        assert_eq!(refund.at("transfer_reversal").is_some(), reverses);
        if reverses {
            let charge = charge_of(&sandbox, "", &intent);
            let path = format!("/v1/transfers/{}/reversals", charge.text("transfer"));
            let reversal = read(&sandbox, "", &path).items("data")[0].clone();
            assert_eq!(reversal.text("source_refund"), refund.text("id"));
            let path = format!("/v1/refunds/{}", reversal.text("destination_payment_refund"));
            assert_eq!(read(&sandbox, &account, &path).text("source_transfer_reversal"), reversal.text("id"));
        }
    }
}

#[test]
fn fee_of_a_destination_charge_is_refunded_only_with_its_transfer() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let more = format!("&application_fee_amount=123&transfer_data[destination]={account}");
    let intent = pay(&sandbox, "", "pm_card_visa", &more);
    let form = format!("payment_intent={}&refund_application_fee=true", intent.text("id"));
    assert_eq!(refused(&sandbox, "", "/v1/refunds", &form, 400).text("param"), "refund_application_fee");
}

#[test]
fn destination_can_get_a_part() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let more = format!("&transfer_data[destination]={account}&transfer_data[amount]=600");
    let intent = pay(&sandbox, "", "pm_card_visa", &more);
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((600, 0), (400, 0)));
    assert_eq!(intent.int("transfer_data.amount"), 600);
    assert!(fees(&sandbox).is_empty());
}

#[test]
fn separate_transfers_share_the_group_and_wait_for_the_charge() {
    let sandbox = Sandbox::new(1);
    let (first, second) = (sandbox.connect().into_id(), sandbox.connect().into_id());
    let intent = pay(&sandbox, "", "pm_card_visa", "&transfer_group=ORDER10");
    let charge = intent.text("latest_charge");
    let without = format!("amount=400&currency=usd&destination={first}&transfer_group=ORDER10");
    assert_eq!(refused(&sandbox, "", "/v1/transfers", &without, 400).text("code"), "balance_insufficient");
    for (account, amount) in [(&first, 400), (&second, 500)] {
        let form = format!("amount={amount}&currency=usd&destination={account}&source_transaction={charge}");
        let transfer = made(&sandbox, "", "/v1/transfers", &form);
        assert_eq!(transfer.text("transfer_group"), "ORDER10");
    }
    let form = format!("amount=101&currency=usd&destination={first}&source_transaction={charge}");
    refused(&sandbox, "", "/v1/transfers", &form, 400);
    assert_eq!(
        (held(&sandbox, &first), held(&sandbox, &second), held(&sandbox, "")),
        ((400, 0), (500, 0), (100, 0))
    );
    sandbox.advance(2 * DAY);
    assert_eq!(
        (held(&sandbox, &first), held(&sandbox, &second), held(&sandbox, "")),
        ((0, 400), (0, 500), (0, 100))
    );
    // A refund does not touch the transfers.
    made(&sandbox, "", "/v1/refunds", &format!("charge={charge}"));
    assert_eq!((held(&sandbox, &first).1, held(&sandbox, "").1), (400, -900));
}

#[test]
fn charge_by_token_makes_the_same_objects() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let form = format!(
        "amount=1000&currency=usd&source=tok_visa&transfer_data[destination]={account}&application_fee_amount=100"
    );
    let charge = made(&sandbox, "", "/v1/charges", &form);
    assert_eq!((charge.flag("captured"), charge.text("status")), (true, "succeeded"));
    let fee = charge.text("application_fee");
    made(&sandbox, "", &format!("/v1/application_fees/{fee}/refunds"), "");
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((1000, 0), (0, 0)));
    let error =
        refused(&sandbox, "", "/v1/charges", "amount=1000&currency=usd&source=tok_chargeDeclined", 402);
    assert_eq!(error.text("code"), "card_declined");
    assert!(error.text("charge").starts_with("ch_"));
    let uncaptured =
        made(&sandbox, "", "/v1/charges", "amount=1000&currency=usd&source=tok_visa&capture=false");
    let path = format!("/v1/charges/{}/capture", uncaptured.text("id"));
    let captured = made(&sandbox, "", &path, "amount=700");
    assert_eq!((captured.int("amount_captured"), captured.int("amount_refunded")), (700, 300));
    refused(&sandbox, "", &path, "", 400);
    assert_eq!(held(&sandbox, ""), (700, 0));
}

#[test]
fn controls_make_the_same_objects_as_requests() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let charge = sandbox.payments().receive(&account, 1000, stripe_platform::Currency::USD).unwrap();
    let shown = read(&sandbox, &account, &format!("/v1/charges/{charge}"));
    assert_eq!(
        (shown.text("status"), shown.flag("captured"), shown.int("amount_captured")),
        ("succeeded", true, 1000)
    );
    let line = read(
        &sandbox,
        &account,
        &format!("/v1/balance_transactions/{}?expand[]=source", shown.text("balance_transaction")),
    );
    assert_eq!(line.text("source.id"), charge);
    sandbox.payments().refund(&charge, 300).unwrap();
    let refunds = read(&sandbox, &account, &format!("/v1/refunds?charge={charge}"));
    assert_eq!(refunds.items("data")[0].int("amount"), 300);
    let fee = sandbox.accounts().charge(&account, 1000, 100, stripe_platform::Currency::USD).unwrap();
    let fee = read(&sandbox, "", &format!("/v1/application_fees/{fee}"));
    assert_eq!(
        read(&sandbox, &account, &format!("/v1/charges/{}", fee.text("charge")))
            .int("application_fee_amount"),
        100
    );
    made(
        &sandbox,
        &account,
        "/v1/refunds",
        &format!("charge={}&refund_application_fee=true", fee.text("charge")),
    );
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((700, 0), (0, 0)));
}

#[test]
fn dispute_of_a_direct_charge_takes_the_money_of_the_account() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    pay(&sandbox, &account, "pm_card_createDispute", "&application_fee_amount=100");
    assert_eq!((held(&sandbox, &account), held(&sandbox, "")), ((-100, 0), (100, 0)));
    let other = sandbox.connect().into_id();
    pay(&sandbox, "", "pm_card_createDispute", &format!("&transfer_data[destination]={other}"));
    assert_eq!((held(&sandbox, &other), held(&sandbox, "")), ((1000, 0), (100 - 1000, 0)));
}
