//! Delivers webhooks to their endpoints, and the decisions of authorizations back.

use crate::Sandbox;
use crate::delivery::queue::Claim;
use crate::delivery::{DeliveryQueue, Observer, send};
use crate::engine::{ApiError, Json, Peek};
use crate::resources::issuing::authorizations::Answer;
use crate::state::{Attempt, Decision, Input, LogEntry, WebhookDelivery};
use bytes::Bytes;
use http::{Request, Response, header};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The timeout of a delivery, as at Stripe.
const PATIENCE: Duration = Duration::from_secs(30);

/// The timeout of a decision about a card authorization.
const ANSWER_TIME: Duration = Duration::from_secs(2);

/// Delivers webhooks: to receivers registered with [`Webhooks::receive`](super::Webhooks::receive) in this process,
/// over HTTP to addresses of this machine, and to the hosts allowed by
/// [`Webhooks::deliver_to`](super::Webhooks::deliver_to). All other webhooks wait in the outbox until a test takes
/// them.
///
/// Each endpoint receives its webhooks one after the other, in the order in which they are due; endpoints do not wait
/// for each other. Signatures contain the system time, because receivers compare it with their own clock. All
/// dispatchers of a sandbox share the work. Requires a tokio runtime.
#[derive(Debug, Clone)]
pub struct WebhookDispatcher {
    sandbox: Sandbox,
}

impl WebhookDispatcher {
    /// Creates a dispatcher for a sandbox.
    pub fn new(sandbox: &Sandbox) -> Self {
        Self { sandbox: sandbox.clone() }
    }

    fn queue(&self) -> &Arc<DeliveryQueue> {
        self.sandbox.queue()
    }

    /// Delivers all due webhooks, including those that become due meanwhile, until none is in progress. Returns the
    /// number sent by this call; webhooks sent by concurrent calls are not counted. Endpoints must not wait for it.
    pub async fn deliver(&self) -> usize {
        let mut sent = 0;
        loop {
            self.queue().idle().await;
            match self.carry().await {
                0 if self.queue().is_idle() => return sent,
                count => sent += count,
            }
        }
    }

    /// Delivers the due webhooks that are not being delivered already. Returns their number.
    pub(crate) async fn carry(&self) -> usize {
        let mut sent = self.ask().await;
        loop {
            let claims = self.queue().claim(&mut self.sandbox.state());
            if claims.is_empty() {
                return sent;
            }
            let mut lines = JoinSet::new();
            for claim in claims {
                lines.spawn(self.clone().serve(claim));
            }
            while let Some(count) = lines.join_next().await {
                sent += count.unwrap_or(0);
            }
        }
    }

    /// Delivers to one endpoint until its queue is empty.
    async fn serve(self, mut claim: Claim) -> usize {
        let mut sent = 0;
        while let Some(parcel) = claim.next() {
            let answer = self.bring(&parcel, PATIENCE).await;
            self.delivered(&parcel, answer.as_ref().ok().map(|answer| answer.status().as_u16()));
            sent += 1;
        }
        sent
    }

    /// Sends all pending authorization requests at the same time and applies the decisions. Without a decision within
    /// two seconds of real time, the default after two seconds of the sandbox's time applies. Returns the number of
    /// requests.
    pub async fn ask(&self) -> usize {
        let questions = self.queue().questions(&mut self.sandbox.state());
        let count = questions.len();
        self.put(questions).await;
        count
    }

    /// Sends authorization requests and waits for the decisions. They are applied even if the caller is cancelled.
    pub(crate) async fn put(&self, questions: Vec<WebhookDelivery>) {
        let asked: Vec<_> =
            questions.into_iter().map(|parcel| tokio::spawn(self.clone().question(parcel))).collect();
        for answer in asked {
            // A panicked task has no result.
            let _ = answer.await;
        }
    }

    async fn question(self, parcel: WebhookDelivery) {
        let _busy = self.queue().begin();
        let answer = self.bring(&parcel, ANSWER_TIME).await.ok();
        self.delivered(&parcel, answer.as_ref().map(|answer| answer.status().as_u16()));
        self.decide(&parcel, answer);
    }

    /// Records the outcome of a webhook.
    fn delivered(&self, parcel: &WebhookDelivery, status: Option<u16>) {
        let mut state = self.sandbox.state();
        let input = || Input::Delivered { number: parcel.number, status };
        if let Err(refusal) = state.record(input) {
            // The endpoint received it. After a restart it receives it again, which can happen at Stripe too.
            state.note(LogEntry::Skipped(format!("{}: {refusal}", parcel.event).into()));
        }
        state.delivered(parcel.number, status);
    }

    fn decide(&self, parcel: &WebhookDelivery, answer: Option<Response<Bytes>>) {
        let event: Json = serde_json::from_slice(&parcel.body).unwrap_or_default();
        let id = event.text("data.object.id").to_owned();
        let waiting = self.sandbox.authorizations().waiting();
        // If a request decided it in the meantime, the answer is too late.
        let Some(question) = waiting.into_iter().find(|question| question.authorization == id) else {
            return;
        };
        let outcome = match answer {
            Some(answer) => {
                let version = answer.headers().get("stripe-version").and_then(|value| value.to_str().ok());
                let kind = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
                let decision = Decision {
                    status: answer.status().as_u16(),
                    version: version.map(str::to_owned),
                    content_type: kind.map(str::to_owned),
                    body: serde_json::from_slice(answer.body()).unwrap_or_default(),
                };
                let input = || Input::Answer { id: id.clone(), decision: decision.clone() };
                let written = self.sandbox.state().record(input);
                written.and_then(|()| self.answer(&id, decision))
            }
            None => {
                let mut state = self.sandbox.state();
                let written = state.record(|| Input::Hurry { id: id.clone(), until: question.due });
                written.and_then(|()| state.hurry(&id, question.due).map(drop))
            }
        };
        if let Err(refusal) = outcome {
            self.sandbox.state().note(LogEntry::Skipped(format!("{id}: {refusal}").into()));
        }
    }

    /// Applies the decision of an endpoint.
    pub(crate) fn answer(&self, id: &str, decision: Decision) -> Result<(), ApiError> {
        let Decision { status, version, content_type, body } = decision;
        self.sandbox.authorizations().answer(id, &Answer { status, version, content_type, body })
    }

    /// Sends a webhook to its endpoint and records the attempt.
    async fn bring(&self, parcel: &WebhookDelivery, patience: Duration) -> Result<Response<Bytes>, String> {
        let begun = Instant::now();
        let answer = self.post(parcel, patience).await;
        let (at, most) = {
            let state = self.sandbox.state();
            (state.clock.now(), state.options.kept_exchanges)
        };
        let observer = self.queue().observer();
        if most > 0 || observer.is_some() {
            let attempt = Attempt {
                at,
                event: parcel.event.clone(),
                kind: parcel.kind.clone(),
                endpoint: parcel.endpoint.clone(),
                url: parcel.url.clone(),
                number: parcel.attempt,
                signature: parcel.signature.clone(),
                outcome: answer.as_ref().map(|answer| answer.status().as_u16()).map_err(Clone::clone),
                milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            };
            if let Some(Observer(observer)) = observer {
                observer(&attempt);
            }
            self.sandbox.state().attempts.push(attempt, most);
        }
        answer
    }

    /// Sends a webhook to its endpoint in a separate task, to isolate panics of a receiver.
    async fn post(&self, parcel: &WebhookDelivery, patience: Duration) -> Result<Response<Bytes>, String> {
        let webhook = Request::post(&parcel.url)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(header::USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
            .header("stripe-signature", &parcel.signature)
            .body(parcel.body.clone())
            .map_err(|problem| problem.to_string())?;
        let mut exchange = JoinSet::new();
        match self.queue().receiver(&parcel.url) {
            Some(receiver) => exchange.spawn(async move { Ok(receiver.receive(webhook).await) }),
            None => {
                let targets = self.queue().targets();
                exchange.spawn(async move {
                    send::send(&targets, webhook).await.map_err(|problem| problem.to_string())
                })
            }
        };
        match timeout(patience, exchange.join_next()).await {
            Ok(Some(Ok(answer))) => answer,
            Ok(_) => Err("the endpoint panicked".to_owned()),
            Err(_) => Err(format!("no answer within {} s", patience.as_secs())),
        }
    }

    /// Advances the clock, stops at each due time and delivers there, so that retries and transitions happen in their
    /// correct order.
    pub async fn advance(&self, wait: Duration) {
        let until = self.sandbox.state().clock.after(wait);
        loop {
            self.deliver().await;
            let step = {
                let state = self.sandbox.state();
                let now = state.clock.milliseconds();
                let next = state.next_due().unwrap_or(until).min(until);
                u64::try_from(next.saturating_sub(now)).unwrap_or(0)
            };
            if step == 0 {
                break;
            }
            let mut state = self.sandbox.state();
            if let Err(refusal) = state.record(|| Input::Advance(step)) {
                state.note(LogEntry::Skipped(refusal.to_string().into()));
                break;
            }
            state.advance(Duration::from_millis(step));
        }
        self.deliver().await;
    }
}
