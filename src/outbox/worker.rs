//! The worker, which sends stored requests.

use super::{Claimed, Done, Found, Outbox, OutboxError, Policy, Reason, Reconcile, Step, Stored};
use crate::{Client, Secret};
use std::fmt;
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, interval, sleep, timeout};
use tracing::{Instrument, debug, error, info, info_span, warn};

/// Sends the requests of an [`Outbox`].
///
/// Any number of workers on any number of machines can share an outbox. If a worker is killed, its rows can be
/// claimed again after their lease expires. The client's rate limits ([`RateLimits`](crate::RateLimits)) apply,
/// shared by its clones.
pub struct Worker {
    shared: Arc<Shared>,
    concurrency: u32,
    poll: Duration,
    grace: Option<Duration>,
}

struct Shared {
    outbox: Arc<dyn Outbox>,
    client: Client,
    policy: Policy,
    lease: Duration,
    reconcile: Option<Arc<dyn Reconcile>>,
    hooks: Vec<Arc<dyn WorkerHook>>,
}

/// Called after every attempt, for metrics and for follow-up work. It runs on the task of the attempt, so it must
/// return quickly.
///
/// A result may be reported repeatedly, by two workers, or not at all if the process ends first. Work that must
/// happen exactly once belongs into the transaction that records the result, which stores on a database provide.
pub trait WorkerHook: Send + Sync + 'static {
    /// Called after a step was recorded, or could not be.
    fn on_step(&self, event: &StepEvent<'_>);
}

impl<F: Fn(&StepEvent<'_>) + Send + Sync + 'static> WorkerHook for F {
    fn on_step(&self, event: &StepEvent<'_>) {
        self(event);
    }
}

/// The result of one attempt.
#[derive(Debug)]
#[non_exhaustive]
pub struct StepEvent<'a> {
    /// The claimed row.
    pub claim: &'a Claimed,
    /// The result of the attempt.
    pub step: &'a Step,
    /// Whether it was recorded. If not, another worker has the row, or the store failed and the row will be claimed
    /// again.
    pub recorded: bool,
    /// The duration of the attempt, without recording.
    pub duration: Duration,
}

impl Worker {
    /// Creates a worker with eight concurrent attempts.
    pub fn new(outbox: impl Outbox + 'static, client: Client) -> Self {
        let shared = Shared {
            outbox: Arc::new(outbox),
            client,
            policy: Policy::default(),
            lease: Duration::from_secs(300),
            reconcile: None,
            hooks: Vec::new(),
        };
        Self { shared: Arc::new(shared), concurrency: 8, poll: Duration::from_millis(500), grace: None }
    }

    /// Sets the maximum number of concurrent attempts.
    #[must_use]
    pub fn concurrency(self, attempts: u32) -> Self {
        Self { concurrency: attempts.max(1), ..self }
    }

    /// Sets how long the rows of a lost worker stay claimed. Defaults to five minutes. Leases of running attempts are
    /// extended.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        self.with(|shared| shared.lease = lease.max(Duration::from_millis(10)))
    }

    /// Sets the poll interval while there is nothing to do. Defaults to half a second.
    #[must_use]
    pub fn poll_every(self, wait: Duration) -> Self {
        Self { poll: wait.max(Duration::from_millis(1)), ..self }
    }

    /// Sets how long running attempts may continue after shutdown, before they are dropped. Unlimited by default. A
    /// dropped attempt is retried when its lease expires.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace: Some(grace), ..self }
    }

    /// Replaces the rules for waits and age.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        self.with(|shared| shared.policy = policy)
    }

    /// Sets how to look for the effect of requests that are too old to be sent again, for example
    /// [`ByMetadata`](super::ByMetadata). Without it, they need review.
    #[must_use]
    pub fn reconcile(self, reconcile: impl Reconcile) -> Self {
        self.with(|shared| shared.reconcile = Some(Arc::new(reconcile)))
    }

    /// Adds a hook that is called after every attempt. Can be called repeatedly.
    #[must_use]
    pub fn hook(self, hook: impl WorkerHook) -> Self {
        self.with(|shared| shared.hooks.push(Arc::new(hook)))
    }

    fn with(mut self, change: impl FnOnce(&mut Shared)) -> Self {
        // Not shared before the worker runs.
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            change(shared);
        }
        self
    }

    /// Runs until `shutdown` completes, and then finishes running attempts. After a failure of the store it retries
    /// with growing waits.
    ///
    /// To run until the process ends, pass [`std::future::pending()`].
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        self.work(shutdown, false).await;
    }

    /// Runs until no row is open, including waits for retries: for tests, scripts and scheduled jobs.
    pub async fn drain(self) {
        self.work(pending(), true).await;
    }

    async fn work(self, shutdown: impl Future<Output = ()>, until_empty: bool) {
        let mut shutdown = pin!(shutdown);
        let mut running = JoinSet::new();
        let mut failures = 0;
        loop {
            while let Some(ended) = running.try_join_next() {
                note_panic(ended);
            }
            let free = self.concurrency.saturating_sub(u32::try_from(running.len()).unwrap_or(u32::MAX));
            let mut wait = None;
            // Claiming for each single free slot would cost as much as the attempt.
            if free >= self.concurrency.div_ceil(2) {
                let claimed = tokio::select! {
                    biased;
                    () = &mut shutdown => break,
                    claimed = self.shared.outbox.claim(free, self.shared.lease) => claimed,
                };
                match claimed {
                    Ok(claims) => {
                        failures = 0;
                        if claims.is_empty() {
                            wait = Some(self.poll);
                        }
                        if claims.is_empty() && running.is_empty() && until_empty && self.is_empty().await {
                            return;
                        }
                        let began = Instant::now();
                        for claim in claims {
                            running.spawn(Arc::clone(&self.shared).handle(claim, began));
                        }
                        if running.len() < self.concurrency as usize && wait.is_none() {
                            wait = Some(self.poll);
                        }
                    }
                    Err(error) => {
                        warn!(%error, "claiming rows failed");
                        wait = Some(self.shared.policy.wait(failures, None).max(self.poll));
                        failures += 1;
                    }
                }
            }
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                // A finished attempt may unblock the next row of its order.
                Some(ended) = running.join_next(), if failures == 0 => note_panic(ended),
                () = sleep(wait.unwrap_or(self.poll)), if wait.is_some() || running.is_empty() => {}
            }
        }
        debug!(running = running.len(), "worker is shutting down");
        let rest = async {
            while let Some(ended) = running.join_next().await {
                note_panic(ended);
            }
        };
        match self.grace {
            Some(grace) => drop(timeout(grace, rest).await),
            None => rest.await,
        }
    }

    async fn is_empty(&self) -> bool {
        matches!(self.shared.outbox.counts().await, Ok(counts) if counts.open == 0)
    }
}

fn note_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        error!("an attempt or its hook panicked; its row is claimed again after its lease expires");
    }
}

impl Shared {
    async fn handle(self: Arc<Self>, claim: Claimed, claimed: Instant) {
        // If the task was delayed, as after the machine slept, the row is lost.
        if claimed.elapsed() >= self.lease {
            return;
        }
        let span = info_span!(
            "stripe_outbox_attempt",
            kind = claim.kind,
            reference = claim.reference,
            key = claim.key,
            attempt = claim.stored.as_ref().map_or(0, |stored| stored.attempts + 1),
        );
        self.attempt(claim).instrument(span).await;
    }

    async fn attempt(&self, claim: Claimed) {
        let began = Instant::now();
        let step = {
            let mut step = pin!(self.step(&claim));
            let mut beat = interval((self.lease / 3).max(Duration::from_millis(1)));
            beat.tick().await;
            loop {
                tokio::select! {
                    biased;
                    step = &mut step => break step,
                    _ = beat.tick() => match self.outbox.extend(&claim, self.lease).await {
                        Ok(true) => {}
                        // The other worker sends the same key. The reply may still arrive here first.
                        Ok(false) => debug!("another worker claimed the row"),
                        Err(error) => warn!(%error, "extending the lease failed"),
                    },
                }
            }
        };
        let duration = began.elapsed();
        let recorded = self.record(&claim, &step).await;
        self.report(&StepEvent { claim: &claim, step: &step, recorded, duration });
    }

    async fn step(&self, claim: &Claimed) -> Step {
        let stored = match &claim.stored {
            Ok(stored) => stored,
            Err(problem) => {
                warn!(problem, "the stored request cannot be decoded");
                return Step::needs_review(Reason::Unreadable, None);
            }
        };
        if self.policy.is_poison(claim.unrecorded) {
            return Step::needs_review(Reason::WorkersLost, None);
        }
        let (step, reconcile) = match (self.policy.too_old(stored), &self.reconcile) {
            (None, _) => return self.policy.send(&self.client, stored).await,
            (Some(reason), None) => return Step::needs_review(reason, None),
            (Some(reason), Some(reconcile)) => (Step::needs_review(reason, None), reconcile),
        };
        match reconcile.find(&self.client, stored).await {
            Ok(Found::Object(object)) => Step::Done(Done::Succeeded(Secret::new(object))),
            Ok(Found::Nothing) => self.policy.send(&self.client, stored).await,
            Ok(Found::Unclear) => step,
            Err(error) => self.look_again(stored, error),
        }
    }

    /// Reports a failed search, which does not affect the request itself.
    fn look_again(&self, stored: &Stored, error: crate::Error) -> Step {
        let wait = self.policy.wait(stored.attempts, error.retry_after());
        Step::again(wait, true, error)
    }

    /// Retries for as long as the lease lasts, so that Stripe's reply need not be requested again.
    async fn record(&self, claim: &Claimed, step: &Step) -> bool {
        let end = Instant::now() + self.lease;
        for failures in 0.. {
            match self.outbox.record(claim, step).await {
                Ok(recorded) => return recorded,
                Err(error @ OutboxError::Store(_)) => {
                    let wait = self.policy.wait(failures, None).min(Duration::from_secs(5));
                    if Instant::now() + wait >= end {
                        warn!(%error, "the result was not recorded; the request will be sent again");
                        return false;
                    }
                    debug!(%error, "recording the result failed");
                    sleep(wait).await;
                }
                Err(error) => {
                    warn!(%error, "the result was not recorded");
                    return false;
                }
            }
        }
        false
    }

    fn report(&self, event: &StepEvent<'_>) {
        let (step, recorded) = (event.step.label(), event.recorded);
        match event.step {
            Step::NeedsReview(review) => {
                warn!(step, recorded, reason = review.reason.label(), "needs review")
            }
            _ => match event.step.error() {
                Some(error) => info!(step, recorded, %error, "not done"),
                None => info!(step, recorded, "done"),
            },
        }
        for hook in &self.hooks {
            hook.on_step(event);
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("concurrency", &self.concurrency)
            .field("lease", &self.shared.lease)
            .field("policy", &self.shared.policy)
            .finish_non_exhaustive()
    }
}
