//! The harness of the examples: it selects where their calls go, and advances time between them.
//!
//! By default, calls go to a sandbox inside the program: an offline Stripe with accounts, money and a clock that the example
//! advances. With `STRIPE_SECRET_KEY=sk_test_…` they go to Stripe's test mode, and the values that the example starts with come
//! from variables: the connected account from `STRIPE_CONNECTED_ACCOUNT`, any other from `STRIPE_` and its name. Live keys are
//! refused.

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

/// The error of an example.
pub type Failure = Box<dyn Error + Send + Sync>;
/// The result of an example.
pub type Outcome = Result<(), Failure>;
/// The values that an example starts with, by name: ids of existing accounts, for instance.
pub type Beginning = Result<Vec<(&'static str, String)>, Failure>;

/// The time at which examples start: Thursday, 2026-11-12, 09:30 UTC.
const MORNING: i64 = 1_794_475_800;
/// The platform's reference for the business of a run.
const ORDER: &str = "order-1042";

/// The Stripe that an example runs on.
pub struct Stripe {
    /// The client of the platform.
    pub platform: Client,
    /// The platform's reference for the business of a run. Idempotency keys are derived from it, so a second run with the same reference
    /// has no effect.
    pub order: String,
    /// The values that the example starts with.
    values: BTreeMap<String, String>,
    place: Place,
}

/// The destination of calls.
enum Place {
    Sandbox(Sandbox),
    TestMode,
    Replay,
}

/// Runs an example: `begin` creates what it starts with, then `run` is called.
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
        // The report is also written if the example fails.
        stripe.show_report(name)?;
        ran
    }))
}

/// A sandbox at the time at which examples start.
pub fn sandbox() -> Sandbox {
    Sandbox::with(1, Options { start: MORNING, ..Options::default() })
}

impl Stripe {
    /// Selects where the calls of an example go, and prints it.
    async fn connect(begin: impl AsyncFn(&Sandbox) -> Beginning) -> Result<Self, Failure> {
        let sandbox = sandbox();
        let beginning = begin(&sandbox).await?;
        let Some(key) = environment::variable(KEY)? else {
            println!("Offline, in a sandbox. Set {KEY}=sk_test_… to run in Stripe's test mode.\n");
            let client = sandbox.client();
            return Ok(Self::in_sandbox(sandbox, client, beginning));
        };
        // An error of the key is reported first.
        let client = Client::new(test_key(&key)?)?;
        let mut values = BTreeMap::new();
        for (name, example) in beginning {
            values.insert(name.to_owned(), environment::test_value(name, &example)?);
        }
        values.insert("order".to_owned(), environment::order());
        println!("In Stripe's test mode.\n");
        Ok(Self::at(Place::TestMode, client, values))
    }

    /// Runs in a sandbox, with the values that the example starts with.
    pub fn in_sandbox(sandbox: Sandbox, platform: Client, beginning: Vec<(&'static str, String)>) -> Self {
        let mut values: BTreeMap<_, _> =
            beginning.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        values.insert("order".to_owned(), ORDER.to_owned());
        Self::at(Place::Sandbox(sandbox), platform, values)
    }

    /// Runs on a replay, with the values of its names.
    pub fn replayed(platform: Client, values: BTreeMap<String, String>) -> Self {
        Self::at(Place::Replay, platform, values)
    }

    fn at(place: Place, platform: Client, values: BTreeMap<String, String>) -> Self {
        let order = values.get("order").cloned().unwrap_or_default();
        Self { platform, order, values, place }
    }

    /// A client for the connected account that the example starts with.
    pub fn connected(&self) -> Client {
        self.platform.for_account(self.value("account"))
    }

    /// The value of a name that the example starts with.
    ///
    /// # Panics
    /// If the example does not start with it.
    pub fn value(&self, name: &str) -> String {
        match self.values.get(name) {
            Some(value) => value.clone(),
            None => panic!("the example does not start with `{name}`"),
        }
    }

    /// The time of an agreement: that of the flow, or the current time in test mode.
    pub fn agreed_at(&self, in_flow: Timestamp) -> Timestamp {
        if matches!(self.place, Place::TestMode) { Timestamp::now() } else { in_flow }
    }

    /// Advances the sandbox's clock and executes everything that falls due: bank transfers, checks, deadlines. A service waits for an
    /// event instead. In test mode this does nothing, since Stripe's clock cannot be moved.
    pub fn wait(&self, time: Duration) {
        if let Place::Sandbox(sandbox) = &self.place {
            sandbox.advance(time);
            println!("   [{} later]", in_words(time));
        }
    }

    /// Simulates the action of another person in the sandbox, such as completing a form. Elsewhere this does nothing.
    pub fn meanwhile<T>(&self, happens: impl FnOnce(&Sandbox) -> T) -> Option<T> {
        match &self.place {
            Place::Sandbox(sandbox) => Some(happens(sandbox)),
            Place::TestMode | Place::Replay => None,
        }
    }

    /// Writes the report of a run in the sandbox, and prints its path.
    fn show_report(&self, name: &str) -> Outcome {
        let Place::Sandbox(sandbox) = &self.place else { return Ok(()) };
        let page = sandbox.report().write(reports(), name)?;
        println!("\nThis run as a picture: {}", page.display());
        Ok(())
    }
}

/// A duration of days.
pub const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

/// A duration of minutes.
pub const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// Formats a duration in the largest unit that divides it.
fn in_words(time: Duration) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let seconds = time.as_secs();
    let (length, unit) =
        UNITS.into_iter().find(|(length, _)| seconds.is_multiple_of(*length)).unwrap_or((1, "second"));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The folder of the reports: `sandbox` in cargo's target folder.
fn reports() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    // The program is `target/debug/examples/name`.
    program.ancestors().nth(3).unwrap_or(&program).join("sandbox")
}

/// Prints an error to standard error.
fn exit(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
