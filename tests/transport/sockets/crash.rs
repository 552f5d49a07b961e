//! A program that pays is killed repeatedly, and every payout happens exactly once.

#[allow(dead_code)]
#[path = "../../../examples/crash_safe_payouts.rs"]
pub mod example;

use std::collections::BTreeSet;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;
use stripe_platform::Client;
use stripe_sandbox::server::Server;
use stripe_sandbox::{Effect, Json, Peek, Phase, Sandbox};

const PAYOUTS: usize = 200;
const OUTBOX: &str = "STRIPE_PLATFORM_TEST_OUTBOX";
const SERVER: &str = "STRIPE_PLATFORM_TEST_SERVER";
const SELLERS: &str = "STRIPE_PLATFORM_TEST_SELLERS";

/// The program that is killed: this test binary, running only this test.
#[tokio::test]
#[ignore = "run by the test below in a separate process"]
async fn child() {
    let asked = |name| std::env::var(name);
    let (Ok(outbox), Ok(server), Ok(sellers)) = (asked(OUTBOX), asked(SERVER), asked(SELLERS)) else {
        return;
    };
    let client = Client::builder("sk_test_crash").base_url(server).build().unwrap();
    let mut outbox = example::Outbox::open(outbox.as_ref()).unwrap();
    let owed = example::sample(PAYOUTS, &sellers.split(',').collect::<Vec<_>>());
    let unclear = example::pay_all(&client, &mut outbox, &owed).await.unwrap();
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

/// Seven sellers, and a sandbox that outlives the paying program.
async fn sellers() -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::start();
    let beginning = example::begin(&sandbox).await.unwrap();
    let sellers = beginning.into_iter().find(|(name, _)| *name == "sellers").unwrap().1;
    let faults = || sandbox.faults().times(u32::MAX);
    // Some replies are lost.
    faults().percent(6).reset_after_commit();
    // Refused for authorization, as during a key rotation: this proves nothing about earlier attempts.
    faults().percent(3).status(401);
    // Slow enough to be killed in the middle.
    faults().plan(Phase::Before, Effect::Delay(Duration::from_millis(40)));
    (sandbox, sellers.split(',').map(str::to_owned).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_program_pays_once() {
    let (sandbox, sellers) = sellers().await;
    let server = Server::start(&sandbox).unwrap();
    // The number of answered requests, received or not.
    let arrivals = || sandbox.answered();
    let outbox = std::env::temp_dir().join(format!("stripe-platform-crash-{}.jsonl", std::process::id()));
    let _ = std::fs::remove_file(&outbox);
    let mut kills_in_the_middle = 0;
    let mut dice = 7_u64;
    loop {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sockets::crash::child", "--ignored", "--nocapture"])
            .env(OUTBOX, &outbox)
            .env(SERVER, server.url())
            .env(SELLERS, sellers.join(","))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // At a random moment between its start and the payouts.
        let arrived = arrivals();
        let enough = kills_in_the_middle >= 20;
        let patience = Duration::from_millis(if enough { 60_000 } else { 30 + (dice >> 33) % 250 });
        if let Some(status) = wait(&mut child, patience).await {
            assert!(status.success(), "the program failed");
            break;
        }
        // SIGKILL: no destructors run.
        child.kill().unwrap();
        child.wait().unwrap();
        kills_in_the_middle += usize::from(arrivals() > arrived);
    }
    let payouts: Vec<Json> =
        sellers.iter().flat_map(|seller| sandbox.account(seller).objects("payout")).collect();
    let references: BTreeSet<_> = payouts.iter().map(|payout| payout.text("metadata.reference")).collect();
    assert_eq!(payouts.len(), PAYOUTS, "each was paid once");
    assert_eq!(references.len(), PAYOUTS, "and they are all different payouts");
    sandbox.assert_conserved();
    assert!(kills_in_the_middle >= 5, "it was killed midway only {kills_in_the_middle} times");
    let settled = example::Outbox::open(&outbox).unwrap().settled();
    assert_eq!(settled, PAYOUTS);
    let _ = std::fs::remove_file(&outbox);
}
