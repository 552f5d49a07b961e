//! Operations around accounts: files, tokens, external accounts, fees, settings, notices, sessions.

use crate::dice::Dice;
use crate::support::{get, post, request};
use http::Method;
use serde_json::json;
use std::time::Duration;
use stripe_platform::Currency;
use stripe_sandbox::{BalanceKind, Ending, Json, Peek, Request, Response, Sandbox};

const USD: Currency = Currency::USD;

fn ok(response: &Response) -> Json {
    assert_eq!(response.status, 200, "{}", response.json());
    response.json()
}

fn refused(response: &Response, param: &str) {
    assert_eq!((response.status, response.json().text("error.param")), (400, param), "{}", response.json());
}

/// The start of a PNG file.
const PNG: &[u8] = b"\x89PNG";

fn upload(sandbox: &Sandbox, purpose: &str, more: &str) -> Response {
    // PNG starts with bytes that are not UTF-8; the other parts of this body are text.
    let text = format!(
        "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n{purpose}\r\n{more}--b\r\nContent-Disposition: \
         form-data; name=\"file\"; filename=\"id.png\"\r\n\r\n"
    );
    let body = [text.as_bytes(), PNG, b"\r\n--b--\r\n"].concat();
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    sandbox.handle(&Request { body: body.into(), ..request(Method::POST, "/v1/files", "", "", &headers) })
}

fn page(sandbox: &Sandbox, url: &str) -> Response {
    let path = url.strip_prefix("http://sandbox.localhost").unwrap().to_owned();
    sandbox.handle(&Request { method: Method::GET, path, ..Request::default() })
}

#[test]
fn files_are_stored_and_links_expire() {
    let sandbox = Sandbox::new(1);
    let create = "--b\r\nContent-Disposition: form-data; name=\"file_link_data[create]\"\r\n\r\ntrue\r\n";
    let file = ok(&upload(&sandbox, "business_icon", create));
    let id = file.text("id").to_owned();
    assert_eq!((file.int("size"), file.text("type"), file.items("links.data").len()), (4, "png", 1));
    assert_eq!(page(&sandbox, file.text("links.data.0.url")).body, PNG);
    let contents = format!("/v1/files/{id}/contents");
    assert!(file.text("url").ends_with(&contents));
    assert_eq!(get(&sandbox, "", &contents).body, PNG);
    assert_eq!(get(&sandbox, &sandbox.connect().into_id(), &contents).status, 404);
    let expires = sandbox.now().as_seconds() + 60;
    let link = ok(&post(&sandbox, "", "/v1/file_links", &format!("file={id}&expires_at={expires}")));
    assert_eq!(page(&sandbox, link.text("url")).status, 200);
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(page(&sandbox, link.text("url")).status, 404);
    let path = format!("/v1/file_links/{}", link.text("id"));
    assert!(ok(&get(&sandbox, "", &path)).flag("expired"));
    // The file shows its current links, wherever it is shown.
    let expanded = ok(&get(&sandbox, "", &format!("{path}?expand[]=file")));
    let listed = ok(&get(&sandbox, "", "/v1/files"));
    let alone = ok(&get(&sandbox, "", &format!("/v1/files/{id}")));
    for shown in [&alone, expanded.at("file").unwrap(), listed.at("data.0").unwrap()] {
        assert_eq!(shown.items("links.data").len(), 2);
        assert!(shown.flag("links.data.0.expired") && shown.at("links.data.0.url").is_none(), "{shown}");
        assert!(shown.text("links.data.1.url").contains("/links/"));
    }
    // Identity documents cannot have links.
    let identity = ok(&upload(&sandbox, "identity_document", "")).text("id").to_owned();
    refused(&post(&sandbox, "", "/v1/file_links", &format!("file={identity}")), "file");
    refused(&upload(&sandbox, "identity_document", create), "file_link_data[create]");
    assert_eq!(ok(&get(&sandbox, "", "/v1/files")).items("data").len(), 2, "a rejected file does not exist");
    assert_eq!(ok(&get(&sandbox, "", "/v1/file_links?expired=true")).items("data").len(), 1);
    refused(&post(&sandbox, "", &path, "expires_at=now"), "expires_at");
    assert!(ok(&get(&sandbox, "", "/v1/files?purpose=dispute_evidence")).items("data").is_empty());
    refused(&post(&sandbox, "", "/v1/files", "purpose=identity_document&file=x"), "file");
    // A file can only be used for its purpose.
    let account = sandbox.connect().into_id();
    let path = format!("/v1/accounts/{account}");
    ok(&post(&sandbox, "", &path, &format!("individual[verification][document][front]={identity}")));
    let other = ok(&upload(&sandbox, "business_logo", ""));
    let form = format!("individual[verification][document][front]={}", other.text("id"));
    refused(&post(&sandbox, "", &path, &form), "individual[verification][document][front]");
    // Test values are accepted as documents, but not as pictures.
    let good = "file_identity_document_success";
    ok(&post(&sandbox, "", &path, &format!("individual[verification][document][front]={good}")));
    refused(
        &post(&sandbox, "", &path, &format!("settings[branding][logo]={good}")),
        "settings[branding][logo]",
    );
    let logo = ok(&upload(&sandbox, "issuing_logo", ""));
    assert_eq!(logo.text("purpose"), "issuing_logo");
    refused(&upload(&sandbox, "holiday_picture", ""), "purpose");
    ok(&post(&sandbox, "", &path, &format!("settings[branding][logo]={}", other.text("id"))));
    for param in [
        "company[verification][document][front]",
        "company[verification][document][back]",
        "settings[branding][icon]",
        "settings[branding][logo]",
        "documents[proof_of_registration][files][0]",
        "documents[passport][files][0]",
    ] {
        let path = if param.contains("passport") { format!("{path}/persons") } else { path.clone() };
        let missing = post(&sandbox, "", &path, &format!("{param}=file_nope"));
        assert_eq!((missing.status, missing.json().text("error.param")), (400, param));
        refused(&post(&sandbox, "", &path, &format!("{param}={}", logo.text("id"))), param);
    }
}

#[test]
fn key_covers_file_contents_and_names_are_preserved() {
    let sandbox = Sandbox::new(12);
    let send = |content: &str, key: &str| {
        let body = format!(
            "--b\r\ncontent-disposition: form-data; name=purpose\r\n\r\nbusiness_logo\r\n--b\r\nContent-Disposition: \
             form-data; name=\"file\"; filename=\"a;b\\\"c.png\"\r\n\r\n{content}\r\n--b--\r\n"
        );
        let headers = [("content-type", "Multipart/Form-Data; BOUNDARY=\"b\""), ("idempotency-key", key)];
        sandbox.handle(&request(Method::POST, "/v1/files", &body, "", &headers))
    };
    let first = send("ONE", "k");
    assert_eq!(ok(&first).text("filename"), "a;b\"c.png");
    assert_eq!(send("ONE", "k").body, first.body);
    let other = send("TWO", "k");
    assert_eq!((other.status, other.json().text("error.type")), (400, "idempotency_error"));
    // The same while the first request is delayed before processing.
    sandbox.faults().delay_before(Duration::from_secs(1));
    assert_eq!(send("TWO", "late").wire.delay, Duration::from_secs(1));
    assert_eq!(send("ONE", "late").json().text("error.type"), "idempotency_error");
}

#[test]
fn planned_faults_hit_file_downloads() {
    let sandbox = Sandbox::new(13);
    let file = ok(&upload(&sandbox, "identity_document", ""));
    let contents = format!("/v1/files/{}/contents", file.text("id"));
    sandbox.faults().status(503);
    assert_eq!(get(&sandbox, "", &contents).status, 503);
    assert_eq!(get(&sandbox, "", &contents).body, PNG);
    sandbox.faults().on("GET /v1/files/{file}/contents").truncate(1);
    ok(&get(&sandbox, "", &format!("/v1/files/{}", file.text("id"))));
    let cut = get(&sandbox, "", &contents);
    assert_eq!((cut.status, cut.wire.ending), (200, Ending::Truncated(1)));
    sandbox.faults().on("GET /v1/files/{file}/contents").delay_before(Duration::from_secs(2));
    assert_eq!(get(&sandbox, "", &contents).wire.delay, Duration::from_secs(2));
    sandbox.faults().on("GetFiles").status(500);
    assert_eq!(get(&sandbox, "", &contents).status, 200, "this is another operation");
    assert_eq!(get(&sandbox, "", "/v1/files/file_none/contents").status, 404);
    assert_eq!(post(&sandbox, "", &contents, "").status, 404, "it is read-only");
}

#[test]
fn token_can_be_used_once() {
    let sandbox = Sandbox::new(2);
    let account = ok(&post(&sandbox, "", "/v1/accounts", "type=custom&country=US")).text("id").to_owned();
    let token = |form: &str| ok(&post(&sandbox, "", "/v1/tokens", form)).text("id").to_owned();
    let pii = token("pii[id_number]=222222222");
    let person = token("person[first_name]=Ann&person[last_name]=Lee&person[relationship][owner]=true");
    assert!(pii.starts_with("pii_") && person.starts_with("cpt_"));
    let path = format!("/v1/accounts/{account}/persons");
    let made = ok(&post(&sandbox, "", &path, &format!("person_token={person}&id_number={pii}")));
    assert_eq!((made.text("first_name"), made.flag("id_number_provided")), ("Ann", true));
    refused(&post(&sandbox, "", &path, &format!("person_token={person}")), "person_token");
    let whole = token(
        "account[business_type]=individual&account[individual][first_name]=Bo&account[tos_shown_and_accepted]=true",
    );
    let made = ok(&post(&sandbox, "", "/v1/accounts", &format!("type=custom&account_token={whole}")));
    assert_eq!((made.text("individual.first_name"), made.text("business_type")), ("Bo", "individual"));
    assert!(made.int("tos_acceptance.date") > 0);
    refused(&post(&sandbox, "", "/v1/tokens", ""), "bank_account");
}

#[test]
fn cards_and_banks_are_external_accounts() {
    let sandbox = Sandbox::new(3);
    let account = sandbox.connect().into_id();
    let path = format!("/v1/accounts/{account}/external_accounts");
    let card = "card[number]=4000 0566 5566 5556&card[exp_month]=12&card[exp_year]=34&card[currency]=usd&card[cvc]=123";
    let token = ok(&post(&sandbox, "", "/v1/tokens", card));
    assert_eq!((token.text("card.last4"), token.text("card.funding")), ("5556", "debit"));
    assert!(!token.to_string().contains("4000056655665556"));
    let card = ok(&post(&sandbox, "", &path, &format!("external_account={}", token.text("id"))));
    assert_eq!((card.text("object"), card.flag("default_for_currency")), ("card", true));
    assert_eq!(card.items("available_payout_methods"), ["standard", "instant"]);
    let bank = "external_account[object]=bank_account&external_account[country]=US&external_account[routing_number]=110000000\
        &external_account[account_number]=000123456789&default_for_currency=true";
    let bank = ok(&post(&sandbox, "", &path, bank));
    assert_eq!(bank.items("available_payout_methods"), ["standard", "instant"]);
    let all = ok(&get(&sandbox, "", &path));
    assert_eq!(all.items("data").iter().filter(|one| one.flag("default_for_currency")).count(), 1);
    assert_eq!(ok(&get(&sandbox, "", &format!("{path}?object=card"))).items("data").len(), 1);
    let shown = ok(&get(&sandbox, "", &format!("/v1/accounts/{account}")));
    assert_eq!(shown.items("external_accounts.data").len(), 2);
    let card_path = format!("{path}/{}", card.text("id"));
    let changed = ok(&post(&sandbox, "", &card_path, "exp_month=11&name=Ann&metadata[a]=b"));
    assert_eq!((changed.int("exp_month"), changed.text("name")), (11, "Ann"));
    let gone = ok(&sandbox.handle(&request(Method::DELETE, &card_path, "", "", &[])));
    assert_eq!((gone.text("object"), gone.flag("deleted")), ("card", true));
    let last = sandbox.handle(&request(Method::DELETE, &format!("{path}/{}", bank.text("id")), "", "", &[]));
    assert_eq!(last.status, 400, "it is the account's default currency");
    let credit = "card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034";
    let credit = ok(&post(&sandbox, "", "/v1/tokens", credit)).text("id").to_owned();
    refused(&post(&sandbox, "", &path, &format!("external_account={credit}")), "external_account");
    let wrong = post(
        &sandbox,
        "",
        "/v1/tokens",
        "card[number]=4242424242424241&card[exp_month]=12&card[exp_year]=34",
    );
    assert_eq!((wrong.status, wrong.json().text("error.code")), (402, "incorrect_number"));
}

#[test]
fn application_fees_can_be_refunded() {
    let sandbox = Sandbox::new(4);
    let account = sandbox.connect().into_id();
    let fee = sandbox.accounts().charge(&account, 1000, 100, USD).unwrap();
    let held = |kind: BalanceKind| {
        (sandbox.balance(&account, kind.clone(), USD), sandbox.balance(sandbox.platform(), kind, USD))
    };
    assert_eq!((held(BalanceKind::Pending), held(BalanceKind::Available)), ((900, 100), (0, 0)));
    let path = format!("/v1/application_fees/{fee}/refunds");
    let early = ok(&post(&sandbox, "", &path, "amount=10"));
    assert_eq!((held(BalanceKind::Pending), held(BalanceKind::Available)), ((910, 90), (0, 0)));
    sandbox.advance(Duration::from_secs(2 * 86_400));
    assert_eq!((held(BalanceKind::Pending), held(BalanceKind::Available)), ((0, 0), (910, 90)));
    refused(&post(&sandbox, "", &path, "amount=91"), "amount");
    for (amount, code) in [("0", "parameter_invalid_integer"), ("91", "amount_too_large")] {
        let reply = post(&sandbox, "", &path, &format!("amount={amount}"));
        assert_eq!((reply.status, reply.json().text("error.code")), (400, code));
    }
    let first = ok(&post(&sandbox, "", &path, "amount=40&metadata[a]=b"));
    ok(&post(&sandbox, "", &path, ""));
    refused(&post(&sandbox, "", &path, ""), "amount");
    let whole = ok(&get(&sandbox, "", &format!("/v1/application_fees/{fee}?expand[]=balance_transaction")));
    assert_eq!((whole.int("amount_refunded"), whole.flag("refunded")), (100, true));
    assert_eq!(whole.int("balance_transaction.net"), 100);
    assert_eq!(ok(&get(&sandbox, "", &path)).items("data").len(), 3);
    assert_eq!(whole.text("refunds.data.2.id"), early.text("id"));
    let one = format!("{path}/{}", first.text("id"));
    assert_eq!(ok(&post(&sandbox, "", &one, "metadata[a]=c")).text("metadata.a"), "c");
    assert_eq!(
        get(&sandbox, "", &format!("/v1/application_fees/fee_x/refunds/{}", first.text("id"))).status,
        404
    );
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 1000);
    assert_eq!(get(&sandbox, &account, &format!("/v1/application_fees/{fee}")).status, 404);
    sandbox.audit().unwrap();
}

/// The sum of the balance transactions that belong to a payout, without the payout itself.
fn paid_out(sandbox: &Sandbox, account: &str, payout: &Json) -> i64 {
    let path = format!("/v1/balance_transactions?limit=100&payout={}", payout.text("id"));
    let lines = ok(&get(sandbox, account, &path));
    let others = lines.items("data").iter().filter(|line| line.text("type") != "payout");
    others.map(|line| line.int("net")).sum()
}

#[test]
fn refund_of_a_pending_payment_is_pending() {
    let sandbox = Sandbox::new(15);
    let account = sandbox.connect().into_id();
    let form = "external_account=btok_us_verified";
    ok(&post(&sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), form));
    let daily = "payments[payouts][schedule][interval]=daily";
    ok(&post(&sandbox, &account, "/v1/balance_settings", daily));
    let fee = sandbox.accounts().charge(&account, 1000, 100, USD).unwrap();
    sandbox.fund(&account, BalanceKind::Available, USD, 500).unwrap();
    let refund = ok(&post(
        &sandbox,
        "",
        &format!("/v1/application_fees/{fee}/refunds?expand[]=balance_transaction"),
        "amount=60",
    ));
    assert_eq!(refund.text("balance_transaction.status"), "pending", "{refund}");
    let charge = ok(&get(&sandbox, "", &format!("/v1/application_fees/{fee}"))).id_at("charge").to_owned();
    sandbox.payments().refund(&charge, 200).unwrap();
    let held = |kind| sandbox.balance(&account, kind, USD);
    assert_eq!((held(BalanceKind::Pending), held(BalanceKind::Available)), (760, 500));
    sandbox.advance(Duration::from_secs(5 * 86_400));
    let payouts = ok(&get(&sandbox, &account, "/v1/payouts"));
    let each = payouts.items("data");
    let amounts: Vec<_> = each.iter().map(|payout| payout.int("amount")).collect();
    assert_eq!(amounts, [760, 500], "{payouts}");
    let told: Vec<_> = each.iter().map(|payout| paid_out(&sandbox, &account, payout)).collect();
    assert_eq!(told, amounts);
    sandbox.audit().unwrap();
}

#[test]
fn early_settlement_includes_refunds() {
    let sandbox = Sandbox::new(16);
    let account = sandbox.connect().into_id();
    let fee = sandbox.accounts().charge(&account, 1000, 100, USD).unwrap();
    ok(&post(&sandbox, "", &format!("/v1/application_fees/{fee}/refunds"), "amount=60"));
    let charge = ok(&get(&sandbox, "", &format!("/v1/application_fees/{fee}"))).id_at("charge").to_owned();
    sandbox.payments().refund(&charge, 200).unwrap();
    sandbox.hurry(&charge).unwrap();
    for (whose, amount) in [(account.as_str(), 760), ("", 40)] {
        let lines = ok(&get(&sandbox, whose, "/v1/balance_transactions"));
        assert!(lines.items("data").iter().all(|line| line.text("status") == "available"), "{lines}");
        assert_eq!(lines.items("data").iter().map(|line| line.int("net")).sum::<i64>(), amount);
    }
}

#[test]
fn payment_behind_a_fee_is_a_charge() {
    let sandbox = Sandbox::new(14);
    let account = sandbox.connect().into_id();
    let fee = sandbox.accounts().charge(&account, 1000, 100, USD).unwrap();
    let other = sandbox.accounts().charge(&account, 500, 50, USD).unwrap();
    let shown = ok(&get(&sandbox, "", &format!("/v1/application_fees/{fee}?expand[]=charge")));
    assert_eq!((shown.text("charge.object"), shown.int("charge.amount")), ("charge", 1000));
    let second = ok(&get(&sandbox, "", &format!("/v1/application_fees/{other}")));
    assert_eq!(shown.text("application"), second.text("application"), "a platform has one application");
    let lines = ok(&get(&sandbox, &account, "/v1/balance_transactions?expand[]=data.source"));
    assert_eq!(lines.int("data.1.source.amount"), 1000, "{lines}");
    assert_eq!(lines.text("data.1.status"), "pending");
    sandbox.advance(Duration::from_secs(2 * 86_400));
    let charge = shown.text("charge.id");
    sandbox.payments().refund(charge, 1000).unwrap();
    assert!(sandbox.payments().refund(charge, 1).is_err());
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 450 - 100, "the fee is not refunded");
    let path = format!("/v1/application_fees/{fee}/refunds");
    for _ in 0..12 {
        ok(&post(&sandbox, "", &path, "amount=5"));
    }
    let whole = ok(&get(&sandbox, "", &format!("/v1/application_fees/{fee}")));
    assert_eq!((whole.items("refunds.data").len(), whole.flag("refunds.has_more")), (10, true));
    assert_eq!(ok(&get(&sandbox, "", &format!("{path}?limit=100"))).items("data").len(), 12);
    sandbox.audit().unwrap();
}

#[test]
fn balance_settings_equal_account_settings() {
    let sandbox = Sandbox::new(5);
    let account = sandbox.connect().into_id();
    let form = "payments[payouts][schedule][interval]=weekly&payments[payouts][schedule][weekly_payout_days][]=friday\
        &payments[payouts][minimum_balance_by_currency][usd]=500&payments[debit_negative_balances]=true\
        &payments[settlement_timing][delay_days_override]=9";
    let set = ok(&post(&sandbox, &account, "/v1/balance_settings", form));
    assert_eq!(set.int("payments.settlement_timing.delay_days"), 9);
    assert_eq!(set.int("payments.payouts.minimum_balance_by_currency.usd"), 500);
    let object = ok(&get(&sandbox, "", &format!("/v1/accounts/{account}")));
    assert_eq!(object.text("settings.payouts.schedule.interval"), "weekly");
    assert_eq!(object.int("settings.payouts.schedule.delay_days"), 9);
    assert!(object.flag("settings.payouts.debit_negative_balances"));
    ok(&post(
        &sandbox,
        "",
        &format!("/v1/accounts/{account}"),
        "settings[payouts][schedule][interval]=manual",
    ));
    let now = ok(&get(&sandbox, &account, "/v1/balance_settings"));
    assert_eq!(now.text("payments.payouts.schedule.interval"), "manual");
    let clear = "payments[payouts][minimum_balance_by_currency][usd]=&payments[settlement_timing][delay_days_override]=";
    let cleared = ok(&post(&sandbox, &account, "/v1/balance_settings", clear));
    assert_eq!(cleared.int("payments.settlement_timing.delay_days"), 2);
    assert_eq!(cleared.int("payments.payouts.minimum_balance_by_currency.usd"), 0);
    let wrong =
        "payments[payouts][schedule][interval]=monthly&payments[payouts][schedule][monthly_payout_days][]=40";
    refused(
        &post(&sandbox, &account, "/v1/balance_settings", wrong),
        "payments[payouts][schedule][monthly_payout_days]",
    );
    let wrong = "payments[payouts][schedule][interval]=monthly";
    refused(
        &post(&sandbox, &account, "/v1/balance_settings", wrong),
        "payments[payouts][schedule][monthly_payout_days]",
    );
    ok(&post(&sandbox, &account, "/v1/balance_settings", "payments[payouts][minimum_balance_by_currency]="));
    let now = ok(&get(&sandbox, &account, "/v1/balance_settings"));
    assert_eq!(now.at("payments.payouts.minimum_balance_by_currency"), None);
    let own = ok(&post(&sandbox, "", "/v1/balance_settings", "payments[payouts][schedule][interval]=manual"));
    assert_eq!(own.text("payments.payouts.schedule.interval"), "manual");
    assert_eq!(ok(&get(&sandbox, "", "/v1/balance_settings")), own);
    assert!(sandbox.event_types().iter().any(|kind| kind == "balance_settings.updated"));
}

#[test]
fn both_parameters_of_payout_days_agree() {
    let sandbox = Sandbox::new(11);
    let account = sandbox.connect().into_id();
    let path = format!("/v1/accounts/{account}");
    for (interval, list, others, anchor) in [
        ("weekly", json!(["tuesday", "friday"]), json!("monday"), "monday"),
        ("monthly", json!([3, 17]), json!(9), "9"),
    ] {
        let days = format!("{interval}_payout_days");
        let sent: String = list
            .as_array()
            .unwrap()
            .iter()
            .map(|day| format!("&payments[payouts][schedule][{days}][]={day}"))
            .collect();
        let form = format!("payments[payouts][schedule][interval]={interval}{}", sent.replace('"', ""));
        ok(&post(&sandbox, &account, "/v1/balance_settings", &form));
        let shown = ok(&get(&sandbox, "", &path));
        let shown = shown.at("settings.payouts.schedule").unwrap();
        assert_eq!((&shown[&days], &shown[format!("{interval}_anchor")]), (&list, &list[0]));
        ok(&post(&sandbox, "", &path, &format!("settings[payouts][schedule][{interval}_anchor]={anchor}")));
        let now = ok(&get(&sandbox, &account, "/v1/balance_settings"));
        assert_eq!(now["payments"]["payouts"]["schedule"][&days], json!([others]));
    }
}

#[test]
fn banks_are_debited_unless_the_platform_collects_requirements() {
    let sandbox = Sandbox::new(12);
    for (kind, debited) in [("custom", false), ("express", true), ("standard", true)] {
        let account = ok(&post(&sandbox, "", "/v1/accounts", &format!("type={kind}&country=US")));
        assert_eq!(account.flag("settings.payouts.debit_negative_balances"), debited, "{kind}");
    }
}

#[test]
fn automatic_payout_follows_the_latest_settings() {
    let sandbox = Sandbox::new(9);
    let account = sandbox.connect().into_id();
    let path = format!("/v1/accounts/{account}/external_accounts");
    let bank = "external_account[object]=bank_account&external_account[country]=US&external_account[routing_number]=110000000\
        &external_account[account_number]=000123456789";
    ok(&post(&sandbox, "", &path, bank));
    sandbox.fund(&account, BalanceKind::Available, USD, 1000).unwrap();
    sandbox.advance(Duration::from_secs(3 * 86_400));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 1000, "paid out by hand only");
    let form =
        "payments[payouts][schedule][interval]=daily&payments[payouts][minimum_balance_by_currency][usd]=300";
    ok(&post(&sandbox, &account, "/v1/balance_settings", form));
    sandbox.advance(Duration::from_secs(4 * 86_400));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 300);
    sandbox.audit().unwrap();
}

#[test]
fn notice_is_reported_as_sent_once() {
    let sandbox = Sandbox::new(6);
    let account = sandbox.connect().into_id();
    let id = sandbox.accounts().give_notice(&account, "issuing.dispute_lost").unwrap();
    let path = format!("/v1/account_notices/{id}");
    assert_eq!(ok(&get(&sandbox, &account, "/v1/account_notices?sent=false")).items("data").len(), 1);
    let now = sandbox.now().as_seconds();
    let form = |at: i64| {
        format!("email[plain_text]=Hello&email[recipient]=a@example.com&email[subject]=Lost&sent_at={at}")
    };
    // This is in the future of any clock.
    refused(&post(&sandbox, &account, &path, &form(4_102_444_800)), "sent_at");
    let sent = ok(&post(&sandbox, &account, &path, &form(now)));
    assert_eq!((sent.int("sent_at"), sent.text("email.subject")), (now, "Lost"));
    assert!(ok(&get(&sandbox, &account, "/v1/account_notices?sent=false")).items("data").is_empty());
    refused(&post(&sandbox, &account, &path, &form(now)), "sent_at");
    assert_eq!(sandbox.event_types(), ["account_notice.created", "account_notice.updated"]);
    assert_eq!(get(&sandbox, "", &path).status, 404);
}

#[test]
fn session_enables_requested_components() {
    let sandbox = Sandbox::new(7);
    let account = sandbox.connect().into_id();
    let form = format!(
        "account={account}&components[issuing_card][enabled]=true&components[issuing_card][features][card_management]=false"
    );
    let session = ok(&post(&sandbox, "", "/v1/account_sessions", &form));
    assert!(session.flag("components.issuing_card.enabled") && !session.flag("components.payouts.enabled"));
    assert!(!session.flag("components.issuing_card.features.card_management"));
    assert!(session.flag("components.issuing_card.features.card_spend_dispute_management"));
    assert!(session.text("client_secret").starts_with("accs_secret_"));
    let none = format!("account={account}&components[payouts][enabled]=false");
    refused(&post(&sandbox, "", "/v1/account_sessions", &none), "components");
    assert_eq!(
        post(&sandbox, "", "/v1/account_sessions", "account=acct_x&components[payouts][enabled]=true").status,
        400
    );
}

#[test]
fn default_external_account_of_the_currency_is_required() {
    let sandbox = Sandbox::new(9);
    let account = sandbox.connect().into_id();
    let path = format!("/v1/accounts/{account}");
    let all = format!("{path}/external_accounts");
    let only = |sandbox: &Sandbox| {
        let found = ok(&get(sandbox, "", &all));
        assert_eq!(found.items("data").len(), 1, "{found}");
        assert!(found.flag("data.0.default_for_currency"));
        found.text("data.0.id").to_owned()
    };
    ok(&post(&sandbox, "", &path, "external_account=btok_us_verified"));
    let first = only(&sandbox);
    ok(&post(&sandbox, "", &path, "external_account=tok_visa_debit"));
    let second = only(&sandbox);
    assert_ne!(first, second);
    let events = sandbox.events();
    let gone = events.iter().rfind(|event| event.text("type") == "account.external_account.deleted").unwrap();
    assert_eq!(gone.text("data.object.id"), first);
    let delete =
        |id: &str| sandbox.handle(&request(Method::DELETE, &format!("{all}/{id}"), "", "", &[])).status;
    assert_eq!(delete(&second), 400, "it is the account's default currency");
    let third = ok(&post(&sandbox, "", &all, "external_account=btok_us_verified")).text("id").to_owned();
    assert_eq!((delete(&second), delete(&third)), (400, 200));
    let euros = "external_account=tok_visa_debit_de_transferSuccess";
    let euros = ok(&post(&sandbox, "", &all, euros));
    assert!(euros.flag("default_for_currency"));
    assert_eq!(delete(euros.text("id")), 200);
}

#[test]
fn platform_cannot_change_holder_managed_external_accounts() {
    let sandbox = Sandbox::new(10);
    let express = "type=express&country=US&external_account=btok_us_verified";
    let account = ok(&post(&sandbox, "", "/v1/accounts", express));
    let all = format!("/v1/accounts/{}/external_accounts", account.text("id"));
    let one = format!("{all}/{}", account.text("external_accounts.data.0.id"));
    let other = ok(&post(&sandbox, "", &all, "external_account=btok_us_verified")).text("id").to_owned();
    assert_eq!(post(&sandbox, "", &one, "account_holder_name=Eve").status, 403);
    let link = format!(
        "account={}&type=account_onboarding&return_url=https://x.test/a&refresh_url=https://x.test/b",
        account.text("id")
    );
    ok(&post(&sandbox, "", "/v1/account_links", &link));
    let added = post(&sandbox, "", &all, "external_account=btok_us_verified");
    assert_eq!((added.status, added.json().text("error.param")), (403, "external_account"));
    assert_eq!(post(&sandbox, "", &one, "account_holder_name=Eve").status, 403);
    let path = format!("{all}/{other}");
    assert_eq!(sandbox.handle(&request(Method::DELETE, &path, "", "", &[])).status, 403);
    assert_eq!(ok(&get(&sandbox, "", &all)).items("data").len(), 2);
}

#[test]
fn country_specs_list_requirements() {
    let sandbox = Sandbox::new(8);
    let first = ok(&get(&sandbox, "", "/v1/country_specs?limit=100"));
    assert!(first.items("data").len() > 25);
    let us = ok(&get(&sandbox, "", "/v1/country_specs/US"));
    assert!(
        us.items("verification_fields.individual.minimum")
            .iter()
            .any(|field| field == "individual.ssn_last_4")
    );
    assert_eq!(get(&sandbox, "", "/v1/country_specs/XX").status, 404);
    for spec in first.items("data") {
        let form = format!("type=custom&country={}", spec.text("id"));
        let account = ok(&post(&sandbox, "", "/v1/accounts", &form));
        assert_eq!(account.text("default_currency"), spec.text("default_currency"), "{form}");
    }
    for (country, currency) in [
        ("SE", "sek"),
        ("DK", "dkk"),
        ("NO", "nok"),
        ("NZ", "nzd"),
        ("PL", "pln"),
        ("LI", "chf"),
        ("HR", "eur"),
    ] {
        let account = ok(&post(&sandbox, "", "/v1/accounts", &format!("type=custom&country={country}")));
        assert_eq!(account.text("default_currency"), currency);
    }
}

/// Random payments, refunds and failures: the ledger balances and no fee is refunded twice.
#[test]
fn fees_are_conserved_in_random_runs() {
    for seed in 0..30 {
        let sandbox = Sandbox::new(seed);
        let mut dice = Dice::new(seed);
        let account = sandbox.connect().into_id();
        let mut fees = Vec::new();
        for _ in 0..60 {
            let amount = i64::try_from(dice.below(900)).unwrap();
            if dice.below(3) == 0 {
                let fee = i64::try_from(dice.below(99)).unwrap();
                let made = sandbox.accounts().charge(&account, amount, fee, USD);
                assert_eq!(made.is_ok(), (1..=amount).contains(&fee));
                fees.extend(made);
            } else if !fees.is_empty() {
                let fee = &fees[usize::try_from(dice.below(fees.len() as u64)).unwrap()];
                post(
                    &sandbox,
                    "",
                    &format!("/v1/application_fees/{fee}/refunds"),
                    &format!("amount={}", amount / 9),
                );
            }
        }
        let kept: i64 = fees
            .iter()
            .map(|fee| ok(&get(&sandbox, "", &format!("/v1/application_fees/{fee}"))))
            .map(|fee| fee.int("amount") - fee.int("amount_refunded"))
            .inspect(|left| assert!(*left >= 0))
            .sum();
        let held = |kind| sandbox.balance(sandbox.platform(), kind, USD);
        assert_eq!(held(BalanceKind::Available) + held(BalanceKind::Pending), kept);
        sandbox.audit().unwrap();
    }
}
