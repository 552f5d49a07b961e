//! Issuing through the API: cardholders, cards, purchases, captures, disputes.

use crate::Sandbox;
use crate::engine::{BalanceKind, CurrencyCode, Ids, Json, Peek};
use crate::resources::issuing::authorizations::Answer;
use crate::tests::support::{get, post, size};
use http::Method;
use std::time::Duration;

const USD: CurrencyCode = CurrencyCode::USD;
const HOLDER: &str = "name=Ada+Example&email=ada%40example.com&individual[first_name]=Ada&individual[last_name]=Example\
    &individual[card_issuing][user_terms_acceptance][date]=1767000000\
    &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1\
    &billing[address][line1]=1+Street&billing[address][city]=Town&billing[address][country]=US\
    &billing[address][postal_code]=94103";

struct Programme {
    sandbox: Sandbox,
    account: String,
    holder: String,
}

impl Programme {
    fn new(seed: u64, money: i64) -> Self {
        let sandbox = Sandbox::new(seed);
        let account = sandbox.connect().into_id();
        if money > 0 {
            sandbox.fund(&account, BalanceKind::Issuing, USD, money).unwrap();
        }
        let holder = post(&sandbox, &account, "/v1/issuing/cardholders", HOLDER);
        assert_eq!(holder.status, 200, "{}", holder.json());
        let holder = holder.json().text("id").to_owned();
        Self { sandbox, account, holder }
    }

    fn post(&self, path: &str, form: &str) -> Json {
        let reply = post(&self.sandbox, &self.account, path, form);
        assert_eq!(reply.status, 200, "{path}?{form}: {}", reply.json());
        reply.json()
    }

    fn refused(&self, path: &str, form: &str) -> Json {
        let reply = post(&self.sandbox, &self.account, path, form);
        assert_eq!(reply.status, 400, "{path}?{form}: {}", reply.json());
        reply.json()
    }

    fn get(&self, path: &str) -> Json {
        let reply = get(&self.sandbox, &self.account, path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.json());
        reply.json()
    }

    fn card(&self, more: &str) -> String {
        let form = format!("type=virtual&currency=usd&status=active&cardholder={}{more}", self.holder);
        self.post("/v1/issuing/cards", &form).text("id").to_owned()
    }

    fn swipe(&self, card: &str, amount: i64, more: &str) -> Json {
        self.post("/v1/test_helpers/issuing/authorizations", &format!("card={card}&amount={amount}{more}"))
    }

    fn helper(&self, authorization: &Json, what: &str, form: &str) -> Json {
        self.post(
            &format!("/v1/test_helpers/issuing/authorizations/{}/{what}", authorization.text("id")),
            form,
        )
    }

    /// An ephemeral key of a card.
    fn key(&self, card: &str) -> Json {
        let form = format!("issuing_card={card}&nonce=n");
        let version = [("stripe-version", "2026-10-28.endive")];
        let asked = crate::tests::support::request(
            Method::POST,
            "/v1/ephemeral_keys",
            &form,
            &self.account,
            &version,
        );
        let reply = self.sandbox.handle(&asked);
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json()
    }

    fn available(&self) -> i64 {
        self.sandbox.balance(&self.account, BalanceKind::Issuing, USD)
    }

    fn held(&self) -> i64 {
        self.sandbox.balance(&self.account, BalanceKind::IssuingHolds, USD)
    }
}

fn reason(authorization: &Json) -> &str {
    authorization.items("request_history").last().map(|entry| entry.text("reason")).unwrap_or_default()
}

#[test]
fn cardholder_needs_name_and_terms_before_a_card_works() {
    let p = Programme::new(1, 1000);
    let bare = "name=Bare&billing[address][line1]=1&billing[address][city]=T&billing[address][country]=US&billing[address][postal_code]=94103";
    let bare = p.post("/v1/issuing/cardholders", bare);
    assert_eq!(bare.text("requirements.disabled_reason"), "requirements.past_due");
    let form = format!("type=virtual&currency=usd&cardholder={}", bare.text("id"));
    p.refused("/v1/issuing/cards", &format!("{form}&status=active"));
    let card = p.post("/v1/issuing/cards", &form);
    assert_eq!(card.text("status"), "inactive");
    let path = format!("/v1/issuing/cards/{}", card.text("id"));
    p.refused(&path, "status=active");
    let more = "individual[first_name]=A&individual[last_name]=B&individual[card_issuing][user_terms_acceptance][date]=1\
        &individual[card_issuing][user_terms_acceptance][ip]=1.1.1.1";
    let full = p.post(&format!("/v1/issuing/cardholders/{}", bare.text("id")), more);
    assert_eq!((full.at("requirements.disabled_reason"), full.text("name")), (None, "Bare"));
    assert_eq!(p.post(&path, "status=active").text("status"), "active");
    p.sandbox.cards().review_cardholder(bare.text("id"), Some("under_review")).unwrap();
    assert_eq!(reason(&p.swipe(card.text("id"), 5, "")), "cardholder_verification_required");
    p.sandbox.cards().review_cardholder(bare.text("id"), None).unwrap();
    assert!(p.swipe(card.text("id"), 5, "").flag("approved"));
    p.sandbox.cards().block_cardholder(bare.text("id")).unwrap();
    assert_eq!(reason(&p.swipe(card.text("id"), 5, "")), "cardholder_blocked");
    p.refused(&format!("/v1/issuing/cardholders/{}", bare.text("id")), "status=active");
}

#[test]
fn card_number_is_shown_only_when_expanded_in_a_retrieve() {
    let p = Programme::new(2, 0);
    let card = p.card("");
    let shown = p.get(&format!("/v1/issuing/cards/{card}?expand[]=number&expand[]=cvc"));
    assert_eq!((shown.text("number").len(), shown.text("cvc").len()), (16, 3));
    assert_eq!(&shown.text("number")[12..], shown.text("last4"));
    assert!(p.get(&format!("/v1/issuing/cards/{card}")).get("number").is_none());
    assert!(p.get("/v1/issuing/cards").at("data.0.number").is_none());
    let shipping = "&shipping[name]=Ada&shipping[address][line1]=1&shipping[address][city]=T&shipping[address][country]=US&shipping[address][postal_code]=94103";
    let form = format!("type=physical&currency=usd&cardholder={}{shipping}", p.holder);
    let physical = p.post("/v1/issuing/cards", &form);
    let path = format!("/v1/issuing/cards/{}?expand[]=number", physical.text("id"));
    assert!(p.get(&path).get("number").is_none());
    assert!(!p.sandbox.events().iter().any(|event| event.to_string().contains(shown.text("number"))));
}

#[test]
fn physical_card_is_shipped_delivered_and_replaced() {
    let p = Programme::new(3, 0);
    let shipping = "&shipping[name]=Ada&shipping[address][line1]=1&shipping[address][city]=T&shipping[address][country]=US&shipping[address][postal_code]=94103";
    let form = format!("type=physical&currency=usd&cardholder={}{shipping}", p.holder);
    p.refused("/v1/issuing/cards", &format!("type=physical&currency=usd&cardholder={}", p.holder));
    let id = p.post("/v1/issuing/cards", &form).text("id").to_owned();
    let way = |step: &str| format!("/v1/test_helpers/issuing/cards/{id}/shipping/{step}");
    p.refused(&way("deliver"), "");
    for (step, status) in [("submit", "submitted"), ("ship", "shipped"), ("deliver", "delivered")] {
        assert_eq!(p.post(&way(step), "").text("shipping.status"), status);
    }
    p.refused(&way("return"), "");
    let lost = p.post(&format!("/v1/issuing/cards/{id}"), "status=canceled&cancellation_reason=lost");
    assert_eq!(lost.text("cancellation_reason"), "lost");
    p.refused(&format!("/v1/issuing/cards/{id}"), "status=active");
    let new = p.post("/v1/issuing/cards", &format!("{form}&replacement_for={id}&replacement_reason=lost"));
    assert_eq!(p.get(&format!("/v1/issuing/cards/{id}")).text("replaced_by"), new.text("id"));
    p.refused("/v1/issuing/cards", &format!("{form}&replacement_for={id}&replacement_reason=lost"));
}

#[test]
fn money_is_held_captured_in_parts_and_released() {
    let p = Programme::new(4, 10_000);
    let card = p.card("");
    let authorization = p.swipe(&card, 4000, "");
    assert_eq!((authorization.flag("approved"), authorization.text("status")), (true, "pending"));
    assert_eq!((reason(&authorization), authorization.int("amount")), ("card_active", 4000));
    assert_eq!(authorization.text("balance_transactions.0.type"), "issuing_authorization_hold");
    assert_eq!((p.available(), p.held()), (6000, 4000));
    assert_eq!(p.helper(&authorization, "increment", "increment_amount=1000").int("amount"), 5000);
    assert_eq!(p.helper(&authorization, "reverse", "reverse_amount=500").int("amount"), 4500);
    let part = p.helper(&authorization, "capture", "capture_amount=1500&close_authorization=false");
    assert_eq!((part.text("status"), part.items("transactions").len()), ("pending", 1));
    assert_eq!((p.available(), p.held()), (5500, 3000));
    let done = p.helper(&authorization, "capture", "capture_amount=3500");
    assert_eq!((done.text("status"), p.available(), p.held()), ("closed", 5000, 0));
    let transaction = done.at("transactions.0").unwrap();
    assert_eq!((transaction.int("amount"), transaction.text("type")), (-1500, "capture"));
    for (path, form) in [("capture", ""), ("reverse", ""), ("increment", "increment_amount=5")] {
        let path = format!("/v1/test_helpers/issuing/authorizations/{}/{path}", authorization.text("id"));
        let message = p.refused(&path, form).text("error.message").to_owned();
        let verb = path.rsplit('/').next().unwrap();
        let start = format!("An authorization with status `closed` does not allow `{verb}`");
        assert!(message.starts_with(&start), "{message}");
    }
    let refund = format!("/v1/test_helpers/issuing/transactions/{}/refund", transaction.text("id"));
    assert_eq!(p.post(&refund, "refund_amount=500").text("authorization"), authorization.text("id"));
    p.refused(&refund, "refund_amount=1001");
    assert_eq!(p.available(), 5500);
    let events = p.sandbox.event_types();
    let updated = events.iter().filter(|kind| *kind == "issuing_authorization.updated").count();
    let transactions = events.iter().filter(|kind| *kind == "issuing_transaction.created").count();
    assert_eq!((updated, transactions), (5, 3), "{events:?}");
    p.sandbox.audit().unwrap();
}

#[test]
fn authorization_ends_by_reversal_or_expiry_and_allows_late_capture() {
    let p = Programme::new(5, 10_000);
    let card = p.card("");
    let reversed = p.swipe(&card, 700, "");
    let reversed = p.helper(&reversed, "reverse", "");
    assert_eq!((reversed.text("status"), reversed.int("amount")), ("reversed", 0));
    let shop = p.swipe(&card, 800, "");
    let hotel = p.swipe(&card, 900, "&merchant_data[category]=hotels_motels_and_resorts");
    assert_eq!(hotel.text("merchant_data.category_code"), "7011");
    let status =
        |a: &Json| p.get(&format!("/v1/issuing/authorizations/{}", a.text("id"))).text("status").to_owned();
    p.sandbox.advance(Duration::from_secs(8 * 86_400));
    assert_eq!((status(&shop), status(&hotel)), ("expired".to_owned(), "pending".to_owned()));
    assert_eq!(p.helper(&shop, "capture", "capture_amount=800").text("status"), "closed");
    p.sandbox.advance(Duration::from_secs(24 * 86_400));
    assert_eq!((status(&hotel), p.held(), p.available()), ("expired".to_owned(), 0, 9200));
    p.sandbox.audit().unwrap();
}

#[test]
fn balance_card_and_controls_decline_without_a_request() {
    let p = Programme::new(6, 60_000);
    p.sandbox.authorizations().ask_always();
    let controls = "&spending_controls[blocked_categories][0]=bakeries&spending_controls[allowed_merchant_countries][0]=US\
        &spending_controls[spending_limits][0][amount]=500&spending_controls[spending_limits][0][interval]=per_authorization\
        &spending_controls[spending_limits][1][amount]=900&spending_controls[spending_limits][1][interval]=daily";
    let card = p.card(controls);
    let declined = p.swipe(&card, 100_000, "");
    assert_eq!((declined.text("status"), reason(&declined)), ("closed", "insufficient_funds"));
    for (amount, more) in
        [(501, ""), (5, "&merchant_data[category]=bakeries"), (5, "&merchant_data[country]=FR")]
    {
        assert_eq!(reason(&p.swipe(&card, amount, more)), "spending_controls", "{amount}{more}");
    }
    assert_eq!(reason(&p.swipe(&card, 5, "&verification_data[cvc_check]=mismatch")), "verification_failed");
    assert!(p.sandbox.authorizations().waiting().is_empty());
    assert!(!p.sandbox.event_types().contains(&"issuing_authorization.request".to_owned()));
    for _ in 0..2 {
        let asked = p.swipe(&card, 450, "");
        p.sandbox.authorizations().answer(asked.text("id"), &Answer::approve()).unwrap();
    }
    assert_eq!(reason(&p.swipe(&card, 1, "")), "spending_controls", "the daily limit is reached");
    p.sandbox.advance(Duration::from_secs(86_400));
    let tomorrow = p.swipe(&card, 1, "");
    assert_eq!(tomorrow.int("pending_request.amount"), 1);
    let inactive = p.card("");
    p.post(&format!("/v1/issuing/cards/{inactive}"), "status=inactive");
    assert_eq!(reason(&p.swipe(&inactive, 5, "")), "card_inactive");
    p.post(&format!("/v1/issuing/cards/{inactive}"), "status=canceled");
    assert_eq!(reason(&p.swipe(&inactive, 5, "")), "card_canceled");
    let both =
        "&spending_controls[allowed_categories][0]=bakeries&spending_controls[blocked_categories][0]=doctors";
    p.refused("/v1/issuing/cards", &format!("type=virtual&currency=usd&cardholder={}{both}", p.holder));
}

#[test]
fn cardholder_limit_counts_all_cards_and_replaced_cards_count_for_the_replacement() {
    let p = Programme::new(7, 100_000);
    let (first, second) = (p.card(""), p.card(""));
    let limit = "spending_controls[spending_limits][0][amount]=1000&spending_controls[spending_limits][0][interval]=monthly";
    p.post(&format!("/v1/issuing/cardholders/{}", p.holder), limit);
    assert!(p.swipe(&first, 600, "").flag("approved"));
    assert_eq!(reason(&p.swipe(&second, 401, "")), "spending_controls");
    assert!(p.swipe(&second, 400, "").flag("approved"));
    let none = "spending_controls[spending_limits][0][amount]=90000&spending_controls[spending_limits][0][interval]=monthly";
    p.post(&format!("/v1/issuing/cardholders/{}", p.holder), none);
    let heir = p.card(&format!(
        "&replacement_for={first}&replacement_reason=expired&{}",
        limit.replace("1000", "700")
    ));
    assert_eq!(reason(&p.swipe(&heir, 101, "")), "spending_controls");
    assert!(p.swipe(&heir, 100, "").flag("approved"));
    let usual = p.get(&format!("/v1/issuing/cards/{second}"));
    assert_eq!(usual.int("spending_controls.spending_limits.0.amount"), 50_000);
}

#[test]
fn endpoint_has_two_seconds_and_may_approve_partially() {
    let p = Programme::new(8, 10_000);
    p.sandbox.authorizations().ask_always();
    let card = p.card("");
    let decide = |more: &str, answer: &Answer| {
        let asked = p.swipe(&card, 1000, more);
        assert_eq!(
            (asked.int("amount"), asked.flag("approved"), asked.text("status")),
            (0, false, "pending")
        );
        assert_eq!(p.sandbox.authorizations().waiting().len(), 1);
        p.sandbox.authorizations().answer(asked.text("id"), answer).unwrap();
        p.get(&format!("/v1/issuing/authorizations/{}", asked.text("id")))
    };
    let yes = decide("", &Answer::approve());
    assert_eq!(
        (reason(&yes), yes.int("amount"), yes.at("pending_request")),
        ("webhook_approved", 1000, None)
    );
    let no = decide("", &Answer::decline());
    assert_eq!((reason(&no), no.text("status")), ("webhook_declined", "closed"));
    let part = decide("&is_amount_controllable=true", &Answer::approve_part(300));
    assert_eq!((reason(&part), part.int("amount")), ("webhook_approved", 300));
    let wrong = decide("", &Answer::approve_part(300));
    assert_eq!((reason(&wrong), wrong.flag("approved")), ("webhook_error", false));
    assert_eq!(reason(&decide("", &Answer { status: 500, ..Answer::approve() })), "webhook_error");
    assert_eq!(reason(&decide("", &Answer { version: None, ..Answer::approve() })), "webhook_error");
    assert_eq!((p.available(), p.held()), (8700, 1300));
    let late = p.swipe(&card, 10, "");
    p.sandbox.advance(Duration::from_millis(1999));
    assert_eq!(p.sandbox.authorizations().waiting().len(), 1);
    p.sandbox.advance(Duration::from_millis(1));
    let path = format!("/v1/issuing/authorizations/{}", late.text("id"));
    assert_eq!(reason(&p.get(&path)), "webhook_timeout");
    p.sandbox.authorizations().answer(late.text("id"), &Answer::approve()).expect_err("too late");
    let by_api = p.swipe(&card, 20, "");
    let path = format!("/v1/issuing/authorizations/{}", by_api.text("id"));
    assert_eq!(reason(&p.post(&format!("{path}/approve"), "")), "webhook_approved");
    p.refused(&format!("{path}/decline"), "");
    let kinds = p.sandbox.event_types();
    let count = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
    assert_eq!((count("issuing_authorization.request"), count("issuing_authorization.created")), (8, 8));
    p.sandbox.audit().unwrap();
}

#[test]
fn force_captures_may_overdraw_the_balance() {
    let p = Programme::new(9, 100);
    let card = p.card("");
    let form = format!("card={card}&amount=300");
    let forced = p.post("/v1/test_helpers/issuing/transactions/create_force_capture", &form);
    assert_eq!((forced.int("amount"), forced.at("authorization"), p.available()), (-300, None, -200));
    let refund = p.post("/v1/test_helpers/issuing/transactions/create_unlinked_refund", &form);
    assert_eq!((refund.int("amount"), refund.text("type"), p.available()), (300, "refund", 100));
    let listed = p.get("/v1/issuing/transactions?type=refund");
    assert_eq!(listed.items("data").len(), 1);
    let path = format!("/v1/issuing/transactions/{}?expand[]=balance_transaction", forced.text("id"));
    assert_eq!(p.get(&path).int("balance_transaction.net"), -300);
    p.sandbox.audit().unwrap();
}

#[test]
fn expanded_objects_equal_retrieved_ones() {
    let p = Programme::new(9, 1000);
    let card = p.card("");
    let authorization = p.swipe(&card, 100, "");
    let transaction = p.helper(&authorization, "capture", "").text("transactions.0.id").to_owned();
    let holder = authorization.text("cardholder").to_owned();
    p.post(&format!("/v1/issuing/cardholders/{holder}"), "email=new@example.com");
    let path = format!("/v1/issuing/transactions/{transaction}?expand[]=card&expand[]=authorization");
    let expanded = p.get(&path);
    assert_eq!(expanded.text("card.cardholder.email"), "new@example.com");
    assert_eq!(expanded.at("card"), Some(&p.get(&format!("/v1/issuing/cards/{card}"))));
    let alone = p.get(&format!("/v1/issuing/authorizations/{}", authorization.text("id")));
    assert_eq!(expanded.at("authorization"), Some(&alone));
    assert_eq!(p.sandbox.object(authorization.text("id")), Some(alone));
}

#[test]
fn dispute_needs_evidence_and_expires_after_110_days() {
    let p = Programme::new(10, 10_000);
    let card = p.card("");
    let capture = |amount: i64, more: &str| {
        let authorization = p.swipe(&card, amount, more);
        p.helper(&authorization, "capture", "").text("transactions.0.id").to_owned()
    };
    let (first, second, third) = (capture(1000, ""), capture(2000, ""), capture(500, ""));
    let cash = capture(100, "&merchant_data[category]=automated_cash_disburse");
    p.refused("/v1/issuing/disputes", &format!("transaction={cash}"));
    let dispute = |transaction: &str| {
        p.post("/v1/issuing/disputes", &format!("transaction={transaction}&evidence[reason]=not_received"))
    };
    let open = dispute(&first);
    p.refused("/v1/issuing/disputes", &format!("transaction={first}"));
    let path = format!("/v1/issuing/disputes/{}", open.text("id"));
    let missing = p.refused(&format!("{path}/submit"), "");
    assert_eq!(missing.text("error.param"), "evidence[not_received][expected_at]");
    let evidence = "evidence[not_received][expected_at]=1767000000&evidence[not_received][explanation]=Never+came&evidence[not_received][product_type]=merchandise";
    p.post(&path, evidence);
    assert_eq!(p.post(&format!("{path}/submit"), "").text("status"), "submitted");
    p.refused(&path, "amount=5");
    p.sandbox.disputes().win(open.text("id")).unwrap();
    let expanded = format!("{path}?expand[]=balance_transactions");
    assert_eq!(p.get(&expanded).int("balance_transactions.0.net"), 1000);
    assert_eq!(p.available(), 7400);
    let lost = dispute(&second);
    let path = format!("/v1/issuing/disputes/{}", lost.text("id"));
    p.post(&path, evidence);
    p.post(&format!("{path}/submit"), "");
    p.sandbox.disputes().reinstate(lost.text("id")).unwrap();
    p.sandbox.disputes().lose(lost.text("id"), "not_cancelled").unwrap();
    assert_eq!((p.get(&path).text("status"), p.available()), ("lost", 7400));
    let idle = dispute(&third);
    p.sandbox.advance(Duration::from_secs(110 * 86_400));
    let idle = p.get(&format!("/v1/issuing/disputes/{}", idle.text("id")));
    assert_eq!(idle.text("status"), "expired");
    for kind in ["funds_reinstated", "funds_rescinded", "submitted", "closed"] {
        assert!(p.sandbox.event_types().contains(&format!("issuing_dispute.{kind}")), "{kind}");
    }
    p.sandbox.audit().unwrap();
}

#[test]
fn designs_tokens_keys_and_settlements_change_state() {
    let p = Programme::new(11, 0);
    let bundles = p.get("/v1/issuing/physical_bundles?type=standard");
    let bundle = bundles.text("data.0.id").to_owned();
    let form = format!("physical_bundle={bundle}&name=Blue&lookup_key=blue&preferences[is_default]=true");
    let design = p.post("/v1/issuing/personalization_designs", &form);
    p.refused("/v1/issuing/personalization_designs", &form);
    let helper =
        |what: &str| format!("/v1/test_helpers/issuing/personalization_designs/{}/{what}", design.text("id"));
    assert_eq!(p.post(&helper("activate"), "").text("status"), "active");
    let shipping = "&shipping[name]=Ada&shipping[address][line1]=1&shipping[address][city]=T&shipping[address][country]=US&shipping[address][postal_code]=94103";
    let form = format!("type=physical&currency=usd&cardholder={}{shipping}", p.holder);
    let printed = p.post("/v1/issuing/cards", &form);
    assert_eq!(printed.text("personalization_design"), design.text("id"));
    let rejected = p.post(&helper("reject"), "rejection_reasons[carrier_text][0]=promotional_material");
    assert_eq!(rejected.text("rejection_reasons.carrier_text.0"), "promotional_material");
    let printed = p.get(&format!("/v1/issuing/cards/{}", printed.text("id")));
    assert_eq!(
        (printed.text("status"), printed.text("cancellation_reason")),
        ("canceled", "design_rejected")
    );
    assert_eq!(p.get("/v1/issuing/personalization_designs?lookup_keys[]=blue").items("data").len(), 1);

    let card = p.card("");
    let token = p.sandbox.cards().add_to_wallet(&card, "apple_pay").unwrap();
    assert_eq!(p.get(&format!("/v1/issuing/tokens?card={card}")).text("data.0.status"), "active");
    let path = format!("/v1/issuing/tokens/{token}");
    assert_eq!(p.post(&path, "status=suspended").text("status"), "suspended");
    assert_eq!(p.post(&path, "status=deleted").text("status"), "deleted");
    p.refused(&path, "status=active");

    let key = p.key(&card);
    assert!(key.text("secret").starts_with("ek_test_"));
    p.sandbox.advance(Duration::from_secs(3600));
    let gone = crate::tests::support::request(
        Method::DELETE,
        &format!("/v1/ephemeral_keys/{}", key.text("id")),
        "",
        &p.account,
        &[],
    );
    assert_eq!(p.sandbox.handle(&gone).status, 404, "it expired after an hour");

    let form = "bin=424242&clearing_date=1767000000&currency=usd&net_total_amount=-500";
    let settlement = p.post("/v1/test_helpers/issuing/settlements", form);
    let path = format!("/v1/test_helpers/issuing/settlements/{}/complete", settlement.text("id"));
    assert_eq!(p.post(&path, "").text("status"), "complete");
    p.refused(&path, "");
}

/// Random purchases and their outcomes: the ledger balances, only captures that cannot be declined overdraw the
/// balance, and nothing is held after all authorizations have ended.
#[test]
fn holds_end_at_zero_and_only_captures_overdraw() {
    for seed in 0..size("random runs of cards", 6, 20) {
        let p = Programme::new(seed, 20_000);
        let mut dice = Ids::new(seed);
        let cards = [p.card(""), p.card("")];
        let mut authorizations: Vec<String> = Vec::new();
        for step in 0..120 {
            let amount = dice.below(1500) + 1;
            let card = &cards[usize::try_from(dice.below(2)).unwrap()];
            let some = usize::try_from(dice.below(1 + authorizations.len() as u64)).unwrap();
            let id = authorizations.get(some).cloned().unwrap_or_default();
            p.sandbox.state().questions_asked = dice.below(2) == 0;
            let before = p.available();
            let path = |what: &str| format!("/v1/test_helpers/issuing/authorizations/{id}/{what}");
            let (path, form, may_overdraw) = match dice.below(12) {
                0..=3 => (
                    "/v1/test_helpers/issuing/authorizations".to_owned(),
                    format!("card={card}&amount={amount}&is_amount_controllable=true"),
                    false,
                ),
                4 => (path("capture"), format!("capture_amount={amount}&close_authorization=false"), true),
                5 => (path("capture"), String::new(), false),
                6 => (path("reverse"), format!("reverse_amount={amount}"), false),
                7 => (path("reverse"), String::new(), false),
                8 => (path("increment"), format!("increment_amount={amount}"), false),
                9 => (path("finalize_amount"), format!("final_amount={amount}"), false),
                10 => {
                    let answer = [Answer::approve(), Answer::decline(), Answer::approve_part(1)];
                    let answer = &answer[usize::try_from(dice.below(3)).unwrap()];
                    let _ = p.sandbox.authorizations().answer(&id, answer);
                    (path("expire"), String::new(), false)
                }
                _ => {
                    p.sandbox.advance(Duration::from_secs(dice.below(90_000)));
                    let form = format!("card={card}&amount={}", amount / 8 + 1);
                    ("/v1/test_helpers/issuing/transactions/create_force_capture".to_owned(), form, true)
                }
            };
            let reply = post(&p.sandbox, &p.account, &path, &form);
            assert!(reply.status < 500, "seed {seed}, step {step}, {path}: {}", reply.json());
            if reply.status == 200 && path.ends_with("authorizations") {
                authorizations.push(reply.json().text("id").to_owned());
            }
            let after = p.available();
            assert!(after >= 0 || after >= before || may_overdraw, "seed {seed}, step {step}, {path}");
            assert!(p.held() >= 0, "seed {seed}, step {step}");
        }
        p.sandbox.advance(Duration::from_secs(40 * 86_400));
        assert_eq!(p.held(), 0, "seed {seed}");
        let approved = |id: &&String| p.get(&format!("/v1/issuing/authorizations/{id}")).flag("approved");
        let approved = authorizations.iter().filter(approved).count();
        assert!(approved > 3, "seed {seed}: only {approved} requests were approved");
        let lines = p
            .sandbox
            .state()
            .ledger
            .lines(&crate::engine::Scope::new(p.account.as_str(), false))
            .filter(|line| line.kind.starts_with("issuing_authorization"))
            .map(|line| line.amount)
            .sum::<i64>();
        assert_eq!(lines, 0, "seed {seed}");
        p.sandbox.audit().unwrap();
    }
}

#[test]
fn foreign_purchase_is_captured_and_refunded_in_merchant_currency() {
    let p = Programme::new(40, 10_000);
    let card = p.card("");
    let bought = p.swipe(&card, 1100, "&merchant_amount=1000&merchant_currency=eur");
    let captured = p.helper(&bought, "capture", "capture_amount=550");
    let taken = &captured.items("transactions")[0];
    assert_eq!(
        (taken.int("amount"), taken.int("merchant_amount"), taken.text("merchant_currency")),
        (-550, -500, "eur"),
        "{taken}"
    );
    let refund = format!("/v1/test_helpers/issuing/transactions/{}/refund", taken.text("id"));
    let refund = p.post(&refund, "refund_amount=110");
    assert_eq!((refund.int("merchant_amount"), refund.text("merchant_currency")), (100, "eur"));
    let partly = p.swipe(&card, 1100, "&merchant_amount=1000&merchant_currency=eur");
    let partly = p.helper(&partly, "reverse", "reverse_amount=330");
    assert_eq!((partly.int("amount"), partly.int("merchant_amount")), (770, 700));
}

#[test]
fn evidence_files_and_loss_reasons_are_validated() {
    let p = Programme::new(41, 10_000);
    let card = p.card("");
    let force = "/v1/test_helpers/issuing/transactions/create_force_capture";
    let transaction = p.post(force, &format!("card={card}&amount=500"));
    let form = |file: &str| {
        format!(
            "transaction={}&evidence[reason]=other&evidence[other][explanation]=x&evidence[other][product_type]=service\
             &evidence[other][additional_documentation]={file}",
            transaction.text("id")
        )
    };
    let place = "evidence[other][additional_documentation]";
    let unknown = post(&p.sandbox, &p.account, "/v1/issuing/disputes", &form("file_nothing"));
    assert_eq!((unknown.status, unknown.json().text("error.param")), (400, place), "{}", unknown.json());
    let dispute =
        p.post("/v1/issuing/disputes", form("").split("&evidence[other][additional").next().unwrap());
    p.post(&format!("/v1/issuing/disputes/{}/submit", dispute.text("id")), "");
    let lost = p.sandbox.disputes().lose(dispute.text("id"), "bad_luck").unwrap_err();
    assert_eq!((lost.status, lost.param.as_deref()), (400, Some("loss_reason")));
    p.sandbox.disputes().lose(dispute.text("id"), "refund_issued").unwrap();
}

#[test]
fn partial_approvals_and_increments_scale_the_merchant_amount() {
    let p = Programme::new(42, 10_000);
    p.sandbox.authorizations().ask_always();
    let card = p.card("");
    let decide = |asked: &Json, answer: &Answer| {
        p.sandbox.authorizations().answer(asked.text("id"), answer).unwrap();
        p.get(&format!("/v1/issuing/authorizations/{}", asked.text("id")))
    };
    let amounts = |object: &Json| (object.int("amount"), object.int("merchant_amount"));
    let part = |more: &str| {
        let more = format!("&is_amount_controllable=true{more}");
        decide(&p.swipe(&card, 1000, &more), &Answer::approve_part(400))
    };
    let home = part("");
    assert_eq!((amounts(&home), amounts(&home["request_history"][0])), ((400, 400), (400, 400)));
    let abroad = part("&merchant_amount=900&merchant_currency=eur");
    assert_eq!((amounts(&abroad), amounts(&abroad["request_history"][0])), ((400, 360), (400, 360)));
    let captured = p.helper(&abroad, "capture", "");
    assert_eq!(amounts(&captured["transactions"][0]), (-400, -360), "{captured}");
    let refund =
        format!("/v1/test_helpers/issuing/transactions/{}/refund", captured.text("transactions.0.id"));
    assert_eq!(amounts(&p.post(&refund, "refund_amount=100")), (100, 90));
    let raised = p.swipe(&card, 1000, "&merchant_amount=900&merchant_currency=eur");
    decide(&raised, &Answer::approve());
    let asked = p.helper(&raised, "increment", "increment_amount=1000&is_amount_controllable=true");
    assert_eq!(amounts(&asked["pending_request"]), (1000, 900));
    let raised = decide(&raised, &Answer::approve_part(500));
    assert_eq!((amounts(&raised), amounts(&raised["request_history"][1])), ((1500, 1350), (500, 450)));
}

#[test]
fn cardholder_limit_counts_its_own_currency_only() {
    let p = Programme::new(43, 100_000);
    let daily = "spending_controls[spending_limits][0][amount]=500&spending_controls[spending_limits][0][interval]=daily";
    let path = format!("/v1/issuing/cardholders/{}", p.holder);
    let limited = p.post(&path, daily);
    assert_eq!(limited.text("spending_controls.spending_limits_currency"), "usd", "the account's");
    let card = p.card("");
    assert!(p.swipe(&card, 200, "").flag("approved"));
    assert_eq!(reason(&p.swipe(&card, 301, "")), "spending_controls");
    p.post(&path, &format!("{daily}&spending_controls[spending_limits_currency]=eur"));
    assert!(p.swipe(&card, 2000, "").flag("approved"), "2000 USD are not euros");
}

#[test]
fn authorization_shows_refunds_of_its_captures() {
    let p = Programme::new(44, 10_000);
    let bought = p.swipe(&p.card(""), 700, "");
    p.helper(&bought, "capture", "");
    let handle = p.sandbox.authorization(bought.text("id"));
    let refunds = [handle.refund_amount(200).unwrap(), handle.refund().unwrap()];
    assert_eq!(handle.transactions()[1..], refunds);
    let path = format!("/v1/issuing/authorizations/{}", bought.text("id"));
    let amounts: Vec<i64> = p.get(&path).items("transactions").iter().map(|one| one.int("amount")).collect();
    assert_eq!(amounts, [-700, 200, 500]);
}

#[test]
fn zero_amount_approval_needs_a_zero_amount_request() {
    let p = Programme::new(45, 10_000);
    p.sandbox.authorizations().ask_always();
    let card = p.card("");
    let asked = p.swipe(&card, 1000, "&is_amount_controllable=true");
    let path = format!("/v1/issuing/authorizations/{}", asked.text("id"));
    let refused = p.refused(&format!("{path}/approve"), "amount=0");
    assert_eq!(refused.text("error.param"), "amount");
    p.sandbox.authorizations().answer(asked.text("id"), &Answer::approve_part(0)).unwrap();
    assert_eq!(reason(&p.get(&path)), "webhook_error");
    let check = p.swipe(&card, 0, "");
    let path = format!("/v1/issuing/authorizations/{}", check.text("id"));
    assert!(p.post(&format!("{path}/approve"), "").flag("approved"), "a merchant that verifies the card");
}

#[test]
fn declined_increment_does_not_extend_the_expiry() {
    let p = Programme::new(46, 10_000);
    let card = p.card("");
    let status =
        |a: &Json| p.get(&format!("/v1/issuing/authorizations/{}", a.text("id"))).text("status").to_owned();
    let days = |days: u64| Duration::from_secs(days * 86_400);
    let (declined, overdue, raised) =
        (p.swipe(&card, 100, ""), p.swipe(&card, 200, ""), p.swipe(&card, 300, ""));
    p.sandbox.advance(days(5));
    assert_eq!(reason(&p.helper(&declined, "increment", "increment_amount=20000")), "insufficient_funds");
    p.helper(&raised, "increment", "increment_amount=50");
    p.sandbox.advance(days(2) - Duration::from_secs(1));
    p.sandbox.authorizations().ask_always();
    p.helper(&overdue, "increment", "increment_amount=50");
    assert_eq!(status(&declined), "pending");
    p.sandbox.advance(Duration::from_secs(1));
    assert_eq!(
        (status(&declined), status(&overdue), status(&raised)),
        ("expired".to_owned(), "pending".to_owned(), "pending".to_owned())
    );
    p.sandbox.authorizations().answer(overdue.text("id"), &Answer::decline()).unwrap();
    assert_eq!((status(&overdue), p.held()), ("expired".to_owned(), 350), "it expired before the decision");
    p.sandbox.advance(days(5));
    assert_eq!((status(&raised), p.held()), ("expired".to_owned(), 0));
    p.sandbox.audit().unwrap();
}

#[test]
fn requested_at_precedes_the_decision() {
    let p = Programme::new(47, 10_000);
    p.sandbox.authorizations().ask_always();
    let card = p.card("");
    let start = p.sandbox.state().clock.now();
    let asked = p.swipe(&card, 100, "");
    p.sandbox.advance(Duration::from_secs(1));
    p.sandbox.authorizations().answer(asked.text("id"), &Answer::approve()).unwrap();
    p.sandbox.advance(Duration::from_secs(60));
    p.helper(&asked, "increment", "increment_amount=50");
    p.sandbox.advance(Duration::from_secs(2));
    let history = p.get(&format!("/v1/issuing/authorizations/{}", asked.text("id")));
    let times = history.items("request_history").iter();
    let times: Vec<_> =
        times.map(|entry| (entry.int("requested_at") - start, entry.int("created") - start)).collect();
    assert_eq!(times, [(0, 1), (61, 63)]);
}

#[test]
fn wallet_requires_a_reachable_cardholder() {
    let p = Programme::new(48, 0);
    let holder = p.post("/v1/issuing/cardholders", &HOLDER.replace("&email=ada%40example.com", ""));
    let form = format!("type=virtual&currency=usd&status=active&cardholder={}", holder.text("id"));
    let card = p.post("/v1/issuing/cards", &form);
    assert_eq!(card.text("wallets.apple_pay.ineligible_reason"), "missing_cardholder_contact");
    let add = |wallet: &str| p.sandbox.cards().add_to_wallet(card.text("id"), wallet);
    let refused = add("apple_pay").unwrap_err();
    assert_eq!((refused.status, refused.param.as_deref()), (400, Some("wallet")));
    assert_eq!(p.get(&format!("/v1/issuing/tokens?card={}", card.text("id"))).items("data").len(), 0);
    let holder = format!("/v1/issuing/cardholders/{}", holder.text("id"));
    p.post(&holder, "email=ada%40example.com");
    let path = format!("/v1/issuing/cards/{}", card.text("id"));
    assert!(p.get(&path).flag("wallets.apple_pay.eligible"));
    assert!(p.get("/v1/issuing/cards").flag("data.0.wallets.google_pay.eligible"));
    assert_eq!(p.get(&path).at("wallets.apple_pay.ineligible_reason"), None);
    add("apple_pay").unwrap();
    let refused = add("a_purse").unwrap_err();
    assert_eq!((refused.status, refused.param.as_deref()), (400, Some("wallet")));
}

#[test]
fn ephemeral_key_requires_nonce_and_version() {
    let p = Programme::new(49, 0);
    let card = p.card("");
    let asked = |form: &str, headers: &[(&str, &str)]| {
        let reply = p.sandbox.handle(&crate::tests::support::request(
            Method::POST,
            "/v1/ephemeral_keys",
            form,
            &p.account,
            headers,
        ));
        let error = reply.json();
        (reply.status, error.text("error.code").to_owned(), error.text("error.param").to_owned())
    };
    let version = [("stripe-version", "2026-10-28.endive")];
    let without = asked(&format!("issuing_card={card}"), &version);
    assert_eq!(without, (400, "parameter_missing".to_owned(), "nonce".to_owned()));
    let form = format!("issuing_card={card}&nonce=n");
    assert_eq!(asked(&form, &[]), (400, String::new(), String::new()));
    p.key(&card);
}

#[test]
fn receipt_can_be_sent_after_the_purchase() {
    let p = Programme::new(50, 10_000);
    let bought = p.swipe(&p.card(""), 700, "");
    let id = p.helper(&bought, "capture", "").text("transactions.0.id").to_owned();
    p.sandbox.transactions().add_receipt_line(&id, "Coffee", 2, 250).unwrap();
    p.sandbox.transactions().add_receipt_line(&id, "Cake", 1, 200).unwrap();
    let shown = p.get(&format!("/v1/issuing/transactions/{id}?expand[]=purchase_details"));
    let receipt = shown.items("purchase_details.receipt").iter();
    let receipt: Vec<_> = receipt.map(|line| (line.text("description"), line.int("total"))).collect();
    assert_eq!(receipt, [("Coffee", 500), ("Cake", 200)]);
    assert_eq!(shown.at("purchase_details.receipt.0.quantity").and_then(Json::as_f64), Some(2.0));
    let kind = "issuing_transaction.purchase_details_receipt_updated";
    let told: Vec<Json> = p.sandbox.events().into_iter().filter(|event| event.text("type") == kind).collect();
    assert_eq!(told.len(), 2);
    assert!(
        told.iter().all(|event| event.text("data.object.id") == id),
        "the receipt is shown only when expanded"
    );
}

#[test]
fn card_logo_must_have_the_logo_purpose() {
    let p = Programme::new(51, 0);
    let bundle = p.get("/v1/issuing/physical_bundles?type=custom").text("data.0.id").to_owned();
    let form = |logo: &str| format!("physical_bundle={bundle}&card_logo={logo}");
    let designs = "/v1/issuing/personalization_designs";
    let mut files = Vec::new();
    for purpose in ["dispute_evidence", "issuing_logo"] {
        let mut state = p.sandbox.state();
        let scope = crate::engine::Scope::new(p.account.as_str(), false);
        let file =
            serde_json::json!({ "id": format!("file_{purpose}"), "purpose": purpose, "size": 1, "url": "" });
        files.push(state.context(scope).create("file", "file", file).unwrap().text("id").to_owned());
    }
    let unknown = post(&p.sandbox, &p.account, designs, &form("file_nothing"));
    assert_eq!((unknown.status, unknown.json().text("error.param")), (400, "card_logo"));
    assert_eq!(p.refused(designs, &form(&files[0])).text("error.param"), "card_logo");
    assert_eq!(p.post(designs, &form(&files[1])).text("card_logo"), files[1]);
}
