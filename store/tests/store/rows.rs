//! The contents of rows.

use crate::support::{Platform, impatient, on_both, payout};
use stripe_platform::outbox::{Entry, Outbox as _, OutboxError, Reason, State, Step, Worker};
use stripe_platform::{Client, token};
use stripe_platform_sqlx::{BoxError, Cipher};

/// A fake cipher: its output is not readable, and it recognizes its own output.
struct Xor(u8);

impl Cipher for Xor {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, BoxError> {
        Ok([&[self.0], plain].concat().iter().map(|byte| byte ^ self.0).collect())
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, BoxError> {
        match sealed.split_first() {
            Some((0, rest)) => Ok(rest.iter().map(|byte| byte ^ self.0).collect()),
            _ => Err("another key".into()),
        }
    }
}

fn secret_request(client: &Client, key: &str) -> stripe_platform::Prepared {
    let bank = token::BankAccountParams::new("000123456789", "US").routing_number("110000000");
    client.prepare(&token::Create::new().bank_account(bank).idempotency_key(key)).unwrap()
}

on_both! {
    secret_is_rejected_or_encrypted_and_never_in_the_result(store) {
        let platform = Platform::new(0).await;
        let request = secret_request(&platform.client(), "token/1");
        let refused = store.outbox().enqueue_now(&Entry::new(&request)).await;
        assert!(matches!(refused, Err(OutboxError::Unsuitable(_))), "{refused:?}");

        let outbox = store.outbox().cipher(Xor(7));
        outbox.enqueue_now(&Entry::new(&request)).await.unwrap();
        outbox.enqueue_now(&Entry::new(&request)).await.unwrap();
        let other = secret_request(&platform.client().for_account("acct_2"), "token/1");
        assert!(matches!(outbox.enqueue_now(&Entry::new(&other)).await, Err(OutboxError::KeyReused(_))));
        let table = store.tables.outbox();
        let sql = format!("SELECT sealed_request FROM {table} WHERE request IS NULL");
        let sealed: Vec<u8> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&store.pool).await.unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("000123456789"));

        Worker::new(outbox.clone(), platform.client()).policy(impatient()).drain().await;
        let row = outbox.find("token/1").await.unwrap().unwrap();
        assert_eq!(row.state, State::Succeeded, "{row:?}");
        let result = row.result.unwrap();
        assert!(result["id"].as_str().unwrap().starts_with("btok_"), "{result}");
        assert_eq!(result.get("bank_account"), None, "{result}");
    }

    undecodable_request_needs_review_and_does_not_block_others(store) {
        let platform = Platform::new(1).await;
        let (outbox, table) = (store.outbox(), store.tables.outbox());
        for reference in ["1", "2", "3"] {
            let request = payout(&platform.client(), &platform.accounts[0], reference);
            outbox.enqueue_now(&Entry::new(&request)).await.unwrap();
        }
        store.outbox().cipher(Xor(7)).enqueue_now(&Entry::new(&secret_request(&platform.client(), "token/1"))).await.unwrap();
        let spoil = format!("UPDATE {table} SET request = '{{\"method\": 1, \"number\": \"4242\"}}' WHERE key = 'payout/2'");
        sqlx::query(sqlx::AssertSqlSafe(spoil)).execute(&store.pool).await.unwrap();
        Worker::new(store.outbox().cipher(Xor(9)), platform.client()).policy(impatient()).drain().await;
        assert_eq!(platform.paid(), ["1", "3"]);
        let parked = outbox.in_review(10).await.unwrap();
        let parked: Vec<_> = parked.iter().map(|row| (row.key.as_str(), row.reason.as_deref())).collect();
        assert_eq!(parked, [("payout/2", Some("unreadable")), ("token/1", Some("unreadable"))]);
        assert_eq!(outbox.counts().await.unwrap().needs_review, 2);
    }

    request_that_kills_its_workers_needs_review(store) {
        let platform = Platform::new(1).await;
        let outbox = store.outbox();
        let request = payout(&platform.client(), &platform.accounts[0], "1");
        outbox.enqueue_now(&Entry::new(&request)).await.unwrap();
        for _ in 0..3 {
            assert_eq!(outbox.claim(1, std::time::Duration::ZERO).await.unwrap().len(), 1);
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let policy = impatient().lost_workers(3);
        Worker::new(outbox.clone(), platform.client()).policy(policy).drain().await;
        let row = outbox.find("payout/1").await.unwrap().unwrap();
        assert_eq!((row.state, row.reason.as_deref()), (State::NeedsReview, Some(Reason::WorkersLost.label())));
        assert!(platform.paid().is_empty());
    }

    worker_with_expired_lease_changes_nothing(store) {
        let platform = Platform::new(1).await;
        let outbox = store.outbox();
        let request = payout(&platform.client(), &platform.accounts[0], "1");
        outbox.enqueue_now(&Entry::new(&request)).await.unwrap();
        let late = outbox.claim(1, std::time::Duration::ZERO).await.unwrap().remove(0);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        Worker::new(outbox.clone(), platform.client()).policy(impatient()).drain().await;
        assert!(!outbox.record(&late, &Step::needs_review(Reason::KeyExpired, None)).await.unwrap());
        assert_eq!(outbox.find("payout/1").await.unwrap().unwrap().state, State::Succeeded);
        assert_eq!(platform.paid(), ["1"]);
    }
}
