use super::Sandbox;
use super::validate::demand_events;
use crate::delivery::{Receiver, Targets};
use crate::state::{DeliveryFault, LogEntry, Timing, WebhookDelivery};
use std::sync::Arc;
use std::time::Duration;

impl Sandbox {
    /// What is sent to webhook endpoints, when, and what goes wrong on the way.
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks(self)
    }
}

/// The webhooks of a sandbox.
#[derive(Debug)]
pub struct Webhooks<'s>(&'s Sandbox);

impl Webhooks<'_> {
    /// Lets an endpoint in this process get all webhooks for an address, which need not exist:
    /// `https://platform.example/hooks`. The endpoint itself is made by the API, which gives the secret for its
    /// signatures. It is also asked about card authorizations.
    pub fn receive(&self, url: impl AsRef<str>, receiver: impl Receiver) -> &Self {
        self.0.queue().register(url.as_ref(), Arc::new(receiver));
        self.0.state().outbox.bring_back();
        self.0.wake();
        self
    }

    /// Sets which hosts beyond this machine webhooks may go to.
    pub fn deliver_to(&self, targets: Targets) -> &Self {
        self.0.queue().set_targets(targets);
        self.0.state().outbox.bring_back();
        self.0.wake();
        self
    }

    /// Delivers what is due by now, also what becomes due by that, and tells how many this call sent. What is due goes out by
    /// itself in the background; this waits for it, and does not count it. So the number is not for assertions: what the
    /// endpoint got is.
    pub async fn deliver(&self) -> usize {
        self.0.courier().deliver().await
    }

    /// From now on they are due when their event is made.
    pub fn at_once(&self) -> &Self {
        self.timing(Timing::AtOnce)
    }

    /// From now on they are due so long after their event, on the sandbox's clock.
    pub fn on_the_clock(&self, wait: Duration) -> &Self {
        self.timing(Timing::OnTheClock(wait))
    }

    /// From now on nobody sends them: they wait for [`Webhooks::take`].
    pub fn collected(&self) -> &Self {
        self.timing(Timing::Collected)
    }

    /// What endpoints answered, oldest first: the status, or `None` where there was no answer. Empty without a journal.
    pub fn statuses(&self) -> Vec<Option<u16>> {
        let state = self.0.state();
        let sent = state.journal.iter().filter_map(|(_, what)| match what {
            LogEntry::Webhook(sent) => Some(sent.status),
            _ => None,
        });
        sent.collect()
    }

    /// Sets when they are due.
    pub fn timing(&self, timing: Timing) -> &Self {
        self.0.state().outbox.timing = timing;
        self
    }

    /// Moves the clock, stopping wherever something is due, and delivers at each stop, so that retries and what follows from
    /// them come in their true order. [`Sandbox::advance`] itself delivers nothing on the way.
    pub async fn advance(&self, wait: Duration) {
        self.0.courier().advance(wait).await;
    }

    /// The next webhook of this event type (`*`: of any) comes twice.
    ///
    /// # Panics
    /// If there is no such event type; the message names the nearest one.
    #[track_caller]
    pub fn duplicate(&self, kind: &str) -> &Self {
        self.mishap(kind, DeliveryFault::Duplicate, 1)
    }

    /// The next webhook of this event type comes after the one that follows it.
    ///
    /// # Panics
    /// If there is no such event type; the message names the nearest one.
    #[track_caller]
    pub fn reorder(&self, kind: &str) -> &Self {
        self.mishap(kind, DeliveryFault::Late, 1)
    }

    /// The next webhook of this event type never comes.
    ///
    /// # Panics
    /// If there is no such event type; the message names the nearest one.
    #[track_caller]
    pub fn lose(&self, kind: &str) -> &Self {
        self.mishap(kind, DeliveryFault::Lost, 1)
    }

    /// The next webhook of this event type is signed with a wrong secret.
    ///
    /// # Panics
    /// If there is no such event type; the message names the nearest one.
    #[track_caller]
    pub fn sign_wrongly(&self, kind: &str) -> &Self {
        self.mishap(kind, DeliveryFault::WrongSecret, 1)
    }

    /// What goes wrong with the next so many webhooks of an event type.
    ///
    /// # Panics
    /// If there is no such event type; the message names the nearest one.
    #[track_caller]
    pub fn mishap(&self, kind: &str, mishap: DeliveryFault, times: u32) -> &Self {
        demand_events(kind);
        self.0.state().outbox.plan(kind, mishap, times);
        self
    }

    /// Takes all that are due, signed at the sandbox's time, as if their endpoints had received them well.
    pub fn take(&self) -> Vec<WebhookDelivery> {
        self.taken(None)
    }

    /// As [`Webhooks::take`], signed at a time in Unix seconds: for receivers that compare signatures with their own clock,
    /// which the sandbox's is far from.
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

    /// Takes all that are due, signed at the sandbox's time; what came of each is to be told with
    /// [`Webhooks::answered`].
    pub fn send(&self) -> Vec<WebhookDelivery> {
        let mut state = self.0.state();
        state.outbox.bring_back();
        state.parcels(None, |_, _| true)
    }

    /// Tells how an endpoint answered: its status, `None` for no answer in time. Without success the webhook is due
    /// again later.
    pub fn answered(&self, parcel: &WebhookDelivery, status: Option<u16>) {
        self.0.state().delivered(parcel.number, status);
    }

    /// What is due and has nobody to bring it to, because no receiver is registered for the address and it does not lead to
    /// this machine: the type of each event and the address, oldest first.
    pub fn undeliverable(&self) -> Vec<(String, String)> {
        let mut state = self.0.state();
        let now = state.clock.milliseconds();
        state.outbox.put_aside(now, |url| self.0.queue().unreachable(url));
        state.outbox.put_away().map(|(kind, url)| (kind.to_owned(), url.to_owned())).collect()
    }

    /// What is due and cannot be delivered: the id and the type of each event, the address, and why.
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

    /// How many are not delivered yet.
    pub fn waiting(&self) -> usize {
        self.0.state().outbox.waiting()
    }
}
