//! Answers card authorizations in time, whatever the policy does.

use super::authorization::Terms;
use super::receive::{signature, text};
use super::{AuthorizationRequest, Decision, Event, EventType, Rejection, Verifier};
use crate::account::Account;
use crate::client::transport::BoxFuture;
use crate::error::printable::printable;
use crate::issuing::authorization::Authorization;
use crate::{Id, event};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Body;
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{AbortHandle, JoinError};
use tokio::time::{Instant, timeout_at};

/// Stripe waits for two seconds; the rest is reserved for the network.
const BUDGET: Duration = Duration::from_millis(1500);

/// A budget beyond this is too long for the clock.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Policy = dyn Fn(AuthorizationRequest) -> BoxFuture<'static, Result<Decision, Failure>> + Send + Sync;
type Others = dyn Fn(Event) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync;
type Observer = dyn Fn(&DecisionReport) + Send + Sync;

/// Answers `issuing_authorization.request` webhooks with the decision of your policy, within a time budget.
///
/// If the policy is late, fails or panics, the fallback is sent, so that Stripe does not decide by itself. Each
/// answer is reported to an observer and to `tracing`. Clones are cheap.
///
/// ```
/// use http::Request;
/// use stripe_platform::webhook::{Decision, Responder, Signer, Verifier};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), stripe_platform::Error> {
/// let responder = Responder::new(Verifier::new("whsec_test")?, |request| async move {
///     // Ask a database here.
///     let small = request.amount().amount <= 10_000;
///     Ok::<_, std::io::Error>(if small { Decision::approve() } else { Decision::decline() })
/// })
/// .observe(|answered| println!("{:?} after {:?}", answered.cause, answered.elapsed));
///
/// // In a server, this is the request that came in.
/// let request = Request::new(http_body_util::Full::<bytes::Bytes>::from("not signed"));
/// assert_eq!(responder.handle(request).await.status(), 400);
/// # Ok(())
/// # }
/// ```
///
/// It requires a Tokio runtime with time enabled. The policy runs in a separate task and is cancelled when the time
/// is up or the connection closes (the server drops the future of [`Responder::handle`]). Cancellation happens
/// between two await points, so make recording the decision the last step, or spawn work that must complete. The
/// handler of other events is cancelled in the same way when the connection closes. A policy that blocks its thread
/// is answered in time only if the runtime has another thread. In programs that abort on panic there is no fallback
/// for panics.
#[derive(Clone)]
pub struct Responder {
    settings: Arc<Settings>,
}

#[derive(Clone)]
struct Settings {
    verifier: Verifier,
    policy: Arc<Policy>,
    others: Option<Arc<Others>>,
    observer: Option<Arc<Observer>>,
    budget: Duration,
    fallback: Decision,
}

/// The answer to a webhook, and the reason.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecisionReport {
    /// The event, if it could be decoded.
    pub event: Option<Id<event::Event>>,
    /// The connected account of the event.
    pub account: Option<Id<Account>>,
    /// The authorization, if it could be decoded.
    pub authorization: Option<Id<Authorization>>,
    /// The source of the decision.
    pub cause: DecisionSource,
    /// The decision that was sent; `None` if none was requested, or if the connection was closed.
    pub decision: Option<Decision>,
    /// Time from the arrival of the request to its answer.
    pub elapsed: Duration,
}

/// The source of the answer to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecisionSource {
    /// The policy decided.
    Decided,
    /// Fallback: the policy did not decide within the budget.
    Late,
    /// Fallback: the policy failed, with this message.
    Failed(String),
    /// Fallback: the policy panicked, with this message.
    Panicked(String),
    /// Fallback: Stripe would have rejected the policy's decision, for this reason.
    Invalid(String),
    /// Fallback: the authorization could not be decoded, for this reason.
    Unreadable(String),
    /// Error reply: the request was not a valid webhook, or was not received completely or in time.
    Refused(String),
    /// Another event, passed to the handler of other events, or ignored without one.
    Other(EventType),
    /// Status 500, so that Stripe sends it again: the handler of other events failed or panicked.
    OtherFailed(EventType, String),
    /// No answer: the connection was closed first.
    Disconnected,
}

impl DecisionSource {
    /// A label for metrics: `decided`, `late`, …
    pub fn label(&self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Late => "late",
            Self::Failed(_) => "failed",
            Self::Panicked(_) => "panicked",
            Self::Invalid(_) => "invalid",
            Self::Unreadable(_) => "unreadable",
            Self::Refused(_) => "refused",
            Self::Other(_) => "other",
            Self::OtherFailed(..) => "other_failed",
            Self::Disconnected => "disconnected",
        }
    }

    /// The description of the failure of the policy, the handler or this crate.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Failed(reason)
            | Self::Panicked(reason)
            | Self::Invalid(reason)
            | Self::Unreadable(reason)
            | Self::Refused(reason)
            | Self::OtherFailed(_, reason) => Some(reason),
            Self::Decided | Self::Late | Self::Other(_) | Self::Disconnected => None,
        }
    }
}

impl Responder {
    /// Creates a responder. The policy receives the request and returns the decision, or any error for the fallback.
    pub fn new<P, F, E>(verifier: Verifier, policy: P) -> Self
    where
        P: Fn(AuthorizationRequest) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Decision, E>> + Send + 'static,
        E: Into<Failure>,
    {
        let policy: Arc<Policy> = Arc::new(move |request| {
            let decision = policy(request);
            Box::pin(async move { decision.await.map_err(Into::into) })
        });
        let settings = Settings {
            verifier,
            policy,
            others: None,
            observer: None,
            budget: BUDGET,
            fallback: Decision::decline(),
        };
        Self { settings: Arc::new(settings) }
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Sets the time budget from the arrival of a request to its answer. Defaults to 1.5 s. Stripe's limit is 2 s,
    /// including the network.
    #[must_use]
    pub fn budget(self, budget: Duration) -> Self {
        self.set(|settings| settings.budget = budget)
    }

    /// Sets the answer when the policy fails. Defaults to decline. If the fallback approves an amount that the
    /// authorization does not allow, it declines.
    #[must_use]
    pub fn fallback(self, fallback: Decision) -> Self {
        self.set(|settings| settings.fallback = fallback)
    }

    /// Sets an observer that is called with each answer before it is sent: for logs, metrics and alerts. It should
    /// return quickly.
    #[must_use]
    pub fn observe(self, observer: impl Fn(&DecisionReport) + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.observer = Some(Arc::new(observer)))
    }

    /// Sets the handler of other events on the endpoint, without a time limit. An error is answered with status 500,
    /// and Stripe sends the event again. Without a handler they are ignored with a warning, since errors could make
    /// Stripe disable the endpoint.
    #[must_use]
    pub fn others<H, F, E>(self, handler: H) -> Self
    where
        H: Fn(Event) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Failure>,
    {
        self.set(|settings| {
            settings.others = Some(Arc::new(move |event| {
                let handled = handler(event);
                Box::pin(async move { handled.await.map_err(Into::into) })
            }));
        })
    }

    /// Answers a request of any HTTP server. Reading the body counts towards the budget.
    pub async fn handle<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body<Error: Into<Failure>>,
    {
        let start = Instant::now();
        let (head, body) = request.into_parts();
        let mut report = Report::new(&self.settings, start);
        let body = self.settings.verifier.read_body(&head.headers, body);
        match timeout_at(report.deadline(), body).await {
            Ok(Ok(body)) => self.decide(signature(&head.headers), &body, report).await,
            Ok(Err(rejection)) => report.refused(&rejection),
            Err(_) => {
                let problem = "the body was not received in time";
                report.finish(DecisionSource::Refused(problem.to_owned()), None);
                text(StatusCode::REQUEST_TIMEOUT, problem)
            }
        }
    }

    /// Answers a webhook whose body was already read. Pass the original bytes. The budget starts now.
    pub async fn respond(&self, headers: &HeaderMap, body: &[u8]) -> Response<Bytes> {
        self.respond_to_signed(signature(headers), body).await
    }

    /// The same without HTTP input types, for servers that use other ones. `signature` is the value of the
    /// `Stripe-Signature` header, empty if it is missing.
    ///
    /// ```
    /// # use stripe_platform::webhook::Responder;
    /// async fn serve(responder: &Responder, signature: &str, body: &[u8]) -> (u16, Vec<(String, String)>, Vec<u8>) {
    ///     let answer = responder.respond_to_signed(signature, body).await;
    ///     let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    ///     let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
    ///     (answer.status().as_u16(), headers.collect(), answer.body().to_vec())
    /// }
    /// # let _ = serve;
    /// ```
    pub async fn respond_to_signed(&self, signature: impl AsRef<[u8]>, body: &[u8]) -> Response<Bytes> {
        let report = Report::new(&self.settings, Instant::now());
        self.decide(signature.as_ref(), body, report).await
    }

    /// Answers an event that was already verified, for example by [`Verifier::event`]. The budget starts now.
    pub async fn respond_to(&self, event: Event) -> Response<Bytes> {
        let report = Report::new(&self.settings, Instant::now());
        self.answer(event, report).await
    }

    async fn decide(&self, signature: &[u8], body: &[u8], mut report: Report<'_>) -> Response<Bytes> {
        match self.settings.verifier.accept_signed::<Event>(signature, body) {
            Ok(event) => self.answer(event, report).await,
            Err(rejection) => report.refused(&rejection),
        }
    }

    async fn answer(&self, event: Event, mut report: Report<'_>) -> Response<Bytes> {
        report.about(&event);
        if event.kind != EventType::IssuingAuthorizationRequest {
            return self.other(event, report).await;
        }
        let request = match event.into_authorization_request() {
            Ok(request) => request,
            Err(event) => {
                let reason = event.object.undecoded().map(ToString::to_string);
                let reason = reason.unwrap_or_else(|| "it contains no pending request".to_owned());
                return report.fall_back(DecisionSource::Unreadable(reason), None);
            }
        };
        report.answered.authorization = Some(request.authorization.id.clone());
        let terms = Terms::of(&request);
        let policy = Arc::clone(&self.settings.policy);
        // In a task, to catch panics, and so that timers fire while it blocks.
        let task = tokio::spawn(async move { policy(request).await });
        report.running = Some(task.abort_handle());
        let outcome = timeout_at(report.deadline(), task).await;
        match outcome {
            Ok(Ok(Ok(decision))) => match decision.answer_to(Some(&terms)) {
                Ok(response) => {
                    report.finish(DecisionSource::Decided, Some(decision));
                    response
                }
                Err(error) => report.fall_back(DecisionSource::Invalid(error.to_string()), Some(&terms)),
            },
            Ok(Ok(Err(error))) => report.fall_back(DecisionSource::Failed(error.to_string()), Some(&terms)),
            Ok(Err(error)) => report.fall_back(DecisionSource::Panicked(panic_text(error)), Some(&terms)),
            Err(_) => report.fall_back(DecisionSource::Late, Some(&terms)),
        }
    }

    async fn other(&self, event: Event, mut report: Report<'_>) -> Response<Bytes> {
        let kind = event.kind.clone();
        let Some(others) = self.settings.others.clone() else {
            tracing::warn!(
                event = printable(event.id.as_str()),
                kind = printable(kind.as_str()),
                "ignored an event without a handler"
            );
            report.finish(DecisionSource::Other(kind), None);
            return text(StatusCode::OK, "this endpoint has no handler for this event");
        };
        let task = tokio::spawn(async move { others(event).await });
        report.running = Some(task.abort_handle());
        let problem = match task.await {
            Ok(Ok(())) => {
                report.finish(DecisionSource::Other(kind), None);
                return Response::new(Bytes::new());
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => panic_text(error),
        };
        report.finish(DecisionSource::OtherFailed(kind, problem), None);
        text(StatusCode::INTERNAL_SERVER_ERROR, "the handler of this event failed")
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder")
            .field("verifier", &self.settings.verifier)
            .field("budget", &self.settings.budget)
            .field("fallback", &self.settings.fallback)
            .finish_non_exhaustive()
    }
}

/// Collects the report of an answer. If dropped early, it reports that the connection was closed.
struct Report<'a> {
    settings: &'a Settings,
    start: Instant,
    answered: DecisionReport,
    running: Option<AbortHandle>,
    told: bool,
}

impl<'a> Report<'a> {
    fn new(settings: &'a Settings, start: Instant) -> Self {
        let answered = DecisionReport {
            event: None,
            account: None,
            authorization: None,
            cause: DecisionSource::Disconnected,
            decision: None,
            elapsed: Duration::ZERO,
        };
        Self { settings, start, answered, running: None, told: false }
    }

    fn deadline(&self) -> Instant {
        self.start.checked_add(self.settings.budget).unwrap_or(self.start + FAR)
    }

    fn about(&mut self, event: &Event) {
        self.answered.event = Some(event.id.clone());
        self.answered.account.clone_from(&event.account);
    }

    fn refused(&mut self, rejection: &Rejection) -> Response<Bytes> {
        self.finish(DecisionSource::Refused(rejection.to_string()), None);
        rejection.response()
    }

    fn fall_back(&mut self, cause: DecisionSource, terms: Option<&Terms>) -> Response<Bytes> {
        let chosen = &self.settings.fallback;
        let (decision, response) = match chosen.answer_to(terms) {
            Ok(response) => (chosen.clone(), response),
            // Declining without metadata is always valid.
            Err(_) => {
                let decline = Decision::decline();
                let response = decline.answer_to(None).unwrap_or_default();
                (decline, response)
            }
        };
        self.finish(cause, Some(decision));
        response
    }

    fn finish(&mut self, cause: DecisionSource, decision: Option<Decision>) {
        self.told = true;
        if let Some(running) = self.running.take() {
            running.abort();
        }
        self.answered.cause = cause;
        self.answered.decision = decision;
        self.answered.elapsed = self.start.elapsed();
        let answered = &self.answered;
        let elapsed = u64::try_from(answered.elapsed.as_millis()).unwrap_or(u64::MAX);
        let approved = answered.decision.as_ref().map(Decision::is_approval);
        // A reason contains foreign text, and a log has one line per answer.
        let event = answered.event.as_ref().map(|id| printable(id.as_str()));
        let authorization = answered.authorization.as_ref().map(|id| printable(id.as_str()));
        let (cause, reason) = (answered.cause.label(), answered.cause.reason().map(printable));
        match answered.cause {
            DecisionSource::Decided | DecisionSource::Other(_) => {
                tracing::debug!(event, authorization, approved, cause, elapsed, "webhook answered");
            }
            _ => tracing::warn!(event, authorization, approved, cause, reason, elapsed, "webhook answered"),
        }
        if let Some(observer) = &self.settings.observer
            && catch_unwind(AssertUnwindSafe(|| observer(answered))).is_err()
        {
            tracing::error!(event, "the observer of webhook answers panicked");
        }
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.finish(DecisionSource::Disconnected, None);
        }
    }
}

fn panic_text(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => said(&*panic),
        // The runtime is shutting down.
        Err(error) => error.to_string(),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
        .to_owned()
}
