//! Writes in the user's transaction.

use crate::support::{Failure, Platform, impatient, on_both, payout};
use std::sync::atomic::{AtomicU32, Ordering};
use stripe_platform::outbox::{Claimed, Enqueued, Entry, Outbox as _, OutboxError, State, Step, Worker};
use stripe_platform::webhook::{Claim, EventLog as _, Once, handle_once};
use stripe_platform::{BoxFuture, Client};
use stripe_platform_sqlx::{BoxError, Settle};

on_both! {
    enqueued_request_is_stored_only_if_the_transaction_commits(store) {
        let client = Client::new("sk_test_1").unwrap();
        let (outbox, request) = (store.outbox(), payout(&client, "acct_1", "1"));
        for (commit, expected) in [(false, Enqueued::New), (true, Enqueued::New), (true, Enqueued::Known)] {
            let mut tx = store.begin().await;
            let stored = outbox.enqueue(&mut *tx, &request).await.unwrap();
            assert_eq!(stored, expected);
            if commit {
                tx.commit().await.unwrap();
            } else {
                tx.rollback().await.unwrap();
                assert!(outbox.find("payout/1").await.unwrap().is_none());
            }
        }
        // The transaction continues after a refusal.
        let mut tx = store.begin().await;
        let other = payout(&client, "acct_2", "1");
        let refused = outbox.enqueue(&mut *tx, &other).await;
        assert!(matches!(refused, Err(OutboxError::KeyReused(key)) if key == "payout/1"));
        outbox.enqueue(&mut *tx, &payout(&client, "acct_1", "2")).await.unwrap();
        tx.commit().await.unwrap();
        assert!(outbox.find("payout/2").await.unwrap().is_some());
    }

    duplicate_requests_of_two_instances_are_one_row(store) {
        let client = Client::new("sk_test_1").unwrap();
        let intents = 1_000;
        let second = Outbox::with_tables(store.another_instance().await, &store.tables);
        let instance = |outbox: Outbox, client: Client| async move {
            let mut new = 0;
            for number in 0..intents {
                let entry = Entry::new(&payout(&client, "acct_1", &number.to_string()));
                new += u32::from(outbox.enqueue_now(&entry).await.unwrap() == Enqueued::New);
            }
            new
        };
        let (one, other) = tokio::join!(
            tokio::spawn(instance(store.outbox(), client.clone())),
            tokio::spawn(instance(second, client)),
        );
        assert_eq!(one.unwrap() + other.unwrap(), intents);
        assert_eq!(store.outbox().counts().await.unwrap().open, u64::from(intents));
    }

    mark_and_effect_of_a_handler_are_committed_together(store) {
        let log = store.log();
        let handled = AtomicU32::new(0);
        let handle = async |connection: &mut Connection| {
            handled.fetch_add(1, Ordering::Relaxed);
            sqlx::query("SELECT 1").execute(connection).await?;
            Ok::<_, Failure>(())
        };
        // Rolled back with the transaction.
        let mut tx = store.begin().await;
        assert_eq!(log.handle_once_in(&mut tx, "evt_1", &handle).await.unwrap(), Once::Handled(()));
        tx.rollback().await.unwrap();
        // A failure leaves no mark, even if the transaction is committed.
        let mut tx = store.begin().await;
        let failing = async |_: &mut Connection| Err::<(), Failure>("the handler failed".into());
        assert!(log.handle_once_in(&mut tx, "evt_1", failing).await.is_err());
        tx.commit().await.unwrap();
        // Neither does a dropped handler.
        let mut tx = store.begin().await;
        let endless = async |_: &mut Connection| std::future::pending::<Result<(), Failure>>().await;
        let handling = log.handle_once_in(&mut tx, "evt_1", endless);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(200), handling).await.is_err());
        drop(tx);

        let mut tx = store.begin().await;
        assert_eq!(log.handle_once_in(&mut tx, "evt_1", &handle).await.unwrap(), Once::Handled(()));
        assert_eq!(log.handle_once_in(&mut tx, "evt_1", &handle).await.unwrap(), Once::Duplicate);
        tx.commit().await.unwrap();
        assert_eq!(log.claim("evt_1").await.unwrap(), Claim::Done);
        let other = handle_once(&log, "evt_1", async { Ok::<_, Failure>(()) }).await.unwrap();
        assert_eq!(other, Once::Duplicate);
        assert_eq!(handled.load(Ordering::Relaxed), 2);

        // It does not handle an event that the other method has claimed.
        let Claim::New(lease) = log.claim("evt_2").await.unwrap() else { panic!("it is new") };
        let mut tx = store.begin().await;
        assert_eq!(log.handle_once_in(&mut tx, "evt_2", &handle).await.unwrap(), Once::InWork);
        tx.commit().await.unwrap();
        log.release("evt_2", lease).await.unwrap();
    }

    result_is_recorded_with_its_effect(store) {
        struct Note(AtomicU32);
        impl Settle<Db> for Note {
            fn settle<'a>(
                &'a self,
                connection: &'a mut Connection,
                claim: &'a Claimed,
                step: &'a Step,
            ) -> BoxFuture<'a, Result<(), BoxError>> {
                Box::pin(async move {
                    sqlx::query("INSERT INTO test_effects (key, step) VALUES ($1, $2)").bind(claim.key.clone()).bind(step.label()).execute(connection).await?;
                    match self.0.fetch_add(1, Ordering::Relaxed) {
                        0 => Err("the first time, it fails".into()),
                        _ => Ok(()),
                    }
                })
            }
        }
        sqlx::raw_sql("CREATE TABLE IF NOT EXISTS test_effects (key TEXT, step TEXT)").execute(&store.pool).await.unwrap();

        let platform = Platform::new(1).await;
        let outbox = store.outbox().settle(Note(AtomicU32::new(0)));
        let since_1970 = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let reference = format!("settled-{}", since_1970.as_nanos());
        let request = payout(&platform.client(), &platform.accounts[0], &reference);
        outbox.enqueue_now(&Entry::new(&request)).await.unwrap();
        Worker::new(outbox.clone(), platform.client()).policy(impatient()).drain().await;
        let key = format!("payout/{reference}");
        assert_eq!(outbox.find(&key).await.unwrap().unwrap().state, State::Succeeded);
        let effects: Vec<String> = sqlx::query_scalar("SELECT step FROM test_effects WHERE key = $1")
            .bind(&key).fetch_all(&store.pool).await.unwrap();
        assert_eq!(effects, ["succeeded"]);
    }
}
