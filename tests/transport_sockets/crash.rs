//! A program that pays is killed over and over, and every payout happens exactly once.

#[allow(dead_code)]
#[path = "../../examples/crash_safe_payouts.rs"]
mod example;

use crate::server::{Act, Server, reply};
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stripe_platform::Client;

const PAYOUTS: usize = 200;
const OUTBOX: &str = "STRIPE_PLATFORM_TEST_OUTBOX";
const SERVER: &str = "STRIPE_PLATFORM_TEST_SERVER";

/// The effects of the keys that arrived.
#[derive(Default)]
struct Bank {
    /// The reference and the account of the one effect of each key.
    effects: BTreeMap<String, String>,
    arrivals: u64,
}

impl Bank {
    fn arrive(&mut self, key: &str, body: &str) -> Act {
        self.arrivals += 1;
        // Turned away at the door, as while keys are exchanged: says nothing about what happened before.
        if self.arrivals.is_multiple_of(37) {
            return Act::Reply(reply(401, r#"{"error":{"type":"invalid_request_error"}}"#));
        }
        let fresh = !self.effects.contains_key(key);
        let stored = self.effects.entry(key.to_owned()).or_insert_with(|| body.to_owned());
        assert_eq!(stored, body, "a key came back with another request");
        // Lost on the way back, now and then.
        if fresh && self.arrivals.is_multiple_of(17) {
            return Act::CloseAfterRead;
        }
        Act::Reply(reply(200, &payout(key)))
    }
}

fn payout(key: &str) -> String {
    format!(
        r#"{{"id":"po_{key}","object":"payout","amount":1,"application_fee":null,"application_fee_amount":null,
        "arrival_date":1,"automatic":false,"balance_transaction":null,"created":1,"currency":"usd","description":null,
        "destination":null,"failure_balance_transaction":null,"failure_code":null,"failure_message":null,
        "livemode":false,"metadata":{{}},"method":"standard","original_payout":null,"payout_method":null,
        "reconciliation_status":"not_applicable","reversed_by":null,"source_type":"card","statement_descriptor":null,
        "status":"pending","trace_id":null,"type":"bank_account"}}"#
    )
}

/// The program that is killed: this test binary, asked for this test only.
#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn child() {
    let (Ok(outbox), Ok(server)) = (std::env::var(OUTBOX), std::env::var(SERVER)) else { return };
    let client = Client::builder("sk_test_crash").base_url(server).build().unwrap();
    let mut outbox = example::Outbox::open(outbox.as_ref()).unwrap();
    let unclear = example::run(&client, &mut outbox, &example::sample(PAYOUTS)).await.unwrap();
    assert!(unclear.is_empty(), "{unclear:?}");
}

async fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let end = tokio::time::Instant::now() + patience;
    while tokio::time::Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_pays_once() {
    let bank = Arc::new(Mutex::new(Bank::default()));
    let server = Server::answering({
        let bank = Arc::clone(&bank);
        move |request| {
            // Slow enough that there is a middle to be killed in.
            std::thread::sleep(Duration::from_millis(6));
            bank.lock().unwrap().arrive(request.key.as_deref().unwrap(), &request.body)
        }
    })
    .await;
    let outbox = std::env::temp_dir().join(format!("stripe-platform-crash-{}.jsonl", std::process::id()));
    let _ = std::fs::remove_file(&outbox);
    let mut kills_in_the_middle = 0;
    let mut dice = 7_u64;
    loop {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--ignored", "--nocapture"])
            .env(OUTBOX, &outbox)
            .env(SERVER, format!("http://{}", server.address))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // At a random moment of its life, from its start to somewhere among the payouts.
        let arrived = bank.lock().unwrap().arrivals;
        let enough = kills_in_the_middle >= 20;
        let patience = Duration::from_millis(if enough { 60_000 } else { 30 + (dice >> 33) % 250 });
        if let Some(status) = wait(&mut child, patience).await {
            assert!(status.success(), "the program failed");
            break;
        }
        // SIGKILL: no destructor, no goodbye.
        child.kill().unwrap();
        child.wait().unwrap();
        kills_in_the_middle += usize::from(bank.lock().unwrap().arrivals > arrived);
    }
    let bank = bank.lock().unwrap();
    let references: BTreeSet<_> = bank.effects.values().collect();
    assert_eq!(bank.effects.len(), PAYOUTS, "each payout has one key, and so one effect");
    assert_eq!(references.len(), PAYOUTS, "and they are all different payouts");
    assert!(kills_in_the_middle >= 5, "it was killed in the middle {kills_in_the_middle} times only");
    let settled = example::Outbox::open(&outbox).unwrap().settled();
    assert_eq!(settled, PAYOUTS);
    let _ = std::fs::remove_file(&outbox);
}
