//! Two instances of the service on both databases.

use card_programme::data::Data;
use card_programme::offline::{BalanceKind, Offline, days};
use card_programme::{Failure, database};
use serde_json::json;
use sqlx::Pool;
use stripe_platform::Currency;
use stripe_platform::test_helpers::issuing::authorization;

async fn check<DB: Data>(pool: Pool<DB>) -> Result<(), Failure> {
    let tenant = format!("tenant-{}", std::process::id());
    let offline = Offline::start(pool.clone()).await?;
    let account = offline.open_business(&tenant).await?;

    // Asked for twice, at both instances, and told about several times.
    for _ in 0..2 {
        let funds = json!({ "order": "1", "cents": 50_000, "source": "btok_us_verified" });
        let (status, reply) = offline.post(&format!("/businesses/{tenant}/fund"), funds).await?;
        assert_eq!(status, 202, "{reply}");
    }
    offline.sandbox.webhooks().duplicate("topup.succeeded");
    offline.sandbox.webhooks().advance(days(6)).await;
    assert_eq!(offline.sandbox.balance(&account, BalanceKind::Issuing, Currency::USD), 50_000);
    let funded = "SELECT CAST(funded AS TEXT) FROM businesses WHERE tenant = $1";
    let funded = DB::texts(&mut *pool.acquire().await?, funded, vec![tenant.as_str().into()]).await?;
    assert_eq!(funded, Some(vec!["50000".to_owned()]));

    // Of two purchases, one keeps the card within its limit.
    let issue = json!({ "employee": "jenny", "name": "Jenny Rosen", "limit": 20_000 });
    let (status, card) = offline.post(&format!("/businesses/{tenant}/cards"), issue).await?;
    assert_eq!(status, 201, "{card}");
    let business = offline.sandbox.account(&account).client();
    for approved in [true, false] {
        let purchase =
            authorization::Create::new(card["card"].as_str().unwrap()).amount(15_000).currency(Currency::USD);
        assert_eq!(purchase.send(&business).await?.approved, approved);
    }

    // Payouts, one of them asked for twice, one too large, while answers get lost.
    let payouts = [("a", 1_000), ("b", 2_000), ("b", 2_000), ("c", 1_000_000)];
    for (name, cents) in payouts {
        let reference = format!("{tenant}-{name}");
        let body = json!({ "reference": reference, "cents": cents });
        let (status, reply) = offline.post(&format!("/businesses/{tenant}/payouts"), body).await?;
        assert_eq!(status, 202, "{reply}");
    }
    let other = json!({ "reference": format!("{tenant}-a"), "cents": 9 });
    let (status, reply) = offline.post(&format!("/businesses/{tenant}/payouts"), other).await?;
    assert_eq!(status, 409, "another amount under the same reference: {reply}");
    offline.sandbox.faults().on("PostPayouts").times(2).reset_after_commit();
    let [one, another] = &offline.instances;
    tokio::join!(one.worker().drain(), another.worker().drain());
    let paid = offline.sandbox.account(&account).objects("payout");
    let mut amounts: Vec<i64> = paid.iter().map(|payout| payout["amount"].as_i64().unwrap()).collect();
    amounts.sort();
    assert_eq!(amounts, [1_000, 2_000]);
    for (name, expected) in [("a", "pending"), ("b", "pending"), ("c", "refused")] {
        let (_, reply) = offline.get(&format!("/payouts/{tenant}-{name}")).await?;
        assert_eq!(reply["status"], expected, "{reply}");
    }
    offline.sandbox.webhooks().advance(days(6)).await;
    let (_, reply) = offline.get(&format!("/payouts/{tenant}-a")).await?;
    assert_eq!(reply["status"], "paid");

    // Each instance has its own numbers; together they are all attempts.
    let (_, metrics) = offline.get("/metrics").await?;
    let metrics = metrics.as_str().unwrap_or_default();
    assert!(metrics.contains("stripe_outbox_needs_review 0"), "{metrics}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_runs_on_postgres() {
    let Some(url) = local_postgres::database_for_tests() else { return };
    // Instances that start together.
    let instances: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn({
                let url = url.clone();
                async move { database::postgres(&url).await }
            })
        })
        .collect();
    for instance in instances {
        instance.await.unwrap().unwrap();
    }
    check(database::postgres(&url).await.unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_runs_on_sqlite() {
    let file = std::env::temp_dir().join(format!("card-programme-test-{}.db", std::process::id()));
    let result = check(database::sqlite(&format!("sqlite://{}", file.display())).await.unwrap()).await;
    for suffix in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{suffix}", file.display())));
    }
    result.unwrap();
}
