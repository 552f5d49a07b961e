use super::Sandbox;
use super::validate::demand_events;
use crate::delivery::{Receiver, Targets};
use crate::state::{DeliveryFault, LogEntry, Timing, WebhookDelivery};
use std::sync::Arc;
use std::time::Duration;

impl Sandbox {
    /// Webhooks: their timing, faults and delivery.
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks(self)
    }
}

/// The webhooks of a sandbox.
#[derive(Debug)]
pub struct Webhooks<'s>(&'s Sandbox);

impl Webhooks<'_> {
    /// Registers a receiver in this process for all webhooks to an address, which does not have to exist:
    /// `https://platform.example/hooks`. The endpoint itself is created through the API, which returns the signing
    /// secret. The receiver also decides about card authorizations.
    pub fn receive(&self, url: impl AsRef<str>, receiver: impl Receiver) -> &Self {
        self.0.queue().register(url.as_ref(), Arc::new(receiver));
        self.0.state().outbox.bring_back();
        self.0.wake();
        self
    }

    /// Sets the hosts outside of this machine to which webhooks may be sent.
    pub fn deliver_to(&self, targets: Targets) -> &Self {
        self.0.queue().set_targets(targets);
        self.0.state().outbox.bring_back();
        self.0.wake();
        self
    }

    /// Delivers all due webhooks, including those that become due meanwhile. Returns the number sent by this call.
    /// Due webhooks are also sent in the background; this method waits for them but does not count them, so assert on
    /// the endpoint's requests, not on this number.
    pub async fn deliver(&self) -> usize {
        self.0.courier().deliver().await
    }

    /// Makes webhooks due immediately after their event.
    pub fn at_once(&self) -> &Self {
        self.timing(Timing::AtOnce)
    }

    /// Makes webhooks due this long after their event, on the sandbox's clock.
    pub fn on_the_clock(&self, wait: Duration) -> &Self {
        self.timing(Timing::OnTheClock(wait))
    }

    /// Disables sending: webhooks wait for [`Webhooks::take`].
    pub fn collected(&self) -> &Self {
        self.timing(Timing::Collected)
    }

    /// The status of each reply of an endpoint, oldest first; `None` without a reply. Empty without a journal.
    pub fn statuses(&self) -> Vec<Option<u16>> {
        let state = self.0.state();
        let sent = state.journal.iter().filter_map(|(_, what)| match what {
            LogEntry::Webhook(sent) => Some(sent.status),
            _ => None,
        });
        sent.collect()
    }

    /// Sets when webhooks are due.
    pub fn timing(&self, timing: Timing) -> &Self {
        self.0.state().outbox.timing = timing;
        self
    }

    /// Advances the clock, stops at each due time and delivers there, so that retries and their effects happen in the
    /// correct order. [`Sandbox::advance`] delivers only at the end.
    pub async fn advance(&self, wait: Duration) {
        self.0.courier().advance(wait).await;
    }

    /// Delivers the next webhook of this event type (`*` for any) twice.
    ///
    /// # Panics
    /// If the event type does not exist; the message names the closest one.
    #[track_caller]
    pub fn duplicate(&self, kind: &str) -> &Self {
        self.mishap(kind, DeliveryFault::Duplicate, 1)
    }

    /// Delivers the next webhook of this event type after the one that follows it.
    ///
    /// # Panics
    /// If the event type does not exist; the message names the closest one.
    #[track_caller]
    pub fn reorder(&self, kind: &str) -> &Self {
        self.mishap(kind, DeliveryFault::Late, 1)
    }

    /// Loses the next webhook of this event type.
    ///
    /// # Panics
    /// If the event type does not exist; the message names the closest one.
    #[track_caller]
    pub fn lose(&self, kind: &str) -> &Self {
        self.mishap(kind, DeliveryFault::Lost, 1)
    }

    /// Signs the next webhook of this event type with a wrong secret.
    ///
    /// # Panics
    /// If the event type does not exist; the message names the closest one.
    #[track_caller]
    pub fn sign_wrongly(&self, kind: &str) -> &Self {
        self.mishap(kind, DeliveryFault::WrongSecret, 1)
    }

    /// Plans a fault for the next `times` webhooks of an event type.
    ///
    /// # Panics
    /// If the event type does not exist; the message names the closest one.
    #[track_caller]
    pub fn mishap(&self, kind: &str, mishap: DeliveryFault, times: u32) -> &Self {
        demand_events(kind);
        self.0.state().outbox.plan(kind, mishap, times);
        self
    }

    /// Takes all due webhooks, signed at the sandbox's time, and records them as delivered.
    pub fn take(&self) -> Vec<WebhookDelivery> {
        self.taken(None)
    }

    /// As [`Webhooks::take`], signed at a time in Unix seconds: for receivers that compare signatures with their own
    /// clock.
    pub fn take_signed_at(&self, stamp: i64) -> Vec<WebhookDelivery> {
        self.taken(Some(stamp))
    }

    fn taken(&self, stamp: Option<i64>) -> Vec<WebhookDelivery> {
        let mut state = self.0.state();
        state.outbox.bring_back();
        let parcels = state.parcels(stamp, |_, _| true);
        for parcel in &parcels {
            state.delivered(parcel.number, Some(200));
        }
        parcels
    }

    /// Takes all due webhooks, signed at the sandbox's time. The outcome of each must be reported with
    /// [`Webhooks::answered`].
    pub fn send(&self) -> Vec<WebhookDelivery> {
        let mut state = self.0.state();
        state.outbox.bring_back();
        state.parcels(None, |_, _| true)
    }

    /// Reports the reply of an endpoint: its status, `None` for no reply in time. After a failure the webhook is
    /// retried later.
    pub fn answered(&self, parcel: &WebhookDelivery, status: Option<u16>) {
        self.0.state().delivered(parcel.number, status);
    }

    /// The due webhooks that cannot be delivered, because no receiver is registered for the address and it is not on
    /// this machine: the event types and the addresses, oldest first.
    pub fn undeliverable(&self) -> Vec<(String, String)> {
        let mut state = self.0.state();
        let now = state.clock.milliseconds();
        state.outbox.put_aside(now, |url| self.0.queue().unreachable(url));
        state.outbox.put_away().map(|(kind, url)| (kind.to_owned(), url.to_owned())).collect()
    }

    /// The due webhooks that cannot be delivered: the id and the type of each event, the address, and the reason.
    pub fn stuck(&self) -> Vec<(String, String, String, String)> {
        let state = self.0.state();
        let now = state.clock.milliseconds();
        let due = state.outbox.pending().filter(|pending| pending.due <= now);
        let each = due.filter_map(|pending| {
            let why = self.0.queue().unreachable(pending.url)?;
            Some((pending.event.to_owned(), pending.kind.to_owned(), pending.url.to_owned(), why))
        });
        each.collect()
    }

    /// The number of webhooks that are not delivered yet.
    pub fn waiting(&self) -> usize {
        self.0.state().outbox.waiting()
    }
}
