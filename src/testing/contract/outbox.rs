use super::{all, unique};
use crate::outbox::{
    Claimed, Done, Enqueued, Entry, Outbox, OutboxError, Reason, Resolution, Row, State, Step,
};
use crate::{Client, Currency, Error, Prepared, Secret, payout, token};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Tests that an outbox satisfies the contract of [`Outbox`]. Run it in your tests on a table without open rows. It
/// takes two or three seconds and sends nothing.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use stripe_platform::{outbox::MemoryOutbox, testing::outbox_contract};
///
/// outbox_contract(&MemoryOutbox::new()).await;
/// # }
/// ```
///
/// # Panics
/// Panics if a rule is violated; the message describes it.
pub async fn outbox_contract<O: Outbox + ?Sized>(outbox: &O) {
    let open = done(outbox.counts().await).open;
    assert_eq!(open, 0, "contract of Outbox: the table must have no open rows");
    request_is_stored_once(outbox).await;
    unrepeatable_requests_are_rejected(outbox).await;
    row_keeps_request_and_data(outbox).await;
    one_of_many_claims_gets_a_row(outbox).await;
    lease_expires_and_is_extended(outbox).await;
    lost_lease_records_nothing(outbox).await;
    steps_decide_what_becomes_of_a_row(outbox).await;
    age_begins_with_the_first_attempt_that_may_have_acted(outbox).await;
    rows_of_an_order_wait_for_each_other(outbox).await;
    review_ends_as_resolved(outbox).await;
    ended_rows_are_purged(outbox).await;
}

/// Longer than the contract runs.
const LONG: Duration = Duration::from_secs(60);

fn done<T>(result: Result<T, OutboxError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("contract of Outbox: {error}"),
    }
}

fn client() -> Client {
    match Client::new("sk_test_contract") {
        Ok(client) => client,
        Err(error) => panic!("a client can be made: {error}"),
    }
}

fn request(key: &str, cents: i64) -> Prepared {
    let payout = payout::Create::new(cents, Currency::USD).idempotency_key(key).for_account("acct_contract");
    match client().prepare(&payout) {
        Ok(request) => request,
        Err(error) => panic!("a payout can be prepared: {error}"),
    }
}

async fn stored<O: Outbox + ?Sized>(outbox: &O) -> String {
    let key = unique("contract");
    let new = done(outbox.enqueue_now(&Entry::new(&request(&key, 1))).await);
    assert_eq!(new, Enqueued::New, "a new request is stored");
    key
}

async fn claim_one<O: Outbox + ?Sized>(outbox: &O, key: &str, lease: Duration) -> Claimed {
    let mut claims = done(outbox.claim(10, lease).await);
    assert_eq!(claims.len(), 1, "the one free row is claimed: {claims:?}");
    match claims.pop() {
        Some(claim) if claim.key == key => claim,
        other => panic!("another row was claimed: {other:?}"),
    }
}

/// Claims the row when its wait is over, and checks that it could not be claimed earlier.
async fn claim_after<O: Outbox + ?Sized>(
    outbox: &O,
    key: &str,
    began: Instant,
    wait: Duration,
    why: &str,
) -> Claimed {
    // Database clocks are rounded.
    let rounding = Duration::from_millis(5);
    loop {
        let mut claims = done(outbox.claim(10, LONG).await);
        match claims.pop() {
            Some(claim) => {
                assert_eq!((claim.key.as_str(), claims.len()), (key, 0), "the one row is claimed");
                assert!(began.elapsed() + rounding >= wait, "{why}, nothing is free: {claim:?}");
                return claim;
            }
            None => {
                let late = began.elapsed() > wait + Duration::from_secs(10);
                assert!(!late, "contract of Outbox: {why} has ended, and {key} is not free");
                sleep(Duration::from_millis(25)).await;
            }
        }
    }
}

async fn claims_nothing<O: Outbox + ?Sized>(outbox: &O, why: &str) {
    let claims = done(outbox.claim(10, LONG).await);
    assert!(claims.is_empty(), "{why}, nothing is free: {claims:?}");
}

async fn row<O: Outbox + ?Sized>(outbox: &O, key: &str) -> Row {
    match done(outbox.find(key).await) {
        Some(row) => row,
        None => panic!("the row of {key} is found"),
    }
}

fn succeeded() -> Step {
    Step::Done(Done::Succeeded(Secret::new(
        serde_json::json!({ "id": "po_1", "client_secret": "hush" }).into(),
    )))
}

async fn end<O: Outbox + ?Sized>(outbox: &O, claim: &Claimed) {
    assert!(done(outbox.record(claim, &succeeded()).await), "a result is recorded");
}

async fn request_is_stored_once<O: Outbox + ?Sized>(outbox: &O) {
    let key = unique("contract");
    let entry = Entry::new(&request(&key, 1));
    let results = all((0..20).map(|_| outbox.enqueue_now(&entry))).await;
    let new = results.into_iter().map(done).filter(|result| *result == Enqueued::New).count();
    assert_eq!(new, 1, "of 20 times at once, one is new");
    let other = outbox.enqueue_now(&Entry::new(&request(&key, 2))).await;
    assert!(matches!(other, Err(OutboxError::KeyReused(_))), "another request under the key: {other:?}");
    let claim = claim_one(outbox, &key, LONG).await;
    end(outbox, &claim).await;
    assert_eq!(done(outbox.enqueue_now(&entry).await), Enqueued::Known, "the row of a done request stays");
    claims_nothing(outbox, "after a done request was stored again").await;
}

async fn unrepeatable_requests_are_rejected<O: Outbox + ?Sized>(outbox: &O) {
    let client = client();
    let read = client.prepare(&payout::Retrieve::new("po_1"));
    let deletion = client.prepare(
        &crate::account::Delete::new("acct_1")
            .with_options(crate::Options::new().idempotency_key(unique("contract"))),
    );
    let bank = token::BankAccountParams::new("000123456789", "US").routing_number("110000000");
    let secret = client.prepare(&token::Create::new().bank_account(bank));
    let own_key = payout::Create::new(1, Currency::USD).with_options(
        crate::Options::new().api_key("sk_test_of_its_own").idempotency_key(unique("contract")),
    );
    let own_key = client.prepare(&own_key);
    for (name, request) in
        [("a GET", read), ("a v1 DELETE", deletion), ("an own API key", own_key), ("a secret", secret)]
    {
        let Ok(request) = request else { panic!("{name} can be prepared") };
        let result = outbox.enqueue_now(&Entry::new(&request)).await;
        // A store with encryption accepts secrets.
        let fits = name == "a secret" && matches!(result, Ok(Enqueued::New));
        assert!(fits || matches!(result, Err(OutboxError::Unsuitable(_))), "{name} is refused: {result:?}");
        if fits {
            for claim in done(outbox.claim(10, LONG).await) {
                end(outbox, &claim).await;
            }
        }
    }
    claims_nothing(outbox, "after what cannot be stored").await;
}

async fn row_keeps_request_and_data<O: Outbox + ?Sized>(outbox: &O) {
    let (key, early) = (unique("contract"), unique("contract"));
    done(outbox.enqueue_now(&Entry::new(&request(&early, 1)).kind("early")).await);
    let first = claim_one(outbox, &early, LONG).await;
    assert_eq!((first.kind.as_str(), first.reference.as_deref()), ("early", None));
    end(outbox, &first).await;

    let request = request(&key, 123);
    let (began, delay) = (Instant::now(), Duration::from_millis(300));
    let entry = Entry::new(&request).reference("order 7 \u{e9}").delay(delay);
    done(outbox.enqueue_now(&entry).await);
    let claim = claim_after(outbox, &key, began, delay, "before the delay is over").await;
    assert_eq!(claim.kind, "POST /v1/payouts");
    assert_eq!(claim.reference.as_deref(), Some("order 7 \u{e9}"));
    match &claim.stored {
        Ok(stored) => {
            assert!(stored.request == request, "the request is what was stored");
            assert_eq!((stored.attempts, stored.first_attempt), (0, None));
        }
        Err(problem) => panic!("the stored request can be read: {problem}"),
    }
    end(outbox, &claim).await;
    let row = row(outbox, &key).await;
    assert_eq!((row.state, row.attempts, row.error), (State::Succeeded, 1, None));
    assert_eq!(
        row.result,
        Some(serde_json::json!({ "id": "po_1" }).into()),
        "of the reply, no secret is kept"
    );
    assert!(done(outbox.find(&unique("contract")).await).is_none(), "an unknown key has no row");
}

async fn one_of_many_claims_gets_a_row<O: Outbox + ?Sized>(outbox: &O) {
    let mut keys = HashSet::new();
    for _ in 0..30 {
        keys.insert(stored(outbox).await);
    }
    let mut claimed = Vec::new();
    // A store may skip rows that others are claiming at the same moment.
    for _ in 0..20 {
        for claims in all((0..8).map(|_| outbox.claim(5, LONG))).await {
            let claims = done(claims);
            assert!(claims.len() <= 5, "a claim keeps to its limit");
            claimed.extend(claims);
        }
        if claimed.len() >= keys.len() {
            break;
        }
    }
    let found: HashSet<String> = claimed.iter().map(|claim| claim.key.clone()).collect();
    assert_eq!(claimed.len(), 30, "each row is claimed once");
    assert_eq!(found, keys, "all rows are claimed");
    for claim in &claimed {
        end(outbox, claim).await;
    }
}

async fn lease_expires_and_is_extended<O: Outbox + ?Sized>(outbox: &O) {
    let key = stored(outbox).await;
    let first = claim_one(outbox, &key, LONG).await;
    assert_eq!(first.unrecorded, 1);
    let (began, lease) = (Instant::now(), Duration::from_millis(300));
    assert!(done(outbox.extend(&first, lease).await), "a lease is extended");
    let second = claim_after(outbox, &key, began, lease, "within the lease").await;
    assert_eq!(second.unrecorded, 2);
    let attempts = second.stored.as_ref().map(|stored| (stored.attempts, stored.first_attempt.is_some()));
    assert_eq!(attempts, Ok((1, true)), "an attempt without a result may have acted");
    assert!(!done(outbox.extend(&first, LONG).await), "an expired lease that another has cannot be extended");
    end(outbox, &second).await;
    assert!(!done(outbox.extend(&second, LONG).await), "a lease that is ended cannot be extended");
}

async fn lost_lease_records_nothing<O: Outbox + ?Sized>(outbox: &O) {
    let key = stored(outbox).await;
    let first = claim_one(outbox, &key, Duration::ZERO).await;
    sleep(Duration::from_millis(20)).await;
    let second = claim_one(outbox, &key, LONG).await;
    let late = Step::needs_review(Reason::KeyExpired, None);
    assert!(!done(outbox.record(&first, &late).await), "a claim that lost the row records nothing");
    assert_eq!(row(outbox, &key).await.state, State::Open);
    end(outbox, &second).await;
    assert!(!done(outbox.record(&second, &late).await), "a result is recorded once");
    assert_eq!(row(outbox, &key).await.state, State::Succeeded);
}

async fn steps_decide_what_becomes_of_a_row<O: Outbox + ?Sized>(outbox: &O) {
    let failure = || Error::invalid_input("it failed on purpose");
    let steps = [
        (Step::Done(Done::Refused(failure())), State::Refused, None),
        (Step::Done(Done::Unreadable(failure())), State::Succeeded, None),
        (Step::needs_review(Reason::KeyReused, Some(failure())), State::NeedsReview, Some("key_reused")),
        (Step::again(LONG, true, failure()), State::Open, None),
    ];
    let mut keys = Vec::new();
    for (step, state, reason) in steps {
        let key = stored(outbox).await;
        let claim = claim_one(outbox, &key, LONG).await;
        assert!(done(outbox.record(&claim, &step).await), "{step:?}");
        let row = row(outbox, &key).await;
        assert_eq!((row.state, row.reason.as_deref()), (state, reason), "{step:?}");
        assert!(row.error.is_some_and(|error| error.contains("on purpose")), "{step:?}");
        claims_nothing(outbox, "after a step").await;
        keys.push((key, state));
    }
    let counts = done(outbox.counts().await);
    assert_eq!((counts.open, counts.needs_review > 0), (1, true));
    for (key, state) in keys {
        if state == State::NeedsReview {
            assert!(done(outbox.in_review(1_000).await).iter().any(|row| row.key == key), "it is in review");
            assert!(done(outbox.resolve(&key, Resolution::Refused).await));
        }
    }
}

async fn age_begins_with_the_first_attempt_that_may_have_acted<O: Outbox + ?Sized>(outbox: &O) {
    let key = stored(outbox).await;
    let mut firsts = Vec::new();
    for acted in [false, false, true, false] {
        let claim = claim_one(outbox, &key, LONG).await;
        assert_eq!(claim.unrecorded, 1, "a recorded step ends the count of lost workers");
        firsts.push(claim.stored.as_ref().ok().and_then(|stored| stored.first_attempt));
        let step = Step::again(Duration::ZERO, acted, Error::invalid_input("again"));
        assert!(done(outbox.record(&claim, &step).await));
    }
    assert_eq!(
        (firsts[0], firsts[1], firsts[2]),
        (None, None, None),
        "attempts without effect do not age it"
    );
    assert!(firsts[3].is_some(), "an attempt that may have acted does");
    let claim = claim_one(outbox, &key, LONG).await;
    let stored = claim.stored.as_ref().ok();
    assert_eq!(stored.map(|stored| (stored.attempts, stored.first_attempt)), Some((4, firsts[3])));
    assert!(
        stored.is_some_and(|stored| stored.first_attempt <= Some(stored.now) && stored.latest <= stored.now)
    );
    end(outbox, &claim).await;
}

async fn rows_of_an_order_wait_for_each_other<O: Outbox + ?Sized>(outbox: &O) {
    let (order, other) = (unique("acct"), unique("acct"));
    let mut keys = Vec::new();
    for (number, order) in [&order, &order, &order, &other].into_iter().enumerate() {
        let key = unique("contract");
        let entry = Entry::new(&request(&key, number as i64 + 1)).ordered_by(order);
        done(outbox.enqueue_now(&entry).await);
        keys.push(key);
    }
    let claims = done(outbox.claim(10, LONG).await);
    let found: Vec<&str> = claims.iter().map(|claim| claim.key.as_str()).collect();
    assert_eq!(found, [keys[0].as_str(), keys[3].as_str()], "the first of each order is free");
    claims_nothing(outbox, "while the first of an order is in work").await;
    end(outbox, &claims[1]).await;
    let (began, wait) = (Instant::now(), Duration::from_millis(300));
    let again = Step::again(wait, true, Error::invalid_input("again"));
    assert!(done(outbox.record(&claims[0], &again).await));
    let first = claim_after(outbox, &keys[0], began, wait, "while the first of an order waits").await;
    end(outbox, &first).await;
    let second = claim_one(outbox, &keys[1], LONG).await;
    assert!(done(outbox.record(&second, &Step::needs_review(Reason::KeyExpired, None)).await));
    claims_nothing(outbox, "while the second of an order needs review").await;
    assert!(done(outbox.resolve(&keys[1], Resolution::Succeeded).await));
    let third = claim_one(outbox, &keys[2], LONG).await;
    end(outbox, &third).await;
}

async fn review_ends_as_resolved<O: Outbox + ?Sized>(outbox: &O) {
    let key = stored(outbox).await;
    assert!(!done(outbox.resolve(&key, Resolution::Refused).await), "an open row cannot be resolved");
    let claim = claim_one(outbox, &key, LONG).await;
    assert!(done(outbox.record(&claim, &Step::needs_review(Reason::KeyExpired, None)).await));
    assert!(done(outbox.resolve(&key, Resolution::SendAgain).await), "a review is resolved");
    let claim = claim_one(outbox, &key, LONG).await;
    let first = claim.stored.as_ref().map(|stored| stored.first_attempt);
    assert_eq!(first, Ok(None), "a row to be sent again counts as never sent");
    end(outbox, &claim).await;
    assert!(!done(outbox.resolve(&key, Resolution::Refused).await), "an ended row cannot be resolved");
}

async fn ended_rows_are_purged<O: Outbox + ?Sized>(outbox: &O) {
    let (ended, open) = (stored(outbox).await, unique("contract"));
    let claim = claim_one(outbox, &ended, LONG).await;
    end(outbox, &claim).await;
    done(outbox.enqueue_now(&Entry::new(&request(&open, 1)).delay(LONG)).await);
    done(outbox.purge(LONG).await);
    assert_eq!(row(outbox, &ended).await.state, State::Succeeded, "a young row stays");
    sleep(Duration::from_millis(20)).await;
    assert!(done(outbox.purge(Duration::ZERO).await) > 0, "an old row is deleted");
    assert!(done(outbox.find(&ended).await).is_none(), "an old row is deleted");
    assert_eq!(row(outbox, &open).await.state, State::Open, "an open row stays");
}
