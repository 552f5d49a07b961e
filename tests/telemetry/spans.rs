//! Spans and events through `tracing`, with the names of OpenTelemetry.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use stripe_platform::{Method, TransportErrorKind, topup};
use test_support::script::{Script, Step, json, ok, refused};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// One test at a time captures.
static LISTENING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

type Fields = BTreeMap<&'static str, String>;

/// A span or an event with its recorded fields.
#[derive(Clone, Debug)]
struct Said {
    name: &'static str,
    level: Level,
    parent: Option<u64>,
    fields: Fields,
}

impl Said {
    #[track_caller]
    fn has(&self, expected: &[(&str, &str)]) {
        for (name, value) in expected {
            assert_eq!(self.fields.get(name).map(String::as_str), Some(*value), "{name} of {self:?}");
        }
    }
}

/// Records spans by number, and events.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<(Vec<Said>, Vec<Said>)>>);

struct Writer<'a>(&'a mut Fields);

impl Visit for Writer<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

fn ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("stripe_platform")
}

impl Subscriber for Book {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        ours(metadata)
    }

    fn new_span(&self, span: &Attributes<'_>) -> tracing::Id {
        let mut fields = Fields::new();
        span.record(&mut Writer(&mut fields));
        let spans = &mut self.0.lock().unwrap().0;
        let (name, level) = (span.metadata().name(), *span.metadata().level());
        spans.push(Said { name, level, parent: span.parent().map(tracing::Id::into_u64), fields });
        tracing::Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &tracing::Id, values: &Record<'_>) {
        let spans = &mut self.0.lock().unwrap().0;
        values.record(&mut Writer(&mut spans[span.into_u64() as usize - 1].fields));
    }

    fn record_follows_from(&self, _: &tracing::Id, _: &tracing::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::new();
        event.record(&mut Writer(&mut fields));
        let (name, level) = (event.metadata().name(), *event.metadata().level());
        let parent = event.parent().map(tracing::Id::into_u64);
        self.0.lock().unwrap().1.push(Said { name, level, parent, fields });
    }

    fn enter(&self, _: &tracing::Id) {}

    fn exit(&self, _: &tracing::Id) {}
}

impl Book {
    fn spans(&self, name: &str) -> Vec<Said> {
        self.0.lock().unwrap().0.iter().filter(|span| span.name == name).cloned().collect()
    }

    /// The events in the spans with this name.
    fn events(&self, name: &str) -> Vec<Said> {
        let book = self.0.lock().unwrap();
        let inside =
            |event: &&Said| event.parent.is_some_and(|parent| book.0[parent as usize - 1].name == name);
        book.1.iter().filter(inside).cloned().collect()
    }
}

#[tokio::test(start_paused = true)]
async fn every_attempt_and_call_is_reported_with_its_result() {
    let _alone = LISTENING.lock().await;
    let book = Book::default();
    let _listening = tracing::subscriber::set_default(book.clone());
    let script = Script::new([
        Step::Fails(TransportErrorKind::Reset),
        json(503, r#"{"error":{"type":"api_error","message":"hush"}}"#).with("retry-after", "3"),
        ok().after(2),
    ]);
    let client = script.client().for_account("acct_1");
    let request = client.raw(Method::Post, "/v1/topups/tu_123/cancel").param("description", "hush");
    request.send().await.unwrap();

    let what = [("http.request.method", "POST"), ("url.template", "/v1/topups/{id}/cancel")];
    let whose = [("stripe.account", "acct_1")];
    let calls = book.spans("stripe.call");
    assert_eq!(calls.len(), 1);
    calls[0].has(&what);
    calls[0].has(&whose);
    calls[0].has(&[
        ("otel.kind", "client"),
        ("server.address", "api.stripe.com"),
        ("server.port", "443"),
        ("stripe.request_id", "req_script"),
        ("stripe.attempts", "3"),
        ("http.response.status_code", "200"),
    ]);
    assert!(!calls[0].fields.contains_key("error.type"), "{calls:?}");

    let failed = [Some("connection_reset"), Some("api"), None];
    let status = [None, Some("503"), Some("200")];
    let attempts = book.spans("stripe.attempt");
    let ends = book.events("stripe.attempt");
    assert_eq!((attempts.len(), ends.len()), (3, 3), "{ends:?}");
    for (number, said) in attempts.iter().enumerate().chain(ends.iter().enumerate()) {
        said.has(&[("http.request.method", "POST"), ("http.request.resend_count", &number.to_string())]);
        let field = |name| said.fields.get(name).map(String::as_str);
        assert_eq!(field("error.type"), failed[number], "{said:?}");
        assert_eq!(field("http.response.status_code"), status[number], "{said:?}");
        assert_eq!(field("stripe.request_id"), status[number].map(|_| "req_script"), "{said:?}");
    }
    for end in &ends {
        end.has(&what);
        end.has(&whose);
        assert_eq!(end.level, Level::DEBUG);
    }
    let delay = ends[0].fields["delay_ms"].parse::<u64>().unwrap();
    assert!((500..=1000).contains(&delay), "{ends:?}");
    ends[1].has(&[("delay_ms", "3000"), ("message", "retrying")]);
    ends[2].has(&[("duration_ms", "2000"), ("message", "attempt finished")]);
    assert!(!ends[2].fields.contains_key("delay_ms"));

    let ends = book.events("stripe.call");
    assert_eq!(ends.len(), 1, "{ends:?}");
    ends[0].has(&what);
    ends[0].has(&whose);
    ends[0].has(&[
        ("stripe.request_id", "req_script"),
        ("stripe.attempts", "3"),
        ("http.response.status_code", "200"),
        ("message", "call succeeded"),
    ]);
    assert!(ends[0].fields["duration_ms"].parse::<u64>().unwrap() >= 5000, "{ends:?}");
    assert_eq!(ends[0].level, Level::DEBUG);

    let all = format!("{:?}", book.0.lock().unwrap());
    for hidden in ["hush", "tu_123", "sk_test", "idempotency"] {
        assert!(!all.contains(hidden), "{hidden} in {all}");
    }
}

#[tokio::test(start_paused = true)]
async fn failed_call_reports_the_reason() {
    let _alone = LISTENING.lock().await;
    let book = Book::default();
    let _listening = tracing::subscriber::set_default(book.clone());
    let script =
        Script::new([refused(402, "card_declined"), json(200, "<html>"), json(200, r#"{"data":7}"#)]);
    let client = script.client();
    client.raw(Method::Post, "/v1/topups").send().await.unwrap_err();
    // A reply that cannot be decoded is a failure of the call, not of the attempt.
    topup::Retrieve::new("tu_1").send(&client).await.unwrap_err();
    client.items(&topup::List::new()).next().await.unwrap().unwrap_err();
    let calls = book.spans("stripe.call");
    let ends = book.events("stripe.call");
    assert_eq!((calls.len(), ends.len()), (3, 3));
    for (said, (label, status)) in
        calls.iter().zip(&ends).zip([("card", "402"), ("decode", "200"), ("decode", "200")])
    {
        for said in [said.0, said.1] {
            said.has(&[("error.type", label), ("http.response.status_code", status)]);
            said.has(&[("stripe.request_id", "req_script"), ("stripe.attempts", "1")]);
        }
        assert_eq!(said.1.level, Level::WARN);
    }
    let attempts = book.spans("stripe.attempt");
    assert!(!attempts[1].fields.contains_key("error.type"), "{attempts:?}");
}
