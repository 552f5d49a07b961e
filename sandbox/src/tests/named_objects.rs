//! Objects that requests name: every operation refuses unknown ids in the same way, and checks currencies and account
//! numbers.

use crate::spec;
use crate::tests::support::{HOLDER, get, post};
use crate::{BalanceKind, CurrencyCode, Json, Peek, Response, Sandbox, days};

const USD: CurrencyCode = CurrencyCode::USD;

fn ok(response: &Response) -> Json {
    assert_eq!(response.status, 200, "{}", response.json());
    response.json()
}

fn refused(response: &Response, code: &str, param: &str) {
    let error = response.json();
    assert_eq!(response.status, 400, "{error}");
    assert_eq!((error.text("error.code"), error.text("error.param")), (code, param), "{error}");
}

/// Filters that are ids of objects.
const IDS: [&str; 12] = [
    "card",
    "cardholder",
    "charge",
    "customer",
    "destination",
    "file",
    "financial_account",
    "payment_intent",
    "payout",
    "personalization_design",
    "received_credit",
    "received_debit",
];

/// Lists of v1 whose path has no placeholder, and that the sandbox has.
fn lists() -> impl Iterator<Item = &'static spec::Operation> {
    let known = |operation: &&spec::Operation| crate::resources::handler(operation.id).is_some();
    spec::operations()
        .filter(|operation| operation.is_list() && operation.placeholders.is_empty() && !operation.is_v2())
        .filter(known)
}

#[test]
fn made_up_ids_in_filters_are_missing_objects() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let mut tried = 0;
    for operation in lists() {
        for (name, _) in operation.query.iter().filter(|(name, _)| IDS.contains(name)) {
            let required: String = operation
                .required_query
                .iter()
                .filter(|other| **other != *name)
                .map(|other| format!("&{other}=x"))
                .collect();
            let path = format!("{}?{name}=made_up_1{required}", operation.path);
            let reply = get(&sandbox, &account, &path);
            // If both ids are unknown, the error names one of them.
            let error = reply.json();
            assert_eq!(
                (reply.status, error.text("error.code")),
                (400, "resource_missing"),
                "{path}: {error}"
            );
            tried += 1;
        }
    }
    assert!(tried > 15, "{tried}");
}

#[test]
fn filters_that_do_not_exist_are_unknown_parameters() {
    let sandbox = Sandbox::new(2);
    let account = sandbox.connect().into_id();
    for operation in lists() {
        let required: String =
            operation.required_query.iter().map(|other| format!("&{other}=made_up")).collect();
        let reply = get(&sandbox, &account, &format!("{}?colour=red{required}", operation.path));
        refused(&reply, "parameter_unknown", "colour");
    }
}

#[test]
fn made_up_customers_and_payment_methods_are_missing() {
    let sandbox = Sandbox::new(3);
    let account = sandbox.connect().into_id();
    let fa = financial_account(&sandbox, &account);
    let outbound = format!("amount=5&currency=usd&financial_account={fa}");
    for (path, form, param) in [
        (
            "/v1/treasury/outbound_payments",
            format!("{outbound}&destination_payment_method=pm_usBankAccount&customer=cus_made_up"),
            "customer",
        ),
        (
            "/v1/treasury/outbound_payments",
            format!("{outbound}&destination_payment_method=pm_made_up"),
            "destination_payment_method",
        ),
        (
            "/v1/treasury/outbound_transfers",
            format!("{outbound}&destination_payment_method=pm_made_up"),
            "destination_payment_method",
        ),
        (
            "/v1/treasury/inbound_transfers",
            format!("{outbound}&origin_payment_method=pm_made_up"),
            "origin_payment_method",
        ),
        ("/v1/topups", "amount=5&currency=usd&payment_method=pm_made_up".to_owned(), "payment_method"),
        ("/v1/topups", "amount=5&currency=usd&source=src_made_up".to_owned(), "source"),
        (
            "/v1/sources",
            "type=ach_debit&currency=usd&token=btok_us_verified&customer=cus_made_up".to_owned(),
            "customer",
        ),
    ] {
        refused(&post(&sandbox, &account, path, &form), "resource_missing", param);
    }
}

/// An open financial account with the features that the tests use.
fn financial_account(sandbox: &Sandbox, account: &str) -> String {
    let form = "supported_currencies[]=usd&features[inbound_transfers][ach][requested]=true\
        &features[outbound_payments][ach][requested]=true&features[outbound_transfers][ach][requested]=true\
        &features[financial_addresses][aba][requested]=true";
    ok(&post(sandbox, account, "/v1/treasury/financial_accounts", form)).text("id").to_owned()
}

#[test]
fn cards_and_top_ups_are_in_the_currency_of_the_country() {
    for (country, own, others) in
        [("US", "usd", ["eur", "gbp"]), ("GB", "gbp", ["usd", "eur"]), ("DE", "eur", ["usd", "gbp"])]
    {
        let sandbox =
            Sandbox::with(4, crate::Options { strict_capabilities: false, ..crate::Options::default() });
        let form = format!("type=custom&country={country}&capabilities[card_issuing][requested]=true");
        let account = ok(&post(&sandbox, "", "/v1/accounts", &form)).text("id").to_owned();
        let holder = format!(
            "{}&phone_number=%2B442079460000",
            HOLDER.replace("country]=US", &format!("country]={country}"))
        )
        .replace("94103", if country == "GB" { "NW1+6XE" } else { "10117" });
        let holder = ok(&post(&sandbox, &account, "/v1/issuing/cardholders", &holder)).text("id").to_owned();
        let card = |currency: &str| {
            let form = format!("type=virtual&currency={currency}&cardholder={holder}");
            post(&sandbox, &account, "/v1/issuing/cards", &form)
        };
        let topup = |currency: &str| {
            post(&sandbox, &account, "/v1/topups", &format!("amount=500&currency={currency}"))
        };
        ok(&card(own));
        ok(&topup(own));
        for other in others {
            refused(&card(other), "", "currency");
            refused(&topup(other), "", "currency");
        }
    }
    let sandbox = Sandbox::new(4);
    let swiss = ok(&post(&sandbox, "", "/v1/accounts", "type=custom&country=CH")).text("id").to_owned();
    let refusal =
        post(&sandbox, "", &format!("/v1/accounts/{swiss}"), "capabilities[card_issuing][requested]=true");
    refused(&refusal, "", "capabilities[card_issuing]");
}

#[test]
fn financial_account_with_a_number_receives_bank_transfers() {
    let sandbox = Sandbox::new(5);
    let account = sandbox.connect().into_id();
    let bare = "supported_currencies[]=usd&features[outbound_payments][ach][requested]=true";
    let bare = ok(&post(&sandbox, &account, "/v1/treasury/financial_accounts", bare)).text("id").to_owned();
    let numbered = financial_account(&sandbox, &account);
    for kind in ["received_credits", "received_debits"] {
        let path = format!("/v1/test_helpers/treasury/{kind}");
        let form = |fa: &str| format!("amount=5&currency=usd&network=ach&financial_account={fa}");
        refused(&post(&sandbox, &account, &path, &form(&bare)), "", "financial_account");
        ok(&post(&sandbox, &account, &path, &form(&numbered)));
    }
}

#[test]
fn a_returned_inbound_transfer_is_linked_to_a_received_debit() {
    for (method, by_hand) in [("pm_usBankAccount_dispute", false), ("pm_usBankAccount", true)] {
        let sandbox = Sandbox::new(6);
        let account = sandbox.connect().into_id();
        let fa = financial_account(&sandbox, &account);
        let form = format!("amount=700&currency=usd&financial_account={fa}&origin_payment_method={method}");
        let transfer = ok(&post(&sandbox, &account, "/v1/treasury/inbound_transfers", &form));
        let id = transfer.text("id").to_owned();
        assert_eq!(transfer.text("status"), "processing");
        sandbox.advance(days(10));
        if by_hand {
            sandbox.inbound_transfers().give_back(&id).unwrap();
        }
        let ended = ok(&get(&sandbox, &account, &format!("/v1/treasury/inbound_transfers/{id}")));
        assert_eq!((ended.text("status"), ended.flag("returned")), ("succeeded", true), "{ended}");
        let debit = ended.text("linked_flows.received_debit").to_owned();
        let debit = ok(&get(&sandbox, &account, &format!("/v1/treasury/received_debits/{debit}")));
        assert_eq!((debit.int("amount"), debit.text("status")), (700, "succeeded"));
        assert_eq!(debit.text("linked_flows.inbound_transfer"), id);
        assert_eq!(sandbox.balance(&account, BalanceKind::Financial(fa.as_str().into()), USD), 0);
        assert!(sandbox.event_types().contains(&"treasury.received_debit.created".to_owned()));
        sandbox.audit().unwrap();
    }
}

#[test]
fn payouts_go_to_the_number_of_a_financial_account() {
    let sandbox = Sandbox::new(7);
    let account = sandbox.connect().into_id();
    let fa = financial_account(&sandbox, &account);
    let path =
        format!("/v1/treasury/financial_accounts/{fa}?expand[]=financial_addresses.aba.account_number");
    let shown = ok(&get(&sandbox, &account, &path));
    let number = shown.text("financial_addresses.0.aba.account_number").to_owned();
    let bank = format!(
        "bank_account[country]=US&bank_account[currency]=usd&bank_account[routing_number]=110000000\
         &bank_account[account_number]={number}"
    );
    let token = ok(&post(&sandbox, "", "/v1/tokens", &bank)).text("id").to_owned();
    let external = format!("external_account={token}");
    ok(&post(&sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), &external));
    let wrong = bank.replace(&number, "987654321098");
    refused(
        &post(&sandbox, "", "/v1/tokens", &wrong),
        "account_number_invalid",
        "bank_account[account_number]",
    );
    sandbox.fund(&account, BalanceKind::Available, USD, 900).unwrap();
    let payout =
        ok(&post(&sandbox, &account, "/v1/payouts", "amount=600&currency=usd")).text("id").to_owned();
    sandbox.advance(days(3));
    assert_eq!(ok(&get(&sandbox, &account, &format!("/v1/payouts/{payout}"))).text("status"), "paid");
    let held = BalanceKind::Financial(fa.as_str().into());
    assert_eq!(sandbox.balance(&account, held.clone(), USD), 600);
    let credits =
        format!("/v1/treasury/received_credits?financial_account={fa}&linked_flows[source_flow_type]=payout");
    let credits = ok(&get(&sandbox, &account, &credits));
    assert_eq!(credits.text("data.0.linked_flows.source_flow"), payout, "{credits}");
    // A closed one refuses the money.
    let out =
        format!("amount=600&currency=usd&financial_account={fa}&destination_payment_method=pm_usBankAccount");
    ok(&post(&sandbox, &account, "/v1/treasury/outbound_payments", &out));
    sandbox.advance(days(3));
    ok(&post(&sandbox, &account, &format!("/v1/treasury/financial_accounts/{fa}/close"), ""));
    let payout =
        ok(&post(&sandbox, &account, "/v1/payouts", "amount=300&currency=usd")).text("id").to_owned();
    sandbox.advance(days(3));
    let failed = ok(&get(&sandbox, &account, &format!("/v1/payouts/{payout}")));
    assert_eq!(
        (failed.text("status"), failed.text("failure_code")),
        ("failed", "account_closed"),
        "{failed}"
    );
    assert_eq!(sandbox.balance(&account, held, USD), 0);
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 300);
    sandbox.audit().unwrap();
}

#[test]
fn cardholder_names_ages_and_types_are_validated() {
    let sandbox = Sandbox::new(8);
    let account = sandbox.connect().into_id();
    let path = "/v1/issuing/cardholders";
    for (more, code, param) in [
        ("&individual[first_name]=%E6%9D%8E", "", "individual[first_name]"),
        ("&individual[last_name]=R0sen", "", "individual[last_name]"),
        (
            "&individual[dob][day]=1&individual[dob][month]=1&individual[dob][year]=2020",
            "",
            "individual[dob]",
        ),
        (
            "&individual[dob][day]=30&individual[dob][month]=2&individual[dob][year]=1990",
            "",
            "individual[dob]",
        ),
        ("&phone_number=call+me", "", "phone_number"),
        ("&email=ada", "email_invalid", "email"),
        ("&billing[address][postal_code]=not-a-zip", "postal_code_invalid", "billing[address][postal_code]"),
        ("&billing[address][state]=Bavaria", "", "billing[address][state]"),
        (
            "&individual[card_issuing][user_terms_acceptance][ip]=here",
            "",
            "individual[card_issuing][user_terms_acceptance][ip]",
        ),
        (
            "&individual[card_issuing][user_terms_acceptance][date]=4102444800",
            "",
            "individual[card_issuing][user_terms_acceptance][date]",
        ),
        ("&type=company&name=Rosen", "", "name"),
    ] {
        // A duplicate parameter would be refused as a duplicate, so the earlier ones are removed.
        let name = more.trim_start_matches('&').split(['=', '&']).next().unwrap_or_default().to_owned();
        let names: Vec<&str> =
            more.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name).collect();
        let kept: Vec<&str> = HOLDER
            .split('&')
            .filter(|pair| !names.iter().any(|name| pair.trim_start().starts_with(&format!("{name}="))))
            .collect();
        let form = format!("{}{more}", kept.join("&"));
        let reply = post(&sandbox, &account, path, &form);
        assert_eq!(reply.status, 400, "{name}: {}", reply.json());
        refused(&reply, code, param);
    }
    let form = format!("{HOLDER}&phone_number=%28415%29+555-2671");
    let holder = ok(&post(&sandbox, &account, path, &form));
    assert_eq!(holder.text("phone_number"), "+14155552671");
}
