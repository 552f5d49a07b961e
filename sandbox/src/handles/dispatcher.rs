//! Brings webhooks to their endpoints, and the decisions of authorizations back.

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

/// How long an endpoint may take, as with Stripe.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long an endpoint may take over a card authorization.
const ANSWER_TIME: Duration = Duration::from_secs(2);

/// Brings webhooks to endpoints: to those that [`Webhooks::receive`](super::Webhooks::receive) registered in this
/// process, over HTTP to addresses of this machine, and to the hosts that [`Webhooks::deliver_to`](super::Webhooks::deliver_to)
/// allows. Webhooks for others wait in the outbox until a test takes them.
///
/// Each endpoint gets its webhooks one after the other, in the order in which they are due; no endpoint waits for
/// another. Signatures carry the time of this machine, because receivers compare with their own clock. All couriers of a
/// sandbox work together; all of it needs a tokio runtime.
#[derive(Debug, Clone)]
pub struct WebhookDispatcher {
    sandbox: Sandbox,
}

impl WebhookDispatcher {
    /// A courier for a sandbox.
    pub fn new(sandbox: &Sandbox) -> Self {
        Self { sandbox: sandbox.clone() }
    }

    fn queue(&self) -> &Arc<DeliveryQueue> {
        self.sandbox.queue()
    }

    /// Delivers what is due by now, also what becomes due by that, until nothing is on its way any more, and tells how
    /// many this call sent, besides what others were sending already. Endpoints themselves must not wait for it.
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

    /// Delivers what is due and nobody else is delivering; tells how many were sent.
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

    /// Delivers to one endpoint until nothing is left for it.
    async fn serve(self, mut claim: Claim) -> usize {
        let mut sent = 0;
        while let Some(parcel) = claim.next() {
            let answer = self.bring(&parcel, PATIENCE).await;
            self.delivered(&parcel, answer.as_ref().ok().map(|answer| answer.status().as_u16()));
            sent += 1;
        }
        sent
    }

    /// Asks endpoints what waits for their answer, all at the same time, and applies the answers; without one in two
    /// seconds of this machine's time, what would happen after two seconds of the sandbox's. Tells how many were asked.
    pub async fn ask(&self) -> usize {
        let questions = self.queue().questions(&mut self.sandbox.state());
        let count = questions.len();
        self.put(questions).await;
        count
    }

    /// Puts questions and waits for the answers. They are applied also if whoever waits here goes away.
    pub(crate) async fn put(&self, questions: Vec<WebhookDelivery>) {
        let asked: Vec<_> =
            questions.into_iter().map(|parcel| tokio::spawn(self.clone().question(parcel))).collect();
        for answer in asked {
            // One that panicked has nothing to tell.
            let _ = answer.await;
        }
    }

    async fn question(self, parcel: WebhookDelivery) {
        let _busy = self.queue().begin();
        let answer = self.bring(&parcel, ANSWER_TIME).await.ok();
        self.delivered(&parcel, answer.as_ref().map(|answer| answer.status().as_u16()));
        self.decide(&parcel, answer);
    }

    /// Notes what came of a webhook.
    fn delivered(&self, parcel: &WebhookDelivery, status: Option<u16>) {
        let mut state = self.sandbox.state();
        let input = || Input::Delivered { number: parcel.number, status };
        if let Err(refusal) = state.record(input) {
            // The endpoint got it. After a restart it gets it again, as Stripe's endpoints may at any time.
            state.note(LogEntry::Skipped(format!("{}: {refusal}", parcel.event).into()));
        }
        state.delivered(parcel.number, status);
    }

    fn decide(&self, parcel: &WebhookDelivery, answer: Option<Response<Bytes>>) {
        let event: Json = serde_json::from_slice(&parcel.body).unwrap_or_default();
        let id = event.text("data.object.id").to_owned();
        let waiting = self.sandbox.authorizations().waiting();
        // It may have been decided by a request in the meantime; then the answer comes too late.
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

    /// Brings a parcel to its endpoint and keeps what came of it.
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

    /// Brings a parcel to its endpoint, in a task of its own, so that a panic there is none here.
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

    /// Moves the clock, stopping wherever something is due, and delivers at each stop, so that retries and transitions come
    /// in their true order.
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
