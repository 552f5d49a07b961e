//! Sends what is stored.

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
/// Any number of workers, on any number of machines, may share an outbox. A worker that is killed loses nothing: its rows are
/// free again when their lease has run out. Limits are those of the client ([`RateLimits`](crate::RateLimits)), which its clones share.
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

/// Is called after every attempt, for metrics and for what depends on the result. It runs on the task of the attempt, so it
/// must be quick.
///
/// A result may be reported more than once, or by two workers, or not at all if the process ends before: what must happen with
/// the result belongs into the transaction that records it, which stores over a database offer.
pub trait WorkerHook: Send + Sync + 'static {
    /// A step was recorded, or could not be.
    fn on_step(&self, event: &StepEvent<'_>);
}

impl<F: Fn(&StepEvent<'_>) + Send + Sync + 'static> WorkerHook for F {
    fn on_step(&self, event: &StepEvent<'_>) {
        self(event);
    }
}

/// What one attempt led to.
#[derive(Debug)]
#[non_exhaustive]
pub struct StepEvent<'a> {
    /// The row.
    pub claim: &'a Claimed,
    /// What the attempt led to.
    pub step: &'a Step,
    /// Whether it was recorded. If not, another worker has the row, or the store failed and the row is claimed again.
    pub recorded: bool,
    /// How long the attempt took, without the recording.
    pub duration: Duration,
}

impl Worker {
    /// A worker that makes eight attempts at a time.
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

    /// Makes at most this many attempts at a time.
    #[must_use]
    pub fn concurrency(self, attempts: u32) -> Self {
        Self { concurrency: attempts.max(1), ..self }
    }

    /// How long a row stays with a worker that has vanished: five minutes if this is not called. Leases of running attempts
    /// are extended.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        self.with(|shared| shared.lease = lease.max(Duration::from_millis(10)))
    }

    /// How long to wait before looking again when there was nothing to do: half a second if this is not called.
    #[must_use]
    pub fn poll_every(self, wait: Duration) -> Self {
        Self { poll: wait.max(Duration::from_millis(1)), ..self }
    }

    /// How long attempts may go on after the shutdown has begun, before they are dropped: until their end if this is not
    /// called. What is dropped is tried again when its lease has run out.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace: Some(grace), ..self }
    }

    /// Replaces the rules of back-off and age.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        self.with(|shared| shared.policy = policy)
    }

    /// Looks for the effect of requests that are too old to be sent again, such as with [`ByMetadata`](super::ByMetadata).
    /// Without it, they need review.
    #[must_use]
    pub fn reconcile(self, reconcile: impl Reconcile) -> Self {
        self.with(|shared| shared.reconcile = Some(Arc::new(reconcile)))
    }

    /// Calls a hook after every attempt. Can be called for several.
    #[must_use]
    pub fn hook(self, hook: impl WorkerHook) -> Self {
        self.with(|shared| shared.hooks.push(Arc::new(hook)))
    }

    fn with(mut self, change: impl FnOnce(&mut Shared)) -> Self {
        // Nobody else has it before the worker runs.
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            change(shared);
        }
        self
    }

    /// Works until `shutdown` completes, and then ends the attempts that are running. A store that fails is tried again with
    /// growing waits.
    ///
    /// To work until the process ends pass [`std::future::pending()`].
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        self.work(shutdown, false).await;
    }

    /// Works until no row is open, waits for retries included: for tests, scripts and jobs that are started by a timer.
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
            // A claim for each single place would cost as much as an attempt.
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
                        warn!(%error, "the outbox cannot be read");
                        wait = Some(self.shared.policy.wait(failures, None).max(self.poll));
                        failures += 1;
                    }
                }
            }
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                // Whoever ends may free the next row of its order.
                Some(ended) = running.join_next(), if failures == 0 => note_panic(ended),
                () = sleep(wait.unwrap_or(self.poll)), if wait.is_some() || running.is_empty() => {}
            }
        }
        debug!(running = running.len(), "the worker shuts down");
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
        error!("an attempt or its hook panicked; its row is claimed again when its lease has expired");
    }
}

impl Shared {
    async fn handle(self: Arc<Self>, claim: Claimed, claimed: Instant) {
        // Whoever comes here late, as after the machine slept, has lost the row.
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
                        // Whoever has it now sends the same key. The answer may still come here first.
                        Ok(false) => debug!("another worker has the row"),
                        Err(error) => warn!(%error, "the lease cannot be extended"),
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
                warn!(problem, "the stored request cannot be read");
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

    /// The search failed, which says nothing about the request itself.
    fn look_again(&self, stored: &Stored, error: crate::Error) -> Step {
        let wait = self.policy.wait(stored.attempts, error.retry_after());
        Step::again(wait, true, error)
    }

    /// Tries for as long as the lease lasts: what Stripe answered should not have to be asked for again.
    async fn record(&self, claim: &Claimed, step: &Step) -> bool {
        let end = Instant::now() + self.lease;
        for failures in 0.. {
            match self.outbox.record(claim, step).await {
                Ok(recorded) => return recorded,
                Err(error @ OutboxError::Store(_)) => {
                    let wait = self.policy.wait(failures, None).min(Duration::from_secs(5));
                    if Instant::now() + wait >= end {
                        warn!(%error, "the result was not recorded; the request is sent again");
                        return false;
                    }
                    debug!(%error, "the result cannot be recorded");
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
