//! Captures all output through `tracing` and `log` in this process, and searches it for secrets.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

static LOG: Mutex<String> = Mutex::new(String::new());

/// Records relevant output at every level.
struct Everything(AtomicU64);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        // Random numbers can equal a short secret by chance.
        if !matches!(field.name(), "delay_ms" | "duration_ms") {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = writeln!(self.0, "{field}={value:?}");
    }
}

impl Subscriber for Everything {
    // Otherwise the first thread that logs would decide for all.
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        counts()
    }

    fn new_span(&self, span: &Attributes<'_>) -> tracing::Id {
        let mut log = log();
        let _ = writeln!(log, "span {}", span.metadata().name());
        span.record(&mut Line(&mut log));
        tracing::Id::from_u64(1 + self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &tracing::Id, values: &Record<'_>) {
        values.record(&mut Line(&mut log()));
    }

    fn record_follows_from(&self, _: &tracing::Id, _: &tracing::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line(&mut log()));
    }

    fn enter(&self, _: &tracing::Id) {}

    fn exit(&self, _: &tracing::Id) {}
}

/// The libraries below that do not use `tracing`.
struct Older;

impl log::Log for Older {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        counts()
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let _ = writeln!(log(), "{} {}", record.target(), record.args());
    }

    fn flush(&self) {}
}

fn log() -> MutexGuard<'static, String> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this thread's output is captured: test threads are named like their tests, and tests without secrets are
/// skipped.
fn counts() -> bool {
    static LOOKING: [&str; 2] = ["redaction", "shows_no_secret"];
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    !name.contains("::") || LOOKING.iter().any(|part| name.contains(part))
}

/// Starts capturing on all threads.
pub fn listen() {
    static LISTENING: LazyLock<()> = LazyLock::new(|| {
        tracing::subscriber::set_global_default(Everything(AtomicU64::new(0))).unwrap();
        log::set_logger(&Older).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
    LazyLock::force(&LISTENING);
}

/// The length of the output so far.
pub fn now() -> usize {
    log().len()
}

/// The output since then, of all tests.
pub fn heard_since(then: usize) -> String {
    log().get(then..).unwrap_or_default().to_owned()
}

/// Appends everything that an error prints, including its causes.
pub fn show(error: &(dyn Error + 'static), out: &mut String) {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let _ = writeln!(out, "{error}\n{error:?}\n{error:#?}");
        cause = error.source();
    }
}

/// Finds a secret in a text. A short secret may be part of a time or an address, so it must match as a word.
pub fn find<'a>(text: &'a str, secret: &str) -> Option<&'a str> {
    let alone = |at: usize| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + secret.len()..).and_then(|text| text.chars().next());
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    };
    let at = text.match_indices(secret).map(|(at, _)| at).find(|at| secret.len() >= 6 || alone(*at))?;
    let from = text.get(..at)?.char_indices().rev().nth(80).map_or(0, |(from, _)| from);
    text.get(from..at + secret.len())
}

/// The encodings of a text: plain, and escaped for a form, a URL and JSON.
pub fn ways(text: &str) -> BTreeSet<String> {
    let json = serde_json::to_string(text).unwrap();
    let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    [text.to_owned(), form.replace('+', "%20"), form, json.trim_matches('"').to_owned()].into()
}

/// Fails if one of the secrets is printed in any encoding.
#[track_caller]
pub fn check<S: AsRef<str>>(text: &str, secrets: impl IntoIterator<Item = S>) {
    for secret in secrets.into_iter().flat_map(|secret| ways(secret.as_ref())) {
        if let Some(near) = find(text, &secret) {
            panic!("a secret is printed: {near}");
        }
    }
}
