//! Load: clients with broken connections, and many short-lived sandboxes.

use crate::Sandbox;
use crate::engine::{BalanceKind, CurrencyCode, Json, Peek};
use crate::resources::money::topups;
use crate::router::{Effect, Phase};
use crate::server::Server;
use crate::state::{LogEntry, Policy};
use crate::tests::support::size;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use stripe_platform::{Client, Currency, Metadata, Request, payout, test_helpers, topup, transfer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

const ACCOUNTS: usize = 5;
/// The amount of each movement, in cents.
const TOPUP: i64 = 100;
const TRANSFER: i64 = 60;
const REVERSED: i64 = 20;
const PAYOUT: i64 = 10;
const PURCHASE: i64 = 30;

/// The planned faults, each with its percentage of requests, up to a number of times.
const FAULTS: [(u8, Phase, Effect); 8] = [
    (4, Phase::Before, Effect::Reset),
    (10, Phase::After, Effect::Reset),
    (3, Phase::Before, Effect::Status { status: 500, retry_after: None, should_retry: None }),
    (3, Phase::After, Effect::Status { status: 503, retry_after: None, should_retry: None }),
    (3, Phase::After, Effect::Truncate(25)),
    (2, Phase::Before, Effect::LockTimeout),
    (2, Phase::Before, Effect::KeyInUse),
    (5, Phase::After, Effect::Delay(Duration::from_millis(3))),
];

/// How often a fault hits: less than its share of the five requests of each client, so that it is certainly used up.
fn times(clients: usize, percent: u8) -> u32 {
    u32::try_from(clients).unwrap() * u32::from(percent) / 35
}

fn is_late(effect: &Effect) -> bool {
    matches!(effect, Effect::Delay(_))
}

/// A platform whose accounts have cards, Issuing balances and bank accounts.
struct Platform {
    sandbox: Sandbox,
    accounts: Vec<String>,
    cards: Vec<String>,
    /// The number of clients.
    clients: usize,
    /// The number of requests before the clients started.
    before: usize,
}

impl Platform {
    fn new() -> Self {
        let sandbox = Sandbox::start();
        sandbox.policy(&topups::SETTLE, Policy::Immediate);
        sandbox.fund(sandbox.platform(), BalanceKind::Available, CurrencyCode::USD, 500_000).unwrap();
        let accounts: Vec<_> = (0..ACCOUNTS).map(|_| sandbox.connect().into_id()).collect();
        let card = |account: &String| {
            let made = |path: &str, form: &str| {
                let reply = crate::tests::support::post(&sandbox, account, path, form);
                assert_eq!(reply.status, 200, "{}", reply.json());
                reply.json().text("id").to_owned()
            };
            sandbox.fund(account, BalanceKind::Issuing, CurrencyCode::USD, 500_000).unwrap();
            sandbox.fund(account, BalanceKind::Available, CurrencyCode::USD, 500_000).unwrap();
            made(
                &format!("/v1/accounts/{account}/external_accounts"),
                "external_account[object]=bank_account&external_account[country]=US&external_account[currency]=usd\
                 &external_account[routing_number]=110000000&external_account[account_number]=000123456789",
            );
            let holder = made(
                "/v1/issuing/cardholders",
                "name=Ada+Example&individual[first_name]=Ada&individual[last_name]=Example\
                 &individual[card_issuing][user_terms_acceptance][date]=1767000000\
                 &individual[card_issuing][user_terms_acceptance][ip]=127.0.0.1&billing[address][line1]=1+Street\
                 &billing[address][city]=Town&billing[address][country]=US&billing[address][postal_code]=94103",
            );
            made("/v1/issuing/cards", &format!("type=virtual&currency=usd&status=active&cardholder={holder}"))
        };
        let cards = accounts.iter().map(card).collect();
        let before = posted(&sandbox);
        let clients = usize::try_from(size("clients at once", 150, 500)).unwrap();
        Self { sandbox, accounts, cards, clients, before }
    }

    fn break_things(&self) {
        for (percent, phase, effect) in FAULTS {
            self.sandbox.faults().times(times(self.clients, percent)).percent(percent).plan(phase, effect);
        }
    }

    /// Lets every client make its five requests concurrently with all others.
    async fn serve(&self, client: impl Fn() -> Client) {
        let mut tasks = JoinSet::new();
        for number in 0..self.clients {
            let place = number % ACCOUNTS;
            let (account, card) = (self.accounts[place].clone(), self.cards[place].clone());
            tasks.spawn(context(client(), number, account, card));
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    }

    /// All objects of a list, by the number of the client that created each.
    fn made(&self, account: &str, path: &str) -> HashMap<usize, Vec<Json>> {
        let (mut all, mut after): (HashMap<usize, Vec<Json>>, String) = Default::default();
        loop {
            let page =
                crate::tests::support::get(&self.sandbox, account, &format!("{path}?limit=100{after}"))
                    .json();
            for object in page.items("data") {
                let number = object.text("metadata.client").parse().unwrap();
                all.entry(number).or_default().push(object.clone());
            }
            match page.items("data").last().filter(|_| page.flag("has_more")) {
                Some(last) => after = format!("&starting_after={}", last.text("id")),
                None => return all,
            }
        }
    }

    /// Checks that every client's effects exist exactly once.
    fn check(&self) {
        assert!(self.sandbox.state().faults.is_empty(), "some planned faults were not used");
        let once = |account: &str, path: &str, mine: &dyn Fn(usize) -> bool| {
            let made = self.made(account, path);
            for number in (0..self.clients).filter(|number| mine(*number)) {
                let count = made.get(&number).map_or(0, Vec::len);
                assert_eq!(count, 1, "client {number} made {count} of {path}");
            }
            made
        };
        once("", "/v1/topups", &|_| true);
        let transfers = once("", "/v1/transfers", &|_| true);
        for transfer in transfers.values().flatten() {
            let reversals = transfer.items("reversals.data").len();
            assert_eq!((reversals, transfer.int("amount_reversed")), (1, REVERSED), "{transfer}");
        }
        let all = i64::try_from(self.clients).unwrap();
        let each = all / i64::try_from(ACCOUNTS).unwrap();
        let holds = |account: &str, kind| self.sandbox.balance(account, kind, CurrencyCode::USD);
        for (place, account) in self.accounts.iter().enumerate() {
            let mine = |number: usize| number % ACCOUNTS == place;
            once(account, "/v1/payouts", &mine);
            let purchases = once(account, "/v1/issuing/authorizations", &mine);
            for purchase in purchases.values().flatten() {
                assert_eq!(purchase.text("status"), "closed");
                assert_eq!(purchase.items("transactions").len(), 1, "{purchase}");
            }
            let expected = 500_000 + each * (TRANSFER - REVERSED - PAYOUT);
            assert_eq!(holds(account, BalanceKind::Available), expected);
            assert_eq!(holds(account, BalanceKind::Issuing), 500_000 - each * PURCHASE);
            assert_eq!(holds(account, BalanceKind::IssuingHolds), 0);
        }
        let platform = holds(&self.sandbox.platform(), BalanceKind::Available);
        assert_eq!(platform, 500_000 + all * (TOPUP - TRANSFER + REVERSED));
        self.sandbox.audit().unwrap();
        // Every fault except a mere delay was retried.
        let again: u32 = FAULTS
            .iter()
            .filter(|(.., effect)| !is_late(effect))
            .map(|(percent, ..)| times(self.clients, *percent))
            .sum();
        let (calls, least) =
            (posted(&self.sandbox) - self.before, 7 * self.clients + usize::try_from(again).unwrap());
        assert!(calls >= least, "too few retries: {calls} requests, not {least}");
    }
}

/// The number of POSTs so far.
fn posted(sandbox: &Sandbox) -> usize {
    let state = sandbox.state();
    let posts = state
        .journal
        .iter()
        .filter(|(_, what)| matches!(what, LogEntry::Answered { call, .. } if call.starts_with("POST ")));
    posts.count()
}

async fn context(client: Client, number: usize, account: String, card: String) {
    let mut mine = Metadata::new();
    mine.insert("client", number.to_string());
    let on_account = client.for_account(account.as_str());
    let topup = topup::Create::new(TOPUP, Currency::USD).source("btok_us_verified").metadata(mine.clone());
    sure(&client, topup).await;
    let transfer =
        transfer::Create::new(Currency::USD, account.as_str()).amount(TRANSFER).metadata(mine.clone());
    let transfer = sure(&client, transfer).await;
    sure(&client, transfer::reversal::Create::new(&transfer.id).amount(REVERSED)).await;
    sure(&on_account, payout::Create::new(PAYOUT, Currency::USD).metadata(mine.clone())).await;
    let purchase = test_helpers::issuing::authorization::Create::new(card.as_str()).amount(PURCHASE);
    let purchase = sure(&on_account, purchase).await;
    let named = stripe_platform::issuing::authorization::Update::new(&purchase.id).metadata(mine);
    sure(&on_account, named).await;
    sure(&on_account, test_helpers::issuing::authorization::Capture::new(&purchase.id)).await;
}

/// Sends a request as the errors advise: the client's retries, and after them the same request again while its
/// outcome is unknown.
async fn sure<R: Request>(client: &Client, request: R) -> R::Output {
    let prepared = client.prepare(&request).unwrap();
    for _ in 0..10 {
        match client.replay(&prepared).await {
            Ok(reply) => return reply,
            Err(error) => assert!(error.is_retryable(), "{error:?}"),
        }
    }
    panic!("ten calls with their retries were not sufficient");
}

#[tokio::test(start_paused = true)]
async fn each_effect_exists_once_with_many_clients_in_process() {
    let platform = Platform::new();
    platform.break_things();
    platform.serve(|| platform.sandbox.client_builder().max_retries(4).build().unwrap()).await;
    platform.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_effect_exists_once_with_many_clients_over_sockets() {
    let platform = Platform::new();
    let server = Server::start(&platform.sandbox).unwrap();
    platform.break_things();
    let client =
        Client::builder(crate::tests::support::key()).base_url(server.url()).max_retries(4).build().unwrap();
    platform.serve(|| client.clone()).await;
    platform.check();
}

/// The maximum number of open files of this process.
fn files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(256)
}

#[tokio::test]
async fn thousand_sandboxes_with_servers_are_dropped_quickly() {
    // A server with a connection has three open files. If the limit is low, fewer sandboxes have a server.
    let servers = (files().saturating_sub(100) / 3).min(1000);
    let ask = format!(
        "GET /v1/balance HTTP/1.1\r\nhost: s\r\nauthorization: Bearer {}\r\n\r\n",
        crate::tests::support::key()
    );
    let (mut sandboxes, mut lines) = (Vec::new(), Vec::new());
    for number in 0..1000 {
        let sandbox = Sandbox::new(number);
        sandbox.client();
        let mut server = None;
        if lines.len() < servers {
            let started = Server::start(&sandbox).unwrap();
            let mut line = TcpStream::connect(started.address()).await.unwrap();
            line.write_all(ask.as_bytes()).await.unwrap();
            let mut start = [0; 15];
            line.read_exact(&mut start).await.unwrap();
            assert_eq!(&start, b"HTTP/1.1 200 OK");
            lines.push((line, started.address()));
            server = Some(started);
        }
        sandboxes.push((sandbox, server));
    }
    let begun = Instant::now();
    drop(sandboxes);
    let dropped = begun.elapsed();
    assert!(dropped < Duration::from_secs(5), "{dropped:?}");
    for (mut line, address) in lines {
        let rest = timeout(Duration::from_secs(10), line.read_to_end(&mut Vec::new())).await;
        assert!(rest.is_ok(), "a connection is still open");
        assert!(TcpStream::connect(address).await.is_err(), "a server still listens");
    }
    println!(
        "{servers} servers and 1000 sandboxes were dropped in {dropped:?}, all gone after {:?}",
        begun.elapsed()
    );
}
