//! Pays many sellers exactly once each, even if the program is killed at any moment and restarted.
//!
//! ```sh
//! cargo run --example crash_safe_payouts
//! ```
//!
//! This runs offline, in a sandbox where replies are lost and the program is killed halfway; at the end every payout exists once.
//! With `STRIPE_SECRET_KEY=sk_test_…` it pays the accounts of test mode that `STRIPE_SELLERS` lists, separated by commas.
//!
//! The pattern: a request is stored with its idempotency key *before* it is sent for the first time, and its result is stored
//! afterwards. A stored request without a result is sent again, with the same key. The store is a file here, with one line per
//! fact. The crate `stripe-platform-sqlx` does the same on PostgreSQL and SQLite, for any number of instances.
//!
//! Only one program at a time should have the file open. If two run by mistake, no seller is paid twice: keys are derived from the
//! platform's reference, so both programs send the same request with the same key. (From Rust 1.89 on, `File::try_lock` can refuse
//! the second program.)

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;
use stripe_platform::{Client, Currency, KeyAge, Money, Prepared, Timestamp, payout};
use tokio::task::JoinSet;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A payout that the platform owes. The reference is unique.
#[derive(Clone, Debug)]
pub struct Owed {
    pub reference: String,
    pub account: String,
    pub cents: i64,
}

/// A line of the store.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fact {
    /// A request that will be sent. It holds its idempotency key and its account.
    Intended { reference: String, at: i64, request: Prepared },
    /// The result of a request.
    Settled { reference: String, result: String },
}

/// The store, which is append-only.
pub struct Outbox {
    file: File,
    open: BTreeMap<String, (i64, Prepared)>,
    settled: BTreeSet<String>,
}

impl Outbox {
    /// Opens or creates the file. A line that was cut off by a crash is dropped: its request was never sent, because sending waits until
    /// the line is on the disk.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        // The entry of a new file is durable only after its folder is synchronised, which not every system supports.
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
        let at = Timestamp::now().as_seconds();
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

    /// Appends a line, and waits until it is on the disk.
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

/// Pays everything that is owed and not paid yet. Returns the references of payouts that need review: neither paid nor refused, and
/// too old to be sent again.
pub async fn pay_all(client: &Client, outbox: &mut Outbox, owed: &[Owed]) -> Result<Vec<String>, Failure> {
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
        if outbox.open.values().all(|(at, request)| is_stale(*at, request)) {
            break;
        }
    }
    Ok(outbox.open.keys().cloned().collect())
}

/// Sends open requests, a few at a time. A request that fails without a final result stays open.
async fn send_open(client: &Client, outbox: &mut Outbox) -> Result<(), Failure> {
    let fresh = outbox.open.iter().filter(|(_, (at, request))| !is_stale(*at, request));
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
            Err(error) if error.is_final() => outbox.settle(&reference, error.to_string())?,
            Err(error) => eprintln!("{reference}: {error}; will be sent again"),
        }
    }
}

/// Whether Stripe may have forgotten the idempotency key, which happens after a day, or its age cannot be known. Such a payout must be looked
/// up, not sent again.
fn is_stale(at: i64, request: &Prepared) -> bool {
    request.key_age(Timestamp::new(at), Timestamp::now()) != KeyAge::Known
}

/// The payouts of the example: `count` of them, to these accounts in turn.
pub fn sample(count: usize, sellers: &[&str]) -> Vec<Owed> {
    let owed = |(number, seller): (usize, &&str)| Owed {
        reference: format!("settlement-2026-11/{number:03}"),
        account: (*seller).to_owned(),
        cents: 1_000 + number as i64,
    };
    sellers.iter().cycle().take(count).enumerate().map(owed).collect()
}

// Harness: the rest runs these steps offline, in tests and in Stripe's test mode. A program of your own does not need it.

use std::process::ExitCode;
use stripe_sandbox::Sandbox;
use support::{Beginning, Stripe, beginning};

pub async fn run(stripe: &Stripe) -> Result<(), Failure> {
    let sellers = stripe.value("sellers");
    let owed = sample(20, &sellers.split(',').collect::<Vec<_>>());
    let path = std::env::temp_dir().join("stripe-platform-outbox.jsonl");
    if let Some(sandbox) = stripe.meanwhile(Sandbox::clone) {
        begin_and_be_killed(stripe, &sandbox, &path, &owed).await?;
    }
    let mut outbox = Outbox::open(&path)?;
    println!("{} of {} were settled before; the outbox is {}", outbox.settled(), owed.len(), path.display());
    let unclear = pay_all(&stripe.platform, &mut outbox, &owed).await?;
    println!("{} of {} are settled now, {} must be looked at", outbox.settled(), owed.len(), unclear.len());
    if let Some(sandbox) = stripe.meanwhile(Sandbox::clone) {
        check(&sandbox, &owed).await?;
    }
    Ok(())
}

/// The first run of the program, in the sandbox only: some replies are lost after Stripe has paid, and the run is aborted when a part is
/// paid.
async fn begin_and_be_killed(
    stripe: &Stripe,
    sandbox: &Sandbox,
    path: &Path,
    owed: &[Owed],
) -> Result<(), Failure> {
    // A new sandbox has no payouts, so the outbox must be empty too.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    sandbox.faults().on("PostPayouts").times(4).reset_after_commit();
    let mut outbox = Outbox::open(path)?;
    let part = async {
        while paid(sandbox) < owed.len() / 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        ended = pay_all(&stripe.platform, &mut outbox, owed) => drop(ended?),
        () = part => {}
    }
    // Only the file survives, as after a SIGKILL.
    println!("Killed: {} were paid, of which the outbox knows {}.", paid(sandbox), outbox.settled());
    sandbox.faults().on("PostPayouts").times(4).reset_after_commit();
    Ok(())
}

/// The number of payouts that exist in the sandbox.
fn paid(sandbox: &Sandbox) -> usize {
    sandbox.event_types().iter().filter(|kind| *kind == "payout.created").count()
}

/// Fails unless the sandbox has exactly one payout for every reference.
async fn check(sandbox: &Sandbox, owed: &[Owed]) -> Result<(), Failure> {
    let mut found: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for seller in owed.iter().map(|owed| &owed.account).collect::<BTreeSet<_>>() {
        let client = sandbox.client().for_account(seller);
        for payout in client.items(&payout::List::new()).all().await? {
            let reference = payout.metadata.as_ref().and_then(|metadata| metadata.get("reference"));
            let reference = reference.unwrap_or_default().to_owned();
            found.entry(reference).or_default().push(payout.amount);
        }
    }
    let wanted: BTreeMap<_, _> = owed.iter().map(|owed| (owed.reference.clone(), vec![owed.cents])).collect();
    if found != wanted {
        return Err(format!("expected one payout per reference, found {found:?}").into());
    }
    println!("Stripe has one payout for each of {} references.", wanted.len());
    Ok(())
}

/// Seven sellers with a bank account each, and money to be paid out.
pub async fn begin(sandbox: &Sandbox) -> Beginning {
    let mut sellers = Vec::new();
    for _ in 0..7 {
        let seller = sandbox.connect().into_id();
        beginning::bank_account(sandbox, &seller).await?;
        let client = sandbox.client().for_account(&seller);
        beginning::available(&client, Money::new(50_000, Currency::USD)).await?;
        sellers.push(seller);
    }
    Ok(vec![("sellers", sellers.join(","))])
}

fn main() -> ExitCode {
    support::main("crash_safe_payouts", begin, run)
}
