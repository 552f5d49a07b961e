//! Pays many sellers exactly once each, even if the program is killed at any moment and started again.
//!
//! ```sh
//! cargo run --example crash_safe_payouts
//! ```
//!
//! runs offline, against a stand-in for Stripe inside of the program. With `STRIPE_SECRET_KEY=sk_test_…` it
//! pays from the balance of that sandbox.
//!
//! The pattern: a request is stored with its idempotency key *before* it is sent for the first time, and what
//! became of it is stored after. Whatever was stored and has no result yet is sent again, with the same key.
//! The store here is a file with a line for each fact; a table in the database of the platform does the same.
//!
//! One program at a time may have the file open. Should two run after all, the keys still see to it that nobody is paid
//! twice, because they are made of the platform's own reference: two programs that owe the same send the same request with
//! the same key. (Where the program need not compile with Rust 1.88, `File::try_lock` tells the second one to go away.)

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use stripe_platform::{Client, Currency, Error, Outcome, Prepared, payout};
use tokio::task::JoinSet;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One payout that the platform owes. The reference is its own: no two payouts share one.
#[derive(Clone, Debug)]
pub struct Owed {
    pub reference: String,
    pub account: String,
    pub cents: i64,
}

/// What the store knows.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fact {
    /// This will be sent. The request holds its idempotency key and its account.
    Intended { reference: String, at: u64, request: Prepared },
    /// This was sent, and this is what became of it.
    Settled { reference: String, result: String },
}

/// The store: facts are only ever added.
pub struct Outbox {
    file: File,
    open: BTreeMap<String, (u64, Prepared)>,
    settled: BTreeSet<String>,
}

impl Outbox {
    /// Opens the file, or begins one. A line that was cut off by a crash is dropped: its request was never
    /// sent, because sending waits until the line is on the disk.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        // A file is in its folder only when the disk has the folder as well. Not every system can be told so.
        #[cfg(unix)]
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(whole as u64)?;
            file.sync_data()?;
        }
        let mut outbox = Self { file, open: BTreeMap::new(), settled: BTreeSet::new() };
        for line in text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line)? {
                Fact::Intended { reference, at, request } => {
                    outbox.open.insert(reference, (at, request));
                }
                Fact::Settled { reference, .. } => {
                    outbox.open.remove(&reference);
                    outbox.settled.insert(reference);
                }
            }
        }
        Ok(outbox)
    }

    fn knows(&self, reference: &str) -> bool {
        self.open.contains_key(reference) || self.settled.contains(reference)
    }

    fn intend(&mut self, reference: &str, request: Prepared) -> Result<(), Failure> {
        let at = now();
        self.write(&Fact::Intended { reference: reference.to_owned(), at, request: request.clone() })?;
        self.open.insert(reference.to_owned(), (at, request));
        Ok(())
    }

    fn settle(&mut self, reference: &str, result: String) -> Result<(), Failure> {
        self.write(&Fact::Settled { reference: reference.to_owned(), result })?;
        self.open.remove(reference);
        self.settled.insert(reference.to_owned());
        Ok(())
    }

    /// Adds a line, and waits until the disk has it.
    fn write(&mut self, fact: &Fact) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(fact)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        Ok(())
    }

    pub fn settled(&self) -> usize {
        self.settled.len()
    }
}

/// Stripe forgets idempotency keys after a day. What is older must be looked for, not sent again.
const KEYS_LIVE: Duration = Duration::from_secs(23 * 3600);

/// Pays everything that is owed, as far as it is not paid yet, and returns the references of what must be
/// looked at by somebody: neither paid nor refused, and too old to be sent again.
pub async fn run(client: &Client, outbox: &mut Outbox, owed: &[Owed]) -> Result<Vec<String>, Failure> {
    for owed in owed.iter().filter(|owed| !outbox.knows(&owed.reference)).collect::<Vec<_>>() {
        let request = payout::Create::new(owed.cents, Currency::USD)
            .metadata([("reference", owed.reference.as_str())])
            .idempotency_key(format!("payout/{}", owed.reference))
            .for_account(owed.account.as_str());
        outbox.intend(&owed.reference, client.prepare(&request)?)?;
    }
    for round in 0..10 {
        if round > 0 {
            tokio::time::sleep(Duration::from_secs(round)).await;
        }
        send_open(client, outbox).await?;
        if outbox.open.values().all(|(at, _)| is_stale(*at)) {
            break;
        }
    }
    Ok(outbox.open.keys().cloned().collect())
}

/// Sends what is open, a few at a time. What fails without a clear answer stays open.
async fn send_open(client: &Client, outbox: &mut Outbox) -> Result<(), Failure> {
    let fresh = outbox.open.iter().filter(|(_, (at, _))| !is_stale(*at));
    let mut waiting =
        fresh.map(|(reference, (_, request))| (reference.clone(), request.clone())).collect::<Vec<_>>();
    let mut calls = JoinSet::new();
    loop {
        while calls.len() < 8 {
            let Some((reference, request)) = waiting.pop() else { break };
            let client = client.clone();
            calls.spawn(async move { (reference, client.replay::<payout::Payout>(&request).await) });
        }
        let Some(done) = calls.join_next().await else { return Ok(()) };
        let (reference, result) = done?;
        match result {
            Ok(payout) => outbox.settle(&reference, payout.id.to_string())?,
            Err(error) if is_final(&error) => outbox.settle(&reference, error.to_string())?,
            Err(error) => eprintln!("{reference}: {error}; will be sent again"),
        }
    }
}

/// Whether sending the same again can change anything. A refusal that says nothing about the times before, such as that
/// of a revoked key, has an unknown outcome: the payout stays open.
fn is_final(error: &Error) -> bool {
    match error.outcome() {
        // Paid, and the reply was not readable.
        Outcome::Applied => matches!(error, Error::Decode(_)),
        Outcome::Rejected => !error.is_retryable(),
        Outcome::NotSent | Outcome::Unknown => false,
    }
}

fn is_stale(at: u64) -> bool {
    now().saturating_sub(at) > KEYS_LIVE.as_secs()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// What the example owes.
pub fn sample(count: usize) -> Vec<Owed> {
    let owed = |number: usize| Owed {
        reference: format!("settlement-2026-11/{number:03}"),
        account: format!("acct_seller{}", number % 7),
        cents: 1_000 + number as i64,
    };
    (0..count).map(owed).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let client = match std::env::var("STRIPE_SECRET_KEY") {
        Ok(key) if !stripe_platform::SecretKey::new(&key).is_test() => {
            return Err("only test keys, please".into());
        }
        Ok(key) => Client::new(key)?,
        Err(_) => Client::builder("sk_test_offline").transport(std::sync::Arc::new(StandIn)).build()?,
    };
    let mut owed = sample(20);
    if std::env::var_os("STRIPE_SECRET_KEY").is_some() {
        // A sandbox of one's own has no such accounts; pay one that it has.
        let account =
            std::env::var("STRIPE_ACCOUNT").map_err(|_| "set STRIPE_ACCOUNT to an account of the sandbox")?;
        owed.iter_mut().for_each(|owed| owed.account.clone_from(&account));
    }
    let path = std::env::temp_dir().join("stripe-platform-outbox.jsonl");
    let mut outbox = Outbox::open(&path)?;
    println!("{} of {} were settled before; the outbox is {}", outbox.settled(), owed.len(), path.display());
    let unclear = run(&client, &mut outbox, &owed).await?;
    println!("{} of {} are settled now, {} must be looked at", outbox.settled(), owed.len(), unclear.len());
    Ok(())
}

/// Answers like Stripe, as far as this example goes.
struct StandIn;

impl stripe_platform::Transport for StandIn {
    fn execute(
        &self,
        _: stripe_platform::TransportRequest,
    ) -> stripe_platform::BoxFuture<
        '_,
        Result<stripe_platform::TransportReply, stripe_platform::TransportError>,
    > {
        let payout = serde_json::json!({
            "id": "po_1", "object": "payout", "amount": 1000, "application_fee": null, "application_fee_amount": null,
            "arrival_date": 1_794_323_038, "automatic": false, "balance_transaction": null, "created": 1_794_323_038,
            "currency": "usd", "description": null, "destination": null, "failure_balance_transaction": null,
            "failure_code": null, "failure_message": null, "livemode": false, "metadata": {}, "method": "standard",
            "original_payout": null, "payout_method": null, "reconciliation_status": "not_applicable",
            "reversed_by": null, "source_type": "card", "statement_descriptor": null, "status": "pending",
            "trace_id": null, "type": "bank_account",
        });
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(stripe_platform::TransportReply::new(200, http::HeaderMap::new(), payout.to_string()))
        })
    }
}
