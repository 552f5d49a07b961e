use super::rollback::Unsent;
use super::{Attempt, LogEntry, SentWebhook, State};
use crate::engine::{ApiError, Json, Peek, Scope, set};
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;
use stripe_platform::Timestamp;
use stripe_platform::webhook::Signer;

/// When webhooks are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timing {
    /// Immediately after their event.
    #[default]
    AtOnce,
    /// This long after their event, on the sandbox's clock.
    OnTheClock(Duration),
    /// They are not sent, but wait until they are collected.
    Collected,
}

/// A fault in the delivery of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryFault {
    /// It is delivered twice.
    Duplicate,
    /// It is delivered after the next one to the same endpoint; if there is none, after the next move of the clock.
    Late,
    /// It is not delivered.
    Lost,
    /// It is signed with a wrong secret.
    WrongSecret,
}

/// A webhook that is ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Identifies it when the outcome is reported.
    pub number: u64,
    /// The endpoint's id.
    pub endpoint: String,
    /// The endpoint's address.
    pub url: String,
    /// The id of the event.
    pub event: String,
    /// The type of the event.
    pub kind: String,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The value of the `Stripe-Signature` header.
    pub signature: String,
    /// The body: the event as JSON.
    pub body: Bytes,
}

impl fmt::Debug for WebhookDelivery {
    /// Omits the signature, the body, and the query of the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookDelivery")
            .field("number", &self.number)
            .field("endpoint", &self.endpoint)
            .field("event", &self.event)
            .field("kind", &self.kind)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// The webhooks that are still to be sent.
#[derive(Default)]
pub struct Outbox {
    /// When new webhooks are due.
    pub timing: Timing,
    queue: BTreeMap<(i64, u64), Delivery>,
    /// Webhooks that are due for an unreachable address; they are set aside so that they are not checked repeatedly.
    aside: BTreeMap<(i64, u64), Delivery>,
    held: Vec<Delivery>,
    under_way: HashMap<u64, Delivery>,
    mishaps: Vec<(String, DeliveryFault, u32)>,
    sequence: u64,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("timing", &self.timing)
            .field("waiting", &self.queue.len())
            .field("under_way", &self.under_way.len())
            .finish_non_exhaustive()
    }
}

/// An event on its way to an endpoint.
#[derive(Clone)]
struct Delivery {
    number: u64,
    event: (Scope, String),
    kind: String,
    endpoint: (Scope, String),
    url: String,
    attempt: u32,
    /// A duplicate, which `pending_webhooks` does not count.
    extra: bool,
    wrong_secret: bool,
}

impl Outbox {
    /// Plans a fault for the next `times` webhooks of an event type; `*` matches any type.
    pub fn plan(&mut self, kind: &str, mishap: DeliveryFault, times: u32) {
        self.mishaps.push((kind.to_owned(), mishap, times));
    }

    /// The planned mishaps: the type of event or `*`, the mishap, and the number of times.
    pub fn planned(&self) -> impl Iterator<Item = &(String, DeliveryFault, u32)> {
        self.mishaps.iter()
    }

    /// The number of webhooks that are not delivered yet.
    pub fn waiting(&self) -> usize {
        self.queue.len() + self.aside.len() + self.held.len() + self.under_way.len()
    }

    /// When the first webhook after `now` is due, in Unix milliseconds.
    pub fn next_after(&self, now: i64) -> Option<i64> {
        self.queue.range((now.saturating_add(1), 0)..).next().map(|((at, _), _)| *at)
    }

    /// Whether a webhook is due by `now`, in Unix milliseconds.
    pub fn is_due(&self, now: i64) -> bool {
        self.queue.keys().next().is_some_and(|(at, _)| *at <= now)
    }

    /// Sets aside the webhooks that are due by `now` (Unix milliseconds) to an unreachable address. Returns each as a
    /// failed attempt, with the reason that `unreachable` returns.
    pub(crate) fn put_aside(
        &mut self,
        now: i64,
        unreachable: impl Fn(&str) -> Option<String>,
    ) -> Vec<Attempt> {
        let due = self.queue.range(..=(now, u64::MAX));
        let stuck: Vec<_> =
            due.filter_map(|(place, delivery)| Some((*place, unreachable(&delivery.url)?))).collect();
        let mut attempts = Vec::with_capacity(stuck.len());
        for (place, why) in stuck {
            let Some(delivery) = self.queue.remove(&place) else { continue };
            attempts.push(Attempt {
                at: now.div_euclid(1000),
                event: delivery.event.1.clone(),
                kind: delivery.kind.clone(),
                endpoint: delivery.endpoint.1.clone(),
                url: delivery.url.clone(),
                number: delivery.attempt,
                signature: String::new(),
                outcome: Err(why),
                milliseconds: 0,
            });
            self.aside.insert(place, delivery);
        }
        attempts
    }

    /// The webhooks set aside: event types and addresses, oldest first.
    pub(crate) fn put_away(&self) -> impl Iterator<Item = (&str, &str)> {
        self.aside.values().map(|delivery| (delivery.kind.as_str(), delivery.url.as_str()))
    }

    /// The webhooks that are not delivered yet, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = Pending<'_>> {
        let places = self.queue.iter().chain(&self.aside);
        places.map(|((due, _), delivery)| Pending {
            event: &delivery.event.1,
            kind: &delivery.kind,
            url: &delivery.url,
            attempt: delivery.attempt,
            due: *due,
        })
    }

    /// Takes a webhook out of the queue as if it were being sent.
    pub(crate) fn start(&mut self, number: u64) {
        let of = |queue: &BTreeMap<(i64, u64), Delivery>| {
            queue.iter().find(|(_, delivery)| delivery.number == number).map(|(place, _)| *place)
        };
        let found = match of(&self.queue) {
            Some(place) => self.queue.remove(&place),
            None => of(&self.aside).and_then(|place| self.aside.remove(&place)),
        };
        if let Some(delivery) = found {
            self.under_way.insert(number, delivery);
        }
    }

    /// Returns webhooks that were being sent when the process ended to the queue.
    pub(crate) fn restart(&mut self, now: i64) {
        for (number, delivery) in std::mem::take(&mut self.under_way) {
            self.queue.insert((now, number), delivery);
        }
    }

    /// Returns the webhooks set aside to the queue.
    pub(crate) fn bring_back(&mut self) {
        self.queue.append(&mut self.aside);
    }

    fn mishap(&mut self, kind: &str) -> Option<DeliveryFault> {
        let fits = |wanted: &str| wanted == "*" || wanted == kind;
        let (.., mishap, times) = self.mishaps.iter_mut().find(|(wanted, ..)| fits(wanted))?;
        let mishap = *mishap;
        *times = times.saturating_sub(1);
        self.mishaps.retain(|(.., times)| *times > 0);
        Some(mishap)
    }

    fn put(&mut self, due: i64, mut delivery: Delivery) {
        self.sequence += 1;
        delivery.number = self.sequence;
        self.queue.insert((due, self.sequence), delivery);
    }

    fn send(&mut self, due: i64, mut delivery: Delivery) {
        let endpoint = delivery.endpoint.1.clone();
        match self.mishap(&delivery.kind) {
            Some(DeliveryFault::Lost) => return,
            Some(DeliveryFault::Late) => return self.held.push(delivery),
            Some(DeliveryFault::WrongSecret) => delivery.wrong_secret = true,
            Some(DeliveryFault::Duplicate) => self.put(due, Delivery { extra: true, ..delivery.clone() }),
            None => {}
        }
        self.put(due, delivery);
        let (passed, held) =
            std::mem::take(&mut self.held).into_iter().partition(|late| late.endpoint.1 == endpoint);
        self.held = held;
        for late in Vec::into_iter(passed) {
            self.put(due, late);
        }
    }

    /// Releases a webhook that was held back for a later one that did not come.
    pub(crate) fn release(&mut self, now: i64) {
        for late in std::mem::take(&mut self.held) {
            self.put(now, late);
        }
    }
}

/// A webhook that is not delivered yet.
#[derive(Debug, Clone, Copy)]
pub struct Pending<'o> {
    /// The id of the event.
    pub event: &'o str,
    /// The type of the event.
    pub kind: &'o str,
    /// The address.
    pub url: &'o str,
    /// The number of the next attempt, from 1.
    pub attempt: u32,
    /// When it is due, in Unix milliseconds.
    pub due: i64,
}

/// An endpoint or destination that receives an event.
#[derive(Clone, PartialEq, Eq)]
pub struct Listener {
    /// The owner.
    pub owner: Scope,
    /// Its id.
    pub id: String,
    /// Its address.
    pub url: String,
}

impl fmt::Debug for Listener {
    /// Omits the address, whose query may contain credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("owner", &self.owner).field("id", &self.id).finish_non_exhaustive()
    }
}

/// The destinations of API v2.
const DESTINATION: &str = "v2.core.event_destination";

/// The values of `events_from` for the own account and for connected accounts; each has two names.
const FROM_SELF: [&str; 2] = ["self", "@self"];
const FROM_CONNECTED: [&str; 2] = ["other_accounts", "@accounts"];

/// The address of an endpoint; a destination shows its address only on request.
fn address(endpoint: &Json, notes: &Json) -> String {
    endpoint.at("url").or_else(|| notes.at("url")).and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// Whether an event expects an answer in the reply; it is not retried, since a later answer is useless.
pub fn is_question(kind: &str) -> bool {
    kind.ends_with(".request")
}

/// Whether an endpoint subscribes to an event. `*` excludes the types that must be selected by name.
fn wants(endpoint: &Json, kind: &str) -> bool {
    let all = !is_question(kind);
    endpoint.text("status") == "enabled"
        && endpoint
            .items("enabled_events")
            .iter()
            .filter_map(Json::as_str)
            .any(|wanted| wanted == kind || (all && wanted == "*"))
}

/// Whether a destination subscribes to a thin event.
fn wants_thin(endpoint: &Json, kind: &str) -> bool {
    wants(endpoint, kind) && endpoint.text("event_payload") == "thin"
}

/// The `Stripe-Signature` header for a body at a time (Unix seconds). The complete text of the secret, with its
/// prefix, is the key.
pub fn signature(secret: &str, at: i64, body: &[u8]) -> String {
    // Secrets are generated, so a signer accepts them. Without a signature, the delivery fails at its receiver.
    let signer = Signer::new(secret.to_owned());
    signer.map_or_else(|_| format!("t={at}"), |signer| signer.sign_at(body, Timestamp::new(at)))
}

impl State {
    /// The endpoints and destinations that receive snapshot events of this type from an account: those of the
    /// account, and those of the platform that listen to connected accounts.
    pub fn listeners(&self, scope: &Scope, kind: &str) -> Vec<Listener> {
        self.listening(scope, |endpoint| wants(endpoint, kind) && endpoint.text("event_payload") != "thin")
    }

    /// Whether any destination receives thin events of this type from an account.
    pub(crate) fn wants_thin(&self, scope: &Scope, kind: &str) -> bool {
        !self.listening(scope, |endpoint| wants_thin(endpoint, kind)).is_empty()
    }

    /// Whether an account has event destinations at all.
    pub(crate) fn has_destinations(&self, scope: &Scope) -> bool {
        self.store(scope).is_some_and(|store| store.of_kind(DESTINATION).next().is_some())
    }

    /// The listeners of an account, and of the platform for it, that `wanted` accepts.
    fn listening(&self, scope: &Scope, wanted: impl Fn(&Json) -> bool) -> Vec<Listener> {
        let platform = Scope::new(self.platform(), scope.live);
        let mut places = vec![(scope.clone(), false)];
        if *scope != platform && self.is_connected(&scope.account) {
            places.push((platform, true));
        }
        let mut found = Vec::new();
        for (owner, for_connected) in places {
            let Some(store) = self.store(&owner) else { continue };
            let from = if for_connected { FROM_CONNECTED } else { FROM_SELF };
            let endpoints = store
                .of_kind("webhook_endpoint")
                .rev()
                .filter(|endpoint| store.notes(endpoint.text("id")).flag("connect") == for_connected);
            let destinations = store.of_kind(DESTINATION).rev().filter(|destination| {
                destination.items("events_from").iter().any(|source| from.iter().any(|name| source == name))
            });
            for endpoint in endpoints.chain(destinations).filter(|endpoint| wanted(endpoint)) {
                let id = endpoint.text("id");
                let url = address(endpoint, store.notes(id));
                // Event buses are not reachable.
                if url.is_empty() {
                    continue;
                }
                found.push(Listener { owner: owner.clone(), id: id.to_owned(), url });
            }
        }
        found
    }

    /// Puts an event into the outbox, once per listener. A snapshot event counts its listeners; a v2 event goes to
    /// the subscribed destinations or to a single one.
    pub(crate) fn send_event(&mut self, event: &Unsent) {
        let Unsent { scope, id, kind, thin } = event;
        let listeners = match thin {
            None => self.listeners(scope, kind),
            Some(only) => self.listening(scope, |endpoint| match only {
                Some(only) => endpoint.text("id") == only,
                None => wants_thin(endpoint, kind),
            }),
        };
        if listeners.is_empty() {
            return;
        }
        let count = i64::try_from(listeners.len()).unwrap_or(i64::MAX);
        self.send_to(listeners, scope, id, kind);
        if thin.is_none()
            && let Some(event) = self.store_mut(scope).get_mut(id)
        {
            set(event, "pending_webhooks", count);
        }
    }

    /// Sends an event again to all listeners. Returns their number.
    ///
    /// # Errors
    /// If the event does not exist.
    pub(crate) fn resend(&mut self, event: &str) -> Result<usize, ApiError> {
        let missing = || ApiError::missing("event", event, "event");
        let scope = self.owner(event).ok_or_else(missing)?;
        let found = self.store(&scope).and_then(|store| store.get(event)).ok_or_else(missing)?;
        let (kind, thin) = match found.text("object") {
            "event" => (found.text("type").to_owned(), None),
            "v2.core.event" => (found.text("type").to_owned(), Some(None)),
            _ => return Err(missing()),
        };
        let before = self.outbox.waiting();
        self.send_event(&Unsent { scope, id: event.to_owned(), kind, thin });
        Ok(self.outbox.waiting().saturating_sub(before))
    }

    fn send_to(&mut self, listeners: Vec<Listener>, scope: &Scope, id: &str, kind: &str) {
        let due = match self.outbox.timing {
            // Events that expect an answer are sent immediately.
            Timing::OnTheClock(wait) if !is_question(kind) => self.clock.after(wait),
            _ => self.clock.milliseconds(),
        };
        for listener in listeners {
            let delivery = Delivery {
                number: 0,
                event: (scope.clone(), id.to_owned()),
                kind: kind.to_owned(),
                endpoint: (listener.owner, listener.id),
                url: listener.url,
                attempt: 1,
                extra: false,
                wrong_secret: false,
            };
            self.outbox.send(due, delivery);
        }
    }

    /// Takes the due webhooks that `wanted` accepts by event type and address, signed at `stamp` (Unix seconds; the
    /// sandbox's time if `None`). The caller must report the outcome of each with [`State::delivered`].
    pub fn parcels(
        &mut self,
        stamp: Option<i64>,
        wanted: impl Fn(&str, &str) -> bool,
    ) -> Vec<WebhookDelivery> {
        let now = self.clock.milliseconds();
        let due: Vec<_> = self
            .outbox
            .queue
            .range(..=(now, u64::MAX))
            .filter(|(_, delivery)| wanted(&delivery.kind, &delivery.url))
            .map(|(place, _)| *place)
            .collect();
        let mut parcels = Vec::with_capacity(due.len());
        for place in due {
            let Some(delivery) = self.outbox.queue.remove(&place) else { continue };
            if let Some(parcel) = self.parcel(&delivery, stamp.unwrap_or_else(|| self.clock.now())) {
                parcels.push(parcel);
                self.outbox.under_way.insert(delivery.number, delivery);
            }
        }
        parcels
    }

    /// The signed delivery; `None` if its endpoint was deleted or disabled in the meantime.
    fn parcel(&self, delivery: &Delivery, stamp: i64) -> Option<WebhookDelivery> {
        let (owner, id) = &delivery.endpoint;
        let store = self.store(owner)?;
        let endpoint = store.get(id).filter(|endpoint| endpoint.text("status") == "enabled")?;
        let (scope, event_id) = &delivery.event;
        let mut event = self.store(scope)?.get(event_id)?.clone();
        if event.text("object") == "v2.core.event"
            && let Json::Object(members) = &mut event
        {
            // A thin event is delivered without its content; that is read by its id.
            members.retain(|name, _| !matches!(name.as_str(), "data" | "changes"));
        }
        let version = endpoint.at("api_version").or_else(|| endpoint.at("snapshot_api_version"));
        if let Some(version) = version.filter(|_| event.get("api_version").is_some()) {
            set(&mut event, "api_version", version.clone());
        }
        let body = Bytes::from(event.to_string());
        let mut secret = store.notes(id).text("secret").to_owned();
        if delivery.wrong_secret {
            secret.push_str("wrong");
        }
        Some(WebhookDelivery {
            number: delivery.number,
            endpoint: id.clone(),
            url: address(endpoint, store.notes(id)),
            event: event_id.clone(),
            kind: delivery.kind.clone(),
            attempt: delivery.attempt,
            signature: signature(&secret, stamp, &body),
            body,
        })
    }

    /// Reports the outcome of a delivery: the status of the endpoint's reply, `None` if there was none. After a
    /// failure it is retried until the waits in the options are used up.
    pub fn delivered(&mut self, number: u64, status: Option<u16>) {
        let Some(mut delivery) = self.outbox.under_way.remove(&number) else { return };
        let (scope, event) = delivery.event.clone();
        self.note(LogEntry::Webhook(Box::new(SentWebhook {
            scope: self.shared_scope(&scope),
            event: self.shared_id(&scope, &event),
            endpoint: delivery.endpoint.1.as_str().into(),
            status,
        })));
        if status.is_some_and(|status| (200..300).contains(&status)) {
            let counts = |event: &&mut Json| !delivery.extra && event.get("pending_webhooks").is_some();
            if let Some(event) = self.store_mut(&scope).get_mut(&event).filter(counts) {
                let left = event.int("pending_webhooks").saturating_sub(1).max(0);
                set(event, "pending_webhooks", left);
            }
            return;
        }
        if is_question(&delivery.kind) {
            return;
        }
        let waits =
            if scope.live { &self.options.webhook_retries_live } else { &self.options.webhook_retries };
        let failed = usize::try_from(delivery.attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        if let Some(wait) = waits.get(failed) {
            let due = self.clock.after(*wait);
            delivery.attempt += 1;
            delivery.wrong_secret = false;
            self.outbox.put(due, delivery);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn signature_covers_time_and_body_with_the_complete_secret() {
        // The expected value was computed with a different program: HMAC-SHA256("whsec_test", "1767603600.{}").
        let hex = "003f7d24cf492757c6453f258d933e33985d0065b37a0571fa45227e368c4509";
        let header = signature("whsec_test", 1_767_603_600, b"{}");
        assert_eq!(header, format!("t=1767603600,v1={hex}"));
        assert_ne!(header, signature("test", 1_767_603_600, b"{}"));
    }

    #[test]
    fn star_excludes_events_that_must_be_selected() {
        let star = json!({ "status": "enabled", "enabled_events": ["*"] });
        let named = json!({ "status": "enabled", "enabled_events": ["issuing_authorization.request"] });
        let off = json!({ "status": "disabled", "enabled_events": ["*"] });
        assert!(wants(&star, "payout.paid") && !wants(&star, "issuing_authorization.request"));
        assert!(wants(&named, "issuing_authorization.request") && !wants(&named, "payout.paid"));
        assert!(!wants(&off, "payout.paid"));
    }
}
