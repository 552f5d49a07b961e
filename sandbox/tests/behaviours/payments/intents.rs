use super::{charge_of, held, made, paid_by, pay, read, refused, since, with_fees};
use crate::support::{get, post};
use std::time::Duration;
use stripe_sandbox::{Json, Options, Peek, Policy, Sandbox, rules};

const INTENTS: &str = "/v1/payment_intents";
const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn confirmed_card_pays_and_the_money_is_pending_for_its_days() {
    let sandbox = Sandbox::new(1);
    let before = sandbox.event_types().len();
    let intent = pay(&sandbox, "", "pm_card_visa", "&metadata[order]=7&description=Book");
    assert_eq!((intent.text("status"), intent.int("amount_received")), ("succeeded", 1000));
    assert_eq!(intent.text("capture_method"), "automatic_async");
    assert!(intent.text("client_secret").starts_with(&format!("{}_secret_", intent.text("id"))));
    assert!(intent.text("payment_method").starts_with("pm_1"));
    assert_eq!(
        since(&sandbox, before),
        ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"]
    );
    let charge = charge_of(&sandbox, "", &intent);
    assert!(charge.text("id").starts_with("ch_") && charge.flag("captured") && charge.flag("paid"));
    assert_eq!((charge.text("description"), charge.text("metadata.order")), ("Book", "7"));
    assert_eq!(charge.text("payment_method_details.card.last4"), "4242");
    assert_eq!(charge.at("refunds"), None, "shown only when it is expanded");
    let line =
        read(&sandbox, "", &format!("/v1/balance_transactions/{}", charge.text("balance_transaction")));
    assert_eq!((line.text("type"), line.int("amount"), line.text("status")), ("charge", 1000, "pending"));
    assert_eq!(line.text("source"), charge.text("id"));
    assert_eq!(held(&sandbox, ""), (1000, 0));
    sandbox.advance(2 * DAY);
    assert_eq!(held(&sandbox, ""), (0, 1000));
}

/// Missing objects in paths are named as Stripe names them.
#[test]
fn missing_payment_objects_have_the_parameter_of_their_path() {
    let sandbox = Sandbox::new(1);
    for (path, param) in [
        ("/v1/charges/ch_none", "id"),
        ("/v1/customers/cus_none", "id"),
        ("/v1/disputes/du_none", "dispute"),
        ("/v1/payment_intents/pi_none", "intent"),
        ("/v1/payment_methods/pm_none", "payment_method"),
        ("/v1/refunds/re_none", "refund"),
        ("/v1/setup_intents/seti_none", "intent"),
    ] {
        let reply = get(&sandbox, "", path);
        assert_eq!((reply.status, reply.json().text("error.param")), (404, param), "{path}");
    }
    let error = refused(&sandbox, "", "/v1/refunds", "charge=ch_none", 404);
    assert_eq!((error.text("code"), error.text("param")), ("resource_missing", "id"));
    let error = refused(&sandbox, "", INTENTS, "amount=500&currency=usd&customer=cus_none", 400);
    assert_eq!(error.text("param"), "customer");
}

#[test]
fn platform_is_the_application_of_payments_in_connected_accounts() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    for (who, acts) in [("", false), (account.as_str(), true)] {
        let intent = pay(&sandbox, who, "pm_card_visa", "");
        let charge = charge_of(&sandbox, who, &intent);
        let setup = made(&sandbox, who, "/v1/setup_intents", "");
        for object in [&intent, &charge, &setup] {
            assert_eq!(object.text("application").starts_with("ca_"), acts, "{object}");
        }
        let configuration = intent.at("payment_method_configuration_details").unwrap();
        assert!(configuration.text("id").starts_with("pmc_"));
        assert_eq!(configuration.at("parent").is_some(), acts);
        let listed = pay(&sandbox, who, "pm_card_visa", "&payment_method_types[]=card");
        assert_eq!(listed.at("payment_method_configuration_details"), None);
    }
}

/// A card that can authenticate its holder does so if the request asks for it.
#[test]
fn authentication_can_be_requested() {
    for (request, paid, set_up) in [
        ("automatic", "succeeded", "succeeded"),
        ("any", "requires_action", "requires_action"),
        ("challenge", "requires_action", "requires_action"),
    ] {
        let sandbox = Sandbox::new(1);
        let option = format!("payment_method_options[card][request_three_d_secure]={request}");
        let intent = pay(&sandbox, "", "pm_card_threeDSecureOptional", &format!("&{option}"));
        assert_eq!(intent.text("status"), paid, "{request}");
        let form = format!("payment_method=pm_card_threeDSecureOptional&confirm=true&{option}");
        assert_eq!(made(&sandbox, "", "/v1/setup_intents", &form).text("status"), set_up, "{request}");
        let other = pay(&sandbox, "", "pm_card_visa", &format!("&{option}"));
        assert_eq!(other.text("status"), "succeeded", "other cards are not challenged");
    }
    let sandbox = Sandbox::new(1);
    let form = "amount=500&currency=usd&source=tok_threeDSecureOptional";
    assert_eq!(made(&sandbox, "", "/v1/charges", form).text("status"), "succeeded");
}

#[test]
fn options_of_payment_methods_are_typed() {
    let sandbox = Sandbox::new(1);
    let mandate = "payment_method_options[card][mandate_options]";
    let form = format!(
        "payment_method_types[]=card&{mandate}[amount]=1000&{mandate}[supported_types][0]=india\
         &{mandate}[reference]=7"
    );
    for (path, more) in [(INTENTS, "&amount=500&currency=usd"), ("/v1/setup_intents", "")] {
        let intent = made(&sandbox, "", path, &format!("{form}{more}"));
        let shown = intent.at("payment_method_options.card.mandate_options").unwrap();
        assert_eq!((shown.int("amount"), shown.text("reference")), (1000, "7"));
        assert_eq!(shown.items("supported_types"), ["india"]);
        assert!(shown.get("end_date").is_some_and(Json::is_null));
    }
}

#[test]
fn balance_transaction_comes_after_the_reply_unless_capture_is_automatic() {
    for (capture, comes_later) in [("", true), ("&capture_method=automatic", false)] {
        let sandbox = Sandbox::new(1);
        let form = paid_by("pm_card_visa", &format!("{capture}&expand[]=latest_charge"));
        let reply = made(&sandbox, "", INTENTS, &form);
        assert_eq!(reply.at("latest_charge.balance_transaction").is_none(), comes_later, "{capture}");
        let kept = read(&sandbox, "", &format!("/v1/charges/{}", reply.text("latest_charge.id")));
        assert!(kept.at("balance_transaction").is_some());
        let updates = sandbox.event_types().iter().filter(|kind| *kind == "charge.updated").count();
        assert_eq!(updates, usize::from(comes_later), "{capture}");
    }
    let sandbox = Sandbox::new(1);
    sandbox.policy(&rules::CHARGE_CAPTURE, Policy::Manual);
    let intent = pay(&sandbox, "", "pm_card_visa", "");
    assert_eq!(
        (held(&sandbox, ""), charge_of(&sandbox, "", &intent).at("balance_transaction")),
        ((0, 0), None)
    );
    sandbox.trigger(&rules::CHARGE_CAPTURE, intent.text("latest_charge")).unwrap();
    assert_eq!(held(&sandbox, ""), (1000, 0));
    assert!(
        sandbox.trigger(&rules::CHARGE_CAPTURE, intent.text("latest_charge")).is_err(),
        "it is booked once"
    );
}

#[test]
fn test_cards_are_declined_with_their_codes() {
    let sandbox = Sandbox::new(1);
    for (method, code, decline) in [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
    ] {
        let before = sandbox.event_types().len();
        let error = refused(&sandbox, "", INTENTS, &paid_by(method, ""), 402);
        assert_eq!((error.text("type"), error.text("code")), ("card_error", code), "{method}");
        assert_eq!(error.text("decline_code"), decline, "{method}");
        let intent = error.at("payment_intent").unwrap();
        assert_eq!(intent.text("status"), "requires_payment_method", "{method}");
        assert_eq!((intent.text("last_payment_error.code"), intent.at("payment_method")), (code, None));
        let kept = read(&sandbox, "", &format!("{INTENTS}/{}", intent.text("id")));
        assert_eq!(&kept, intent, "the attempt stays although it was refused");
        let charge = read(&sandbox, "", &format!("/v1/charges/{}", error.text("charge")));
        assert_eq!((charge.text("status"), charge.text("failure_code")), ("failed", code), "{method}");
        assert!(
            !charge.flag("paid") && !charge.flag("captured") && charge.at("balance_transaction").is_none()
        );
        assert_eq!(
            since(&sandbox, before),
            ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"],
            "{method}"
        );
    }
    assert_eq!(held(&sandbox, ""), (0, 0));
}

#[test]
fn declined_intent_is_paid_with_another_method() {
    let sandbox = Sandbox::new(1);
    let error = refused(&sandbox, "", INTENTS, &paid_by("pm_card_chargeDeclined", ""), 402);
    let path = format!("{INTENTS}/{}/confirm", error.text("payment_intent.id"));
    let paid = made(&sandbox, "", &path, "payment_method=pm_card_mastercard");
    assert_eq!((paid.text("status"), paid.at("last_payment_error")), ("succeeded", None));
    let charges = read(&sandbox, "", &format!("/v1/charges?payment_intent={}", paid.text("id")));
    let statuses: Vec<_> = charges.items("data").iter().map(|charge| charge.text("status")).collect();
    assert_eq!(statuses, ["succeeded", "failed"]);
}

#[test]
fn bypass_pending_is_available_at_once() {
    let sandbox = Sandbox::new(1);
    for method in ["pm_card_bypassPending", "pm_card_bypassPendingInternational"] {
        pay(&sandbox, "", method, "");
    }
    assert_eq!(held(&sandbox, ""), (0, 2000));
    assert!(sandbox.event_types().contains(&"balance.available".to_owned()));
}

#[test]
fn manual_capture_holds_and_takes_a_part() {
    let sandbox = Sandbox::new(1);
    let before = sandbox.event_types().len();
    let held_intent = pay(&sandbox, "", "pm_card_visa", "&capture_method=manual");
    assert_eq!(held_intent.text("status"), "requires_capture");
    assert_eq!((held_intent.int("amount_capturable"), held_intent.int("amount_received")), (1000, 0));
    assert_eq!(held(&sandbox, ""), (0, 0));
    let path = format!("{INTENTS}/{}/capture", held_intent.text("id"));
    let error = refused(&sandbox, "", &path, "amount_to_capture=1001", 400);
    assert_eq!(error.text("param"), "amount_to_capture");
    let paid = made(&sandbox, "", &path, "amount_to_capture=400");
    assert_eq!((paid.text("status"), paid.int("amount_received")), ("succeeded", 400));
    assert_eq!(paid.int("amount_capturable"), 0);
    let charge = charge_of(&sandbox, "", &paid);
    assert_eq!(
        (charge.int("amount"), charge.int("amount_captured"), charge.int("amount_refunded")),
        (1000, 400, 600)
    );
    assert_eq!(held(&sandbox, ""), (400, 0));
    let error = refused(&sandbox, "", &path, "", 400);
    assert_eq!(error.text("code"), "payment_intent_unexpected_state");
    assert_eq!(error.text("payment_intent.id"), paid.text("id"));
    assert_eq!(
        since(&sandbox, before),
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.amount_capturable_updated",
            "charge.captured",
            "payment_intent.succeeded"
        ]
    );
}

#[test]
fn held_payment_is_canceled_or_expires_after_seven_days() {
    let sandbox = Sandbox::new(1);
    let first = pay(&sandbox, "", "pm_card_visa", "&capture_method=manual");
    let second = pay(&sandbox, "", "pm_card_visa", "&capture_method=manual");
    let before = sandbox.event_types().len();
    let path = format!("{INTENTS}/{}/cancel", first.text("id"));
    let canceled = made(&sandbox, "", &path, "cancellation_reason=duplicate");
    assert_eq!((canceled.text("status"), canceled.text("cancellation_reason")), ("canceled", "duplicate"));
    assert!(charge_of(&sandbox, "", &first).flag("refunded"));
    assert_eq!(since(&sandbox, before), ["charge.refunded", "payment_intent.canceled"]);
    assert_eq!(refused(&sandbox, "", &path, "", 400).text("code"), "payment_intent_unexpected_state");
    let before = sandbox.event_types().len();
    sandbox.advance(7 * DAY);
    let expired = read(&sandbox, "", &format!("{INTENTS}/{}", second.text("id")));
    assert_eq!((expired.text("status"), expired.text("cancellation_reason")), ("canceled", "automatic"));
    assert_eq!(since(&sandbox, before), ["charge.expired", "payment_intent.canceled"]);
    assert_eq!(held(&sandbox, ""), (0, 0));
}

#[test]
fn authentication_is_asked_for_and_completed_by_the_customer() {
    for (method, off_session, expected) in [
        ("pm_card_authenticationRequired", false, "requires_action"),
        ("pm_card_authenticationRequiredOnSetup", false, "requires_action"),
        ("pm_card_authenticationRequiredSetupForOffSession", false, "requires_action"),
        ("pm_card_authenticationRequiredSetupForOffSession", true, "succeeded"),
        ("pm_card_threeDSecure2Required", false, "requires_action"),
        ("pm_card_threeDSecureOptional", false, "succeeded"),
    ] {
        let sandbox = Sandbox::new(1);
        let more = if off_session { "&off_session=true" } else { "&return_url=https://shop.test/back" };
        let intent = pay(&sandbox, "", method, more);
        assert_eq!(intent.text("status"), expected, "{method}");
        if expected == "succeeded" {
            continue;
        }
        assert_eq!(intent.text("next_action.redirect_to_url.return_url"), "https://shop.test/back");
        assert_eq!(held(&sandbox, ""), (0, 0));
        sandbox.payments().authenticate(intent.text("id")).unwrap();
        let paid = read(&sandbox, "", &format!("{INTENTS}/{}", intent.text("id")));
        assert_eq!((paid.text("status"), paid.at("next_action")), ("succeeded", None), "{method}");
        assert_eq!(held(&sandbox, ""), (1000, 0));
        assert!(sandbox.payments().authenticate(intent.text("id")).is_err());
    }
}

#[test]
fn authentication_can_fail_or_be_impossible() {
    let sandbox = Sandbox::new(1);
    for more in ["&off_session=true", "&error_on_requires_action=true"] {
        let error = refused(&sandbox, "", INTENTS, &paid_by("pm_card_authenticationRequired", more), 402);
        assert_eq!(error.text("code"), "authentication_required", "{more}");
    }
    let intent = pay(&sandbox, "", "pm_card_authenticationRequired", "");
    sandbox.payments().fail_authentication(intent.text("id")).unwrap();
    let failed = read(&sandbox, "", &format!("{INTENTS}/{}", intent.text("id")));
    assert_eq!(failed.text("last_payment_error.code"), "payment_intent_authentication_failure");
    assert_eq!(failed.text("status"), "requires_payment_method");
    let method = "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds";
    let intent = pay(&sandbox, "", method, "");
    sandbox.payments().authenticate(intent.text("id")).unwrap();
    let failed = read(&sandbox, "", &format!("{INTENTS}/{}", intent.text("id")));
    assert_eq!(failed.text("last_payment_error.decline_code"), "insufficient_funds");
}

#[test]
fn manual_confirmation_continues_after_authentication() {
    let sandbox = Sandbox::new(1);
    let intent = pay(&sandbox, "", "pm_card_authenticationRequired", "&confirmation_method=manual");
    sandbox.payments().authenticate(intent.text("id")).unwrap();
    let path = format!("{INTENTS}/{}", intent.text("id"));
    assert_eq!(read(&sandbox, "", &path).text("status"), "requires_confirmation");
    assert_eq!(made(&sandbox, "", &format!("{path}/confirm"), "").text("status"), "succeeded");
}

#[test]
fn bank_debit_is_processing_for_four_business_days() {
    for (method, ends, code) in [
        ("pm_usBankAccount_success", "succeeded", ""),
        ("pm_usBankAccount_accountClosed", "requires_payment_method", "account_closed"),
        ("pm_usBankAccount_noAccount", "requires_payment_method", "no_account"),
        ("pm_usBankAccount_insufficientFunds", "requires_payment_method", "insufficient_funds"),
        ("pm_usBankAccount_debitNotAuthorized", "requires_payment_method", "debit_not_authorized"),
        ("pm_usBankAccount_processing", "processing", ""),
    ] {
        let sandbox = Sandbox::new(1);
        let before = sandbox.event_types().len();
        let intent = pay(&sandbox, "", method, "&payment_method_types[]=us_bank_account");
        assert_eq!(intent.text("status"), "processing", "{method}");
        let charge = charge_of(&sandbox, "", &intent);
        assert!(charge.text("id").starts_with("py_") && charge.text("status") == "pending", "{charge}");
        assert_eq!(since(&sandbox, before)[1..], ["charge.pending", "payment_intent.processing"]);
        sandbox.advance(4 * DAY - Duration::from_secs(1));
        assert_eq!(charge_of(&sandbox, "", &intent).text("status"), "pending");
        sandbox.advance(Duration::from_secs(1));
        let now = read(&sandbox, "", &format!("{INTENTS}/{}", intent.text("id")));
        assert_eq!((now.text("status"), now.text("last_payment_error.code")), (ends, code), "{method}");
        let charge = charge_of(&sandbox, "", &intent);
        assert_eq!(charge.text("failure_code"), code, "{method}");
        // Money from test bank accounts is available on arrival.
        assert_eq!(held(&sandbox, ""), if ends == "succeeded" { (0, 1000) } else { (0, 0) }, "{method}");
    }
}

#[test]
fn bank_account_of_numbers_has_to_be_verified() {
    let sandbox = Sandbox::new(1);
    let method = "payment_method_data[type]=us_bank_account&payment_method_data[us_bank_account][account_number]=000123456789\
        &payment_method_data[us_bank_account][routing_number]=110000000\
        &payment_method_data[us_bank_account][account_holder_type]=individual";
    let form =
        format!("amount=1000&currency=usd&confirm=true&payment_method_types[]=us_bank_account&{method}");
    let intent = made(&sandbox, "", INTENTS, &form);
    assert_eq!(intent.text("next_action.type"), "verify_with_microdeposits");
    sandbox.payments().authenticate(intent.text("id")).unwrap();
    let now = read(&sandbox, "", &format!("{INTENTS}/{}", intent.text("id")));
    assert_eq!(now.text("status"), "processing");
    sandbox.payments().finish_debit(intent.text("id")).unwrap();
    assert_eq!(held(&sandbox, ""), (0, 1000));
}

#[test]
fn ibans_are_debited_in_euros() {
    let sandbox = Sandbox::new(1);
    for (iban, ends) in
        [("DE89370400440532013000", "succeeded"), ("DE62370400440532013001", "requires_payment_method")]
    {
        let form = format!(
            "type=sepa_debit&sepa_debit[iban]={iban}&billing_details[name]=Jenny&billing_details[email]=j@x.test"
        );
        let method = made(&sandbox, "", "/v1/payment_methods", &form);
        let form = format!(
            "amount=1000&currency=eur&confirm=true&payment_method_types[]=sepa_debit&payment_method={}\
             &mandate_data[customer_acceptance][type]=offline",
            method.text("id")
        );
        let intent = made(&sandbox, "", INTENTS, &form);
        assert_eq!(intent.text("status"), "processing");
        sandbox.payments().finish_debit(intent.text("id")).unwrap();
        let now = read(&sandbox, "", &format!("{INTENTS}/{}", intent.text("id")));
        assert_eq!(now.text("status"), ends, "{iban}");
    }
}

#[test]
fn amounts_methods_and_parameters_are_checked() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    for (form, code, param) in [
        ("amount=0&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=49&currency=usd", "amount_too_small", "amount"),
        ("amount=29&currency=gbp", "amount_too_small", "amount"),
        ("amount=100000000&currency=usd", "amount_too_large", "amount"),
        ("amount=1000&currency=usd&application_fee_amount=10", "", "application_fee_amount"),
        (
            "amount=1000&currency=usd&transfer_data[destination]=acct_none",
            "resource_missing",
            "transfer_data[destination]",
        ),
        ("amount=1000&currency=usd&customer=cus_none", "resource_missing", "customer"),
        ("amount=1000&currency=usd&payment_method=pm_none", "resource_missing", "payment_method"),
        ("amount=1000&currency=usd&payment_method=pm_card_nothing", "resource_missing", "payment_method"),
        ("amount=1000&currency=usd&on_behalf_of=acct_none", "resource_missing", "on_behalf_of"),
        ("amount=1000&currency=usd&return_url=https://x.test", "", "return_url"),
        ("amount=1000&currency=usd&off_session=true", "", "off_session"),
        (
            "amount=1000&currency=usd&payment_method_types[]=us_bank_account&payment_method=pm_card_visa",
            "payment_intent_invalid_parameter",
            "payment_method",
        ),
        ("amount=1000&currency=usd&confirm=true", "payment_intent_unexpected_state", "payment_method"),
    ] {
        let error = refused(&sandbox, "", INTENTS, form, 400);
        assert_eq!((error.text("code"), error.text("param")), (code, param), "{form}");
    }
    let more = format!("amount=1000&currency=usd&transfer_data[destination]={account}");
    for (extra, param) in [
        ("&application_fee_amount=1001", "application_fee_amount"),
        ("&application_fee_amount=1&transfer_data[amount]=1", "application_fee_amount"),
        ("&transfer_data[amount]=1001", "transfer_data[amount]"),
    ] {
        let error = refused(&sandbox, "", INTENTS, &format!("{more}{extra}"), 400);
        assert_eq!(error.text("param"), param, "{extra}");
    }
    assert_eq!(read(&sandbox, "", INTENTS).items("data").len(), 0, "refused requests leave nothing");
}

#[test]
fn intent_is_changed_until_it_is_paid() {
    let sandbox = Sandbox::new(1);
    let made_first = made(&sandbox, "", INTENTS, "amount=1000&currency=usd&off_session=false");
    assert_eq!(made_first.text("status"), "requires_payment_method");
    assert!(made_first.flag("automatic_payment_methods.enabled"));
    let path = format!("{INTENTS}/{}", made_first.text("id"));
    let changed = made(&sandbox, "", &path, "amount=1200&payment_method=pm_card_visa&metadata[a]=1");
    assert_eq!((changed.int("amount"), changed.text("status")), (1200, "requires_confirmation"));
    let error = refused(&sandbox, "", &path, "amount=3", 400);
    assert_eq!(error.text("code"), "amount_too_small");
    let paid = made(&sandbox, "", &format!("{path}/confirm"), "");
    assert_eq!(paid.int("amount_received"), 1200);
    assert_eq!(made(&sandbox, "", &path, "metadata[b]=2&description=x").text("metadata.b"), "2");
    let error = refused(&sandbox, "", &path, "amount=1300", 400);
    assert_eq!((error.text("code"), error.text("param")), ("payment_intent_unexpected_state", "amount"));
    for step in ["confirm", "cancel", "capture"] {
        let error = refused(&sandbox, "", &format!("{path}/{step}"), "", 400);
        assert_eq!(error.text("payment_intent.status"), "succeeded", "{step}");
    }
}

#[test]
fn intents_are_read_by_id_secret_customer_and_time() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let customer = made(&sandbox, "", "/v1/customers", "email=a@x.test");
    let form = format!("amount=1000&currency=usd&customer={}", customer.text("id"));
    let own = made(&sandbox, "", INTENTS, &form);
    made(&sandbox, "", INTENTS, "amount=1000&currency=usd");
    let path = format!("{INTENTS}/{}", own.text("id"));
    assert_eq!(read(&sandbox, "", &format!("{path}?client_secret={}", own.text("client_secret"))), own);
    assert_eq!(get(&sandbox, "", &format!("{path}?client_secret=x")).status, 400);
    assert_eq!(get(&sandbox, &account, &path).status, 404);
    let listed = read(&sandbox, "", &format!("{INTENTS}?customer={}", customer.text("id")));
    assert_eq!(listed.items("data"), [own]);
    assert_eq!(read(&sandbox, "", INTENTS).items("data").len(), 2);
    assert_eq!(
        get(&sandbox, "", &format!("{INTENTS}/pi_none")).json().text("error.code"),
        "resource_missing"
    );
}

#[test]
fn confirmation_is_repeated_once_by_its_key() {
    let sandbox = Sandbox::new(1);
    let form = paid_by("pm_card_chargeDeclined", "");
    let first = crate::support::post_once(&sandbox, "", INTENTS, &form, "key");
    let again = crate::support::post_once(&sandbox, "", INTENTS, &form, "key");
    assert_eq!((first.status, first.body), (402, again.body));
    assert_eq!(read(&sandbox, "", INTENTS).items("data").len(), 1);
}

#[test]
fn fees_are_taken_if_a_test_sets_them() {
    let sandbox = with_fees();
    let intent = pay(&sandbox, "", "pm_card_visa", "");
    let charge = charge_of(&sandbox, "", &intent);
    let line =
        read(&sandbox, "", &format!("/v1/balance_transactions/{}", charge.text("balance_transaction")));
    assert_eq!((line.int("fee"), line.int("net")), (59, 941));
    assert_eq!((line.text("fee_details.0.type"), line.int("fee_details.0.amount")), ("stripe_fee", 59));
    assert_eq!(held(&sandbox, ""), (941, 0));
}

#[test]
fn return_url_is_required_if_the_option_is_set() {
    let strict = Sandbox::with(1, Options { return_url_is_required: true, ..Options::default() });
    let form = paid_by("pm_card_visa", "");
    assert_eq!(refused(&strict, "", INTENTS, &form, 400).text("param"), "return_url");
    for more in [
        "&return_url=https://x.test",
        "&payment_method_types[]=card",
        "&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never",
    ] {
        assert_eq!(post(&strict, "", INTENTS, &format!("{form}{more}")).status, 200, "{more}");
    }
    assert_eq!(post(&Sandbox::new(1), "", INTENTS, &form).status, 200);
}

#[test]
fn payment_method_without_customer_pays_once() {
    let sandbox = Sandbox::new(1);
    let card = "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123";
    let method = made(&sandbox, "", "/v1/payment_methods", card);
    let pay_again = || post(&sandbox, "", INTENTS, &paid_by(method.text("id"), ""));
    assert_eq!((pay_again().status, pay_again().status), (200, 400));
    let customer = made(&sandbox, "", "/v1/customers", "payment_method=pm_card_visa");
    let methods: Vec<Json> = sandbox.account(sandbox.platform()).objects("payment_method");
    let kept = methods.iter().find(|method| method.text("customer") == customer.text("id")).unwrap();
    let by_customer = paid_by(kept.text("id"), &format!("&customer={}", customer.text("id")));
    for _ in 0..2 {
        assert_eq!(post(&sandbox, "", INTENTS, &by_customer).status, 200);
    }
    assert_eq!(
        post(&sandbox, "", INTENTS, &paid_by(kept.text("id"), "")).status,
        400,
        "it is the customer's"
    );
}
