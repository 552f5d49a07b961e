//! When a stored request is sent again, and when it is too old.

use super::{Done, Reason, Step, Stored};
use crate::client::transport::TransportErrorKind;
use crate::{Client, Error, Json, Outcome, Secret};
use std::time::Duration;

/// Configurable rules for [`attempt`](super::attempt).
#[derive(Clone, Debug)]
pub struct Policy {
    key_lifetime: Duration,
    first_wait: Duration,
    longest_wait: Duration,
    lost_workers: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            key_lifetime: Duration::from_secs(23 * 3600),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(600),
            lost_workers: 20,
        }
    }
}

impl Policy {
    /// How far a recorded time may be in the future before the clock counts as wrong. Concurrent statements are dated slightly
    /// apart, and a clock is sometimes set back by a second. A minute is well below the hour that [`Policy::key_lifetime`]
    /// leaves.
    pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

    /// Creates the default rules, as used by [`attempt`](super::attempt).
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long after its first attempt a request may be sent again. Defaults to 23 hours: Stripe stores keys
    /// for at least 24 hours, and one hour is reserved for the call.
    #[must_use]
    pub fn key_lifetime(self, lifetime: Duration) -> Self {
        Self { key_lifetime: lifetime, ..self }
    }

    /// Sets the maximum wait after the first failure, which doubles with each further one. Defaults to one second.
    /// The actual wait is random between half of that and the whole, and never shorter than Stripe requests.
    #[must_use]
    pub fn first_wait(self, wait: Duration) -> Self {
        Self { first_wait: wait, ..self }
    }

    /// Sets the maximum wait between two attempts. Defaults to ten minutes.
    #[must_use]
    pub fn longest_wait(self, wait: Duration) -> Self {
        Self { longest_wait: wait, ..self }
    }

    /// Sets how many consecutive claims of a request may end without a result before it needs review. Defaults to 20.
    #[must_use]
    pub fn lost_workers(self, workers: u32) -> Self {
        Self { lost_workers: workers, ..self }
    }

    pub(crate) fn is_poison(&self, unrecorded: u32) -> bool {
        unrecorded > self.lost_workers
    }

    /// The reason why the request must not be sent again, if any.
    ///
    /// A request that never had an effect may be sent at any age. If it may have had one, its age must be known: if
    /// its latest time is in the future, the clock was or is wrong by an unknown amount.
    pub fn too_old(&self, stored: &Stored) -> Option<Reason> {
        let first = stored.first_attempt?.as_seconds();
        let now = stored.now.as_seconds();
        let since = |time: i64| Duration::from_secs(now.saturating_sub(time).try_into().unwrap_or(0));
        let until = |time: i64| Duration::from_secs(time.saturating_sub(now).try_into().unwrap_or(0));
        if until(first.max(stored.latest.as_seconds())) > Self::CLOCK_TOLERANCE {
            return Some(Reason::ClockUnreliable);
        }
        (since(first) > self.key_lifetime).then_some(Reason::KeyExpired)
    }

    /// Sends a stored request once, with the client's retries, and decides what to do next.
    pub async fn attempt(&self, client: &Client, stored: &Stored) -> Step {
        match self.too_old(stored) {
            Some(reason) => Step::needs_review(reason, None),
            None => self.send(client, stored).await,
        }
    }

    /// Sends a request at any age, after its effect was looked for at Stripe and not found.
    pub(crate) async fn send(&self, client: &Client, stored: &Stored) -> Step {
        let call = client.resume::<Json>(&stored.request, stored.first_attempt.is_some());
        match call.await {
            Ok(reply) => Step::Done(Done::Succeeded(Secret::new(reply))),
            Err(error) => self.judge(stored, error),
        }
    }

    fn judge(&self, stored: &Stored, error: Error) -> Step {
        let sendable = match &error {
            Error::InvalidInput(_) => false,
            Error::Connection(error) => error.fault != TransportErrorKind::Request,
            _ => true,
        };
        if !sendable {
            return Step::needs_review(Reason::Unsendable, Some(error));
        }
        let reused = matches!(&error, Error::Idempotency(error) if error.status != 409);
        if reused {
            return Step::needs_review(Reason::KeyReused, Some(error));
        }
        match (error.is_final(), error.outcome()) {
            (true, Outcome::Applied) => Step::Done(Done::Unreadable(error)),
            (true, _) => Step::Done(Done::Refused(error)),
            (false, outcome) => {
                let acted = matches!(outcome, Outcome::Unknown | Outcome::Applied);
                Step::again(self.wait(stored.attempts, error.retry_after()), acted, error)
            }
        }
    }

    /// The wait after this number of attempts.
    pub(crate) fn wait(&self, attempts: u32, asked: Option<Duration>) -> Duration {
        let span = self.first_wait.saturating_mul(1 << attempts.min(20)).min(self.longest_wait);
        let share = getrandom::u32().map_or(1.0, |bits| f64::from(bits) / f64::from(u32::MAX));
        span.mul_f64(0.5 + share / 2.0).max(asked.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    const HOUR: i64 = 3600;

    fn stored(first: Option<i64>, latest: i64, now: i64) -> Stored {
        let client = Client::new("sk_test_1").unwrap();
        let request = client.prepare(&crate::topup::Create::new(1, crate::Currency::USD)).unwrap();
        Stored {
            first_attempt: first.map(Timestamp::new),
            latest: Timestamp::new(latest),
            ..Stored::new(request, Timestamp::new(now))
        }
    }

    #[test]
    fn age_depends_only_on_recorded_times() {
        let begin = 1_800_000_000;
        let cases = [
            ("never sent, just stored", None, 0, 0, None),
            ("never sent, stored days ago", None, 0, 100 * HOUR, None),
            ("never sent, stored by a clock ahead", None, 30 * HOUR, 0, None),
            ("sent a minute ago", Some(0), 0, 60, None),
            ("sent 23 hours ago", Some(0), 0, 23 * HOUR, None),
            ("sent longer ago", Some(0), 0, 23 * HOUR + 1, Some(Reason::KeyExpired)),
            ("sent by a clock 30 hours behind", Some(-30 * HOUR), 0, 60, Some(Reason::KeyExpired)),
            ("sent by a clock 30 hours ahead", Some(30 * HOUR), 30 * HOUR, 60, Some(Reason::ClockUnreliable)),
            ("a later attempt by a clock ahead", Some(0), 30 * HOUR, 60, Some(Reason::ClockUnreliable)),
            ("a clock ahead by a second", Some(61), 61, 60, None),
            ("a clock ahead by a minute", Some(120), 120, 60, None),
            ("a clock ahead by more than a minute", Some(0), 121, 60, Some(Reason::ClockUnreliable)),
            ("absurd times", Some(i64::MIN + begin), 0, i64::MAX - begin, Some(Reason::KeyExpired)),
        ];
        for (name, first, latest, now, expected) in cases {
            let at = |seconds: i64| seconds.saturating_add(begin);
            let stored = stored(first.map(at), at(latest), at(now));
            assert_eq!(Policy::new().too_old(&stored), expected, "{name}");
        }
    }

    #[test]
    fn waits_grow_with_jitter_and_honor_retry_after() {
        let policy = Policy::new().first_wait(Duration::from_secs(1)).longest_wait(Duration::from_secs(60));
        for (attempts, longest) in [(0, 1.0), (1, 2.0), (5, 32.0), (6, 60.0), (40, 60.0)] {
            let waits: Vec<_> = (0..50).map(|_| policy.wait(attempts, None).as_secs_f64()).collect();
            assert!(
                waits.iter().all(|wait| (longest / 2.0..=longest).contains(wait)),
                "{attempts}: {waits:?}"
            );
            assert!(waits.windows(2).any(|pair| pair[0] != pair[1]), "{attempts}: {waits:?}");
        }
        assert_eq!(policy.wait(0, Some(Duration::from_secs(30))), Duration::from_secs(30));
    }
}
