//! Decisions about purchases: replies of endpoints, all documented reasons, and the recorded history.

use crate::Answer;
use crate::Sandbox;
use crate::spec;
use crate::tests::support::{HOLDER, get, post};
use crate::{BalanceKind, CurrencyCode, Json, Peek};
use std::collections::BTreeSet;
use std::time::Duration;

const AUTHORIZATIONS: &str = "/v1/test_helpers/issuing/authorizations";

struct Shop {
    sandbox: Sandbox,
    account: String,
    holder: String,
    card: String,
}

impl Shop {
    fn new(money: i64) -> Self {
        let sandbox = Sandbox::new(7);
        let account = sandbox.connect().into_id();
        if money > 0 {
            sandbox.fund(&account, BalanceKind::Issuing, CurrencyCode::USD, money).unwrap();
        }
        let holder = post(&sandbox, &account, "/v1/issuing/cardholders", HOLDER).json().text("id").to_owned();
        let form = format!("type=virtual&currency=usd&status=active&cardholder={holder}");
        let card = post(&sandbox, &account, "/v1/issuing/cards", &form).json().text("id").to_owned();
        Self { sandbox, account, holder, card }
    }

    fn post(&self, path: &str, form: &str) -> Json {
        let reply = post(&self.sandbox, &self.account, path, form);
        assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
        reply.json()
    }

    fn refused(&self, path: &str, form: &str) -> String {
        let reply = post(&self.sandbox, &self.account, path, form);
        assert_eq!(reply.status, 400, "{path} {form}: {}", reply.json());
        reply.json().text("error.param").to_owned()
    }

    fn buy(&self, amount: i64, more: &str) -> Json {
        self.post(AUTHORIZATIONS, &format!("card={}&amount={amount}{more}", self.card))
    }

    fn read(&self, authorization: &Json) -> Json {
        let path = format!("/v1/issuing/authorizations/{}", authorization.text("id"));
        get(&self.sandbox, &self.account, &path).json()
    }

    fn helper(&self, authorization: &Json, what: &str, form: &str) -> Json {
        self.post(&format!("{AUTHORIZATIONS}/{}/{what}", authorization.text("id")), form)
    }

    /// A purchase that the endpoint decides.
    fn answered(&self, answer: &Answer) -> Json {
        self.sandbox.authorizations().ask_always();
        let asked = self.buy(100, "");
        self.sandbox.authorizations().answer(asked.text("id"), answer).unwrap();
        self.read(&asked)
    }
}

fn last(authorization: &Json) -> Json {
    authorization.items("request_history").last().cloned().unwrap_or_default()
}

#[test]
fn replies_are_validated_by_their_headers() {
    let with = |version: Option<&str>, kind: Option<&str>| Answer {
        version: version.map(str::to_owned),
        content_type: kind.map(str::to_owned),
        ..Answer::approve()
    };
    let json = Some("application/json");
    for (answer, reason) in [
        (with(Some("2026-01-28.clover"), json), "webhook_approved"),
        (with(Some("2026-01-28.clover"), None), "webhook_approved"),
        (with(Some("2020-08-27"), Some("application/json; charset=utf-8")), "webhook_approved"),
        (with(Some("2025-09-30.clover"), None), "webhook_approved"),
        (with(Some("2026-01-28.preview; issuing_beta=v2"), None), "webhook_approved"),
        (with(Some("2026-01-28.clover"), Some("text/html")), "webhook_error"),
        (with(None, json), "webhook_error"),
        (with(Some("2020-08-28"), json), "webhook_error"),
        (with(Some("2026-01-28"), json), "webhook_error"),
        (with(Some("2099-01-01.zinnia"), json), "webhook_error"),
        (with(Some("latest"), json), "webhook_error"),
    ] {
        let shop = Shop::new(1000);
        let decided = last(&shop.answered(&answer));
        assert_eq!(decided.text("reason"), reason, "{answer:?}");
        assert_eq!(decided.at("reason_message").is_some(), reason == "webhook_error", "{decided}");
    }
}

type Bring = fn(&Shop) -> Json;

#[test]
fn every_documented_reason_can_be_reached() {
    let planned: Bring = |shop| shop.buy(100, "");
    let reached: [(&str, Bring); 16] = [
        ("card_active", planned),
        ("account_disabled", |shop| {
            shop.sandbox.card(&shop.card).decline_next("account_disabled").unwrap();
            shop.buy(100, "")
        }),
        ("card_canceled", |shop| {
            shop.post(&format!("/v1/issuing/cards/{}", shop.card), "status=canceled");
            shop.buy(100, "")
        }),
        ("card_inactive", |shop| {
            shop.post(&format!("/v1/issuing/cards/{}", shop.card), "status=inactive");
            shop.buy(100, "")
        }),
        ("card_expired", |shop| {
            let form = format!(
                "type=virtual&currency=usd&status=active&cardholder={}&exp_month=2&exp_year=2026",
                shop.holder
            );
            let card = shop.post("/v1/issuing/cards", &form);
            shop.sandbox.advance(Duration::from_secs(60 * 86_400));
            shop.post(AUTHORIZATIONS, &format!("card={}&amount=100", card.text("id")))
        }),
        ("cardholder_blocked", |shop| {
            shop.sandbox.cards().block_cardholder(&shop.holder).unwrap();
            shop.buy(100, "")
        }),
        ("cardholder_inactive", |shop| {
            shop.post(&format!("/v1/issuing/cardholders/{}", shop.holder), "status=inactive");
            shop.buy(100, "")
        }),
        ("cardholder_verification_required", |shop| {
            shop.sandbox.cards().review_cardholder(&shop.holder, Some("under_review")).unwrap();
            shop.buy(100, "")
        }),
        ("insufficient_funds", |shop| shop.buy(5000, "")),
        ("pin_blocked", |shop| {
            shop.sandbox.card(&shop.card).block_pin().unwrap();
            shop.buy(100, "&authorization_method=chip")
        }),
        ("spending_controls", |shop| {
            let form = "spending_controls[allowed_categories][]=bakeries";
            shop.post(&format!("/v1/issuing/cards/{}", shop.card), form);
            shop.buy(100, "")
        }),
        ("verification_failed", |shop| shop.buy(100, "&verification_data[cvc_check]=mismatch")),
        ("webhook_approved", |shop| shop.answered(&Answer::approve())),
        ("webhook_declined", |shop| shop.answered(&Answer::decline())),
        ("webhook_error", |shop| shop.answered(&Answer { status: 500, ..Answer::approve() })),
        ("webhook_timeout", |shop| {
            shop.sandbox.authorizations().ask_always();
            let asked = shop.buy(100, "");
            shop.sandbox.advance(Duration::from_secs(3));
            shop.read(&asked)
        }),
    ];
    let mut seen = BTreeSet::new();
    for (reason, bring) in reached {
        let decided = last(&bring(&Shop::new(1000)));
        assert_eq!(decided.text("reason"), reason, "{decided}");
        assert_eq!(decided.at("reason_message").is_some(), reason == "webhook_error", "{decided}");
        seen.insert(reason.to_owned());
    }
    let listed = spec::schema("issuing_authorization_request").unwrap().items("properties.reason.enum");
    for reason in listed.iter().filter_map(Json::as_str) {
        let shop = Shop::new(1000);
        let planned = shop.sandbox.card(&shop.card).decline_next(reason);
        if matches!(reason, "card_active" | "webhook_approved") {
            assert_eq!(planned.unwrap_err().param.as_deref(), Some("reason"));
            continue;
        }
        planned.unwrap();
        let declined = shop.buy(100, "");
        assert_eq!((last(&declined).text("reason"), declined.flag("approved")), (reason, false));
        assert!(shop.buy(100, "").flag("approved"), "only the next one is declined");
        seen.insert(reason.to_owned());
    }
    assert_eq!(seen.len(), listed.len());
    let shop = Shop::new(1000);
    assert!(shop.sandbox.card(&shop.card).decline_next("bad_weather").is_err());
    assert!(shop.sandbox.card("ic_none").decline_next("suspected_fraud").is_err());
}

#[test]
fn older_path_of_the_test_helper_works() {
    let shop = Shop::new(1000);
    let path = format!("/v1/issuing/cards/{}/test/authorizations", shop.card);
    let form = "held_amount=100&held_currency=usd&authorization_method=online&expand[]=cardholder";
    let made = shop.post(&path, form);
    assert_eq!((made.int("amount"), made.flag("approved")), (100, true));
    assert_eq!(
        (made.text("authorization_method"), made.text("cardholder.id")),
        ("online", shop.holder.as_str())
    );
    assert_eq!(shop.refused(&path, "authorization_method=online"), "held_amount");
    assert_eq!(shop.refused(&path, "held_amount=1&amount=1"), "amount");
    let none =
        post(&shop.sandbox, &shop.account, "/v1/issuing/cards/ic_none/test/authorizations", "held_amount=1");
    assert_eq!(none.status, 404);
}

#[test]
fn approval_code_and_date_are_on_the_transaction_too() {
    let shop = Shop::new(1000);
    let bought = shop.buy(100, "");
    let code = last(&bought).text("authorization_code").to_owned();
    assert!(
        code.len() == 7 && code.starts_with('S') && code[1..].bytes().all(|b| b.is_ascii_digit()),
        "{code}"
    );
    shop.sandbox.advance(Duration::from_secs(86_400));
    let captured = shop.helper(&bought, "capture", "");
    let transaction = captured.at("transactions.0").unwrap();
    assert_eq!(transaction.text("network_data.authorization_code"), code);
    assert_eq!(transaction.text("network_data.processing_date"), "2026-01-06");
    assert_eq!(transaction.text("network_data.transaction_id"), bought.text("network_data.transaction_id"));
    let declined = shop.buy(5000, "");
    assert_eq!(last(&declined).at("authorization_code"), None);
}

#[test]
fn purchase_by_wallet_has_a_token() {
    let shop = Shop::new(1000);
    let bought = shop.buy(100, "&wallet=google_pay&expand[]=token");
    assert_eq!(bought.text("wallet"), "google_pay");
    assert_eq!(bought.text("token.wallet_provider"), "google_pay");
    assert_eq!(bought.text("token.status"), "active");
    assert_eq!(bought.at("token.network_data"), None);
    let again = shop.buy(100, "&wallet=google_pay");
    assert_eq!(again.text("token"), bought.text("token.id"), "a card has one token in a wallet");
    let captured = shop.helper(&again, "capture", "");
    assert_eq!(captured.text("transactions.0.token"), again.text("token"));
    assert_eq!(shop.buy(100, "").at("token"), None);
}

#[test]
fn confirmed_merchant_is_verified_by_a_later_fraud_challenge() {
    let shop = Shop::new(1000);
    let phone = "phone_number=%2B15551234567";
    shop.post(&format!("/v1/issuing/cardholders/{}", shop.holder), phone);
    let at = |name: &str| format!("&merchant_data[name]={name}");
    let mut answer = Answer::decline();
    answer.body["send_fraud_challenges"] = serde_json::json!(["sms"]);
    shop.sandbox.authorizations().ask_always();
    for (confirmed, verified) in [("false", None), ("true", Some(true))] {
        let asked = shop.buy(100, &at("Jeweller"));
        assert_eq!(asked.at("verified_by_fraud_challenge"), None);
        shop.sandbox.authorizations().answer(asked.text("id"), &answer).unwrap();
        shop.helper(&asked, "fraud_challenges/respond", &format!("confirmed={confirmed}"));
        let later = shop.buy(100, &at("Jeweller"));
        assert_eq!(later.at("verified_by_fraud_challenge").and_then(Json::as_bool), verified);
        assert_eq!(shop.buy(100, &at("Baker")).at("verified_by_fraud_challenge"), None);
    }
}

#[test]
fn decimals_have_at_most_twelve_places() {
    let shop = Shop::new(1000);
    let long = "1.1234567890123";
    for name in [
        "fuel[quantity_decimal]",
        "fuel[unit_cost_decimal]",
        "fleet[reported_breakdown][fuel][gross_amount_decimal]",
        "fleet[reported_breakdown][non_fuel][gross_amount_decimal]",
        "fleet[reported_breakdown][tax][local_amount_decimal]",
        "fleet[reported_breakdown][tax][national_amount_decimal]",
    ] {
        let group = if name.starts_with("fuel") { "&fuel[type]=diesel&fuel[unit]=liter" } else { "" };
        let form = |value: &str| format!("card={}&amount=5{group}&{name}={value}", shop.card);
        assert_eq!(shop.refused(AUTHORIZATIONS, &form(long)), name);
        shop.post(AUTHORIZATIONS, &form("1.123456789012"));
    }
    let bought = shop.buy(100, "");
    let path = format!("{AUTHORIZATIONS}/{}/capture", bought.text("id"));
    let name = "purchase_details[fuel][unit_cost_decimal]";
    assert_eq!(shop.refused(&path, &format!("{name}={long}")), name);
}

#[test]
fn fee_and_cashback_are_parts_of_the_amount() {
    let shop = Shop::new(1000);
    for (fee, cashback, refused) in [
        (Some(100), None, None),
        (Some(101), None, Some("amount_details[atm_fee]")),
        (Some(-1), None, Some("amount_details[atm_fee]")),
        (None, Some(100), None),
        (None, Some(101), Some("amount_details[cashback_amount]")),
        (Some(60), Some(40), None),
        (Some(60), Some(41), Some("amount_details[cashback_amount]")),
    ] {
        let mut form = format!("card={}&amount=100", shop.card);
        for (name, part) in [("atm_fee", fee), ("cashback_amount", cashback)] {
            form += &part.map(|part: i64| format!("&amount_details[{name}]={part}")).unwrap_or_default();
        }
        match refused {
            Some(param) => assert_eq!(shop.refused(AUTHORIZATIONS, &form), param, "{form}"),
            None => drop(shop.post(AUTHORIZATIONS, &form)),
        }
    }
}

#[test]
fn late_capture_takes_the_full_amount() {
    for (first, form, taken) in [("", "", 100), ("", "capture_amount=30", 30), ("30", "", 70)] {
        let shop = Shop::new(1000);
        let bought = shop.buy(100, "");
        if !first.is_empty() {
            shop.helper(&bought, "capture", &format!("capture_amount={first}&close_authorization=false"));
        }
        shop.sandbox.advance(Duration::from_secs(8 * 86_400));
        assert_eq!(shop.read(&bought).text("status"), "expired");
        let captured = shop.helper(&bought, "capture", form);
        let last = captured.items("transactions").last().cloned().unwrap_or_default();
        assert_eq!((captured.text("status"), last.int("amount")), ("closed", -taken), "{first} {form}");
    }
}
