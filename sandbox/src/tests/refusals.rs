//! Invalid requests that lenient fakes accept, access checks, and options with their other value.

use crate::Sandbox;
use crate::engine::{BalanceKind, CurrencyCode, Json, Peek};
use crate::resources::issuing::authorizations::Answer;
use crate::router::{Effect, Phase, Response};
use crate::spec;
use crate::state::Options;
use crate::tests::support::{get, post, post_once, request};
use http::{HeaderValue, Method};
use std::time::Duration;
use stripe_platform::API_VERSION;

const USD: CurrencyCode = CurrencyCode::USD;
const HOLDER: &str = "name=Ada&email=ada%40example.com&individual[first_name]=Ada&individual[last_name]=Example\
    &individual[card_issuing][user_terms_acceptance][date]=1767000000\
    &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1&billing[address][line1]=1&billing[address][city]=T\
    &billing[address][country]=US&billing[address][postal_code]=94103";

fn refused(reply: &Response, param: &str) {
    let error = reply.json();
    assert_eq!((reply.status, error.text("error.param")), (400, param), "{error}");
    assert_eq!(error.text("error.type"), "invalid_request_error", "{error}");
}

fn made(sandbox: &Sandbox, account: &str, path: &str, form: &str) -> Json {
    let reply = post(sandbox, account, path, form);
    assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
    reply.json()
}

fn holder_with_limits(more: &str) -> String {
    format!("{HOLDER}&spending_controls{more}")
}

#[test]
fn requests_that_lenient_fakes_accept_are_rejected() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let topups = "/v1/topups";
    let holders = "/v1/issuing/cardholders";
    let topup = made(&sandbox, &account, topups, "amount=5&currency=usd").text("id").to_owned();
    let rows: [(&str, Response, &str); 8] = [
        (
            "an unknown nested parameter",
            post(&sandbox, &account, holders, &format!("{HOLDER}&billing[address][planet]=x")),
            "billing[address][planet]",
        ),
        ("a negative amount", post(&sandbox, &account, topups, "amount=-5&currency=usd"), "amount"),
        ("an unknown currency", post(&sandbox, &account, topups, "amount=5&currency=xyz"), "currency"),
        (
            "a text that is too long",
            post(
                &sandbox,
                &account,
                topups,
                &format!("amount=5&currency=usd&statement_descriptor={}", "x".repeat(16)),
            ),
            "statement_descriptor",
        ),
        (
            "a path that cannot be expanded",
            get(&sandbox, &account, "/v1/topups?expand[]=data.colour"),
            "expand",
        ),
        ("a page of a thousand", get(&sandbox, &account, "/v1/topups?limit=1000"), "limit"),
        (
            "both cursors",
            get(&sandbox, &account, &format!("/v1/topups?starting_after={topup}&ending_before={topup}")),
            "ending_before",
        ),
        (
            "a parameter that is sent twice",
            post(&sandbox, &account, topups, "amount=5&amount=6&currency=usd"),
            "amount",
        ),
    ];
    for (what, reply, param) in &rows {
        let error = reply.json();
        assert_eq!((reply.status, error.text("error.param")), (400, *param), "{what}: {error}");
    }
    let once = |form: &str| post_once(&sandbox, &account, topups, form, "key");
    assert_eq!(once("amount=5&currency=usd").status, 200);
    let other = once("amount=6&currency=usd");
    assert_eq!(
        (other.status, other.json().text("error.type")),
        (400, "idempotency_error"),
        "the ninth: a reused key"
    );
    let missing = get(&sandbox, &account, "/v1/topups/tu_1nothing");
    assert_eq!((missing.status, missing.json().text("error.code")), (404, "resource_missing"));
    assert_eq!(
        get(&sandbox, &account, topups).json().items("data").len(),
        2,
        "only the valid requests had an effect"
    );
}

#[test]
fn list_without_required_filter_is_rejected() {
    let sandbox = Sandbox::new(2);
    for (path, param) in [
        ("/v1/issuing/tokens", "card"),
        ("/v1/treasury/transactions", "financial_account"),
        ("/v1/treasury/outbound_payments", "financial_account"),
    ] {
        let reply = get(&sandbox, "", path);
        refused(&reply, param);
        assert_eq!(reply.json().text("error.code"), "parameter_missing");
    }
}

#[test]
fn unknown_currency_is_rejected_everywhere() {
    let sandbox = Sandbox::new(3);
    let account = sandbox.connect().into_id();
    let place = "spending_controls[spending_limits_currency]";
    let wrong = holder_with_limits("[spending_limits_currency]=xyz");
    refused(&post(&sandbox, &account, "/v1/issuing/cardholders", &wrong), place);
    let holder = made(
        &sandbox,
        &account,
        "/v1/issuing/cardholders",
        &holder_with_limits("[spending_limits_currency]=EUR"),
    );
    assert_eq!(holder.text(place.replace('[', ".").trim_end_matches(']')), "eur");
    let minimum = "payments[payouts][minimum_balance_by_currency][xyz]";
    refused(&post(&sandbox, &account, "/v1/balance_settings", &format!("{minimum}=5")), minimum);
    let euros = "amount=5&currency=eur&source=btok_us_verified";
    refused(&post(&sandbox, &account, "/v1/topups", euros), "currency");
    refused(
        &post(&sandbox, &account, "/v1/topups", "amount=5&currency=jpy&destination_balance=issuing"),
        "currency",
    );
}

#[test]
fn unknown_versions_are_rejected() {
    let sandbox = Sandbox::new(4);
    let ask = |version: &str| {
        sandbox.handle(&request(Method::GET, "/v1/balance", "", "", &[("stripe-version", version)])).status
    };
    for good in ["2026-01-28.clover", "2020-08-27", "2025-03-31.preview", "2026-01-28.clover; beta=v2"] {
        assert_eq!(ask(good), 200, "{good}");
    }
    for wrong in ["latest", "2026-1-28", "2026-01-28.", "20260128", "x", "2026-13-45", "2027-01-01.foo"] {
        assert_eq!(ask(wrong), 400, "{wrong}");
    }
    let refused =
        request(Method::GET, "/v1/balance", "", "", &[("stripe-version", "2026-01-28.clover;garbage!!")]);
    let reply = sandbox.handle(&refused);
    assert_eq!((reply.status, reply.header("stripe-version")), (400, Some(API_VERSION)));
}

/// A card of an account with a funded Issuing balance.
fn card(sandbox: &Sandbox, account: &str) -> String {
    sandbox.fund(account, BalanceKind::Issuing, USD, 50_000).unwrap();
    let holder = made(sandbox, account, "/v1/issuing/cardholders", HOLDER);
    let form = format!("type=virtual&currency=usd&status=active&cardholder={}", holder.text("id"));
    made(sandbox, account, "/v1/issuing/cards", &form).text("id").to_owned()
}

fn swipe(sandbox: &Sandbox, account: &str, card: &str, more: &str) -> Json {
    made(
        sandbox,
        account,
        "/v1/test_helpers/issuing/authorizations",
        &format!("card={card}&amount=500{more}"),
    )
}

fn with_bank(sandbox: &Sandbox, account: &str) {
    let bank = "external_account[object]=bank_account&external_account[country]=US\
        &external_account[routing_number]=110000000&external_account[account_number]=000123456789";
    made(sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), bank);
}

#[test]
fn rejected_account_has_no_payouts_and_no_new_cards() {
    let sandbox = Sandbox::new(5);
    let account = sandbox.connect().into_id();
    with_bank(&sandbox, &account);
    let card = card(&sandbox, &account);
    sandbox.fund(&account, BalanceKind::Available, USD, 1000).unwrap();
    made(&sandbox, &account, "/v1/payouts", "amount=100&currency=usd");
    made(&sandbox, "", &format!("/v1/accounts/{account}/reject"), "reason=fraud_other");
    let payout = post(&sandbox, &account, "/v1/payouts", "amount=100&currency=usd");
    assert_eq!((payout.status, payout.json().text("error.code")), (400, "payouts_not_allowed"));
    sandbox.pay_out(&account).unwrap();
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 900, "not by its schedule either");
    let declined = swipe(&sandbox, &account, &card, "");
    assert_eq!(declined.text("request_history.0.reason"), "account_disabled");
    assert_eq!(post(&sandbox, &account, "/v1/issuing/cardholders", HOLDER).status, 400);
}

#[test]
fn only_a_strict_sandbox_requires_capabilities() {
    for strict in [false, true] {
        let sandbox = Sandbox::with(6, Options { strict_capabilities: strict, ..Options::default() });
        let account = made(&sandbox, "", "/v1/accounts", "type=custom&country=US").text("id").to_owned();
        with_bank(&sandbox, &account);
        for owner in [sandbox.platform(), account.clone()] {
            sandbox.fund(&owner, BalanceKind::Available, USD, 1000).unwrap();
        }
        let status = if strict { 400 } else { 200 };
        let transfer = format!("amount=100&currency=usd&destination={account}");
        let fa = "supported_currencies[]=usd";
        for (caller, path, form) in [
            ("", "/v1/transfers", transfer.as_str()),
            (&account, "/v1/payouts", "amount=100&currency=usd"),
            (&account, "/v1/issuing/cardholders", HOLDER),
            (&account, "/v1/treasury/financial_accounts", fa),
        ] {
            let reply = post(&sandbox, caller, path, form);
            assert_eq!(reply.status, status, "strict: {strict}, {path}: {}", reply.json());
        }
        // With all capabilities everything is allowed.
        let able = sandbox.connect().into_id();
        with_bank(&sandbox, &able);
        sandbox.fund(&able, BalanceKind::Available, USD, 1000).unwrap();
        for (path, form) in [
            ("/v1/payouts", "amount=100&currency=usd"),
            ("/v1/issuing/cardholders", HOLDER),
            ("/v1/treasury/financial_accounts", fa),
        ] {
            made(&sandbox, &able, path, form);
        }
    }
}

#[test]
fn options_switch_unconfirmed_behaviour() {
    let with = |change: fn(&mut Options)| {
        let mut options = Options::default();
        change(&mut options);
        Sandbox::with(7, options)
    };
    let rejected = |sandbox: &Sandbox| {
        let account = sandbox.connect().into_id();
        made(sandbox, "", &format!("/v1/accounts/{account}/reject"), "reason=fraud_other")
            .text("requirements.disabled_reason")
            .to_owned()
    };
    assert_eq!(rejected(&with(|_| {})), "rejected.fraud");
    assert_eq!(rejected(&with(|options| options.rejection_names_platform = true)), "rejected.platform_fraud");

    let charges = |sandbox: &Sandbox| {
        let form = "type=custom&country=US&business_type=individual&capabilities[transfers][requested]=true\
            &individual[first_name]=A&individual[last_name]=B&individual[email]=a@x.test&individual[phone]=0000000000\
            &individual[dob][day]=1&individual[dob][month]=1&individual[dob][year]=1902&individual[ssn_last_4]=0000\
            &individual[address][line1]=address_full_match&individual[address][city]=O&individual[address][state]=CA\
            &individual[address][postal_code]=94607&business_profile[mcc]=5734\
            &business_profile[url]=https://accessible.stripe.com&tos_acceptance[date]=1767603600&tos_acceptance[ip]=127.0.0.1\
            &external_account[object]=bank_account&external_account[country]=US&external_account[routing_number]=110000000\
            &external_account[account_number]=000123456789";
        made(sandbox, "", "/v1/accounts", form).flag("charges_enabled")
    };
    assert!(charges(&with(|_| {})));
    assert!(!charges(&with(|options| options.transfers_enable_charges = false)));

    let in_use = |sandbox: &Sandbox| {
        sandbox.faults().plan(Phase::Before, Effect::KeyInUse);
        post(sandbox, "", "/v1/topups", "amount=5&currency=usd").json().text("error.type").to_owned()
    };
    assert_eq!(in_use(&with(|_| {})), "idempotency_error");
    assert_eq!(
        in_use(&with(|options| options.key_in_use_is_idempotency_error = false)),
        "invalid_request_error"
    );

    let attempts = |sandbox: &Sandbox| {
        let bank = "bank_account[country]=US&bank_account[routing_number]=110000000&bank_account[account_number]=000123456789";
        let token = made(sandbox, "", "/v1/tokens", bank);
        let form = format!("type=ach_debit&currency=usd&token={}", token.text("id"));
        made(sandbox, "", "/v1/sources", &form).int("code_verification.attempts_remaining")
    };
    assert_eq!(attempts(&with(|_| {})), 3);
    assert_eq!(attempts(&with(|options| options.verification_attempts = 10)), 10);

    let limit = |sandbox: &Sandbox| {
        let account = sandbox.connect().into_id();
        let card = card(sandbox, &account);
        get(sandbox, &account, &format!("/v1/issuing/cards/{card}"))
            .json()
            .items("spending_controls.spending_limits")
            .len()
    };
    assert_eq!(limit(&with(|_| {})), 1);
    assert_eq!(limit(&with(|options| options.default_card_limit = None)), 0);

    let bare = "name=Bare&billing[address][line1]=1&billing[address][city]=T&billing[address][country]=US&billing[address][postal_code]=94103";
    let blocked = |sandbox: &Sandbox| {
        let account = sandbox.connect().into_id();
        made(sandbox, &account, "/v1/issuing/cardholders", bare).at("requirements.disabled_reason").is_some()
    };
    assert!(blocked(&with(|_| {})));
    assert!(!blocked(&with(|options| options.cardholder_requirements = false)));

    let unanswered = |sandbox: &Sandbox| {
        let account = sandbox.connect().into_id();
        let card = card(sandbox, &account);
        sandbox.authorizations().ask_always();
        let id = swipe(sandbox, &account, &card, "").text("id").to_owned();
        sandbox.advance(Duration::from_secs(2));
        get(sandbox, &account, &format!("/v1/issuing/authorizations/{id}")).json().flag("approved")
    };
    assert!(!unanswered(&with(|_| {})));
    assert!(unanswered(&with(|options| options.approve_without_answer = true)));

    let failing = |sandbox: &Sandbox| {
        let account = sandbox.connect().into_id();
        let bank = "external_account[object]=bank_account&external_account[country]=US\
            &external_account[routing_number]=110000000&external_account[account_number]=000111111116";
        made(sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), bank);
        sandbox.fund(&account, BalanceKind::Available, USD, 1000).unwrap();
        made(sandbox, &account, "/v1/payouts", "amount=100&currency=usd");
        sandbox.advance(Duration::from_secs(4 * 86_400));
        let types = sandbox.event_types();
        (types.contains(&"payout.paid".to_owned()), types.contains(&"payout.failed".to_owned()))
    };
    assert_eq!(failing(&with(|_| {})), (false, true));
    assert_eq!(failing(&with(|options| options.payouts_fail_after_paid = true)), (true, true));

    let link = |sandbox: &Sandbox| {
        let account = made(sandbox, "", "/v1/accounts", "type=express&country=US").text("id").to_owned();
        let form = format!(
            "account={account}&type=account_onboarding&return_url=http://x.test/a&refresh_url=http://x.test/b"
        );
        let link = made(sandbox, "", "/v1/account_links", &form);
        link.int("expires_at") - sandbox.state().clock.now()
    };
    assert_eq!(link(&with(|_| {})), 300);
    assert_eq!(link(&with(|options| options.link_lifetime = Duration::from_secs(60))), 60);

    let line = |sandbox: &Sandbox| {
        sandbox.fund(sandbox.platform(), BalanceKind::Available, USD, 500).unwrap();
        let form = "amount=5&currency=usd&source_balance[type]=payments&destination_balance[type]=issuing";
        made(sandbox, "", "/v1/balance_transfers", form);
        get(sandbox, "", "/v1/balance_transactions").json().text("data.0.type").to_owned()
    };
    assert_eq!(line(&with(|_| {})), "transfer");
    assert_eq!(line(&with(|options| options.balance_transfer_line = "adjustment")), "adjustment");
}

#[test]
fn invalid_decision_is_an_endpoint_error() {
    let sandbox = Sandbox::new(8);
    let account = sandbox.connect().into_id();
    let card = card(&sandbox, &account);
    sandbox.authorizations().ask_always();
    let with = |change: &dyn Fn(&mut Answer)| {
        let mut answer = Answer::approve();
        change(&mut answer);
        answer
    };
    let wrong: [Answer; 6] = [
        with(&|answer| answer.version = Some("latest".to_owned())),
        with(&|answer| answer.version = None),
        with(&|answer| answer.content_type = Some("text/plain".to_owned())),
        with(&|answer| answer.body["metadata"] = Json::from("x")),
        with(&|answer| answer.body["metadata"]["a"] = Json::from(5)),
        with(&|answer| answer.body["metadata"]["k"] = Json::from("v".repeat(501))),
    ];
    for answer in wrong {
        let id = swipe(&sandbox, &account, &card, "").text("id").to_owned();
        sandbox.authorizations().answer(&id, &answer).unwrap();
        let decided = get(&sandbox, &account, &format!("/v1/issuing/authorizations/{id}")).json();
        assert_eq!(decided.text("request_history.0.reason"), "webhook_error", "{answer:?}");
        assert!(!decided.text("request_history.0.reason_message").is_empty() && !decided.flag("approved"));
    }
    let id = swipe(&sandbox, &account, &card, "").text("id").to_owned();
    let good = with(&|answer| {
        answer.content_type = Some("application/json; charset=utf-8".to_owned());
        answer.body["metadata"]["order"] = Json::from("7");
    });
    sandbox.authorizations().answer(&id, &good).unwrap();
    let decided = get(&sandbox, &account, &format!("/v1/issuing/authorizations/{id}")).json();
    assert_eq!((decided.flag("approved"), decided.text("metadata.order")), (true, "7"));
}

#[test]
fn invalid_form_leaves_the_account_unchanged() {
    let sandbox = Sandbox::new(9);
    let account = made(&sandbox, "", "/v1/accounts", "type=express&country=US&business_type=individual");
    let path = format!("/v1/accounts/{}", account.text("id"));
    let form = format!(
        "account={}&type=account_onboarding&return_url=http://x.test/a&refresh_url=http://x.test/b",
        account.text("id")
    );
    let link = made(&sandbox, "", "/v1/account_links", &form);
    let page = link.text("url").strip_prefix("http://sandbox.localhost").unwrap().to_owned();
    let ask = |method: Method, path: &str, form: &str| sandbox.handle(&request(method, path, form, "", &[]));
    assert_eq!(ask(Method::GET, &page, "").status, 200);
    let before = get(&sandbox, "", &path).json();
    for wrong in ["individual.dob.year=soon", "individual.dob.day=41", "external_account=0!"] {
        let reply = ask(Method::POST, &format!("{page}/complete"), wrong);
        assert_eq!(reply.status, 400, "{wrong}");
        assert_eq!(get(&sandbox, "", &path).json(), before, "{wrong}");
    }
    assert_eq!(ask(Method::POST, &format!("{page}/complete"), "individual.dob.year=1902").status, 303);
    assert!(get(&sandbox, "", &path).json().flag("details_submitted"));
}

#[test]
fn missing_object_in_path_is_404_and_in_parameter_is_400() {
    let sandbox = Sandbox::new(11);
    let account = sandbox.connect().into_id();
    let mut read = 0;
    for operation in spec::operations().filter(|operation| !operation.placeholders.is_empty()) {
        let path: Vec<&str> = operation
            .path
            .split('/')
            .map(|segment| match segment {
                "{account}" if operation.placeholders.len() > 1 => &account,
                segment if segment.starts_with('{') => "nothing_1",
                segment => segment,
            })
            .collect();
        let method = Method::try_from(operation.method).unwrap();
        let reply = sandbox.handle(&request(method, &path.join("/"), "", "", &[]));
        if reply.json().text("error.code") == "resource_missing" {
            let param = reply.json().text("error.param").to_owned();
            // The oldest objects are named `id`.
            let named = param == "id" || operation.placeholders.contains(&param.as_str());
            let told = (reply.status, named);
            assert_eq!(told, (404, true), "{}: {}", operation.id, reply.json());
            read += usize::from(operation.method == "GET");
        }
    }
    assert!(read > 40, "{read}");
    sandbox.fund(sandbox.platform(), BalanceKind::Available, USD, 5).unwrap();
    let missing = |reply: Response, param: &str| {
        refused(&reply, param);
        assert_eq!(reply.json().text("error.code"), "resource_missing", "{}", reply.json());
    };
    for (path, form, param) in [
        ("/v1/transfers", "amount=1&currency=usd&destination=acct_nobody", "destination"),
        ("/v1/topups", "amount=1&currency=usd&source=src_nothing", "source"),
        ("/v1/payouts", "amount=1&currency=usd&destination=ba_nothing", "destination"),
        ("/v1/issuing/cards", "currency=usd&type=virtual&cardholder=ich_nothing", "cardholder"),
        ("/v1/issuing/disputes", "transaction=ipi_nothing", "transaction"),
        ("/v1/file_links", "file=file_nothing", "file"),
        ("/v1/account_sessions", "account=acct_x&components[payouts][enabled]=true", "account"),
    ] {
        missing(post(&sandbox, "", path, form), param);
    }
    for list in ["/v1/topups", "/v1/payouts", "/v1/balance_transactions", "/v1/accounts", "/v1/file_links"] {
        for cursor in ["starting_after", "ending_before"] {
            missing(get(&sandbox, "", &format!("{list}?{cursor}=nothing_1")), cursor);
        }
    }
}

#[test]
fn unreadable_header_is_rejected() {
    let sandbox = Sandbox::new(12);
    for (name, value) in [
        ("stripe-account", b"acct_\xfc".as_slice()),
        ("stripe-context", b"acct_\xfc"),
        ("idempotency-key", "k\u{fc}".as_bytes()),
        ("stripe-version", b"2026-01-28.clover\xfc"),
    ] {
        let mut asked = request(Method::POST, "/v1/topups", "amount=5&currency=usd", "", &[]);
        asked.headers.insert(name, HeaderValue::from_bytes(value).unwrap());
        let reply = sandbox.handle(&asked);
        assert_eq!(reply.status, 400, "{name}: {}", reply.json());
        assert!(reply.json().text("error.message").contains(name), "{name}: {}", reply.json());
    }
    assert!(get(&sandbox, "", "/v1/topups").json().items("data").is_empty(), "no request had an effect");
}

#[test]
fn amount_limit_applies_to_every_request() {
    let sandbox = Sandbox::new(13);
    let account = sandbox.connect().into_id();
    let card = sandbox.account(&account).issue_card(USD).unwrap();
    let (helpers, most) = ("/v1/test_helpers/issuing", i64::MAX);
    let paid = format!("card={}&amount=5&merchant_amount={most}&merchant_currency=eur", card.id());
    let large = |reply: Response, param: &str| {
        refused(&reply, param);
        assert_eq!(reply.json().text("error.code"), "amount_too_large", "{}", reply.json());
    };
    large(post(&sandbox, &account, &format!("{helpers}/authorizations"), &paid), "merchant_amount");
    let made = made(
        &sandbox,
        &account,
        &format!("{helpers}/authorizations"),
        &format!("card={}&amount=5", card.id()),
    );
    let path = format!("{helpers}/authorizations/{}", made.text("id"));
    for (helper, param) in [
        ("capture", "capture_amount"),
        ("increment", "increment_amount"),
        ("finalize_amount", "final_amount"),
        ("reverse", "reverse_amount"),
    ] {
        for amount in [100_000_000, most] {
            let form = format!("{param}={amount}");
            large(post(&sandbox, &account, &format!("{path}/{helper}"), &form), param);
        }
    }
    let form = format!("card={}&amount={most}", card.id());
    large(post(&sandbox, &account, &format!("{helpers}/transactions/create_force_capture"), &form), "amount");
    large(
        post(&sandbox, &account, &format!("{helpers}/transactions/create_unlinked_refund"), &form),
        "amount",
    );
    large(post(&sandbox, "", "/v1/topups", "amount=100000000&currency=usd"), "amount");
    let found = get(&sandbox, "", "/v1/topups?amount=100000000");
    assert_eq!((found.status, found.json().items("data").len()), (200, 0), "a list moves nothing");
    sandbox.audit().unwrap();
}

#[test]
fn invalid_payout_days_and_minimums_are_rejected() {
    let sandbox = Sandbox::new(14);
    let account = sandbox.connect().into_id();
    let path = format!("/v1/accounts/{account}");
    let monthly = "settings[payouts][schedule][interval]=monthly&settings[payouts][schedule]";
    for (sent, param) in [
        ("[monthly_payout_days][]=-3", "monthly_payout_days"),
        (
            "[monthly_payout_days][]=5&settings[payouts][schedule][monthly_payout_days][]=32",
            "monthly_payout_days",
        ),
        ("[monthly_anchor]=-3", "monthly_anchor"),
        ("[monthly_anchor]=0", "monthly_anchor"),
        ("[monthly_anchor]=99", "monthly_anchor"),
    ] {
        let reply = post(&sandbox, "", &path, &format!("{monthly}{sent}"));
        refused(&reply, &format!("settings[payouts][schedule][{param}]"));
    }
    made(&sandbox, "", &path, &format!("{monthly}[monthly_anchor]=31"));
    let minimum = "payments[payouts][minimum_balance_by_currency][usd]";
    refused(&post(&sandbox, &account, "/v1/balance_settings", &format!("{minimum}=-5")), minimum);
    made(&sandbox, &account, "/v1/balance_settings", &format!("{minimum}=5"));
}
