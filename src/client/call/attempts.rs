//! The attempt loop: headers, rate limiter, timeouts, retries, and the outcome of a call.

use super::origin;
use super::origin::Origin;
use super::origin::Wanted;
use super::reply::{Reply, secrets_of};
use super::report;
use crate::client::hooks::{AttemptEvent, CallEvent};
use crate::client::rate_limit::Signal;
use crate::client::reply_size::Permit;
use crate::client::request::headers;
use crate::client::request::prepared::{Parts, Prepared};
use crate::client::response::Meta;
use crate::client::retry;
use crate::client::shared::Inner;
use crate::client::transport::{ReplyBody, TransportError, TransportErrorKind, TransportRequest};
use crate::error::headers as reply_headers;
use crate::error::headers::masked_id;
use crate::error::{ApiError, CallInfo, ConnectionError, TimeoutError, TimeoutKind};
use crate::{Error, Method, Outcome};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{Instrument, Span};
use url::Url;

/// Maximum number of bytes read from an error reply; Stripe's are much smaller.
const LARGEST_ERROR: usize = 1 << 20;

/// Runs a call and reads the whole reply.
pub(crate) async fn run(
    client: Arc<Inner>,
    request: Prepared,
    wanted: Wanted,
) -> Result<Reply<Bytes>, Error> {
    let reply = run_until(client, request, wanted, true).await?;
    Ok(reply.map(|body| match body {
        ReplyBody::Bytes(bytes) => bytes,
        ReplyBody::Stream(_) => Bytes::new(),
    }))
}

/// Runs a call and returns the body as a stream. Only failures before the body are retried.
pub(crate) async fn run_streaming(client: Arc<Inner>, request: Prepared) -> Result<Reply<ReplyBody>, Error> {
    run_until(client, request, Wanted::File, false).await
}

async fn run_until(
    client: Arc<Inner>,
    request: Prepared,
    wanted: Wanted,
    collect: bool,
) -> Result<Reply<ReplyBody>, Error> {
    let mut run = Run::new(&client, &request.0, wanted, collect)?;
    let span = report::call_span(run.parts, run.checked.as_ref().map(|(url, _)| url));
    let result = run.all_attempts().instrument(span.clone()).await;
    let started = run.started;
    match result {
        Ok((meta, body, permit)) => {
            Ok(Reply { meta, body, permit, secrets: request.0.secrets, client, span, started })
        }
        Err(error) => {
            run.failed(&span, &error);
            Err(error)
        }
    }
}

struct Run<'a> {
    client: &'a Inner,
    parts: &'a Parts,
    /// URL and headers, validated before the first attempt, which takes them.
    checked: Option<(Url, HeaderMap)>,
    wanted: Wanted,
    /// Whether the body is read as part of the attempt.
    collect: bool,
    limit: Duration,
    started: Instant,
    deadline: Instant,
    attempts: u32,
    /// The combined outcome of the attempts so far.
    outcome: Outcome,
    /// The status of the current attempt, once its head has arrived.
    status: Option<u16>,
    request_id: Option<HeaderValue>,
}

/// The URL and headers of an attempt; the same for each attempt.
fn address(client: &Inner, parts: &Parts) -> Result<(Url, HeaderMap), Error> {
    Ok((client.hosts.url(parts)?, headers::of_request(&client.headers, parts)?))
}

/// The result of one attempt.
struct Head {
    status: u16,
    headers: HeaderMap,
    body: ReplyBody,
    permit: Permit,
    /// Whether a success reply comes from Stripe.
    is_stripes: bool,
}

impl Head {
    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body, if it was read.
    fn bytes(&self) -> &[u8] {
        match &self.body {
            ReplyBody::Bytes(bytes) => bytes,
            ReplyBody::Stream(_) => &[],
        }
    }
}

impl<'a> Run<'a> {
    fn new(client: &'a Inner, parts: &'a Parts, wanted: Wanted, collect: bool) -> Result<Self, Error> {
        let limit = parts.timeout.unwrap_or(client.deadline);
        let started = Instant::now();
        Ok(Self {
            client,
            parts,
            checked: Some(address(client, parts)?),
            wanted,
            collect,
            limit,
            started,
            deadline: after(started, limit),
            attempts: 0,
            outcome: if parts.replayed && parts.method != Method::Get {
                Outcome::Unknown
            } else {
                Outcome::NotSent
            },
            status: None,
            request_id: None,
        })
    }

    fn failed(&self, span: &Span, error: &Error) {
        if !report::is_heard(self.client) {
            return;
        }
        let event = CallEvent {
            method: self.parts.method,
            path: &self.parts.template,
            account: self.parts.account.as_deref(),
            attempts: self.attempts,
            status: error.http_status(),
            request_id: error.request_id(),
            error: Some(error.label()),
            duration: self.started.elapsed(),
        };
        report::call(self.client, span, &event);
    }

    async fn all_attempts(&mut self) -> Result<(Meta, ReplyBody, Permit), Error> {
        loop {
            // Waiting for the rate limiter is not an attempt: nothing has been sent.
            let Ok(slot) = timeout_at(self.deadline, self.client.limiter.enter()).await else {
                return Err(self.timeout(TimeoutKind::Deadline));
            };
            self.attempts += 1;
            let began = Instant::now();
            let span = report::attempt_span(self.parts, self.attempts);
            let result = self.attempt().instrument(span.clone()).await;
            drop(slot);
            let (error, again) = match result {
                Ok(head) if head.is_success() && head.is_stripes => {
                    self.client.limiter.learn(Signal::Fine);
                    self.report(&span, began, None, None);
                    let call = self.call_info(Outcome::Applied);
                    let meta = Meta { status: head.status, headers: head.headers, call };
                    return Ok((meta, head.body, head.permit));
                }
                Ok(head) if head.is_success() => self.not_stripes(&head),
                Ok(head) => self.refused(&head),
                Err(broken) => {
                    let again = match &broken {
                        Error::Connection(error) => {
                            self.may_repeat(error.fault.before_sending()) && error.fault.is_transient()
                        }
                        _ => self.may_repeat(false),
                    };
                    (broken, again)
                }
            };
            let asked = error.retry_after();
            let wait = (again && self.attempts <= self.max_retries())
                .then(|| retry::delay(self.attempts, asked))
                .filter(|wait| after(Instant::now(), *wait) < self.deadline);
            self.report(&span, began, Some(&error), wait);
            let Some(wait) = wait else { return Err(error) };
            sleep_until(after(Instant::now(), wait)).await;
        }
    }

    /// Makes one exchange within its time limits. An error means that there is no complete reply.
    async fn attempt(&mut self) -> Result<Head, Error> {
        (self.status, self.request_id) = (None, None);
        let began = Instant::now();
        let own = after(began, self.attempt_timeout());
        let end = own.min(self.deadline);
        match timeout_at(end, self.exchange()).await {
            Ok(Ok(head)) => Ok(head),
            Ok(Err(error)) => Err(self.broken(error)),
            Err(_) if own < self.deadline => Err(self.timed_out(TimeoutKind::Attempt)),
            Err(_) => Err(self.timed_out(TimeoutKind::Deadline)),
        }
    }

    async fn exchange(&mut self) -> Result<Head, TransportError> {
        let (url, headers) = match self.checked.take() {
            Some(checked) => checked,
            None => address(self.client, self.parts)
                .map_err(|error| TransportError::new(TransportErrorKind::Request).with_source(error))?,
        };
        let request = TransportRequest::new(self.parts.method, url, headers, self.parts.outgoing());
        let reply = self.client.transport.execute(request).await?;
        self.status = Some(reply.status);
        // Stored for later errors: the reply is dropped if its body stalls.
        self.request_id = reply.headers.get(reply_headers::REQUEST_ID).cloned();
        let (mut permit, in_pieces) = (None, matches!(reply.body, ReplyBody::Stream(_)));
        let body = if !(200..300).contains(&reply.status) {
            ReplyBody::Bytes(reply.body.beginning(LARGEST_ERROR).await?)
        } else if self.collect {
            let (bytes, held) = self.client.reply_size.collect(reply.body).await?;
            permit = held;
            ReplyBody::Bytes(bytes)
        } else {
            reply.body
        };
        let mut head = Head { status: reply.status, headers: reply.headers, body, permit, is_stripes: true };
        if head.is_success() {
            match self.origin(&head, in_pieces) {
                Origin::Stripe => {}
                Origin::Other => head.is_stripes = false,
                Origin::CutOff => return Err(TransportError::new(TransportErrorKind::Body)),
            }
        }
        Ok(head)
    }

    /// Reads an error reply, and decides whether to retry.
    fn refused(&mut self, head: &Head) -> (Error, bool) {
        let call = self.call_info(Outcome::Unknown);
        let secrets = secrets_of(self.client, self.parts);
        let mut error = ApiError::read(head.status, &head.headers, head.bytes(), &secrets, call);
        self.add_outcome(error.outcome(), error.speaks_for_all_attempts());
        error.call.outcome = self.outcome;
        // If Stripe did nothing, or requests a retry, no idempotency key is needed.
        let is_free = !error.foreign
            && self.parts.is_replayable()
            && (error.should_retry == Some(true) || error.outcome() == Outcome::Rejected);
        let again = retry::wants_retry(head.status, &head.headers, error.code.as_deref())
            && (self.may_repeat(false) || is_free);
        if error.is_rate_limit() {
            self.client.limiter.learn(Signal::SlowDown(error.rate_limit_reason.as_deref()));
        }
        (error.into_error(), again)
    }

    /// The error for a success reply that does not come from Stripe. The request may have reached Stripe or not.
    fn not_stripes(&mut self, head: &Head) -> (Error, bool) {
        self.add_outcome(Outcome::Unknown, false);
        let (call, secrets) = (self.call_info(self.outcome), secrets_of(self.client, self.parts));
        let error = ApiError::not_stripes(head.status, &head.headers, head.bytes(), &secrets, call);
        (error.into_error(), self.may_repeat(false))
    }

    fn origin(&self, head: &Head, in_pieces: bool) -> Origin {
        match &head.body {
            ReplyBody::Bytes(body) => {
                origin::of_reply(head.status, &head.headers, body, in_pieces, self.wanted)
            }
            ReplyBody::Stream(_) => origin::of_file(&head.headers),
        }
    }

    fn broken(&mut self, error: TransportError) -> Error {
        let now = match self.status {
            Some(200..300) => reply_headers::outcome_of_success(self.request_id.as_ref()),
            None if error.fault.before_sending() => Outcome::NotSent,
            _ => Outcome::Unknown,
        };
        self.add_outcome(now, false);
        Error::Connection(Box::new(ConnectionError {
            fault: error.fault,
            status: self.status,
            request_id: self.masked_request_id(),
            call: self.call_info(self.outcome),
            source: error.source,
        }))
    }

    fn timed_out(&mut self, kind: TimeoutKind) -> Error {
        let now = match self.status {
            Some(200..300) => reply_headers::outcome_of_success(self.request_id.as_ref()),
            _ => Outcome::Unknown,
        };
        self.add_outcome(now, false);
        self.timeout(kind)
    }

    fn timeout(&self, kind: TimeoutKind) -> Error {
        let limit = if kind == TimeoutKind::Attempt { self.attempt_timeout() } else { self.limit };
        Error::Timeout(Box::new(TimeoutError {
            kind,
            limit,
            status: self.status,
            request_id: self.masked_request_id(),
            call: self.call_info(self.outcome),
        }))
    }

    /// Combines the outcome of another attempt with those before.
    fn add_outcome(&mut self, now: Outcome, for_all: bool) {
        self.outcome = match (self.outcome, now) {
            (Outcome::Applied, _) => Outcome::Applied,
            (Outcome::Unknown, Outcome::Rejected) if for_all && self.is_done_once_per_key() => {
                Outcome::Rejected
            }
            (Outcome::Unknown, Outcome::Rejected | Outcome::NotSent) => Outcome::Unknown,
            (Outcome::Rejected, Outcome::NotSent) => Outcome::Rejected,
            (_, now) => now,
        };
    }

    /// Whether Stripe repeats the result of the first successful attempt. Version 1 honors keys only on POST: a
    /// repeated DELETE fails with "not found" whatever its key.
    fn is_done_once_per_key(&self) -> bool {
        self.parts.idempotency_key.is_some()
            && (self.parts.method == Method::Post || self.parts.template.starts_with("/v2/"))
    }

    /// Whether a repeated attempt cannot have a second effect.
    fn may_repeat(&self, not_sent: bool) -> bool {
        self.parts.is_replayable()
            && (self.parts.method == Method::Get || self.parts.idempotency_key.is_some() || not_sent)
    }

    fn max_retries(&self) -> u32 {
        self.parts.max_retries.unwrap_or(self.client.max_retries)
    }

    fn attempt_timeout(&self) -> Duration {
        self.parts.attempt_timeout.unwrap_or(self.client.attempt_timeout)
    }

    /// Masked, because a server other than Stripe may echo anything in it.
    fn masked_request_id(&self) -> Option<String> {
        masked_id(self.request_id.as_ref()?, &secrets_of(self.client, self.parts))
    }

    fn call_info(&self, outcome: Outcome) -> CallInfo {
        CallInfo {
            method: self.parts.method,
            path: self.parts.template.clone(),
            account: self.parts.account.clone(),
            idempotency_key: self.parts.idempotency_key.clone(),
            generated_key: self.parts.generated_key,
            attempts: self.attempts,
            outcome,
        }
    }

    fn report(&self, span: &Span, began: Instant, error: Option<&Error>, wait: Option<Duration>) {
        if !report::is_heard(self.client) {
            return;
        }
        let request_id = self.masked_request_id();
        let event = AttemptEvent {
            method: self.parts.method,
            path: &self.parts.template,
            account: self.parts.account.as_deref(),
            attempt: self.attempts,
            status: self.status,
            request_id: request_id.as_deref(),
            error: error.map(Error::label),
            duration: began.elapsed(),
            retry_in: wait,
        };
        report::attempt(self.client, span, &event);
    }
}

/// `start + span`, capped at one year ahead if it overflows.
pub(crate) fn after(start: Instant, span: Duration) -> Instant {
    const LONG: Duration = Duration::from_secs(365 * 24 * 3600);
    start + span.min(LONG)
}
