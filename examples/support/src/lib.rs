//! What the examples share: where their calls go, and what happens there between them.
//!
//! On an empty environment they go to a sandbox inside of the program: an offline Stripe with accounts, money and a clock that
//! the example moves. With `STRIPE_SECRET_KEY=sk_test_…` they go to Stripe's test mode, and what the example begins with comes
//! from variables too: the connected account from `STRIPE_CONNECTED_ACCOUNT`, any other name from `STRIPE_` and the name. A
//! live key is refused.

pub mod beginning;
pub mod environment;

use environment::{KEY, test_key};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use stripe_platform::{Client, Timestamp};
use stripe_sandbox::{Options, Sandbox};

/// What can go wrong in an example.
pub type Failure = Box<dyn Error + Send + Sync>;
/// How an example ends.
pub type Outcome = Result<(), Failure>;
/// What an example begins with, by name: the accounts that are there already.
pub type Beginning = Result<Vec<(&'static str, String)>, Failure>;

/// When the examples take place: on a Thursday, 2026-11-12 at 09:30 UTC.
const MORNING: i64 = 1_794_475_800;
/// The platform's own reference for what a run is about.
const ORDER: &str = "order-1042";

/// What an example runs on.
pub struct Stripe {
    /// The client of the platform.
    pub platform: Client,
    /// The platform's own reference for what a run is about. Idempotency keys are made of it: with the same one, a second
    /// run does nothing again.
    pub order: String,
    /// What the names of the beginning stand for.
    values: BTreeMap<String, String>,
    place: Place,
}

/// Where calls go.
enum Place {
    Sandbox(Sandbox),
    TestMode,
    Replay,
}

/// Runs an example: makes what it begins with, then `run`.
pub fn main(
    name: &str,
    begin: impl AsyncFn(&Sandbox) -> Beginning,
    run: impl AsyncFnOnce(&Stripe) -> Outcome,
) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit(Err(error.into())),
    };
    exit(runtime.block_on(async {
        let stripe = Stripe::connect(begin).await?;
        let ran = run(&stripe).await;
        // Where an example stops early, the picture shows how it came to that.
        stripe.show_report(name)?;
        ran
    }))
}

/// A sandbox at the time when the examples take place.
pub fn sandbox() -> Sandbox {
    Sandbox::with(1, Options { start: MORNING, ..Options::default() })
}

impl Stripe {
    /// Decides where the calls of an example go, and says so.
    async fn connect(begin: impl AsyncFn(&Sandbox) -> Beginning) -> Result<Self, Failure> {
        let sandbox = sandbox();
        let beginning = begin(&sandbox).await?;
        let Some(key) = environment::variable(KEY)? else {
            println!("Offline, in a sandbox. Set {KEY}=sk_test_… to run in Stripe's test mode.\n");
            let client = sandbox.client();
            return Ok(Self::in_sandbox(sandbox, client, beginning));
        };
        // What is wrong with the key is said first, whatever else is missing.
        let client = Client::new(test_key(&key)?)?;
        let mut values = BTreeMap::new();
        for (name, example) in beginning {
            values.insert(name.to_owned(), environment::test_value(name, &example)?);
        }
        values.insert("order".to_owned(), environment::order());
        println!("In Stripe's test mode.\n");
        Ok(Self::at(Place::TestMode, client, values))
    }

    /// In a sandbox, with what it begins with.
    pub fn in_sandbox(sandbox: Sandbox, platform: Client, beginning: Vec<(&'static str, String)>) -> Self {
        let mut values: BTreeMap<_, _> =
            beginning.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        values.insert("order".to_owned(), ORDER.to_owned());
        Self::at(Place::Sandbox(sandbox), platform, values)
    }

    /// In a replay of what happened before, with what its names stand for.
    pub fn replayed(platform: Client, values: BTreeMap<String, String>) -> Self {
        Self::at(Place::Replay, platform, values)
    }

    fn at(place: Place, platform: Client, values: BTreeMap<String, String>) -> Self {
        let order = values.get("order").cloned().unwrap_or_default();
        Self { platform, order, values, place }
    }

    /// The client of the connected account that the example begins with.
    pub fn connected(&self) -> Client {
        self.platform.for_account(self.value("account"))
    }

    /// What a name of the beginning stands for.
    ///
    /// # Panics
    /// If the example does not begin with it.
    pub fn value(&self, name: &str) -> String {
        match self.values.get(name) {
            Some(value) => value.clone(),
            None => panic!("the example does not begin with `{name}`"),
        }
    }

    /// When somebody agreed to something: as the example has it, or now in test mode, where Stripe knows what time it is.
    pub fn agreed_at(&self, in_flow: Timestamp) -> Timestamp {
        if matches!(self.place, Place::TestMode) { Timestamp::now() } else { in_flow }
    }

    /// So much time passes, and what falls due in it happens: banks move money, checks end, deadlines are missed. Only the
    /// sandbox has a clock that can be moved; Stripe's test mode does such things in its own time.
    pub fn wait(&self, time: Duration) {
        if let Place::Sandbox(sandbox) = &self.place {
            sandbox.advance(time);
            println!("   [{} later]", in_words(time));
        }
    }

    /// Somebody else does something, such as filling in a form, which in the sandbox only a program can do.
    pub fn meanwhile<T>(&self, happens: impl FnOnce(&Sandbox) -> T) -> Option<T> {
        match &self.place {
            Place::Sandbox(sandbox) => Some(happens(sandbox)),
            Place::TestMode | Place::Replay => None,
        }
    }

    /// Writes the picture of the run, if there was a sandbox, and says where it is.
    fn show_report(&self, name: &str) -> Outcome {
        let Place::Sandbox(sandbox) = &self.place else { return Ok(()) };
        let page = sandbox.report().write(reports(), name)?;
        println!("\nThis run as a picture: {}", page.display());
        Ok(())
    }
}

/// So many days.
pub const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

/// So many minutes.
pub const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// A time in the largest unit that it is a multiple of.
fn in_words(time: Duration) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let seconds = time.as_secs();
    let (length, unit) =
        UNITS.into_iter().find(|(length, _)| seconds.is_multiple_of(*length)).unwrap_or((1, "second"));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The folder of the pictures: `sandbox` in the folder that cargo builds into, `target` unless told otherwise.
fn reports() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    // The program is `target/debug/examples/name`.
    program.ancestors().nth(3).unwrap_or(&program).join("sandbox")
}

/// What went wrong goes to standard error.
fn exit(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
