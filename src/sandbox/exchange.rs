//! One request and all that its reply waits for, the same whichever way it came.

use super::Sandbox;
use super::core::Peek;
use super::courier::asked_about;
use super::router::{self, Request, Response};
use super::systems::issuing::authorizations;
use super::world::Timing;
use bytes::Bytes;

impl Sandbox {
    /// Answers a request as the network sees it: with the wait of a planned delay, and after an endpoint that must
    /// decide an authorization has been asked. What of [`Response::wire`] is left is for the transport to do. Webhooks
    /// that it causes go out by themselves. It needs a tokio runtime; [`Sandbox::handle`] does not.
    pub async fn exchange(&self, request: &Request) -> Response {
        let (mut response, questions) = {
            let mut world = self.world();
            let response = router::handle(&mut world, request);
            let open = !world.questions.is_empty();
            (response, if open { self.desk().questions(&mut world) } else { Vec::new() })
        };
        if !questions.is_empty() {
            let id = response.json().text("id").to_owned();
            let (own, others): (Vec<_>, Vec<_>) =
                questions.into_iter().partition(|question| asked_about(question) == id);
            if !others.is_empty() {
                let courier = self.courier();
                tokio::spawn(async move { courier.put(others).await });
            }
            if !own.is_empty() {
                self.courier().put(own).await;
                self.refresh(&id, &mut response);
            }
        }
        let delay = std::mem::take(&mut response.wire.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        self.wake();
        response
    }

    /// Brings a reply, and what is kept of it for its idempotency key, to what the object is after the decision.
    fn refresh(&self, id: &str, response: &mut Response) {
        let mut world = self.world();
        let Some(scope) = world.owner(id) else { return };
        let work = world.work(scope);
        let Some(Ok(now)) = work.peek(id).cloned().map(|object| authorizations::show(&work, object)) else {
            return;
        };
        let mut body = response.json();
        for (name, member) in body.as_object_mut().into_iter().flatten() {
            // What was expanded into an object stays.
            if let Some(value) = now.get(name).filter(|value| !(value.is_string() && member.is_object())) {
                *member = value.clone();
            }
        }
        response.body = Bytes::from(body.to_string());
        if let Some(request) = response.header("request-id") {
            world.keys.amend(request, &response.body);
        }
    }

    /// Sees to it that webhooks which are due go out, if there is a runtime to do so.
    pub(crate) fn wake(&self) {
        {
            let world = self.world();
            if world.outbox.timing == Timing::Collected || !world.outbox.is_due(world.clock.milliseconds()) {
                return;
            }
        }
        if let Some(runtime) = self.desk().runtime() {
            let courier = self.courier();
            runtime.spawn(async move { courier.carry().await });
        }
    }
}
