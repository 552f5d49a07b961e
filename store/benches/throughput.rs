//! Payouts per second through the outbox, beside a plain loop of `INSERT`, call and `UPDATE`, in one run:
//! `cargo bench -p stripe-platform-sqlx`.

#[path = "../tests/store/support.rs"]
#[allow(dead_code, unused_imports, unused_macros)]
mod support;

use sqlx::{AssertSqlSafe, Executor, Pool};
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;
use stripe_platform::outbox::{Entry, Outbox, Worker};
use stripe_platform::{Json, Prepared};
use support::{Platform, Postgres, Server, Sqlite, payout};

const PAYOUTS: usize = 500;

async fn per_second(work: impl Future<Output = ()>) -> f64 {
    let began = Instant::now();
    work.await;
    PAYOUTS as f64 / began.elapsed().as_secs_f64()
}

async fn measure<DB, O>(name: &str, pool: Pool<DB>, outbox: O)
where
    DB: sqlx::Database,
    O: Outbox + Clone + 'static,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> String: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    DB::Arguments: sqlx::IntoArguments<DB>,
{
    let platform = Platform::new(20).await;
    let server = Server::start(&platform.sandbox).unwrap();
    let client = stripe_platform::Client::builder("sk_test_sandbox").base_url(server.url()).build().unwrap();
    let mut run = 0;
    let mut requests = || -> Vec<Prepared> {
        run += 1;
        let one =
            |number: usize| payout(&client, &platform.accounts[number % 20], &format!("{run}-{number}"));
        (0..PAYOUTS).map(one).collect()
    };

    let table = "CREATE TABLE IF NOT EXISTS plain_loop (key TEXT PRIMARY KEY, request TEXT, result TEXT)";
    sqlx::query(AssertSqlSafe(table)).execute(&mut *pool.acquire().await.unwrap()).await.unwrap();
    let plain = requests();
    let plain = per_second(async {
        for request in &plain {
            let key = request.idempotency_key().unwrap().to_owned();
            let text = serde_json::to_string(request).unwrap();
            let insert =
                sqlx::query("INSERT INTO plain_loop (key, request) VALUES ($1, $2)").bind(key.clone());
            insert.bind(text).execute(&mut *pool.acquire().await.unwrap()).await.unwrap();
            let reply = client.replay::<Json>(request).await.unwrap();
            let update = sqlx::query("UPDATE plain_loop SET result = $2 WHERE key = $1").bind(key);
            update.bind(reply.to_string()).execute(&mut *pool.acquire().await.unwrap()).await.unwrap();
        }
    });
    let plain = plain.await;
    println!("{name}: the plain loop makes {plain:.0} payouts per second");
    for (workers, concurrency) in [(1, 1), (1, 8), (2, 8), (4, 8)] {
        let requests = requests();
        let rate = per_second(async {
            for request in &requests {
                outbox.enqueue_now(&Entry::new(request)).await.unwrap();
            }
            let outbox = Arc::new(outbox.clone());
            let run = || Worker::new(Arc::clone(&outbox), client.clone()).concurrency(concurrency).drain();
            let all: Vec<_> = (0..workers).map(|_| tokio::spawn(run())).collect();
            for worker in all {
                worker.await.unwrap();
            }
        });
        let rate = rate.await;
        println!(
            "{name}: {workers} worker(s) with {concurrency} at a time make {rate:.0} ({:.2}×)",
            rate / plain
        );
    }
}

#[tokio::main]
async fn main() {
    let sqlite = Sqlite::new().await.unwrap();
    measure("SQLite", sqlite.pool.clone(), sqlite.outbox()).await;
    if let Some(postgres) = Postgres::new().await {
        measure("PostgreSQL", postgres.pool.clone(), postgres.outbox()).await;
    }
}
