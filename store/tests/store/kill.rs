//! Workers and the database are killed at random points while Stripe loses replies: every payout exists once.
//!
//! The workers are separate processes, which this test program starts and kills (`SIGKILL`). By default it is one small
//! round; `STRIPE_KILL_ROUNDS=20 cargo test -p stripe-platform-sqlx --test store kill -- --nocapture` runs twenty large ones.

use crate::support::{File, Platform, Server, impatient, payout, pool, sqlite_options};
use local_postgres::Server as PgServer;
use sqlx::sqlite::SqlitePoolOptions;
use std::env;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use stripe_platform::Client;
use stripe_platform::outbox::{Counts, Entry, Outbox, Worker};
use stripe_platform_sqlx::{PgOutbox, SqliteOutbox, Tables};
use tokio::time::sleep;

/// The arguments of a worker process: database and Stripe, separated by a space.
const WORKER: &str = "STRIPE_KILL_TEST_WORKER";

struct Size {
    rounds: u32,
    payouts: usize,
    accounts: usize,
    worker_kills: u32,
    database_kills: u32,
}

fn size() -> Size {
    match env::var("STRIPE_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()) {
        Some(rounds) => Size { rounds, payouts: 2_000, accounts: 50, worker_kills: 30, database_kills: 6 },
        None => Size { rounds: 1, payouts: 150, accounts: 10, worker_kills: 6, database_kills: 2 },
    }
}

fn random(below: u32) -> u32 {
    (RandomState::new().hash_one(0_u8) % u64::from(below.max(1))) as u32
}

async fn outbox(database: &str) -> Arc<dyn Outbox> {
    if database.starts_with("postgres") {
        return Arc::new(PgOutbox::new(pool(&database.parse().unwrap()).await));
    }
    let options = sqlite_options(database.as_ref());
    Arc::new(SqliteOutbox::new(
        SqlitePoolOptions::new().max_connections(3).connect_with(options).await.unwrap(),
    ))
}

/// Not a test, but the worker process, if the environment selects it.
#[test]
fn worker_process() {
    let Ok(told) = env::var(WORKER) else { return };
    let (database, stripe) = told.split_once(' ').unwrap();
    let run = async {
        let client = Client::builder("sk_test_sandbox").base_url(stripe);
        let client = client.max_retries(1).attempt_timeout(Duration::from_secs(2)).build().unwrap();
        let outbox = outbox(database).await;
        let work = || {
            let worker = Worker::new(Arc::clone(&outbox), client.clone()).policy(impatient()).concurrency(2);
            let worker = worker.lease(Duration::from_secs(1)).poll_every(Duration::from_millis(20));
            worker.run(std::future::pending())
        };
        tokio::join!(work(), work());
    };
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(run);
}

struct Processes(Vec<Child>);

impl Processes {
    fn spawn(database: &str, stripe: &str) -> Child {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "kill::worker_process", "--nocapture"])
            .env(WORKER, format!("{database} {stripe}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn kill_one(&mut self, database: &str, stripe: &str) {
        let index = random(self.0.len() as u32) as usize;
        self.0[index].kill().unwrap();
        self.0[index].wait().unwrap();
        self.0[index] = Self::spawn(database, stripe);
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for process in &mut self.0 {
            drop(process.kill());
            drop(process.wait());
        }
    }
}

async fn round(database: &str, postgres: Option<&PgServer>, size: &Size, round: u32) {
    let platform = Platform::new(size.accounts).await;
    let server = Server::start(&platform.sandbox).unwrap();
    let faults = || platform.sandbox.faults().on("PostPayouts").times(u32::MAX);
    faults().percent(10).reset();
    faults().percent(10).reset_after_commit();
    faults().percent(5).truncate(30);
    faults().percent(60).delay(Duration::from_millis(40));

    let outbox = outbox(database).await;
    let mut expected = Vec::new();
    for number in 0..size.payouts {
        let account = &platform.accounts[number % size.accounts];
        let reference = format!("{round:03}-{number:05}");
        let request = payout(&platform.client(), account, &reference);
        let mut entry = Entry::new(&request).reference(&reference);
        if number % 2 == 0 {
            entry = entry.ordered_by(account);
        }
        outbox.enqueue_now(&entry).await.unwrap();
        expected.push(reference);
    }

    let began = Instant::now();
    let stripe = server.url();
    let mut processes = Processes((0..2).map(|_| Processes::spawn(database, &stripe)).collect());
    let (mut worker_kills, mut database_kills) = (0, 0);
    loop {
        sleep(Duration::from_millis(u64::from(100 + random(250)))).await;
        let open = outbox.counts().await.map(|Counts { open, .. }| open);
        if matches!(open, Ok(0)) {
            break;
        }
        let left = began.elapsed() < Duration::from_secs(120) * if size.rounds > 1 { 5 } else { 1 };
        assert!(left, "not done in time: {:?}", outbox.counts().await);
        if worker_kills < size.worker_kills {
            processes.kill_one(database, &stripe);
            worker_kills += 1;
        }
        if let Some(postgres) = postgres.filter(|_| database_kills < size.database_kills && random(3) == 0) {
            postgres.kill().unwrap();
            sleep(Duration::from_millis(u64::from(random(200)))).await;
            tokio::task::block_in_place(|| postgres.restart()).unwrap();
            database_kills += 1;
        }
    }
    drop(processes);

    assert_eq!(platform.paid(), expected, "every payout exists once");
    let counts = outbox.counts().await.unwrap();
    assert_eq!((counts.open, counts.needs_review), (0, 0), "{:?}", outbox.in_review(5).await);
    let mut attempts = 0;
    for reference in &expected {
        let row = outbox.find(&format!("payout/{reference}")).await.unwrap().unwrap();
        assert_eq!(row.state.as_str(), "succeeded", "{row:?}");
        attempts += row.attempts;
    }
    let kind = if postgres.is_some() { "PostgreSQL" } else { "SQLite" };
    let text = format!(
        "kill test on {kind}, round {}: {} payouts over {} accounts once each, {attempts} attempts, {worker_kills} workers and \
         {database_kills} databases killed, {:?}\n",
        round + 1,
        size.payouts,
        size.accounts,
        began.elapsed(),
    );
    drop(std::io::stderr().write_all(text.as_bytes()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_workers_pay_once_on_sqlite() {
    let size = size();
    for number in 0..size.rounds {
        let file = File::new();
        let pool = SqlitePoolOptions::new().connect_with(sqlite_options(file.path())).await.unwrap();
        Tables::new().migrate::<sqlx::Sqlite>(&mut *pool.acquire().await.unwrap()).await.unwrap();
        pool.close().await;
        round(file.path().to_str().unwrap(), None, &size, number).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_workers_and_databases_pay_once_on_postgres() {
    // A separate server, since it is killed.
    let server = match PgServer::start() {
        Ok(server) => server,
        Err(problem) => return local_postgres::skipped(&problem),
    };
    let size = size();
    let pool = pool(&server.url().parse().unwrap()).await;
    Tables::new().migrate::<sqlx::Postgres>(&mut *pool.acquire().await.unwrap()).await.unwrap();
    pool.close().await;
    for number in 0..size.rounds {
        round(&server.url(), Some(&server), &size, number).await;
    }
}
