use super::Sandbox;
use crate::router::{ERRORS, Effect, Fault, Phase, RateLimit};
use std::time::Duration;
use stripe_platform::Request;

impl Sandbox {
    /// Plans faults.
    ///
    /// ```
    /// use stripe_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::start();
    /// sandbox.faults().on("PostTopups").times(2).reset_after_commit();
    /// sandbox.faults().on_request::<stripe_platform::payout::Create>().lock_timeout();
    /// ```
    pub fn faults(&self) -> FaultPlan<'_> {
        FaultPlan { sandbox: self, fault: Fault::new(Phase::Before, Effect::Reset) }
    }
}

/// Plans one fault: says where and how often, and last what. Unless told otherwise it hits the next request to the API,
/// whatever it is; pages that people visit are spared. Several can be planned; of those that fit, a request meets the one
/// that was planned first.
#[derive(Debug)]
#[must_use = "nothing is planned until the effect is said"]
pub struct FaultPlan<'s> {
    sandbox: &'s Sandbox,
    fault: Fault,
}

impl FaultPlan<'_> {
    /// Whether all that was planned has happened.
    pub fn is_empty(&self) -> bool {
        self.sandbox.state().faults.is_empty()
    }

    /// Only requests to this operation, by its id (`PostTopups`) or its method and path (`POST /v1/topups`). The contents
    /// of files are `GET /v1/files/{file}/contents`.
    ///
    /// # Panics
    /// If there is no such operation; the message names the nearest one.
    #[track_caller]
    pub fn on(mut self, operation: impl AsRef<str>) -> Self {
        match Fault::target(operation.as_ref()) {
            Ok(target) => self.fault.operation = Some(target),
            Err(nearest) => {
                panic!("The sandbox knows no operation `{}`; the nearest is `{nearest}`.", operation.as_ref())
            }
        }
        self
    }

    /// Only requests of this type.
    pub fn on_request<R: Request>(mut self) -> Self {
        self.fault.operation = Some(R::OPERATION.id.to_owned());
        self
    }

    /// Only requests for this account.
    ///
    /// # Panics
    /// If there is no such account.
    #[track_caller]
    pub fn account(mut self, account: impl AsRef<str>) -> Self {
        self.sandbox.demand_account(account.as_ref());
        self.fault.account = Some(account.as_ref().to_owned());
        self
    }

    /// So many times.
    pub fn times(mut self, times: u32) -> Self {
        self.fault.times = times;
        self
    }

    /// After so many matching requests have passed.
    pub fn after(mut self, skip: u32) -> Self {
        self.fault.skip = skip;
        self
    }

    /// In so many of a hundred matching requests.
    ///
    /// # Panics
    /// If it is more than 100.
    #[track_caller]
    pub fn percent(mut self, percent: u8) -> Self {
        assert!(percent <= 100, "A fault hits at most 100 of a hundred requests, not {percent}.");
        self.fault.percent = percent;
        self
    }

    /// Plans any effect, before or after the work.
    ///
    /// # Panics
    /// If it is a status that is none of an error, which is from 400 to 599.
    #[track_caller]
    pub fn plan(mut self, phase: Phase, effect: Effect) {
        if let Effect::Status { status, .. } = &effect {
            assert!(ERRORS.contains(status), "A planned error has a status from 400 to 599, not {status}.");
        }
        self.fault.phase = phase;
        self.fault.effect = effect;
        self.sandbox.state().faults.plan(self.fault);
    }

    /// An error with this status, before anything is done.
    ///
    /// # Panics
    /// If it is not from 400 to 599.
    #[track_caller]
    pub fn status(self, status: u16) {
        self.plan(Phase::Before, Effect::Status { status, retry_after: None, should_retry: None });
    }

    /// An error with this status, after all was done.
    ///
    /// # Panics
    /// If it is not from 400 to 599.
    #[track_caller]
    pub fn status_after_commit(self, status: u16) {
        self.plan(Phase::After, Effect::Status { status, retry_after: None, should_retry: None });
    }

    /// An error with this status that asks to be tried again after a time, in whole seconds (`Retry-After`).
    ///
    /// # Panics
    /// If it is not from 400 to 599.
    #[track_caller]
    pub fn retry_after(self, status: u16, wait: Duration) {
        let retry_after = Some(wait.as_secs());
        self.plan(Phase::Before, Effect::Status { status, retry_after, should_retry: None });
    }

    /// An error with this status that says whether to try again (`Stripe-Should-Retry`).
    ///
    /// # Panics
    /// If it is not from 400 to 599.
    #[track_caller]
    pub fn should_retry(self, status: u16, should: bool) {
        self.plan(Phase::Before, Effect::Status { status, retry_after: None, should_retry: Some(should) });
    }

    /// 429: over a limit.
    pub fn rate_limited(self, reason: RateLimit) {
        self.plan(Phase::Before, Effect::RateLimited(reason));
    }

    /// 429 with code `lock_timeout`: another request holds the object.
    pub fn lock_timeout(self) {
        self.plan(Phase::Before, Effect::LockTimeout);
    }

    /// 409: another request with the same idempotency key is under way.
    pub fn key_in_use(self) {
        self.plan(Phase::Before, Effect::KeyInUse);
    }

    /// A connection that is reset before anything is done.
    pub fn reset(self) {
        self.plan(Phase::Before, Effect::Reset);
    }

    /// A connection that is reset after all was done: the client does not hear of it.
    pub fn reset_after_commit(self) {
        self.plan(Phase::After, Effect::Reset);
    }

    /// No answer, and nothing is done.
    pub fn stall(self) {
        self.plan(Phase::Before, Effect::Stall);
    }

    /// No answer, though all was done.
    pub fn stall_after_commit(self) {
        self.plan(Phase::After, Effect::Stall);
    }

    /// All is done, and the reply breaks off after so many bytes of its body.
    pub fn truncate(self, bytes: usize) {
        self.plan(Phase::After, Effect::Truncate(bytes));
    }

    /// All is done at once, and the answer comes late.
    pub fn delay(self, delay: Duration) {
        self.plan(Phase::After, Effect::Delay(delay));
    }

    /// The request lies for a time before anything is done.
    pub fn delay_before(self, delay: Duration) {
        self.plan(Phase::Before, Effect::Delay(delay));
    }

    /// Forgets all faults that are planned.
    pub fn clear(self) {
        self.sandbox.state().faults.clear();
    }
}
