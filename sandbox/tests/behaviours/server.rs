//! The sandbox on a socket, for clients in any language: requests, transport faults, controls and webhooks.

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use stripe_platform::Currency;
use stripe_sandbox::server::{CONTROLS, Server};
use stripe_sandbox::{Answer, BalanceKind, Effect, Json, Options, Peek, Phase, Sandbox, Timing, signature};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::http::{call, exchange, parts};

fn funded() -> Sandbox {
    let sandbox = Sandbox::new(1);
    let platform = sandbox.platform();
    sandbox.fund(&platform, BalanceKind::Available, Currency::USD, 50_000).unwrap();
    sandbox
}

#[tokio::test]
async fn socket_and_in_process_replies_are_equal() {
    let sandbox = funded();
    let begun = Instant::now();
    let server = Server::start(&sandbox).unwrap();
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    let (status, balance) = call(&server, "GET", "/v1/balance", "").await;
    assert_eq!((status, balance.int("available.0.amount")), (200, 50_000));
    assert_eq!(balance, crate::support::get(&sandbox, "", "/v1/balance").json());
    let (status, refused) = call(&server, "POST", "/v1/topups", "amount=-1&currency=usd").await;
    assert_eq!((status, refused.text("error.param")), (400, "amount"));
}

#[tokio::test]
async fn keep_alive_and_http_2_are_supported() {
    let server = Server::start(&funded()).unwrap();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let one = format!(
        "GET /v1/balance HTTP/1.1\r\nhost: s\r\nauthorization: Bearer {}\r\n\r\n",
        crate::support::key()
    );
    let mut read = vec![0; 65_536];
    for _ in 0..3 {
        stream.write_all(one.as_bytes()).await.unwrap();
        let length = stream.read(&mut read).await.unwrap();
        assert!(read[..length].starts_with(b"HTTP/1.1 200"));
    }
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    // The preface and an empty SETTINGS frame; the server replies with its SETTINGS (type 4).
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let length = stream.read(&mut read).await.unwrap();
    assert!(length >= 9 && read[3] == 4, "{:?}", &read[..length]);
}

#[tokio::test]
async fn too_large_or_broken_body_gets_a_stripe_error() {
    let server = Server::start(&funded()).unwrap();
    let large = "x".repeat(40 << 20);
    let reply = exchange(&server, "POST", "/v1/files", &large).await.unwrap();
    let (status, body) = parts(&reply);
    let body: Json = serde_json::from_str(body).unwrap();
    assert_eq!((status, body.text("error.type")), (413, "invalid_request_error"), "{body}");
    for header in ["request-id: req_", "stripe-version: ", "content-type: application/json"] {
        assert!(reply.contains(header), "{header}: {reply}");
    }

    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let broken = "POST /v1/topups HTTP/1.1\r\nhost: s\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    stream.write_all(broken.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    let (status, body) = parts(&reply);
    assert_eq!(status, 400, "{reply}");
    let body: Json = serde_json::from_str(body).unwrap();
    assert_eq!(body.text("error.type"), "invalid_request_error");
    assert!(reply.contains("request-id: req_"), "{reply}");
}

#[tokio::test]
async fn reset_after_commit_resets_the_socket_after_processing() {
    let sandbox = funded();
    let server = Server::start(&sandbox).unwrap();
    sandbox.faults().reset();
    sandbox.faults().after(1).reset_after_commit();
    let form = "amount=700&currency=usd&source=btok_us_verified&description=x";
    for done in [0, 1] {
        let error = exchange(&server, "POST", "/v1/topups", form).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let topups = crate::support::get(&sandbox, "", "/v1/topups").json();
        assert_eq!(topups.items("data").len(), done);
    }
    assert_eq!(call(&server, "GET", "/v1/topups", "").await.0, 200);
}

#[tokio::test]
async fn replies_can_be_truncated_delayed_or_stalled() {
    let sandbox = funded();
    let server = Server::start(&sandbox).unwrap();
    sandbox.faults().plan(Phase::After, Effect::Truncate(20));
    let reply = exchange(&server, "GET", "/v1/balance", "").await.unwrap();
    let (status, body) = parts(&reply);
    assert_eq!((status, body.len()), (200, 20), "{reply}");
    assert!(reply.contains("content-length: ") && !reply.contains("content-length: 20\r\n"), "{reply}");

    sandbox.faults().plan(Phase::After, Effect::Truncate(1_000_000));
    let reply = exchange(&server, "GET", "/v1/balance", "").await.unwrap();
    assert!(serde_json::from_str::<Json>(parts(&reply).1).is_err(), "{reply}");

    sandbox.faults().delay(Duration::from_millis(80));
    let begun = Instant::now();
    assert_eq!(call(&server, "GET", "/v1/balance", "").await.0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(80));

    sandbox.faults().plan(Phase::Before, Effect::Stall);
    let never = timeout(Duration::from_millis(150), exchange(&server, "GET", "/v1/balance", ""));
    assert!(never.await.is_err());
}

#[tokio::test]
async fn dropped_servers_free_their_ports() {
    let sandbox = funded();
    let mut addresses = Vec::new();
    for _ in 0..1000 {
        addresses.push(Server::start(&sandbox).unwrap().address());
    }
    let server = Server::start(&sandbox).unwrap();
    let mut open = TcpStream::connect(server.address()).await.unwrap();
    assert_eq!(call(&server, "GET", "/v1/balance", "").await.0, 200);
    addresses.push(server.address());
    drop(server);
    let mut end = [0];
    let closed = timeout(Duration::from_secs(5), open.read(&mut end)).await.unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)));
    let mut taken = 0;
    for address in addresses {
        // Another process may have bound a port that was just freed; connecting would disturb it.
        if let Err(error) = TcpListener::bind(address).await {
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
            taken += 1;
        }
    }
    assert!(taken < 10, "{taken} ports are still in use");
}

#[tokio::test]
async fn controls_drive_a_complete_run() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let (_, list) = call(&server, "GET", "/_sandbox/", "").await;
    assert_eq!(list.items("controls").len(), CONTROLS.len());
    let (_, connected) = call(&server, "POST", "/_sandbox/connect", "").await;
    let account = connected.text("account").to_owned();
    let fund = format!("account={account}&balance=issuing&currency=eur&amount=900");
    assert_eq!(call(&server, "POST", "/_sandbox/fund", &fund).await.1.int("balance"), 900);

    let form = "amount=700&currency=usd&source=btok_us_verified";
    let first = call(&server, "POST", "/v1/topups", form).await.1.text("id").to_owned();
    let name = format!("name=topups.settle&id={first}");
    assert_eq!(call(&server, "POST", "/_sandbox/transitions", &name).await.1.text("status"), "succeeded");
    let (status, again) = call(&server, "POST", "/_sandbox/transitions", &name).await;
    assert_eq!((status, again.text("error.type")), (400, "invalid_request_error"));

    let second = call(&server, "POST", "/v1/topups", form).await.1.text("id").to_owned();
    let (_, hurried) = call(&server, "POST", "/_sandbox/hurry", &format!("id={second}")).await;
    assert_eq!((hurried.int("done"), hurried.text("object.status")), (1, "succeeded"));

    let third = call(&server, "POST", "/v1/topups", form).await.1.text("id").to_owned();
    let before = call(&server, "GET", "/_sandbox/state", "").await.1;
    let after = call(&server, "POST", "/_sandbox/advance", "days=10&hours=1").await.1;
    assert_eq!(after.int("now") - before.int("now"), 10 * 86_400 + 3_600);
    assert_eq!(call(&server, "GET", &format!("/v1/topups/{third}"), "").await.1.text("status"), "succeeded");
    assert_eq!(after.at("audit"), None);

    assert_eq!(call(&server, "POST", "/_sandbox/faults", "effect=status&status=503&times=1").await.0, 200);
    assert_eq!(call(&server, "GET", "/v1/topups", "").await.0, 503);
    assert_eq!(call(&server, "GET", "/v1/topups", "").await.0, 200);
    call(&server, "POST", "/_sandbox/faults", "effect=lock_timeout&times=9").await;
    call(&server, "POST", "/_sandbox/faults/clear", "").await;
    assert_eq!(call(&server, "GET", "/v1/topups", "").await.0, 200);

    let (_, events) = call(&server, "GET", "/_sandbox/events?type=topup.succeeded", "").await;
    assert_eq!(events.items("data").len(), 3);
    let page = exchange(&server, "GET", "/_sandbox/report", "").await.unwrap();
    assert!(page.contains("text/html") && page.contains("<svg") && page.contains(&account), "{page}");
    assert!(exchange(&server, "GET", "/_sandbox/report.md", "").await.unwrap().contains("```mermaid"));

    assert_eq!(call(&server, "POST", "/_sandbox/reset", "seed=9").await.0, 200);
    assert_eq!(call(&server, "GET", &format!("/v1/topups/{third}"), "").await.0, 404);
    assert_eq!(sandbox.platform(), Sandbox::new(9).platform());
}

#[tokio::test]
async fn hosted_page_is_served_at_its_link() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let server = Server::start(&sandbox).unwrap();
    let form = format!(
        "account={account}&type=account_onboarding&return_url=https://platform.example/back\
         &refresh_url=https://platform.example/again"
    );
    let (status, link) = call(&server, "POST", "/v1/account_links", &form).await;
    assert_eq!(status, 200, "{link}");
    let path = link.text("url").strip_prefix(&server.url()).unwrap_or_else(|| panic!("{link}")).to_owned();
    let page = exchange(&server, "GET", &path, "").await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Onboarding"), "{page}");
    let gone = exchange(&server, "POST", &format!("{path}/complete"), "").await.unwrap();
    assert!(gone.contains("location: https://platform.example/back"), "{gone}");
}

#[tokio::test]
async fn configured_base_url_is_kept() {
    let sandbox = Sandbox::new(1);
    sandbox.change_options(|options| options.base_url = "https://stripe.example".to_owned());
    let _server = Server::start(&sandbox).unwrap();
    assert_eq!(sandbox.options().base_url, "https://stripe.example");
    sandbox.reset(2, Options::default());
    assert_eq!(sandbox.options().base_url, "https://stripe.example");
}

#[tokio::test]
async fn every_transition_works_over_the_control_api() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let server = &server;
    let account = sandbox.connect().into_id();
    let act = async |name: &str, id: &str, more: &str| {
        let form = format!("name={name}&id={id}&{more}");
        let (status, object) = call(server, "POST", "/_sandbox/transitions", &form).await;
        assert_eq!(status, 200, "{form}: {object}");
        object
    };
    sandbox.fund(&account, BalanceKind::Issuing, Currency::USD, 50_000).unwrap();
    let card = act("accounts.issue_card", &account, "currency=usd").await.text("id").to_owned();
    let more = "amount=900&merchant=Cafe&category=eating_places_restaurants";
    let swiped = act("cards.authorize", &card, more).await;
    assert_eq!((swiped.text("status"), swiped.text("merchant_data.name")), ("pending", "Cafe"));
    let id = swiped.text("id");
    act("authorizations.increment", id, "amount=100").await;
    act("authorizations.reverse", id, "amount=200").await;
    let captured = act("authorizations.capture", id, "").await;
    assert_eq!(captured.int("amount"), -800);
    let line = "description=Coffee&quantity=2&unit_cost=400";
    let captured = act("transactions.add_receipt_line", captured.text("id"), line).await;
    assert_eq!(captured.int("purchase_details.receipt.0.total"), 800);
    assert_eq!(act("authorizations.refund", id, "amount=300").await.int("amount"), 300);
    let other = act("cards.authorize", &card, "amount=5").await.text("id").to_owned();
    assert_eq!(act("authorizations.expire", &other, "").await.text("status"), "expired");
    act("cards.block_pin", &card, "").await;
    assert_eq!(act("cards.add_to_wallet", &card, "wallet=apple_pay").await.text("object"), "issuing.token");
    assert_eq!(act("cards.ask_wallet", &card, "wallet=google_pay").await.text("status"), "requested");
    let charge = act("accounts.receive", &account, "amount=700&currency=usd").await;
    assert_eq!(charge.text("object"), "charge");
    act("payments.refund", charge.text("id"), "amount=200").await;
    let fee = act("accounts.charge", &account, "amount=700&fee=70&currency=usd").await;
    assert_eq!((fee.text("object"), fee.int("amount")), ("application_fee", 70));
    let path = "/v1/treasury/financial_accounts";
    let features = "supported_currencies[]=usd&features[inbound_transfers][ach][requested]=true\
        &features[financial_addresses][aba][requested]=true";
    let money = call(server, "POST", path, features).await.1.text("id").to_owned();
    assert_eq!(act("financial_accounts.receive", &money, "amount=50").await.int("amount"), 50);
    assert_eq!(act("financial_accounts.debit", &money, "amount=60").await.text("status"), "failed");
    let pulled =
        format!("amount=9&currency=usd&financial_account={money}&origin_payment_method=pm_usBankAccount");
    let pulled =
        call(server, "POST", "/v1/treasury/inbound_transfers", &pulled).await.1.text("id").to_owned();
    assert_eq!(act("inbound_transfers.fail", &pulled, "").await.text("status"), "failed");
    act("accounts.require", &account, "field=company.tax_id&code=verification_failed_other").await;
    act("accounts.fulfil", &account, "field=company.tax_id").await;
    act("accounts.verify", &account, "").await;
    act("accounts.announce", &account, "field=company.tax_id&days=30").await;
    act("accounts.charge", &account, "amount=700&currency=usd&card=tok_visa_triggerNextRequirements").await;

    let (_, set) = call(server, "POST", "/_sandbox/policies", "rule=topup.settle&policy=manual").await;
    assert_eq!(set.text("topup.settle"), "", "rule names contain dots: {set}");
    assert_eq!(set["topup.settle"], "manual");
    let form = "amount=700&currency=usd&source=btok_us_verified";
    let topup = call(server, "POST", "/v1/topups", form).await.1.text("id").to_owned();
    call(server, "POST", "/_sandbox/advance", "days=99").await;
    let trigger = format!("rule=topup.settle&id={topup}");
    assert_eq!(call(server, "POST", "/_sandbox/trigger", &trigger).await.1["done"], true);
    let read = call(server, "GET", &format!("/v1/topups/{topup}"), "").await.1;
    assert_eq!(read.text("status"), "succeeded");
    let later = "rule=topup.settle&policy=after&days=2";
    let (_, set) = call(server, "POST", "/_sandbox/policies", later).await;
    assert_eq!(set["topup.settle"]["after_seconds"], 172_800);

    let (_, set) = call(server, "POST", "/_sandbox/options", "journal=false&default_card_limit=7").await;
    assert_eq!((set.flag("journal"), set.int("default_card_limit")), (false, 7));
    assert_eq!(call(server, "GET", "/_sandbox/options", "").await.1, set);
    assert_eq!(sandbox.options().default_card_limit, Some(7));
    let possible = "api_version=2025-09-30.clover&base_url=https://sandbox.example:8443";
    let (_, set) = call(server, "POST", "/_sandbox/options", possible).await;
    assert_eq!(set.text("api_version"), "2025-09-30.clover");
    for wrong in ["api_version=latest", "base_url=sandbox", "base_url=ftp://a", "base_url=http://a/?b=c"] {
        let (status, body) = call(server, "POST", "/_sandbox/options", wrong).await;
        let param = wrong.split_once('=').map(|(name, _)| name);
        assert_eq!((status, Some(body.text("error.param"))), (400, param), "{wrong}: {body}");
    }
    assert_eq!(call(server, "GET", "/_sandbox/options", "").await.1, set);

    let (_, list) = call(server, "GET", "/_sandbox", "").await;
    for transition in list.items("transitions") {
        let value = |name: &str| if name == "currency" { "usd" } else { "1" };
        let parameters = transition.text("parameters").split(", ").filter(|name| !name.is_empty());
        let more: String = parameters.map(|name| format!("&{name}={}", value(name))).collect();
        let unknown = format!("name={}&id=nobody{more}", transition.text("name"));
        let (status, body) = call(server, "POST", "/_sandbox/transitions", &unknown).await;
        let refused = (400..500).contains(&status) && body.text("error.code") != "parameter_unknown";
        assert!(refused, "{unknown}: {status} {body}");
    }
}

#[tokio::test]
async fn mistyped_account_is_rejected_by_controls() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let account = sandbox.connect().into_id();
    let before = call(&server, "GET", "/_sandbox/state", "").await.1;
    for (path, form) in [
        ("fund", "account=acct_typo&amount=5&currency=usd"),
        ("faults", "effect=reset&account=acct_typo"),
        ("transitions", "name=accounts.receive&id=acct_typo&amount=5&currency=usd"),
        ("transitions", "name=accounts.charge&id=acct_typo&amount=5&fee=1&currency=usd"),
        ("transitions", "name=accounts.give_notice&id=acct_typo&reason=issuing.dispute_lost"),
        ("transitions", "name=accounts.pay_out&id=acct_typo"),
        ("transitions", "name=accounts.issue_card&id=acct_typo&currency=usd"),
    ] {
        let (status, body) = call(&server, "POST", &format!("/_sandbox/{path}"), form).await;
        assert_eq!((status, body.text("error.code")), (404, "resource_missing"), "{form}: {body}");
    }
    let bogus = format!("name=accounts.give_notice&id={account}&reason=bogus");
    let (status, body) = call(&server, "POST", "/_sandbox/transitions", &bogus).await;
    assert_eq!((status, body.text("error.param")), (400, "reason"), "{body}");
    assert_eq!(call(&server, "GET", "/_sandbox/state", "").await.1, before);
}

#[tokio::test]
async fn planned_402_is_a_card_error() {
    let server = Server::start(&Sandbox::new(1)).unwrap();
    assert_eq!(call(&server, "POST", "/_sandbox/faults", "effect=status&status=402").await.0, 200);
    let (status, body) = call(&server, "GET", "/v1/balance", "").await;
    assert_eq!((status, body.text("error.type")), (402, "card_error"));
}

#[tokio::test]
async fn controls_decide_authorizations_and_expire_links() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let account = sandbox.connect().into_id();
    sandbox.fund(&account, BalanceKind::Issuing, Currency::USD, 50_000).unwrap();
    let card = sandbox.account(&account).issue_card("usd").unwrap();
    assert_eq!(call(&server, "POST", "/_sandbox/questions", "").await.0, 200);
    for (answer, approved) in [("", true), ("&approved=false", false)] {
        let asked = card.authorize(900).at("Cafe").unwrap();
        let form = format!("name=authorizations.answer&id={}{answer}", asked.id());
        let (status, answered) = call(&server, "POST", "/_sandbox/transitions", &form).await;
        assert_eq!((status, answered.flag("approved")), (200, approved), "{answered}");
    }
    let purchase = card.authorize(900).at("Cafe").unwrap();
    sandbox.authorizations().answer(purchase.id(), &Answer::approve()).unwrap();
    let form = format!("name=authorizations.capture_part&id={}&amount=400", purchase.id());
    assert_eq!(call(&server, "POST", "/_sandbox/transitions", &form).await.1.int("amount"), -400);
    assert_eq!(purchase.status(), "pending", "the rest can still be captured");

    let form = format!(
        "account={account}&type=account_onboarding&return_url=https://platform.example/back\
         &refresh_url=https://platform.example/again"
    );
    let link = call(&server, "POST", "/v1/account_links", &form).await.1.text("url").to_owned();
    let form = format!("name=account_links.expire&id={link}");
    assert_eq!(call(&server, "POST", "/_sandbox/transitions", &form).await.0, 200);
    let again = sandbox.account_links().complete(&link);
    assert_eq!(again.as_deref(), Ok("https://platform.example/again"));
}

/// Receivers reject signatures that are minutes old by their own clock, which differs from the sandbox's clock.
#[tokio::test]
async fn taken_webhooks_are_signed_at_system_time_or_stamp() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let (_, secret) = listen(&sandbox, "", "https://example.com/hooks", "topup.created", "");
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    for (query, expected) in [("", now()..=now() + 60), ("?stamp=77", 77..=77)] {
        topup(&sandbox, "");
        let taken = call(&server, "GET", &format!("/_sandbox/webhooks{query}"), "").await.1;
        let (signed, body) = (taken.text("data.0.signature"), taken.text("data.0.body"));
        let at = stamp(signed);
        assert!(expected.contains(&u64::try_from(at).unwrap()), "{signed}");
        assert_eq!(signed, signature(&secret, at, body.as_bytes()));
    }
}

/// A listener on `::1`, and a socket that occupies the same port of `127.0.0.1` and refuses connections.
async fn listener_on_one_side() -> Option<(TcpListener, TcpSocket)> {
    loop {
        let listener = TcpListener::bind("[::1]:0").await.ok()?;
        let other = TcpSocket::new_v4().unwrap();
        let port = listener.local_addr().unwrap().port();
        if other.bind((Ipv4Addr::LOCALHOST, port).into()).is_ok() {
            return Some((listener, other));
        }
    }
}

/// Node servers listen on `::1` only when they are given `localhost`.
#[tokio::test]
async fn webhook_for_localhost_tries_both_loopback_addresses() {
    let Some((listener, _nobody)) = listener_on_one_side().await else { return };
    let url = format!("http://localhost:{}/hooks", listener.local_addr().unwrap().port());
    let sandbox = Sandbox::new(1);
    listen(&sandbox, "", &url, "topup.created", "");
    let reply = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let length = stream.read(&mut vec![0; 65_536]).await.unwrap();
        assert!(length > 0);
        stream.write_all(reply.as_bytes()).await.unwrap();
    });
    topup(&sandbox, "");
    sandbox.webhooks().deliver().await;
    assert_eq!(sandbox.events()[0].int("pending_webhooks"), 0);
}

#[tokio::test]
async fn invalid_control_calls_have_clear_errors() {
    let server = Server::start(&Sandbox::new(1)).unwrap();
    for (path, form, param) in [
        ("advance", "", ""),
        ("advance", "days=soon", "days"),
        ("advance", "days=99999999999", ""),
        ("transitions", "name=topups.settle", "id"),
        ("transitions", "name=topups.eat&id=tu_1", "name"),
        ("faults", "effect=fire", "effect"),
        ("faults", "effect=reset&phase=during", "phase"),
        ("faults", "effect=reset&operation=PostTopup", "operation"),
        ("faults", "effect=status&status=200", "status"),
        ("faults", "effect=status&status=999", "status"),
        ("faults", "effect=reset&colour=red", "colour"),
        ("faults", "effect=reset&status=500", "status"),
        ("faults", "effect=status&milliseconds=5", "milliseconds"),
        ("advance", "days=1&weeks=1", "weeks"),
        ("transitions", "name=topups.settle&id=tu_1&amount=5", "amount"),
        ("policies", "rule=topup.eat&policy=manual", "rule"),
        ("policies", "rule=topup.settle&policy=soon", "policy"),
        ("trigger", "rule=topup.settle", "id"),
        ("options", "colour=red", "colour"),
        ("options", "journal=perhaps", "journal"),
        ("fund", "currency=usd&amount=0", "amount"),
        ("advance", "day=5", "day"),
        ("advance", "{\"days\":5}", "{\"days\":5}"),
        ("reset", "sed=5", "sed"),
        ("connect", "country=DE", "country"),
        ("transitions", "name=topups.settle&id=tu_1&code=no_account", "code"),
        ("transitions", "name=topups.fail&id=tu_1&cod=no_account", "cod"),
        ("faults", "effect=status&operaton=PostTopups", "operaton"),
        ("faults", "effect=status&status=700", "status"),
        ("faults", "effect=status&status=302", "status"),
        ("faults", "effect=reset&percent=101", "percent"),
        ("faults", "effect=reset&percent=0", "percent"),
        ("faults", "effect=reset&times=0", "times"),
        ("webhooks", "mishap=lost&event=topup.suceeded", "event"),
        ("webhooks", "mishap=lost&times=0", "times"),
        ("fund", "currency=usd&amount=9223372036854775807", "amount"),
        ("fund", "currency=xxx&amount=5", "currency"),
        ("webhooks", "timing=never", "timing"),
        ("webhooks", "event=topup.succeeded", "event"),
        ("webhooks", "times=2", "times"),
        ("webhooks", "timing=at_once&seconds=5", "seconds"),
        ("policies", "rule=topup.settle&policy=manual&days=2", "days"),
        ("policies", "rule=topup.settle&policy=default&seconds=2", "seconds"),
        ("transitions", "name=authorizations.answer&id=iauth_1&approved=false&amount=77", "amount"),
    ] {
        let (status, body) = call(&server, "POST", &format!("/_sandbox/{path}"), form).await;
        assert_eq!((status, body.text("error.param")), (400, param), "{path} {form}: {body}");
    }
    assert_eq!(call(&server, "GET", "/_sandbox/events?typ=topup.created", "").await.0, 400);
    assert_eq!(call(&server, "GET", "/v1/balance", "").await.0, 200, "no invalid request planned a fault");
    assert_eq!(call(&server, "POST", "/_sandbox/hurry", "id=nobody").await.0, 404);
    assert_eq!(call(&server, "GET", "/_sandbox/nothing", "").await.0, 404);
}

/// Signatures and bodies.
type Received = Arc<Mutex<Vec<(String, String)>>>;

/// A small endpoint: replies with these statuses in turn (the last one is repeated) and stores signatures and bodies.
async fn endpoint(statuses: &[u16]) -> (String, Received) {
    let empty = |status| format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    answering(statuses.iter().map(empty).collect()).await
}

/// The same with complete replies; an empty one is never sent.
async fn answering(replies: Vec<String>) -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks?from=sandbox", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(Vec::new()));
    let kept = received.clone();
    tokio::spawn(async move {
        for turn in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = String::new();
            let mut bytes = vec![0; 65_536];
            loop {
                let length = stream.read(&mut bytes).await.unwrap();
                assert!(length > 0, "incomplete request: {text}");
                text.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let header = |name: &str| {
                    head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap().to_owned()
                };
                if body.len() >= header("content-length").parse::<usize>().unwrap() {
                    kept.lock().unwrap().push((header("stripe-signature"), body.to_owned()));
                    break;
                }
            }
            let reply = replies.get(turn).or(replies.last()).unwrap();
            if reply.is_empty() {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    drop(stream);
                });
                continue;
            }
            // The client may have disconnected.
            let _ = stream.write_all(reply.as_bytes()).await;
        }
    });
    (url, received)
}

/// Creates an endpoint. Returns its id and secret.
fn listen(sandbox: &Sandbox, account: &str, url: &str, events: &str, more: &str) -> (String, String) {
    let form = format!("url={url}&enabled_events[]={events}{more}").replace('?', "%3F");
    let made = crate::support::post(sandbox, account, "/v1/webhook_endpoints", &form).json();
    assert_eq!(made.text("status"), "enabled", "{made}");
    (made.text("id").to_owned(), made.text("secret").to_owned())
}

fn topup(sandbox: &Sandbox, account: &str) -> String {
    let form = "amount=700&currency=usd&source=btok_us_verified";
    crate::support::post(sandbox, account, "/v1/topups", form).json().text("id").to_owned()
}

fn types(received: &Mutex<Vec<(String, String)>>) -> Vec<String> {
    let read = |body: &str| serde_json::from_str::<Json>(body).unwrap().text("type").to_owned();
    received.lock().unwrap().iter().map(|(_, body)| read(body)).collect()
}

fn stamp(signature: &str) -> i64 {
    signature.strip_prefix("t=").and_then(|rest| rest.split(',').next()).unwrap().parse().unwrap()
}

#[tokio::test]
async fn events_are_signed_and_pending_until_delivered() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let (url, received) = endpoint(&[200]).await;
    let (_, secret) = listen(&sandbox, "", &url, "*", "");
    let shown = crate::support::get(&sandbox, "", "/v1/webhook_endpoints").json();
    assert_eq!(shown.at("data.0.secret"), None);
    let id = topup(&sandbox, "");
    assert_eq!(sandbox.events()[0].int("pending_webhooks"), 1);
    assert_eq!(server.courier().deliver().await, 1);
    assert_eq!(sandbox.events()[0].int("pending_webhooks"), 0);
    let (sent, body) = received.lock().unwrap()[0].clone();
    assert_eq!(sent, signature(&secret, stamp(&sent), body.as_bytes()));
    let event: Json = serde_json::from_str(&body).unwrap();
    assert_eq!((event.text("type"), event.text("data.object.id")), ("topup.created", id.as_str()));
}

#[tokio::test]
async fn failed_webhook_is_retried_and_finally_abandoned() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let (url, received) = endpoint(&[500, 302, 200]).await;
    listen(&sandbox, "", &url, "topup.created", "");
    topup(&sandbox, "");
    server.courier().deliver().await;
    assert_eq!((received.lock().unwrap().len(), sandbox.webhooks().waiting()), (1, 1));
    server.courier().advance(Duration::from_secs(3_600)).await;
    assert_eq!(received.lock().unwrap().len(), 2);
    server.courier().advance(Duration::from_secs(86_400)).await;
    assert_eq!((received.lock().unwrap().len(), sandbox.webhooks().waiting()), (3, 0));
    assert_eq!(sandbox.events()[0].int("pending_webhooks"), 0);

    let (url, received) = endpoint(&[500]).await;
    listen(&sandbox, "", &url, "topup.canceled", "");
    let id = topup(&sandbox, "");
    crate::support::post(&sandbox, "", &format!("/v1/topups/{id}/cancel"), "");
    server.courier().advance(Duration::from_secs(10 * 86_400)).await;
    assert_eq!((received.lock().unwrap().len(), sandbox.webhooks().waiting()), (3, 0));
    let canceled = sandbox.events().into_iter().find(|event| event.text("type") == "topup.canceled").unwrap();
    assert_eq!(canceled.int("pending_webhooks"), 1);
}

#[tokio::test]
async fn webhooks_can_be_duplicated_reordered_lost_or_missigned() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let (url, received) = endpoint(&[200]).await;
    let more = "&enabled_events[]=topup.succeeded&enabled_events[]=topup.reversed";
    let (_, secret) = listen(&sandbox, "", &url, "topup.created", more);
    sandbox.webhooks().timing(Timing::OnTheClock(Duration::from_secs(5)));
    sandbox.webhooks().duplicate("topup.created");
    let id = topup(&sandbox, "");
    sandbox.topups().settle(&id).unwrap();
    assert_eq!(server.courier().deliver().await, 0);
    sandbox.webhooks().advance(Duration::from_secs(5)).await;
    assert_eq!(types(&received), ["topup.created", "topup.created", "topup.succeeded"]);

    received.lock().unwrap().clear();
    sandbox.webhooks().reorder("topup.created").lose("topup.reversed");
    let id = topup(&sandbox, "");
    sandbox.topups().settle(&id).unwrap();
    sandbox.topups().reverse(&id).unwrap();
    server.courier().advance(Duration::from_secs(5)).await;
    assert_eq!(types(&received), ["topup.succeeded", "topup.created"]);

    received.lock().unwrap().clear();
    sandbox.webhooks().at_once().sign_wrongly("*").reorder("*");
    topup(&sandbox, "");
    server.courier().deliver().await;
    let (sent, body) = received.lock().unwrap()[0].clone();
    assert_ne!(sent, signature(&secret, stamp(&sent), body.as_bytes()));
    // A late webhook without a successor is delivered with the next move of the clock.
    topup(&sandbox, "");
    assert_eq!(server.courier().deliver().await, 0);
    server.courier().advance(Duration::from_secs(1)).await;
    assert_eq!(types(&received), ["topup.created", "topup.created"]);
}

#[test]
fn endpoints_receive_only_subscribed_events_of_their_accounts() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let address = "https://example.com/hooks";
    let (own, _) = listen(&sandbox, &account, address, "topup.created", "");
    let (connect, secret) = listen(&sandbox, "", address, "*", "&connect=true");
    let (platform, _) = listen(&sandbox, "", address, "*", "");
    let (other, _) = listen(&sandbox, "", address, "payout.paid", "");
    let told = |sandbox: &Sandbox| {
        let parcels = sandbox.webhooks().take();
        parcels.into_iter().map(|parcel| parcel.endpoint).collect::<Vec<_>>()
    };
    topup(&sandbox, &account);
    let parcels = sandbox.webhooks().send();
    assert_eq!(parcels.iter().map(|parcel| &parcel.endpoint).collect::<Vec<_>>(), [&own, &connect]);
    let now = sandbox.now().as_seconds();
    assert_eq!(parcels[1].signature, signature(&secret, now, &parcels[1].body));
    let event: Json = serde_json::from_slice(&parcels[1].body).unwrap();
    assert_eq!(event.text("account"), account);
    for parcel in &parcels {
        sandbox.webhooks().answered(parcel, Some(204));
    }
    topup(&sandbox, "");
    assert_eq!(told(&sandbox), [platform.as_str()]);

    let path = format!("/v1/webhook_endpoints/{platform}");
    let off = crate::support::post(&sandbox, "", &path, "disabled=true&description=off").json();
    assert_eq!((off.text("status"), off.text("description")), ("disabled", "off"));
    topup(&sandbox, "");
    assert!(told(&sandbox).is_empty());
    crate::support::post(&sandbox, "", &path, "disabled=false");
    topup(&sandbox, "");
    let gone = crate::support::request(http::Method::DELETE, &path, "", "", &[]);
    assert!(sandbox.handle(&gone).json().flag("deleted"));
    assert!(told(&sandbox).is_empty(), "its endpoint was deleted");
    assert_eq!(
        crate::support::get(&sandbox, &account, &format!("/v1/webhook_endpoints/{other}")).status,
        404
    );
}

#[test]
fn endpoint_requires_a_web_url() {
    let sandbox = Sandbox::new(1);
    for wrong in ["mailto:a@b.c", "hooks", "ftp://x/"] {
        let form = format!("url={wrong}&enabled_events[]=*");
        let refused = crate::support::post(&sandbox, "", "/v1/webhook_endpoints", &form);
        assert_eq!((refused.status, refused.json().text("error.param")), (400, "url"), "{wrong}");
    }
}

/// Makes a purchase whose endpoint replies with `reply`. Returns the authorization as the purchase's reply shows it.
async fn swipe(reply: &str) -> (Sandbox, Json) {
    let sandbox = Sandbox::new(1);
    let platform = sandbox.platform();
    sandbox.fund(&platform, BalanceKind::Issuing, Currency::USD, 50_000).unwrap();
    let server = Server::start(&sandbox).unwrap();
    let (url, received) = answering(vec![reply.to_owned()]).await;
    listen(&sandbox, "", &url, "issuing_authorization.request", "");
    let holder = crate::support::post(&sandbox, "", "/v1/issuing/cardholders", crate::support::HOLDER).json();
    let card = format!("type=virtual&currency=usd&status=active&cardholder={}", holder.text("id"));
    let card = crate::support::post(&sandbox, "", "/v1/issuing/cards", &card).json();
    let form = format!("card={}&amount=1500&currency=usd", card.text("id"));
    let (status, made) = call(&server, "POST", "/v1/test_helpers/issuing/authorizations", &form).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(types(&received), ["issuing_authorization.request"]);
    let asked: Json = serde_json::from_str(&received.lock().unwrap()[0].1).unwrap();
    assert_eq!(asked.int("data.object.pending_request.amount"), 1500, "{asked}");
    let id = made.text("id");
    let read = call(&server, "GET", &format!("/v1/issuing/authorizations/{id}"), "").await.1;
    assert_eq!(read, made, "the reply to the purchase shows the decision");
    sandbox.audit().unwrap();
    (sandbox, made)
}

fn decision(version: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{version}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn purchase_is_decided_by_the_real_endpoint() {
    const VERSION: &str = "stripe-version: 2026-10-28.endive\r\n";
    for (reply, approved, reason, held) in [
        (decision(VERSION, r#"{"approved":true,"metadata":{"by":"me"}}"#), true, "webhook_approved", 1500),
        (decision(VERSION, r#"{"approved":false}"#), false, "webhook_declined", 0),
        (decision("", r#"{"approved":true}"#), false, "webhook_error", 0),
        (decision(VERSION, "yes"), false, "webhook_error", 0),
    ] {
        let (sandbox, made) = swipe(&reply).await;
        assert_eq!(made.flag("approved"), approved, "{reply}: {made}");
        assert_eq!(made.text("request_history.0.reason"), reason, "{reply}: {made}");
        let platform = sandbox.platform();
        assert_eq!(sandbox.balance(&platform, BalanceKind::IssuingHolds, Currency::USD), held);
        assert!(sandbox.authorizations().waiting().is_empty());
    }
}

#[tokio::test]
async fn silent_endpoint_times_out_after_two_seconds() {
    let begun = Instant::now();
    let (sandbox, made) = swipe("").await;
    assert!(begun.elapsed() >= Duration::from_secs(2));
    assert_eq!(made.text("request_history.0.reason"), "webhook_timeout", "{made}");
    assert_eq!(sandbox.webhooks().waiting(), 0, "authorization requests are not retried");
}
