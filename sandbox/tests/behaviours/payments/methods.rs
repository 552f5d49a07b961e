use super::{held, made, paid_by, pay, read, refused};
use crate::support::get;
use std::time::Duration;
use stripe_sandbox::{Json, Options, Peek, Sandbox};

const METHODS: &str = "/v1/payment_methods";

#[test]
fn cards_are_described_and_checked() {
    let sandbox = Sandbox::new(1);
    let card = |number: &str, more: &str| format!("type=card&card[number]={number}{more}");
    let valid = "&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123";
    let made_card = made(&sandbox, "", METHODS, &card("4000000760000002", valid));
    assert_eq!((made_card.text("card.country"), made_card.text("card.last4")), ("BR", "0002"));
    assert_eq!(made_card.text("card.brand"), "visa");
    assert_eq!(read(&sandbox, "", &format!("{METHODS}/{}", made_card.text("id"))), made_card);
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
        ("type=money", "type"),
    ] {
        assert_eq!(refused(&sandbox, "", METHODS, form, 400).text("param"), param, "{form}");
    }
    let token = made(&sandbox, "", METHODS, "type=card&card[token]=tok_mastercard");
    assert_eq!(token.text("card.brand"), "mastercard");
    assert_eq!(read(&sandbox, "", &format!("{METHODS}/pm_card_amex")).text("card.brand"), "amex");
    assert_eq!(get(&sandbox, "", &format!("{METHODS}/pm_none")).status, 404);
}

/// What was sent with a card is checked when the card is first used. Whether a failed check declines is an option.
#[test]
fn checks_of_cards_have_results_after_the_first_use() {
    for (number, cvc, line, postal, code) in [
        ("4242424242424242", "pass", "pass", "pass", ""),
        ("4000000000000101", "fail", "pass", "pass", "incorrect_cvc"),
        ("4000000000000036", "pass", "pass", "fail", "incorrect_zip"),
        ("4000000000000028", "pass", "fail", "pass", ""),
        ("4000000000000010", "pass", "fail", "fail", "incorrect_zip"),
        ("4000000000000044", "pass", "unavailable", "unavailable", ""),
        ("4100000000000019", "unavailable", "unavailable", "unavailable", "card_declined"),
        ("4000000000000341", "pass", "pass", "pass", "card_declined"),
    ] {
        for declines in [true, false] {
            let options = Options { failed_checks_decline: declines, ..Options::default() };
            let sandbox = Sandbox::with(1, options);
            let form = format!(
                "type=card&card[number]={number}&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123\
                 &billing_details[address][line1]=A&billing_details[address][postal_code]=12345"
            );
            let method = made(&sandbox, "", METHODS, &form);
            let results = |method: &Json| {
                let of = |check: &str| method.text(&format!("card.checks.{check}")).to_owned();
                [of("cvc_check"), of("address_line1_check"), of("address_postal_code_check")]
            };
            assert_eq!(results(&method), ["unchecked"; 3], "{number}");
            let declined = code == "card_declined" || (declines && !code.is_empty());
            let paid =
                crate::support::post(&sandbox, "", "/v1/payment_intents", &paid_by(method.text("id"), ""));
            assert_eq!(paid.status, if declined { 402 } else { 200 }, "{number}");
            if declined {
                assert_eq!(paid.json().text("error.code"), code, "{number}");
            }
            let method = read(&sandbox, "", &format!("{METHODS}/{}", method.text("id")));
            assert_eq!(results(&method), [cvc, line, postal], "{number}");
        }
    }
    let sandbox = Sandbox::new(1);
    let form = "type=card&card[number]=4000000000000036&card[exp_month]=12&card[exp_year]=2034";
    let method = made(&sandbox, "", METHODS, form);
    pay(&sandbox, "", method.text("id"), "");
    let method = read(&sandbox, "", &format!("{METHODS}/{}", method.text("id")));
    assert_eq!(method.at("card.checks.cvc_check"), None, "what is not sent is not checked");
    assert_eq!(method.at("card.checks.address_postal_code_check"), None);
}

/// The settings of a connected account decline cards even if Radar does not.
#[test]
fn account_declines_failed_checks_by_its_settings() {
    let options = Options { failed_checks_decline: false, ..Options::default() };
    let sandbox = Sandbox::with(1, options);
    let account = sandbox.connect().into_id();
    let pays = |card: &str| {
        let form = format!(
            "type=card&card[number]={card}&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123\
             &billing_details[address][postal_code]=12345"
        );
        let method = made(&sandbox, &account, METHODS, &form);
        let form = paid_by(method.text("id"), "");
        crate::support::post(&sandbox, &account, "/v1/payment_intents", &form)
            .json()
            .text("error.code")
            .to_owned()
    };
    let (cvc, zip) = ("4000000000000101", "4000000000000036");
    assert_eq!((pays(cvc), pays(zip)), (String::new(), String::new()));
    let path = format!("/v1/accounts/{account}");
    let setting = "settings[card_payments][decline_on]";
    made(&sandbox, "", &path, &format!("{setting}[cvc_failure]=true"));
    assert_eq!((pays(cvc), pays(zip)), ("incorrect_cvc".to_owned(), String::new()));
    made(&sandbox, "", &path, &format!("{setting}[cvc_failure]=false&{setting}[avs_failure]=true"));
    assert_eq!((pays(cvc), pays(zip)), (String::new(), "incorrect_zip".to_owned()));
}

/// Attaching a card to a customer asks its issuer.
#[test]
fn declined_card_is_not_attached() {
    for (number, code, param) in [
        ("4000000000000002", "card_declined", ""),
        ("4000000000000101", "incorrect_cvc", "cvc"),
        ("4000000000000036", "incorrect_zip", "address_zip"),
        ("4000000000000069", "expired_card", "exp_month"),
        ("4000000000000341", "", ""),
    ] {
        let sandbox = Sandbox::new(1);
        let form = format!(
            "type=card&card[number]={number}&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123\
             &billing_details[address][postal_code]=12345"
        );
        let method = made(&sandbox, "", METHODS, &form);
        let form = format!("payment_method={}", method.text("id"));
        if code.is_empty() {
            let customer = made(&sandbox, "", "/v1/customers", &form);
            let method = read(&sandbox, "", &format!("{METHODS}/{}", method.text("id")));
            assert_eq!(method.text("customer"), customer.text("id"));
            assert_eq!(method.text("card.checks.cvc_check"), "pass", "attaching checks the card");
            continue;
        }
        let error = refused(&sandbox, "", "/v1/customers", &form, 402);
        assert_eq!((error.text("code"), error.at("param")), (code, Some(&Json::from(param))), "{number}");
    }
}

#[test]
fn payment_methods_of_all_types_are_described() {
    let sandbox = Sandbox::new(1);
    for (form, kind, member, value) in [
        ("type=alipay", "alipay", "", ""),
        ("type=sofort&sofort[country]=DE", "sofort", "country", "DE"),
        ("type=p24&p24[bank]=ing&billing_details[email]=a@x.test", "p24", "bank", "ing"),
        ("type=acss_debit&acss_debit[account_number]=000123456789", "acss_debit", "last4", "6789"),
        ("type=sepa_debit&sepa_debit[iban]=DK5000400440116243", "sepa_debit", "bank_code", "0040"),
        ("type=sepa_debit&sepa_debit[iban]=GB82WEST12345698765432", "sepa_debit", "branch_code", "123456"),
    ] {
        let method = made(&sandbox, "", METHODS, form);
        assert_eq!(method.text("type"), kind);
        assert!(method.get(kind).is_some_and(Json::is_object), "{form}");
        assert!(member.is_empty() || method.text(&format!("{kind}.{member}")) == value, "{method}");
        assert!(!method.to_string().contains("000123456789"));
        if matches!(kind, "alipay" | "sofort") {
            let form = paid_by(method.text("id"), &format!("&payment_method_types[]={kind}"));
            let error = refused(&sandbox, "", "/v1/payment_intents", &form, 501);
            assert_eq!(error.text("code"), "not_implemented_in_sandbox");
        }
    }
}

/// Without a customer a payment method is used once: by a payment, declined or not, or by a copy.
#[test]
fn payment_method_without_customer_is_used_once() {
    for (number, status) in [("4242424242424242", 200), ("4000000000000002", 402)] {
        let sandbox = Sandbox::new(1);
        let form = format!("type=card&card[number]={number}&card[exp_month]=12&card[exp_year]=2034");
        let method = made(&sandbox, "", METHODS, &form);
        let form = paid_by(method.text("id"), "");
        assert_eq!(crate::support::post(&sandbox, "", "/v1/payment_intents", &form).status, status);
        let error = refused(&sandbox, "", "/v1/payment_intents", &form, 400);
        assert_eq!((error.at("code"), error.at("param")), (None, None), "{number}");
    }
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let copy = |method: &str| format!("payment_method={method}");
    let method = made(&sandbox, "", METHODS, "type=card&card[token]=tok_visa");
    assert_eq!(made(&sandbox, &account, METHODS, &copy(method.text("id"))).text("card.last4"), "4242");
    refused(&sandbox, &account, METHODS, &copy(method.text("id")), 400);
    let kept = made(&sandbox, "", METHODS, "type=card&card[token]=tok_visa");
    let customer = made(&sandbox, "", "/v1/customers", &copy(kept.text("id")));
    let form = format!("{}&customer={}", copy(kept.text("id")), customer.text("id"));
    for _ in 0..2 {
        let copied = made(&sandbox, &account, METHODS, &form);
        assert_eq!(copied.at("customer"), None, "the copy has no customer");
    }
    refused(&sandbox, &account, METHODS, &format!("{}&customer=cus_none", copy(kept.text("id"))), 400);
    let other = made(&sandbox, "", "/v1/customers", "name=Other");
    let form = format!("{}&customer={}", copy(kept.text("id")), other.text("id"));
    assert_eq!(refused(&sandbox, &account, METHODS, &form, 400).text("param"), "payment_method");
}

/// Empty texts are no values, and parts of a customer are shown on request.
#[test]
fn optional_texts_of_customers_and_payments_can_be_empty() {
    let sandbox = Sandbox::new(1);
    for (path, form, members) in [
        ("/v1/customers", "description=&name=&email=&phone=&address[line2]=", "description name email phone"),
        (
            "/v1/customers",
            "shipping[name]=A&shipping[address][line1]=B&shipping[address][line2]=",
            "shipping.address.line2",
        ),
        (
            "/v1/payment_intents",
            "amount=500&currency=usd&description=&receipt_email=",
            "description receipt_email",
        ),
        ("/v1/setup_intents", "description=", "description"),
        (
            METHODS,
            "type=card&card[token]=tok_visa&billing_details[address][line2]=&billing_details[name]=",
            "billing_details.name",
        ),
    ] {
        let object = made(&sandbox, "", path, form);
        for member in members.split(' ') {
            assert_eq!(object.at(member), None, "{path} {member}");
        }
    }
    let customer = made(&sandbox, "", "/v1/customers", "card=tok_visa");
    assert!(customer.at("default_source").is_some(), "`card` is the old name of `source`");
    let expanded = "expand[]=tax&expand[]=invoice_credit_balance&expand[]=sources";
    let shown = made(&sandbox, "", "/v1/customers", expanded);
    for (member, value) in [("tax.provider", "stripe"), ("sources.object", "list")] {
        assert_eq!(shown.text(member), value);
        assert_eq!(customer.at(member), None, "{member} is shown on request only");
    }
    assert!(shown.get("invoice_credit_balance").is_some_and(Json::is_object));
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
    assert!(setup.text("latest_attempt").starts_with("setatt_"));
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
fn setup_intents_are_canceled_until_they_succeed() {
    let sandbox = Sandbox::new(1);
    for form in
        ["", "payment_method=pm_card_visa", "payment_method=pm_card_authenticationRequired&confirm=true"]
    {
        let setup = made(&sandbox, "", "/v1/setup_intents", form);
        let cancel = format!("/v1/setup_intents/{}/cancel", setup.text("id"));
        let canceled = made(&sandbox, "", &cancel, "cancellation_reason=abandoned");
        assert_eq!(
            (canceled.text("status"), canceled.text("cancellation_reason")),
            ("canceled", "abandoned")
        );
        assert!(canceled["next_action"].is_null());
        let error = refused(&sandbox, "", &cancel, "", 400);
        assert_eq!(error.text("code"), "setup_intent_unexpected_state");
        assert_eq!(error.text("setup_intent.status"), "canceled");
    }
    let done = made(&sandbox, "", "/v1/setup_intents", "payment_method=pm_card_visa&confirm=true");
    let cancel = format!("/v1/setup_intents/{}/cancel", done.text("id"));
    assert_eq!(refused(&sandbox, "", &cancel, "", 400).text("code"), "setup_intent_unexpected_state");
    assert_eq!(sandbox.event_types().iter().filter(|kind| *kind == "setup_intent.canceled").count(), 3);
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
