//! The attempt loop: headers, limiter, timeouts, retries, and what all of it means for the money.

use crate::client::Inner;
use crate::error::{ApiError, CallInfo, ConnectionError, TimeoutError, TimeoutKind};
use crate::hooks::{AttemptEvent, CallEvent};
use crate::limits::Signal;
use crate::prepared::{Parts, Prepared};
use crate::response::Meta;
use crate::transport::{Fault, ReplyBody, TransportError, TransportRequest};
use crate::{Error, Method, Outcome, headers, retry};
use bytes::Bytes;
use http::HeaderMap;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{Instrument, Span, field::Empty};
use url::Url;

/// No reply of the API comes near this; a body that does is cut off before it fills the memory.
const LARGEST_REPLY: usize = 256 << 20;
/// An error reply is read up to here.
const LARGEST_ERROR: usize = 1 << 20;

/// A reply with a status of success.
pub(crate) struct Reply<B> {
    pub(crate) meta: Meta,
    pub(crate) body: B,
    /// What must not be shown of it.
    pub(crate) secrets: Vec<String>,
}

/// Makes a call and reads the whole reply.
pub(crate) async fn run(client: &Inner, request: Prepared) -> Result<Reply<Bytes>, Error> {
    let reply = Run::new(client, &request.0, true)?.traced().await?;
    let body = match reply.body {
        ReplyBody::Bytes(bytes) => bytes,
        ReplyBody::Stream(_) => Bytes::new(),
    };
    Ok(Reply { meta: reply.meta, body, secrets: request.0.secrets })
}

/// Makes a call and hands the body out as it comes. Only the head is retried.
pub(crate) async fn run_streaming(client: &Inner, request: &Prepared) -> Result<Reply<ReplyBody>, Error> {
    Run::new(client, &request.0, false)?.traced().await
}

struct Run<'a> {
    client: &'a Inner,
    parts: &'a Parts,
    /// Where to and with which headers, made and checked before anything else; the first attempt takes them.
    checked: Option<(Url, HeaderMap)>,
    /// Whether the body is read here, as part of the attempt.
    collect: bool,
    limit: Duration,
    started: Instant,
    deadline: Instant,
    attempts: u32,
    /// What the attempts so far may have done.
    outcome: Outcome,
    /// The status of the attempt at hand, as soon as it is there.
    status: Option<u16>,
}

/// The URL and the headers of an attempt, the same for each.
fn address(client: &Inner, parts: &Parts) -> Result<(Url, HeaderMap), Error> {
    Ok((client.hosts.url(parts)?, headers::of_request(&client.headers, parts)?))
}

/// How one attempt ended.
struct Head {
    status: u16,
    headers: HeaderMap,
    body: ReplyBody,
}

impl<'a> Run<'a> {
    fn new(client: &'a Inner, parts: &'a Parts, collect: bool) -> Result<Self, Error> {
        let limit = parts.timeout.unwrap_or(client.deadline);
        let started = Instant::now();
        Ok(Self {
            client,
            parts,
            checked: Some(address(client, parts)?),
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
        })
    }

    async fn traced(mut self) -> Result<Reply<ReplyBody>, Error> {
        let span = tracing::info_span!(
            "stripe.call",
            otel.kind = "client",
            http.request.method = self.parts.method.as_str(),
            url.template = self.parts.template,
            server.address = self.checked.as_ref().and_then(|(url, _)| url.host_str()),
            server.port = self.checked.as_ref().and_then(|(url, _)| url.port_or_known_default()),
            stripe.account = self.parts.account,
            stripe.request_id = Empty,
            stripe.attempts = Empty,
            http.response.status_code = Empty,
            error.type = Empty,
        );
        let result = self.all_attempts().instrument(span.clone()).await;
        let (status, request_id, error) = match &result {
            Ok(reply) => {
                let id = headers::request_id(&reply.meta.headers, &self.parts.secrets);
                (Some(reply.meta.status), id, None)
            }
            Err(error) => (error.http_status(), error.request_id().map(str::to_owned), Some(error.label())),
        };
        record(&span, status, request_id.as_deref(), error);
        span.record("stripe.attempts", self.attempts);
        for hook in &self.client.hooks {
            hook.on_call(&CallEvent {
                method: self.parts.method,
                path: &self.parts.template,
                account: self.parts.account.as_deref(),
                attempts: self.attempts,
                status,
                request_id: request_id.as_deref(),
                error,
                duration: self.started.elapsed(),
            });
        }
        result
    }

    async fn all_attempts(&mut self) -> Result<Reply<ReplyBody>, Error> {
        loop {
            // Waiting for a turn is no attempt: nothing has been sent.
            let Ok(slot) = timeout_at(self.deadline, self.client.limiter.enter()).await else {
                return Err(self.timeout(TimeoutKind::Deadline));
            };
            self.attempts += 1;
            let began = Instant::now();
            let span = tracing::debug_span!(
                "stripe.attempt",
                http.request.resend_count = self.attempts - 1,
                http.response.status_code = Empty,
                stripe.request_id = Empty,
                error.type = Empty,
            );
            let result = self.attempt().instrument(span.clone()).await;
            drop(slot);
            let (error, again) = match result {
                Ok(head) if (200..300).contains(&head.status) => {
                    self.client.limiter.learn(Signal::Fine);
                    self.report(&span, began, Some(&head.headers), None, None);
                    let call = self.call_info(Outcome::Applied);
                    let meta = Meta { status: head.status, headers: head.headers, call };
                    return Ok(Reply { meta, body: head.body, secrets: Vec::new() });
                }
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
            self.report(&span, began, None, Some(&error), wait);
            let Some(wait) = wait else { return Err(error) };
            sleep_until(after(Instant::now(), wait)).await;
        }
    }

    /// One exchange with its time limits. An error here means that there is no complete reply.
    async fn attempt(&mut self) -> Result<Head, Error> {
        self.status = None;
        let began = Instant::now();
        let own = after(began, self.client.attempt_timeout);
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
                .map_err(|error| TransportError::new(Fault::Request).with_source(error))?,
        };
        let request = TransportRequest::new(self.parts.method, url, headers, self.parts.outgoing());
        let reply = self.client.transport.execute(request).await?;
        self.status = Some(reply.status);
        let body = if !(200..300).contains(&reply.status) {
            ReplyBody::Bytes(reply.body.collect(LARGEST_ERROR).await?)
        } else if self.collect {
            ReplyBody::Bytes(reply.body.collect(LARGEST_REPLY).await?)
        } else {
            reply.body
        };
        Ok(Head { status: reply.status, headers: reply.headers, body })
    }

    /// An error reply, and whether it deserves another attempt.
    fn refused(&mut self, head: &Head) -> (Error, bool) {
        let body = match &head.body {
            ReplyBody::Bytes(bytes) => bytes.as_ref(),
            ReplyBody::Stream(_) => &[],
        };
        let call = self.call_info(Outcome::Unknown);
        let mut error = ApiError::read(head.status, &head.headers, body, &self.parts.secrets, call);
        self.add_outcome(error.outcome(), Some(head.status));
        error.call.outcome = self.outcome;
        let again =
            retry::wants_retry(head.status, &head.headers, error.code.as_deref()) && self.may_repeat(false);
        if head.status == 429 && error.code.as_deref() != Some("lock_timeout") {
            self.client.limiter.learn(Signal::SlowDown(error.rate_limit_reason.as_deref()));
        }
        (error.into_error(), again)
    }

    fn broken(&mut self, error: TransportError) -> Error {
        let now = match self.status {
            Some(200..300) => Outcome::Applied,
            None if error.fault.before_sending() => Outcome::NotSent,
            _ => Outcome::Unknown,
        };
        self.add_outcome(now, None);
        let call = self.call_info(self.outcome);
        Error::Connection(Box::new(ConnectionError { fault: error.fault, call, source: error.source }))
    }

    fn timed_out(&mut self, kind: TimeoutKind) -> Error {
        let now = match self.status {
            Some(200..300) => Outcome::Applied,
            _ => Outcome::Unknown,
        };
        self.add_outcome(now, None);
        self.timeout(kind)
    }

    fn timeout(&self, kind: TimeoutKind) -> Error {
        let limit = if kind == TimeoutKind::Attempt { self.client.attempt_timeout } else { self.limit };
        Error::Timeout(Box::new(TimeoutError { kind, limit, call: self.call_info(self.outcome) }))
    }

    /// What the call as a whole may have done, when one more attempt has ended like this.
    fn add_outcome(&mut self, now: Outcome, status: Option<u16>) {
        self.outcome = match (self.outcome, now) {
            (Outcome::Applied, _) => Outcome::Applied,
            // With the same key, a plain refusal means that no earlier attempt got through: its reply would
            // have come back instead. What is checked before the key says nothing about the earlier attempts.
            (Outcome::Unknown, Outcome::Rejected)
                if self.parts.idempotency_key.is_some() && matches!(status, Some(400 | 402 | 404)) =>
            {
                Outcome::Rejected
            }
            (Outcome::Unknown, Outcome::Rejected | Outcome::NotSent) => Outcome::Unknown,
            (Outcome::Rejected, Outcome::NotSent) => Outcome::Rejected,
            (_, now) => now,
        };
    }

    /// Whether another attempt cannot have a second effect.
    fn may_repeat(&self, not_sent: bool) -> bool {
        self.parts.is_replayable()
            && (self.parts.method == Method::Get || self.parts.idempotency_key.is_some() || not_sent)
    }

    fn max_retries(&self) -> u32 {
        self.parts.max_retries.unwrap_or(self.client.max_retries)
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

    fn report(
        &self,
        span: &Span,
        began: Instant,
        reply: Option<&HeaderMap>,
        error: Option<&Error>,
        wait: Option<Duration>,
    ) {
        let label = error.map(Error::label);
        let request_id = match (reply, error) {
            (Some(headers), _) => headers::request_id(headers, &self.parts.secrets),
            (_, error) => error.and_then(Error::request_id).map(str::to_owned),
        };
        record(span, self.status, request_id.as_deref(), label);
        if let Some(wait) = wait {
            tracing::debug!(parent: span, delay_ms = wait.as_millis() as u64, "will try again");
        }
        for hook in &self.client.hooks {
            hook.on_attempt(&AttemptEvent {
                method: self.parts.method,
                path: &self.parts.template,
                account: self.parts.account.as_deref(),
                attempt: self.attempts,
                status: self.status,
                request_id: request_id.as_deref(),
                error: label,
                duration: began.elapsed(),
                retry_in: wait,
            });
        }
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

/// A point in time that is reached even if the span to it cannot be: a year is long enough.
pub(crate) fn after(start: Instant, span: Duration) -> Instant {
    const LONG: Duration = Duration::from_secs(365 * 24 * 3600);
    start + span.min(LONG)
}
