//! State that outlives the process.

use crate::Peek as _;
use crate::server::{Server, StateFile, StateFileError};
use crate::tests::http::call;
use crate::{ClockMode, Options, Sandbox};
use std::path::PathBuf;
use std::time::Duration;

/// A file that is removed on drop.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sandbox-state-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }

    async fn open(&self) -> StateFile {
        self.open_with(&Options::default()).await.unwrap()
    }

    /// The connections of a dropped server, and the lock of the file with them, end a moment later.
    async fn open_with(&self, options: &Options) -> Result<StateFile, StateFileError> {
        for _ in 0..500 {
            match StateFile::open(&self.0, 7, options.clone()) {
                Err(StateFileError::Locked(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
                opened => return opened,
            }
        }
        panic!("the file stays locked")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The visible state of a sandbox: time, balances, objects and events of all accounts.
fn shown(sandbox: &Sandbox) -> String {
    let mut world = sandbox.state();
    let scopes: Vec<_> = world.scopes().cloned().collect();
    let mut out = format!("{} {:?}\n", world.clock.milliseconds(), world.outbox.waiting());
    for (purse, amount) in world.ledger.purses() {
        out.push_str(&format!("{purse:?} {amount}\n"));
    }
    for scope in scopes {
        let store = world.store(&scope).unwrap();
        let objects: Vec<_> = store
            .all()
            .map(|object| (object.to_string(), store.notes(object.text("id")).to_string()))
            .collect();
        out.push_str(&format!("{scope} {objects:#?}\n"));
    }
    out.push_str(&format!("{:?}", world.next_due()));
    world.settle();
    out
}

#[tokio::test]
async fn all_state_is_restored_after_a_restart() {
    let file = Scratch::new("again");
    let before = {
        let state = file.open().await;
        let server = Server::start(state.sandbox()).unwrap();
        let server = &server;
        let post = async |path: &str, form: &str| {
            let (status, reply) = call(server, "POST", path, form).await;
            assert_eq!(status, 200, "{path} {form}: {reply}");
            reply
        };
        let account = post("/_sandbox/connect", "").await.text("account").to_owned();
        post("/_sandbox/fund", &format!("account={account}&balance=issuing&currency=usd&amount=50000")).await;
        let card =
            post("/_sandbox/transitions", &format!("name=accounts.issue_card&id={account}&currency=usd"))
                .await;
        let card = card.text("id").to_owned();
        let swipe = format!("name=cards.authorize&id={card}&amount=1200");
        let swiped = post("/_sandbox/transitions", &swipe).await.text("id").to_owned();
        post("/_sandbox/transitions", &format!("name=authorizations.capture&id={swiped}")).await;
        post("/_sandbox/policies", "rule=payout.pay&policy=manual").await;
        post("/_sandbox/options", "default_card_limit=7").await;
        post("/v1/webhook_endpoints", "url=https://example.com/&enabled_events[]=*").await;
        post("/_sandbox/faults", "effect=status&status=503&operation=PostTopups").await;
        let topup = "amount=700&currency=usd&source=btok_us_verified";
        assert_eq!(call(server, "POST", "/v1/topups", topup).await.0, 503);
        let made = post("/v1/topups", topup).await.text("id").to_owned();
        assert_eq!(call(server, "POST", "/v1/topups", "amount=-1&currency=usd").await.0, 400);
        // Reads consume ids as well, but are not in the file.
        for _ in 0..3 {
            assert_eq!(call(server, "GET", &format!("/v1/topups/{made}"), "").await.0, 200);
        }
        post("/_sandbox/advance", "days=3&hours=5").await;
        let link = format!(
            "account={account}&type=account_onboarding&return_url=https://a.example&refresh_url=https://b.example"
        );
        let link = post("/v1/account_links", &link).await.text("url").to_owned();
        let path = link.strip_prefix(&server.url()).unwrap().to_owned();
        assert!(crate::tests::http::exchange(server, "GET", &path, "").await.unwrap().contains("200 OK"));
        post("/_sandbox/trigger", "event=payout.paid").await;
        shown(state.sandbox())
    };
    let state = file.open().await;
    assert!(state.inputs() > 10);
    let after = shown(state.sandbox());
    let differs = before.lines().zip(after.lines()).find(|(before, after)| before != after);
    assert!(before == after, "{differs:?}");
    state.sandbox().audit().unwrap();
    assert_eq!(state.sandbox().state().options.default_card_limit, Some(7));
    // The sequence of ids continues.
    let topup = "amount=700&currency=usd";
    let made = crate::tests::support::post(state.sandbox(), "", "/v1/topups", topup).json();
    assert!(!before.contains(made.text("id")));
}

#[tokio::test]
async fn idempotency_keys_survive_a_restart() {
    let file = Scratch::new("key");
    let post = async |state: &StateFile| {
        let form = "amount=700&currency=usd";
        let request = crate::tests::support::request(
            http::Method::POST,
            "/v1/topups",
            form,
            "",
            &[("idempotency-key", "once")],
        );
        state.sandbox().exchange(&request).await
    };
    let first = post(&file.open().await).await.json();
    let again = post(&file.open().await).await;
    assert_eq!(again.json(), first);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn reset_empties_the_file_permanently() {
    let file = Scratch::new("reset");
    let platform = {
        let state = file.open().await;
        let server = Server::start(state.sandbox()).unwrap();
        call(&server, "POST", "/v1/topups", "amount=700&currency=usd").await;
        assert_eq!(call(&server, "POST", "/_sandbox/reset", "seed=99").await.0, 200);
        call(&server, "POST", "/v1/topups", "amount=5&currency=usd").await;
        state.sandbox().platform()
    };
    let state = file.open().await;
    assert_eq!((state.inputs(), state.seed(), state.sandbox().platform()), (1, 99, platform));
    let topups = crate::tests::support::get(state.sandbox(), "", "/v1/topups").json();
    assert_eq!((topups.items("data").len(), topups.int("data.0.amount")), (1, 5));
}

#[tokio::test]
async fn damaged_file_is_reported_and_not_overwritten() {
    let file = Scratch::new("damage");
    {
        let state = file.open().await;
        let server = Server::start(state.sandbox()).unwrap();
        for _ in 0..3 {
            call(&server, "POST", "/v1/topups", "amount=700&currency=usd").await;
        }
    }
    let whole = std::fs::read(&file.0).unwrap();
    let middle = whole.len() / 2;
    let mut damaged = whole.clone();
    damaged[middle] ^= 1;
    std::fs::write(&file.0, &damaged).unwrap();
    let opened = file.open_with(&Options::default()).await;
    assert!(matches!(opened, Err(StateFileError::Damaged(..))), "{opened:?}");
    assert_eq!(std::fs::read(&file.0).unwrap(), damaged);
    // At the end, a truncated last request was not answered; all others are restored.
    for cut in [whole.len() - 1, whole.len() - 20] {
        std::fs::write(&file.0, &whole[..cut]).unwrap();
        assert_eq!(file.open().await.inputs(), 2);
    }
}

#[tokio::test]
async fn real_clock_continues_while_the_process_is_down() {
    let file = Scratch::new("real");
    let options = || Options { clock: ClockMode::Real, ..Options::default() };
    let before = {
        let state = file.open_with(&options()).await.unwrap();
        let server = Server::start(state.sandbox()).unwrap();
        call(&server, "POST", "/_sandbox/advance", "days=1").await;
        call(&server, "POST", "/v1/topups", "amount=700&currency=usd").await;
        let before = state.sandbox().state().clock.milliseconds();
        tokio::time::sleep(Duration::from_millis(700)).await;
        let after = state.sandbox().state().clock.milliseconds();
        assert!((200..20_000).contains(&(after - before)), "{before} {after}");
        before
    };
    let state = file.open_with(&options()).await.unwrap();
    let after = state.sandbox().state().clock.milliseconds();
    assert!((600..60_000).contains(&(after - before)), "{before} {after}");
}
