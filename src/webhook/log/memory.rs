//! An event log in memory.

use super::{Claim, EventLog, LEASE, Lease, LogError, RETENTION};
use crate::Timestamp;
use crate::client::transport::BoxFuture;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// An [`EventLog`](super::EventLog) in memory: bounded, and emptied by a restart. Clones share the contents.
#[derive(Clone, Debug)]
pub struct MemoryLog {
    state: Arc<Mutex<State>>,
    retention: Duration,
    lease: Duration,
}

#[derive(Debug)]
struct State {
    /// Events in work. They are never evicted: there are only as many as running handlers.
    claims: HashMap<Arc<str>, (Lease, Instant)>,
    done: Bounded<()>,
    /// The lease of the next claim.
    lease: u64,
    objects: Bounded<Timestamp>,
}

impl MemoryLog {
    /// Creates a log for this number of handled events, and as many objects. The oldest are evicted.
    pub fn new(capacity: usize) -> Self {
        let state = State {
            claims: HashMap::new(),
            done: Bounded::new(capacity),
            lease: 0,
            objects: Bounded::new(capacity),
        };
        Self { state: Arc::new(Mutex::new(state)), retention: RETENTION, lease: LEASE }
    }

    /// Sets how long events are remembered. Defaults to four days, since Stripe retries for three.
    #[must_use]
    pub fn retention(self, retention: Duration) -> Self {
        Self { retention, ..self }
    }

    /// Sets how long an event may be in work before another delivery of it is handled. Defaults to five minutes.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete, so a poisoned lock is consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claim_at(&self, event: &str, now: Instant) -> Claim {
        let mut state = self.state();
        state.done.expire(now, self.retention);
        if state.done.get(event).is_some() {
            return Claim::Done;
        }
        let is_held = |since: Instant| now.duration_since(since) < self.lease;
        if state.claims.get(event).is_some_and(|(_, since)| is_held(*since)) {
            return Claim::InWork;
        }
        // Removes claims of handlers that neither ended nor were dropped.
        state.claims.retain(|_, (_, since)| is_held(*since));
        let lease = Lease::from_number(state.lease);
        state.lease = state.lease.wrapping_add(1);
        state.claims.insert(event.into(), (lease, now));
        Claim::New(lease)
    }

    fn done_at(&self, event: &str, lease: Lease, now: Instant) {
        let mut state = self.state();
        match state.claims.get(event) {
            Some((holder, _)) if *holder != lease => return,
            Some(_) => drop(state.claims.remove(event)),
            // The lease expired, but the event was handled.
            None => {}
        }
        state.done.put(event, (), now);
    }
}

impl EventLog for MemoryLog {
    fn claim<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<Claim, LogError>> {
        Box::pin(async move { Ok(self.claim_at(event, Instant::now())) })
    }

    fn done<'a>(&'a self, event: &'a str, lease: Lease) -> BoxFuture<'a, Result<(), LogError>> {
        Box::pin(async move {
            self.done_at(event, lease, Instant::now());
            Ok(())
        })
    }

    fn release<'a>(&'a self, event: &'a str, lease: Lease) -> BoxFuture<'a, Result<(), LogError>> {
        Box::pin(async move {
            self.abandon(event, lease);
            Ok(())
        })
    }

    fn abandon(&self, event: &str, lease: Lease) {
        let mut state = self.state();
        if state.claims.get(event).is_some_and(|(holder, _)| *holder == lease) {
            state.claims.remove(event);
        }
    }

    fn is_newest<'a>(
        &'a self,
        subject: &'a str,
        created: Timestamp,
    ) -> BoxFuture<'a, Result<bool, LogError>> {
        Box::pin(async move {
            let now = Instant::now();
            let mut state = self.state();
            state.objects.expire(now, self.retention);
            let newest = state.objects.get(subject).is_none_or(|(known, _)| known <= created);
            if newest {
                state.objects.put(subject, created, now);
            }
            Ok(newest)
        })
    }
}

/// A map that evicts its oldest entries.
#[derive(Debug)]
struct Bounded<V> {
    capacity: usize,
    entries: HashMap<Arc<str>, (V, Instant)>,
    /// Oldest first. A replaced entry occurs twice, and only its last position counts.
    order: VecDeque<(Arc<str>, Instant)>,
}

impl<V: Copy> Bounded<V> {
    fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), entries: HashMap::new(), order: VecDeque::new() }
    }

    fn get(&self, key: &str) -> Option<(V, Instant)> {
        self.entries.get(key).copied()
    }

    fn put(&mut self, key: &str, value: V, now: Instant) {
        let key: Arc<str> = key.into();
        self.entries.insert(Arc::clone(&key), (value, now));
        self.order.push_back((key, now));
        while self.entries.len() > self.capacity {
            self.drop_oldest();
        }
        // Replaced and removed entries must not make the queue grow.
        if self.order.len() > 2 * self.capacity + 16 {
            let entries = &self.entries;
            self.order.retain(|(key, at)| entries.get(key).is_some_and(|(_, last)| last == at));
        }
    }

    fn expire(&mut self, now: Instant, age: Duration) {
        while self.order.front().is_some_and(|(_, at)| now.duration_since(*at) > age) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((key, at)) = self.order.pop_front()
            && self.entries.get(&key).is_some_and(|(_, last)| *last == at)
        {
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_stays_within_its_capacity() {
        let log = MemoryLog::new(3);
        let now = Instant::now();
        for number in 0..100 {
            let id = number.to_string();
            let Claim::New(lease) = log.claim_at(&id, now) else { panic!("{id}") };
            log.done_at(&id, lease, now);
            // One event that is repeated, and one that is released each time.
            log.state().done.put("same", (), now);
            let Claim::New(lease) = log.claim_at("gone", now) else { panic!("gone") };
            log.abandon("gone", lease);
        }
        let state = log.state();
        assert!(state.done.entries.len() <= 3 && state.done.order.len() <= 23, "{state:?}");
        assert!(state.claims.is_empty(), "{state:?}");
    }

    #[test]
    fn claims_are_never_evicted() {
        let log = MemoryLog::new(3);
        let start = Instant::now();
        let ids: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let claim = |id: &String| match log.claim_at(id, start) {
            Claim::New(lease) => lease,
            other => panic!("{id}: {other:?}"),
        };
        let leases: Vec<Lease> = ids.iter().map(claim).collect();
        for id in &ids {
            assert_eq!(log.claim_at(id, start), Claim::InWork, "{id}");
        }
        for (id, lease) in ids.iter().zip(leases) {
            log.done_at(id, lease, start);
            assert_eq!(log.claim_at(id, start), Claim::Done, "{id}");
        }
        // Abandoned claims are removed when their lease has expired.
        for id in &ids {
            let _ = log.claim_at(id, start);
        }
        let later = start + LEASE;
        assert!(matches!(log.claim_at("other", later), Claim::New(_)));
        assert_eq!(log.state().claims.len(), 1);
    }

    #[test]
    fn claims_and_handled_events_expire() {
        let log = MemoryLog::new(10).lease(Duration::from_secs(10)).retention(Duration::from_secs(100));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let claim = |seconds| match log.claim_at("evt_1", at(seconds)) {
            Claim::New(lease) => Ok(lease),
            other => Err(other),
        };
        let first = claim(0).unwrap();
        assert_eq!(claim(9), Err(Claim::InWork));
        let second = claim(10).unwrap();

        // An expired claim cannot end the next one.
        log.abandon("evt_1", first);
        log.done_at("evt_1", first, at(11));
        assert_eq!(claim(12), Err(Claim::InWork));

        log.done_at("evt_1", second, at(20));
        log.abandon("evt_1", second);
        assert_eq!(claim(120), Err(Claim::Done));
        claim(121).unwrap();
    }
}
