//! The log of one process.

use super::{Claim, EventLog, LEASE, LogError, RETENTION};
use crate::Timestamp;
use crate::transport::BoxFuture;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// An [`EventLog`](super::EventLog) in memory: bounded, and empty again after a restart. Clones share it.
#[derive(Clone, Debug)]
pub struct MemoryLog {
    state: Arc<Mutex<State>>,
    retention: Duration,
    lease: Duration,
}

#[derive(Debug)]
struct State {
    events: Bounded<bool>,
    objects: Bounded<Timestamp>,
}

impl MemoryLog {
    /// Remembers up to this many events and as many objects; beyond that it forgets the oldest.
    pub fn new(capacity: usize) -> Self {
        let state = State { events: Bounded::new(capacity), objects: Bounded::new(capacity) };
        Self { state: Arc::new(Mutex::new(state)), retention: RETENTION, lease: LEASE }
    }

    /// How long events are remembered: four days if this is not called, since Stripe tries for three.
    #[must_use]
    pub fn retention(self, retention: Duration) -> Self {
        Self { retention, ..self }
    }

    /// How long an event may be in work before another delivery of it is handled: five minutes if this is not called.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete in itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claim_at(&self, event: &str, now: Instant) -> Claim {
        let mut state = self.state();
        state.events.expire(now, self.retention);
        match state.events.get(event) {
            Some((true, _)) => return Claim::Done,
            Some((false, since)) if now.duration_since(since) < self.lease => return Claim::InWork,
            _ => {}
        }
        state.events.put(event, false, now);
        Claim::New
    }
}

impl EventLog for MemoryLog {
    fn claim<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<Claim, LogError>> {
        Box::pin(async move { Ok(self.claim_at(event, Instant::now())) })
    }

    fn done<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<(), LogError>> {
        Box::pin(async move {
            self.state().events.put(event, true, Instant::now());
            Ok(())
        })
    }

    fn release<'a>(&'a self, event: &'a str) -> BoxFuture<'a, Result<(), LogError>> {
        Box::pin(async move {
            self.state().events.remove(event);
            Ok(())
        })
    }

    fn is_newest<'a>(&'a self, object: &'a str, created: Timestamp) -> BoxFuture<'a, Result<bool, LogError>> {
        Box::pin(async move {
            let now = Instant::now();
            let mut state = self.state();
            state.objects.expire(now, self.retention);
            let newest = state.objects.get(object).is_none_or(|(known, _)| known <= created);
            if newest {
                state.objects.put(object, created, now);
            }
            Ok(newest)
        })
    }
}

/// A map that forgets its oldest entries.
#[derive(Debug)]
struct Bounded<V> {
    capacity: usize,
    entries: HashMap<Arc<str>, (V, Instant)>,
    /// Oldest first. An entry that was put again is here twice, and only its last time counts.
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
        // What was put again and again, or removed, must not make the queue grow.
        if self.order.len() > 2 * self.capacity + 16 {
            let entries = &self.entries;
            self.order.retain(|(key, at)| entries.get(key).is_some_and(|(_, last)| last == at));
        }
    }

    fn remove(&mut self, key: &str) {
        self.entries.remove(key);
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
    fn it_stays_within_its_capacity() {
        let log = MemoryLog::new(3);
        let now = Instant::now();
        for number in 0..100 {
            assert_eq!(log.claim_at(&number.to_string(), now), Claim::New);
            // One event again and again, and one that is given back each time.
            log.state().events.put("same", true, now);
            log.state().events.put("gone", false, now);
            log.state().events.remove("gone");
        }
        let state = log.state();
        assert!(state.events.entries.len() <= 3 && state.events.order.len() <= 23, "{state:?}");
    }

    #[test]
    fn claims_and_memories_run_out() {
        let log = MemoryLog::new(10).lease(Duration::from_secs(10)).retention(Duration::from_secs(100));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(log.claim_at("evt_1", at(0)), Claim::New);
        assert_eq!(log.claim_at("evt_1", at(9)), Claim::InWork);
        assert_eq!(log.claim_at("evt_1", at(10)), Claim::New);
        log.state().events.put("evt_1", true, at(20));
        assert_eq!(log.claim_at("evt_1", at(120)), Claim::Done);
        assert_eq!(log.claim_at("evt_1", at(121)), Claim::New);
    }
}
