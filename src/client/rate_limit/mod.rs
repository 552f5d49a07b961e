//! A rate limiter that stays below Stripe's limits.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// The lowest rate, as a fraction of the configured rate.
const SLOWEST: f64 = 1.0 / 32.0;
/// The fraction of the full rate regained by one success.
const RECOVERY: f64 = 0.02;
/// 429 replies within this time count as one signal to slow down.
const CALM: Duration = Duration::from_secs(1);

/// Limits for the client and all its clones. Every attempt counts.
///
/// Stripe allows about 100 requests per second with live keys and 25 in sandboxes. After a 429 reply the client
/// halves its limits, and raises them again with each success.
///
/// ```
/// use stripe_platform::{Client, RateLimits};
///
/// let stripe = Client::builder("sk_test_123").limits(RateLimits::new().in_flight(40).per_second(20.0)).build()?;
/// # let _ = stripe;
/// # Ok::<(), stripe_platform::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RateLimits {
    in_flight: Option<usize>,
    per_second: Option<f64>,
}

impl RateLimits {
    /// Creates limits without any restriction.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the number of concurrent attempts.
    pub fn in_flight(mut self, attempts: usize) -> Self {
        self.in_flight = Some(attempts);
        self
    }

    /// Limits the number of attempts per second, evenly spaced.
    pub fn per_second(mut self, attempts: f64) -> Self {
        self.per_second = Some(attempts);
        self
    }

    pub(crate) fn limiter(self) -> Result<Limiter, crate::Error> {
        let slots = match self.in_flight {
            Some(0) => {
                return Err(crate::Error::invalid_input(
                    "the limit of requests in flight must be at least 1",
                ));
            }
            Some(most) => Some(Slots::new(most.min(Semaphore::MAX_PERMITS))),
            None => None,
        };
        let pace = match self.per_second {
            Some(rate) if !(rate.is_finite() && rate >= 0.001) => {
                return Err(crate::Error::invalid_input(
                    "the rate limit must be at least 0.001 requests per second",
                ));
            }
            rate => rate.map(Pace::new),
        };
        Ok(Limiter { slots, pace })
    }
}

/// The effect of a reply on the limits.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Signal<'a> {
    Fine,
    /// Status 429, with Stripe's reason.
    SlowDown(Option<&'a str>),
}

#[derive(Default)]
pub(crate) struct Limiter {
    slots: Option<Slots>,
    pace: Option<Pace>,
}

/// A permit for one attempt, released on drop.
pub(crate) struct Slot<'a>(Option<(&'a Slots, Option<SemaphorePermit<'a>>)>);

impl Limiter {
    /// Waits for a permit. Dropping the future leaves the queue.
    pub(crate) async fn enter(&self) -> Slot<'_> {
        let slot = match &self.slots {
            // The semaphore is never closed.
            Some(slots) => Some((slots, slots.free.acquire().await.ok())),
            None => None,
        };
        let slot = Slot(slot);
        if let Some(pace) = &self.pace {
            pace.wait().await;
        }
        slot
    }

    pub(crate) fn learn(&self, signal: Signal<'_>) {
        let (slots, pace) = (self.slots.as_ref(), self.pace.as_ref());
        match signal {
            Signal::Fine => {
                slots.into_iter().for_each(Slots::speed_up);
                pace.into_iter().for_each(Pace::speed_up);
            }
            // The limit of one object does not affect other requests.
            Signal::SlowDown(Some("resource-specific")) => {}
            Signal::SlowDown(reason) => {
                let ends = |end| reason.is_some_and(|reason| reason.ends_with(end));
                if !ends("-rate") || pace.is_none() {
                    slots.into_iter().for_each(Slots::slow_down);
                }
                if !ends("-concurrency") || slots.is_none() {
                    pace.into_iter().for_each(Pace::slow_down);
                }
            }
        }
    }
}

struct Slots {
    free: Semaphore,
    most: usize,
    state: Mutex<SlotState>,
}

struct SlotState {
    /// The current number of slots.
    now: usize,
    /// The number of slots to remove when they are released.
    owed: usize,
    successes: usize,
    calm_until: Instant,
}

impl Slots {
    fn new(most: usize) -> Self {
        let state = SlotState { now: most, owed: 0, successes: 0, calm_until: Instant::now() };
        Self { free: Semaphore::new(most), most, state: Mutex::new(state) }
    }

    fn slow_down(&self) {
        let mut state = lock(&self.state);
        let now = Instant::now();
        if now < state.calm_until {
            return;
        }
        state.calm_until = now + CALM;
        state.successes = 0;
        let fewer = (state.now / 2).max(1);
        let gone = state.now - fewer;
        state.owed += gone - self.free.forget_permits(gone);
        state.now = fewer;
    }

    fn speed_up(&self) {
        let mut state = lock(&self.state);
        if state.now >= self.most {
            return;
        }
        state.successes += 1;
        if state.successes >= state.now {
            state.successes = 0;
            state.now += 1;
            if state.owed > 0 {
                state.owed -= 1;
            } else {
                self.free.add_permits(1);
            }
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let Some((slots, Some(permit))) = self.0.take() else { return };
        let mut state = lock(&slots.state);
        if state.owed > 0 {
            state.owed -= 1;
            permit.forget();
        }
    }
}

struct Pace {
    full: f64,
    /// One task waits for the clock and the others for the lock, so that a rate change affects all of them.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<PaceState>,
}

struct PaceState {
    rate: f64,
    last: Option<Instant>,
    calm_until: Instant,
}

impl Pace {
    fn new(full: f64) -> Self {
        let state = PaceState { rate: full, last: None, calm_until: Instant::now() };
        Self { full, turn: tokio::sync::Mutex::new(()), state: Mutex::new(state) }
    }

    async fn wait(&self) {
        let _turn = self.turn.lock().await;
        loop {
            let next = {
                let mut state = lock(&self.state);
                let now = Instant::now();
                let next = state.last.map(|last| last + Duration::from_secs_f64(1.0 / state.rate));
                match next {
                    Some(next) if next > now => next,
                    // Timers fire about a millisecond late. Counting from the scheduled time keeps the rate, unless
                    // the limiter was idle.
                    Some(next) => {
                        state.last =
                            Some(next.max(now.checked_sub(Duration::from_millis(20)).unwrap_or(now)));
                        return;
                    }
                    None => {
                        state.last = Some(now);
                        return;
                    }
                }
            };
            tokio::time::sleep_until(next).await;
        }
    }

    fn slow_down(&self) {
        let mut state = lock(&self.state);
        let now = Instant::now();
        if now >= state.calm_until {
            state.calm_until = now + CALM;
            state.rate = (state.rate / 2.0).max(self.full * SLOWEST);
        }
    }

    fn speed_up(&self) {
        let mut state = lock(&self.state);
        state.rate = (state.rate + self.full * RECOVERY).min(self.full);
    }
}

/// A panic while a lock is held is impossible, but a poisoned lock must not cause another panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(crate) mod tests;
