use super::{held, made, pay, read, refused};
use crate::support::get;
use std::time::Duration;
use stripe_sandbox::{Peek, Sandbox};

const METHODS: &str = "/v1/payment_methods";

#[test]
fn cards_are_described_and_checked() {
    let sandbox = Sandbox::new(1);
    let card = |number: &str, more: &str| format!("type=card&card[number]={number}{more}");
    let valid = "&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123";
    let made_card = made(&sandbox, "", METHODS, &card("4000000760000002", valid));
    assert_eq!((made_card.text("card.country"), made_card.text("card.last4")), ("BR", "0002"));
    assert_eq!((made_card.text("card.brand"), made_card.text("card.checks.cvc_check")), ("visa", "pass"));
    assert_eq!(read(&sandbox, "", &format!("{METHODS}/{}", made_card.text("id"))), made_card);
    let failing = made(&sandbox, "", METHODS, &card("4000000000000101", valid));
    assert_eq!(failing.text("card.checks.cvc_check"), "fail");
    for (number, more, code) in [
        ("4242424242424241", valid, "incorrect_number"),
        ("4242424242424242", "&card[exp_month]=13&card[exp_year]=2034", "invalid_expiry_month"),
        ("4242424242424242", "&card[exp_month]=12&card[exp_year]=2019", "invalid_expiry_year"),
        ("4242424242424242", "&card[exp_month]=12&card[exp_year]=2034&card[cvc]=12", "invalid_cvc"),
    ] {
        assert_eq!(refused(&sandbox, "", METHODS, &card(number, more), 402).text("code"), code, "{number}");
    }
    for (form, param) in [
        ("type=card", "card"),
        ("billing_details[name]=A", "type"),
        ("type=us_bank_account&us_bank_account[routing_number]=110000000", "us_bank_account[account_number]"),
        ("type=sepa_debit&sepa_debit[iban]=DE00", "sepa_debit[iban]"),
        ("type=alipay", "type"),
    ] {
        assert_eq!(refused(&sandbox, "", METHODS, form, 400).text("param"), param, "{form}");
    }
    let token = made(&sandbox, "", METHODS, "type=card&card[token]=tok_mastercard");
    assert_eq!(token.text("card.brand"), "mastercard");
    assert_eq!(read(&sandbox, "", &format!("{METHODS}/pm_card_amex")).text("card.brand"), "amex");
    assert_eq!(get(&sandbox, "", &format!("{METHODS}/pm_none")).status, 404);
}

#[test]
fn topups_are_paid_by_payment_methods_end_to_end() {
    for (number, status, available) in
        [("000123456789", "succeeded", 2000), ("000222222227", "failed", 0), ("000000000009", "pending", 0)]
    {
        let sandbox = Sandbox::new(1);
        let bank = format!(
            "type=us_bank_account&us_bank_account[account_number]={number}&us_bank_account[routing_number]=110000000\
             &us_bank_account[account_holder_type]=company&billing_details[name]=Rocket"
        );
        let method = made(&sandbox, "", METHODS, &bank);
        let form = format!(
            "confirm=true&attach_to_self=true&flow_directions[]=inbound&payment_method_types[]=us_bank_account\
            &payment_method={}",
            method.text("id")
        );
        let setup = made(&sandbox, "", "/v1/setup_intents", &form);
        assert_eq!((setup.text("status"), setup.flag("attach_to_self")), ("requires_action", true));
        sandbox.payments().authenticate(setup.text("id")).unwrap();
        let setup = read(&sandbox, "", &format!("/v1/setup_intents/{}", setup.text("id")));
        assert_eq!(setup.text("status"), "succeeded");
        assert!(setup.text("mandate").starts_with("mandate_"));
        let form = format!("amount=2000&currency=usd&payment_method={}", method.text("id"));
        let topup = made(&sandbox, "", "/v1/topups", &form);
        sandbox.advance(Duration::from_secs(8 * 86_400));
        let topup = read(&sandbox, "", &format!("/v1/topups/{}", topup.text("id")));
        assert_eq!((topup.text("status"), held(&sandbox, "")), (status, (0, available)), "{number}");
    }
}

#[test]
fn setup_intents_prepare_cards_for_payments_without_the_customer() {
    let sandbox = Sandbox::new(1);
    let customer = made(&sandbox, "", "/v1/customers", "name=Jenny");
    let customer = customer.text("id");
    let form =
        format!("customer={customer}&payment_method=pm_card_authenticationRequiredOnSetup&confirm=true");
    let setup = made(&sandbox, "", "/v1/setup_intents", &form);
    assert_eq!(setup.text("status"), "requires_action");
    sandbox.payments().authenticate(setup.text("id")).unwrap();
    let setup = read(&sandbox, "", &format!("/v1/setup_intents/{}", setup.text("id")));
    let method = setup.text("payment_method");
    assert_eq!(read(&sandbox, "", &format!("{METHODS}/{method}")).text("customer"), customer);
    let paid = pay(&sandbox, "", method, &format!("&off_session=true&customer={customer}"));
    assert_eq!(paid.text("status"), "succeeded");
    let error =
        refused(&sandbox, "", "/v1/setup_intents", "payment_method=pm_card_chargeDeclined&confirm=true", 402);
    assert_eq!(error.text("setup_intent.status"), "requires_payment_method");
    let again = format!("/v1/setup_intents/{}/confirm", error.text("setup_intent.id"));
    let failing =
        made(&sandbox, "", "/v1/setup_intents", "payment_method=pm_card_authenticationRequired&confirm=true");
    sandbox.payments().fail_authentication(failing.text("id")).unwrap();
    assert_eq!(made(&sandbox, "", &again, "payment_method=pm_card_visa").text("status"), "succeeded");
    assert_eq!(refused(&sandbox, "", &again, "", 400).text("code"), "setup_intent_unexpected_state");
    let kinds = sandbox.event_types();
    for kind in ["created", "requires_action", "succeeded", "setup_failed"] {
        assert!(kinds.contains(&format!("setup_intent.{kind}")), "{kind}");
    }
}

#[test]
fn customers_are_made_read_and_deleted() {
    let sandbox = Sandbox::new(1);
    let customer =
        made(&sandbox, "", "/v1/customers", "email=a@x.test&name=Jenny&metadata[a]=1&source=tok_visa");
    let path = format!("/v1/customers/{}", customer.text("id"));
    assert_eq!(read(&sandbox, "", &path).text("metadata.a"), "1");
    let form = format!("amount=700&currency=usd&customer={}", customer.text("id"));
    assert_eq!(made(&sandbox, "", "/v1/charges", &form).text("status"), "succeeded");
    let declined = refused(&sandbox, "", "/v1/customers", "payment_method=pm_card_chargeDeclined", 402);
    assert_eq!(declined.text("code"), "card_declined");
    let deleted = crate::support::request(http::Method::DELETE, &path, "", "", &[]);
    assert!(sandbox.handle(&deleted).json().flag("deleted"));
    assert!(read(&sandbox, "", &path).flag("deleted"));
    assert_eq!(get(&sandbox, "", "/v1/customers/cus_none").status, 404);
    let kinds = sandbox.event_types();
    assert!(kinds.contains(&"customer.created".to_owned()) && kinds.contains(&"customer.deleted".to_owned()));
}
