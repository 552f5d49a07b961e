//! One request and all that its reply waits for, the same whichever way it came.

use super::Sandbox;
use super::core::Peek;
use super::router::{self, Arrived, Place, Request, Response};
use super::systems::issuing::authorizations;
use super::world::{Timing, World};
use bytes::Bytes;

impl Sandbox {
    /// Answers a request as the network sees it: with the wait of a planned delay, and after an endpoint that must
    /// decide an authorization has been asked. Meanwhile its idempotency key is in use. What is left in
    /// [`Response::wire`] is for the transport to do. Webhooks that it causes go out by themselves. It needs a tokio
    /// runtime; [`Sandbox::handle`] does not.
    pub async fn exchange(&self, request: &Request) -> Response {
        let response = self.converse(request).await;
        self.wake();
        response
    }

    /// As [`Sandbox::exchange`], without sending webhooks out.
    pub(crate) async fn converse(&self, request: &Request) -> Response {
        let arrived = router::arrive(&mut self.world(), request);
        if let Some(arrived) = arrived {
            let lying = Lying { sandbox: self, arrived };
            tokio::time::sleep(lying.arrived.wait).await;
        }
        let (mut response, questions, _held) = {
            let mut world = self.world();
            let response = router::respond(&mut world, request);
            let open = !world.questions.is_empty();
            let questions = if open { self.desk().questions(&mut world) } else { Vec::new() };
            let late = !questions.is_empty() || !response.wire.delay.is_zero();
            let held = if late { self.hold(&mut world, request, &response) } else { None };
            (response, questions, held)
        };
        if !questions.is_empty() {
            self.courier().put(questions).await;
            self.refresh(request, &mut response);
        }
        let delay = std::mem::take(&mut response.wire.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        response
    }

    /// Keeps the key of a request that is done in use until its answer goes out.
    fn hold(&self, world: &mut World, request: &Request, response: &Response) -> Option<Held<'_>> {
        let place = router::place(world, request)?;
        let id = response.header("request-id")?.to_owned();
        world.keys.hold(&place, &id).then(|| Held { sandbox: self, place, request: id })
    }

    /// Brings a reply, and what is kept of it for its idempotency key, to what the object is after the decision.
    fn refresh(&self, request: &Request, response: &mut Response) {
        let mut body = response.json();
        let id = body.text("id").to_owned();
        if !id.starts_with("iauth_") {
            return;
        }
        let id = id.as_str();
        let mut world = self.world();
        let Some(scope) = world.owner(id) else { return };
        let work = world.work(scope);
        let Some(Ok(now)) = work.peek(id).cloned().map(|object| authorizations::show(&work, object)) else {
            return;
        };
        for (name, member) in body.as_object_mut().into_iter().flatten() {
            // What was expanded into an object stays.
            if let Some(value) = now.get(name).filter(|value| !(value.is_string() && member.is_object())) {
                *member = value.clone();
            }
        }
        response.body = Bytes::from(body.to_string());
        if let Some((place, request)) = router::place(&world, request).zip(response.header("request-id")) {
            world.keys.amend(&place, request, &body);
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

/// A request that lies before anything is done; its key is free again afterwards, also if the client has gone.
struct Lying<'s> {
    sandbox: &'s Sandbox,
    arrived: Arrived,
}

impl Drop for Lying<'_> {
    fn drop(&mut self) {
        self.arrived.leave(&mut self.sandbox.world());
    }
}

/// A key in use whose request is done; it is free as soon as the answer goes out, also if the client has gone.
struct Held<'s> {
    sandbox: &'s Sandbox,
    place: Place,
    request: String,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.sandbox.world().keys.release(&self.place, &self.request);
    }
}
