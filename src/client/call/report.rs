//! Reports calls as tracing spans and events, named after OpenTelemetry's HTTP client conventions, and to hooks.
//! Bodies, queries and keys are never reported.

use crate::client::hooks::{AttemptEvent, CallEvent};
use crate::client::request::prepared::Parts;
use crate::client::shared::Inner;
use std::time::Duration;
use tracing::level_filters::LevelFilter;
use tracing::{Span, field::Empty};
use url::Url;

/// Whether any subscriber or hook is active.
pub(crate) fn is_heard(client: &Inner) -> bool {
    !client.hooks.is_empty() || LevelFilter::current() > LevelFilter::OFF
}

pub(crate) fn call_span(parts: &Parts, url: Option<&Url>) -> Span {
    tracing::info_span!(
        "stripe.call",
        otel.kind = "client",
        http.request.method = parts.method.as_str(),
        url.template = parts.template,
        server.address = url.and_then(Url::host_str),
        server.port = url.and_then(Url::port_or_known_default),
        stripe.account = parts.account,
        stripe.request_id = Empty,
        stripe.attempts = Empty,
        http.response.status_code = Empty,
        error.type = Empty,
    )
}

pub(crate) fn attempt_span(parts: &Parts, number: u32) -> Span {
    tracing::debug_span!(
        "stripe.attempt",
        http.request.method = parts.method.as_str(),
        http.request.resend_count = number.saturating_sub(1),
        http.response.status_code = Empty,
        stripe.request_id = Empty,
        error.type = Empty,
    )
}

/// Reports the end of an attempt.
pub(crate) fn attempt(client: &Inner, span: &Span, event: &AttemptEvent<'_>) {
    record(span, event.status, event.request_id, event.error);
    tracing::debug!(
        parent: span,
        http.request.method = event.method.as_str(),
        url.template = event.path,
        http.request.resend_count = event.attempt.saturating_sub(1),
        http.response.status_code = event.status,
        stripe.account = event.account,
        stripe.request_id = event.request_id,
        error.type = event.error,
        duration_ms = millis(event.duration),
        delay_ms = event.retry_in.map(millis),
        "{}", if event.retry_in.is_some() { "retrying" } else { "attempt finished" }
    );
    for hook in &client.hooks {
        hook.on_attempt(event);
    }
}

/// Reports the end of a call. A failed call is logged as a warning.
pub(crate) fn call(client: &Inner, span: &Span, event: &CallEvent<'_>) {
    record(span, event.status, event.request_id, event.error);
    span.record("stripe.attempts", event.attempts);
    macro_rules! tell {
        ($level:ident, $text:literal) => {
            tracing::$level!(
                parent: span,
                http.request.method = event.method.as_str(),
                url.template = event.path,
                http.response.status_code = event.status,
                stripe.account = event.account,
                stripe.request_id = event.request_id,
                stripe.attempts = event.attempts,
                error.type = event.error,
                duration_ms = millis(event.duration),
                $text
            )
        };
    }
    match event.error {
        None => tell!(debug, "call succeeded"),
        Some(_) => tell!(warn, "call failed"),
    }
    for hook in &client.hooks {
        hook.on_call(event);
    }
}

fn record(span: &Span, status: Option<u16>, request_id: Option<&str>, error: Option<&'static str>) {
    if let Some(status) = status {
        span.record("http.response.status_code", status);
    }
    if let Some(id) = request_id {
        span.record("stripe.request_id", id);
    }
    if let Some(label) = error {
        span.record("error.type", label);
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
