//! When a stored request is sent again, and when it is too old for that.

use super::{Done, Reason, Step, Stored};
use crate::client::transport::TransportErrorKind;
use crate::{Client, Error, Json, Outcome, Secret};
use std::time::Duration;

/// The rules of [`attempt`](super::attempt), with numbers of your own.
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
    /// How far a recorded time may lie in the future before the clock counts as wrong. Statements that run at the same time are
    /// dated slightly apart, and a clock is sometimes set back by a second. A minute is well below the hour that
    /// [`Policy::key_lifetime`] leaves.
    pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

    /// The rules that [`attempt`](super::attempt) uses.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long after its first attempt a request may be sent again: 23 hours if this is not called. Stripe keeps keys for at
    /// least 24 hours; the hour between is for the call itself.
    #[must_use]
    pub fn key_lifetime(self, lifetime: Duration) -> Self {
        Self { key_lifetime: lifetime, ..self }
    }

    /// The longest wait after the first failure, which doubles with each: a second if this is not called. The wait is random
    /// between the half of that and the whole, and never shorter than what Stripe asks for.
    #[must_use]
    pub fn first_wait(self, wait: Duration) -> Self {
        Self { first_wait: wait, ..self }
    }

    /// The longest wait between two attempts: ten minutes if this is not called.
    #[must_use]
    pub fn longest_wait(self, wait: Duration) -> Self {
        Self { longest_wait: wait, ..self }
    }

    /// How many workers in a row may claim a request and end without a result, before it needs review: 20 if this is not
    /// called.
    #[must_use]
    pub fn lost_workers(self, workers: u32) -> Self {
        Self { lost_workers: workers, ..self }
    }

    pub(crate) fn is_poison(&self, unrecorded: u32) -> bool {
        unrecorded > self.lost_workers
    }

    /// Why the request must not be sent again, if it must not.
    ///
    /// What never had an effect may be sent at any age. Of what may have had one, the age must be known: if the latest time of
    /// the row lies in the future by more than [`Policy::CLOCK_TOLERANCE`], the clock was wrong when that was written or is
    /// wrong now, by an unknown amount.
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

    /// Sends a stored request once, with the retries of the client, and decides what the result means.
    pub async fn attempt(&self, client: &Client, stored: &Stored) -> Step {
        match self.too_old(stored) {
            Some(reason) => Step::needs_review(reason, None),
            None => self.send(client, stored).await,
        }
    }

    /// Sends it whatever its age is: for a request that was looked for at Stripe and is not there.
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

    /// The wait after so many attempts.
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
    fn age_is_judged_by_the_recorded_times_only() {
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
    fn waits_grow_have_jitter_and_obey_what_stripe_asks() {
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
