//! Runs a request to completion, including planned delays and webhook round trips; shared by all transports.

use crate::Sandbox;
use crate::engine::{ApiError, Peek};
use crate::resources;
use crate::router;
use crate::router::{Delayed, IdempotencySlot, Request, Response, hosted_pages};
use crate::state::{Input, State, Timing, WebhookDelivery};
use bytes::Bytes;

impl Sandbox {
    /// Processes a request as a server does: waits for a planned delay, and for the endpoint's decision about an
    /// authorization. The idempotency key is in use meanwhile. The instructions in [`Response::wire`] are left to the
    /// transport. Webhooks that it causes are sent in the background. Requires a tokio runtime; [`Sandbox::handle`]
    /// does not.
    pub async fn exchange(&self, request: &Request) -> Response {
        let (response, due) = self.converse(request).await;
        if due {
            self.carry();
        }
        response
    }

    /// As [`Sandbox::exchange`], without sending webhooks; returns whether any are due.
    pub(crate) async fn converse(&self, request: &Request) -> (Response, bool) {
        let arrived = {
            let state = &mut *self.state();
            let waits = !state.faults.is_empty();
            match if waits { state.record(|| Input::Delayed(request.sent())) } else { Ok(()) } {
                Ok(()) => router::arrive(state, request).ok_or_else(|| self.answer(state, request, false)),
                Err(refusal) => Err(Answered::refusal(&refusal)),
            }
        };
        let answered = match arrived {
            Err(answered) => answered,
            Ok(arrived) => {
                let lying = Lying { sandbox: self, arrived };
                tokio::time::sleep(lying.arrived.wait).await;
                drop(lying);
                self.answer(&mut self.state(), request, true)
            }
        };
        let Answered { mut response, questions, held: _held, mut due } = answered;
        if !questions.is_empty() {
            self.courier().put(questions).await;
            self.refresh(request, &mut response);
            due = is_due(&self.state());
        }
        let delay = std::mem::take(&mut response.wire.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        (response, due)
    }

    fn answer(&self, state: &mut State, request: &Request, lay: bool) -> Answered<'_> {
        let changes = request.method != http::Method::GET
            || hosted_pages::is_page(&request.path)
            || !state.faults.is_empty();
        if changes && let Err(refusal) = state.record(|| Input::Request { sent: request.sent(), lay }) {
            return Answered::refusal(&refusal);
        }
        let response = router::respond(state, request, lay);
        let open = !state.questions.is_empty();
        let questions = if open { self.queue().questions(state) } else { Vec::new() };
        let late = !questions.is_empty() || !response.wire.delay.is_zero();
        let held = if late { self.hold(state, request, &response) } else { None };
        Answered { response, questions, held, due: is_due(state) }
    }

    /// Keeps the key of a completed request in use until its reply is sent.
    fn hold(&self, state: &mut State, request: &Request, response: &Response) -> Option<Held<'_>> {
        let place = router::place(state, request)?;
        let id = response.header("request-id")?.to_owned();
        state.keys.hold(&place, &id).then(|| Held { sandbox: self, place, request: id })
    }

    /// Updates a reply, and its copy stored for the idempotency key, to the object after the decision.
    fn refresh(&self, request: &Request, response: &mut Response) {
        let mut body = response.json();
        let id = body.text("id").to_owned();
        if !id.starts_with("iauth_") {
            return;
        }
        let id = id.as_str();
        let mut state = self.state();
        let Some(now) = resources::shown_by_id(&mut state, id) else { return };
        for (name, member) in body.as_object_mut().into_iter().flatten() {
            // Expanded members stay expanded.
            if let Some(value) = now.get(name).filter(|value| !(value.is_string() && member.is_object())) {
                *member = value.clone();
            }
        }
        response.body = Bytes::from(body.to_string());
        if let Some((place, request)) = router::place(&state, request).zip(response.header("request-id")) {
            state.keys.amend(&place, request, &body);
        }
    }

    /// Sends due webhooks in the background, if there is a runtime.
    pub(crate) fn wake(&self) {
        if is_due(&self.state()) {
            self.carry();
        }
    }

    fn carry(&self) {
        if let Some(runtime) = self.queue().runtime() {
            let courier = self.courier();
            runtime.spawn(async move { courier.carry().await });
        }
    }
}

/// Whether webhooks are due.
fn is_due(state: &State) -> bool {
    state.outbox.timing != Timing::Collected && state.outbox.is_due(state.clock.milliseconds())
}

/// A reply with the remaining steps before it is sent.
struct Answered<'s> {
    response: Response,
    questions: Vec<WebhookDelivery>,
    held: Option<Held<'s>>,
    /// Whether webhooks are due.
    due: bool,
}

impl Answered<'_> {
    fn refusal(refusal: &ApiError) -> Self {
        Self { response: Response::refusal(refusal), questions: Vec::new(), held: None, due: false }
    }
}

/// A delayed request. Dropping it releases its key, also if the client has disconnected.
struct Lying<'s> {
    sandbox: &'s Sandbox,
    arrived: Delayed,
}

impl Drop for Lying<'_> {
    fn drop(&mut self) {
        self.arrived.leave(&mut self.sandbox.state());
    }
}

/// The key of a completed request, in use until its reply is sent. Dropping it releases the key, also if the client
/// has disconnected.
struct Held<'s> {
    sandbox: &'s Sandbox,
    place: IdempotencySlot,
    request: String,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.sandbox.state().keys.release(&self.place, &self.request);
    }
}
